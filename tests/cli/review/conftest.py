"""A database with some records under review, and a matcher that says what a test wants."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalogue.matching import ledger
from catalogue.store import open_store
from tests.cli.conftest import Cli
from tests.cli.review.asking import SAID, write_region
from tests.databases import Databases
from tests.oracle import Oracle
from tests.sample_region import sync_region


@pytest.fixture(scope="session")
def reviewed(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A database with some records under review."""
    folder = tmp_path_factory.mktemp("review")
    region = write_region(folder)
    with databases.sqlite(folder, reference=True) as url:
        store = open_store(url)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ledger, "Decider", Oracle)
            patch.setattr(Oracle, "said", SAID)
            assert sync_region(store, region).state == "ok"
        store.close()
        yield Path(url.removeprefix("sqlite:///"))


@pytest.fixture(autouse=True)
def database(
    cli: Cli,  # empties the environment
    reviewed: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[str]:
    """A copy of it that a test may change."""
    own = tmp_path / "own.sqlite"
    shutil.copyfile(reviewed, own)
    monkeypatch.setenv("LUECKENLOS_DB", f"sqlite:///{own}")
    monkeypatch.setenv("LUECKENLOS_BY", "A. Muster")
    monkeypatch.setattr(ledger, "Decider", Oracle)
    Oracle.said.update(SAID)
    yield str(own)
    Oracle.said.clear()
