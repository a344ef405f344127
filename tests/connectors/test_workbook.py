"""The rows of a workbook, whatever its sheet claims about itself."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.errors import AbortRun, ConnectorError, RejectDelivery
from connectors.tabular import TableOptions, Unreadable, Value
from connectors.workbook import open_workbook
from connectors.workbook_audit import MAIN
from tests.connectors.workbooks import SHEET, STRINGS, change_part, make_workbook, rebuild

ROWS: list[list[object]] = [["Gebiet", "Name"], ["Herne", "Hund"]]
ROW = "<row><c><f>1+1</f>{result}</c><c><v>5</v></c></row>"


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    return make_workbook(tmp_path / "list.xlsx", ROWS)


def read(path: Path, sheet: str = "") -> list[Sequence[Value]]:
    return list(open_workbook(path, "list.xlsx", TableOptions(sheet=sheet)).rows())


def refusal(path: Path, sheet: str = "") -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        read(path, sheet)
    return caught.value


def test_cells_keep_their_types(tmp_path: Path) -> None:
    day = datetime(2026, 3, 1)  # noqa: DTZ001 -- cells have no time zone
    path = make_workbook(tmp_path / "list.xlsx", [["a", 99102013104000, 1.5, True, None, day]])
    assert read(path) == [("a", 99102013104000, 1.5, True, None, day)]


def test_rows_can_be_read_twice(workbook: Path) -> None:
    source = open_workbook(workbook, "list.xlsx", TableOptions())
    assert list(source.rows()) == list(source.rows()) == [("Gebiet", "Name"), ("Herne", "Hund")]


def test_rows_that_are_not_stored_count(tmp_path: Path) -> None:
    path = make_workbook(tmp_path / "list.xlsx", [["a"], [], [], ["b"]])
    assert [row for row in read(path) if row] == [("a",), ("b",)]
    assert len(read(path)) == 4


@pytest.mark.parametrize("claim", ["A1:XFD1048576", "A1", "A1:A1", "B7:C9"])
def test_the_claimed_size_is_ignored(workbook: Path, claim: str) -> None:
    change_part(workbook, SHEET, lambda old: old.replace('ref="A1:B2"', f'ref="{claim}"'))
    assert read(workbook) == [("Gebiet", "Name"), ("Herne", "Hund")]


def test_a_row_far_down_is_found(workbook: Path) -> None:
    change_part(
        workbook,
        SHEET,
        lambda old: old.replace('<row r="2"', '<row r="100000"').replace("A2", "A100000"),
    )
    assert len(read(workbook)) == 100_000


class TestSheet:
    @pytest.fixture
    def sheets(self, tmp_path: Path) -> Path:
        workbook = openpyxl.Workbook()
        workbook.worksheets[0].title = "Hinweise"
        workbook.worksheets[0].sheet_state = "hidden"
        for title in ("Liste", "Alt"):
            workbook.create_sheet(title).append([title])
        path = tmp_path / "list.xlsx"
        workbook.save(path)
        return path

    def test_is_the_first_visible_one(self, sheets: Path) -> None:
        assert read(sheets) == [("Liste",)]

    def test_can_be_named(self, sheets: Path) -> None:
        assert read(sheets, "alt") == [("Alt",)]

    def test_that_is_missing_is_named_with_the_nearest_one(self, sheets: Path) -> None:
        error = refusal(sheets, "Listen")
        assert isinstance(error, AbortRun)
        assert error.code == "list_sheet_missing"
        assert error.params["present"] == "Hinweise, Liste, Alt"
        assert error.params["nearest"] == "Liste"


class TestFormula:
    def test_counts_as_its_stored_result(self, workbook: Path) -> None:
        change_part(workbook, SHEET, lambda _: sheet_of(ROW.format(result="<v>2</v>")))
        assert read(workbook) == [(2, 5)]

    def test_without_stored_result_is_unreadable(self, tmp_path: Path) -> None:
        path = make_workbook(tmp_path / "list.xlsx", [["=1+1", "x", None, 5]])
        assert read(path) == [(Unreadable.FORMULA, "x", None, 5)]

    def test_may_have_an_empty_text_as_result(self, tmp_path: Path) -> None:
        path = make_workbook(tmp_path / "list.xlsx", [["=A2", "x"]])
        change_part(path, SHEET, lambda old: old.replace('<c r="A1">', '<c r="A1" t="str">'))
        assert read(path) == [(None, "x")]


def sheet_of(rows: str) -> str:
    return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def test_an_error_is_unreadable(workbook: Path) -> None:
    change_part(workbook, SHEET, lambda _: sheet_of('<row><c t="e"><v>#REF!</v></c></row>'))
    assert read(workbook) == [(Unreadable.ERROR,)]


def test_shared_strings_are_looked_up(workbook: Path) -> None:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    override = f'<Override PartName="/{STRINGS}" ContentType="{kind}"/></Types>'
    change_part(workbook, "[Content_Types].xml", lambda old: old.replace("</Types>", override))
    change_part(workbook, STRINGS, lambda _: f'<sst xmlns="{MAIN}"><si><t>Herne</t></si></sst>')
    change_part(workbook, SHEET, lambda _: sheet_of('<row><c t="s"><v>0</v></c></row>'))
    assert read(workbook) == [("Herne",)]


def test_a_day_beyond_all_calendars_is_unreadable(tmp_path: Path) -> None:
    day = datetime(2026, 3, 1)  # noqa: DTZ001 -- cells have no time zone
    path = make_workbook(tmp_path / "list.xlsx", [[day]])
    change_part(path, SHEET, lambda old: old.replace("<v>46082</v>", "<v>99999999</v>"))
    assert read(path) == [(Unreadable.ERROR,)]


def test_warnings_of_the_library_are_not_ours(workbook: Path) -> None:
    extension = '<extLst><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}"/></extLst>'
    change_part(workbook, SHEET, lambda old: old.replace("</worksheet>", f"{extension}</worksheet>"))
    assert len(read(workbook)) == 2


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("[Content_Types].xml", b"<Types/>"),
        ("xl/workbook.xml", b"<workbook/>"),
        (SHEET, sheet_of('<row><c t="s"><v>99</v></c></row>').encode()),
    ],
)
def test_a_workbook_that_makes_no_sense_is_damaged(workbook: Path, part: str, content: bytes) -> None:
    error = refusal(rebuild(workbook, {part: lambda _: content}))
    assert isinstance(error, RejectDelivery)
    assert error.code == "list_workbook_damaged"


def test_a_disk_error_is_not_taken_for_damage(workbook: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = open_workbook(workbook, "list.xlsx", TableOptions())

    def fail(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(openpyxl, "load_workbook", fail)
    with pytest.raises(OSError, match="Input/output"):
        list(source.rows())


class TestMutations:
    @given(data=st.data())
    @settings(max_examples=60, deadline=None)
    def test_of_parts_end_in_rows_or_in_our_errors(
        self, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
    ) -> None:
        path = make_workbook(tmp_path_factory.mktemp("x") / "list.xlsx", [*ROWS, ["=A1", 5]])
        with zipfile.ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        part = data.draw(st.sampled_from(sorted(parts)))
        start = data.draw(st.integers(0, len(parts[part]) - 1))
        length = data.draw(st.integers(0, 30))
        new = data.draw(st.binary(max_size=8) | st.sampled_from(PIECES))
        rebuild(path, {part: lambda old: old[:start] + new + old[start + length :]})
        try:
            read(path)
        except ConnectorError:
            return

    @given(position=st.floats(0, 1), byte=st.integers(0, 255))
    @settings(max_examples=60, deadline=None)
    def test_of_the_zip_end_in_rows_or_in_our_errors(
        self, tmp_path_factory: pytest.TempPathFactory, position: float, byte: int
    ) -> None:
        path = make_workbook(tmp_path_factory.mktemp("x") / "list.xlsx", ROWS)
        content = bytearray(path.read_bytes())
        content[int(position * (len(content) - 1))] = byte
        path.write_bytes(content)
        try:
            read(path)
        except ConnectorError:
            return


PIECES = [b"<", b">", b'"', b"0", b"999999999999", b"-1", b"1e999", b"", b"<row/>", b"<si/>", b"#REF!"]
