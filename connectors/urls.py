"""Web addresses: which ones may be fetched, and how they are shown in messages."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

__all__ = ["is_fetchable", "origin", "redact"]

_LONGEST_URL = 8_000
_LONGEST_SHOWN = 300
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_USER_INFO = re.compile(r"^((?:(?:[a-z][a-z0-9+.-]*:)?//)?)[^/?#]*@", re.IGNORECASE)
_SECRET = re.compile(
    r"([^&=;]*(?:key|token|secret|pass|pwd|auth|sig|session|credential)[^&=;]*)=[^&;]*",
    re.IGNORECASE,
)
_DEFAULT_PORTS = {"http": 80, "https": 443}


def is_fetchable(url: str) -> bool:
    """Tell whether the address is a well-formed http or https one with a host."""
    if len(url) > _LONGEST_URL or _CONTROL.search(url) or url != url.strip():
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return parts.scheme in _DEFAULT_PORTS and bool(parts.hostname) and port != 0


def origin(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port of a fetchable address."""
    parts = urlsplit(url)
    port = parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
    return parts.scheme, parts.hostname or "", port


def redact(url: str) -> str:
    """Return the address for messages: without user info, secrets, fragment and control characters.

    Never fails, however malformed the address is.
    """
    text = "".join(character for character in url[:_LONGEST_URL] if character.isprintable())
    text = _USER_INFO.sub(r"\1", text.partition("#")[0])
    address, mark, query = text[: 2 * _LONGEST_SHOWN].partition("?")
    shown = address + mark + _SECRET.sub(r"\1=…", query)
    return shown if len(shown) <= _LONGEST_SHOWN else shown[: _LONGEST_SHOWN - 1] + "…"
