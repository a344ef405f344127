"""Under which names this server answers.

A page of a stranger can let its own name point at this machine and then read, in the visitor's browser, what
only the visitor can reach (DNS rebinding). Such a request still carries the stranger's name. An address
instead of a name cannot be pointed elsewhere, so that addresses and names of this machine itself are safe.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

__all__ = ["Hosts", "host_name"]

ANY = "*"
LONGEST_NAME = 253
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")


def host_name(written: str) -> str:
    """Return a name as it stands in requests; empty if it is none."""
    name = written.strip().rstrip(".").lower()
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    fits = len(name) <= LONGEST_NAME and all(_LABEL.fullmatch(part) for part in name.split("."))
    return name if fits else ""


class Hosts:
    """The names of a server: addresses and ``localhost`` always, and with ``*`` every name."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = frozenset(names)

    def knows(self, header: str) -> bool:
        """Tell whether a request's header Host names this server."""
        if ANY in self._names:
            return True
        bare = header.strip().lower()
        if bare.startswith("["):
            inside, bracket, rest = bare[1:].partition("]")
            return bool(bracket) and _is_port(rest) and _is_address(inside)
        name, colon, port = bare.partition(":")
        if not _is_port(colon + port):
            return False
        name = name.rstrip(".")
        return (
            _is_address(name)
            or name == "localhost"
            or name.endswith(".localhost")
            or (bool(name) and name in self._names)
        )


def _is_port(written: str) -> bool:
    """Tell whether something is a port behind its colon, or nothing."""
    return not written or (written.startswith(":") and written[1:].isascii() and written[1:].isdigit())


def _is_address(written: str) -> bool:
    try:
        ipaddress.ip_address(written)
    except ValueError:
        return False
    return True
