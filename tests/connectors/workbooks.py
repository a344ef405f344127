"""Workbooks for tests: made by openpyxl, then changed part by part."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import openpyxl

SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"


def make_workbook(path: Path, rows: Iterable[Sequence[object]], title: str = "Liste") -> Path:
    """Write a workbook with one sheet."""
    workbook = openpyxl.Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    workbook.save(path)
    return path


def change_part(path: Path, part: str, change: Callable[[str], str]) -> Path:
    """Replace one part of a workbook by what ``change`` makes of it."""
    return rebuild(path, {part: lambda old: change(old.decode()).encode()})


def rebuild(path: Path, changes: dict[str, Callable[[bytes], bytes]]) -> Path:
    """Write the zip anew with some parts changed; parts that are new are added."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name, change in changes.items():
        parts[name] = change(parts.get(name, b""))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    path.write_bytes(packed.getvalue())
    return path
