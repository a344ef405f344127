"""What the tests of faults share: small regions, the demo behind its proxy, a small disk, and the figures."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from catalogue.store import Store, open_store
from connectors.assignment import Assignment
from tests.cli.conftest import cli, database, files
from tests.cli.demo.conftest import generated
from tests.databases import Databases
from tests.faultserver import FaultServer
from tests.figures import figures
from tests.sync.conftest import fake_kind, miniatures, own_scenario, scenario

__all__ = [
    "cli",
    "database",
    "fake_kind",
    "figures",
    "files",
    "generated",
    "miniatures",
    "own_scenario",
    "scenario",
]

SMALL_DISK = 16 << 20  # bytes


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """A web server with one address per misbehaviour."""
    with FaultServer() as running:
        yield running


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that sources wanted to make between attempts (seconds); none is really waited for."""
    made: list[float] = []

    def note(assignment: Assignment, seconds: float) -> None:
        assignment.check()
        made.append(seconds)

    monkeypatch.setattr(Assignment, "pause", note)
    return made


@pytest.fixture
def new_store(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], Store]]:
    """A maker of SQLite databases with the packaged reference tables."""
    with ExitStack() as open_ones:

        def make() -> Store:
            url = open_ones.enter_context(databases.sqlite(tmp_path_factory.mktemp("store"), reference=True))
            store = open_store(url)
            open_ones.callback(store.close)
            return store

        yield make


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a file system of its own with room for 16 MiB; needs the right to mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if sys.platform != "linux" or not mount or not umount:
        pytest.skip("no file system can be mounted here")
    options = f"size={SMALL_DISK}"
    made = subprocess.run(
        [mount, "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, text=True
    )
    if made.returncode:
        pytest.skip(f"no right to mount a file system: {made.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run([umount, "-l", folder], check=True)
