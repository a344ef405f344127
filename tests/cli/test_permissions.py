"""What other accounts of this machine could change or read is said, and said once."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.regionfile import region_of
from cli.session import Session
from sync.region import RegionFileError
from tests.cli.conftest import Cli

Notes = Callable[[], list[str]]

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows has no such rights")

REGION = """\
[region]
name = "Probe"
areas = ["055120000000"]

[[source]]
id = "pvog"
type = "pvog"
client_id_header = "X-Client"
client_id_file = "kennung.txt"
"""


@pytest.fixture
def region(tmp_path: Path) -> Path:
    path = tmp_path / "lueckenlos.toml"
    path.write_text(REGION, encoding="utf-8")
    (tmp_path / "kennung.txt").write_text("geheim", encoding="utf-8")
    (tmp_path / "kennung.txt").chmod(0o600)
    path.chmod(0o644)
    return path


@pytest.fixture
def notes(region: Path, capsys: pytest.CaptureFixture[str]) -> Callable[[], list[str]]:
    """Give what a call that reads the region file says about rights."""

    def read() -> list[str]:
        capsys.readouterr()
        region_of(Session(), region)
        return [line for line in capsys.readouterr().err.splitlines() if "chmod" in line]

    return read


def test_files_that_only_their_owner_can_change_are_not_mentioned(notes: Notes) -> None:
    assert notes() == []


@pytest.mark.parametrize("mode", [0o640, 0o660, 0o644, 0o606])
def test_a_secret_is_for_its_owner_and_a_reading_group_alone(region: Path, notes: Notes, mode: int) -> None:
    secret = region.parent / "kennung.txt"
    secret.chmod(mode)
    said = notes()
    assert [str(secret) in line for line in said] == ([] if mode == 0o640 else [True])
    assert "geheim" not in "".join(said)


def test_a_region_file_that_everybody_can_change_is_named_once(region: Path, notes: Notes) -> None:
    region.chmod(0o666)
    assert [str(region) in line for line in notes()] == [True]


def test_a_folder_in_which_everybody_can_replace_files_is_named(region: Path, notes: Notes) -> None:
    region.parent.chmod(0o777)
    assert any(f"{region.parent} " in line for line in notes())
    region.parent.chmod(0o1777)  # as /tmp: only owners replace their files
    assert notes() == []


def test_a_folder_given_for_a_region_file_keeps_its_rights(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tmp_path.chmod(0o1777)
    with pytest.raises(RegionFileError):
        region_of(Session(), tmp_path)
    assert "chmod" not in capsys.readouterr().err


def test_a_folder_given_for_a_secret_keeps_its_rights(region: Path, notes: Notes) -> None:
    secret = region.parent / "kennung.txt"
    secret.unlink()
    secret.mkdir()
    secret.chmod(0o755)
    assert notes() == []


def test_a_database_that_everybody_can_change_is_named(cli: Cli, tmp_path: Path, database: str) -> None:
    assert "chmod" not in cli("gaps").err
    Path(database.removeprefix("sqlite:///")).chmod(0o666)
    assert cli("gaps").err.count("chmod") == 1
