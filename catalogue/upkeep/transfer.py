"""The whole content of a database written into another one, be it SQLite or PostgreSQL.

All of it is one transaction in the target: whatever fails, the target is as it was. Rows flow from one to
the other in bounded memory. Before the end the target is read again, and the number of rows and the hash of
every table must be those that were read from the source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection, Table, delete, func, select, text
from sqlalchemy.exc import DataError, IntegrityError

from catalogue.bulk import insert_rows
from catalogue.errors import StoreError
from catalogue.store import Store
from catalogue.tables import metadata
from catalogue.upkeep.content import (
    CONTENT,
    TableContent,
    Tally,
    content_of,
    count_rows,
    first_filled,
    rows_of,
)

__all__ = ["SILENT", "Listener", "require_other", "transfer"]

#: Is told the name of a table and the number of its rows before it is written.
Listener = Callable[[str, int], None]


def SILENT(table: str, rows: int) -> None:  # noqa: N802 - a constant that happens to be a function
    """Listen to nothing."""


def transfer(
    source: Store, target: Store, *, replace: bool = False, listen: Listener = SILENT
) -> list[TableContent]:
    """Write everything the source holds into the target; the source is only read.

    Both must have the schema of this version. Raise StoreError, and change nothing, if the target has rows
    and they are not to be replaced, if it cannot hold what the source holds, or if it holds something else
    afterwards.
    """
    require_other(source, target)
    for store in (source, target):
        store.require_current()
    with source.read() as reading, target.write(rebuild=True) as writing:
        filled = first_filled(writing)
        if filled and not replace:
            raise StoreError("target_not_empty", database=target.shown_url, table=filled)
        with _references_let_go(writing):
            if filled:
                for table in reversed(CONTENT):
                    writing.execute(delete(table))
            written = [_write(reading, writing, table, listen) for table in CONTENT]
        for expected in written:
            if content_of(writing, metadata.tables[expected.table]) != expected:
                raise StoreError("copy_differs", database=target.shown_url, table=expected.table)
    return written


def require_other(source: Store, target: Store) -> None:
    """Raise StoreError if both are the same database."""
    if _place(source) == _place(target):
        raise StoreError("move_onto_itself", database=target.shown_url)


def _place(store: Store) -> tuple[object, ...]:
    """Return what tells one database from another, as far as their addresses do."""
    url = store.engine.url
    if store.is_sqlite:
        return ("sqlite", Path(url.database or "").resolve())
    return (url.host, url.port, url.database, url.query.get("host"), url.query.get("port"))


def _write(reading: Connection, writing: Connection, table: Table, listen: Listener) -> TableContent:
    listen(table.name, count_rows(reading, table))
    tally = Tally(table.name)
    try:
        with closing(rows_of(reading, table)) as rows:  # whatever fails, nothing is left open in the source
            insert_rows(writing, table, table.c.keys(), tally.passing(rows))
    except Exception as error:
        _name(error, writing, table.name)
        raise
    if writing.dialect.name == "postgresql":
        _continue_numbers(writing, table)
    return tally.result()


def _name(error: Exception, writing: Connection, table: str) -> None:
    """Raise StoreError if it is the content that the target refused."""
    driver = writing.dialect.loaded_dbapi
    if isinstance(error, DataError | driver.DataError):
        raise StoreError("copy_unfit", table=table) from error
    if isinstance(error, IntegrityError | driver.IntegrityError):
        raise StoreError("copy_broken", table=table) from error


def _continue_numbers(writing: Connection, table: Table) -> None:
    """Let PostgreSQL number new rows after those that are there."""
    for column in table.primary_key:
        sequence = writing.scalar(
            text("SELECT pg_get_serial_sequence(quote_ident(:table), :name)"),
            {"table": table.name, "name": column.name},
        )
        if sequence:
            last = writing.scalar(select(func.max(column)))
            statement = text("SELECT setval(:sequence, :value, :used)")
            writing.execute(statement, {"sequence": sequence, "value": last or 1, "used": last is not None})


@contextmanager
def _references_let_go(writing: Connection) -> Iterator[None]:
    """Take references between tables away and put them back, which checks them all at once.

    Checking them row by row would take PostgreSQL hours where rows are deleted. SQLite's are switched off
    by the transaction, and only checked here.
    """
    if writing.dialect.name == "sqlite":
        yield
        broken = writing.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            raise StoreError("copy_broken", table=str(broken[0]))
        return
    references = writing.execute(_REFERENCES).all()
    for table, name, _ in references:
        writing.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    yield
    for table, name, definition in references:
        try:
            writing.exec_driver_sql(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
        except IntegrityError as error:
            raise StoreError("copy_broken", table=str(table)) from error


_REFERENCES = text(
    "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint "
    "WHERE contype = 'f' AND conrelid IN (SELECT oid FROM pg_class WHERE relnamespace = "
    "current_schema()::regnamespace) ORDER BY 1, 2"
)
