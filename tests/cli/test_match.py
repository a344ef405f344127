"""``lueckenlos match``: a list of titles in, decisions in its order out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cli import exits
from cli.match import read_titles
from tests.cli.conftest import Cli

KEYS = ["decision", "ozg_ids", "lo_keys", "lov_keys", "score", "candidates", "reasons"]


@pytest.fixture
def titles(tmp_path: Path) -> Path:
    path = tmp_path / "titles.csv"
    path.write_text(
        "title,unit,snippet,url\nHund anmelden,,,\nStandesamt,,,\nWahlen,Wahlamt,,\n", encoding="utf-8"
    )
    return path


def test_json_is_an_array_in_the_order_of_the_rows(cli: Cli, titles: Path) -> None:
    answer = cli("match", "--input", titles, "--format", "json")
    assert answer.code == exits.OK
    assert [list(row) for row in answer.json] == [KEYS] * 3
    assert [row["decision"] for row in answer.json] == ["accepted", "no_service", "review"]
    assert answer.json[0]["ozg_ids"] == ["10160"]
    assert list(answer.json[0]["candidates"][0]) == ["ozg_id", "lo_key", "name", "score"]
    assert "Anmeldung eines Hundes" in answer.json[0]["reasons"][0]


def test_the_table_says_in_words_what_was_decided(cli: Cli, titles: Path) -> None:
    shown = cli("match", "--input", titles).out
    assert "zugeordnet" in shown
    assert "10160 Hundehaltung" in shown
    assert "zu prüfen: 1" in shown


def test_csv_and_files_are_written_as_everywhere(cli: Cli, titles: Path, tmp_path: Path) -> None:
    cli("match", "--input", titles, "--out", tmp_path / "found.csv")
    assert (
        (tmp_path / "found.csv")
        .read_text(encoding="utf-8-sig")
        .splitlines()[0]
        .startswith("title;decision;ozg_ids")
    )
    cli("match", "--input", titles, "--out", tmp_path / "found.json")
    assert len(json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))) == 3


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_delimiter_and_encoding_are_found_out(tmp_path: Path, delimiter: str, encoding: str) -> None:
    path = tmp_path / "titles.csv"
    path.write_text(
        delimiter.join(["title", "unit"]) + "\n" + delimiter.join(["Müll", "Büro"]) + "\n", encoding
    )
    assert [(row.title, row.unit) for row in read_titles(path)] == [("Müll", "Büro")]


def test_a_single_column_of_titles_is_enough(tmp_path: Path) -> None:
    path = tmp_path / "titles.csv"
    path.write_text("Titel\nPersonalausweis\n", encoding="utf-8")
    assert [row.title for row in read_titles(path)] == ["Personalausweis"]


def test_errors_name_their_rows_and_nothing_is_matched(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "titles.csv"
    path.write_text("title,unit\n,Steueramt\nHund,a,b\nWohngeld,\n", encoding="utf-8")
    answer = cli("match", "--input", path, "--format", "json")
    assert (answer.code, answer.out) == (exits.USAGE, "")
    assert "Zeile 2: Der Titel fehlt." in answer.err
    assert "Zeile 3:" in answer.err


@pytest.mark.parametrize(
    ("content", "said"),
    [("", "leer"), ("unit,url\nx,y\n", "title fehlt"), ("title\n" + "x" * 30_000 + "\n", "20000 Zeichen")],
)
def test_a_file_that_cannot_be_meant_is_refused(cli: Cli, tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "titles.csv"
    path.write_text(content, encoding="utf-8")
    answer = cli("match", "--input", path)
    assert answer.code == exits.USAGE
    assert said in answer.err


def test_a_file_that_is_not_there_is_named(cli: Cli, tmp_path: Path) -> None:
    answer = cli("match", "--input", tmp_path / "absent.csv")
    assert answer.code == exits.USAGE
    assert "absent.csv" in answer.err


def test_keys_in_the_list_are_checked_against_the_title(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "titles.csv"
    path.write_text("title,keys\nKfz-Zulassung,99050001000000\n", encoding="utf-8")
    (row,) = cli("match", "--input", path, "--format", "json").json
    assert row["decision"] == "review"
    assert "99050001000000" in row["reasons"][0]


def test_no_other_command_pays_for_the_matchers_libraries() -> None:
    code = (
        "import sys, cli.app; cli.app.build(); "
        "print([one for one in sys.modules if one.startswith(('rapidfuzz', 'snowballstemmer'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
