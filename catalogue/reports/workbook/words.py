"""Days as a calendar has them, lists within a cell, and words that several sheets use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from catalogue.texts import Texts

__all__ = ["day_of", "joined", "lines_of", "moment_of", "words_of"]

#: Parts of a list within one cell; the largest bundle has about a hundred services.
MOST_PARTS = 200
SEPARATOR = "; "
#: Letters that fit into the width of one, which is that of a digit; words at the end of lines leave room.
LETTERS = 1.12


def moment_of(written: str) -> datetime | None:
    """Return a moment of the database in the time of this machine; None for none."""
    try:
        return datetime.fromisoformat(written).astimezone().replace(tzinfo=None, microsecond=0)
    except (ValueError, OverflowError, OSError):
        return None


def day_of(written: str) -> date | None:
    """Return a written day as it is, and the day of a moment in the time of this machine; None for none."""
    try:
        return date.fromisoformat(written)
    except ValueError:
        moment = moment_of(written)
        return moment.date() if moment else None


def joined(parts: Sequence[str], text: Texts) -> str:
    """Return parts one after the other on one line; of very many the number of the others."""
    shown = list(parts[:MOST_PARTS])
    if len(parts) > MOST_PARTS:
        shown.append(text("workbook.more", count=text.number(len(parts) - MOST_PARTS)))
    return SEPARATOR.join(shown)


def lines_of(written: str, width: float) -> int:
    """Return about how many lines a text takes in a column that is so many characters wide."""
    room = max(1, int(width * LETTERS))
    lines = 0
    for paragraph in written.split("\n"):
        lines += 1
        left = room
        for word in paragraph.split(" ") if len(paragraph) > room else ():
            if len(word) > left and left < room:
                lines, left = lines + 1, room
            lines += max(0, len(word) - 1) // room
            left -= len(word) % room + 1
    return lines


def words_of(section: str, codes: Sequence[str] | None, text: Texts) -> str:
    """Return codes in words, separated by commas."""
    return ", ".join(text.word(section, code) for code in codes or ())
