"""Where each row of a reference table comes from: one release for every import."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import Connection, RowMapping, and_, case, insert, select

from catalogue.errors import NotFound
from catalogue.levels import LEVEL_RANK
from catalogue.reference.specs import spec_of
from catalogue.tables import area, reference_release

__all__ = ["Release", "ReleaseNote", "add_release", "origin_of", "releases"]


class ReleaseNote(NamedTuple):
    """What is said about a file when it is imported."""

    origin: str  # who published it
    licence: str
    as_of: str  # ISO date of the facts


class Release(NamedTuple):
    """One import of a reference table."""

    id: int
    table: str
    origin: str
    licence: str
    as_of: str
    imported_at: str
    rows: int  # in the file
    digest: str


def releases(connection: Connection, table: str | None = None) -> list[Release]:
    """Return the releases of all reference tables, or of one, in the order of their import."""
    query = select(reference_release).order_by(reference_release.c.id)
    if table is not None:
        query = query.where(reference_release.c.table_name == spec_of(table).name)
    return [_release(row) for row in connection.execute(query).mappings()]


def origin_of(connection: Connection, table: str, key: str | tuple[str, ...]) -> Release:
    """Return the release that one row comes from.

    ``key`` is the row's key; several parts are a tuple or joined by a slash (``05/10110``). Areas are
    also found by their regional key alone, on the lowest level that has it. Raise NotFound if there
    is no such row.
    """
    spec = spec_of(table)
    parts = tuple(key.split("/")) if isinstance(key, str) else key
    columns = spec.key if len(parts) == len(spec.key) else spec.key[-len(parts) :]
    query = select(reference_release).join(spec.table, spec.table.c.release_id == reference_release.c.id)
    query = query.where(
        and_(*(spec.table.c[name] == part for name, part in zip(columns, parts, strict=False)))
    )
    if spec.table is area:
        query = query.order_by(case(LEVEL_RANK, value=area.c.level).desc())
    elif columns != spec.key:
        raise NotFound("reference_row", table=table, key="/".join(parts))
    row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFound("reference_row", table=table, key="/".join(parts))
    return _release(row)


def add_release(connection: Connection, table: str, note: ReleaseNote, *, rows: int, digest: str) -> int:
    """Write a release and return its id."""
    values = {
        "table_name": table,
        "origin": note.origin,
        "licence": note.licence,
        "as_of": note.as_of,
        "imported_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "rows": rows,
        "digest": digest,
    }
    result = connection.execute(insert(reference_release).values(values))
    inserted = result.inserted_primary_key
    return int(inserted[0]) if inserted else 0


def _release(row: RowMapping) -> Release:
    return Release(
        row["id"],
        row["table_name"],
        row["origin"],
        row["licence"],
        row["as_of"],
        row["imported_at"],
        row["rows"],
        row["digest"],
    )
