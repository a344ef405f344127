"""The movement of figures as rows and tables: before, after, and the causes that add up to the difference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from catalogue.reports.movement import Contribution, Explained
from cli.blocks import Grid
from cli.texts import Texts
from cli.view import Column, area_words, grid

__all__ = ["FigureRow", "figure_grid", "figure_rows", "total_grid"]


@dataclass(frozen=True, slots=True)
class FigureRow:
    """What one cause did to one figure of one area; docs/data-dictionary.md explains every field."""

    ars: str
    area: str
    level: str
    scope: str
    figure: str
    before: int | None
    after: int | None
    difference: int | None
    cause: str
    gained: int | None
    lost: int | None
    contribution: int | None


def figure_rows(explained: Iterable[Explained]) -> list[FigureRow]:
    """Return a row for each cause of each figure; what did not move has one row without a cause."""
    return [row for one in explained for row in _rows(one)]


def _rows(one: Explained) -> Iterator[FigureRow]:
    place = (one.ars, one.area, one.level, one.scope, one.figure, one.before, one.after, difference(one))
    for part in one.contributions:
        yield FigureRow(*place, part.cause, part.gained, part.lost, part.change)
    if not one.contributions:
        nothing = None if one.after is None else 0
        yield FigureRow(*place, "", nothing, nothing, nothing)


def difference(one: Explained) -> int | None:
    """Return by how much a figure moved; None if it is not measured."""
    return None if one.before is None or one.after is None else one.after - one.before


def figure_grid(rows: Sequence[FigureRow], text: Texts) -> Grid:
    """Return rows as a table."""
    return grid(_COLUMNS, rows, text)


def total_grid(explained: Sequence[Explained], text: Texts) -> Grid:
    """Return figures as a table, one line for each with its causes in words."""
    return grid(_TOTAL_COLUMNS, explained, text)


def _measured(value: int | None, text: Texts) -> str:
    return text("view.not_measured") if value is None else text.number(value)


def _signed(value: int | None, text: Texts) -> str:
    return "–" if value is None else text.signed(value)


def _causes(text: Texts, row: Explained) -> str:
    return ", ".join(_cause(text, one) for one in row.contributions) or "–"


def _cause(text: Texts, one: Contribution) -> str:
    """Return a cause with what it did; where it worked both ways, with both."""
    words = f"{text.word('cause', one.cause)} {text.signed(one.change)}"
    if one.gained and one.lost:
        words += f" ({text.signed(one.gained)} {text.signed(-one.lost)})"
    return words


_COLUMNS: tuple[Column[FigureRow], ...] = (
    Column("area", lambda text, row: area_words(row.area, row.level, text)),
    Column("figure", section="figure"),
    Column("figure_before", lambda text, row: _measured(row.before, text), right=True),
    Column("figure_after", lambda text, row: _measured(row.after, text), right=True),
    Column("figure_change", lambda text, row: _signed(row.difference, text), right=True),
    Column("cause", section="cause"),
    Column("gained", right=True),
    Column("lost", right=True),
    Column("contribution", lambda text, row: _signed(row.contribution, text), right=True),
)
_TOTAL_COLUMNS: tuple[Column[Explained], ...] = (
    Column("figure", section="figure"),
    Column("figure_before", lambda text, row: _measured(row.before, text), right=True),
    Column("figure_after", lambda text, row: _measured(row.after, text), right=True),
    Column("figure_change", lambda text, row: _signed(difference(row), text), right=True),
    Column("causes", _causes),
)
