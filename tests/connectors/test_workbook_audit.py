"""Nothing in a workbook is built before it was looked through."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from connectors import workbook_audit
from connectors.errors import RejectDelivery
from connectors.workbook_audit import audit_workbook
from tests.connectors.workbooks import SHEET, change_part, make_workbook, rebuild

LIMIT = 50_000_000
MAIN = workbook_audit.MAIN


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    return make_workbook(tmp_path / "list.xlsx", [["Gebiet", "Name"], ["Herne", "Hund"]])


def refusal(path: Path, limit: int = LIMIT) -> RejectDelivery:
    with pytest.raises(RejectDelivery) as caught:
        audit_workbook(path, "list.xlsx", limit)
    return caught.value


def sheet_of(inner: str, prefix: str = "") -> str:
    return f'{prefix}<worksheet xmlns="{MAIN}"><sheetData>{inner}</sheetData></worksheet>'


def test_a_real_workbook_passes(workbook: Path) -> None:
    audit = audit_workbook(workbook, "list.xlsx", LIMIT)
    assert not audit.has_formulas
    assert not audit.large_parts


def test_formulas_are_noticed(tmp_path: Path) -> None:
    path = make_workbook(tmp_path / "list.xlsx", [["=1+1"]])
    assert audit_workbook(path, "list.xlsx", LIMIT).has_formulas


class TestZip:
    def test_with_too_many_parts_is_refused(self, workbook: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(workbook_audit, "MAX_PARTS", 3)
        assert refusal(workbook).code == "list_workbook_too_large"

    def test_larger_than_the_setting_is_refused(self, workbook: Path) -> None:
        assert refusal(workbook, limit=1000).code == "list_workbook_too_large"

    def test_packed_beyond_belief_is_refused(self, workbook: Path) -> None:
        rebuild(workbook, {"xl/media/bomb.bin": lambda _: bytes(5_000_000)})
        error = refusal(workbook)
        assert error.code == "list_workbook_too_large"
        assert error.params["part"] == "xl/media/bomb.bin"

    def test_with_an_encrypted_part_asks_for_one_without_password(self, workbook: Path) -> None:
        content = bytearray(workbook.read_bytes())
        directory = content.index(b"PK\x01\x02")
        content[directory + 8] |= 1
        workbook.write_bytes(content)
        assert refusal(workbook).code == "list_password"

    def test_with_an_unusual_packing_is_refused(self, workbook: Path) -> None:
        with zipfile.ZipFile(workbook, "a", zipfile.ZIP_BZIP2) as archive:
            archive.writestr("xl/extra.bin", b"x")
        assert refusal(workbook).code == "list_workbook_unsafe"

    def test_that_is_cut_off_is_damaged(self, workbook: Path) -> None:
        workbook.write_bytes(workbook.read_bytes()[:-30])
        assert refusal(workbook).code == "list_workbook_damaged"

    def test_with_a_false_checksum_is_damaged(self, workbook: Path) -> None:
        content = workbook.read_bytes()
        with zipfile.ZipFile(workbook) as archive:
            start = archive.getinfo(SHEET).header_offset + 30 + len(SHEET)
        damaged = content[: start + 20] + bytes(8) + content[start + 28 :]
        workbook.write_bytes(damaged)
        assert refusal(workbook).code == "list_workbook_damaged"


class TestPart:
    @pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "docProps/core.xml", "extra.svg"])
    def test_with_a_doctype_is_refused(self, workbook: Path, part: str) -> None:
        bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
        rebuild(workbook, {part: lambda _: bomb.encode()})
        error = refusal(workbook)
        assert (error.code, error.params["part"]) == ("list_workbook_unsafe", part)

    def test_with_a_doctype_in_utf16_is_refused(self, workbook: Path) -> None:
        rebuild(workbook, {SHEET: lambda _: "<!DOCTYPE x []><x/>".encode("utf-16")})
        assert refusal(workbook).code == "list_workbook_unsafe"

    def test_in_another_encoding_is_refused(self, workbook: Path) -> None:
        head = '<?xml version="1.0" encoding="cp037"?>'
        change_part(workbook, SHEET, lambda _: sheet_of("", head))
        assert refusal(workbook).code == "list_workbook_unsafe"

    def test_nested_without_end_is_refused(self, workbook: Path) -> None:
        change_part(workbook, SHEET, lambda _: sheet_of("<a>" * 300 + "</a>" * 300))
        assert refusal(workbook).code == "list_workbook_unsafe"

    def test_that_is_not_well_formed_is_damaged(self, workbook: Path) -> None:
        change_part(workbook, SHEET, lambda old: old[:-20])
        assert refusal(workbook).code == "list_workbook_damaged"

    def test_that_is_no_xml_may_be_anything(self, workbook: Path) -> None:
        rebuild(workbook, {"xl/media/image1.png": lambda _: b"\x89PNG\r\n"})
        audit_workbook(workbook, "list.xlsx", LIMIT)

    def test_name_is_shown_without_control_characters(self, workbook: Path) -> None:
        rebuild(workbook, {"a\x1b[31m.xml": lambda _: b"<!DOCTYPE x []><x/>"})
        assert refusal(workbook).params["part"] == "a [31m.xml"


class TestSheet:
    def test_in_the_strict_format_is_named(self, workbook: Path) -> None:
        change_part(workbook, SHEET, lambda old: old.replace(MAIN, workbook_audit.STRICT))
        error = refusal(workbook)
        assert (error.code, error.params["format"]) == (
            "list_unsupported_format",
            "Strict Open XML",
        )

    @pytest.mark.parametrize("number", ["1048577", "99999999999999", "0", "x", "-1", "1.0"])
    def test_with_an_impossible_row_is_damaged(self, workbook: Path, number: str) -> None:
        change_part(workbook, SHEET, lambda _: sheet_of(f'<row r="{number}"/>'))
        assert refusal(workbook).code == "list_workbook_damaged"

    def test_with_rows_out_of_order_is_damaged(self, workbook: Path) -> None:
        """openpyxl would leave out the second one."""
        change_part(workbook, SHEET, lambda _: sheet_of('<row r="2"/><row r="1"/>'))
        assert refusal(workbook).code == "list_workbook_damaged"

    def test_with_an_endless_row_is_refused(self, workbook: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(workbook_audit, "MAX_RECORD", 1000)
        change_part(workbook, SHEET, lambda _: sheet_of(f"<row><c><v>{'1' * 2000}</v></c></row>"))
        assert refusal(workbook).code == "list_workbook_too_large"

    def test_with_a_row_of_countless_cells_is_refused(
        self, workbook: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(workbook_audit, "MAX_RECORD_ELEMENTS", 1000)
        change_part(workbook, SHEET, lambda _: sheet_of(f"<row>{'<c/>' * 1001}</row>"))
        assert refusal(workbook).code == "list_workbook_too_large"

    def test_with_too_many_rows_is_refused(self, workbook: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(workbook_audit.RECORDS, workbook_audit.ROW, 10)
        change_part(workbook, SHEET, lambda _: sheet_of("<row/>" * 11))
        assert refusal(workbook).code == "list_workbook_too_large"

    def test_with_much_besides_rows_is_refused(self, workbook: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(workbook_audit, "MAX_OUTSIDE_ELEMENTS", 1000)
        change_part(workbook, SHEET, lambda _: sheet_of("<a/>" * 1001))
        assert refusal(workbook).code == "list_workbook_too_large"

    def test_rows_of_another_vocabulary_are_no_rows(
        self, workbook: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(workbook_audit, "MAX_OUTSIDE_ELEMENTS", 1000)
        change_part(workbook, SHEET, lambda _: sheet_of('<row xmlns="urn:x"/>' * 1001))
        assert refusal(workbook).code == "list_workbook_too_large"

    def test_with_much_text_besides_rows_is_refused(
        self, workbook: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(workbook_audit, "MAX_OUTSIDE", 100_000)
        monkeypatch.setattr(workbook_audit, "MAX_RECORD", 0)
        noise = "".join(f"<a>{number * 7919}</a>" for number in range(10_000))
        change_part(workbook, SHEET, lambda _: sheet_of(noise))
        assert refusal(workbook).code == "list_workbook_too_large"

    def test_with_an_endless_tag_is_refused(self, workbook: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(workbook_audit, "MAX_PENDING", 100_000)
        value = "".join(str(number * 7919) for number in range(100_000))
        change_part(workbook, SHEET, lambda _: sheet_of(f'<a b="{value}"/>'))
        assert refusal(workbook).code == "list_workbook_too_large"

    def test_may_have_formulas_and_lines_in_any_row(self, workbook: Path) -> None:
        change_part(workbook, SHEET, lambda _: sheet_of('<row/><row r="7"><c><f>1</f></c></row>'))
        assert audit_workbook(workbook, "list.xlsx", LIMIT).has_formulas


class TestLargePart:
    @pytest.fixture
    def large(self, workbook: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A workbook whose sheet is large beside all other parts."""
        monkeypatch.setattr(workbook_audit, "MAX_OUTSIDE", 20_000)
        rows = "".join(f"<row><c><v>{number}</v></c></row>" for number in range(2_000))
        return change_part(workbook, SHEET, lambda _: sheet_of(rows))

    def test_may_be_a_sheet(self, large: Path) -> None:
        assert audit_workbook(large, "list.xlsx", LIMIT).large_parts == {"sheet1.xml"}

    def test_may_not_be_given_to_a_reader_that_keeps_it(self, large: Path) -> None:
        """A chart sheet, for one, would be built as a whole."""
        change_part(
            large,
            "xl/_rels/workbook.xml.rels",
            lambda old: old.replace("relationships/worksheet", "relationships/chartsheet"),
        )
        error = refusal(large)
        assert (error.code, error.params["part"]) == ("list_workbook_too_large", "sheet1.xml")

    def test_may_not_have_a_name_that_is_read_as_a_whole(self, large: Path) -> None:
        with zipfile.ZipFile(large) as archive:
            sheet = archive.read(SHEET)
        rebuild(large, {"xl/worksheets/_rels/sheet1.xml.rels": lambda _: sheet})
        assert refusal(large).code == "list_workbook_too_large"


def test_too_many_sheets_are_refused(workbook: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_audit, "MAX_SHEETS", 5)
    change_part(
        workbook,
        "xl/workbook.xml",
        lambda old: old.replace("</sheets>", '<sheet name="x"/>' * 5 + "</sheets>"),
    )
    assert refusal(workbook).code == "list_workbook_too_large"
