"""Sheets are read however people rearranged, saved and typed them."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.cli.annotations.sheets import (
    Table,
    add_rows,
    bring,
    column,
    export,
    fill,
    read_table,
    said,
    write_table,
)
from tests.cli.conftest import Cli

ROWS = st.lists(
    st.tuples(
        st.sampled_from(["", "geplant", "nicht angeboten", "abgedeckt durch", "Kommentar"]),
        st.sampled_from([None, date(2026, 2, 28), date(2027, 12, 31)]),
        st.sampled_from(["", "FB 3", "=1+1"]),
        st.sampled_from(["", "läuft", "@SUM(A1)", "zwei\nZeilen", 'a;b,"c"\t|', "'wörtlich'"]),
    ),
    min_size=1,
    max_size=6,
)


def text_of(cell: str) -> str:
    """Return what a cell of a text says, without the apostrophe before a formula; a comment is no kind."""
    if cell == "comment":
        return ""
    return cell[1:] if cell.startswith(("'=", "'@", "'-", "'+")) else cell


@settings(
    max_examples=15,
    phases=(
        Phase.reuse,
        Phase.generate,
    ),  # each example reads a file: searching for a smaller one takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    rows=ROWS,
    chance=st.randoms(use_true_random=False),
    form=st.sampled_from(["xlsx", "utf-8", "cp1252", ","]),
)
def test_rows_are_recognised_however_the_sheet_was_rearranged(
    cli: Cli, remarked: Table, tmp_path: Path, rows: list[tuple[Any, ...]], chance: random.Random, form: str
) -> None:
    table = copy.deepcopy(remarked)
    expected = {}
    for line, (word, day, unit, comment) in enumerate(rows, start=1):
        kind = KINDS.get(word, "")
        if (kind == "planned" and not day) or (kind in {"not_offered", "covered_by"} and not comment):
            continue
        before = [text_of(cell) for cell in table[line][column(table, "remark") :][:4]]
        row = fill(table, line, remark=word, planned_for=day, unit=unit, comment=comment)
        kept = (
            kind or "planned" * bool(day),
            day.isoformat() if day else "",
            unit,
            comment.replace("\t", " "),
        )
        names = ("remark", "planned_for", "unit", "comment")
        for name, old, new in zip(names, before, kept, strict=True):
            if old != new:
                expected[row[column(table, "ozg_id")], name] = new
    path = tmp_path / f"a.{'xlsx' if form == 'xlsx' else 'csv'}"
    write_table(path, rearranged(table, chance, len(rows)), **FORMS[form])
    answer = cli("annotations", "import", path, "--dry-run", "--format", "json")
    assert (answer.code, answer.json["meta"]["conflicts"]) == (0, [])
    assert {(row["ozg_id"], row["field"]): row["after"] for row in answer.json["rows"]} == expected


@pytest.fixture
def remarked(cli: Cli, xlsx: Table, tmp_path: Path) -> Table:
    """An export in which some rows have remarks already, as a text: kinds are codes and days ISO."""
    fill(xlsx, 1, remark="nicht angeboten", comment="zwei\nZeilen")
    fill(xlsx, 3, planned_for=date(2026, 2, 28), unit="=1+1")
    fill(xlsx, 5, comment="läuft")
    assert cli("annotations", "import", write_table(tmp_path / "vorher.xlsx", xlsx)).code == 0
    return [row[:] for row in export(cli, tmp_path / "vorher.csv")[:13]]


KINDS = {"geplant": "planned", "nicht angeboten": "not_offered", "abgedeckt durch": "covered_by"}
FORMS: dict[str, dict[str, str]] = {
    "xlsx": {},
    "utf-8": {"encoding": "utf-8"},
    "cp1252": {"encoding": "cp1252"},
    ",": {"delimiter": ","},
}


def rearranged(table: Table, chance: random.Random, keep: int) -> Table:
    """Return a table with its rows sorted anew, some of them deleted, and columns moved and added."""
    header, first, rest = table[0], table[1 : keep + 1], table[keep + 1 :]
    rows = [*first, *chance.sample(rest, 4)]
    chance.shuffle(rows)
    places = list(range(len(header)))
    chance.shuffle(places)
    notes = [["Notiz", *(header[place] for place in places)]]
    return notes + [["meine Notiz", *(row[place] for place in places)] for row in rows]


def test_other_sheets_and_lines_above_the_header_are_passed_over(
    cli: Cli, xlsx: Table, tmp_path: Path
) -> None:
    path = tmp_path / "a.xlsx"
    fill(xlsx, 1, comment="läuft")
    book = openpyxl.Workbook()
    add_rows(book.worksheets[0], [["Meine Rechnung"], ["Summe", 17], ["Kommentar"], ["egal"]])
    wide = [[None] * len(xlsx[0])]
    add_rows(book.create_sheet("Lücken"), [["Stand 20.11."], *wide, *xlsx, *wide, ["Ende", "geprüft"]])
    book.save(path)
    assert cli("annotations", "import", path).code == 0
    assert [one[3] for one in said(cli).values()] == ["läuft"]


@pytest.mark.parametrize(
    "written", ["01.02.2027", "1.2.2027", "2027-02-01", "2027-02-01 00:00:00", "'1.2.2027"]
)
def test_days_are_read_as_people_and_programs_write_them(
    cli: Cli, xlsx: Table, tmp_path: Path, written: str
) -> None:
    path = tmp_path / "a.csv"
    fill(xlsx, 1, planned_for=written)
    assert bring(cli, path, xlsx).code == 0
    assert [one[1] for one in said(cli).values()] == ["2027-02-01"]


@pytest.mark.parametrize("value", [datetime.fromisoformat("2027-12-31T14:30"), date(2027, 12, 31)])
def test_days_of_a_spreadsheet_are_days(cli: Cli, xlsx: Table, tmp_path: Path, value: date) -> None:
    path = tmp_path / "a.xlsx"
    fill(xlsx, 1, planned_for=value)
    assert bring(cli, path, xlsx).code == 0
    assert [one[1] for one in said(cli).values()] == ["2027-12-31"]


@pytest.mark.parametrize("name", ["planned_for", "comment"])
def test_a_formula_without_result_is_no_word(cli: Cli, xlsx: Table, tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.xlsx"
    write_table(path, xlsx)
    book = openpyxl.load_workbook(path)
    book.worksheets[0].cell(2, column(xlsx, name) + 1, "=TODAY()")
    book.save(path)
    answer = cli("annotations", "import", path)
    assert answer.code == 2
    assert "Zeile 2: Lücken!" in answer.err


def test_a_number_is_a_text_but_no_day(cli: Cli, xlsx: Table, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    fill(xlsx, 1, comment=2027)
    assert bring(cli, path, xlsx).code == 0
    assert [one[3] for one in said(cli).values()] == ["2027"]
    fill(xlsx, 2, planned_for=46752)
    assert bring(cli, path, xlsx).code == 2


def test_english_sheets_are_read_as_well(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    call: Callable[..., Any] = cli
    assert call("--lang", "en", "annotations", "export", "--area", "Gladbeck", "--out", path).code == 0
    table = read_table(path)
    row = table[1]
    row[table[0].index("Remark")], row[table[0].index("Comment")] = "covered by", "county"
    assert bring(cli, path, table).code == 0
    assert list(said(cli).values()) == [("covered_by", "", "", "county")]
