"""What a catalogue says, without the numbers of rows and runs, which may differ: who was tried twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table, func, select

from catalogue import tables
from catalogue.reports.database import damage
from catalogue.store import Store
from catalogue.upkeep.check import findings, unsound_constraints

__all__ = [
    "Content",
    "content_of",
    "differences",
    "ended_runs",
    "failed_sources",
    "faults_of",
    "state_of",
]

#: All rows of a table in words; and what a catalogue says, by table.
Rows = list[tuple[object, ...]]
Content = dict[str, Rows]

#: Tables that say what is known and why; those of runs tell how often somebody had to try.
SAYING = (
    *("source", "source_area", "source_theme", "source_memory", "region_area"),
    *("service_record", "unit", "online_service", "specialisation", "offering", "statement", "match"),
    *("cell", "cell_past", "cell_change", "area_due", "link_target", "link_check"),
)
#: Numbers that mean a row of a table, which words say better.
_NAMED = {
    "source_id": (tables.source, ("key",)),
    "evidence_source": (tables.source, ("key",)),
    "record_id": (tables.service_record, ("source_id", "ref")),
    "unit_id": (tables.unit, ("source_id", "ref")),
    "online_id": (tables.online_service, ("source_id", "ref")),
    "target_id": (tables.link_target, ("url",)),
}
#: Runs of which it only matters whether there was one.
_HISTORY = ("cell_past", "cell_change", "link_target", "link_check")
_MARKS = frozenset({"vanished_run", "withdrawn_run"})
_NUMBERS = frozenset({"id", "run_id", "until_run", "first_run", "changed_run"})


def content_of(store: Store) -> Content:
    """Return all that a catalogue says, by table, in an order of its own."""
    with store.read() as connection:
        names = {name: _names(connection, *named) for name, named in _NAMED.items()}
        return {name: _rows(connection, tables.metadata.tables[name], names) for name in SAYING}


def _names(connection: Connection, table: Table, columns: tuple[str, ...]) -> dict[int, object]:
    rows = connection.execute(select(table.c.id, *(table.c[name] for name in columns)))
    if len(columns) == 1:
        return {row[0]: row[1] for row in rows}
    sources = dict(connection.execute(select(tables.source.c.id, tables.source.c.key)).all())
    return {row[0]: (sources[row[1]], *row[2:]) for row in rows}


def _rows(connection: Connection, table: Table, names: Mapping[str, Mapping[int, object]]) -> Rows:
    kept = [column for column in table.columns if column.name not in _NUMBERS]

    def said(name: str, value: Any) -> object:
        if name in _MARKS:
            return value is not None
        return names[name].get(value, value) if name in names else value

    rows = connection.execute(select(*kept)).all()
    found = [tuple(said(column.name, value) for column, value in zip(kept, row, strict=True)) for row in rows]
    return sorted(found, key=repr)


def differences(found: Content, wanted: Content) -> list[str]:
    """Return the rows that are too many (+) or too few (-), a few of each table."""
    shown: list[str] = []
    for name in wanted:
        if found[name] != wanted[name]:
            more = [row for row in found[name] if row not in wanted[name]]
            less = [row for row in wanted[name] if row not in found[name]]
            shown.append(f"{name}: {len(found[name])} rows, wanted {len(wanted[name])}")
            shown += [f"  {sign} {row}" for sign, rows in (("+", more), ("-", less)) for row in rows[:3]]
    return shown


def state_of(content: Content) -> Content:
    """Return what is known now, not how it came about and since when: a source may have been silent."""
    kept = {name: rows for name, rows in content.items() if name not in _HISTORY}
    return kept | {"cell": [row[:-1] for row in content["cell"]]}


def failed_sources(store: Store) -> tuple[str, ...]:
    """Return the sources that could not be read the last time."""
    with store.read() as connection:
        found = connection.scalars(select(tables.source.c.key).where(tables.source.c.state != "ok"))
        return tuple(found)


def ended_runs(store: Store) -> tuple[int, int]:
    """Return how many syncs and how many checks of links came to their end."""
    run, checks = tables.run, select(tables.link_run.c.run_id)
    ended = select(func.count()).where(run.c.state.not_in(("running", "aborted")))
    with store.read() as connection:
        synced = connection.scalar(ended.where(run.c.id.not_in(checks)))
        checked = connection.scalar(ended.where(run.c.id.in_(checks)))
    return synced or 0, checked or 0


def faults_of(store: Store) -> list[str]:
    """Return what must never be: a damaged file, rows that fit to nothing, a run that never ended."""
    run = tables.run
    with store.read() as connection:
        found = [*damage(connection), *unsound_constraints(connection)]
        found += [str(finding) for finding in findings(connection)]
        running = connection.scalars(select(run.c.id).where(run.c.state == "running")).all()
        due = connection.scalar(select(func.count()).select_from(tables.area_due))
    found += [f"run {number} is still running" for number in running]
    return [*found, f"{due} areas are still due"] if due else found
