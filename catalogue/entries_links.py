"""Links as they can be compared: two spellings of one address are one link, two addresses are two.

The scheme, ``www.``, standard ports, session ids, tracking parameters, the order of parameters, a closing
slash and pages named ``index`` make no difference. Redirectors are not resolved: nothing is fetched here, so
that a short address and the one behind it stay two links. A fragment counts only where it is a route of the
page's program (``#/…``, ``#!…``).
"""

from __future__ import annotations

import html
import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

__all__ = ["LinkParts", "link_host", "normal_link", "split_link"]

#: Longer texts are no addresses that anybody follows.
LONGEST_LINK = 4_000
_PATH_SESSION = re.compile(r";(?:jsessionid|phpsessid|sid|session_?id)=[^/?#;]*", re.IGNORECASE)
_DIRECTORY_PAGE = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?|jsp)$", re.IGNORECASE)
_DEFAULT_PORTS = {"http": 80, "https": 443}
#: Parameters of sessions and of counting visitors, as public sites use them; the same in small letters.
_SESSIONS = frozenset({"jsessionid", "phpsessid", "sessionid", "session_id", "cfid", "cftoken"})
_TRACKING = frozenset({"fbclid", "gclid", "msclkid", "mc_cid", "mc_eid"})
_TRACKING_STARTS = ("utm_", "mtm_", "pk_", "piwik_", "matomo_", "aspsessionid")
#: A name that may as well be that of a record; only a value that looks drawn by lot is a session.
_MAYBE_SESSION = frozenset({"sid", "s", "session"})
_DRAWN_BY_LOT = re.compile(r"[0-9a-fA-F]{16,}|[0-9A-Za-z_-]{24,}")


class LinkParts(NamedTuple):
    """An address taken apart: host and path in small letters, parameters as they are written."""

    host: str
    path: str
    parameters: tuple[tuple[str, str], ...]
    route: str  # of a program in the page; empty if there is none


@lru_cache(maxsize=65_536)
def split_link(url: str) -> LinkParts | None:
    """Return the parts of a web address; None if it is none that can be followed."""
    written = html.unescape(url).strip()
    if len(written) > LONGEST_LINK:
        return None
    try:
        parts = urlsplit(written)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in _DEFAULT_PORTS or not parts.hostname:
        return None
    host = parts.hostname.lower().rstrip(".").removeprefix("www.")
    if port is not None and port != _DEFAULT_PORTS[parts.scheme.lower()]:
        host = f"{host}:{port}"
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    return LinkParts(
        host, _path_of(parts).lower(), tuple(pair for pair in pairs if not _is_passing(*pair)), _route(parts)
    )


@lru_cache(maxsize=65_536)
def normal_link(url: str) -> str:
    """Return an address as it can be compared; what is no web address comes back stripped."""
    parts = split_link(url)
    if parts is None:
        return url.strip()
    written = urlsplit(html.unescape(url).strip())
    from w3lib.url import canonicalize_url  # no other command has to pay for loading it

    query = urlencode(parts.parameters)
    plain = SplitResult("http", parts.host, _path_of(written), query, "").geturl()
    try:
        canonical = canonicalize_url(plain)
    except ValueError:  # pragma: no cover - what urlsplit accepts, w3lib has accepted so far
        canonical = plain
    shown = canonical.removeprefix("http://").rstrip("/")
    return f"{shown}#{parts.route}" if parts.route else shown


def link_host(url: str) -> str:
    """Return the host of an address without ``www.``; empty if it is no web address."""
    parts = split_link(url)
    return "" if parts is None else parts.host


def _path_of(parts: SplitResult) -> str:
    path = _PATH_SESSION.sub("", parts.path)
    return _DIRECTORY_PAGE.sub("/", path).rstrip("/")


def _route(parts: SplitResult) -> str:
    fragment = parts.fragment
    return fragment.rstrip("/") if fragment.startswith(("/", "!")) and len(fragment) > 1 else ""


def _is_passing(name: str, value: str) -> bool:
    """Tell whether a parameter belongs to a visit and not to what is visited."""
    low = name.lower()
    if low in _SESSIONS or low in _TRACKING or low.startswith(_TRACKING_STARTS):
        return True
    return low in _MAYBE_SESSION and _DRAWN_BY_LOT.fullmatch(value) is not None
