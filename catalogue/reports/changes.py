"""What moved between two moments, and why: every change has one cause, so the causes add up.

All cells are counted, whoever is competent, and beside them those whose area is competent by now, which are
those that coverage counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, and_, select

from catalogue.naming import full_name
from catalogue.reports.filters import EVERYTHING, Filters, select_cells
from catalogue.tables import area, cell, cell_change, ozg_service, source

__all__ = ["ChangeRow", "Movement", "changes", "movements"]


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change of one cell; docs/data-dictionary.md explains every field.

    ``competent`` is what the cell says now, empty if it is gone: history does not keep it.
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


@dataclass(frozen=True, slots=True)
class Movement:
    """All changes from one status to another for one cause, and what they did to the online cells.

    ``online`` is +1 for each cell that became online and -1 for each that no longer is. Summed over all
    movements it is the difference between the two moments. ``competent_count`` and ``competent_online`` are
    the same for cells whose area is competent by now.
    """

    cause: str
    old_status: str
    new_status: str
    count: int
    online: int
    competent_count: int
    competent_online: int


def changes(
    connection: Connection,
    filters: Filters = EVERYTHING,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[ChangeRow]:
    """Return the changes from ``since`` up to, but not including, ``until``, in the order they happened.

    A status filter keeps changes from or to one of its statuses. Areas that left the region are kept
    unless areas are named. Raise NotFound.
    """
    chosen = select_cells(connection, filters)
    query = (
        select(
            cell_change.c.at,
            cell_change.c.run_id,
            area.c.ars,
            cell_change.c.area_id,
            area.c.level,
            cell_change.c.ozg_id,
            ozg_service.c.title,
            ozg_service.c.theme,
            cell_change.c.old_status,
            cell_change.c.new_status,
            cell_change.c.old_reason,
            cell_change.c.new_reason,
            cell_change.c.field,
            cell_change.c.cause,
            source.c.key,
            cell.c.competent,
            area.c.name,
            area.c.type,
        )
        .join(area, area.c.id == cell_change.c.area_id)
        .outerjoin(ozg_service, ozg_service.c.ozg_id == cell_change.c.ozg_id)
        .outerjoin(source, source.c.id == cell_change.c.source_id)
        .outerjoin(cell, and_(cell.c.area_id == cell_change.c.area_id, cell.c.ozg_id == cell_change.c.ozg_id))
        .order_by(cell_change.c.id)
    )
    if since is not None:
        query = query.where(cell_change.c.at >= _stored(since))
    if until is not None:
        query = query.where(cell_change.c.at < _stored(until))
    if chosen.limited:
        query = query.where(cell_change.c.area_id.in_([one.id for one in chosen.areas]))
    if chosen.themes is not None:
        query = query.where(ozg_service.c.theme.in_(chosen.themes))
    if chosen.services is not None:
        query = query.where(cell_change.c.ozg_id.in_(chosen.services))
    if chosen.statuses is not None:
        query = query.where(
            cell_change.c.old_status.in_(chosen.statuses) | cell_change.c.new_status.in_(chosen.statuses)
        )
    labels = {one.id: one.label for one in chosen.areas}
    return [_change(row, labels) for row in connection.execute(query)]


def _change(row: Sequence[Any], labels: dict[int, str]) -> ChangeRow:
    """Return a row of the query as people read it; its last two columns name areas that left the region."""
    at, run, ars, area_id, level, *facts, name, kind = row
    label = labels.get(area_id) or full_name(name, kind, level)
    return ChangeRow(at, run, ars, label, level, *(fact or "" for fact in facts))


def _stored(moment: datetime) -> str:
    """Return a moment as the tables hold it; text of this form sorts like the moments."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def movements(rows: Iterable[ChangeRow]) -> list[Movement]:
    """Sum changes by cause and by the statuses they lead from and to; the largest first."""
    counts: Counter[tuple[str, str, str]] = Counter()
    competent: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        move = (row.cause, row.old_status, row.new_status)
        counts[move] += 1
        competent[move] += row.competent == "yes"
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [_movement(move, count, competent[move]) for move, count in ordered]


def _movement(move: tuple[str, str, str], count: int, competent: int) -> Movement:
    _, old, new = move
    gain = (new == "online") - (old == "online")
    return Movement(*move, count, count * gain, competent, competent * gain)
