"""Why the figures of coverage moved: value before, value after, and causes that add up to the difference.

Before and after are counted from the cells as they were; the causes are summed from the changes between.
Every change of a cell has one cause, and accounts for the difference between the row it ended and the row
it began. A cell that went and came back accounts for both, which cancel each other out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, Row, and_, case, func, select
from sqlalchemy.sql.elements import ColumnElement

from catalogue.causes import CAUSES, LINK_CAUSES
from catalogue.history import Period, ends_in, period_of, state_at
from catalogue.reports.checked import checked_between
from catalogue.reports.figures import (
    FIGURES,
    SUMMED,
    end_of,
    require_countable,
    require_whole,
    select_ever,
    sums,
)
from catalogue.reports.filters import EVERYTHING, Filters, Selection
from catalogue.tables import cell, cell_change, run

__all__ = ["Contribution", "Explained", "explained", "explained_between"]


@dataclass(frozen=True, slots=True)
class Contribution:
    """What changes of one cause did to a figure; ``change`` is ``gained`` less ``lost``."""

    cause: str
    gained: int
    lost: int
    change: int


@dataclass(frozen=True, slots=True)
class Explained:
    """The movement of one figure of one area, or of all; docs/data-dictionary.md explains every field.

    ``figure`` is its name in CoverageRow. Both values are None, without any cause, if it is not measured.
    """

    ars: str
    area: str
    level: str
    scope: str
    figure: str
    before: int | None
    after: int | None
    contributions: tuple[Contribution, ...]


CHECKED = "checked_count"
_ORDER = {cause: place for place, cause in enumerate((*CAUSES, *LINK_CAUSES))}


class _Moved(NamedTuple):
    """What the changes of one cause added to a figure and took from it."""

    gained: int = 0
    lost: int = 0


Values = dict[str, int]
Causes = dict[str, dict[str, _Moved]]  # by figure, by cause


def explained(
    connection: Connection,
    filters: Filters = EVERYTHING,
    since: datetime | None = None,
    until: datetime | None = None,
    scope: str = "competent",
) -> list[Explained]:
    """Return the movement of every figure from ``since`` up to, but not including, ``until``.

    By area in the order of the region, areas that left it last, then all of them together (level ``region``,
    or ``selection`` if filters left out areas). Without ``since`` the period begins before the first run,
    without ``until`` it ends at the filters' ``as_of`` or now. Raise NotFound, also where the state at
    ``since`` was not kept.
    """
    require_countable(filters, scope)
    chosen = select_ever(connection, filters)
    period = period_of(connection, since, end_of(filters, until))
    require_whole(connection, period, since)
    moments = (since, end_of(filters, until))
    return _explained(connection, chosen, period, moments, scope)


def explained_between(connection: Connection, period: Period, scope: str = "competent") -> list[Explained]:
    """Return the movement of every figure of all areas between two runs, as :func:`explained` does.

    The figure ``checked_count`` takes the moments at which the runs ended. Raise NotFound.
    """
    chosen = select_ever(connection, EVERYTHING)
    require_whole(connection, period, None)
    ends = {number: _end_of_run(connection, number) for number in (period.after, period.until)}
    return _explained(connection, chosen, period, (ends[period.after], ends[period.until]), scope)


def _end_of_run(connection: Connection, number: int | None) -> datetime | None:
    """Return the moment just after a run ended, so that what it saw belongs to it; None if it has no end."""
    written = connection.scalar(select(run.c.finished_at).where(run.c.id == number))
    return None if written is None else datetime.fromisoformat(written) + timedelta(seconds=1)


def _explained(
    connection: Connection,
    chosen: Selection,
    period: Period,
    moments: tuple[datetime | None, datetime | None],
    scope: str,
) -> list[Explained]:
    before = _values(connection, chosen, period.after, scope)
    after = _values(connection, chosen, period.until, scope)
    causes = _causes(connection, chosen, period, scope)
    checked = checked_between(connection, chosen, period, moments, scope)
    for area_id, moved in (checked or {}).items():
        if area_id not in before and area_id not in after:
            continue
        before[area_id][CHECKED], after[area_id][CHECKED] = moved.before, moved.after
        causes[area_id][CHECKED] = {cause: _Moved(*counts) for cause, counts in moved.causes.items()}
    names = SUMMED if checked is None else FIGURES
    rows: list[Explained] = []
    for one in chosen.areas:
        if one.id in before or one.id in after or one.id in causes:
            place = (one.ars, one.label, one.level)
            rows += _rows(place, scope, before[one.id], after[one.id], causes[one.id])
    place = ("", "", "selection" if chosen.limited else "region")
    values = (_total(before, names), _total(after, names))
    return rows + _rows(place, scope, *values, _all_causes(causes.values()))


def _values(
    connection: Connection, chosen: Selection, run_id: int | None, scope: str
) -> defaultdict[int, Values]:
    """Return the figures of each area as a run left them; without a run, those of now."""
    state = cell if run_id is None else state_at(run_id)
    query = select(state.c.area_id, *sums(state, scope)).group_by(state.c.area_id)
    found = connection.execute(query.where(chosen.condition_on(state)))
    values = {area_id: _counts(figures) for area_id, *figures in found}
    return defaultdict(lambda: dict.fromkeys(SUMMED, 0), values)


def _counts(figures: Iterable[int]) -> Values:
    return {name: int(count) for name, count in zip(SUMMED, figures, strict=True)}


def _causes(
    connection: Connection, chosen: Selection, period: Period, scope: str
) -> defaultdict[int, Causes]:
    """Return what each cause did to the figures of each area."""
    ends = ends_in(period)
    change = cell_change.c
    of_change = (
        select(ends.c.area_id, change.cause, *sums(ends, scope, ends.c.sign))
        .join(
            cell_change,
            and_(
                change.area_id == ends.c.area_id,
                change.ozg_id == ends.c.ozg_id,
                change.run_id == ends.c.moved_by,
            ),
        )
        .where(chosen.condition_on(ends))
        .group_by(ends.c.area_id, ends.c.ozg_id, ends.c.moved_by, change.cause)
        .subquery("change")
    )
    parts: list[ColumnElement[int]] = []
    for name in SUMMED:
        moved = of_change.c[name]
        parts += [func.sum(case((moved > 0, moved), else_=0)), func.sum(case((moved < 0, -moved), else_=0))]
    query = select(of_change.c.area_id, of_change.c.cause, *parts)
    found: defaultdict[int, Causes] = defaultdict(lambda: {name: {} for name in SUMMED})
    for row in connection.execute(query.group_by(of_change.c.area_id, of_change.c.cause)):
        _note(found[row[0]], row)
    return found


def _note(causes: Causes, row: Row[*tuple[object, ...]]) -> None:
    """Add one row of an area, a cause and what it added to and took from each figure."""
    cause, counts = str(row[1]), [int(str(count)) for count in row[2:]]
    for place, name in enumerate(SUMMED):
        gained, lost = counts[2 * place : 2 * place + 2]
        if gained or lost:
            causes[name][cause] = _Moved(gained, lost)


def _total(of_area: dict[int, Values], names: Iterable[str]) -> Values:
    return {name: sum(values.get(name, 0) for values in of_area.values()) for name in names}


def _all_causes(of_area: Iterable[Causes]) -> Causes:
    total: Causes = {name: {} for name in FIGURES}
    for causes in of_area:
        for name, moved in causes.items():
            for cause, (gained, lost) in moved.items():
                known = total[name].get(cause, _Moved())
                total[name][cause] = _Moved(known.gained + gained, known.lost + lost)
    return total


def _rows(
    place: tuple[str, str, str], scope: str, before: Values, after: Values, causes: Causes
) -> list[Explained]:
    return [
        Explained(
            *place, scope, name, before.get(name), after.get(name), _contributions(causes.get(name, {}))
        )
        for name in FIGURES
    ]


def _contributions(causes: dict[str, _Moved]) -> tuple[Contribution, ...]:
    """Return the causes of one figure; the largest difference first."""
    found = [Contribution(cause, gained, lost, gained - lost) for cause, (gained, lost) in causes.items()]
    found.sort(key=lambda one: (-abs(one.change), -one.gained, _ORDER.get(one.cause, len(_ORDER))))
    return tuple(found)
