"""When a page was changed last, by the best thing that says so.

The order is that of trust: ``article:modified_time``, dateModified, DCTERMS.modified, a visible "zuletzt
geändert", the meta date. The day on which a text of the Land was approved is none of them.
"""

from __future__ import annotations

import re
from datetime import date, datetime

from connectors.html.ruleset import PageRules
from connectors.html.structured import Head, Marked

__all__ = ["modified_at", "read_date"]

_META = ("article:modified_time", "og:updated_time")
_CORE = ("dcterms.modified", "dc.date.modified", "dc.modified", "last-modified")
_LAST = ("date", "dc.date", "dcterms.date", "dc.date.created")
_NAMES_OF_MONTHS = (
    "januar jan jän",
    "februar feb",
    "märz mär mrz",
    "april apr",
    "mai",
    "juni jun",
    "juli jul",
    "august aug",
    "september sep sept",
    "oktober okt",
    "november nov",
    "dezember dez",
)
_MONTHS = {name: number for number, names in enumerate(_NAMES_OF_MONTHS, start=1) for name in names.split()}
_NUMBERS = re.compile(r"(\d{1,2})[./] ?(\d{1,2})[./] ?(\d{4})")
_WORDS = re.compile(r"(\d{1,2})\. ?([a-zäö]{3,9})\.? (\d{4})")
_TAG = re.compile(r"<[^<>]{0,300}>")
LOOKED_BACK = 30_000  # characters at the end of the source, where templates put the date


def modified_at(head: Head, marked: Marked, text: str, source: str, rules: PageRules) -> str:
    """Return the ISO date or date-time of the last change; empty if the page does not tell.

    ``text`` is the folded content without the approval notes, ``source`` the page's markup.
    """
    meta = head.meta
    candidates = [meta.get(name, "") for name in _META] + [marked.modified]
    candidates += [meta.get(name, "") for name in _CORE]
    for value in candidates:
        if value and (found := read_date(value)):
            return found
    visible = max((_visible(line, rules) for line in text.split("\n") if _may_date(line)), default="")
    if not visible and ("nderung" in source or "ktualisier" in source or "geändert" in source):
        tail = " ".join(_TAG.sub(" ", source[-LOOKED_BACK:]).lower().split())
        visible = _visible(tail, rules)
    return visible or next((found for name in _LAST if (found := read_date(meta.get(name, "")))), "")


def _may_date(line: str) -> bool:
    return ("20" in line or "19" in line) and (
        "änder" in line or "aktualisier" in line or "stand" in line or "bearbeit" in line
    )


def _visible(text: str, rules: PageRules) -> str:
    places = (place for pattern in rules.dates for place in pattern.finditer(text))
    dates = [found for place in places if (found := read_date(place["date"]))]
    return max(dates, default="")


def read_date(value: str) -> str:
    """Return a date as ISO 8601, with time and zone where it has them; empty if it is none."""
    value = value.strip()[:60]
    if not value:
        return ""
    try:
        if "T" in value or re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d.*", value):
            return datetime.fromisoformat(value).isoformat()
        if found := _NUMBERS.fullmatch(value):
            return date(int(found[3]), int(found[2]), int(found[1])).isoformat()
        if found := _WORDS.fullmatch(value.lower()):
            return date(int(found[3]), _MONTHS.get(found[2], 0), int(found[1])).isoformat()
        return date.fromisoformat(value[:10]).isoformat()
    except ValueError:
        return ""
