"""A synced region that a test may say something about."""

from __future__ import annotations

import copy
import shutil
from pathlib import Path

import pytest

from cli.main import run
from tests.cli.annotations.sheets import Exported, Table, read_table
from tests.cli.conftest import Cli

#: So many rows of each export are enough.
ROWS = 12


@pytest.fixture(scope="session")
def exports(synced_database: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Table]:
    """The first gaps of Gladbeck by the suffix of the file they were exported to."""
    found = {}
    for suffix in (".xlsx", ".csv"):
        path = tmp_path_factory.mktemp("exports") / f"a{suffix}"
        command = ["annotations", "export", "--area", "Gladbeck", "--out", str(path)]
        assert run(["--db", synced_database, *command]) == 0
        found[suffix] = read_table(path)[: ROWS + 1]
    return found


@pytest.fixture
def xlsx(exports: dict[str, Table]) -> Table:
    """The table of a workbook, to be changed."""
    return copy.deepcopy(exports[".xlsx"])


@pytest.fixture(autouse=True)
def database(
    cli: Cli,  # empties the environment
    synced_database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """A copy of the synced sample region."""
    own = tmp_path / "own.sqlite"
    shutil.copyfile(synced_database.removeprefix("sqlite:///"), own)
    monkeypatch.setenv("LUECKENLOS_DB", f"sqlite:///{own}")
    monkeypatch.setenv("LUECKENLOS_BY", "OZG-Koordination")
    return f"sqlite:///{own}"


@pytest.fixture(params=[".xlsx", ".csv"])
def sheet(request: pytest.FixtureRequest, exports: dict[str, Table], tmp_path: Path) -> Exported:
    """Some gaps of Gladbeck as a table to be changed, and the file it is to be written to."""
    return tmp_path / f"Lücken{request.param}", copy.deepcopy(exports[request.param])
