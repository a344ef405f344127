"""One sync at a time, and one check of links beside it: an advisory lock that dies with its holder.

On PostgreSQL it is an advisory lock of the database, on SQLite a lock on a file beside the database's.
Both are released by the system when the process ends, however it ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from catalogue.errors import StoreError
from catalogue.store import Store
from catalogue.tables import link_run, run

__all__ = ["LockHeld", "only_one"]

#: Any fixed numbers will do; they mark this program's locks in the database.
LOCK_NUMBERS: Final = {"sync": 1_017_2016, "links": 1_017_2017}


class LockHeld(Exception):
    """Another sync or check of links runs; ``host``, ``pid`` and ``started_at`` name it where known."""

    def __init__(self, host: str, pid: int, started_at: str) -> None:
        super().__init__(host, pid, started_at)
        self.host = host
        self.pid = pid
        self.started_at = started_at


@contextmanager
def only_one(store: Store, what: str = "sync") -> Iterator[None]:
    """Hold the lock of this database for a ``sync`` or for checking ``links``; one may run beside the other.

    Raise LockHeld if another process has it.
    """
    if store.is_sqlite:
        with _file_lock(store, what):
            yield
    else:
        with _advisory_lock(store, what):
            yield


@contextmanager
def _file_lock(store: Store, what: str) -> Iterator[None]:
    database = store.engine.url.database
    if not database or database == ":memory:":
        yield
        return
    # A link to the database is the same database.
    path = Path(f"{Path(database).resolve()}{'' if what == 'sync' else f'.{what}'}.lock")
    lock = FileLock(path)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise _held(store, what) from None
    except OSError as error:
        raise StoreError("database_folder", path=str(path.parent), why=error.strerror or "?") from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _advisory_lock(store: Store, what: str) -> Iterator[None]:
    with store.engine.connect() as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        got = connection.scalar(text("SELECT pg_try_advisory_lock(:number)"), {"number": LOCK_NUMBERS[what]})
        if not got:
            raise _held(store, what)
        try:
            yield
        finally:
            with suppress(DBAPIError):  # a connection that broke has lost the lock as well
                connection.execute(text("SELECT pg_advisory_unlock(:number)"), {"number": LOCK_NUMBERS[what]})


def _held(store: Store, what: str) -> LockHeld:
    checks_links = run.c.id.in_(select(link_run.c.run_id))
    query = select(run.c.host, run.c.pid, run.c.started_at).where(
        run.c.state == "running", checks_links if what == "links" else ~checks_links
    )
    with store.read() as connection:
        holder = connection.execute(query.order_by(run.c.id.desc())).first()
    return LockHeld(*holder) if holder else LockHeld("?", 0, "?")
