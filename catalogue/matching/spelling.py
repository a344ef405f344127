"""Titles as words: spelling, gender forms, easy language, passages of law, and where a part begins.

Nothing here knows the catalogue. Words come out in small letters with umlauts spelled out; hyphens at the
beginning or end of a word stay, since they stand for what is left out (``An- und Abmeldung``).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

import snowballstemmer  # type: ignore[import-untyped]  # has no types

__all__ = ["LONGEST_TITLE", "Piece", "pieces", "spell", "stem"]

#: Characters of a title that are looked at; what comes later is text, not a title.
LONGEST_TITLE = 400

_FOLDED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "’": "'", "−": "-", "‐": "-", "‑": "-"})
# Soft hyphens and characters without width come along when a title is copied from a page.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
# Easy language separates the parts of a compound by a dot in the middle.
_MIDDLE_DOT = re.compile(r"(?<=\w)[\u00b7\u2022\u2027\u2219\u22c5](?=\w)")
_GENDER = re.compile(r"(?<=[a-z])(?:[*:_]|/-?)(?:innen|in|frau|r|n|e|s)\b")
_DIVERSE = re.compile(r"\(?\b[mwd]\s*[/|]\s*[mwd](?:\s*[/|]\s*[mwdx])?\b\)?")
_FEMALE = re.compile(r"(?<=[a-z]{3})(?:er|ant|ent|ist|or|eur)in(?:nen)?$")
_LAW = re.compile(r"(?:§+|\bparagra(?:ph|f)(?:en)?\b)\s*(\d+)\s*([a-z]?)\b")
_WORD = re.compile(r"§\d+[a-z]?|-?[0-9a-z]+(?:'[a-z]+)?(?:[-.][0-9a-z]+)*-?|[,;/()|?!.:&+\u2013\u2014]| - ")
#: Marks after which a new part of the title begins; the second kind only explains what came before.
_BREAKS = frozenset({":", ";", "|", "?", "!", "\u2013", "\u2014", " - ", "."})

_NOUN_ENDING = re.compile(r"ung(?:en|s)?$")
_stemmer = snowballstemmer.stemmer("german")


class Piece(NamedTuple):
    """One word, or one mark between words, and the part of the title it stands in."""

    text: str
    part: int  # 0 is the first part; what stands in brackets counts as a part of its own
    aside: bool  # stands in brackets


def spell(title: str) -> str:
    """Return a title in small letters, umlauts spelled out, without gender forms and invisible marks."""
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", title[:LONGEST_TITLE])).casefold()
    text = _MIDDLE_DOT.sub("", text).translate(_FOLDED)
    text = _DIVERSE.sub(" ", text)
    text = _GENDER.sub("", text)
    return _LAW.sub(r"§\1\2 ", text)


def pieces(title: str) -> list[Piece]:
    """Return the words and marks of a title in their order."""
    found: list[Piece] = []
    part, brackets = 0, 0
    for text in _WORD.findall(spell(title)):
        if text == "(":
            part, brackets = part + 1, brackets + 1
        elif text == ")":
            part, brackets = part + 1, max(0, brackets - 1)
        elif text in _BREAKS:
            part += 1
        else:
            found.append(Piece(text, part, brackets > 0))
    return found


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Return what the forms of a word have in common (Snowball's German stemmer).

    Nouns in -ung get the stem of their verb, so that ``Förderung`` and ``fördern`` meet.
    """
    if len(word) < 4 or not word.isalpha():
        return word
    female = _FEMALE.search(word)
    if female and len(word) > 7:
        word = word[: female.start()] + female.group()[: female.group().rindex("in")]
    if len(word) > 6:
        word = _NOUN_ENDING.sub("", word)
    return str(_stemmer.stemWord(word))
