"""``gaps --format xlsx`` and ``export``: workbooks as files, and back through ``annotations import``."""

from __future__ import annotations

import re
import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from catalogue.reports.workbook import writing
from cli import exits
from tests.cli.conftest import Cli

UMWELT = ("--theme", "Umwelt")
GAPS = "Lücken"


def gap_rows(path: Path, sheet: str = GAPS) -> list[tuple[Any, ...]]:
    return list(load_workbook(path)[sheet].iter_rows(min_row=2, values_only=True))


def test_the_gap_list_is_written_as_a_workbook(cli: Cli, region: str, tmp_path: Path) -> None:
    target = tmp_path / "bottrop.xlsx"
    answer = cli("gaps", "--area", "Bottrop", *UMWELT, "--format", "xlsx", "--out", target)
    assert (answer.code, answer.out, answer.err) == (exits.OK, "", "")
    listed = cli("gaps", "--area", "Bottrop", *UMWELT, "--format", "json").json["rows"]
    assert sorted(row[0] for row in gap_rows(target)) == sorted(row["ozg_id"] for row in listed)


def test_the_suffix_chooses_the_workbook(cli: Cli, region: str, tmp_path: Path) -> None:
    target = tmp_path / "bottrop.XLSX"
    assert cli("gaps", "--area", "Bottrop", *UMWELT, "--out", target).code == exits.OK
    assert target.read_bytes().startswith(b"PK")


def test_a_workbook_can_be_english(cli: Cli, region: str, tmp_path: Path) -> None:
    target = tmp_path / "bottrop.xlsx"
    cli("--lang", "en", "gaps", "--area", "Bottrop", *UMWELT, "--out", target)
    assert load_workbook(target).sheetnames[0] == "Gaps"


