"""Sheets as officers leave them: read as a table, changed, and written again in any form."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl

from tests.cli.conftest import Cli

__all__ = [
    "GERMAN",
    "Exported",
    "Table",
    "bring",
    "column",
    "export",
    "fill",
    "read_table",
    "said",
    "write_table",
]

#: A header and rows below it; cells of a workbook have their types.
Table = list[list[Any]]
#: The file a table is to be written to, and the table.
Exported = tuple[Path, Table]

#: The headers of the columns in a German workbook.
GERMAN = {
    "id": "Kennung (nicht ändern)",
    "stamp": "Stand (nicht ändern)",
    "remark": "Vermerk",
    "planned_for": "geplant bis",
    "unit": "zuständige Stelle",
    "comment": "Kommentar",
}


def export(cli: Cli, path: Path, *options: str) -> Table:
    """Export the gaps of Gladbeck and return them as a table."""
    assert cli("annotations", "export", "--area", "Gladbeck", "--out", str(path), *options).code == 0
    return read_table(path)


def read_table(path: Path) -> Table:
    """Return the first sheet, or the rows of a text."""
    if path.suffix == ".csv":
        return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig")), delimiter=";"))
    book = openpyxl.load_workbook(path)
    return [[cell.value for cell in row] for row in book.worksheets[0].rows]


def column(table: Table, name: str) -> int:
    """Return the place of a column, by its own name or its German header."""
    wanted = name if name in table[0] else GERMAN[name]
    return table[0].index(wanted)


def fill(table: Table, line: int, **values: Any) -> list[Any]:
    """Write something into a row (1 is the first below the header) and return it."""
    for name, value in values.items():
        table[line][column(table, name)] = value
    return table[line]


def write_table(
    path: Path, table: Table, *, encoding: str = "utf-8-sig", delimiter: str = ";", title: str = "Lücken"
) -> Path:
    """Write a table as the file's suffix says; what looks like a formula is text."""
    if path.suffix == ".csv":
        with path.open("w", encoding=encoding, newline="") as stream:
            csv.writer(stream, delimiter=delimiter).writerows([map(_as_text, row) for row in table])
        return path
    book = openpyxl.Workbook()
    add_rows(book.worksheets[0], table)
    book.worksheets[0].title = title
    book.save(path)
    return path


def add_rows(sheet: Any, table: Table) -> None:
    """Write a table into a sheet of a workbook."""
    for line, row in enumerate(table, start=1):
        for place, value in enumerate(row, start=1):
            cell = sheet.cell(line, place, value)
            if isinstance(value, str):
                cell.data_type = "s"


def _as_text(value: Any) -> str:
    if isinstance(value, date | datetime):
        return value.strftime("%d.%m.%Y")
    return "" if value is None else str(value)


def said(cli: Cli) -> dict[str, tuple[str, str, str, str]]:
    """Return the standing remarks by the id of their row."""
    rows = cli("annotations", "list", "--format", "json").json["rows"]
    return {row["id"]: (row["remark"], row["planned_for"], row["unit"], row["comment"]) for row in rows}


def bring(cli: Cli, path: Path, table: Table, *options: str, **form: Any) -> Any:
    """Write a table and read it back, and return what that says."""
    return cli("annotations", "import", write_table(path, table, **form), "--format", "json", *options)
