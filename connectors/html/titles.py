"""The title of a page: the first heading that names something."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from connectors.html.lines import TEXT, Line
from connectors.html.ruleset import PageRules
from connectors.html.structured import Head, Marked
from connectors.html.wording import fold, one_line, shorten

__all__ = ["Title", "find_title", "without_prefix"]

LONGEST_TITLE = 200
_SEPARATOR = re.compile(
    r"\s+[|–—»«-]+\s+|\s+/\s+|\s*\|\s*|\s+::?\s+|"
    r":\s+(?=(?:Hanses|Kreiss|S)tadt|Gemeinde|Markt|Kreis|Landkreis|Amt )"
)
_QUOTES = "„“”\"'»«"


class Title(NamedTuple):
    """What a page is called; ``line`` is the heading that says so (-1: none), ``all`` what was folded."""

    text: str
    line: int
    candidates: tuple[str, ...]  # folded main headings and head title, generic ones too


def find_title(lines: list[Line], head: Head, marked: Marked, rules: PageRules) -> Title:
    """Return the title of a page; its text is empty if nothing names the page."""
    segments = [one_line(piece) for piece in _SEPARATOR.split(head.title) if piece.strip()]
    main = [line.text for line in lines if line.level == 1]
    candidates = tuple(dict.fromkeys(fold(text) for text in (*main[:3], *segments[:2]) if text))
    for level in (1, 2):
        found = _from_headings(lines, level, rules)
        if found:
            return Title(*found, candidates)
        if level == 1 and marked.name and _names(marked.name, rules):
            return Title(shorten(marked.name, LONGEST_TITLE), -1, candidates)
    for text in (*_meta_titles(head), *segments):
        plain = without_prefix(text, rules, after_generic=False)
        if plain and _names(plain, rules):
            return Title(shorten(plain, LONGEST_TITLE), -1, candidates)
    return Title("", -1, candidates)


def _meta_titles(head: Head) -> Iterator[str]:
    for name in ("dc.title", "dcterms.title", "og:title", "twitter:title"):
        value = head.meta.get(name, "")
        yield from (one_line(piece) for piece in _SEPARATOR.split(value) if piece.strip())


def _from_headings(lines: list[Line], level: int, rules: PageRules) -> tuple[str, int] | None:
    """Return the first heading of a level that names something, and where it is.

    Second headings count only before the first section: what comes later is a part of the page.
    """
    generic = False
    for number, line in enumerate(lines):
        if line.level == TEXT:
            continue
        if level == 1 and line.level != 1:
            continue
        if level == 2 and line.level > 3:
            return None
        text = without_prefix(line.text, rules, after_generic=generic)
        if line.level == 1 and level == 2:
            generic = True
            continue
        if _names(text, rules) and not rules.section_of(text):
            return shorten(text, LONGEST_TITLE), number
        if level == 2 and rules.section_of(text) and not rules.titles.generic.fullmatch(fold(text)):
            return None
        generic = True
    return None


def without_prefix(text: str, rules: PageRules, *, after_generic: bool) -> str:
    """Return a heading without what its template puts before the name."""
    low = text.lower()
    for pattern in (rules.titles.prefix, *((rules.titles.prefix_after_generic,) if after_generic else ())):
        found = pattern.match(low)
        if found and len(low) == len(text) and found.end() < len(text):
            rest = text[found.end() :].strip(_QUOTES + " ")
            # "Leistungen für Bildung" goes on with a small letter: there the word belongs to the name.
            if pattern is rules.titles.prefix or rest[:1].isupper() or rest[:1].isdigit():
                return rest
    return text.strip()


def _names(text: str, rules: PageRules) -> bool:
    """Tell whether a heading names something: not the template, not the site."""
    folded = fold(text).strip(" .:*-–")
    if len(folded) < 3 or not any(letter.isalpha() for letter in folded):
        return False
    titles = rules.titles
    return not (titles.generic.fullmatch(folded) or titles.site.fullmatch(folded))
