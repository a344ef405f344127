"""What a file is, its first bytes say; what cannot be read says what to do instead."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from connectors.errors import RejectDelivery
from connectors.fileformat import OLE, open_sheets, open_table
from connectors.tabular import TableOptions
from tests.connectors.workbooks import make_workbook

COLUMNS = {"area": "Gebiet", "title": "Name"}
ROWS = [["Gebiet", "Name"], ["Herne", "Hund"]]


def read(path: Path) -> list[dict[str, object]]:
    return [dict(row.values) for row in open_table(path, path.name, TableOptions(), COLUMNS).rows()]


def refusal(tmp_path: Path, content: bytes) -> RejectDelivery:
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    with pytest.raises(RejectDelivery) as caught:
        read(path)
    return caught.value


def zip_of(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return packed.getvalue()


def test_a_workbook_with_the_wrong_extension_is_read(tmp_path: Path) -> None:
    path = make_workbook(tmp_path / "list.xlsx", ROWS).rename(tmp_path / "list.csv")
    assert read(path) == [{"area": "Herne", "title": "Hund"}]


def test_text_with_the_wrong_extension_is_read(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    path.write_text("Gebiet;Name\nHerne;Hund\n")
    assert read(path) == [{"area": "Herne", "title": "Hund"}]


def test_text_may_begin_like_a_zip(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("PK;Gebiet;Name\n1;Herne;Hund\n")
    assert read(path) == [{"area": "Herne", "title": "Hund"}]


@pytest.mark.parametrize(
    ("content", "format_name"),
    [
        (OLE + b"Workbook", "XLS"),
        (zip_of("mimetype", "content.xml"), "ODS"),
        (zip_of("[Content_Types].xml", "xl/workbook.bin"), "XLSB"),
        (zip_of("[Content_Types].xml", "word/document.xml"), "DOCX"),
        (zip_of("list.csv"), "ZIP"),
        (gzip.compress(b"Gebiet;Name", mtime=0), "GZIP"),
        (b"%PDF-1.7\n", "PDF"),
        (b'<?xml version="1.0"?><list/>', "XML"),
        (b'{"rows": []}', "JSON"),
        (b'\xef\xbb\xbf [\n {"ars": 1}]', "JSON"),
    ],
)
def test_other_formats_are_named(tmp_path: Path, content: bytes, format_name: str) -> None:
    error = refusal(tmp_path, content)
    assert error.code == "list_unsupported_format"
    assert error.params == {"file": "list.csv", "format": format_name}


def test_a_workbook_with_a_password_is_recognised(tmp_path: Path) -> None:
    content = OLE + bytes(2_000_000) + "EncryptedPackage".encode("utf-16-le")
    assert refusal(tmp_path, content).code == "list_password"


@pytest.mark.parametrize(
    "content",
    [
        b"<!DOCTYPE html>\n<title>Wartung</title>",
        b"\n\n<html><body>Anmelden</body></html>",
        b'\xef\xbb\xbf<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">',
        "<html><head>".encode("utf-16"),
        b"<!-- Portal --><HTML>",
    ],
)
def test_a_web_page_is_no_list(tmp_path: Path, content: bytes) -> None:
    assert refusal(tmp_path, content).code == "html_instead_of_list"


@pytest.mark.parametrize("content", [b"", b" \r\n\t\n", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_an_empty_file_is_rejected(tmp_path: Path, content: bytes) -> None:
    assert refusal(tmp_path, content).code == "list_empty"


def test_binary_noise_is_no_list(tmp_path: Path) -> None:
    assert refusal(tmp_path, b"Gebiet;Name\n\x01\x02\x03").code == "list_binary"


def test_a_cut_off_workbook_is_damaged(tmp_path: Path) -> None:
    content = make_workbook(tmp_path / "list.xlsx", ROWS).read_bytes()
    assert refusal(tmp_path, content[:500]).code == "list_workbook_damaged"


def test_all_sheets_of_a_workbook_are_found_by_title(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].title = "Erstes"
    book.create_sheet("Verborgen").append(["x", 1])
    book["Verborgen"].sheet_state = "hidden"
    book.save(tmp_path / "a.xlsx")
    sheets = open_sheets(tmp_path / "a.xlsx", "a.xlsx", TableOptions(), COLUMNS)
    assert list(sheets) == ["Erstes", "Verborgen"]
    assert list(sheets["Verborgen"].rows()) == [("x", 1)]


def test_a_text_is_one_sheet_without_a_title(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Gebiet;Name\nHerne;Hund\n", encoding="utf-8")
    sheets = open_sheets(path, path.name, TableOptions(), COLUMNS)
    assert {title: list(source.rows()) for title, source in sheets.items()} == {"": ROWS}
