"""Small things about words: folding for comparison, sentences, one-line texts."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["LONGEST_SENTENCE", "Sentences", "fold", "one_line", "shorten"]

#: Soft hyphens, the dot of easy language, and characters without width.
_INVISIBLE = str.maketrans("", "", "\u00ad\u00b7\u200b\u200c\u200d\u2060\ufeff")
_HAS_INVISIBLE = re.compile("[\u00ad\u00b7\u200b-\u200d\u2060\ufeff]")
#: A full stop ends a sentence unless it stands behind an abbreviation or a number (as in a date).
_END = re.compile(
    r"[.!?;](?<![\s(.][zbud].)(?<![\s.]ggf.)(?<![\s.]bzw.)(?<![\s.]evtl.)(?<![\s(]nr.)(?<![\s(]ca.)(?<![\s(]abs.)(?<!str.)(?<!\d.)\s"
)
LONGEST_SENTENCE = 600  # characters looked at on either side


def fold(text: str) -> str:
    """Return a text for comparison: composed, without invisible characters, small, single blanks."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
        if _HAS_INVISIBLE.search(text):
            text = text.translate(_INVISIBLE)
    return " ".join(text.lower().split())


def one_line(text: str) -> str:
    """Return a text in one line, without control characters and characters without width."""
    plain = " ".join(text.split())
    return plain if plain.isprintable() else "".join(letter for letter in plain if letter.isprintable())


def shorten(text: str, most: int) -> str:
    """Return a text of at most so many characters, with an ellipsis where something was cut off."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


class Sentences:
    """A small-letter text, and the sentence around a position in it."""

    __slots__ = ("lower",)

    def __init__(self, lower: str) -> None:
        self.lower = lower

    def bounds(self, position: int) -> tuple[int, int]:
        """Return begin and end of the sentence around a position, at most so far as is looked."""
        lower = self.lower
        line = lower.rfind("\n", 0, position) + 1
        begin = max(line, position - LONGEST_SENTENCE)
        for end in _END.finditer(lower, begin, position):
            begin = end.end()
        stop = lower.find("\n", position)
        stop = min(len(lower) if stop < 0 else stop, position + LONGEST_SENTENCE)
        found = _END.search(lower, position, stop)
        return begin, found.end() if found else stop
