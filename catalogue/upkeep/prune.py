"""What may be forgotten after a while, and the room it took.

Forgotten are details of old readings, notices that were sent, and what connectors remembered of sources
that are in no region file any more. Kept for ever are cells and their history, what people decided or
remarked, runs with their figures, and the irregularities of the reading that each source stands on,
however old it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, Table, delete, func, select, tuple_

from catalogue.history import stored_moment
from catalogue.store import Store
from catalogue.tables import issue, metadata, notice, source, source_memory, source_run
from catalogue.upkeep.content import count_rows

__all__ = ["Pruned", "compact", "prune"]


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was forgotten of one table, and what is left of it."""

    table: str
    removed: int
    kept: int


def prune(store: Store, before: datetime, *, keep: bool = True) -> list[Pruned]:
    """Forget what is older than a moment; with ``keep`` false only count what would be forgotten.

    Room in the file is made by :func:`compact`.
    """
    limit = stored_moment(before)
    with store.write(keep=keep) as connection:
        return [
            _forget(connection, issue, issue.c.id, _old_issues(limit)),
            _forget(
                connection,
                source_memory,
                tuple_(source_memory.c.source_id, source_memory.c.key),
                _old_memory(limit),
            ),
            _forget(connection, notice, notice.c.id, _old_notices(limit)),
        ]


def _old_issues(limit: str) -> Select[Any]:
    """Choose irregularities of readings that ended before a moment and that nothing rests on."""
    stands_on = select(func.max(source_run.c.id)).where(source_run.c.state == "ok")
    return (
        select(issue.c.id)
        .join(source_run, source_run.c.id == issue.c.source_run_id)
        .where(source_run.c.finished_at < limit)
        .where(source_run.c.id.not_in(stands_on.group_by(source_run.c.source_id)))
    )


def _old_memory(limit: str) -> Select[Any]:
    """Choose what was remembered of sources that are not read any more and were not since a moment."""
    return (
        select(source_memory.c.source_id, source_memory.c.key)
        .join(source, source.c.id == source_memory.c.source_id)
        .where(~source.c.active, func.coalesce(source.c.attempted_at, "") < limit)
    )


def _old_notices(limit: str) -> Select[Any]:
    """Choose notices that were sent or given up before a moment, but for the last one about each trouble."""
    last = select(func.max(notice.c.id)).group_by(notice.c.recipient, notice.c.level, notice.c.trouble)
    return select(notice.c.id).where(
        notice.c.created_at < limit, notice.c.state != "waiting", notice.c.id.not_in(last)
    )


def _forget(connection: Connection, table: Table, key: Any, old: Select[Any]) -> Pruned:
    before = count_rows(connection, table)
    connection.execute(delete(table).where(key.in_(old)))
    kept = count_rows(connection, table)
    return Pruned(table.name, before - kept, kept)


def compact(store: Store) -> None:
    """Give back the room that nothing uses.

    SQLite writes its file anew for that, and needs room for a second one meanwhile; its plans are made
    without statistics, and stay so. PostgreSQL frees the room for new rows. Raise StoreError if the database
    is in use for too long or there is no room.
    """
    with store.maintain() as connection:
        if store.is_sqlite:
            connection.exec_driver_sql("VACUUM")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            quote = connection.dialect.identifier_preparer.quote
            for table in metadata.sorted_tables:
                connection.exec_driver_sql(f"VACUUM (ANALYZE) {quote(table.name)}")
