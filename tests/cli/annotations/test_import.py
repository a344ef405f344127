"""What officers write into a sheet comes back as a whole, and nobody's words are lost."""

from __future__ import annotations

import copy
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from tests.cli.annotations.sheets import (
    GERMAN,
    Exported,
    Table,
    add_rows,
    bring,
    column,
    export,
    fill,
    said,
)
from tests.cli.conftest import Cli


def test_a_filled_in_sheet_comes_back(cli: Cli, sheet: Exported) -> None:
    path, table = sheet
    name = table[1][column(table, "id")]
    fill(table, 1, remark="geplant", planned_for=date(2027, 12, 31), unit="FB 3", comment="läuft")
    other = fill(table, 2, remark="Nicht angeboten", comment="=kein Bedarf")[column(table, "id")]
    answer = bring(cli, path, table)
    assert (answer.code, answer.json["meta"]["cells"], answer.json["meta"]["conflicts"]) == (0, 2, [])
    assert said(cli) == {
        name: ("planned", "2027-12-31", "FB 3", "läuft"),
        other: ("not_offered", "", "", "=kein Bedarf"),
    }


def test_a_sheet_that_was_read_changes_nothing_the_second_time(cli: Cli, sheet: Exported) -> None:
    path, table = sheet
    fill(table, 1, planned_for=date(2027, 12, 31), comment="läuft")
    fill(table, 2, remark="abgedeckt durch", comment="Kreis")
    bring(cli, path, table)
    before = cli("annotations", "list", "--format", "json").json["rows"]
    again = bring(cli, path, table)
    assert (again.code, again.json["rows"], again.json["meta"]["cells"]) == (0, [], 0)
    assert cli("annotations", "list", "--format", "json").json["rows"] == before


def test_an_export_that_nobody_touched_changes_nothing(cli: Cli, sheet: Exported, tmp_path: Path) -> None:
    path, table = sheet
    fill(table, 1, planned_for=date(2027, 1, 2), unit="@FB", comment="'Zitat' mit Zeile\nzwei")
    fill(table, 2, remark="nicht angeboten", comment="-5 Stellen")
    bring(cli, path, table)
    again = tmp_path / f"neu{path.suffix}"
    export(cli, again)
    answer = cli("annotations", "import", again, "--format", "json")
    assert (answer.code, answer.json["meta"]["cells"], answer.json["meta"]["conflicts"]) == (0, 0, [])


def test_an_emptied_cell_takes_a_remark_back(cli: Cli, sheet: Exported, tmp_path: Path) -> None:
    path, table = sheet
    fill(table, 1, planned_for=date(2027, 1, 2), unit="FB 3", comment="läuft")
    bring(cli, path, table)
    again = tmp_path / f"neu{path.suffix}"
    table = export(cli, again)
    fill(table, 1, remark=None, planned_for=None, comment=None)
    bring(cli, again, table)
    assert list(said(cli).values()) == [("comment", "", "FB 3", "")]


def test_an_old_sheet_takes_back_nothing_that_was_said_since(cli: Cli, sheet: Exported) -> None:
    path, table = sheet
    ozg_id = str(table[1][column(table, "id")]).rpartition(":")[2]
    cli("annotations", "set", "Gladbeck", ozg_id, "--comment", "neu")
    fill(table, 2, comment="anderes")
    answer = bring(cli, path, table)
    assert answer.json["meta"]["conflicts"] == []
    assert {one[3] for one in said(cli).values()} == {"neu", "anderes"}


def test_different_fields_of_one_cell_come_together(cli: Cli, sheet: Exported) -> None:
    path, table = sheet
    name = str(table[1][column(table, "id")])
    cli("annotations", "set", "Gladbeck", name.rpartition(":")[2], "--unit", "FB 7")
    fill(table, 1, comment="läuft")
    assert bring(cli, path, table).code == 0
    assert said(cli) == {name: ("comment", "", "FB 7", "läuft")}


@pytest.fixture
def contested(cli: Cli, sheet: Exported) -> tuple[str, Path, Table]:
    """A sheet whose first row says something else than what somebody has said since."""
    path, table = sheet
    name = str(table[1][column(table, "id")])
    ozg_id = name.rpartition(":")[2]
    cli("annotations", "set", "Gladbeck", ozg_id, "--covered-by", "Kreis", "--by", "Fachbereich 5")
    fill(table, 1, unit="FB 3", comment="kommt noch")
    fill(table, 2, comment="unstrittig")
    return name, path, table


def test_what_others_changed_meanwhile_is_shown_and_kept(
    cli: Cli, contested: tuple[str, Path, Table]
) -> None:
    name, path, table = contested
    answer = bring(cli, path, table)
    assert answer.code == 3
    (one,) = answer.json["meta"]["conflicts"]
    shown = (one["field"], one["exported"], one["mine"], one["theirs"], one["by"])
    assert shown == ("comment", "", "kommt noch", "Kreis", "Fachbereich 5")
    assert (one["line"], one["ozg_id"]) == (2, name.rpartition(":")[2])
    assert "Fachbereich 5" in answer.err
    assert said(cli)[name] == ("covered_by", "", "", "Kreis")
    assert ("comment", "", "", "unstrittig") in said(cli).values()


