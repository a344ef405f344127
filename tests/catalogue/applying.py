"""Helpers for tests that apply deliveries: areas, sources, stages, and one source's part of a run."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Table, func, insert, select, text, update

from catalogue import tables
from catalogue.lookup import AreaIndex
from catalogue.objects import Counts, Delivered, apply_objects, withdraw_vanished
from catalogue.offerings import apply_offerings, mark_areas_due, resolve_references
from catalogue.records import Completeness, OfferKind, Record, Responsibility
from catalogue.staged import write_with_stage
from catalogue.staging import StageSummary, merge_stages, stage_records
from catalogue.store import Store

#: Some municipalities: number in the database by regional key.
BOTTROP, GLADBECK, MARL, DATTELN = "055120000000", "055620014014", "055620024024", "055620008008"
AREAS = {BOTTROP: 1, GLADBECK: 2, MARL: 3, DATTELN: 4}

Resolver = Callable[[str], int | None]


@dataclass(frozen=True)
class Applied:
    """What applying a delivery reported, and which areas are due since."""

    objects: Counts
    offerings: Counts
    summary: StageSummary
    due: frozenset[int]


def add_areas(store: Store, areas: Mapping[str, int] = AREAS) -> None:
    """Add municipalities to a database without reference tables."""
    with store.write() as connection:
        release = {
            "id": 1,
            "table_name": "area",
            "origin": "",
            "licence": "",
            "as_of": "2025-08-31",
            "imported_at": "",
        }
        connection.execute(insert(tables.reference_release).values(**release, rows=len(areas), digest=""))
        rows = [
            {
                "id": area_id,
                "level": "gemeinde",
                "ars": ars,
                "ags": ars[:5] + ars[9:],
                "name": ars,
                "type": "",
                "plz": "",
            }
            | {"kreisfrei": False, "municipal_status": "", "release_id": 1}
            for ars, area_id in areas.items()
        ]
        connection.execute(insert(tables.area), rows)


def add_source(store: Store, key: str = "feed", **columns: object) -> int:
    """Add a source and return its number; ``columns`` replaces what a new one has."""
    row: dict[str, object] = {
        "key": key,
        "kind": "xzufi",
        "name": key,
        "trust": 50,
        "speaks": True,
        "active": True,
    }
    row |= {"settings_digest": "", "state": "never", "complete": False, "stale_after_hours": 72, "objects": 0}
    row |= {"voice": "", "matched_release": 0}
    with store.write() as connection:
        added = connection.execute(insert(tables.source).values(**row | columns)).inserted_primary_key
    assert added is not None
    return int(added[0])


def stage_apart(folder: Path, *parts: Iterable[Record]) -> tuple[list[Path], StageSummary]:
    """Stage each part of a delivery by itself; what only the whole can tell is not counted yet."""
    summary = StageSummary()
    paths = []
    for number, records in enumerate(parts):
        paths.append(folder / f"{number}.sqlite")
        summary.include(stage_records(records, paths[-1]))
    return paths, summary


def stage(folder: Path, *parts: Iterable[Record]) -> tuple[Path, StageSummary]:
    """Stage a delivery of one or several parts and return where it lies and what it holds."""
    paths, summary = stage_apart(folder, *parts)
    return merge_stages(paths, summary), summary


def apply(
    store: Store,
    source_id: int,
    run_id: int,
    records: Iterable[Record],
    scope: str = "everything",
    resolve: Resolver | None = None,
) -> Applied:
    """Apply records as a source's delivery in a run; the list of areas due begins anew with it.

    ``scope`` is said at the end of the delivery. Areas are found by the area table unless ``resolve``
    finds them.
    """
    with tempfile.TemporaryDirectory() as folder:
        path, summary = stage(Path(folder), [*records, Completeness(scope)])
        return apply_stage(store, path, summary, Delivered(source_id, run_id, scope), resolve)


def apply_stage(
    store: Store, path: Path, summary: StageSummary, delivered: Delivered, resolve: Resolver | None = None
) -> Applied:
    """Apply a stage as a run does it, matching left out."""
    with write_with_stage(store, path) as connection:
        if connection.scalar(select(func.count()).select_from(tables.area_due)):
            connection.execute(tables.area_due.delete())
        find = resolve or AreaIndex.load(connection).resolve
        objects = apply_objects(connection, delivered)
        offerings = apply_offerings(connection, delivered, find)
        resolve_references(connection, delivered)
        mark_areas_due(connection, delivered)
        due = frozenset(connection.scalars(select(tables.area_due.c.area_id)))
    return Applied(objects, offerings, summary, due)


def apply_unchanged(store: Store, source_id: int, run_id: int) -> int:
    """Apply a delivery that is byte for byte the last one, as a run does it; return what was withdrawn."""
    with store.write() as connection:
        withdrawn = withdraw_vanished(connection, source_id, run_id)
        if withdrawn:
            resolve_references(connection, Delivered(source_id, run_id, ""))
            mark_areas_due(connection, Delivered(source_id, run_id, ""))
    return withdrawn


def unit_offers(
    ref: str, services: Sequence[str], areas: Sequence[str], unit: str = "L:amt"
) -> Responsibility:
    """Return a Zuständigkeit of an organisational unit."""
    return Responsibility(ref, OfferKind.UNIT, unit, tuple(services), tuple(areas))


def online_offers(
    ref: str, services: Sequence[str], areas: Sequence[str], online: str = "L:online"
) -> Responsibility:
    """Return a Zuständigkeit of an online service."""
    return Responsibility(ref, OfferKind.ONLINE, online, tuple(services), tuple(areas))


def active(store: Store, source_id: int) -> set[tuple[str, str, str]]:
    """Return a source's offerings that are not withdrawn, as (ref, service, area as delivered)."""
    columns = tables.offering.c
    query = select(columns.ref, columns.service_ref, columns.area_raw)
    with store.read() as connection:
        rows = connection.execute(
            query.where(columns.source_id == source_id, columns.withdrawn_run.is_(None))
        )
        return {(ref, service, area) for ref, service, area in rows}


