"""CSV and JSON: the same rows as text, each value written in one way only.

CSV is as RFC 4180 has it (commas, CRLF, a header) in UTF-8 without a mark at its beginning. JSON is one
array with one object on each line, so that it can also be read line by line.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from catalogue.reports.opendata.columns import Row, Table, Type

__all__ = ["LIST_SEPARATOR", "CsvFile", "JsonFile"]

#: Stands between the parts of a list in a field of CSV.
LIST_SEPARATOR: Final = "|"
#: Spreadsheets take a field that begins with one of these for a formula.
_FORMULA_STARTS = ("=", "+", "-", "@")


@lru_cache(maxsize=10_000)
def _harmless(written: str) -> str:
    return f"'{written}" if written.startswith(_FORMULA_STARTS) else written


def _moment(value: datetime) -> str:
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


_IN_CSV: Final[dict[Type, Callable[[Any], str]]] = {
    "string": _harmless,
    "integer": str,
    "number": repr,
    "boolean": lambda value: "true" if value else "false",
    "date": date.isoformat,
    "moment": lru_cache(maxsize=1_000)(_moment),
    "list": lambda value: _harmless(LIST_SEPARATOR.join(value)),
}
#: JSON has words for all others.
_IN_JSON: Final[dict[Type, Callable[[Any], str]]] = {
    "date": _IN_CSV["date"],
    "moment": _IN_CSV["moment"],
}


class _TextFile:
    """A file of text that is written row by row."""

    def __init__(self, path: Path) -> None:
        self._stream = path.open("w", encoding="utf-8", newline="")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._end()
        finally:
            self._stream.close()

    def _end(self) -> None:
        """Write what stands behind the last row."""


class CsvFile(_TextFile):
    """One table as CSV."""

    def __init__(self, path: Path, table: Table) -> None:
        super().__init__(path)
        self._writer = csv.writer(self._stream, lineterminator="\r\n")
        self._writer.writerow(table.fields)
        self._forms = [_IN_CSV[column.type] for column in table.columns]

    def write(self, rows: Sequence[Row]) -> None:
        """Append rows."""
        forms = self._forms
        self._writer.writerows(
            ["" if value is None else form(value) for form, value in zip(forms, row, strict=True)]
            for row in rows
        )


class JsonFile(_TextFile):
    """One table as a JSON array of objects."""

    def __init__(self, path: Path, table: Table) -> None:
        super().__init__(path)
        self._fields = table.fields
        self._forms = [
            (place, _IN_JSON[column.type])
            for place, column in enumerate(table.columns)
            if column.type in _IN_JSON
        ]
        self._encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
        self._before = "[\n"

    def write(self, rows: Sequence[Row]) -> None:
        """Append rows."""
        for row in rows:
            values = list(row)
            for place, form in self._forms:
                if values[place] is not None:
                    values[place] = form(values[place])
            self._stream.write(self._before + self._encode(dict(zip(self._fields, values, strict=True))))
            self._before = ",\n"

    def _end(self) -> None:
        self._stream.write("[]\n" if self._before == "[\n" else "\n]\n")
