from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from catalogue.objects import Counts
from catalogue.store import open_store
from cli.progress import outcome_line, show_progress
from cli.session import Session
from cli.texts import Texts
from sync.lock import only_one
from sync.report import SourceOutcome
from tests.cli.conftest import Cli


def test_a_sync_brings_cells_and_says_what_it_did(cli: Cli, database: str, files: Path) -> None:
    answer = cli("sync", "--region", files)
    assert answer.code == 0
    assert "Lauf 1: 2 von 2 Quellen auf neuem Stand" in answer.out
    assert "1 × „Hunde und mehr“" in answer.out
    assert "portal: übernommen, 5 Datensätze gelesen: 5 neu" in answer.err
    assert "Zellen berechnen" in answer.err
    assert cli("cells", "--format", "json").json["meta"]["counts"]["rows"] > 2000


def test_the_result_as_json(cli: Cli, database: str, files: Path) -> None:
    found = cli("sync", "--region", files, "--format", "json").json
    assert (found["meta"]["state"], found["meta"]["exit_code"], found["meta"]["run"]) == ("ok", 0, 1)
    portal = found["rows"][0]
    assert (portal["source"], portal["state"], portal["read"], portal["new"]) == ("portal", "ok", 5, 5)
    assert portal["issues"][0]["kind"] == "service_under_review"


def test_the_result_as_csv(cli: Cli, database: str, files: Path) -> None:
    lines = cli("sync", "--region", files, "--format", "csv").out.splitlines()
    assert len(lines) == 3
    assert lines[0].removeprefix("\ufeff").startswith("source;state;message")