def value(store: Store, table: Table, column: str, **key: object) -> object:
    """Return one column of the one row with this key."""
    query = select(table.c[column]).where(*(table.c[name] == wanted for name, wanted in key.items()))
    with store.read() as connection:
        return connection.execute(query).scalar_one()


def set_value(store: Store, table: Table, column: str, new: object, **key: object) -> None:
    """Change one column of the rows with this key."""
    statement = update(table).where(*(table.c[name] == wanted for name, wanted in key.items()))
    with store.write() as connection:
        connection.execute(statement.values({column: new}))


def clear(store: Store, *cleared: Table) -> None:
    """Delete all rows of these tables."""
    with store.write() as connection:
        for table in cleared:
            connection.execute(table.delete())


def row_versions(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows; on PostgreSQL with the transaction that wrote each, so that rewriting shows."""
    version = "" if store.is_sqlite else "xmin::text, "
    with store.read() as connection:
        return {
            name: sorted(
                (tuple(row) for row in connection.execute(text(f'SELECT {version}* FROM "{name}"'))), key=repr
            )
            for name in tables.metadata.tables
        }


class Written:
    """Tells, after its ``with`` block, whether anything was written to the database meanwhile."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.anything = False

    def __enter__(self) -> Written:
        # SQLite tells one connection what others wrote, down to rows that were written as they were.
        self._watcher = (
            sqlite3.connect(self._store.engine.url.database or "") if self._store.is_sqlite else None
        )
        self._before = self._state()
        return self

    def __exit__(self, *_: object) -> None:
        self.anything = self._state() != self._before
        if self._watcher is not None:
            self._watcher.close()

    def _state(self) -> object:
        if self._watcher is not None:
            return self._watcher.execute("PRAGMA data_version").fetchone()
        return row_versions(self._store)
