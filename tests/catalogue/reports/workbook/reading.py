"""Workbooks written by the program and read back by another library."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from typing import Any

from lxml import etree
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from sqlalchemy import Connection

from catalogue.reports.filters import Filters
from catalogue.reports.workbook.material import Question
from catalogue.reports.workbook.writing import write_workbook
from catalogue.signals_rules import packaged_rules
from catalogue.texts import Texts

__all__ = [
    "BOTTROP",
    "CITY_SHEETS",
    "NOW",
    "OF_THEMES",
    "THEMES",
    "column",
    "day",
    "explained",
    "formulas",
    "hidden",
    "parts",
    "question",
    "read",
    "rows",
    "written",
]

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
BOTTROP = "055120000000"
#: Enough for every kind of row; workbooks about everything would take their time.
THEMES = ("Umwelt", "Familie & Kind", "Engagement & Hobby")
OF_THEMES = Filters(themes=THEMES)
CITY_SHEETS = ["Lücken", "Online", "Unklar", "Andere zuständig", "Vermerke", "Quellen", "Erläuterung"]
SHEET_XML = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def question(now: datetime = NOW, **filters: Any) -> Question:
    """Return a question with these filters."""
    return Question(now=now, version="1.2.3", filters=Filters(**filters), signal_rules=packaged_rules())


def written(connection: Connection, asked: Question | None = None, language: str = "de") -> bytes:
    """Return the workbook that answers a question."""
    stream = io.BytesIO()
    write_workbook(connection, asked or question(), Texts(language), stream)
    return stream.getvalue()


def read(content: bytes) -> Any:
    """Read a workbook."""
    return load_workbook(io.BytesIO(content))


def rows(sheet: Any) -> list[dict[str, Any]]:
    """Return the rows of a sheet by the headers of their columns."""
    headers, *values = sheet.iter_rows(values_only=True)
    return [dict(zip(headers, row, strict=True)) for row in values]


def column(sheet: Any, header: str) -> Any:
    """Return the cells of a column below its header."""
    place = next(cell.column for cell in sheet[1] if cell.value == header)
    return [sheet.cell(number, place) for number in range(2, sheet.max_row + 1)]


def parts(content: bytes) -> dict[str, Any]:
    """Parse every part of the file, without entities; an error in one of them is raised."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: etree.fromstring(archive.read(name), parser) for name in archive.namelist()}


def formulas(content: bytes) -> list[str]:
    """Return the formulas in cells."""
    found = (
        tree.iter(f"{SHEET_XML}f") for name, tree in parts(content).items() if "worksheets/sheet" in name
    )
    return [str(one.text) for formulas in found for one in formulas]


def hidden(sheet: Any) -> set[str]:
    """Return the letters of hidden columns; neighbours of one look are stored together."""
    ranges = [one for one in sheet.column_dimensions.values() if one.hidden]
    return {get_column_letter(place) for one in ranges for place in range(one.min, one.max + 1)}


def explained(book: Any) -> dict[str, tuple[Any, ...]]:
    """Return what the last sheet says, by its terms."""
    values = book["Erläuterung"].iter_rows(values_only=True)
    return {row[0]: tuple(row[1:]) for row in values if row[0]}


def day(written: str) -> datetime:
    """Return a day as workbooks store it: a moment without a time zone."""
    return datetime.fromisoformat(written)
