"""Parquet: typed columns, texts as dictionaries, row groups of a bounded size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import pyarrow as pa  # type: ignore[import-untyped]
from pyarrow import parquet

from catalogue.reports.opendata.columns import Row, Table, Type

__all__ = ["ROWS_OF_A_GROUP", "ParquetFile"]

#: Rows that are held in memory before they are written; readers skip whole groups by their statistics.
ROWS_OF_A_GROUP: Final = 65_536
_TYPES: Final[Mapping[Type, Any]] = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "moment": pa.timestamp("s", tz="UTC"),
    "list": pa.list_(pa.string()),
}


class ParquetFile:
    """One table as a Parquet file, written group by group."""

    def __init__(self, path: Path, table: Table, about: Mapping[str, str]) -> None:
        """``about`` says what each column means; it is kept in the file."""
        self._schema = pa.schema(
            pa.field(
                column.name,
                _TYPES[column.type],
                nullable=not column.required,
                metadata={"description": about[column.name]},
            )
            for column in table.columns
        )
        self._writer = parquet.ParquetWriter(path, self._schema, compression="zstd")
        self._waiting: list[Any] = []
        self._rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._write_group()
        self._writer.close()

    def write(self, rows: Sequence[Row]) -> None:
        """Append rows; a group of them is written as soon as it is full."""
        columns = zip(*rows, strict=True)
        arrays = [
            pa.array(values, type=field.type) for values, field in zip(columns, self._schema, strict=True)
        ]
        self._waiting.append(pa.RecordBatch.from_arrays(arrays, schema=self._schema))
        self._rows += len(rows)
        if self._rows >= ROWS_OF_A_GROUP:
            self._write_group()

    def _write_group(self) -> None:
        if self._waiting:
            group = pa.Table.from_batches(self._waiting)
            self._writer.write_table(group, row_group_size=ROWS_OF_A_GROUP)
        self._waiting, self._rows = [], 0
