"""A region after a few nights, and an empty database of each kind to copy it into."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import insert

from catalogue.store import Store, open_store
from catalogue.tables import cell, cell_change, cell_past, edition, run
from catalogue.upkeep.transfer import transfer
from tests.catalogue.applying import add_areas
from tests.conftest import LEFT_OUT
from tests.databases import Databases
from tests.sample_region import copy_region, sync_region

__all__ = ["CELL", "NewStore", "fill"]

NewStore = Callable[[str], Store]


@pytest.fixture(scope="session")
def region_file(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the sample region after two nights, the second of which took an offer away."""
    folder = tmp_path_factory.mktemp("nights")
    region = copy_region(folder / "files")
    with databases.sqlite(folder, reference=True) as url:
        store = open_store(url)
        assert sync_region(store, region).state == "ok"
        _take_offline(folder / "files" / "portal.csv")
        assert sync_region(store, region, 2).state == "ok"
        store.close()
        return Path(store.engine.url.database or "")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled(request: pytest.FixtureRequest, databases: Databases, region_file: Path) -> Iterator[Store]:
    """The region after two nights; for reading only."""
    with ExitStack() as stack:
        store = open_store(f"sqlite:///{region_file}")
        stack.callback(store.close)
        if request.param == "postgresql":
            server = _open(stack, databases, "postgresql", region_file.parent)
            transfer(store, server)
            store = server
        yield store


@pytest.fixture
def region_store(region_file: Path, tmp_path: Path) -> Iterator[Store]:
    """The same on SQLite, to be changed by a test."""
    path = tmp_path / "region.sqlite"
    shutil.copyfile(region_file, path)
    store = open_store(f"sqlite:///{path}")
    yield store
    store.close()


@pytest.fixture
def new_store(databases: Databases, tmp_path: Path) -> Iterator[NewStore]:
    """Opens databases without rows, of the kind that is named."""
    with ExitStack() as stack:
        yield lambda kind: _open(stack, databases, kind, tmp_path)


def _open(stack: ExitStack, databases: Databases, kind: str, folder: Path) -> Store:
    if kind == "postgresql" and not databases.server.url:
        pytest.skip(LEFT_OUT)
    if kind == "sqlite":
        url = stack.enter_context(databases.sqlite(folder, reference=False))
    else:
        url = stack.enter_context(databases.postgresql(reference=False))
    store = open_store(url)
    stack.callback(store.close)
    return store


def _take_offline(portal: Path) -> None:
    """Let a portal describe what it offered online."""
    content = portal.read_text(encoding="utf-8")
    assert "online" in content
    portal.write_text(content.replace("online", "beschrieben", 1), encoding="utf-8")


@pytest.fixture
def small(new_store: NewStore) -> Store:
    """A SQLite database with a few rows of every kind that tests here look at."""
    store = new_store("sqlite")
    fill(store)
    return store


RUN = {"state": "ok", "region": "", "version": "1", "host": "h", "pid": 1}
CELL = {
    "area_id": 1,
    "ozg_id": "10110",
    "status": "online",
    "reason": "",
    "satisfied_level": "",
    "operator": "",
    "online_url": "https://bottrop.example/ä",
    "competent": "yes",
    "competent_tier": "",
    "competence_rule": "",
    "confidence": "",
    "voluntary": False,
    "gap": False,
    "own": True,
    "stale": False,
    "leaves_online": 1,
    "leaves": 2,
    "sources": "",
    "evidence_ref": "",
    "since": "",
}
CHANGE = {"at": "", "area_id": 1, "ozg_id": "10110", "old_reason": "", "new_reason": "", "field": "status"}


def fill(store: Store) -> None:
    """Add areas, two runs, and a cell that was missing after the first and online after the second."""
    add_areas(store)
    with store.write() as connection:
        for number in (1, 2):
            connection.execute(insert(run).values(id=number, started_at=f"2026-11-0{number}", **RUN))
            connection.execute(
                insert(edition).values(run_id=number, at="", rules="1", matcher="", reference=1)
            )
        connection.execute(
            insert(cell_past).values({**CELL, "status": "missing", "run_id": 1, "until_run": 2})
        )
        connection.execute(insert(cell).values({**CELL, "run_id": 2}))
        for number, old, new in ((1, "", "missing"), (2, "missing", "online")):
            row = {**CHANGE, "run_id": number, "old_status": old, "new_status": new, "cause": "content"}
            connection.execute(insert(cell_change).values(row))
