"""What a database holds, and whether it is sound."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import Connection, func, select, text

from catalogue.tables import metadata

__all__ = ["TableRow", "damage", "table_rows"]

#: Complaints that are shown; a damaged file may have thousands.
COMPLAINTS = 20


@dataclass(frozen=True, slots=True)
class TableRow:
    """One table with the number of its rows."""

    table: str
    rows: int


def table_rows(connection: Connection) -> list[TableRow]:
    """Count the rows of every table."""
    return [
        TableRow(name, connection.scalar(select(func.count()).select_from(table)) or 0)
        for name, table in sorted(metadata.tables.items())
    ]


def damage(connection: Connection) -> list[str]:
    """Return what SQLite finds wrong in its file; nothing if it is sound.

    PostgreSQL looks after its files itself and has nothing to say here.
    """
    if connection.dialect.name != "sqlite":
        return []
    complaints = list(islice(_complaints_about_file(connection), COMPLAINTS))
    broken = connection.execute(text("PRAGMA foreign_key_check"))
    complaints += [f"{row[0]} #{row[1]} -> {row[2]}" for row in islice(broken, COMPLAINTS)]
    return complaints[:COMPLAINTS]


def _complaints_about_file(connection: Connection) -> Iterator[str]:
    """Yield what the integrity check says, but not what a look at the table refutes.

    SQLite 3.40 takes columns of tables without rowid for empty where the primary key is not made of the
    first columns, once for each column and row. So the check must not stop after a number of complaints.
    """
    checked: dict[str, bool] = {"ok": False}
    for row in connection.exec_driver_sql(f"PRAGMA integrity_check({_ALL})"):
        line = str(row[0])
        if line not in checked:
            checked[line] = not _is_refuted(connection, line)
            if checked[line]:
                yield line


_ALL = 2**31 - 1
_NULL_VALUE = re.compile(r"NULL value in (\w+)\.(\w+)")


def _is_refuted(connection: Connection, complaint: str) -> bool:
    named = _NULL_VALUE.fullmatch(complaint)
    table = metadata.tables.get(named[1]) if named else None
    if named is None or table is None or named[2] not in table.c:
        return False
    column = table.c[named[2]]
    return connection.execute(select(column).where(column.is_(None)).limit(1)).first() is None
