"""Promises 20, 21 and 24: this machine's own troubles: disk, database, connections, clock, many readers."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from catalogue import tables
from catalogue.errors import StoreError
from catalogue.records import Status
from catalogue.reports.cells import cells
from catalogue.store import Store, open_store
from tests.cli.conftest import Cli
from tests.faults.region import DOGS, HUNT, WASTE, assert_sound, known
from tests.sync.fakes import offer, offers
from tests.sync.miniature import BOTTROP, KREIS
from tests.sync.scenario import SQLITE, Scenario

POSTGRESQL = pytest.mark.parametrize("scenario", ["postgresql"], indirect=True)
READERS = 50


def leave_room(disk: Path, room: int) -> Path:
    """Fill a file system but for so many bytes; return what fills it."""
    filler = disk / "filler"
    free = shutil.disk_usage(disk).free
    with filler.open("wb") as file:
        file.write(bytes(max(0, free - room)))
    return filler


def on_small_disk(scenario: Scenario, disk: Path) -> Scenario:
    """Return the same region with its database on another disk."""
    scenario.store.close()
    path = Path(str(scenario.store.engine.url.database))
    moved = Scenario(
        open_store(f"sqlite:///{shutil.copyfile(path, disk / 'catalogue.sqlite')}"), scenario.folder
    )
    moved.sources = scenario.sources
    return moved


@pytest.fixture
def region(scenario: Scenario) -> Scenario:
    """A region whose list was read once."""
    scenario.add_list("stadt", f"{BOTTROP};{WASTE};online;https://bottrop.example/sperrmuell")
    assert scenario.sync().exit_code == 0
    return scenario


# --- the disk ---------------------------------------------------------------------------------


@SQLITE
def test_promise_20_a_disk_that_fills_up_while_fetching_fails_the_source_and_leaves_nothing(
    region: Scenario, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = known(region)
    rows = [f"{BOTTROP};{number:014};online;https://bottrop.example/{'x' * 500}" for number in range(2_000)]
    region.write_list("stadt", *rows)
    filler = leave_room(small_disk, 300_000)
    monkeypatch.setattr(tempfile, "tempdir", str(small_disk))

    outcome = region.sync_one("stadt")

    assert (outcome.state, outcome.message) == ("failed", "storage_failed")
    assert [path.name for path in small_disk.iterdir()] == ["filler"]
    assert known(region) == before
    assert_sound(region)
    filler.unlink()
    assert region.sync_one("stadt").state == "ok"


@SQLITE
@pytest.mark.parametrize("room", [0, 100_000, 400_000, 1_600_000])
def test_promise_20_a_disk_that_fills_up_while_applying_ends_the_run_and_keeps_what_was_known(
    region: Scenario, small_disk: Path, room: int
) -> None:
    moved = on_small_disk(region, small_disk)
    moved.add_fake("stadt", *offers(8_000), settings="allowed_growth = 100_000")
    before = known(moved)
    filler = leave_room(small_disk, room)

    with pytest.raises(StoreError) as caught:
        moved.sync()

    assert caught.value.code == "disk_full"
    assert known(moved) == before
    filler.unlink()
    assert_sound_but_for_open_runs(moved)
    assert moved.sync().state == "ok"
    assert len(moved.rows("offering")) == 8_001
    assert_sound(moved)
    moved.store.close()


def assert_sound_but_for_open_runs(scenario: Scenario) -> None:
    """Assert what must hold after a run that could not even write that it failed."""
    with scenario.store.write() as connection:
        connection.execute(tables.run.update().where(tables.run.c.state == "running").values(state="aborted"))
    assert_sound(scenario)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_promise_20_a_report_that_finds_no_room_leaves_the_old_one_whole(
    cli: Cli, small_disk: Path, database: str, files: Path, kind: str
) -> None:
    assert cli("sync", "--region", files).code == 0
    target = small_disk / f"gaps.{kind}"
    target.write_bytes(b"the old one")
    leave_room(small_disk, 1_000)

    answer = cli("gaps", "--out", target)

    assert answer.code == 1
    assert "kein Platz" in answer.err
    assert "Traceback" not in answer.err
    assert len(answer.err.strip().splitlines()) <= 2
    assert target.read_bytes() == b"the old one"
    assert sorted(path.name for path in small_disk.iterdir()) == ["filler", target.name]


@SQLITE
def test_a_database_on_a_read_only_disk_is_named_and_can_still_be_read(
    region: Scenario, small_disk: Path
) -> None:
    moved = on_small_disk(region, small_disk)
    before = known(moved)
    moved.store.close()
    mount = shutil.which("mount")
    assert mount
    subprocess.run([mount, "-o", "remount,ro", small_disk], check=True, capture_output=True)

    with pytest.raises(StoreError) as caught:
        moved.sync()

    assert caught.value.code == "database_read_only"
    moved.store.close()
    subprocess.run([mount, "-o", "remount,rw", small_disk], check=True, capture_output=True)
    assert known(moved) == before
    assert moved.sync().exit_code == 0
    moved.store.close()


@POSTGRESQL
def test_a_database_that_takes_nothing_is_named_and_can_still_be_read(region: Scenario) -> None:
    before = known(region)
    url = region.store.engine.url.update_query_dict({"options": "-c default_transaction_read_only=on"})
    reader = Scenario(open_store(url.render_as_string(hide_password=False)), region.folder)
    reader.sources = region.sources

    with pytest.raises(StoreError) as caught:
        reader.sync()

    assert caught.value.code == "database_read_only"
    assert known(reader) == before
    reader.store.close()


# --- locks, connections, readers --------------------------------------------------------------


@POSTGRESQL
def test_a_pool_without_a_free_connection_is_named(region: Scenario) -> None:
    before = known(region)
    url = region.store.engine.url.update_query_dict(
        {"pool_size": "2", "max_overflow": "0", "pool_timeout": "1"}
    )
    small = Scenario(open_store(url.render_as_string(hide_password=False)), region.folder)
    small.sources = region.sources
    with small.store.engine.connect(), small.store.engine.connect(), pytest.raises(StoreError) as caught:
        small.sync()

    assert caught.value.code == "database_pool_exhausted"
    assert known(region) == before
    small.sync()
    small.store.close()


class Readers:
    """Fifty readers who count online cells and compare two ways of counting in one moment."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.stop = threading.Event()
        self.ready = threading.Barrier(READERS + 1)
        self.slowest = 0.0
        self.answers = 0
        self._lock = threading.Lock()

    def read(self) -> None:
        """Read until stopped; a reader sees one state only."""
        self.ready.wait(60)
        while not self.stop.is_set():
            begun = time.monotonic()
            with self.store.read() as connection:
                counted = connection.scalar(
                    select(func.count()).select_from(tables.cell).where(tables.cell.c.status == "online")
                )
                listed = sum(row.status == "online" for row in cells(connection))
                cell_runs = set(connection.scalars(select(tables.cell.c.run_id).distinct()))
                assert cell_runs <= set(connection.scalars(select(tables.run.c.id)))
            assert counted == listed
            with self._lock:
                self.slowest = max(self.slowest, time.monotonic() - begun)
                self.answers += 1


