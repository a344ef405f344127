"""LeiKa keys of a page in the order of trust, each with where it was found.

Attributes first, then JSON-LD, meta, the page's own address, and a visible number that is called so. A key in
a list of related services is not the page's. Whether the catalogue knows a key is not asked here.
"""

from __future__ import annotations

import re

from connectors.html.parts import Part
from connectors.html.service import FoundKey
from connectors.html.structured import Marked

__all__ = ["leika_keys"]

MOST_KEYS = 20
_IN_ADDRESS = re.compile(
    r"(?:leika(?:-?id)?|leistungs?(?:id|schl(?:ue|ü)ssel)|schluessel|key)=(99\d{12})(?!\d)"
    r"|/(?:leistung|leika|leistungen)/(99\d{12})(?!\d)",
    re.IGNORECASE,
)
_VISIBLE = re.compile(
    r"(?:leika[- ]?(?:nummer|id|schlüssel|nr\.?|key)?|leistungsschlüssel|fim-?(?:id|schlüssel|nummer)?)"
    r"\s*(?:\(leika\))?\s*[:#]?\s*(99[ .]?(?:\d[ .]?){11}\d)(?!\d)",
    re.IGNORECASE,
)
_HEADING = re.compile(r"leika|leistungsschlüssel", re.IGNORECASE)
_KEY = re.compile(r"(?<!\d)99\d{12}(?!\d)")


def leika_keys(marked: Marked, url: str, parts: list[Part], text: str) -> tuple[FoundKey, ...]:
    """Return the keys of the best place that has any; ``text`` is that of all lines."""
    best = ""
    found: list[FoundKey] = []
    for key, origin in marked.keys:
        best = best or origin
        if origin == best:
            found.append(FoundKey(key, origin))
    if not found and (place := _IN_ADDRESS.search(url)):
        found = [FoundKey(place[1] or place[2], "address")]
    if not found and "99" in text:
        found = [FoundKey(key, "visible text") for key in _visible(parts)]
    return tuple(dict.fromkeys(found))[:MOST_KEYS]


def _visible(parts: list[Part]) -> list[str]:
    keys: list[str] = []
    for part in parts:
        if part.section == "related":
            continue
        named = bool(_HEADING.search(part.heading))
        for line in part.lines:
            if "99" not in line.text:
                continue
            if named:
                keys += _KEY.findall(line.text)
            else:
                keys += [re.sub(r"\D", "", found[1]) for found in _VISIBLE.finditer(line.text)]
    return keys
