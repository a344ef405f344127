"""Tables as people send them: CSV or XLSX behind one face, columns found by their headers.

What a file is, its first bytes say; its extension counts for nothing. Rows are read as often as asked
for and never held, so a table may have millions of them.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from itertools import islice
from typing import ClassVar, Literal, NamedTuple, Protocol, TypeAlias

from connectors.errors import AbortRun, RejectDelivery

__all__ = [
    "Row",
    "RowSource",
    "Shape",
    "Table",
    "TableOptions",
    "Unreadable",
    "Value",
    "count_known_headers",
    "is_blank",
    "printable",
]

HEADERS_SHOWN = 40
HEADER_LENGTH = 80
HEADER_COMPARED = 1_000


class Unreadable(Enum):
    """Why a cell of a workbook has no value."""

    FORMULA = "formula"  # the workbook holds the formula but not its result
    ERROR = "error"  # the result is an error such as #REF!


Value: TypeAlias = str | int | float | bool | datetime | date | time | timedelta | Unreadable | None
Shape: TypeAlias = Literal["fits", "short", "long"]


@dataclass(frozen=True)
class TableOptions:
    """How to read a file; ``auto`` and an empty sheet name mean: find out."""

    encoding: str = "auto"
    delimiter: str = "auto"
    sheet: str = ""
    header_row: int = 1
    max_unpacked: int = 256 * 1024 * 1024


class Row(NamedTuple):
    """One row below the header: its number as a spreadsheet counts, the value of each field."""

    number: int
    values: dict[str, Value]
    shape: Shape


class RowSource(Protocol):
    """A file whose rows can be read again and again, the header among them.

    ``ragged_rows_matter`` is true where a row with fewer or more cells than the header is damaged; a
    workbook simply does not store empty cells.
    """

    ragged_rows_matter: ClassVar[bool]

    def rows(self) -> Iterator[Sequence[Value]]:
        """Yield every row from the first one on. Raise RejectDelivery or AbortRun."""
        ...


class Table:
    """A file's rows with the columns that the configuration names."""

    def __init__(self, name: str, source: RowSource, columns: Mapping[str, str], header_row: int) -> None:
        self._source = source
        self._header_row = header_row
        header = self._read_header(name)
        self._width = _width(header)
        self._positions = {
            field: _find_column(name, header, field, column) for field, column in columns.items()
        }

    def rows(self) -> Iterator[Row]:
        """Yield the rows below the header that are not blank."""
        rows = enumerate(self._source.rows(), start=1)
        for number, cells in islice(rows, self._header_row, None):
            if all(is_blank(cell) for cell in cells):
                continue
            length = len(cells)
            values = {
                field: cells[position] if position < length else None
                for field, position in self._positions.items()
            }
            yield Row(number, values, self._shape(cells))

    def _shape(self, cells: Sequence[Value]) -> Shape:
        if not self._source.ragged_rows_matter:
            return "fits"
        length = len(cells)
        if length > self._width and not all(is_blank(cell) for cell in cells[self._width :]):
            return "long"
        if any(position >= length for position in self._positions.values()):
            return "short"
        return "fits"

    def _read_header(self, name: str) -> Sequence[Value]:
        header = next(islice(self._source.rows(), self._header_row - 1, None), None)
        if header is None:
            raise RejectDelivery("list_without_header", file=name, row=self._header_row)
        if all(is_blank(cell) for cell in header):
            raise AbortRun("list_header_blank", file=name, row=self._header_row)
        return header


def is_blank(value: Value) -> bool:
    """Tell whether a cell holds nothing but white space."""
    return value is None or (isinstance(value, str) and not value.strip())


def printable(text: str, limit: int) -> str:
    """Return foreign text on one line, without control characters, at most ``limit`` long."""
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(text.split())[:limit]


def count_known_headers(cells: Sequence[Value], columns: Mapping[str, str]) -> int:
    """Return how many of the configured columns occur in a header row."""
    present = {_plain(cell) for cell in cells}
    return sum(_plain(column) in present for column in columns.values())


def _width(header: Sequence[Value]) -> int:
    filled = [position for position, cell in enumerate(header) if not is_blank(cell)]
    return filled[-1] + 1


def _plain(header: Value) -> str:
    """Return a header as it is compared: without case, byte order mark and superfluous blanks."""
    if header is None:
        return ""
    text = printable(str(header), HEADER_COMPARED)
    return unicodedata.normalize("NFKC", text).casefold()


def _find_column(name: str, header: Sequence[Value], field: str, column: str) -> int:
    wanted = _plain(column)
    positions = [position for position, cell in enumerate(header) if _plain(cell) == wanted]
    if len(positions) > 1:
        raise AbortRun("list_column_ambiguous", file=name, field=field, column=column, count=len(positions))
    if positions:
        return positions[0]
    present = [printable(str(cell), HEADER_LENGTH) for cell in header if not is_blank(cell)]
    nearest = difflib.get_close_matches(
        wanted, [_plain(text) for text in present[:HEADERS_SHOWN]], n=1, cutoff=0.0
    )
    raise AbortRun(
        "list_column_missing",
        file=name,
        field=field,
        column=column,
        present=_list_headers(present),
        nearest=next(text for text in present if _plain(text) == nearest[0]),
    )


def _list_headers(present: list[str]) -> str:
    shown = ", ".join(present[:HEADERS_SHOWN])
    return shown if len(present) <= HEADERS_SHOWN else f"{shown}, …"
