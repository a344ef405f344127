"""Rows as tables for people: which fields are shown, under which header, in which words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from catalogue.reports.gaps import Unresolved
from cli.blocks import Grid, Line
from cli.texts import Texts, printable

__all__ = [
    "Column",
    "area_words",
    "due_words",
    "grid",
    "issue_line",
    "next_line",
    "reasons_line",
    "status_words",
    "unresolved_line",
]

R = TypeVar("R")


@dataclass(frozen=True)
class Column(Generic[R]):
    """One column: the header's key (section ``column``) and what to show of a row.

    Without ``show`` it is the field of the key's name; ``section`` names the words for its codes. A column
    that is ``optional`` is left out where it says nothing in any row.
    """

    key: str
    show: Callable[[Texts, R], str] | None = None
    section: str = ""
    right: bool = False
    optional: bool = False

    def cell(self, text: Texts, row: R) -> str:
        """Return what the column shows of a row."""
        if self.show is not None:
            return self.show(text, row)
        value = getattr(row, self.key)
        if value is None:
            return "–"
        if isinstance(value, bool):
            return text.truth(value)
        if isinstance(value, int | float):
            return text.number(value)
        if isinstance(value, tuple):
            return ", ".join(str(one) for one in value)
        written = str(value)
        return text.word(self.section, written) if self.section and written else printable(written)


def grid(columns: Sequence[Column[R]], rows: Sequence[R], text: Texts) -> Grid:
    """Return a table of rows."""
    shown = [(column, [column.cell(text, row) for row in rows]) for column in columns]
    kept = [(column, cells) for column, cells in shown if not column.optional or set(cells) - _NOTHING]
    return Grid(
        headers=tuple(text(f"column.{column.key}") for column, _ in kept),
        rows=list(zip(*(cells for _, cells in kept), strict=True)),
        right=frozenset(number for number, (column, _) in enumerate(kept) if column.right),
    )


_NOTHING = {"", "–", "0"}


def due_words(due_at: str, text: Texts) -> str:
    """Return a local moment, or a whole day, of the table of nights as people write it; a dash for none."""
    day, _, hour = due_at.partition("T")
    return f"{text.day(day)} {hour}".strip()


def area_words(name: str, level: str, text: Texts) -> str:
    """Return what an area is called; of all areas together the word for them."""
    return printable(name) or text.word("level", level)


def status_words(text: Texts, status: str, reason: str = "") -> str:
    """Return a status in words, with the reason if it is unknown."""
    word = text.word("status", status)
    return f"{word} ({text.word('reason', reason)})" if reason else word


def reasons_line(counts: dict[str, int], text: Texts) -> str:
    """Return how many cells are unknown, by reason; the largest first."""
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{text.word('reason', reason)} {text.number(count)}" for reason, count in ordered)


def next_line(source: str, command: str, text: Texts) -> Line:
    """Return what to do next about a source, a command that works as it stands."""
    return Line(f"{source}: {text('view.next', command=command)}")


def unresolved_line(place: str, found: Unresolved, text: Texts) -> str:
    """Return how many cells have an unresolved competence, and how many of them are unknown for that.

    ``place`` is ``gaps`` or a scope of coverage; the same figures mean something else in each.
    """
    return text(
        f"view.unresolved_{place}",
        count=text.number(found.cells),
        online=text.number(found.online),
        other=text.number(found.cells - found.online - found.nothing),
        nothing=text.number(found.nothing),
    )


def issue_line(kind: str, count: int, samples: Sequence[tuple[str, str]], text: Texts) -> str:
    """Return one kind of irregularity with its first sample, and how many there are."""
    record, detail = samples[0] if samples else ("–", "–")
    shown = text(f"issue.{kind}", record=printable(record) or "–", detail=printable(detail) or "–")
    if count == 1:
        return f"1 × {shown}"
    return text("view.issue_of_several", count=text.number(count), first=shown)
