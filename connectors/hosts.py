"""Which hosts a source may be asked at: names, or ``*.name`` for everything below a name."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

__all__ = ["HostPattern", "is_allowed"]

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_PATTERN = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})*\.?|\[[0-9a-f:.]+\]|[0-9a-f]*:[0-9a-f:.]+")


def _as_asked(given: str) -> str:
    """Return a host as requests name it: lower case, other alphabets as in the name system."""
    try:
        host = given.strip().lower().encode("idna").decode() if not given.isascii() else given.strip().lower()
    except UnicodeError:
        host = ""
    if not _PATTERN.fullmatch(host):
        raise PydanticCustomError("host_pattern", "a host, or *. and a host; no scheme, port or path")
    return host.strip("[]").rstrip(".")


#: A host that may be asked, or ``*.`` and a host for all below it.
HostPattern = Annotated[str, AfterValidator(_as_asked)]


def is_allowed(host: str, patterns: Collection[str]) -> bool:
    """Tell whether a host may be asked; without any pattern every host may."""
    name = host.lower().strip("[]").rstrip(".")
    return not patterns or any(
        name.endswith(pattern[1:]) if pattern.startswith("*.") else name == pattern for pattern in patterns
    )
