"""What a title says: its parts of words with their weight, the acts it names, and its sections.

A word weighs by where it stands: what follows a preposition, a colon or a dash explains what came before
(``Haushaltsbescheinigung für die Kindergeldstelle`` is no Kindergeld).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from catalogue.matching.acts import ACT_STEMS
from catalogue.matching.coordination import complete
from catalogue.matching.lexicon import MOST_REMEMBERED, Lexicon, word_list
from catalogue.matching.spelling import Piece, pieces, stem

__all__ = ["GENERIC", "SEMI_GENERIC", "UNITS", "Analysis", "Analyst"]

_PREPOSITIONS = word_list("prepositions.txt")
_FILLERS = word_list("fillers.txt")
#: Stems of words that occur in titles of every kind of service.
GENERIC = frozenset(stem(word) for word in word_list("generic_words.txt"))
#: Stems that many services share, but that tell some of them apart.
SEMI_GENERIC = frozenset(stem(word) for word in word_list("semi_generic_words.txt")) - GENERIC
#: Prepositions of places and circumstances; what comes after "für" or "bei" rather narrows a service down.
_PLACES = frozenset({"in", "im", "ins", "auf", "am", "an", "unter", "ueber", "als"})
_JOINTS = frozenset({"und", "oder", "sowie", "bzw", ",", "/", "&", "+"})
#: Weight of what stands after a preposition, in a later part, in brackets, and with a passage of law.
AFTER_PREPOSITION, LATER_PART, ASIDE, PASSAGE = 0.55, 0.6, 0.3, 0.3
#: Weight of what stands behind a semicolon, as the portals of a Land put it: "Grabplatz; Beantragung …".
BEHIND_SEMICOLON = 0.4
#: Weight of a unit that something is done at, or that stands before what it does.
AT_UNIT = 0.1
_AT = frozenset({"bei", "beim"})
#: Stems of words for units.
UNITS = frozenset(stem(word) for word in word_list("unit_words.txt"))


@dataclass
class Analysis:
    """A title taken apart; ``weights`` tells for each stem how much its place makes it count."""

    weights: dict[str, float] = field(default_factory=dict)
    sections: list[dict[str, float]] = field(default_factory=list)
    items: list[dict[str, float]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)  # the last parts of the words, of the first section
    later: list[frozenset[str]] = field(default_factory=list)  # stems of each later section, without asides
    placed: set[str] = field(default_factory=set)  # stems that tell a place or circumstance
    tokens: int = 0  # words as they are written, with hyphens inside
    tail: str = ""  # what a later section of a single word ends with: "Spielhallen: Konzept"


class Analyst:
    """Takes titles apart with the words of one catalogue."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._stems: dict[str, tuple[str, ...]] = {}

    def analyse(self, title: str) -> Analysis:
        """Return what a title says."""
        found = pieces(title)
        texts = complete([piece.text for piece in found], self.lexicon)
        found = [piece._replace(text=text) for piece, text in zip(found, texts, strict=True)]
        analysis = Analysis(tokens=len(found))
        sections = [[piece for piece in found if piece.part == part] for part in _parts(found)]
        # A unit in front only says who does it: "Stadtbücherei: Leseausweis".
        unit = sections.pop(0) if len(sections) > 1 and self._led_by_unit(sections) else []
        later = BEHIND_SEMICOLON if ";" in title else LATER_PART
        for section in sections:
            self._add_section(analysis, section, later)
        last = self._stems_in(sections[-1]) if len(sections) > 1 and len(sections[-1]) == 1 else []
        analysis.tail = last[-1] if last and not sections[-1][0].aside else ""
        for one in self._stems_in(unit):
            analysis.weights.setdefault(one, AT_UNIT)
        return analysis

    def stems(self, word: str) -> tuple[str, ...]:
        """Return the stems of the parts of a word."""
        known = self._stems.get(word)
        if known is None:
            if len(self._stems) >= MOST_REMEMBERED:
                self._stems.clear()
            if self.is_weak(stem(word)):
                return self._stems.setdefault(word, (stem(word),))
            parts = self.lexicon.split(word)
            if len(parts) == 1:
                parts = self.lexicon.split(self.lexicon.correct(word))
            if len(parts) == 1:
                parts = self.lexicon.split_partly(parts[0])
            known = self._stems[word] = _stems_of(parts)
        return known

    def _add_section(self, analysis: Analysis, section: list[Piece], later: float) -> None:
        here: dict[str, float] = {}
        item: dict[str, float] = {}
        inner, leading, at, placed = 1.0, True, False, False
        items: list[dict[str, float]] = []
        for piece in section:
            if piece.text.startswith("§"):
                inner = min(inner, PASSAGE)
            if piece.text in _JOINTS:
                items.append(item)
                item = {}
                continue
            if piece.text in _PREPOSITIONS or piece.text in _PLACES:
                leading, at, placed = False, piece.text in _AT, piece.text in _PLACES
                if any(not self.is_weak(one) for one in here):
                    inner = AFTER_PREPOSITION
                continue
            for word in self._words(piece.text):
                analysis.words.append(word)
                stems = self.stems(word)
                if not analysis.sections and leading:
                    analysis.heads.append(stems[-1])
                analysis.placed.update(stems if placed and here else ())
                weight = AT_UNIT if at and here and stems[-1] in UNITS else inner
                for one in stems:
                    here[one] = max(weight, here.get(one, 0.0))
                    item[one] = max(weight, item.get(one, 0.0))
        if here:
            analysis.items.extend(one for one in [*items, item] if one)
            self._weigh_section(analysis, here, section[0].aside, later)

    @staticmethod
    def _weigh_section(analysis: Analysis, here: dict[str, float], aside: bool, later: float) -> None:
        """Take a part into the analysis; later parts weigh less, unless nothing of weight came before."""
        base = 1.0
        if any(one not in GENERIC for one in analysis.weights):
            base = ASIDE if aside else later
        if analysis.sections and not aside:
            analysis.later.append(frozenset(here))
        analysis.sections.append(here)
        for one, weight in here.items():
            analysis.weights[one] = max(base * weight, analysis.weights.get(one, 0.0))

    def _led_by_unit(self, sections: Sequence[Sequence[Piece]]) -> bool:
        """Tell whether the first part is a single word for a unit, and the second one says what is done."""
        first, second = sections[0], sections[1]
        words = [word for piece in first for word in self._words(piece.text)]
        if len(words) != 1 or second[0].aside or self.stems(words[0])[-1] not in UNITS:
            return False
        return any(not self.is_weak(one) and one not in UNITS for one in self._stems_in(second))

    def _stems_in(self, section: Sequence[Piece]) -> list[str]:
        """Return the stems of all words of a part of a title."""
        return [one for piece in section for word in self._words(piece.text) for one in self.stems(word)]

    def _words(self, text: str) -> Iterable[str]:
        words = [
            word for word in text.strip("-").replace(".", "-").split("-") if word and word not in _FILLERS
        ]
        # Hyphens inside a word, as easy language sets them, must not hide it: Sperr-Müll, AO-SF.
        place = 0
        while place + 1 < len(words):
            joined = words[place] + words[place + 1]
            if joined in self.lexicon.words:
                words[place : place + 2] = [joined]
            else:
                place += 1
        return words

    @staticmethod
    def is_weak(one: str) -> bool:
        """Tell whether a stem says little about which service is meant."""
        return (
            one in GENERIC or one in SEMI_GENERIC or one in ACT_STEMS or one.startswith("§") or one.isdigit()
        )


def _parts(found: Sequence[Piece]) -> list[int]:
    """Return the numbers of the parts of a title in their order."""
    return sorted({piece.part for piece in found})


def _stems_of(parts: Sequence[str]) -> tuple[str, ...]:
    """Return the stems of the parts of a word.

    Before another part a word is no act: a Melderegister has little to do with a Meldung.
    """
    stems = [stem(part) for part in parts]
    before = [f"{one}-" if one in ACT_STEMS else one for one in stems[:-1]]
    return (*before, stems[-1])
