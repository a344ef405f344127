"""What a catalogue says, without what differs from run to run: numbers of rows and runs, and moments."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Table, select

from catalogue import tables
from catalogue.reports.database import damage
from catalogue.store import Store

__all__ = ["content_of", "faults_of"]

#: Tables that say what is known; the others tell how it came about.
SAYING = (
    "source",
    "source_area",
    "source_memory",
    "region_area",
    "service_record",
    "unit",
    "online_service",
    "specialisation",
    "offering",
    "statement",
    "match",
    "cell",
    "cell_change",
    "area_due",
)
_MOMENTS = frozenset({"since", "at", "applied_at", "attempted_at", "decided_at"})
#: Numbers of rows; what they stand for is said beside them by references.
_NUMBERS = frozenset({"id", "run_id", "first_run", "changed_run", "record_id", "unit_id", "online_id"})
#: Runs of which it only matters whether there was one.
_MARKS = frozenset({"vanished_run", "withdrawn_run"})


def content_of(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Return all that a catalogue says, by table, in an order of its own."""
    with store.read() as connection:
        return {
            name: sorted((_said(table, row._mapping) for row in connection.execute(select(table))), key=repr)
            for name in SAYING
            for table in (tables.metadata.tables[name],)
        }


def _said(table: Table, row: object) -> tuple[object, ...]:
    def values() -> Iterator[object]:
        for column in table.columns:
            value = row[column]  # type: ignore[index]
            if column.name in _MARKS:
                yield value is not None
            elif column.name not in _MOMENTS | _NUMBERS:
                yield value

    return tuple(values())


def faults_of(store: Store) -> list[str]:
    """Return what must never be: a damaged file, rows that belong to nobody, a run that never ended."""
    found: list[str] = []
    with store.read() as connection:
        found += damage(connection)
        running = connection.scalars(select(tables.run.c.id).where(tables.run.c.state == "running")).all()
        found += [f"run {number} is still running" for number in running]
    return found
