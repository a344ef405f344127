"""The work folder of a run: it goes with it, and what killed runs left goes with the next."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from catalogue.drafts import YOUNGEST_SECONDS
from sync.workfolder import work_folder


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def age(path: Path, seconds: float) -> None:
    then = path.stat().st_mtime - seconds
    os.utime(path, (then, then))


def left_folder(temporary: Path, *, seconds: float = 2 * YOUNGEST_SECONDS) -> Path:
    """Leave a folder with a lock that nobody holds, as a killed run does."""
    folder = temporary / "lueckenlos-run-deadbeef"
    folder.mkdir()
    (folder / ".lock").touch()
    (folder / "stage.sqlite").write_bytes(b"x" * 1_000)
    age(folder, seconds)
    return folder


def test_a_work_folder_goes_with_its_run(temporary: Path) -> None:
    with work_folder() as folder:
        (folder / "redaktion").mkdir()
        assert folder.parent == temporary

    assert list(temporary.iterdir()) == []


def test_an_error_does_not_keep_it(temporary: Path) -> None:
    with pytest.raises(ZeroDivisionError), work_folder():
        raise ZeroDivisionError

    assert list(temporary.iterdir()) == []


def test_what_a_killed_run_left_goes_with_the_next(temporary: Path) -> None:
    left = left_folder(temporary)

    with work_folder() as folder:
        assert not left.exists()
        assert folder.exists()


def test_the_folder_of_a_run_at_work_stays_however_old_it_is() -> None:
    with work_folder() as first:
        age(first, 100 * YOUNGEST_SECONDS)
        with work_folder():
            assert first.exists()


def test_a_folder_that_was_just_made_stays(temporary: Path) -> None:
    left = left_folder(temporary, seconds=0)

    with work_folder():
        assert left.exists()


def test_what_only_bears_the_name_stays(temporary: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "kept").touch()
    link = temporary / "lueckenlos-run-somelink"
    link.symlink_to(elsewhere, target_is_directory=True)
    file = temporary / "lueckenlos-run-somefile"
    file.touch()
    age(file, 2 * YOUNGEST_SECONDS)

    with work_folder():
        pass

    assert (elsewhere / "kept").exists()
    assert file.exists()


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no accounts")
def test_the_folder_of_another_account_stays(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = left_folder(temporary)
    other = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: other)

    with work_folder():
        assert left.exists()