def test_fifty_readers_never_wait_for_a_sync_and_see_no_half_of_it(
    region: Scenario, figures: dict[str, str]
) -> None:
    url = region.store.engine.url
    if not region.store.is_sqlite:
        url = url.update_query_dict({"pool_size": str(READERS), "max_overflow": "0"})
    store = open_store(url.render_as_string(hide_password=False))
    readers = Readers(store)
    with ThreadPoolExecutor(READERS) as threads:
        futures = [threads.submit(readers.read) for _ in range(READERS)]
        readers.ready.wait(60)
        for night in range(4):
            status = Status.ONLINE if night % 2 else Status.DESCRIBED
            region.add_fake("viel", *offers(200), offer(BOTTROP, DOGS, status), offer(KREIS, HUNT, status))
            assert region.sync().exit_code == 0
        readers.stop.set()
        for future in futures:
            future.result()
    store.close()

    assert readers.answers >= READERS
    figures[f"{READERS} readers, {'SQLite' if region.store.is_sqlite else 'PostgreSQL'}"] = (
        f"{readers.answers} answers during 4 syncs, the slowest {readers.slowest:.2f} s, "
        "0 errors, 0 half states"
    )


# --- the clock --------------------------------------------------------------------------------


def test_promise_24_a_clock_that_was_set_back_loses_nothing_and_makes_no_gap(region: Scenario) -> None:
    cell = region.cell(BOTTROP, "10110")
    region.moment -= timedelta(days=1, hours=2)
    region.write_list("stadt", f"{BOTTROP};{WASTE};online;https://bottrop.example/neu")

    report = region.sync()

    assert report.exit_code == 0
    assert all(outcome.seconds >= 0 for outcome in report.sources)
    assert region.cell(BOTTROP, "10110") == cell._replace(url="https://bottrop.example/neu")
    assert region.gaps() == set()
    region.moment -= timedelta(days=1)
    assert region.sync().exit_code == 0
    assert [row.id for row in region.rows("run")] == [1, 2, 3]
    assert_sound(region)
