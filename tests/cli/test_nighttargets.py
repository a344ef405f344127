"""Folders that nights write to: which of them could not be used, found out without touching any."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from catalogue.messages import LANGUAGES
from catalogue.reports.opendata.files import MANIFEST
from catalogue.reports.page.folder import MARKER
from cli.nighttargets import unusable_targets
from cli.texts import Texts
from sync.schedulesettings import ScheduleSettings

STEPS = ("sync", "links", "report", "export", "publish", "notify")


def settings(folder: Path, **targets: str) -> ScheduleSettings:
    usual = {"report": "seite", "export": "mappen", "publish": "daten"}
    return ScheduleSettings.model_validate(
        {step: str(folder / name) for step, name in {**usual, **targets}.items()}
    )


def codes(known: ScheduleSettings) -> dict[str, str]:
    return {one.step: one.code for one in unusable_targets(STEPS, known)}


def everything_in(folder: Path) -> list[tuple[str, int]]:
    return sorted((str(path), path.stat().st_mtime_ns) for path in [folder, *folder.rglob("*")])


def test_folders_that_are_missing_and_can_be_made_are_well_and_not_made(tmp_path: Path) -> None:
    before = everything_in(tmp_path)
    assert codes(settings(tmp_path, report="a/b/seite")) == {}
    assert everything_in(tmp_path) == before


def test_what_this_program_wrote_can_be_written_again(tmp_path: Path) -> None:
    for name, file in (("seite", MARKER), ("mappen", "gladbeck.xlsx"), ("daten", MANIFEST)):
        (tmp_path / name).mkdir()
        (tmp_path / name / file).write_text(json.dumps({"format": "lueckenlos-open-data/1"}))
    before = everything_in(tmp_path)
    assert codes(settings(tmp_path)) == {}
    assert everything_in(tmp_path) == before


def test_folders_of_somebody_else_cannot_be_replaced_and_workbooks_go_anywhere(tmp_path: Path) -> None:
    for name in ("seite", "mappen", "daten"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "diplom.txt").write_text("wichtig")
    foreign = "night_target_foreign"
    assert codes(settings(tmp_path)) == {"report": foreign, "publish": foreign}


def test_a_disk_of_its_own_cannot_be_replaced_and_workbooks_go_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("seite", "mappen", "daten"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(Path, "is_mount", lambda path: path.parent == tmp_path)
    mount = "night_target_mount"
    assert codes(settings(tmp_path)) == {"report": mount, "publish": mount}


@pytest.mark.parametrize("place", ["ziel", "ziel/darin"])
@pytest.mark.parametrize("kind", ["file", "link to nothing"])
def test_what_is_no_folder_cannot_be_one(tmp_path: Path, kind: str, place: str) -> None:
    if kind == "file":
        (tmp_path / "ziel").write_text("x")
    else:
        (tmp_path / "ziel").symlink_to(tmp_path / "nichts")
    for step in ("report", "export"):
        assert codes(settings(tmp_path, **{step: place})) == {step: "night_target_is_file"}


@pytest.mark.parametrize(
    ("step", "place"),
    [("report", "zu/seite"), ("export", "zu"), ("export", "zu/a/b"), ("publish", "zu/daten")],
)
def test_where_this_account_cannot_write_nothing_can_be_put(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, place: str
) -> None:
    """As the system says it; an administrator may write anywhere, so it is said for it."""
    (tmp_path / "zu").mkdir()
    usual = os.access
    monkeypatch.setattr(
        "cli.nighttargets.os.access", lambda path, mode: path != tmp_path / "zu" and usual(path, mode)
    )
    (found,) = unusable_targets(STEPS, settings(tmp_path, **{step: place}))
    assert (found.step, found.code) == (step, "night_target_unwritable")
    assert found.params["folder"] == str(tmp_path / "zu")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_rights_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "zu").mkdir(mode=0o500)
    assert codes(settings(tmp_path, export="zu")) == {"export": "night_target_unwritable"}


def test_links_that_go_round_in_circles_lead_to_no_folder(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    for step in ("report", "export", "publish"):
        assert step in codes(settings(tmp_path, **{step: "a"}))


@pytest.mark.parametrize(
    ("targets", "steps"),
    [
        ({"export": "seite/mappen"}, ["export"]),
        ({"export": "seite"}, ["export"]),
        ({"publish": "seite/daten"}, ["publish"]),
        ({"publish": "seite"}, ["report", "publish"]),
        ({"report": "mappen/seite"}, []),
        ({"report": "seite", "export": "seite-mappen"}, []),
    ],
)
def test_what_lies_in_a_folder_that_is_replaced_would_be_lost(
    tmp_path: Path, targets: dict[str, str], steps: list[str]
) -> None:
    assert codes(settings(tmp_path, **targets)) == dict.fromkeys(steps, "night_target_replaced")


def test_only_steps_that_are_done_matter(tmp_path: Path) -> None:
    (tmp_path / "seite").write_text("x")
    assert unusable_targets(("sync", "export"), settings(tmp_path)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_trouble_names_folder_setting_and_next_step(tmp_path: Path, language: str) -> None:
    (tmp_path / "daten").mkdir()
    (tmp_path / "daten" / "diplom.txt").write_text("wichtig")
    (tmp_path / "seite").write_text("x")
    for one in unusable_targets(STEPS, settings(tmp_path, export="seite/mappen")):
        said = Texts(language).error(one.code, one.params)
        assert one.params["folder"] in said
        assert f"{one.step} = " in said
        assert {"de": "Nächster Schritt", "en": "Next step"}[language] in said
