"""``lueckenlos demo`` as people call it."""

from __future__ import annotations

import csv
import json
import os
import re
import sys
from pathlib import Path
from subprocess import CompletedProcess, run

import pytest

from cli.demo import command
from cli.demo.check import Check, Difference
from cli.demo.folder import DemoFolder
from cli.demo.generator import night_folder
from cli.demo.hints import program
from cli.demo.play import NightResult, Play
from cli.demo.server import DemoServer
from cli.demo.sources import SOURCES
from cli.demo.truthfile import INVENTED
from cli.main import run as main_run
from sync.report import RunReport
from tests.cli.demo.support import STORIES, Generated, answer, contents_of


def run_demo(folder: Path, *arguments: str, env: dict[str, str] | None = None) -> CompletedProcess[str]:
    program = "import sys; from cli.main import main; sys.argv[0] = 'lueckenlos'; sys.exit(main())"
    settings = {name: value for name, value in os.environ.items() if not name.startswith("LUECKENLOS")}
    return run(
        [sys.executable, "-c", program, *arguments],
        cwd=folder,
        env={**settings, "COLUMNS": "200", **(env or {})},
        capture_output=True,
        encoding="utf-8",
        timeout=100,
        check=False,
    )


@pytest.fixture(scope="module")
def called(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, CompletedProcess[str]]:
    """An empty folder in which the demo was called, and what it said."""
    folder = tmp_path_factory.mktemp("empty")
    return folder, run_demo(folder, "demo")


Called = tuple[Path, CompletedProcess[str]]


def test_the_demo_runs_in_an_empty_folder_and_all_cells_agree(called: Called) -> None:
    _, done = called

    assert done.returncode == 0, done.stderr
    assert "14 Gebiete × 557 Leistungen = 7.798 Zellen geprüft, 0 Abweichungen" in done.stdout


def test_the_demo_says_first_that_its_offers_are_invented(called: Called) -> None:
    folder, done = called

    assert done.stdout.strip().splitlines()[0] == INVENTED
    assert INVENTED in (folder / "demo-out" / "LIESMICH.txt").read_text(encoding="utf-8")


def test_the_demo_writes_the_same_bytes_in_another_process(called: Called, generated: Generated) -> None:
    folder, _ = called

    written = contents_of(night_folder(folder / "demo-out" / "lieferungen", 1))

    assert written == contents_of(night_folder(generated.folder, 1))


def test_the_demo_tells_which_source_failed_and_why(called: Called) -> None:
    _, done = called

    assert re.search(r"^  herne: .*503", done.stdout, re.MULTILINE)


def test_the_demo_says_which_kinds_of_sources_it_has(called: Called) -> None:
    _, done = called

    assert "Quellen: 13 × XZuFi, 1 × Liste, 1 × Bereitstelldienst, 1 × PVOG" in done.stdout
    assert "14 × Website, 1 × zweite Meinung." in done.stdout
    assert re.search(r"\d+ Widersprüche zur zweiten Meinung gemeldet", done.stdout)


def test_the_demo_writes_the_gap_list(called: Called) -> None:
    folder, _ = called

    written = json.loads((folder / "demo-out" / "luecken.json").read_text(encoding="utf-8"))
    with (folder / "demo-out" / "luecken.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))

    assert written["meta"]["note"] == INVENTED
    assert [row["ozg_id"] for row in rows] == [row["ozg_id"] for row in written["rows"]]
    assert {row["status"] for row in rows} == {"missing", "described", "form"}
    assert "059160000000" not in {row["ars"] for row in rows}


def test_what_the_demo_proposes_works(
    called: Called, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, done = called
    proposed = [line.split() for line in done.stdout.splitlines() if line.startswith("  lueckenlos --db")]

    assert {arguments[3] for arguments in proposed} == {"explain", "gaps", "coverage", "crosscheck"}
    monkeypatch.chdir(folder)
    for arguments in proposed:
        assert main_run(arguments[1:]) == 0, capfdbinary.readouterr().err.decode()
        assert capfdbinary.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--nights", "4"], "1, 2 oder 3"),
        (["--nights", "two"], "1, 2 oder 3"),
        (["--port", "99999"], "65535"),
        (["--out", "."], "nicht leer"),
        (["--out", "mine.txt"], "kein Ordner"),
    ],
)
def test_wrong_calls_end_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str, chdir: None
) -> None:
    Path("mine.txt").write_text("mine", encoding="utf-8")

    code = main_run(["demo", *arguments])

    assert code == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert said in line


