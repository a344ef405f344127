"""The command line as a function, and the sample region to ask it about."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from catalogue.store import open_store
from cli.main import run
from tests.databases import Databases
from tests.sample_region import copy_region, sync_region


@dataclass(frozen=True)
class Answer:
    """What a call of the command line did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Cli = Callable[..., Answer]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Calls the command line; its environment holds nothing of the tester's own."""
    for name in ("LUECKENLOS_BY", "LUECKENLOS_LANG", "LUECKENLOS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "100")

    def call(*arguments: str | Path) -> Answer:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Answer(code, captured.out, captured.err)

    return call


@pytest.fixture(scope="session")
def synced_database(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a database with the sample region after its first night; for reading only."""
    folder = tmp_path_factory.mktemp("synced")
    with databases.sqlite(folder, reference=True) as url:
        store = open_store(url)
        assert sync_region(store, copy_region(folder / "files")).state == "ok"
        store.close()
        yield url


def copy_database(url: str, folder: Path) -> str:
    """Copy a SQLite database into a folder and return the URL of the copy."""
    copy = folder / "copy.sqlite"
    with (
        closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)
    return f"sqlite:///{copy}"


@pytest.fixture
def region(synced_database: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let the command line look at the synced sample region."""
    monkeypatch.setenv("LUECKENLOS_DB", synced_database)
    return synced_database


@pytest.fixture
def database(databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Let the command line work with a new database that has the reference tables."""
    with databases.sqlite(tmp_path, reference=True) as url:
        monkeypatch.setenv("LUECKENLOS_DB", url)
        yield url


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """The region file of the sample region, with its lists beside it, to be changed by a test."""
    return copy_region(tmp_path / "files")
