"""Whether two names of organisational units can mean the same unit."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from catalogue.matching.words import normalise

__all__ = ["same_unit", "unit_words"]

#: Words that say what kind of unit it is, or whose, and not which one.
_KINDS: Final = frozenset(
    word
    for line in (
        "abteilung amt amtes bereich buero der des die das den dem dezernat fachabteilung fachamt",
        "fachbereich fachdienst fachgebiet fachgruppe fachstelle fb fd fuer gebiet gemeinde",
        "geschaeftsbereich gruppe in kommune kreis kreisverwaltung landkreis landrat landraetin markt",
        "oberbuergermeister oberbuergermeisterin buergermeister buergermeisterin referat",
        "sachgebiet sg stabsstelle stadt stadtverwaltung team und verwaltung von zentrale zu zur zum",
    )
    for word in line.split()
)
#: Front offices: where one goes, whoever decides.
_FRONT_OFFICES: Final = frozenset(
    word
    for line in (
        "buergeramt buergerbuero buergerdienst buergerdienste buergerservice infothek",
        "infopoint kundenzentrum rathaus servicebuero servicecenter servicepoint telefonzentrale",
    )
    for word in line.split()
)
#: Endings of words that say the same: Steueramt and Steuerstelle are one.
_ENDINGS: Final = ("verwaltung", "abteilung", "behoerde", "service", "stelle", "buero", "amt")
#: Shorter beginnings of words say too little.
_SHORTEST: Final = 5


@lru_cache(maxsize=16_384)
def unit_words(name: str, area: str = "") -> frozenset[str]:
    """Return the words of a unit's name that tell it from others of the same body; may be empty.

    ``area`` is the body's name; its words, numbers, front offices, and words like Amt or Fachbereich
    tell nothing.
    """
    empty = _KINDS | _FRONT_OFFICES | set(normalise(area).split())
    words = (word for word in normalise(name).split() if word not in empty and not word.isdigit())
    return frozenset(bare for word in words if len(bare := _bare(word)) > 1)


def _bare(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            return word.removesuffix(ending)
    return word


def same_unit(one: Iterable[str], other: Iterable[str]) -> bool:
    """Tell whether the shorter of two names, given as words, says nothing that the longer does not."""
    few, many = sorted((set(one), set(other)), key=len)
    return all(any(_alike(word, known) for known in many) for word in few)


def _alike(one: str, other: str) -> bool:
    """Tell whether two words are one, or one begins with the other: Steuer, Steuern."""
    short, long = sorted((one, other), key=len)
    return short == long or (len(short) >= _SHORTEST and long.startswith(short))
