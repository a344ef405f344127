"""Writing and reading many rows at once, each database's fast way behind one function."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from typing import TYPE_CHECKING, cast

from sqlalchemy import Connection, Select, Table, bindparam, insert, update

if TYPE_CHECKING:
    import psycopg

__all__ = ["copy_rows", "insert_rows", "replace_rows", "stream_rows"]

BATCH_ROWS = 10_000

Value = str | int | float | bool | None


def insert_rows(
    connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Value]]
) -> None:
    """Insert rows given as sequences in the order of ``columns``; each in its own type."""
    if connection.dialect.name == "postgresql":
        copy_rows(connection, table.name, columns, rows)
        return
    compiled = insert(table).compile(dialect=connection.dialect, column_keys=list(columns))
    order = compiled.positiontup or list(columns)
    places = [columns.index(name) for name in order]
    straight = places == list(range(len(columns)))
    for batch in _batches(rows):
        if straight:
            values = [tuple(row) for row in batch]
        else:
            values = [tuple(row[place] for place in places) for row in batch]
        connection.exec_driver_sql(str(compiled), values)


def replace_rows(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Sequence[Value]]
) -> None:
    """Write rows that exist already: all given columns, found by the table's primary key."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    rest = [name for name in columns if name not in keys]
    statement = (
        update(table)
        .where(*(table.c[name] == bindparam(f"key_{name}") for name in keys))
        .values({name: bindparam(f"new_{name}") for name in rest})
    )
    names = [f"key_{name}" if name in keys else f"new_{name}" for name in columns]
    for batch in _batches(rows):
        connection.execute(statement, [dict(zip(names, row, strict=True)) for row in batch])


def stream_rows(
    connection: Connection, query: Select[*tuple[object, ...]]
) -> Iterator[list[tuple[Value, ...]]]:
    """Yield the rows of a query in batches, as the driver gives them, in bounded memory.

    For scans of millions of rows of numbers and text, where wrapping every row costs more than reading it.
    The query's parameters must be numbers.
    """
    statement = str(query.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True}))
    driver = connection.connection
    cursor = driver.cursor() if connection.dialect.name == "sqlite" else driver.cursor(name="scan")
    with closing(cursor):
        cursor.execute(statement)
        while rows := cursor.fetchmany(BATCH_ROWS):
            yield cast("list[tuple[Value, ...]]", rows)


def copy_rows(
    connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Value]]
) -> None:
    """Copy rows into a PostgreSQL table by COPY, inside the connection's transaction."""
    driver = cast("psycopg.Connection[tuple[object, ...]]", connection.connection.driver_connection)
    from psycopg import sql  # the driver is optional and known to be there now

    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(sql.Identifier(name) for name in columns)
    )
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _batches(rows: Iterable[Sequence[Value]]) -> Iterator[list[Sequence[Value]]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, BATCH_ROWS)):
        yield batch
