"""A row whose id belongs to another row than the one people see is refused, never taken for that other."""

from __future__ import annotations

import copy
from pathlib import Path

import openpyxl
import pytest

from tests.cli.annotations.sheets import Exported, Table, bring, column, fill, said, write_table
from tests.cli.conftest import Cli

HIDDEN = ("id", "stamp")


def sorted_without_hidden(table: Table) -> Table:
    """Return a table whose visible columns were turned round while the hidden ones stayed behind."""
    hidden = {column(table, name) for name in HIDDEN}
    return [table[0]] + [
        [here[place] if place in hidden else there[place] for place in range(len(here))]
        for here, there in zip(table[1:], reversed(table[1:]), strict=True)
    ]


def without(table: Table, *headers: str) -> Table:
    gone = {table[0].index(header) for header in headers if header in table[0]}
    return [[cell for place, cell in enumerate(row) if place not in gone] for row in table]


def test_a_sheet_sorted_without_its_hidden_columns_is_refused(cli: Cli, sheet: Exported) -> None:
    path, table = sheet
    fill(table, 1, comment="läuft")
    answer = bring(cli, path, sorted_without_hidden(table))
    assert answer.code == 2
    assert f"Zeile {len(table)}: " in answer.err
    assert "ganze Tabelle sortieren" in answer.err
    assert said(cli) == {}


def test_an_id_copied_from_another_row_is_refused(cli: Cli, sheet: Exported) -> None:
    path, table = sheet
    fill(table, 3, comment="läuft", id=table[1][column(table, "id")])
    answer = bring(cli, path, table)
    assert (answer.code, said(cli)) == (2, {})
    assert "Zeile 4: " in answer.err
    assert "1 Zelle kann" in answer.err


@pytest.mark.parametrize("header", ["OZG", "OZG-ID", "OZG id", "ozg_id"])
def test_the_column_is_known_by_every_header_that_is_written(
    cli: Cli, xlsx: Table, tmp_path: Path, header: str
) -> None:
    xlsx[0][xlsx[0].index("OZG")] = header
    fill(xlsx, 1, comment="läuft")
    answer = bring(cli, tmp_path / "a.xlsx", sorted_without_hidden(xlsx))
    assert (answer.code, said(cli)) == (2, {})
    assert "ganze Tabelle sortieren" in answer.err


@pytest.mark.parametrize(("language", "header"), [("de", "OZG-ID"), ("en", "OZG id")])
def test_the_workbook_of_the_gap_list_is_checked_as_well(
    cli: Cli, tmp_path: Path, language: str, header: str
) -> None:
    path = tmp_path / "a.xlsx"
    assert cli("--lang", language, "gaps", "--area", "Gladbeck", "--format", "xlsx", "--out", path).code == 0
    book = openpyxl.load_workbook(path)
    sheet = next(one for one in book if header in [cell.value for cell in one[1]])
    places = {cell.value: cell.column for cell in sheet[1]}
    comment = next(place for name, place in places.items() if name in {"Kommentar", "comment", "Comment"})
    sheet.cell(2, places[header]).value = sheet.cell(3, places[header]).value
    sheet.cell(2, comment).value = "läuft"
    book.save(path)
    answer = cli("annotations", "import", path)
    assert (answer.code, said(cli)) == (2, {})
    assert "ganze Tabelle sortieren" in answer.err


def test_a_number_typed_as_ozg_id_contradicts_nothing(cli: Cli, xlsx: Table, tmp_path: Path) -> None:
    place = xlsx[0].index("OZG")
    xlsx[1][place] = int(xlsx[1][place])
    xlsx[2][place] = None
    fill(xlsx, 1, comment="läuft")
    fill(xlsx, 2, comment="auch")
    assert bring(cli, tmp_path / "a.xlsx", xlsx).code == 0
    assert len(said(cli)) == 2


def test_without_these_columns_the_id_counts(cli: Cli, sheet: Exported) -> None:
    path, table = sheet
    fill(table, 1, comment="läuft")
    assert bring(cli, path, without(table, "OZG", "Gebiet", "ozg_id", "area", "ars")).code == 0
    assert list(said(cli)) == [table[1][column(table, "id")]]


@pytest.mark.parametrize(("name", "other"), [("area", "Bottrop"), ("ars", "055130000000")])
def test_another_area_than_that_of_the_id_is_refused(
    cli: Cli, exports: dict[str, Table], tmp_path: Path, name: str, other: str
) -> None:
    table = copy.deepcopy(exports[".csv"])
    fill(table, 2, comment="läuft", **{name: other})
    answer = bring(cli, tmp_path / "a.csv", table)
    assert (answer.code, said(cli)) == (2, {})
    assert "Zeile 3: " in answer.err
    assert other in answer.err
    assert "ganze Tabelle sortieren" in answer.err


