"""Regional keys as PVOG writes them, seen from one area: its own, those above it, and all others."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from catalogue.keys import FEDERATION

__all__ = ["Places", "level_of", "own_level", "sort_places", "steps_of"]

KEY_LENGTH: Final = 12
AGS_LENGTH: Final = 8
#: Digits that lead to the area above, and who operates what belongs to it; the nearest first.
ABOVE: Final = ((9, "shared"), (5, "kreis"), (3, "land"), (2, "land"))
#: Lengths of keys that leave out the zeros behind the level they mean.
SHORT: Final = frozenset({2, 3, 5, 9})
DIGITS = re.compile(r"[0-9]{1,12}\Z")


class Places(NamedTuple):
    """What a list of keys means for one area: its own or upper keys, how many others, what is no key."""

    near: tuple[str, ...]
    elsewhere: int
    unusable: tuple[str, ...]


def sort_places(raws: Iterable[str], area: str) -> Places:
    """Sort keys as seen from an area (12 digits); the near ones come from the area upwards."""
    steps = steps_of(area)
    near: set[str] = set()
    elsewhere = 0
    unusable: list[str] = []
    for raw in raws:
        key = _full(raw.strip(), area)
        if key is None:
            unusable.append(raw)
        elif key in steps:
            near.add(key)
        else:
            elsewhere += 1
    return Places(tuple(step for step in steps if step in near), elsewhere, tuple(unusable))


def steps_of(area: str) -> dict[str, str]:
    """Return the area and those above it with the word for who operates there, the nearest first.

    A city that is its own Kreis, and an area that is the only one of its Verband, come once, as the area.
    """
    steps = {area: ""}
    for length, operator in ABOVE:
        steps.setdefault(area[:length].ljust(KEY_LENGTH, "0"), operator)
    steps.setdefault(FEDERATION, "bund")
    return steps


def level_of(places: Iterable[str], area: str) -> str:
    """Return who operates what is for these places: empty for the area itself, or if nobody says."""
    steps = steps_of(area)
    nearest = next((step for step in steps if step in set(places)), area)
    return steps[nearest]


def own_level(area: str) -> str:
    """Return the word for what an area operates as seen from those below it; empty for municipalities."""
    if area == FEDERATION:
        return "bund"
    if not area[3:].strip("0"):
        return "land"
    # A city that is its own Kreis has such a key too, and what the Kreis does is its own there.
    return "kreis" if not area[5:].strip("0") else ""


def _full(key: str, area: str) -> str | None:
    """Return a key with all its digits; None if it is none. Nothing is guessed but for the asked area."""
    if not DIGITS.match(key):
        return None
    if len(key) == KEY_LENGTH:
        return key
    if len(key) in SHORT:
        return key.ljust(KEY_LENGTH, "0")
    if len(key) == AGS_LENGTH:
        # A municipality key lacks the digits of the Verband; only the asked area's are known.
        if key == area[:5] + area[9:]:
            return area
        return key[:5].ljust(KEY_LENGTH, "0") if key.endswith("000") else "9" * KEY_LENGTH
    return None
