"""Drafts beside what they replace: they go with whoever makes them, and of the dead with the next one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from catalogue.drafts import YOUNGEST_SECONDS, draft_folder


def age(path: Path) -> None:
    then = path.stat().st_mtime - 2 * YOUNGEST_SECONDS
    os.utime(path, (then, then))


def left_by_the_dead(target: Path) -> Path:
    """Leave a draft as a killed process does: with a lock that nobody holds."""
    with draft_folder(target) as folder:
        left = folder.with_name(f".{target.name}-deadbeef.neu")
    left.mkdir()
    (left / ".lock").touch()
    (left / "neu").mkdir()
    age(left)
    return left


def test_a_draft_lies_beside_its_target_and_goes_at_the_end(tmp_path: Path) -> None:
    with draft_folder(tmp_path / "seite") as folder:
        assert folder.parent == tmp_path
        assert folder.name.startswith(".seite-")
    assert list(tmp_path.iterdir()) == []


def test_an_error_does_not_keep_it(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), draft_folder(tmp_path / "seite"):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_what_the_dead_left_goes_with_the_next_draft_of_the_same_target(tmp_path: Path) -> None:
    left, other = left_by_the_dead(tmp_path / "seite"), left_by_the_dead(tmp_path / "seite-alt")
    with draft_folder(tmp_path / "seite"):
        assert not left.exists()
        assert other.exists()


def test_the_draft_of_the_living_stays_however_old_it_is(tmp_path: Path) -> None:
    with draft_folder(tmp_path / "seite") as first:
        age(first)
        with draft_folder(tmp_path / "seite"):
            assert first.exists()


def test_a_draft_that_was_just_made_stays(tmp_path: Path) -> None:
    left = left_by_the_dead(tmp_path / "seite")
    os.utime(left)
    with draft_folder(tmp_path / "seite"):
        assert left.exists()


def test_what_was_moved_aside_by_the_dead_comes_back_to_an_empty_place(tmp_path: Path) -> None:
    left = left_by_the_dead(tmp_path / "seite")
    (left / "alt").mkdir()
    (left / "alt" / "index.html").touch()
    age(left)
    with draft_folder(tmp_path / "seite"):
        assert (tmp_path / "seite" / "index.html").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["seite"]


def test_what_was_moved_aside_by_the_dead_replaces_nothing(tmp_path: Path) -> None:
    left = left_by_the_dead(tmp_path / "seite")
    (left / "alt").mkdir()
    age(left)
    (tmp_path / "seite").mkdir()
    (tmp_path / "seite" / "index.html").touch()
    with draft_folder(tmp_path / "seite"):
        assert (tmp_path / "seite" / "index.html").exists()
        assert not left.exists()


def test_a_file_system_without_locks_has_drafts_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr("catalogue.drafts.FileLock.acquire", refuse)
    with draft_folder(tmp_path / "seite") as folder:
        assert folder.is_dir()
    assert list(tmp_path.iterdir()) == []
