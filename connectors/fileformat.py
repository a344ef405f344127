"""What a file is, told from its first bytes, and the reader for it."""

from __future__ import annotations

import codecs
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

from connectors.delimited import open_delimited
from connectors.errors import RejectDelivery
from connectors.tabular import RowSource, Table, TableOptions
from connectors.workbook import WorkbookFile, open_workbook

__all__ = ["open_sheets", "open_table"]

HEAD = 4096
CHUNK = 1 << 20
ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
OLE = bytes.fromhex("d0cf11e0a1b11ae1")
ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
MAGIC = {
    b"%PDF": "PDF",
    b"\x1f\x8b": "GZIP",
    b"7z\xbc\xaf": "7-Zip",
    b"Rar!": "RAR",
    b"{\\rtf": "RTF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
}
HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|script|table|div)[\s>]", re.IGNORECASE)
JSON = re.compile(rb"[\[{]\s*[\[{\"]")
#: Control characters that no text holds; NUL is left to the decoder, since UTF-16 is full of it.
BINARY = re.compile(rb"[\x01-\x08\x0e-\x1a]")
PACKAGES = (
    ("xl/workbook.bin", "XLSB"),
    ("word/document.xml", "DOCX"),
    ("content.xml", "ODS"),
)


def open_table(path: Path, name: str, options: TableOptions, columns: Mapping[str, str]) -> Table:
    """Return the table in a file. Raise RejectDelivery or AbortRun with the reason."""
    source = _open_source(path, name, options, columns)
    return Table(name, source, columns, options.header_row)


def open_sheets(
    path: Path, name: str, options: TableOptions, columns: Mapping[str, str]
) -> dict[str, RowSource]:
    """Return the rows of all sheets of a workbook by title; those of a text have an empty one.

    ``columns`` are headers that may occur; the delimiter of a text is told by them. Raise RejectDelivery or
    AbortRun with the reason.
    """
    source = _open_source(path, name, options, columns)
    if not isinstance(source, WorkbookFile):
        return {"": source}
    return {title: source.sheet(title) for title in source.titles()}


def _open_source(path: Path, name: str, options: TableOptions, columns: Mapping[str, str]) -> RowSource:
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    if head.startswith(ZIP):
        _check_package(path, name)
        return open_workbook(path, name, options)
    if head.startswith(OLE):
        if _holds(path, ENCRYPTED_PACKAGE):
            raise RejectDelivery("list_password", file=name)
        raise RejectDelivery("list_unsupported_format", file=name, format="XLS")
    for magic, kind in MAGIC.items():
        if head.startswith(magic):
            raise RejectDelivery("list_unsupported_format", file=name, format=kind)
    _check_text(head, name)
    return open_delimited(path, name, options, columns)


def _check_text(head: bytes, name: str) -> None:
    is_utf16 = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    plain = head[2:].replace(b"\0", b"") if is_utf16 else head.removeprefix(codecs.BOM_UTF8)
    plain = plain.strip()
    if not plain:
        raise RejectDelivery("list_empty", file=name)
    if plain.startswith(b"<") and HTML.search(plain):
        raise RejectDelivery("html_instead_of_list", file=name)
    if plain.startswith(b"<?xml"):
        raise RejectDelivery("list_unsupported_format", file=name, format="XML")
    if JSON.match(plain):
        raise RejectDelivery("list_unsupported_format", file=name, format="JSON")
    if not is_utf16 and BINARY.search(plain):
        raise RejectDelivery("list_binary", file=name, line=1)


def _check_package(path: Path, name: str) -> None:
    """Raise RejectDelivery for a zip that is no XLSX."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError):
        raise RejectDelivery("list_workbook_damaged", file=name) from None
    for part, kind in PACKAGES:
        if part in parts:
            raise RejectDelivery("list_unsupported_format", file=name, format=kind)
    if "[Content_Types].xml" not in parts:
        raise RejectDelivery("list_unsupported_format", file=name, format="ZIP")


def _holds(path: Path, wanted: bytes) -> bool:
    """Tell whether a file contains these bytes."""
    carry = b""
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            if wanted in carry + chunk:
                return True
            carry = chunk[-len(wanted) :]
    return False
