"""A stage as tables beside the catalogue's own, on SQLite and PostgreSQL alike.

On SQLite the stage's file is attached as the schema ``stage``; on PostgreSQL its rows are copied into
temporary tables, to which that schema's name is translated.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import BigInteger, Column, Connection, MetaData, Table, Text, text

from catalogue.bulk import copy_rows
from catalogue.stagetables import INTEGER_COLUMNS, STAGE_TABLES
from catalogue.store import Store

__all__ = ["STAGED", "write_with_stage"]

SCHEMA: Final = "stage"
_metadata = MetaData()
#: What is applied of each table: its key, whether the object is there (1) or deleted (0), and its content.
#: How often it was written counts for the summary only, and a million rows are copied faster without it.
_COLUMNS: Final = {name: (*key, "op", *columns) for name, (key, columns) in STAGE_TABLES.items()}


def _table(name: str, columns: tuple[str, ...]) -> Table:
    return Table(
        name,
        _metadata,
        *(
            Column(column, BigInteger if column in INTEGER_COLUMNS else Text, nullable=False)
            for column in columns
        ),
        schema=SCHEMA,
    )


#: The stage's tables by name.
STAGED: Final = {name: _table(name, columns) for name, columns in _COLUMNS.items()}


@contextmanager
def write_with_stage(store: Store, path: Path, *others: Path, keep: bool = True) -> Iterator[Connection]:
    """Give a writing connection that also sees the stage at ``path`` as the schema ``stage``.

    On PostgreSQL ``others`` may hold the rest of it; no object may be in two of them (see join_stages).
    """
    if store.is_sqlite:
        if others:
            raise ValueError("one stage for SQLite")
        with store.write(keep=keep, attach=(SCHEMA, path)) as connection:
            yield connection
        return
    with store.write(keep=keep) as connection:
        translated = connection.execution_options(schema_translate_map={SCHEMA: "pg_temp"})
        _copy_into_temporary_tables(translated, (path, *others))
        yield translated


def _copy_into_temporary_tables(connection: Connection, paths: Sequence[Path]) -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as stage:
        for number, path in enumerate(paths):
            stage.execute(f"ATTACH DATABASE ? AS part_{number}", (str(path),))
        for name, (key, _) in STAGE_TABLES.items():
            names = _COLUMNS[name]
            spelled = ", ".join(
                f"{column} {'bigint' if column in INTEGER_COLUMNS else 'text'} NOT NULL" for column in names
            )
            connection.execute(text(f"CREATE TEMPORARY TABLE {name} ({spelled}) ON COMMIT DROP"))
            # Each part has this order already, and SQLite reads them side by side: nothing is sorted.
            parts = " UNION ALL ".join(
                f"SELECT {', '.join(names)} FROM part_{number}.{name}" for number in range(len(paths))
            )
            rows = stage.execute(f"{parts} ORDER BY {', '.join(key)}")
            copy_rows(connection, name, names, rows)
            connection.execute(text(f"ANALYZE {name}"))