def test_the_region_file_comes_from_the_environment(
    cli: Cli, database: str, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LUECKENLOS_REGION", str(files))
    assert cli("sync").code == 0


def test_without_a_name_it_is_the_file_of_this_folder(
    cli: Cli, database: str, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(files.parent)
    assert cli("sync").err.startswith("lueckenlos.toml: Diese Datei gibt es nicht.")


def test_a_second_sync_finds_nothing_new(cli: Cli, database: str, files: Path) -> None:
    cli("sync", "--region", files)
    answer = cli("sync", "--region", files)
    assert answer.code == 0
    assert "portal: unverändert" in answer.err
    assert "0 Zellen neu, 0 geändert" in answer.out


def test_what_is_irregular_stays_told_while_nothing_changes(cli: Cli, database: str, files: Path) -> None:
    first = cli("sync", "--region", files, "--format", "json").json["rows"][0]
    again = cli("sync", "--region", files)
    assert first["open_issues"] == 1
    assert "portal: 1 Auffälligkeit im jetzigen Stand; „lueckenlos sources list“ nennt sie." in again.out
    listed = cli("sources", "list")
    assert "Auffälligkeiten im jetzigen Stand" in listed.out
    assert "portal: 1 × „Hunde und mehr“" in listed.out
    portal = cli("sources", "list", "--format", "json").json["rows"][0]
    assert (portal["open_issues"], portal["issues"][0]["kind"]) == (1, "service_under_review")
    run = cli("runs", "2").out
    assert (
        "portal, umfrage: stehen auf der Lieferung von Lauf 1; was an ihr auffiel, zeigt „lueckenlos runs 1“."
        in run
    )


def test_a_dry_run_does_not_know_what_would_stay_irregular(cli: Cli, database: str, files: Path) -> None:
    rows = cli("sync", "--region", files, "--dry-run", "--format", "json").json["rows"]
    assert [row["open_issues"] for row in rows] == [None, None]


def test_one_source_of_several(cli: Cli, database: str, files: Path) -> None:
    found = cli("sync", "--region", files, "--source", "umfrage", "--format", "json").json
    assert [row["source"] for row in found["rows"]] == ["umfrage"]


def test_a_dry_run_keeps_nothing(cli: Cli, database: str, files: Path) -> None:
    answer = cli("sync", "--region", files, "--dry-run")
    assert answer.code == 0
    assert "Probelauf, nichts gespeichert" in answer.out
    assert cli("gaps").code == 2
    assert cli("sync", "--region", files, "--dry-run", "--format", "json").json["meta"]["run"] is None


def test_a_source_that_fails_is_code_3_and_told_with_the_next_step(
    cli: Cli, database: str, files: Path
) -> None:
    (files.parent / "umfrage.csv").unlink()
    answer = cli("sync", "--region", files)
    assert answer.code == 3
    assert "umfrage: fehlgeschlagen." in answer.err
    assert "gibt es nicht" in answer.out
    assert "1 von 2 Quellen" in answer.out
    assert f"lueckenlos sync --region {files} --source umfrage" in cli("sources", "list").out


def test_no_source_at_all_is_code_4(cli: Cli, database: str, files: Path) -> None:
    for name in ("umfrage.csv", "portal.csv"):
        (files.parent / name).write_text("<html><body>Wartung</body></html>", encoding="utf-8")
    answer = cli("sync", "--region", files)
    assert answer.code == 4
    assert "Webseite" in answer.out


def test_a_shrunken_delivery_is_held_until_somebody_accepts_it(cli: Cli, database: str, files: Path) -> None:
    table = files.parent / "portal.csv"
    cli("sync", "--region", files)
    table.write_text("\n".join(table.read_text(encoding="utf-8").splitlines()[:2]) + "\n", encoding="utf-8")
    held = cli("sync", "--region", files)
    assert held.code == 3
    assert "portal: angehalten. Die Lieferung hat 1 statt 5 Datensätze (80 % weniger)" in held.err
    assert f"lueckenlos sync --region {files} --source portal --accept portal" in cli("sources", "list").out
    answer = cli("sync", "--region", files, "--accept", "portal", "--format", "json")
    assert (answer.code, answer.json["rows"][0]["accepted_by_hand"]) == (0, True)


def test_a_release_that_meets_another_delivery_says_so_with_the_commands(
    cli: Cli, database: str, files: Path
) -> None:
    table = files.parent / "portal.csv"
    lines = table.read_text(encoding="utf-8").splitlines()
    cli("sync", "--region", files)
    table.write_text("\n".join(lines[:4]) + "\n", encoding="utf-8")
    assert cli("sync", "--region", files).code == 3
    table.write_text("\n".join(lines[:2]) + "\n", encoding="utf-8")
    release = ("sync", "--region", files, "--source", "portal", "--accept", "portal")
    answer = cli(*release)
    assert answer.code == 4
    assert "Sie hat 1 Datensatz, jene hatte 3." in answer.out
    assert f"lueckenlos sources preview --region {files} portal" in answer.out
    assert f"lueckenlos sync --region {files} --source portal --accept portal" in answer.out
    assert cli(*release).code == 0


def test_a_region_without_sources_says_so(cli: Cli, database: str, files: Path) -> None:
    text = files.read_text(encoding="utf-8").partition("[[source]]")[0]
    files.write_text(text, encoding="utf-8")
    answer = cli("sync", "--region", files)
    assert answer.code == 4
    assert "keine Quelle" in answer.out


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize(("language", "word"), [("de", "LEER"), ("en", "EMPTY")])
def test_a_run_that_found_nothing_at_all_is_code_4_and_no_success(
    cli: Cli, database: str, files: Path, language: str, word: str, dry_run: bool
) -> None:
    for name in ("umfrage.csv", "portal.csv"):
        table = files.parent / name
        table.write_text(table.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    region = files.read_text(encoding="utf-8").replace("complete = true", "complete = false")
    files.write_text(region, encoding="utf-8")
    answer = cli("--lang", language, "sync", "--region", files, *(["--dry-run"] if dry_run else []))
    assert answer.code == 4
    last = answer.out.splitlines()[-1]
    assert last.startswith(f"{word}: ")
    assert f"lueckenlos sources preview --region {files} " in last
    found = cli("sync", "--region", files, "--format", "json").json["meta"]
    assert (found["state"], found["exit_code"]) == ("empty", 4)


def test_two_syncs_at_once_are_code_75(cli: Cli, database: str, files: Path) -> None:
    store = open_store(database)
    with only_one(store):
        answer = cli("sync", "--region", files)
    store.close()
    assert (answer.code, "läuft schon ein" in answer.err) == (75, True)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_bars(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with show_progress(Session("de"), 2) as listener:
        listener.source_started("a[bold]b")
        listener.source_done(SourceOutcome("a[bold]b", "ok", Counts(new=3)))
        listener.cells_started()
    assert "a[bold]b: übernommen" in screen.getvalue()


@pytest.mark.parametrize("state", ["ok", "unchanged", "failed", "held"])
@pytest.mark.parametrize("language", ["de", "en"])
def test_every_outcome_has_a_line(state: str, language: str) -> None:
    outcome = SourceOutcome("quelle", state, message="delivery_empty", params={"before": 7})
    line = outcome_line(outcome, Texts(language))
    assert line.startswith("quelle: ")
    assert "7" in line
    assert "\n" not in line
