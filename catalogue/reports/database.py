"""What a database holds, and whether it is sound."""

from __future__ import annotations

from dataclasses import dataclass

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
    found = [str(row[0]) for row in connection.execute(text("PRAGMA integrity_check"))]
    complaints = [line for line in found if line != "ok"]
    broken = connection.execute(text("PRAGMA foreign_key_check"))
    complaints += [f"{row[0]} #{row[1]} -> {row[2]}" for row in broken]
    return complaints[:COMPLAINTS]
