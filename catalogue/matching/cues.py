"""Cues that a page is no service: a unit, a report, an advertisement, a legal text, a collection of links.

``data/cues.csv`` lists the words, where they have to stand, and how strong they are. A strong cue (1) decides
against a service; a firm one (0.9) keeps a title from being accepted; a weak one (0.5) asks for more
certainty.
``data/shapes.csv`` lists what whole titles look like that are no service, as regular expressions.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from catalogue.matching.acts import ACT_STEMS
from catalogue.matching.analysis import Analysis
from catalogue.matching.lexicon import Lexicon
from catalogue.matching.spelling import spell, stem

__all__ = ["FIRM", "STRONG", "Cue", "find_cues"]

STRONG, FIRM = 1.0, 0.9
_DATA = Path(__file__).parent / "data"
_JOB = re.compile(r"\(?\b[mwd]\s*[/|]\s*[mwd]\b", re.IGNORECASE)
_DAY = re.compile(r"\b\d{1,2}\. ?(?:(?:jan|feb|maer|apr|mai|jun|jul|aug|sep|okt|nov|dez)[a-z]*|\d{1,2}\.)")
_YEAR = re.compile(r"\b(?:19\d\d|20[0-3]\d)\b")
_BARE = re.compile(r"[a-z]+")
#: A finite verb after the first words, with more to follow: "Stadt pflanzt Bäume". Participles are none.
_FINITE = re.compile(r"^(?:\S+ ){1,3}((?!ge|be|ver|un)[a-zäöüß]{3,}t) (?=\S)")
#: A participle or adjective at the end: "Ferienspiele ausgebucht".
_LEFT_OVER = re.compile(
    r"^\S+(?: \S+)* ((?:ab|an|auf|aus|be|ein|ent|ge|un|ver|zer)[a-zäöüß]{2,}(?:t|ig|bar))$"
    r"|^\S+ ([a-zäöüß]{3,}t)$"
)
_EXCLAIMED = re.compile(r"!\s*$|^\s*[„\"»]")

_BY_STEM = ("head", "yearly")
#: Classes of cues that say who does something.
_WHO = frozenset({"unit", "council"})


class Cue(NamedTuple):
    """One reason to doubt that a title names a service."""

    kind: str
    strength: float
    word: str


@cache
def _table() -> dict[str, dict[str, Cue]]:
    found: dict[str, dict[str, Cue]] = {}
    with (_DATA / "cues.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            for word in row["words"].split():
                cue = Cue(row["class"], float(row["strength"]), word)
                # Heads are parts of compounds, which are known by their stems.
                folded = spell(word).strip()
                key = stem(folded) if row["place"] in _BY_STEM else folded
                found.setdefault(row["place"], {})[key] = cue
    return found


@cache
def _shapes() -> list[tuple[re.Pattern[str], str, float]]:
    with (_DATA / "shapes.csv").open(encoding="utf-8", newline="") as stream:
        return [
            (re.compile(row["shape"]), row["class"], float(row["strength"])) for row in csv.DictReader(stream)
        ]


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
    # "Personalausweis – Bürgeramt" says where it is to be had, and is no name of a unit.
    if (cue := table["head"].get(analysis.tail)) and cue.kind not in _WHO:
        found.add(cue)
    found.update(_date_cues(title, analysis, table["date"]))
    found.update(_year_cues(title, analysis, table["yearly"]))
    found.update(_phrase_cues(title, table["verb"]))
    for place, text in (("unit", unit), ("snippet", snippet)):
        for word in _BARE.findall(spell(text)):
            # A word is one cue, even if its parts are cues, too: Pressestelle, Presse.
            parts = (word, *lexicon.split(word)) if place == "unit" else (word,)
            found.update([table[place][part] for part in parts if part in table[place]][:1])
    return sorted(found, key=lambda cue: (-cue.strength, cue))


def _year_cues(title: str, analysis: Analysis, events: dict[str, Cue]) -> list[Cue]:
    """Return what a year says beside a word for something that happens once a year."""
    if not _YEAR.search(title):
        return []
    return [cue for one, cue in events.items() if one in analysis.weights]


def _phrase_cues(title: str, other_verbs: dict[str, Cue]) -> list[Cue]:
    """Return what the shape of a title says: a collection, a sentence, an exclamation."""
    found = []
    spelled = " ".join(spell(title).split())
    for shape, kind, strength in _shapes():
        if seen := shape.search(spelled):
            found.append(Cue(kind, strength, seen.group().strip()))
    verb = _FINITE.search(title.strip())
    if verb and spell(verb.group(1)) not in other_verbs:
        found.append(Cue("news", 0.7, verb.group(1)))
    left = _LEFT_OVER.search(title.strip())
    if left and spell(left.group(1) or left.group(2)) not in other_verbs:
        found.append(Cue("news", FIRM, left.group(1) or left.group(2)))
    if _EXCLAIMED.search(title):
        found.append(Cue("news", 0.4, title.strip()[-1]))
    return found


def _date_cues(title: str, analysis: Analysis, months: dict[str, Cue]) -> list[Cue]:
    spelled = spell(title)
    found = [cue for word, cue in months.items() if re.search(rf"\b{word}\b", spelled)]
    if _DAY.search(spelled) and "§" not in spelled:
        found.append(Cue("news", FIRM, "Datum"))
    if year := _YEAR.search(spelled):
        found.append(Cue("news", FIRM if ACT_STEMS.isdisjoint(analysis.weights) else 0.4, year.group()))
    return found
