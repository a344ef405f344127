"""The list of areas whose cells must be computed again, kept in the transaction that made them so."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, insert, select

from catalogue.tables import area_due, offering, source_area

__all__ = ["NO_SOURCE", "areas_touched_by", "note_due"]

#: Stands for "no single source" in the list.
NO_SOURCE = 0


def note_due(connection: Connection, areas: Iterable[int], cause: str, source_id: int = NO_SOURCE) -> None:
    """Note areas as due for a cause; those noted already stay as they are."""
    known = select(area_due.c.area_id).where(area_due.c.cause == cause, area_due.c.source_id == source_id)
    fresh = set(areas) - set(connection.scalars(known))
    if fresh:
        rows = [{"area_id": area_id, "cause": cause, "source_id": source_id} for area_id in sorted(fresh)]
        connection.execute(insert(area_due), rows)


def areas_touched_by(connection: Connection, source_id: int) -> set[int]:
    """Return the areas whose cells can rest on a source: those it is about, and those it shows."""
    about = select(source_area.c.area_id).where(source_area.c.source_id == source_id)
    shown = (
        select(offering.c.area_id)
        .distinct()
        .where(
            offering.c.source_id == source_id,
            offering.c.area_id.is_not(None),
            offering.c.withdrawn_run.is_(None),
        )
    )
    return {*connection.scalars(about), *connection.scalars(shown)}
