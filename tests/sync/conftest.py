"""What the tests of runs share: a small region with its catalogue, and sources that play a script.

``scenario`` runs a test on both databases; ``SQLITE`` of :mod:`tests.sync.scenario` keeps it to one where
the database makes no difference. On PostgreSQL the tests of a session share one database, which is emptied
but for the reference: tests that change the reference take ``own_scenario``.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import text

from catalogue.store import Store, open_store
from connectors.contract import kinds
from tests.conftest import ENGINES, LEFT_OUT
from tests.databases import Databases
from tests.sync.fakes import FakeConnector
from tests.sync.miniature import import_miniature
from tests.sync.scenario import CATALOGUE, Scenario


class Miniatures:
    """The small reference on each engine, made when first asked for."""

    def __init__(self, databases: Databases, folder: Path, open_ones: ExitStack) -> None:
        self._databases = databases
        self._folder = folder
        self._open_ones = open_ones
        self._urls: dict[str, str] = {}

    def sqlite(self, folder: Path) -> str:
        """Return the URL of a database of one's own."""
        url = self._urls.get("sqlite")
        if url is None:
            url = self._urls["sqlite"] = self._open_ones.enter_context(
                self._databases.sqlite(self._folder, reference=False)
            )
            _fill(url)
        shutil.copyfile(url.removeprefix("sqlite:///"), folder / "catalogue.sqlite")
        return f"sqlite:///{folder / 'catalogue.sqlite'}"

    def postgresql(self) -> str:
        """Return the URL of the shared database, emptied. Skip the test if there is no server."""
        url = self._urls.get("postgresql")
        if url is None:
            server = self._databases.server
            if not server.url:
                if server.demanded:
                    pytest.fail("; ".join(server.failures), pytrace=False)
                pytest.skip(LEFT_OUT)
            url = self._urls["postgresql"] = self._open_ones.enter_context(
                self._databases.postgresql(reference=False)
            )
            _fill(url)
        return url


def _fill(url: str) -> None:
    store = open_store(url)
    import_miniature(store)
    store.close()


def _empty(store: Store) -> None:
    with store.write() as connection:
        connection.execute(text(f"TRUNCATE {', '.join(sorted(CATALOGUE))} RESTART IDENTITY CASCADE"))


@pytest.fixture(scope="session")
def miniatures(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Miniatures]:
    """The small reference on each engine."""
    with ExitStack() as open_ones:
        yield Miniatures(databases, tmp_path_factory.mktemp("miniature"), open_ones)


@pytest.fixture(autouse=True)
def fake_kind(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let region files name sources of type ``fake``."""
    monkeypatch.setitem(kinds(), "fake", FakeConnector)
    yield
    FakeConnector.scripts.clear()


@pytest.fixture(params=ENGINES)
def scenario(request: pytest.FixtureRequest, miniatures: Miniatures, tmp_path: Path) -> Iterator[Scenario]:
    """Give a region of Bottrop, Gladbeck and their Kreis without sources, on both databases."""
    on_sqlite = request.param == "sqlite"
    store = open_store(miniatures.sqlite(tmp_path) if on_sqlite else miniatures.postgresql())
    if not on_sqlite:
        _empty(store)
    try:
        yield _scenario(store, tmp_path)
    finally:
        store.close()


@pytest.fixture
def own_scenario(store: Store, tmp_path: Path) -> Scenario:
    """Give the same in a database of one's own, whose reference may be changed."""
    import_miniature(store)
    return _scenario(store, tmp_path)


def _scenario(store: Store, folder: Path) -> Scenario:
    region = folder / "region"
    region.mkdir()
    return Scenario(store, region)
