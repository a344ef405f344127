"""What moved between two moments, and why: every change has one cause, so the causes add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select

from catalogue.reports.filters import EVERYTHING, Filters, select_cells
from catalogue.tables import area, cell_change, ozg_service, source

__all__ = ["ChangeRow", "Movement", "changes", "movements"]


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change of one cell; docs/data-dictionary.md explains every field."""

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


@dataclass(frozen=True, slots=True)
class Movement:
    """All changes from one status to another for one cause, and what they did to the online cells.

    ``online`` is +1 for each cell that became online and -1 for each that no longer is. Summed over all
    movements it is the difference between the two moments.
    """

    cause: str
    old_status: str
    new_status: str
    count: int
    online: int


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
            area.c.name,
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
        )
        .join(area, area.c.id == cell_change.c.area_id)
        .outerjoin(ozg_service, ozg_service.c.ozg_id == cell_change.c.ozg_id)
        .outerjoin(source, source.c.id == cell_change.c.source_id)
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
    rows: Iterable[list[Any]] = ([value or "" for value in row] for row in connection.execute(query))
    return [ChangeRow(*row) for row in rows]


def _stored(moment: datetime) -> str:
    """Return a moment as the tables hold it; text of this form sorts like the moments."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def movements(rows: Iterable[ChangeRow]) -> list[Movement]:
    """Sum changes by cause and by the statuses they lead from and to; the largest first."""
    counts = Counter((row.cause, row.old_status, row.new_status) for row in rows)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [
        Movement(cause, old, new, count, count * ((new == "online") - (old == "online")))
        for (cause, old, new), count in ordered
    ]
