"""The words of the catalogue: what compounds are made of, and the nearest known word to a misspelt one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from rapidfuzz import process
from rapidfuzz.distance import OSA

from catalogue.matching.spelling import stem

__all__ = ["MOST_REMEMBERED", "Lexicon", "word_list"]

T = TypeVar("T")

#: Shorter words are parts of compounds only where data/short_words.txt lists them.
SHORTEST_PART = 4
SHORTEST_COMPOUND, LONGEST_COMPOUND = 6, 60
#: Words whose parts, and whose corrections, are remembered.
MOST_REMEMBERED = 200_000
#: What German puts between the parts of a compound.
_LINKS = ("", "s", "es", "n", "en", "e", "er", "ns", "ens")
_DATA = Path(__file__).parent / "data"


def word_list(name: str) -> frozenset[str]:
    """Return the words of a file in the data folder; ``#`` begins a comment."""
    lines = (_DATA / name).read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines for word in line.partition("#")[0].split())


class Lexicon:
    """Splits compounds into known words and finds the nearest known word."""

    def __init__(self, words: Iterable[str]) -> None:
        """Take the known words, in small letters with umlauts spelled out."""
        self.words = frozenset(words)
        short, never = word_list("short_words.txt"), word_list("no_parts.txt")
        roots = word_list("roots.txt")
        self._heads = {
            word for word in self.words | short | roots if len(word) >= SHORTEST_PART or word in short
        } - never
        self._head_stems = {stem(word) for word in self._heads if len(word) > 4}
        self._modifiers = self._heads | _bound_forms(self._heads) - never
        self._splits: dict[str, tuple[str, ...]] = {}
        self._corrections: dict[str, str] = {}
        self._by_length: dict[int, list[str]] = {}
        for word in sorted(self.words):
            self._by_length.setdefault(len(word), []).append(word)

    def knows(self, word: str) -> bool:
        """Tell whether a word, or all of its parts, are known."""
        return word in self.words or self._is_head(word) or len(self.split(word)) > 1

    def split(self, word: str) -> tuple[str, ...]:
        """Return the parts of a compound, as fine as the known words allow; a simple word is one part."""
        known = self._splits.get(word)
        if known is None:
            _bound(self._splits)
            known = self._splits[word] = self._split_finely(word)
        return known

    def split_partly(self, word: str) -> tuple[str, ...]:
        """Return what comes before the known end of a compound, and that end; or the word alone.

        Of a word that is unknown as a whole, a known beginning will do.
        """
        if len(word) > LONGEST_COMPOUND or not word.isalpha():
            return (word,)
        # Of a known word, as little as four letters are rather a part of it than another word.
        least = 5 if self.knows(word) else 4
        for length in range(len(word) - least, 4, -1):
            if word[-length:] in self._heads:
                return (_unlinked(word[:-length]), *self.split(word[-length:]))
        if self.knows(word):
            return (word,)
        for length in range(len(word) - 4, 4, -1):
            known = self._modifier(word[:length])
            if known is not None and len(known) > 4:
                return (*self.split(known), word[length:])
        return (word,)

    def correct(self, word: str) -> str:
        """Return the nearest known word; the word itself where it is known, short or none is near.

        One wrong, missing, additional or swapped letter is forgiven from six letters on, two from twelve.
        """
        known = self._corrections.get(word)
        if known is None:
            _bound(self._corrections)
            known = self._corrections[word] = self._nearest(word)
        return known

    def _nearest(self, word: str) -> str:
        if len(word) < 6 or not word.isalpha() or self.knows(word):
            return word
        most = 1 if len(word) < 12 else 2
        near = [
            one
            for length in range(len(word) - most, len(word) + most + 1)
            for one in self._by_length.get(length, ())
        ]
        found = process.extractOne(word, near, scorer=OSA.distance, score_cutoff=most)
        return str(found[0]) if found and found[0][0] == word[0] else word

    def _split_finely(self, word: str) -> tuple[str, ...]:
        if not SHORTEST_COMPOUND <= len(word) <= LONGEST_COMPOUND or not word.isalpha():
            return (word,)
        parts = self._segment(word, {})
        if parts is None or len(parts) == 1:
            return (word,)
        return tuple(fine for part in parts for fine in self.split(part))

    def _segment(self, word: str, memo: dict[str, tuple[str, ...] | None]) -> tuple[str, ...] | None:
        """Return the fewest parts, two at least, a word can be made of; None if it cannot."""
        if word in memo:
            return memo[word]
        best: tuple[str, ...] | None = None
        for cut in range(len(word) - 3, 2, -1):
            rest = word[cut:]
            modifier = self._modifier(word[:cut])
            if modifier is None:
                continue
            tail = (rest,) if self._is_head(rest) else self._segment(rest, memo)
            if tail is not None and (best is None or len(tail) + 1 < len(best)):
                best = (modifier, *tail)
        memo[word] = best
        return best

    def _is_head(self, text: str) -> bool:
        """Tell whether a compound may end with this, in whatever case it stands."""
        return text in self._heads or (len(text) > 5 and stem(text) in self._head_stems)

    def _modifier(self, text: str) -> str | None:
        if text in self._modifiers:
            return text
        for link in _LINKS[1:]:
            if text.endswith(link) and text[: -len(link)] in self._modifiers:
                return text[: -len(link)]
        return None


def _bound(remembered: dict[str, T]) -> None:
    """Forget everything that was remembered once it has become too much."""
    if len(remembered) >= MOST_REMEMBERED:
        remembered.clear()


def _unlinked(text: str) -> str:
    """Return the unknown beginning of a compound without the s that links it."""
    return text[:-1] if text.endswith("s") and not text.endswith("ss") and len(text) > 4 else text


def _bound_forms(heads: Iterable[str]) -> set[str]:
    """Return the forms words take inside compounds: ``schul`` of Schule, ``melde`` of melden."""
    forms = set()
    for word in heads:
        if len(word) > 4 and word.endswith("e"):
            forms.add(word[:-1])
        elif len(word) > 5 and word.endswith("en"):
            forms.update((word[:-2], word[:-1]))
        elif len(word) > 6 and word.endswith("ern"):
            forms.add(word[:-1])
    return {form for form in forms if len(form) >= 3 and stem(form)}
