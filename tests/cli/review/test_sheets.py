"""Decisions by sheet: written as XLSX or CSV, filled in, and read back as a whole."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from tests.cli.conftest import Cli
from tests.cli.review.asking import DOGS, DOGS_RECORD, FORMULA, WASTE, rows, state_of

Sheet = Callable[..., Path]


@pytest.fixture(params=[".xlsx", ".csv"])
def sheet(request: pytest.FixtureRequest, cli: Cli, tmp_path: Path) -> Sheet:
    """Exports everything, fills in what a test wants, and turns the order of rows round."""

    def fill(*states: str, **decisions: dict[str, str]) -> Path:
        path = tmp_path / f"sheet{request.param}"
        options = [part for state in states or ("review",) for part in ("--state", state)]
        assert cli("review", "export", "--out", str(path), *options).code == 0
        names, *table = read_sheet(path)
        for values in table:
            title = values[names.index("title")].lstrip("'")
            for column, value in decisions.get(title.split()[0].lower().strip("="), {}).items():
                values[names.index(column)] = value
        write_sheet(path, [names, *reversed(table)])
        return path

    return fill


def read_sheet(path: Path) -> list[list[str]]:
    if path.suffix == ".csv":
        text = path.read_text(encoding="utf-8-sig")
        return list(csv.reader(io.StringIO(text), delimiter=";"))
    book = openpyxl.load_workbook(path)
    return [
        ["" if cell.value is None else str(cell.value) for cell in row] for row in book.worksheets[0].rows
    ]


def write_sheet(path: Path, table: list[list[str]]) -> None:
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8-sig", newline="") as stream:
            csv.writer(stream, delimiter=";").writerows(table)
        return
    book = openpyxl.Workbook()
    for row in table:
        book.worksheets[0].append([f"'{value}" if value.startswith("=") else value for value in row])
    book.save(path)


def test_a_sheet_comes_back_whatever_the_order_of_its_rows(cli: Cli, sheet: Sheet) -> None:
    path = sheet(
        hunde={"decision": "accepted", "reason": "gefragt"},
        müll={"decision": "keine Leistung"},
        **{"cmd|'/c": {"decision": "rejected", "services": WASTE}},
    )
    answer = cli("review", "import", str(path), "--format", "json")
    assert answer.code == 0
    assert (answer.json["meta"]["decisions"], answer.json["meta"]["conflicts"]) == (4, [])
    assert state_of(cli, DOGS_RECORD) == ("accepted", [DOGS])
    assert state_of(cli, "amt:hunde und mehr") == ("accepted", [DOGS])
    assert state_of(cli, "amt:müll")[0] == "no_service"
    (row,) = rows(cli)
    assert (row["record"], row["ozg_id"]) == (f"portal:{FORMULA.lower()}", DOGS)


def test_a_sheet_that_was_read_changes_nothing_the_second_time(cli: Cli, sheet: Sheet) -> None:
    path = sheet(hunde={"decision": "accepted"})
    cli("review", "import", str(path))
    again = cli("review", "import", str(path), "--format", "json").json["meta"]
    assert (again["unchanged"], again["conflicts"], again["cells_changed"]) == (2, [], 0)


def test_what_somebody_else_decided_meanwhile_is_shown_and_kept(cli: Cli, sheet: Sheet) -> None:
    path = sheet(hunde={"decision": "accepted"})
    cli("review", "reject", DOGS_RECORD, "--no-service", "--by", "B. Beispiel")
    answer = cli("review", "import", str(path))
    assert answer.code == 3
    assert "B. Beispiel" in answer.err
    assert state_of(cli, DOGS_RECORD)[0] == "no_service"
    assert state_of(cli, "amt:hunde und mehr") == ("accepted", [DOGS])


def test_with_one_wrong_row_nothing_is_changed(cli: Cli, sheet: Sheet) -> None:
    path = sheet(hunde={"decision": "accepted"}, müll={"decision": "accepted", "services": "99999"})
    before = rows(cli)
    names, *table = read_sheet(path)
    line = 2 + next(place for place, row in enumerate(table) if row[names.index("title")] == "Müll")
    answer = cli("review", "import", str(path))
    assert answer.code == 2
    assert f"Zeile {line}:" in answer.err
    assert rows(cli) == before


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"decision": "vielleicht"}, "keine Entscheidung"),
        ({"services": WASTE}, "keine Entscheidung"),
        ({"decision": "no_service", "services": WASTE}, "keine Leistung"),
        ({"decision": "accepted", "applies_to": "alles"}, "applies_to"),
        ({"decision": "accepted", "record": "amt:gibt es nicht"}, "hat keinen Datensatz"),
        ({"decision": "accepted", "record": ""}, "Kennung"),
        ({"decision": "accepted", "reason": "x" * 2001}, "2000"),
        ({"decision": "accepted", "record": DOGS_RECORD}, "schon in Zeile"),
    ],
)
def test_errors_of_a_sheet_are_told_by_line(
    cli: Cli, sheet: Sheet, values: dict[str, str], said: str
) -> None:
    path = sheet(müll=values, hunde={"decision": "accepted"})
    answer = cli("review", "import", str(path))
    assert answer.code == 2
    assert "es wurde nichts geändert" in answer.err
    assert "Zeile" in answer.err
    assert said in answer.err


def test_a_sheet_can_decide_for_all_similar_titles_after_a_look(cli: Cli, sheet: Sheet) -> None:
    path = sheet(hunde={"decision": "accepted", "applies_to": "gleicher Titel überall"})
    assert "Nichts geändert" in cli("review", "import", str(path)).out
    assert state_of(cli, DOGS_RECORD)[0] == "review"
    assert cli("review", "import", str(path), "--yes").code == 0
    assert state_of(cli, DOGS_RECORD) == ("accepted", [DOGS])


def test_a_decision_can_be_taken_back_in_a_sheet(cli: Cli, sheet: Sheet) -> None:
    cli("review", "accept", DOGS_RECORD)
    path = sheet("accepted", hunde={"decision": "zurückgenommen"})
    assert cli("review", "import", str(path)).code == 0
    assert state_of(cli, DOGS_RECORD)[0] == "review"


def test_a_sheet_that_is_not_there_is_named(cli: Cli, tmp_path: Path) -> None:
    answer = cli("review", "import", tmp_path / "absent.csv", "--by", "x")
    assert (answer.code, answer.out) == (2, "")
    assert "absent.csv" in answer.err


def test_a_sheet_without_its_columns_is_refused(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("record;decision\nportal:x;accepted\n", encoding="utf-8")
    answer = cli("review", "import", str(tmp_path / "a.csv"))
    assert answer.code == 2
    assert "services" in answer.err


def test_no_cell_of_a_workbook_is_a_formula_or_a_number_that_is_a_key(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    cli("review", "export", "--out", str(path))
    book = openpyxl.load_workbook(path)
    names = [cell.value for cell in next(iter(book.worksheets[0].rows))]
    cells = [cell for row in list(book.worksheets[0].rows)[1:] for cell in row]
    assert any(cell.value == FORMULA for cell in cells)
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr", "n"}  # an empty cell is an n
    figures = {names[cell.column - 1] for cell in cells if isinstance(cell.value, int)}
    assert figures <= {"accept_cells", "reject_cells", "release_cells", "areas", "similar"}
    assert all(cell.quotePrefix for cell in cells if cell.value == FORMULA)
