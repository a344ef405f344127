"""What a table holds, as a number of rows and a hash that are the same on every database.

The hash is the sum of the hashes of all rows. So it does not depend on their order, which databases with
different rules for sorting text do not agree about, and it notices a row that is there twice.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from hashlib import blake2b
from typing import cast

from sqlalchemy import Boolean, Connection, Table, func, select

from catalogue.bulk import stream_rows
from catalogue.tables import lock_holder, metadata

__all__ = [
    "CONTENT",
    "TableContent",
    "Tally",
    "content_of",
    "count_rows",
    "first_filled",
    "rows_of",
    "whole_content",
]

Value = str | int | float | bool | None
Row = tuple[Value, ...]

HASH_BYTES = 16
#: The tables a copy consists of, in the order in which they may be filled: all but who uses the original now.
CONTENT = tuple(table for table in metadata.sorted_tables if table is not lock_holder)
_MODULUS = 1 << (8 * HASH_BYTES)


@dataclass(frozen=True, slots=True)
class TableContent:
    """One table with the number of its rows and the hash of all of them (32 hexadecimal digits)."""

    table: str
    rows: int
    content_hash: str


class Tally:
    """Counts and hashes the rows of one table while they pass by."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._rows = 0
        self._sum = 0

    def passing(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield the rows as they come."""
        for row in rows:
            self._rows += 1
            self._sum += int.from_bytes(blake2b(repr(row).encode(), digest_size=HASH_BYTES).digest(), "big")
            yield row

    def result(self) -> TableContent:
        """Return what has passed by so far."""
        return TableContent(self._table, self._rows, f"{self._sum % _MODULUS:0{2 * HASH_BYTES}x}")


def rows_of(connection: Connection, table: Table) -> Generator[Row, None, None]:
    """Yield the rows of a table in bounded memory, with values that are the same on every database."""
    truths = [place for place, column in enumerate(table.c) if isinstance(column.type, Boolean)]
    batches = cast("Generator[list[Row], None, None]", stream_rows(connection, select(*table.c)))
    with closing(batches):
        for batch in batches:
            yield from (_with_truths(row, truths) for row in batch) if truths else map(tuple, batch)


def _with_truths(row: Row, places: list[int]) -> Row:
    """Return a row whose truth values are such: SQLite keeps them as numbers."""
    values = list(row)
    for place in places:
        if values[place] is not None:
            values[place] = bool(values[place])
    return tuple(values)


def content_of(connection: Connection, table: Table) -> TableContent:
    """Count and hash the rows of a table."""
    tally = Tally(table.name)
    for _ in tally.passing(rows_of(connection, table)):
        pass
    return tally.result()


def whole_content(connection: Connection) -> list[TableContent]:
    """Count and hash the rows of all tables, in the order in which they may be filled."""
    connection.execute(select(1))  # begins the transaction, which reading past SQLAlchemy would not
    return [content_of(connection, table) for table in CONTENT]


def count_rows(connection: Connection, table: Table) -> int:
    """Count the rows of a table."""
    return connection.scalar(select(func.count()).select_from(table)) or 0


def first_filled(connection: Connection) -> str:
    """Return the name of a table that has rows; empty if none has any."""
    for table in CONTENT:
        if connection.execute(select(*table.c).limit(1)).first() is not None:
            return table.name
    return ""
