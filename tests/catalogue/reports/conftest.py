"""A synced region for reading, one for each engine and session."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from catalogue.store import Store, open_store
from tests.conftest import ENGINES, LEFT_OUT
from tests.databases import Databases
from tests.reconciled_region import sync_reconciled
from tests.sample_region import copy_region, sync_region
from tests.work_region import sync_work


@pytest.fixture(scope="session", params=ENGINES)
def region_store(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    """The sample region after its first night; tests only read it."""
    folder = tmp_path_factory.mktemp("region")
    if request.param == "postgresql" and not databases.server.url:
        pytest.skip(LEFT_OUT)
    place = (
        databases.sqlite(folder, reference=True)
        if request.param == "sqlite"
        else databases.postgresql(reference=True)
    )
    with place as url:
        store = open_store(url)
        report = sync_region(store, copy_region(folder / "files"))
        assert report.state == "ok"
        yield store
        store.close()


@pytest.fixture(scope="session", params=ENGINES)
def reconciled_store(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    """The sample region with sources that contradict each other; tests only read it."""
    folder = tmp_path_factory.mktemp("reconciled")
    if request.param == "postgresql" and not databases.server.url:
        pytest.skip(LEFT_OUT)
    place = (
        databases.sqlite(folder, reference=True)
        if request.param == "sqlite"
        else databases.postgresql(reference=True)
    )
    with place as url:
        store = open_store(url)
        sync_reconciled(store, folder / "files")
        yield store
        store.close()


@pytest.fixture(scope="session", params=ENGINES)
def work_store(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    """A region whose services are online in different ways, after its first night; tests only read it."""
    folder = tmp_path_factory.mktemp("work")
    if request.param == "postgresql" and not databases.server.url:
        pytest.skip(LEFT_OUT)
    place = (
        databases.sqlite(folder, reference=True)
        if request.param == "sqlite"
        else databases.postgresql(reference=True)
    )
    with place as url:
        store = open_store(url)
        sync_work(store, folder / "files")
        yield store
        store.close()


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
