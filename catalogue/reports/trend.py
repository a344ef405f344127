"""Coverage over time: one point for each day on which something moved, and where the line has to break.

All points come out of one pass over the rows that began or ended: their sums, run by run, are what moved.
A day is one of this machine's calendar, and its point is the state at its end.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from catalogue.history import Edition, Period, editions, ends_in, first_whole_edition, stored_moment
from catalogue.reports.coverage import share
from catalogue.reports.figures import SUMMED, end_of, require_countable, select_ever, sums
from catalogue.reports.filters import EVERYTHING, Filters, Selection

__all__ = ["BREAKS", "TrendPoint", "breaks_between", "trend"]

#: Why a line breaks: other rules of verdicts, another matcher, another release of the reference tables, and,
#: for all areas together, other areas.
BREAKS = ("rules", "matcher", "catalogue", "region")
#: Every cell, whoever is competent: an area without any was not in the region.
_THERE = "there"


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """The figures of an area or of all at the end of a day; docs/data-dictionary.md explains every field.

    ``breaks`` says what changed with this day, so that it cannot be compared with the days before.
    """

    ars: str
    area: str
    level: str
    scope: str
    date: str
    cells: int
    any_count: int
    any_share: float | None
    own_count: int
    own_share: float | None
    leaves: int
    leaves_online: int
    leaves_share: float | None
    checked_count: int | None
    unknown: int
    gaps: int
    breaks: tuple[str, ...]


class _Window(NamedTuple):
    """Which days are shown, and on which of them lines break."""

    first: date
    last: date
    breaks: dict[date, tuple[str, ...]]


Moves = dict[date, Counter[str]]  # what each day added to the figures of one area


def trend(
    connection: Connection,
    filters: Filters = EVERYTHING,
    scope: str = "competent",
    *,
    days: int | None = None,
    until: datetime | None = None,
) -> list[TrendPoint]:
    """Return the points of each area in the order of the region, then of all of them together.

    Of each there is one for the first day, for the last one, and for each between on which one of its cells
    moved or lines break. The last day is that before ``until``, else that of the filters' ``as_of``, else
    today; ``days`` tells how many there are, by default all since history begins. Raise NotFound.
    """
    require_countable(filters, scope)
    chosen = select_ever(connection, filters)
    first = first_whole_edition(connection)
    end = end_of(filters, until) or datetime.now(UTC) + timedelta(seconds=1)
    known = [one for one in editions(connection) if one.at < stored_moment(end)]
    if first is None or first not in known:
        return []
    last_day = (end - timedelta(seconds=1)).astimezone().date()
    first_day = _day_of(first)
    if days is not None:
        first_day = max(first_day, last_day - timedelta(days=days - 1))
    window = _Window(first_day, last_day, _breaks(known))
    moved = _moved(connection, chosen, scope, _days_of(known, first))
    points: list[TrendPoint] = []
    for one in chosen.areas:
        points += _line((one.ars, one.label, one.level, scope), moved[one.id], window)
    total, joined = _together(moved.values())
    for day in joined:
        window.breaks[day] = (*window.breaks.get(day, ()), "region")
    place = ("", "", "selection" if chosen.limited else "region", scope)
    return [*points, *_line(place, total, window)]


def breaks_between(before: Edition, after: Edition) -> tuple[str, ...]:
    """Return which definitions differ between two editions; what was not kept differs from nothing."""
    old, new = before.definitions, after.definitions
    differing = {
        "rules": old.rules != new.rules and old.rules,
        "matcher": old.matcher != new.matcher and old.matcher and new.matcher,
        "catalogue": old.reference != new.reference and old.reference,
    }
    return tuple(code for code in BREAKS if differing.get(code))


def _breaks(known: Sequence[Edition]) -> dict[date, tuple[str, ...]]:
    of_day: defaultdict[date, set[str]] = defaultdict(set)
    for before, after in pairwise(known):
        of_day[_day_of(after)].update(breaks_between(before, after))
    return {day: tuple(code for code in BREAKS if code in found) for day, found in of_day.items() if found}


def _day_of(one: Edition) -> date:
    """Return the day of an edition in this machine's calendar, as all dates are shown."""
    return datetime.fromisoformat(one.at).astimezone().date()


def _days_of(known: Sequence[Edition], first: Edition) -> dict[int, date]:
    """Return the day of each run; what was before history began is taken as there since then."""
    return {one.run_id: _day_of(one if one.run_id > first.run_id else first) for one in known}


def _moved(
    connection: Connection, chosen: Selection, scope: str, day_of: Mapping[int, date]
) -> defaultdict[int, Moves]:
    """Return what each day added to the figures of each area."""
    ends = ends_in(Period(0, None))
    query = (
        select(
            ends.c.area_id,
            ends.c.moved_by,
            func.sum(ends.c.sign).label(_THERE),
            *sums(ends, scope, ends.c.sign),
        )
        .where(chosen.condition_on(ends))
        .group_by(ends.c.area_id, ends.c.moved_by)
    )
    moved: defaultdict[int, Moves] = defaultdict(lambda: defaultdict(Counter))
    for area_id, run_id, *counts in connection.execute(query):
        if run_id in day_of:
            figures = {name: int(count) for name, count in zip((_THERE, *SUMMED), counts, strict=True)}
            moved[area_id][day_of[run_id]].update(figures)
    return moved


def _together(of_areas: Iterable[Moves]) -> tuple[Moves, set[date]]:
    """Return what each day added to all areas together, and on which days one joined or left."""
    total: Moves = defaultdict(Counter)
    joined: set[date] = set()
    for moves in of_areas:
        there = 0
        for day in sorted(moves):
            total[day].update(moves[day])
            before, there = there, there + moves[day][_THERE]
            if (before > 0) != (there > 0):
                joined.add(day)
    return total, joined - {min(total, default=date.min)}


def _line(place: tuple[str, str, str, str], moves: Moves, window: _Window) -> Iterator[TrendPoint]:
    """Yield the points of one area, or of all, while there are cells."""
    days = {window.first, window.last} | {
        day for day in (*moves, *window.breaks) if window.first < day <= window.last
    }
    state: Counter[str] = Counter()
    waiting = sorted(moves)
    for day in sorted(days):
        while waiting and waiting[0] <= day:
            state.update(moves[waiting.pop(0)])
        if state[_THERE] > 0:
            yield _point(place, day, state, window.breaks.get(day, ()))


def _point(
    place: tuple[str, str, str, str], day: date, state: Counter[str], breaks: tuple[str, ...]
) -> TrendPoint:
    return TrendPoint(
        *place,
        date=day.isoformat(),
        cells=state["cells"],
        any_count=state["any_count"],
        any_share=share(state["any_count"], state["cells"]),
        own_count=state["own_count"],
        own_share=share(state["own_count"], state["cells"]),
        leaves=state["leaves"],
        leaves_online=state["leaves_online"],
        leaves_share=share(state["leaves_online"], state["leaves"]),
        checked_count=None,
        unknown=state["unknown"],
        gaps=state["gaps"],
        breaks=breaks,
    )
