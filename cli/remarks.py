"""How tables of cells show what officers say about them."""

from __future__ import annotations

from catalogue.reports.annotation_counts import RemarkCounts
from catalogue.reports.annotation_words import fields_of, remark_words
from catalogue.reports.cells import CellRow
from catalogue.reports.entries import EntryRow
from cli.texts import Texts, printable

__all__ = ["remark_in_full", "remark_notes", "said_in_row"]

#: A table has no room for more; CSV and JSON have all.
SHOWN = 60


def said_in_row(text: Texts, row: CellRow) -> str:
    """Return a cell's remark, cut to what a table has room for."""
    said = fields_of(row.remark, row.planned_for, row.remark_unit, row.remark_comment)
    words = printable(remark_words(said, text, unit=False))
    return words if len(words) <= SHOWN else f"{words[: SHOWN - 1]}…"


def remark_in_full(row: CellRow | EntryRow, text: Texts) -> str:
    """Return what is said about a cell, with the unit that answers for it."""
    said = fields_of(row.remark, row.planned_for, row.remark_unit, row.remark_comment)
    return printable(remark_words(said, text))


def remark_notes(found: RemarkCounts, text: Texts) -> list[str]:
    """Return how many gaps have a remark of which kind, and which days have passed; nothing if none has."""
    notes = []
    if any(found):
        counts = {name: text.number(count) for name, count in found._asdict().items()}
        notes.append(text("annotation.gaps", **counts))
    if found.overdue:
        notes.append(text("annotation.overdue", count=text.number(found.overdue)))
    return notes
