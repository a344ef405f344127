"""Whether rows fit together where no constraint of the database sees to it.

Three kinds of findings: references that lead nowhere, cells that say something else than their history, and
a history whose pieces do not follow each other. Each is a bug of this program or a change made by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, Table, and_, func, or_, select, text
from sqlalchemy.sql.elements import ColumnElement

from catalogue.tables import (
    area,
    area_due,
    cell,
    cell_change,
    cell_past,
    edition,
    metadata,
    offering,
    online_service,
    run,
    service_record,
    source,
    statement,
    unit,
)

__all__ = ["Finding", "Sizes", "findings", "sizes", "unsound_constraints"]

_RUNS = ("first_run", "changed_run", "vanished_run", "withdrawn_run")
#: References that the schema does not declare, as the rows they lead to are never deleted.
_REFERENCES: tuple[tuple[Table, str, Table], ...] = (
    *((table, name, run) for table in metadata.sorted_tables for name in _RUNS if name in table.c),
    (offering, "area_id", area),
    (offering, "record_id", service_record),
    (offering, "unit_id", unit),
    (offering, "online_id", online_service),
    (cell, "competent_area_id", area),
    (cell, "evidence_source", source),
    (cell_past, "competent_area_id", area),
    (cell_past, "evidence_source", source),
    (cell_change, "source_id", source),
    (area_due, "source_id", source),
)
#: Stands in a column for "no single one".
_NOBODY = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of rows of a table that do not fit, with their number."""

    kind: str
    table: str
    column: str  # empty where it is about whole rows
    rows: int


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes that a database takes, and how many of them hold nothing (known of SQLite only)."""

    total: int
    free: int | None


def sizes(connection: Connection) -> Sizes:
    """Return how large the database is."""
    if connection.dialect.name == "sqlite":
        page, pages, free = (_pragma(connection, f"PRAGMA {name}") for name in _PAGES)
        return Sizes(page * pages, page * free)
    return Sizes(connection.scalar(text("SELECT pg_database_size(current_database())")) or 0, None)


_PAGES = ("page_size", "page_count", "freelist_count")


def _pragma(connection: Connection, statement: str) -> int:
    return int(connection.exec_driver_sql(statement).scalar_one())


def unsound_constraints(connection: Connection) -> list[str]:
    """Return constraints and indexes of PostgreSQL that it does not vouch for; none on SQLite."""
    if connection.dialect.name == "sqlite":
        return []
    return [str(name) for name in connection.exec_driver_sql(_NOT_VALID).scalars()]


_NOT_VALID = (
    "SELECT conrelid::regclass || '.' || conname FROM pg_constraint WHERE NOT convalidated "
    "AND connamespace = current_schema()::regnamespace UNION ALL "
    "SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid "
    "WHERE NOT indisvalid AND relnamespace = current_schema()::regnamespace ORDER BY 1"
)


def findings(connection: Connection) -> list[Finding]:
    """Return everything that does not fit together; nothing if all does."""
    every = (*_leading_nowhere(connection), *_history(connection))
    return [one for one in every if one.rows]


def _leading_nowhere(connection: Connection) -> Iterator[Finding]:
    for table in dict.fromkeys(table for table, _, _ in _REFERENCES):
        columns = [(name, target) for owner, name, target in _REFERENCES if owner is table]
        counts = [func.count().filter(_is_dangling(table.c[name], target)) for name, target in columns]
        # One pass over the table for all of its columns.
        found = connection.execute(select(*counts).select_from(table)).one()
        for (name, _), rows in zip(columns, found, strict=True):
            yield Finding("dangling", table.name, name, rows)
    owner = select(offering.c.ref).where(
        offering.c.source_id == statement.c.source_id, offering.c.ref == statement.c.ref
    )
    yield _finding(connection, "dangling", statement, select(statement.c.ref).where(~owner.exists()), "ref")


def _is_dangling(column: ColumnElement[Any], target: Table) -> ColumnElement[bool]:
    return and_(column.is_not(None), column != _NOBODY, column.not_in(select(target.c.id)))


def _finding(
    connection: Connection, kind: str, table: Table, query: Select[*tuple[Any, ...]], column: str = ""
) -> Finding:
    rows = connection.scalar(select(func.count()).select_from(query.subquery())) or 0
    return Finding(kind, table.name, column, rows)


def _history(connection: Connection) -> Iterator[Finding]:
    newest = (
        select(func.max(cell_change.c.id).label("id"))
        .group_by(cell_change.c.area_id, cell_change.c.ozg_id)
        .subquery()
    )
    last = select(cell_change).join(newest, newest.c.id == cell_change.c.id).subquery()
    same = and_(last.c.area_id == cell.c.area_id, last.c.ozg_id == cell.c.ozg_id)
    other = select(cell.c.ozg_id).outerjoin(last, same)
    other = other.where(or_(last.c.id.is_(None), last.c.new_status != cell.c.status))
    yield _finding(connection, "cell_unlike_history", cell, other)
    gone = select(last.c.id).outerjoin(cell, same).where(last.c.new_status != "", cell.c.ozg_id.is_(None))
    yield _finding(connection, "cell_lost", cell, gone)
    yield _finding(
        connection,
        "past_backwards",
        cell_past,
        select(cell_past.c.ozg_id).where(cell_past.c.run_id >= cell_past.c.until_run),
    )
    replaced = (
        select(cell_past.c.area_id, cell_past.c.ozg_id, func.max(cell_past.c.until_run).label("until"))
        .group_by(cell_past.c.area_id, cell_past.c.ozg_id)
        .subquery()
    )
    older = select(cell.c.ozg_id).join(
        replaced, and_(replaced.c.area_id == cell.c.area_id, replaced.c.ozg_id == cell.c.ozg_id)
    )
    yield _finding(connection, "cell_before_past", cell, older.where(cell.c.run_id < replaced.c.until))
    known = select(edition.c.run_id)
    for table, column in ((cell, cell.c.run_id), (cell_past, cell_past.c.until_run)):
        unknown = select(table.c.ozg_id).where(column.not_in(known))
        yield _finding(connection, "without_edition", table, unknown, column.name)
