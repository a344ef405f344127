"""A region in a folder and its catalogue: what a test writes, runs and looks at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import Row, create_engine, select, text

from catalogue import tables
from catalogue.records import Completeness, Record
from catalogue.store import Store
from sync.record import start_run
from sync.region import Region, read_region
from sync.report import RunReport, SourceOutcome
from sync.run import Options, Progress, Silent, sync
from tests.sync.fakes import EVERYTHING, FakeConnector, Script
from tests.sync.miniature import BOTTROP, GLADBECK, KREIS

__all__ = ["CATALOGUE", "DELIVERED", "SQLITE", "CellView", "Scenario"]

HEADER = "gebiet;leika;status;link\n"
#: The tables that hold what sources delivered and what was decided about it.
DELIVERED = (
    "service_record",
    "unit",
    "online_service",
    "specialisation",
    "offering",
    "statement",
    "match",
)
#: All tables but those of the reference.
CATALOGUE = frozenset(tables.metadata.tables) - {
    "area",
    "competence",
    "competence_rule",
    "leika_service",
    "leika_type",
    "ozg_service",
    "reference_release",
    "youth_office",
}
#: Keeps a test to one database where these make no difference.
SQLITE = pytest.mark.parametrize("scenario", ["sqlite"], indirect=True)


class CellView(NamedTuple):
    """What tests look at of a cell."""

    status: str
    reason: str
    level: str
    url: str


class Scenario:
    """A region file, its sources' files and a database."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.folder = folder
        self.areas = [BOTTROP, GLADBECK, KREIS]
        self.sources: dict[str, str] = {}
        self.moment = datetime(2025, 3, 1, 2, 0, tzinfo=UTC)
        self.progress: Progress = Silent()

    # --- what is there to be read --------------------------------------------------------------

    def add_list(self, name: str, *rows: str, settings: str = "complete = true") -> None:
        """Configure a list and write it; a row is ``area;key;status;link``."""
        self.write_list(name, *rows)
        self.sources[name] = (
            f'type = "list"\nlocation = "{name}.csv"\n'
            'columns = { area = "gebiet", key = "leika", status = "status", url = "link" }\n' + settings
        )

    def write_list(self, name: str, *rows: str) -> None:
        """Write the file of a list."""
        (self.folder / f"{name}.csv").write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")

    def add_fake(
        self,
        name: str,
        *records: Record,
        settings: str = "",
        end: Completeness | None = EVERYTHING,
    ) -> Script:
        """Configure a source that plays a script, and return the script."""
        script = FakeConnector.scripts[name] = Script(list(records), end)
        self.sources[name] = f'type = "fake"\n{settings}'
        return script

    def region_text(self) -> str:
        """Return the region file."""
        areas = ", ".join(f'"{ars}"' for ars in self.areas)
        text = f'[region]\nname = "Probe"\nareas = [{areas}]\n'
        return text + "".join(
            f'\n[[source]]\nid = "{name}"\n{settings}\n' for name, settings in self.sources.items()
        )

    def region(self) -> Region:
        """Write and read the region file."""
        path = self.folder / "region.toml"
        path.write_text(self.region_text(), encoding="utf-8")
        return read_region(path)

    # --- runs ----------------------------------------------------------------------------------

    def sync(
        self, *, only: tuple[str, ...] = (), accept: tuple[str, ...] = (), dry_run: bool = False
    ) -> RunReport:
        """Run once, a day after the last time."""
        self.moment += timedelta(days=1)
        options = Options(frozenset(only), frozenset(accept), dry_run, "inline", lambda: self.moment)
        return sync(self.store, self.region(), options, self.progress)

    def sync_one(self, name: str, *, accept: tuple[str, ...] = ()) -> SourceOutcome:
        """Run once and return what became of one source."""
        return next(outcome for outcome in self.sync(accept=accept).sources if outcome.source == name)

    def leave_dead_run(self) -> int:
        """Leave a run open, as a process does that was killed; return its number."""
        with self.store.write() as connection:
            return start_run(connection, "Probe", self.moment)

    def drop_connections(self) -> None:
        """End all connections to this PostgreSQL database, as a restart of the server does."""
        other = create_engine(self.store.engine.url)
        with other.connect() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        other.dispose()

    # --- what is known afterwards --------------------------------------------------------------

    def cells(self) -> dict[tuple[str, str], CellView]:
        """Return all cells by regional key and OZG id; of a kreisfreie Stadt those of the Gemeinde."""
        area, cell = tables.area, tables.cell
        query = (
            select(
                area.c.ars,
                cell.c.ozg_id,
                cell.c.status,
                cell.c.reason,
                cell.c.satisfied_level,
                cell.c.online_url,
            )
            .join(area, area.c.id == cell.c.area_id)
            .order_by(area.c.level.desc(), area.c.ars, cell.c.ozg_id)
        )
        with self.store.read() as connection:
            return {(row[0], row[1]): CellView(*row[2:]) for row in connection.execute(query)}

    def cell(self, ars: str, ozg_id: str) -> CellView:
        """Return one cell."""
        return self.cells()[ars, ozg_id]

    def gaps(self) -> set[tuple[str, str]]:
        """Return the cells that are gaps of competent areas."""
        area, cell = tables.area, tables.cell
        query = (
            select(area.c.ars, cell.c.ozg_id)
            .join(area, area.c.id == cell.c.area_id)
            .where(cell.c.competent == "yes", cell.c.status.in_(("missing", "described", "form")))
        )
        with self.store.read() as connection:
            return {(ars, ozg_id) for ars, ozg_id in connection.execute(query)}

    def rows(self, table: str) -> list[Row[tuple[object, ...]]]:
        """Return all rows of a table, the oldest first where that can be told."""
        known = tables.metadata.tables[table]
        with self.store.read() as connection:
            return list(connection.execute(select(known).order_by(*known.primary_key)))

    def columns(self, table: str) -> list[str]:
        """Return the names of a table's columns."""
        return [column.name for column in tables.metadata.tables[table].columns]

    def source(self, name: str) -> Row[tuple[object, ...]]:
        """Return what is known of a source."""
        with self.store.read() as connection:
            return connection.execute(select(tables.source).where(tables.source.c.key == name)).one()

    def last_changes(self) -> dict[tuple[str, str], tuple[str, str, str]]:
        """Return the changes of cells in the newest run: old status, new status and cause."""
        change, area = tables.cell_change, tables.area
        newest = select(tables.run.c.id).order_by(tables.run.c.id.desc()).limit(1).scalar_subquery()
        query = (
            select(area.c.ars, change.c.ozg_id, change.c.old_status, change.c.new_status, change.c.cause)
            .join(area, area.c.id == change.c.area_id)
            .where(change.c.run_id == newest)
            .order_by(area.c.ars, change.c.ozg_id)
        )
        with self.store.read() as connection:
            return {(row[0], row[1]): tuple(row[2:]) for row in connection.execute(query)}

    def dump(self, *only: str, without: frozenset[str] = frozenset()) -> dict[str, list[tuple[object, ...]]]:
        """Return the content of all tables, or of those named."""
        names = set(only or tables.metadata.tables) - without
        return {name: [tuple(row) for row in self.rows(name)] for name in sorted(names)}
