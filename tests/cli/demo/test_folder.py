"""The demo overwrites only a folder that it made itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.demo import folder as demo_folder
from cli.demo.folder import DemoFolder
from cli.problems import UsageProblem


def test_a_new_folder_becomes_the_demos(tmp_path: Path) -> None:
    folder = DemoFolder(tmp_path / "new" / "demo-out")

    with folder.claimed():
        assert folder.path.is_dir()


def test_what_an_earlier_demo_left_goes_and_nothing_else(tmp_path: Path) -> None:
    folder = DemoFolder(tmp_path / "demo-out")
    with folder.claimed():
        for path in (folder.database, folder.gaps_csv, folder.region):
            path.write_text("old", encoding="utf-8")
        folder.deliveries.mkdir()
        (folder.deliveries / "old.xml").write_text("old", encoding="utf-8")
    (folder.path / "notes.txt").write_text("mine", encoding="utf-8")

    with folder.claimed():
        left = {path.name for path in folder.path.iterdir() if not path.name.startswith(".")}

    assert left == {"notes.txt"}


def test_a_folder_that_is_not_the_demos_stays_untouched(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")

    assert refusal(tmp_path) == "demo_folder_not_ours"
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_in_place_of_the_folder_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "demo-out"
    file.write_text("mine", encoding="utf-8")

    assert refusal(file) == "demo_folder_is_file"
    assert refusal(file / "below") == "demo_folder_is_file"


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(demo_folder.DemoFolder, "_clear", refuse)

    assert refusal(tmp_path / "demo-out") == "demo_folder_unusable"


def test_a_folder_in_which_a_demo_runs_is_an_error(tmp_path: Path) -> None:
    folder = DemoFolder(tmp_path / "demo-out")

    with folder.claimed():
        assert refusal(folder.path) == "demo_folder_busy"


def refusal(path: Path) -> str:
    with pytest.raises(UsageProblem) as raised, DemoFolder(path).claimed():
        pass
    return raised.value.code
