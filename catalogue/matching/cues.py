"""Cues that a page is no service: a unit, a report, an advertisement, a legal text, a collection of links.

``data/cues.csv`` lists the words, where they have to stand, and how strong they are. A strong cue (1) keeps a
title from being accepted; a weak one (0.5) asks for more certainty.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from catalogue.matching.analysis import Analysis
from catalogue.matching.lexicon import Lexicon
from catalogue.matching.spelling import spell, stem

__all__ = ["STRONG", "Cue", "find_cues"]

STRONG = 1.0
_JOB = re.compile(r"\(?\b[mwd]\s*[/|]\s*[mwd]\b", re.IGNORECASE)
_DAY = re.compile(r"\b\d{1,2}\. ?(?:[a-z]{3,9}|\d{1,2}\.)")
_YEAR = re.compile(r"\b20[12]\d\b")
_BARE = re.compile(r"[a-z]+")
#: Titles that announce a collection of pages: "Rund um die Kita", "Abfall von A bis Z".
_COLLECTION = re.compile(
    r"^(?:alles )?rund um\b|^alles (?:ueber|zum|zur|zu|wichtige)\b|\bvon a bis z\b|^themen?\b|\ballgemein(?:es)?$"
    r"|\bim ueberblick$|^(?:die )?wichtigsten?\b|^leben mit\b|^lebenslagen?\b"
)
#: A finite verb after the first words, with more to follow: "Stadt pflanzt Bäume". Participles are none.
_FINITE = re.compile(r"^(?:\S+ ){1,3}((?!ge|be|ver|un)[a-zäöüß]{3,}t) (?=\S)")
_EXCLAIMED = re.compile(r"!\s*$|^\s*[„\"»]")

_BY_STEM = ("head", "yearly")


class Cue(NamedTuple):
    """One reason to doubt that a title names a service."""

    kind: str
    strength: float
    word: str


@cache
def _table() -> dict[str, dict[str, Cue]]:
    found: dict[str, dict[str, Cue]] = {}
    with (Path(__file__).parent / "data" / "cues.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            for word in row["words"].split():
                cue = Cue(row["class"], float(row["strength"]), word)
                # Heads are parts of compounds, which are known by their stems.
                folded = spell(word).strip()
                key = stem(folded) if row["place"] in _BY_STEM else folded
                found.setdefault(row["place"], {})[key] = cue
    return found


def find_cues(title: str, unit: str, snippet: str, analysis: Analysis, lexicon: Lexicon) -> list[Cue]:
    """Return the cues of a title, the strongest first."""
    table = _table()
    found: set[Cue] = set()
    if _JOB.search(title):
        found.add(Cue("job", STRONG, "m/w/d"))
    words = analysis.words
    found.update(table["word"][word] for word in words if word in table["word"])
    if words and words[0] in table["first"]:
        found.add(table["first"][words[0]])
    found.update(table["head"][head] for head in analysis.heads[-1:] if head in table["head"])
    found.update(_date_cues(title, table["date"]))
    found.update(_year_cues(title, analysis, table["yearly"]))
    found.update(_phrase_cues(title, table["verb"]))
    for place, text in (("unit", unit), ("snippet", snippet)):
        for word in _BARE.findall(spell(text)):
            parts = {word, *lexicon.split(word)} if place == "unit" else {word}
            found.update(table[place][part] for part in parts if part in table[place])
    return sorted(found, key=lambda cue: (-cue.strength, cue))


def _year_cues(title: str, analysis: Analysis, events: dict[str, Cue]) -> list[Cue]:
    """Return what a year says beside a word for something that happens once a year."""
    if not _YEAR.search(title):
        return []
    return [cue for one, cue in events.items() if one in analysis.weights]


def _phrase_cues(title: str, other_verbs: dict[str, Cue]) -> list[Cue]:
    """Return what the shape of a title says: a collection, a sentence, an exclamation."""
    found = []
    if shape := _COLLECTION.search(spell(title).strip()):
        found.append(Cue("umbrella", STRONG, shape.group()))
    verb = _FINITE.search(title.strip())
    if verb and spell(verb.group(1)) not in other_verbs:
        found.append(Cue("news", 0.7, verb.group(1)))
    if _EXCLAIMED.search(title):
        found.append(Cue("news", 0.4, title.strip()[-1]))
    return found


def _date_cues(title: str, months: dict[str, Cue]) -> list[Cue]:
    spelled = spell(title)
    found = [cue for word, cue in months.items() if re.search(rf"\b{word}\b", spelled)]
    if _DAY.search(spelled) and "§" not in spelled:
        found.append(Cue("news", 0.7, "Datum"))
    if year := _YEAR.search(spelled):
        found.append(Cue("news", 0.4, year.group()))
    return found
