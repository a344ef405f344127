"""Addresses as portal profiles see them: a path without session ids, and parameters by name."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

__all__ = ["PlainAddress", "plain_address"]

#: Session ids that servers of Java put behind a segment of the path.
_PATH_PARAMETER = re.compile(r";[^/?#]*")
_MOST_PARAMETERS = 100


class PlainAddress(NamedTuple):
    """A path without leading slash and session id, and the parameters in their order."""

    path: str
    parameters: tuple[tuple[str, str], ...] = ()

    def values(self, name: str) -> tuple[str, ...]:
        """Return the values of a parameter."""
        return tuple(value for given, value in self.parameters if given == name)


def plain_address(address: str) -> PlainAddress:
    """Return path and parameters of an address without scheme and host. Raise ValueError if it is none.

    The path is decoded once, so that a pattern may be written in plain letters.
    """
    parts = urlsplit(address)
    path = unquote(_PATH_PARAMETER.sub("", parts.path)).lstrip("/")
    return PlainAddress(path, parameters_of(parts.query))


def parameters_of(query: str) -> tuple[tuple[str, str], ...]:
    """Return the parameters of a query. Raise ValueError if there are far too many."""
    return tuple(parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS))
