"""A synced region for reading, one for each engine and session."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection

from catalogue.store import Store, open_store
from tests.conftest import ENGINES, LEFT_OUT
from tests.databases import Databases
from tests.reconciled_region import sync_reconciled
from tests.sample_region import copy_region, sync_region
from tests.work_region import sync_work


@contextmanager
def _database(engine: str, databases: Databases, folder: Path) -> Iterator[Store]:
    """Give a database of this engine with all reference tables, for one session."""
    if engine == "postgresql" and not databases.server.url:
        pytest.skip(LEFT_OUT)
    sqlite = engine == "sqlite"
    place = databases.sqlite(folder, reference=True) if sqlite else databases.postgresql(reference=True)
    with place as url:
        store = open_store(url)
        yield store
        store.close()


@pytest.fixture(scope="session", params=ENGINES)
def region_store(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    """The sample region after its first night; tests only read it."""
    folder = tmp_path_factory.mktemp("region")
    with _database(request.param, databases, folder) as store:
        report = sync_region(store, copy_region(folder / "files"))
        assert report.state == "ok"
        yield store


@pytest.fixture(scope="session", params=ENGINES)
def reconciled_store(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    """The sample region with sources that contradict each other; tests only read it."""
    folder = tmp_path_factory.mktemp("reconciled")
    with _database(request.param, databases, folder) as store:
        sync_reconciled(store, folder / "files")
        yield store


@pytest.fixture(scope="session", params=ENGINES)
def work_store(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    """A region whose services are online in different ways, after its first night; tests only read it."""
    folder = tmp_path_factory.mktemp("work")
    with _database(request.param, databases, folder) as store:
        sync_work(store, folder / "files")
        yield store


@pytest.fixture
def work(work_store: Store) -> Iterator[Connection]:
    """A connection to the region whose services are online in different ways."""
    with work_store.read() as connection:
        yield connection


@pytest.fixture
def reconciled(reconciled_store: Store) -> Iterator[Connection]:
    """A connection to the region whose sources contradict each other."""
    with reconciled_store.read() as connection:
        yield connection


@pytest.fixture
def region(region_store: Store) -> Iterator[Connection]:
    """A connection to the synced sample region."""
    with region_store.read() as connection:
        yield connection


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """The files of the sample region, to be changed by a test."""
    return copy_region(tmp_path / "files")
