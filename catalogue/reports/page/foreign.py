"""Texts and addresses from outside, as a page may show them: visible, bounded, and unable to do anything.

Titles and links come from feeds and websites. Markup is escaped by the templates; here goes what escaping
does not help against: characters that turn the direction of writing, hide others or pile up, and addresses
that are no web addresses.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from markupsafe import Markup, escape

__all__ = ["LONGEST_LINK", "LONGEST_TEXT", "clean", "foreign", "web_link"]

LONGEST_TEXT: Final = 300  # characters
LONGEST_LINK: Final = 2_000  # characters
#: Marks over or under one letter; what is piled higher covers the lines around it.
MOST_MARKS: Final = 3
REPLACED: Final = "\N{REPLACEMENT CHARACTER}"
CUT: Final = " […]"
#: Anything beyond Latin letters, figures and the punctuation of European languages is looked at.
_ODD = re.compile(r"[^\x20-\x7e\u00a0-\u00ac\u00ae-\u02af\u2010-\u2015\u2018-\u2027\u2030-\u205e\u20ac]")
_SPACES = re.compile(r"[ \u00a0]{2,}")
#: Letters without width: they join, divide or hide, and nobody misses them in a title.
_INVISIBLE = frozenset("\u00ad\u200b\u200c\u200d\u2060\u2061\u2062\u2063\u2064\ufeff\u180e\u034f")
_BREAKS = frozenset("\n\r\t\v\f\x85\u2028\u2029")
_HARMFUL = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_MARKS = frozenset({"Mn", "Me"})
_SCHEMES = frozenset({"http", "https"})


@lru_cache(maxsize=65_536)
def clean(written: str, most: int = LONGEST_TEXT) -> str:
    """Return a text on one line, without characters that steer or hide; a longer one ends with a mark.

    Controls of direction and other controls become the replacement character, so that they are seen.
    """
    # Nothing far behind the end can be shown; looking at it would only take time.
    text = written[: 4 * most]
    if _ODD.search(text):
        text = unicodedata.normalize("NFC", text)
        text = _without_piles("".join(map(_kept, text)))
        text = re.sub(f"{REPLACED}+", REPLACED, text)
    text = _SPACES.sub(" ", text).strip()
    if len(text) > most or len(written) > 4 * most:
        return text[:most].rstrip() + CUT
    return text


def _kept(character: str) -> str:
    if character in _BREAKS:
        return " "
    if character in _INVISIBLE:
        return ""
    return REPLACED if unicodedata.category(character) in _HARMFUL else character


def _without_piles(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in _MARKS else 0
        if marks <= MOST_MARKS:
            kept.append(character)
    return "".join(kept)


@lru_cache(maxsize=65_536)
def foreign(written: str, most: int = LONGEST_TEXT) -> Markup:
    """Return a text from outside for a template, isolated where its direction could differ from ours."""
    text = clean(written, most)
    if _ODD.search(text):
        return Markup("<bdi>{}</bdi>").format(text)
    return escape(text)


@lru_cache(maxsize=65_536)
def web_link(url: str) -> str:
    """Return an address as it is if it may be linked; empty if it is no plain web address."""
    if not url or len(url) > LONGEST_LINK or _ODD.search(url) or "\\" in url or " " in url:
        return ""
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return ""
    # A name before the host makes a link look as if it led somewhere else.
    if parts.scheme.lower() not in _SCHEMES or not host or "@" in parts.netloc:
        return ""
    return url