@pytest.mark.parametrize(
    ("take", "kept"),
    [("mine", ("covered_by", "", "FB 3", "kommt noch")), ("theirs", ("covered_by", "", "FB 3", "Kreis"))],
)
def test_somebody_has_to_say_whose_word_counts(
    cli: Cli, contested: tuple[str, Path, Table], take: str, kept: tuple[str, ...]
) -> None:
    name, path, table = contested
    answer = bring(cli, path, table, "--take", take)
    assert (answer.code, len(answer.json["meta"]["conflicts"])) == (0, 1)
    assert said(cli)[name] == kept
    assert bring(cli, path, table, "--take", take).json["meta"]["cells"] == 0


def test_a_rehearsal_keeps_nothing(cli: Cli, sheet: Exported) -> None:
    path, table = sheet
    fill(table, 1, comment="läuft")
    answer = bring(cli, path, table, "--dry-run")
    assert (answer.json["meta"]["applied"], len(answer.json["rows"])) == (False, 1)
    assert said(cli) == {}


def two_sheets(path: Path, one: Table, other: Table) -> Path:
    book = openpyxl.Workbook()
    for title, table in (("Lücken", one), ("Vermerke", other)):
        add_rows(book.create_sheet(title), table)
    book.save(path)
    return path


def test_a_cell_may_stand_on_several_sheets(cli: Cli, xlsx: Table, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    one, other = xlsx, copy.deepcopy(xlsx)
    fill(one, 1, comment="läuft")
    fill(other, 1, unit="FB 3")
    assert cli("annotations", "import", two_sheets(path, one, other)).code == 0
    assert list(said(cli).values()) == [("comment", "", "FB 3", "läuft")]


def test_sheets_that_contradict_each_other_are_refused(cli: Cli, xlsx: Table, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    one, other = xlsx, copy.deepcopy(xlsx)
    fill(one, 1, comment="läuft")
    fill(other, 1, comment="läuft nicht")
    answer = cli("annotations", "import", two_sheets(path, one, other))
    assert answer.code == 2
    assert "Vermerke!" in answer.err
    assert "in Lücken!" in answer.err
    assert said(cli) == {}


def test_columns_that_were_deleted_take_nothing_back(cli: Cli, sheet: Exported, tmp_path: Path) -> None:
    path, table = sheet
    fill(table, 1, unit="FB 3", comment="läuft")
    bring(cli, path, table)
    again = tmp_path / f"neu{path.suffix}"
    table = export(cli, again)
    gone = {column(table, name) for name in ("unit", "remark", "planned_for")}
    fill(table, 1, comment="fertig")
    bring(cli, again, [[cell for place, cell in enumerate(row) if place not in gone] for row in table])
    assert list(said(cli).values()) == [("comment", "", "FB 3", "fertig")]


def test_without_its_stamp_a_row_adds_but_overwrites_nothing(cli: Cli, sheet: Exported) -> None:
    path, table = sheet
    ozg_id = str(table[1][column(table, "id")]).rpartition(":")[2]
    cli("annotations", "set", "Gladbeck", ozg_id, "--comment", "steht")
    fill(table, 1, comment="anders", stamp="")
    fill(table, 2, comment="neu", stamp="7-abcdefab")
    answer = bring(cli, path, table)
    assert [one["theirs"] for one in answer.json["meta"]["conflicts"]] == ["steht"]
    assert sorted(one[3] for one in said(cli).values()) == ["neu", "steht"]


def test_the_workbook_of_the_gap_list_comes_back(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    gap, other = (
        row["ozg_id"] for row in cli("gaps", "--area", "Gladbeck", "--format", "json").json["rows"][:2]
    )
    cli("annotations", "set", "Gladbeck", gap, "--planned", "2020-01-31", "--unit", "FB 3")
    assert cli("gaps", "--area", "Gladbeck", "--format", "xlsx", "--out", path).code == 0
    assert cli("annotations", "import", path, "--format", "json").json["meta"]["cells"] == 0
    book = openpyxl.load_workbook(path)
    sheet = book["Lücken"]
    places = {cell.value: cell.column for cell in sheet[1]}
    keys = {sheet.cell(line, places["OZG-ID"]).value: line for line in range(2, sheet.max_row + 1)}
    sheet.cell(keys[gap], places[GERMAN["planned_for"]]).value = None
    sheet.cell(keys[gap], places[GERMAN["remark"]]).value = None
    sheet.cell(keys[other], places[GERMAN["remark"]]).value = "abgedeckt durch"
    sheet.cell(keys[other], places[GERMAN["comment"]]).value = "Kreis"
    book.save(path)
    assert cli("annotations", "import", path).code == 0
    assert set(said(cli).values()) == {("comment", "", "FB 3", ""), ("covered_by", "", "", "Kreis")}
