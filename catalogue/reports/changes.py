"""What moved between two moments, and why: every change has one cause, so the causes add up.

All cells are counted, whoever is competent, and beside them those whose area was competent before or after,
which are those that coverage counts. :mod:`catalogue.reports.movement` explains every figure of coverage.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, FromClause, Select, and_, func, select
from sqlalchemy.sql.elements import ColumnElement

from catalogue.history import period_of
from catalogue.reports.figures import end_of, select_ever
from catalogue.reports.filters import EVERYTHING, Filters
from catalogue.tables import area, cell, cell_change, cell_past, ozg_service, source

__all__ = ["ChangePage", "ChangeRow", "Movement", "change_page", "changes", "movements"]


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change of one cell; docs/data-dictionary.md explains every field.

    ``competent`` is what the cell said after the change, ``old_competent`` what it said before. Both are
    empty where there is no cell, and where the change is older than the history of competence.
    """

    at: str
    run: int
    ars: str
    area: str
    level: str
    ozg_id: str
    title: str
    theme: str
    old_status: str
    new_status: str
    old_reason: str
    new_reason: str
    field: str
    cause: str
    source: str
    competent: str
    old_competent: str

    @property
    def knows_competence(self) -> bool:
        """Tell whether it is known who was competent before and after."""
        return bool(self.old_competent or not self.old_status) and bool(self.competent or not self.new_status)


@dataclass(frozen=True, slots=True)
class Movement:
    """All changes from one status to another for one cause, and what they did to the online cells.

    ``online`` is +1 for each cell that became online and -1 for each that no longer is. Summed over all
    movements it is the difference between the two moments. ``competent_count`` counts the changes of cells
    whose area was competent before or after, and ``competent_online`` what they did to the online cells of
    competent areas: a cell also enters or leaves these when competence moves.
    """

    cause: str
    old_status: str
    new_status: str
    count: int
    online: int
    competent_count: int
    competent_online: int


@dataclass(frozen=True)
class ChangePage:
    """Some changes in the order they happened; ``next`` is the number of the last one if there are more."""

    rows: list[ChangeRow]
    next: int | None


def changes(
    connection: Connection,
    filters: Filters = EVERYTHING,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[ChangeRow]:
    """Return the changes from ``since`` up to, but not including, ``until``, in the order they happened.

    A status filter keeps changes from or to one of its statuses. Areas that left the region are kept unless
    areas are named. Without ``until`` the filters' ``as_of`` ends the period. Raise NotFound.
    """
    query, labels = _chosen(connection, filters, since, until)
    return [_change(row, labels) for row in connection.execute(query)]


def change_page(
    connection: Connection,
    filters: Filters = EVERYTHING,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    after: int = 0,
    limit: int,
) -> ChangePage:
    """Return the first ``limit`` changes after the one with a number, as :func:`changes`. Raise NotFound."""
    query, labels = _chosen(connection, filters, since, until)
    query = query.add_columns(cell_change.c.id).where(cell_change.c.id > after).limit(limit + 1)
    rows = connection.execute(query).all()
    shown = rows[:limit]
    following = shown[-1][-1] if len(rows) > limit else None
    return ChangePage([_change(row[:-1], labels) for row in shown], following)


def _chosen(
    connection: Connection, filters: Filters, since: datetime | None, until: datetime | None
) -> tuple[Select[*tuple[Any, ...]], dict[int, str]]:
    """Return the query for the chosen changes in their order, and what the areas are called."""
    statuses = frozenset(filters.statuses)
    chosen = select_ever(connection, replace(filters, statuses=()))
    period = period_of(connection, since, end_of(filters, until))
    query = _query().where(period.holds(cell_change.c.run_id), chosen.condition_on(cell_change))
    if statuses:
        moved = cell_change.c.old_status.in_(statuses) | cell_change.c.new_status.in_(statuses)
        query = query.where(moved)
    return query.order_by(cell_change.c.id), {one.id: one.label for one in chosen.areas}


def _query() -> Select[*tuple[Any, ...]]:
    """Return the query for changes with what is known about the rows they ended and began."""
    change = cell_change.c
    ended, began = cell_past.alias("ended"), cell_past.alias("began")
    return (
        select(
            change.at,
            change.run_id,
            area.c.ars,
            change.area_id,
            area.c.level,
            change.ozg_id,
            ozg_service.c.title,
            ozg_service.c.theme,
            change.old_status,
            change.new_status,
            change.old_reason,
            change.new_reason,
            change.field,
            change.cause,
            source.c.key,
            func.coalesce(began.c.competent, cell.c.competent),
            ended.c.competent,
        )
        .join(area, area.c.id == change.area_id)
        .outerjoin(ozg_service, ozg_service.c.ozg_id == change.ozg_id)
        .outerjoin(source, source.c.id == change.source_id)
        .outerjoin(ended, _same(ended, ended.c.until_run))
        .outerjoin(began, _same(began, began.c.run_id))
        .outerjoin(cell, _same(cell, cell.c.run_id))
    )


def _same(rows: FromClause, run_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Return the condition that a row is of the cell of a change, and began or ended with it."""
    change = cell_change.c
    return and_(rows.c.area_id == change.area_id, rows.c.ozg_id == change.ozg_id, run_id == change.run_id)


def _change(row: Sequence[Any], labels: dict[int, str]) -> ChangeRow:
    """Return a row of the query as people read it."""
    at, run, ars, area_id, level, *facts = row
    return ChangeRow(at, run, ars, labels[area_id], level, *(fact or "" for fact in facts))


def movements(rows: Iterable[ChangeRow]) -> list[Movement]:
    """Sum changes by cause and by the statuses they lead from and to; the largest first."""
    counts: Counter[tuple[str, str, str]] = Counter()
    competent: Counter[tuple[str, str, str]] = Counter()
    net: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        move = (row.cause, row.old_status, row.new_status)
        before, after = row.old_competent == "yes", row.competent == "yes"
        counts[move] += 1
        competent[move] += before or after
        net[move] += (after and row.new_status == "online") - (before and row.old_status == "online")
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [
        Movement(*move, count, count * _gain(move), competent[move], net[move]) for move, count in ordered
    ]


def _gain(move: tuple[str, str, str]) -> int:
    _, old, new = move
    return (new == "online") - (old == "online")