def test_an_area_key_that_lost_its_zero_contradicts_nothing(
    cli: Cli, exports: dict[str, Table], tmp_path: Path
) -> None:
    table = copy.deepcopy(exports[".csv"])
    fill(table, 1, comment="läuft", ars=str(table[1][column(table, "ars")]).removeprefix("0"))
    fill(table, 2, comment="auch", ars="5,562E+10")
    assert bring(cli, tmp_path / "a.csv", table).code == 0


@pytest.fixture
def by_id(xlsx: Table) -> Table:
    """A table in which only the id says what a row is about."""
    return without(xlsx, "OZG", "Gebiet")


def test_an_id_that_says_two_things_on_one_sheet_is_refused(cli: Cli, by_id: Table, tmp_path: Path) -> None:
    fill(by_id, 1, comment="läuft")
    fill(by_id, 4, unit="FB 3", id=by_id[1][column(by_id, "id")])
    answer = bring(cli, tmp_path / "a.xlsx", by_id)
    assert (answer.code, said(cli)) == (2, {})
    assert "Zeile 5: " in answer.err
    assert "steht schon in Lücken!" in answer.err
    assert "1 Zelle kann" in answer.err


def test_a_row_that_stands_twice_and_says_the_same_is_taken_once(
    cli: Cli, by_id: Table, tmp_path: Path
) -> None:
    fill(by_id, 1, comment="läuft")
    same, untouched = list(by_id[1]), list(by_id[1])
    untouched[column(by_id, "comment")] = None
    assert bring(cli, tmp_path / "a.xlsx", [*by_id, same, untouched]).code == 0
    assert [one[3] for one in said(cli).values()] == ["läuft"]


def test_a_missing_file_is_a_wrong_call(cli: Cli, tmp_path: Path) -> None:
    answer = cli("annotations", "import", tmp_path / "nix.xlsx")
    assert answer.code == 2
    assert "nix.xlsx" in answer.err
    assert "gibt es nicht" in answer.err


def test_an_unknown_word_hides_no_other_error(cli: Cli, exports: dict[str, Table], tmp_path: Path) -> None:
    table = copy.deepcopy(exports[".csv"])
    fill(table, 1, remark="vielleicht", planned_for="bald", unit="x" * 201, comment="anna@stadt.example")
    fill(table, 2, remark="geplant", comment="x" * 2001)
    fill(table, 3, remark="nicht angeboten")
    fill(table, 4, remark="geplannt", id="055620014014:gemeinde:19999", ozg_id="19999")
    fill(table, 5, remark="geplant", planned_for="bald")
    answer = bring(cli, tmp_path / "a.csv", table)
    lines = [line.partition(": ")[0] for line in answer.err.splitlines() if line.startswith("Zeile ")]
    assert lines == [f"Zeile {line}" for line in (2, 2, 2, 2, 3, 3, 4, 5, 5, 6)]
    for message in ("kein Vermerk", "kein Tag", "200 Zeichen", "Mailadresse", "2000 Zeichen", "Termin"):
        assert message in answer.err
    assert "braucht einen Grund" in answer.err
    assert "gibt es nicht" in answer.err
    assert said(cli) == {}


def test_a_cell_that_cannot_be_read_contradicts_no_other_row(cli: Cli, by_id: Table, tmp_path: Path) -> None:
    fill(by_id, 1, planned_for="bald")
    again = list(by_id[1])
    again[column(by_id, "planned_for")] = "01.02.2027"
    answer = cli("annotations", "import", write_table(tmp_path / "a.xlsx", [*by_id, again]))
    assert answer.code == 2
    assert "1 Zelle kann" in answer.err


@pytest.mark.parametrize(
    ("language", "known", "unknown"),
    [("de", "abgedeckt durch oder nichts", "Kommentar"), ("en", "covered by or nothing", "comment")],
)
def test_the_words_that_are_named_are_those_of_the_list(
    cli: Cli, xlsx: Table, tmp_path: Path, language: str, known: str, unknown: str
) -> None:
    fill(xlsx, 1, remark="vielleicht")
    path = write_table(tmp_path / "a.xlsx", xlsx)
    (line,) = cli("--lang", language, "annotations", "import", path).err.splitlines()[1:]
    assert known in line
    assert unknown not in line
