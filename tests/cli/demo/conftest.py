"""The deliveries of all nights, and a server with hardly anything to serve."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from catalogue.store import open_store
from cli.demo.check import check
from cli.demo.facts import Facts
from cli.demo.generator import generate, night_folder
from cli.demo.server import DemoServer
from cli.demo.sources import NIGHTS
from cli.demo.truthfile import truth_path
from sync.run import Options, Silent, sync
from tests.cli.demo.support import Generated, Played, region_of
from tests.databases import Databases


@pytest.fixture(scope="session")
def generated(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Generated:
    """The deliveries of all nights."""
    with databases.sqlite(tmp_path_factory.mktemp("facts"), reference=True) as url:
        store = open_store(url)
        facts = Facts.load(store)
        store.close()
    folder = tmp_path_factory.mktemp("deliveries")
    return Generated(facts, folder, generate(facts, folder, max(NIGHTS)))


@pytest.fixture(scope="session")
def played(
    generated: Generated, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Played]:
    """All nights, read one after the other; for looking at only."""
    folder = tmp_path_factory.mktemp("played")
    with databases.sqlite(folder, reference=True) as url, DemoServer(generated.folder) as server:
        store = open_store(url)
        reports, checks = [], []
        for night in NIGHTS:
            server.night = night
            region = region_of(generated, server, night, folder / "demo.toml")
            reports.append(sync(store, region, Options(), Silent()))
            checks.append(check(store, truth_path(generated.folder, night), server.hosts.names))
        yield Played(store, reports, checks, server.hosts.requests, dict(server.hosts.names))
        store.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[DemoServer]:
    """A server with one file, and one file that is none of its business."""
    night = night_folder(tmp_path, 1)
    (night / "marl").mkdir(parents=True)
    (night / "marl" / "lieferung.xml").write_bytes(b"<a/>")
    (night / "gestoert.txt").write_text("herne\n", encoding="utf-8")
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    with DemoServer(tmp_path) as running:
        yield running