@pytest.fixture
def chdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)


def test_a_port_that_is_taken_leaves_an_earlier_demo_alone(
    server: DemoServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = DemoFolder(tmp_path / "demo-out")
    with folder.claimed():
        folder.gaps_csv.write_text("old", encoding="utf-8")
    port = server.url.rpartition(":")[2].rstrip("/")

    code = main_run(["demo", "--out", str(folder.path), "--port", port])

    assert code == 2
    assert port in capsys.readouterr().err
    assert folder.gaps_csv.read_text(encoding="utf-8") == "old"


def test_a_demo_whose_cells_disagree_says_so(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Difference("055130000000", "10110", "Abfallentsorgung", "status", "online", "missing")
    gone = Difference("055130000000", "10111", "", "", "True", "False")
    found = Check(14, 557, 7798, [gone, *[one] * 11])
    report = RunReport(1, "", "", dry_run=False, sources=[], cells_new=7798, cells_changed=0)
    monkeypatch.setattr(Play, "prepare", lambda *_: None)
    monkeypatch.setattr(Play, "night", lambda *_: NightResult(1, report, 0.1, found))
    monkeypatch.setattr(command, "_finish", lambda *_: None)

    code = main_run(["demo", "--out", str(tmp_path / "demo-out")])

    said = capfdbinary.readouterr().out.decode()
    assert code == 1
    assert "12 Abweichungen" in said
    assert "10110 Abfallentsorgung: status ist „missing“, muss aber „online“ sein" in said
    assert "10111: Diese Zelle fehlt" in said
    assert "… und 2 weitere." in said


def test_the_server_goes_on_until_it_is_interrupted(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(self: DemoServer) -> None:
        assert answer(self, "/marl/lieferung.xml")[0] == 200
        raise KeyboardInterrupt

    monkeypatch.setattr(DemoServer, "wait", interrupt)
    options = ["--keep-serving", "--lang", "en"]

    code = main_run(["demo", "--out", str(tmp_path / "demo-out"), *options])

    said = capfdbinary.readouterr().out.decode()
    assert code == 0
    assert said.strip().startswith("All offers of this demo are invented.")
    assert "7,798 cells checked, 0 differences" in said
    assert re.search("^  herne: .*503", said, re.MULTILINE)
    assert re.search("^  lueckenlos --db .* sync --region .*demo.toml$", said, re.MULTILINE)


def test_commands_are_proposed_as_the_program_was_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / ".venv" / "bin" / "lueckenlos"
    installed.parent.mkdir(parents=True)
    installed.write_text("#!/bin/sh\n", encoding="utf-8")
    installed.chmod(0o755)
    monkeypatch.chdir(tmp_path)

    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(sys, "argv", [str(installed)])
    assert program() == str(Path(".venv") / "bin" / "lueckenlos")

    monkeypatch.setenv("PATH", str(installed.parent))
    assert program() == "lueckenlos"

    monkeypatch.setattr(sys, "argv", ["pytest"])
    assert program() == "lueckenlos"


def test_the_manual_knows_every_story_and_source() -> None:
    manual = (Path(__file__).parents[3] / "docs" / "demo.md").read_text(encoding="utf-8")

    for word in (*STORIES, *(spec.id for spec in SOURCES)):
        assert f"`{word}`" in manual
