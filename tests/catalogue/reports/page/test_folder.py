from __future__ import annotations

import os
from pathlib import Path

import pytest

from catalogue.drafts import NEW
from catalogue.errors import NotFound
from catalogue.reports.page.folder import new_folder, write_page


def fill(target: Path, content: str) -> None:
    with new_folder(target) as folder:
        write_page(folder, "index.html", content)
        write_page(folder, "a/b.html", content)


def test_a_new_site_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    target = tmp_path / "seite"
    fill(target, "alt")
    (target / "weg.html").write_text("x", encoding="utf-8")
    fill(target, "neu")
    assert (target / "a" / "b.html").read_text(encoding="utf-8") == "neu"
    assert not (target / "weg.html").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["seite"]


def test_the_old_site_stays_whole_if_the_new_one_fails(tmp_path: Path) -> None:
    target = tmp_path / "seite"
    fill(target, "alt")
    with pytest.raises(AttributeError):
        fill(target, None)  # type: ignore[arg-type]
    assert (target / "index.html").read_text(encoding="utf-8") == "alt"
    assert [path.name for path in tmp_path.iterdir()] == ["seite"]


def test_the_old_site_comes_back_if_the_new_one_cannot_take_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "seite"
    fill(target, "alt")
    rename = Path.rename

    def refuse(path: Path, goal: Path) -> Path:
        if path.name == NEW:
            raise PermissionError(13, "no", str(path))
        return rename(path, goal)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(PermissionError):
        fill(target, "neu")
    assert (target / "index.html").read_text(encoding="utf-8") == "alt"
    assert [path.name for path in tmp_path.iterdir()] == ["seite"]


def test_the_old_site_is_kept_aside_if_neither_finds_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "seite"
    fill(target, "alt")
    rename = Path.rename

    def refuse(path: Path, goal: Path) -> Path:
        if goal == target:
            raise PermissionError(13, "no", str(path))
        return rename(path, goal)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", refuse)
        with pytest.raises(PermissionError):
            fill(target, "neu")
    (aside,) = tmp_path.iterdir()
    os.utime(aside, (0, 0))
    with pytest.raises(AttributeError):
        fill(target, None)  # type: ignore[arg-type]
    assert (target / "index.html").read_text(encoding="utf-8") == "alt"
    assert [path.name for path in tmp_path.iterdir()] == ["seite"]


def test_what_a_killed_process_left_goes_with_the_next_site(tmp_path: Path) -> None:
    target = tmp_path / "seite"
    with new_folder(target) as draft:
        left = draft.parent.with_name(".seite-deadbeef.neu")
    (left / NEW).mkdir(parents=True)
    os.utime(left, (0, 0))
    fill(target, "neu")
    assert [path.name for path in tmp_path.iterdir()] == ["seite"]


def test_an_empty_folder_may_be_used(tmp_path: Path) -> None:
    (tmp_path / "leer").mkdir()
    fill(tmp_path / "leer", "neu")
    assert (tmp_path / "leer" / "index.html").exists()


def test_a_folder_of_somebody_else_is_never_replaced(tmp_path: Path) -> None:
    target = tmp_path / "eigenes"
    target.mkdir()
    (target / "diplom.txt").write_text("wichtig", encoding="utf-8")
    with pytest.raises(NotFound, match="page_folder_not_ours"):
        fill(target, "neu")
    assert [path.name for path in target.iterdir()] == ["diplom.txt"]


@pytest.mark.parametrize("kind", ["file", "link"])
def test_only_a_folder_is_replaced(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "ziel"
    if kind == "file":
        target.write_text("x", encoding="utf-8")
    else:
        (tmp_path / "echt").mkdir()
        target.symlink_to(tmp_path / "echt")
    with pytest.raises(NotFound, match="page_folder_is_file"):
        fill(target, "neu")


def test_a_web_server_of_another_account_can_read_the_site(tmp_path: Path) -> None:
    fill(tmp_path / "seite", "x")
    assert (tmp_path / "seite").stat().st_mode & 0o777 == 0o755
