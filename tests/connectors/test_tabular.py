"""Columns are found by their headers, rows keep their spreadsheet numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

import pytest

from connectors.errors import AbortRun, ConnectorError, RejectDelivery
from connectors.tabular import Row, Table, Value, count_known_headers, printable


class Rows:
    """Rows in memory."""

    ragged_rows_matter: ClassVar[bool] = True

    def __init__(self, *rows: Sequence[Value]) -> None:
        self._rows = rows

    def rows(self) -> Iterator[Sequence[Value]]:
        return iter(self._rows)


class Sheet(Rows):
    """Rows of a workbook in memory."""

    ragged_rows_matter: ClassVar[bool] = False


COLUMNS = {"area": "Gebiet", "title": "Name"}


def read(source: Rows, header_row: int = 1) -> list[Row]:
    return list(Table("list.csv", source, COLUMNS, header_row).rows())


def refusal(source: Rows, header_row: int = 1) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        read(source, header_row)
    return caught.value


def test_only_the_named_columns_are_read() -> None:
    rows = read(Rows(["Sachbearbeiter", "Name", "Gebiet"], ["Frau M.", "Hund", "Herne"]))
    assert rows == [Row(2, {"area": "Herne", "title": "Hund"}, "fits")]


def test_headers_match_without_case_blanks_and_marks() -> None:
    rows = read(Rows(["\ufeffGEBIET ", "\nname"], ["Herne", "Hund"]))
    assert rows[0].values == {"area": "Herne", "title": "Hund"}


def test_the_header_may_stand_further_down() -> None:
    rows = read(Rows(["Stand: Mai"], [], ["Gebiet", "Name"], ["Herne", "Hund"]), header_row=3)
    assert [row.number for row in rows] == [4]


def test_blank_rows_are_passed_over_but_counted() -> None:
    rows = read(Rows(["Gebiet", "Name"], [], ["", " "], [None, None], ["Herne", "Hund"]))
    assert [row.number for row in rows] == [5]


def test_a_table_can_be_read_twice() -> None:
    table = Table("list.csv", Rows(["Gebiet", "Name"], ["Herne", "Hund"]), COLUMNS, 1)
    assert list(table.rows()) == list(table.rows())


def test_a_missing_column_is_named_with_the_nearest_one() -> None:
    error = refusal(Rows(["Gebiet", "Nahme", "", "Amt"]))
    assert isinstance(error, AbortRun)
    assert error.code == "list_column_missing"
    assert error.params == {
        "file": "list.csv",
        "field": "title",
        "column": "Name",
        "present": "Gebiet, Nahme, Amt",
        "nearest": "Nahme",
    }


def test_of_many_columns_only_some_are_listed() -> None:
    error = refusal(Rows([f"Spalte {number}" for number in range(100)]))
    assert str(error.params["present"]).endswith("Spalte 39, …")


def test_a_mapped_header_that_occurs_twice_is_ambiguous() -> None:
    error = refusal(Rows(["Gebiet", "Name", "name "]))
    assert isinstance(error, AbortRun)
    assert (error.code, error.params["count"]) == ("list_column_ambiguous", 2)


def test_other_headers_may_occur_twice() -> None:
    assert len(read(Rows(["Gebiet", "Name", "x", "x"], ["Herne", "Hund", "1", "2"]))) == 1


def test_a_blank_header_row_is_a_wrong_setting() -> None:
    assert refusal(Rows(["", None], ["Gebiet", "Name"])).code == "list_header_blank"


def test_a_file_that_ends_before_its_header_is_rejected() -> None:
    error = refusal(Rows(["Gebiet", "Name"]), header_row=2)
    assert isinstance(error, RejectDelivery)
    assert (error.code, error.params["row"]) == ("list_without_header", 2)


@pytest.mark.parametrize(
    ("cells", "shape"),
    [
        (["Herne", "Hund"], "fits"),
        (["Herne", "Hund", "", " "], "fits"),
        (["Herne"], "short"),
        (["Herne", "Hund", "x"], "long"),
    ],
)
def test_ragged_rows_are_marked(cells: list[Value], shape: str) -> None:
    assert read(Rows(["Gebiet", "Name"], cells))[0].shape == shape


@pytest.mark.parametrize("cells", [["Herne"], ["Herne", "Hund", "x"]])
def test_rows_of_a_workbook_are_never_ragged(cells: list[Value]) -> None:
    assert read(Sheet(["Gebiet", "Name"], cells))[0].shape == "fits"


def test_known_headers_are_counted() -> None:
    assert count_known_headers(["x", "name", None], COLUMNS) == 1


def test_foreign_text_is_made_printable() -> None:
    assert printable("a\x1b[31m\nb\u202ec  d", 10) == "a [31m b c"
