"""Titles as comparable words: how two spellings of the same title become equal."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

__all__ = ["normalise", "significant_words"]

_SEPARATORS = re.compile(r"[^0-9a-zäöüß]+")
_FOLDED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
#: Shorter words say too little to connect a title with a service.
SHORTEST_WORD = 5
#: Words of administration that occur in services of every kind.
_EMPTY_WORDS = frozenset((Path(__file__).parent / "empty_words.txt").read_text(encoding="utf-8").split())


@lru_cache(maxsize=65_536)
def normalise(title: str) -> str:
    """Return a title in lower case, umlauts spelled out, with single blanks between its words."""
    folded = unicodedata.normalize("NFKC", title).casefold().translate(_FOLDED)
    return " ".join(_SEPARATORS.sub(" ", folded).split())


def significant_words(title: str) -> frozenset[str]:
    """Return the words of a title that can connect it with a service."""
    return frozenset(
        word for word in normalise(title).split() if len(word) >= SHORTEST_WORD and word not in _EMPTY_WORDS
    )
