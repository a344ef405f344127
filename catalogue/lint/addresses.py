"""What is wrong with a web address by itself; nothing is fetched.

What is shown of an address never holds a session, a password or a mail address.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Final, NamedTuple
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from catalogue.lint.rules import LintRules

__all__ = ["Address", "examine"]

LONGEST: Final = 4_000
SHOWN: Final = 150
#: More parameters than any application has; each costs a comparison with every pattern.
MOST_PARAMETERS: Final = 100
_WEB = frozenset({"http", "https"})
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_PATH_SESSION = re.compile(r";(jsessionid|phpsessid|sid|session_?id)=", re.IGNORECASE)
_DRAWN_BY_LOT = re.compile(r"[0-9a-fA-F]{16,}|[0-9A-Za-z_-]{24,}")
_UNFIT = re.compile(r"[\s<>\"\\^`|\x00-\x1f\x7f]")
_HOST = re.compile(r"[^.\s]+(?:\.[^.\s]+)+\.?")
_IP6 = re.compile(r"[0-9A-Fa-f:.]+")


class Address(NamedTuple):
    """What was found: ``problem`` is scheme, malformed, session or empty; ``shown`` may be repeated."""

    problem: str
    shown: str
    location: str  # value of the parameter that names a place; empty if there is none


def examine(url: str, rules: LintRules) -> Address:
    """Look at an address as it was delivered. The parameters with placeholders are left as they are."""
    written = url.strip()
    if len(written) > LONGEST:
        return Address("malformed", f"{len(written)}", "")
    scheme = _SCHEME.match(written)
    if scheme is not None and scheme[1].lower() not in _WEB and "." not in scheme[1]:
        return Address("scheme", f"{scheme[1].lower()}:", "")
    parts = _web_parts(written)
    if parts is None:
        # "www.stadt.example/amt" lacks nothing but what a browser's address line would add.
        bare = scheme is None or "." in scheme[1]
        return Address("scheme" if bare else "malformed", _harmless(written), "")
    pairs = parse_qsl(parts.query, keep_blank_values=True)[:MOST_PARAMETERS]
    session = _session(parts, pairs, rules)
    location = next((v.strip() for n, v in pairs if _fits(n, rules.location_parameters)), "")
    path = parts.path.partition(";")[0]
    shown = f"{parts.hostname}{'/…' if '@' in unquote(path) else path}"
    if session:
        return Address("session", _shortened(f"{shown} ({session})"), location)
    return Address("", _shortened(shown), location)


def _web_parts(written: str) -> SplitResult | None:
    """Return the parts of a web address; None if it is none, or if its host can only be a local one."""
    try:
        parts = urlsplit(written)
        _ = parts.port  # raises where it is no number
    except ValueError:
        return None
    host = parts.hostname or ""
    is_host = _IP6.fullmatch(host) if ":" in host else _HOST.fullmatch(host)
    return parts if parts.scheme.lower() in _WEB and is_host and not _UNFIT.search(written) else None


def _session(parts: SplitResult, pairs: Sequence[tuple[str, str]], rules: LintRules) -> str:
    """Return the name of the parameter that holds a session, never its value."""
    in_path = _PATH_SESSION.search(parts.path)
    if in_path is not None:
        return in_path[1]
    for name, value in pairs:
        maybe = _fits(name, rules.maybe_session_parameters) and _DRAWN_BY_LOT.fullmatch(value)
        if maybe or _fits(name, rules.session_parameters):
            return name[:40]
    return ""


def _fits(name: str, patterns: Sequence[str]) -> bool:
    low = name.lower()
    return any(fnmatchcase(low, pattern) for pattern in patterns)


def _harmless(written: str) -> str:
    """Return the beginning of what is no address, without its query and without what may be a mailbox."""
    before = re.split(r"[?#;]", written, maxsplit=1)[0]
    return _shortened(f"…{before[before.rindex('@') :]}" if "@" in before else before)


def _shortened(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