def test_a_workbook_goes_into_a_pipe(
    region: str, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    from cli.main import run

    assert run(["gaps", "--area", "Bottrop", *UMWELT, "--format", "xlsx"]) == exits.OK
    target = tmp_path / "piped.xlsx"
    target.write_bytes(capfdbinary.readouterr().out)
    assert gap_rows(target)


def test_a_workbook_is_not_shown_on_a_terminal(
    cli: Cli, region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda self: True, raising=False)
    answer = cli("gaps", "--area", "Bottrop", "--format", "xlsx")
    assert (answer.code, answer.out) == (exits.USAGE, "")
    assert "--out DATEI.xlsx" in answer.err


def test_a_workbook_always_holds_everything(cli: Cli, region: str, tmp_path: Path) -> None:
    answer = cli("gaps", "--out", tmp_path / "x.xlsx", "--limit", "10")
    assert answer.code == exits.USAGE
    assert "--limit" in answer.err
    assert list(tmp_path.iterdir()) == []


def test_other_commands_know_no_workbooks(cli: Cli, region: str, tmp_path: Path) -> None:
    answer = cli("coverage", "--out", tmp_path / "x.xlsx")
    assert answer.code == exits.USAGE
    assert "table, csv, json" in answer.err


def test_what_does_not_exist_is_refused_before_a_file_appears(cli: Cli, region: str, tmp_path: Path) -> None:
    answer = cli("gaps", "--area", "Nirgendwo", "--out", tmp_path / "x.xlsx")
    assert answer.code == exits.USAGE
    assert list(tmp_path.iterdir()) == []


def test_export_writes_a_workbook_for_each_area_and_the_region(cli: Cli, region: str, tmp_path: Path) -> None:
    folder = tmp_path / "neu" / "mappen"
    answer = cli("export", "--all", "--out", folder)
    assert (answer.code, answer.out) == (exits.OK, "")
    assert sorted(path.name for path in folder.iterdir()) == [
        "bottrop-gemeinde-055120000000.xlsx",
        "gladbeck-gemeinde-055620014014.xlsx",
        "recklinghausen-gemeinde-055620032032.xlsx",
        "recklinghausen-kreis-055620000000.xlsx",
        "region-probenregion.xlsx",
    ]
    said = answer.err.splitlines()
    assert [line.partition(" ")[0] for line in said[:5]] == ["1/5", "2/5", "3/5", "4/5", "5/5"]
    assert said[-1].startswith("5 Arbeitsmappen in ")


def test_export_says_how_much_of_what_is_unclear_coverage_counts(
    cli: Cli, region: str, tmp_path: Path
) -> None:
    said = cli("export", "--all", "--out", tmp_path / "m").err.splitlines()[-2]
    unclear, unknown, unresolved = map(int, re.findall(r"([0-9]+) (?:unklar|unbekannt|mit ungekl)", said))
    assert unclear == unknown + unresolved
    assert unknown == cli("coverage", "--format", "json").json["rows"][-1]["unknown"] > 0


def test_export_writes_the_areas_that_are_named(cli: Cli, region: str, tmp_path: Path) -> None:
    assert cli("export", "--area", "Gladbeck", "--out", tmp_path).code == exits.OK
    assert [path.name for path in tmp_path.iterdir()] == ["gladbeck-gemeinde-055620014014.xlsx"]


@pytest.mark.parametrize(
    "options", [[], ["--all", "--area", "Gladbeck"], ["--all", "--level", "gemeinde"]], ids=" ".join
)
def test_export_has_to_know_what_to_write(cli: Cli, region: str, tmp_path: Path, options: list[str]) -> None:
    answer = cli("export", *options, "--out", tmp_path / "mappen")
    assert answer.code == exits.USAGE
    assert not (tmp_path / "mappen").exists()


def test_export_names_files_of_areas_that_are_gone_and_leaves_them(
    cli: Cli, region: str, tmp_path: Path
) -> None:
    left = tmp_path / "aldorf-gemeinde-059990000000.xlsx"
    other = tmp_path / "notizen.xlsx"
    for path in (left, other):
        path.write_bytes(b"x")
    answer = cli("export", "--all", "--out", tmp_path)
    assert left.name in answer.err
    assert other.name not in answer.err
    assert (left.read_bytes(), other.read_bytes()) == (b"x", b"x")


def test_export_replaces_nothing_unless_everything_is_complete(
    cli: Cli, region: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "bottrop-gemeinde-055120000000.xlsx"
    old.write_bytes(b"old")
    real = writing.file_name

    def breaking(place: Any) -> str:
        if place.name == "Recklinghausen":
            raise OSError(28, "No space left on device")
        return real(place)

    monkeypatch.setattr(writing, "file_name", breaking)
    answer = cli("export", "--all", "--out", tmp_path)
    assert answer.code == exits.FAILED
    assert "Fehler:" in answer.err
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [(old.name, b"old")]


def test_export_does_not_write_over_a_file(cli: Cli, region: str, tmp_path: Path) -> None:
    target = tmp_path / "mappen"
    target.write_text("x")
    answer = cli("export", "--all", "--out", target)
    assert answer.code == exits.USAGE
    assert target.read_text() == "x"


@pytest.fixture
def synced_copy(synced_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let the command line work with a copy of the synced sample region."""
    original = Path(synced_database.removeprefix("sqlite:///"))
    copy = tmp_path / "copy.sqlite"
    with sqlite3.connect(original) as old, sqlite3.connect(copy) as new:
        old.backup(new)
    old.close()
    new.close()
    monkeypatch.setenv("LUECKENLOS_DB", f"sqlite:///{copy}")
    return str(copy)


@pytest.fixture
def filled_in(cli: Cli, synced_copy: str, tmp_path: Path) -> Path:
    """A workbook of Bottrop in which an officer has filled in the first row."""
    target = tmp_path / "bottrop.xlsx"
    assert cli("gaps", "--area", "Bottrop", *UMWELT, "--out", target).code == exits.OK
    return target


def fill_in(path: Path, row: int, **said: object) -> str:
    """Write into columns of a row, by their headers; return the service of the row."""
    book = load_workbook(path)
    sheet = book[GAPS]
    places = {cell.value: cell.column for cell in sheet[1]}
    headers = {"remark": "Vermerk", "day": "geplant bis", "unit": "zuständige Stelle", "comment": "Kommentar"}
    for name, value in said.items():
        sheet.cell(row, places[headers[name]]).value = value
    service = sheet.cell(row, places["OZG-ID"]).value
    book.save(path)
    return str(service)


def test_a_workbook_nobody_filled_in_says_nothing_new(cli: Cli, filled_in: Path) -> None:
    answer = cli("annotations", "import", filled_in, "--by", "amt", "--format", "json")
    assert answer.code == exits.OK
    assert answer.json["rows"] == []


def test_what_is_filled_in_comes_back_and_stands_in_the_next_workbook(
    cli: Cli, filled_in: Path, tmp_path: Path
) -> None:
    service = fill_in(
        filled_in, 2, remark="geplant", day="31.12.2031", unit="Amt 32", comment="-1 ist hier Text"
    )
    answer = cli("annotations", "import", filled_in, "--by", "amt", "--format", "json")
    assert answer.code == exits.OK, answer.err
    again = tmp_path / "again.xlsx"
    cli("gaps", "--area", "Bottrop", *UMWELT, "--out", again)
    (row,) = [row for row in gap_rows(again) if row[0] == service]
    assert {"geplant", "Amt 32", "-1 ist hier Text"} <= set(row)
    (remark,) = gap_rows(again, "Vermerke")
    assert remark[0] == service
    # The same file says nothing new, nor does the new one.
    for path in (filled_in, again):
        assert cli("annotations", "import", path, "--by", "amt", "--format", "json").json["rows"] == []


@pytest.fixture
def told_on(cli: Cli, synced_copy: str) -> str:
    """The region with a remark by an account, and a source that failed with a host in its message."""
    (gap, *_) = cli("gaps", "--area", "Bottrop", *UMWELT, "--format", "json").json["rows"]
    said = cli("annotations", "set", "Bottrop", gap["ozg_id"], "--comment", "Amt 32", "--by", "m.beispiel")
    assert said.code == exits.OK, said.err
    with sqlite3.connect(synced_copy) as connection:
        connection.execute(
            "update source_run set message = 'http_status', params = ?",
            ('{"url": "https://intern.example/export", "status": 500}',),
        )
    connection.close()
    return synced_copy


def texts_of(path: Path) -> str:
    """Return everything that stands in the cells of a workbook."""
    book = load_workbook(path)
    return "\n".join(str(value) for sheet in book for row in sheet.values for value in row if value)


def test_a_published_workbook_says_neither_who_remarked_nor_what_failed_where(
    cli: Cli, told_on: str, tmp_path: Path
) -> None:
    choice = ("--area", "Bottrop", *UMWELT)
    assert cli("gaps", *choice, "--out", tmp_path / "internal.xlsx").code == exits.OK
    assert cli("report", *choice, "--workbooks", "--out", tmp_path / "seite").code == exits.OK
    (published,) = (tmp_path / "seite" / "arbeitsmappen").iterdir()
    internal, public = texts_of(tmp_path / "internal.xlsx"), texts_of(published)
    for secret in ("m.beispiel", "intern.example"):
        assert secret in internal
        assert secret not in public
    assert "Amt 32" in public


@pytest.mark.parametrize("published", [False, True], ids=["gaps", "report"])
def test_a_workbook_names_the_program_and_no_place_on_this_machine(
    cli: Cli, synced_copy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, published: bool
) -> None:
    program = tmp_path / "venv" / "lueckenlos"
    program.parent.mkdir()
    program.touch()
    monkeypatch.setattr(sys, "argv", [str(program)])
    monkeypatch.delenv("LUECKENLOS_DB")
    target = tmp_path / "bottrop.xlsx"
    how = ("report", "--workbooks", "--out", tmp_path / "seite") if published else ("gaps", "--out", target)
    answer = cli("--db", f"sqlite:///{synced_copy}", *how, "--area", "Bottrop", *UMWELT)
    assert answer.code == exits.OK, answer.err
    if published:
        (target,) = (tmp_path / "seite" / "arbeitsmappen").iterdir()
    said = texts_of(target)
    assert "„lueckenlos annotations import DATEI“" in said
    assert str(tmp_path) not in said
