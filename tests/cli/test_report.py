from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.cli.conftest import Cli
from tests.cli.test_process import environment
from tests.waiting import has_ended, until

SMALL = ("--area", "Gladbeck", "--theme", "Recht & Ordnung")


@pytest.mark.usefixtures("region")
def test_the_site_is_written_and_the_way_to_it_named(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "seite"
    answer = cli("report", "--out", folder, *SMALL, "--base-title", "Unsere Region")
    assert (answer.code, answer.out) == (0, "")
    assert "1 Gebiet, 15 Leistungen" in answer.err
    assert f"Zum Ansehen im Browser öffnen: {folder / 'index.html'}" in answer.err
    assert "Unsere Region" in (folder / "index.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("region")
def test_progress_is_told(cli: Cli, tmp_path: Path) -> None:
    said = cli("report", "--out", tmp_path / "seite", *SMALL).err.splitlines()
    assert said[0] == "2 von 16 Seiten für Gebiete und Leistungen geschrieben"
    assert "16 von 16 Seiten für Gebiete und Leistungen geschrieben" in said


@pytest.mark.usefixtures("region")
def test_workbooks_lie_in_the_site(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "seite"
    assert cli("report", "--out", folder, *SMALL, "--workbooks").code == 0
    (book,) = (folder / "arbeitsmappen").iterdir()
    page = (folder / "gebiete" / "gemeinde-055620014014.html").read_text(encoding="utf-8")
    assert f'href="../arbeitsmappen/{book.name}"' in page


@pytest.mark.usefixtures("region")
def test_the_english_site_has_no_german_frame(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    assert cli("report", "--lang", "en", "--out", folder, *SMALL).code == 0
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert '<html lang="en">' in page
    assert "Skip to the content" in page


@pytest.mark.usefixtures("region")
def test_a_folder_of_somebody_else_stays(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "diplom.txt").write_text("wichtig", encoding="utf-8")
    answer = cli("report", "--out", tmp_path, *SMALL)
    assert answer.code == 2
    assert "nicht von „lueckenlos" in answer.err
    assert [path.name for path in tmp_path.iterdir()] == ["diplom.txt"]


@pytest.mark.usefixtures("region")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--area", "Atlantis"), "Atlantis"),
        (("--processes", "viele"), "viele"),
        (("--processes", "0"), "„0“"),
        (("--processes", "65"), "64"),
        (("--as-of", "gestern"), "gestern"),
        (("--as-of", "2001-01-01"), "2001"),
        (("--theme", "Atlantis"), "Atlantis"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_nothing_is_left(
    cli: Cli, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    answer = cli("report", "--out", tmp_path / "seite", *arguments)
    assert answer.code == 2
    assert said in answer.err
    assert "Traceback" not in answer.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("region")
def test_a_place_where_no_folder_can_be_is_named(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "datei").write_text("x", encoding="utf-8")
    answer = cli("report", "--out", tmp_path / "datei" / "seite", *SMALL)
    assert answer.code != 0
    assert "Nächster Schritt" in answer.err
    assert "Traceback" not in answer.err


#: ``report`` with two processes beside its own, which is killed when the first of them has done something.
KILLED = """
import multiprocessing, os, sys
import cli.report
from catalogue.reports.page import site
from cli.main import main

def die(*_):
    print(*(one.pid for one in multiprocessing.active_children()), flush=True)
    os.kill(os.getpid(), 9)

site.FEW_AREAS = 1
cli.report._Lines.__call__ = die
main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind are POSIX's")
def test_who_writes_pages_for_a_report_that_is_killed_ends_with_it(
    synced_database: str, tmp_path: Path
) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, "report", "--processes", "2", "--out", str(tmp_path / "seite")],
        env=environment(synced_database),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert killed.returncode == -9
    writers = list(map(int, killed.stdout.split()))
    assert len(writers) == 2
    until(lambda: all(has_ended(psutil.Process(pid)) for pid in writers if psutil.pid_exists(pid)))
