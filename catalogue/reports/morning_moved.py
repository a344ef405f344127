"""What moved between two runs: figures by cause, the areas that moved most, what is unknown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, func, select

from catalogue.errors import NotFound
from catalogue.history import Period, state_at
from catalogue.reports.movement import Explained, explained_between
from catalogue.reports.runs import Params
from catalogue.tables import cell_change

__all__ = ["AreaMoved", "Moved", "ReasonMoved", "moved_in", "reasons_moved"]

#: Figures of the region that are told, by their names in CoverageRow.
FIGURES: Final = ("any_count", "own_count", "checked_count", "gaps", "unknown", "cells")
#: So many areas are named.
MOST_AREAS: Final = 10


@dataclass(frozen=True, slots=True)
class AreaMoved:
    """An area in which something moved: what is online, what is a gap, what is unknown, before and after."""

    ars: str
    area: str
    level: str
    online_before: int
    online_after: int
    gaps_before: int
    gaps_after: int
    unknown_before: int
    unknown_after: int


@dataclass(frozen=True, slots=True)
class Moved:
    """What moved after one run up to another; ``changes`` are those of single cells, whoever is competent.

    ``figures`` are those of the whole region that are measured, each with its causes; ``areas`` those that
    moved most, and ``more_areas`` how many others moved. ``problem`` names a message (section ``error``) that
    says why the figures before are not known.
    """

    changes: int
    figures: tuple[Explained, ...] = ()
    areas: tuple[AreaMoved, ...] = ()
    more_areas: int = 0
    problem: str = ""
    params: Params = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReasonMoved:
    """How many cells of competent areas are unknown for one reason, before and after; null: not known."""

    reason: str
    before: int | None
    after: int


def moved_in(connection: Connection, before: int | None, number: int) -> Moved:
    """Return what moved after the run ``before`` up to a run; without ``before`` since there are cells."""
    period = Period(before or 0, number)
    changes = connection.scalar(select(func.count()).where(period.holds(cell_change.c.run_id))) or 0
    try:
        rows = explained_between(connection, period)
    except NotFound as error:
        if error.code == "region_empty":
            return Moved(changes)
        return Moved(changes, problem=error.code, params=dict(error.params))
    totals = {row.figure: row for row in rows if row.level == "region"}
    known = [totals[name] for name in FIGURES if name in totals and totals[name].before is not None]
    areas = _areas(rows)
    return Moved(changes, tuple(known), tuple(areas[:MOST_AREAS]), max(0, len(areas) - MOST_AREAS))


def _areas(rows: list[Explained]) -> list[AreaMoved]:
    """Return the areas in which a figure moved, by how much it did."""
    of_area: dict[tuple[str, str, str], dict[str, tuple[int, int]]] = {}
    for row in rows:
        if row.ars and row.before is not None and row.after is not None:
            figures = of_area.setdefault((row.ars, row.area, row.level), {})
            figures[row.figure] = row.before, row.after
    found = [
        AreaMoved(*place, *figures["any_count"], *figures["gaps"], *figures["unknown"])
        for place, figures in of_area.items()
    ]
    moved = [one for one in found if any(_weight(one))]
    return sorted(moved, key=lambda one: (*(-part for part in _weight(one)), one.ars, one.level))


def _weight(one: AreaMoved) -> tuple[int, int, int]:
    return (
        abs(one.online_after - one.online_before),
        abs(one.gaps_after - one.gaps_before),
        abs(one.unknown_after - one.unknown_before),
    )


def reasons_moved(connection: Connection, before: int | None, number: int) -> tuple[ReasonMoved, ...]:
    """Return the unknown cells of competent areas by reason, the most frequent first."""
    after = _reasons(connection, number)
    known = _reasons(connection, before) if before is not None else None
    rows = [
        ReasonMoved(reason, None if known is None else known.get(reason, 0), after.get(reason, 0))
        for reason in {*after, *(known or {})}
    ]
    return tuple(sorted(rows, key=lambda row: (-row.after, -(row.before or 0), row.reason)))


def _reasons(connection: Connection, number: int) -> dict[str, int]:
    state = state_at(number)
    query = (
        select(state.c.reason, func.count())
        .where(state.c.status == "unknown", state.c.competent == "yes")
        .group_by(state.c.reason)
    )
    return dict(connection.execute(query).all())
