"""Addresses: patterns with ``*``, lists with ``{A..Z}``, and what stays of one without session and tracking.

Patterns are found by searching for one piece after the other, never by regular expressions, so that neither
a region file nor an address can make the search slow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

__all__ = [
    "LONGEST_ADDRESS",
    "Wildcards",
    "clean",
    "default_identity",
    "expand_list",
    "host_of",
    "is_document",
]

#: Longer addresses are not followed; they come from pages that repeat themselves in their links.
LONGEST_ADDRESS: Final = 2_000
MOST_LISTS: Final = 1_000
#: Addresses whose host is kept in mind; each is asked for several times.
MOST_KNOWN: Final = 4_096
PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
NUMBERS: Final = re.compile(r"(\d{1,6})\.\.(\d{1,6})")
UPPER: Final = (*"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "Ä", "Ö", "Ü")
LETTERS: Final = {"A..Z": UPPER, "a..z": tuple(letter.lower() for letter in UPPER)}
#: Of files of these kinds nothing is read; a link to one is a fact about the page that has it.
DOCUMENT: Final = re.compile(
    r"\.(?:7z|avi|bmp|css|csv|docm?|docx|dotx?|eot|epub|exe|gif|ico|ics|jpe?g|js|json|mov|mp[34]|mpe?g"
    r"|od[gpst]|ott|pdf|png|pp[st]|pptx|rar|rtf|svg|tiff?|ttf|txt|vcf|wav|web[mp]|woff2?|xls[mx]?|zip)",
    re.IGNORECASE,
)
PATH_SESSION: Final = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/?#;]*", re.IGNORECASE)
NEVER_NEEDED: Final = frozenset(
    [
        "jsessionid",
        "phpsessid",
        "sessionid",
        "session_id",
        "fbclid",
        "gclid",
        "msclkid",
        "sword_list",
        "sword_list[]",
    ]
)
TRACKING: Final = ("utm_", "mtm_", "pk_", "piwik_", "matomo_", "aspsessionid")
#: Names that may as well be those of a record; only a value that looks drawn by lot is a session.
MAYBE_SESSION: Final = frozenset({"sid", "s", "session"})
DRAWN_BY_LOT: Final = re.compile(r"[0-9a-f]{16,}|[0-9A-Za-z_-]{24,}")
DEFAULT_PORTS: Final = {"http": 80, "https": 443}


class Wildcards:
    """Patterns that fit an address somewhere; ``*`` stands for anything, ``$`` at the end for the end."""

    def __init__(self, patterns: Iterable[str] = ()) -> None:
        self.patterns = tuple(patterns)
        self._pieces = [_pieces(pattern) for pattern in self.patterns]

    def __bool__(self) -> bool:
        return bool(self.patterns)

    def fits(self, url: str) -> bool:
        """Tell whether at least one of the patterns fits."""
        return any(_fits(pieces, at_end, url) for pieces, at_end in self._pieces)


def _pieces(pattern: str) -> tuple[list[str], bool]:
    at_end = pattern.endswith("$")
    return [piece for piece in pattern.removesuffix("$").split("*") if piece], at_end


def _fits(pieces: list[str], at_end: bool, url: str) -> bool:
    position = 0
    first = pieces[:-1] if at_end else pieces
    for piece in first:
        found = url.find(piece, position)
        if found < 0:
            return False
        position = found + len(piece)
    return not at_end or not pieces or (url.endswith(pieces[-1]) and len(url) - len(pieces[-1]) >= position)


def expand_list(pattern: str) -> tuple[str, ...]:
    """Return the addresses a pattern stands for, at most 1,000.

    ``{A..Z}`` stands for the letters with Ä, Ö and Ü, ``{a..z}`` for the small ones, ``{1..20}`` for numbers,
    ``{a,b,alle}`` for what it names. Raise ValueError for anything else between braces.
    """
    found = [""]
    position = 0
    for placeholder in PLACEHOLDER.finditer(pattern):
        fixed = pattern[position : placeholder.start()]
        values = _values(placeholder[1])
        if len(found) * len(values) > MOST_LISTS:
            raise ValueError(placeholder[0])
        found = [begun + fixed + quote(value) for begun in found for value in values]
        position = placeholder.end()
    return tuple(begun + pattern[position:] for begun in found)


def _values(inside: str) -> tuple[str, ...]:
    if inside in LETTERS:
        return LETTERS[inside]
    numbers = NUMBERS.fullmatch(inside)
    if numbers:
        first, last = int(numbers[1]), int(numbers[2])
        if first <= last < first + MOST_LISTS:
            return tuple(str(number) for number in range(first, last + 1))
    values = tuple(value.strip() for value in inside.split(","))
    if numbers or len(values) < 2 or not all(values):
        raise ValueError(f"{{{inside}}}")
    return values


def clean(url: str) -> str:
    """Return an address as it is to be fetched: without session, tracking and fragment.

    Everything else stays as it is, in its order: some servers sign their parameters.
    """
    address = url.partition("#")[0]
    if ";" in address:
        address = PATH_SESSION.sub("", address)
    start, mark, query = address.partition("?")
    if not mark:
        return address
    kept = [part for part in query.split("&") if part and not _is_session(part)]
    return f"{start}?{'&'.join(kept)}" if kept else start


def _is_session(parameter: str) -> bool:
    name, _, value = parameter.partition("=")
    name = name.lower()
    if name in NEVER_NEEDED or name.startswith(TRACKING):
        return True
    return name in MAYBE_SESSION and DRAWN_BY_LOT.fullmatch(value) is not None


def default_identity(url: str) -> str:
    """Return what an address has in common with others of the same page.

    Scheme, ``www.``, default port, order of parameters, and a slash at the end make no difference.
    """
    parts = urlsplit(clean(url))
    query = urlencode(sorted(parse_qsl(parts.query, keep_blank_values=True, max_num_fields=None)))
    path = parts.path.rstrip("/") or "/"
    return urlunsplit(("", "", host_of(url).removeprefix("www.") + path, query, ""))


@lru_cache(MOST_KNOWN)
def host_of(url: str) -> str:
    """Return the host of a fetchable address in lower case, with its port if that is unusual."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    port = parts.port
    return host if port is None or port == DEFAULT_PORTS.get(parts.scheme) else f"{host}:{port}"


def is_document(url: str) -> bool:
    """Tell by its ending whether an address is a file to be downloaded rather than a page."""
    path = url.partition("?")[0].partition("#")[0]
    dot = path.rfind(".", path.rfind("/"))
    return dot >= 0 and DOCUMENT.fullmatch(path, dot) is not None
