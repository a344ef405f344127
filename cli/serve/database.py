"""Asking the catalogue from a server: connections that cannot write, few at once, none for long.

A SQLite file in WAL mode and PostgreSQL both let readers see the last committed state while a sync writes, so
no question ever waits for one. Whether anything was committed is asked of the database itself: SQLite
counts commits (``data_version``), PostgreSQL describes what is visible (``pg_current_snapshot``). So
whatever a sync, a decision or an annotation changes is noticed, and nothing has to be kept in step with it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from sqlite3 import Error as DriverError
from typing import TypeVar, cast
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import PoolProxiedConnection

from catalogue.errors import StoreError
from catalogue.store import Store, open_store, redact

__all__ = ["Library", "TooSlow"]

T = TypeVar("T")

#: Questions that may be asked at once; the others wait for their turn.
QUESTIONS_AT_ONCE = 2
#: How long one question may take.
SECONDS_PER_QUESTION = 10.0
#: Pages of a SQLite file that each connection keeps; the system keeps them all the same.
CACHE_KIB = 16_384
#: SQLite looks at the clock after so many steps of a statement, some hundred times a second.
STEPS_BETWEEN_LOOKS = 20_000
_REVISION = text("SELECT version_num FROM alembic_version")
_CANCELLED = "57014"  # PostgreSQL: query_canceled, by statement_timeout


class TooSlow(Exception):
    """A question took longer than it may."""


class Library:
    """The catalogue as a server reads it; may be used by several threads."""

    def __init__(self, url: URL, seconds: float = SECONDS_PER_QUESTION) -> None:
        self._url = url
        self._seconds = seconds
        self._clock = _Clock()
        self._store = Store(self._engine())
        self._revision: str | None = None
        self._watch: PoolProxiedConnection | None = None
        self._watches = 0
        self._file = self._identity()

    def state(self) -> Hashable:
        """Return a value that is another one whenever something was committed since the last call.

        To be called by one thread at a time. Raise StoreError if the database cannot be asked.
        """
        try:
            self._reopen_if_replaced()
            said = self._commits() if self._store.is_sqlite else self._snapshot()
        except (SQLAlchemyError, DriverError) as error:
            self._forget_watch()
            raise StoreError("database_unreachable", database=redact(str(self._url))) from error
        return (self._file, self._watches, said)

    def _commits(self) -> int:
        """Return SQLite's count of commits, which only one and the same connection can compare."""
        if self._watch is None:
            self._watch = self._store.engine.raw_connection()
            self._watches += 1  # another connection counts from another beginning
        driver = cast(SqliteConnection, self._watch.driver_connection)
        return int(driver.execute("PRAGMA data_version").fetchone()[0])

    def _snapshot(self) -> str:
        with self._store.engine.connect() as connection:
            return str(connection.scalar(text("SELECT pg_current_snapshot()::text")))

    def ask(self, question: Callable[[Connection], T]) -> T:
        """Return the answer to a question, from one consistent state. Raise StoreError or TooSlow."""
        self._clock.start(self._seconds)
        try:
            with self._store.read() as connection:
                self._require_current(connection)
                return question(connection)
        except (StoreError, SQLAlchemyError) as error:
            if self._clock.is_over() or _was_cancelled(error):
                raise TooSlow from error
            raise
        finally:
            self._clock.stop()

    def _require_current(self, connection: Connection) -> None:
        """Raise StoreError unless the schema is the one this version works with.

        It is looked at with every question, as somebody may upgrade the database meanwhile.
        """
        revision = connection.scalar(_REVISION) if self._revision else None
        if revision is None or revision != self._revision:
            self._store.require_current()
            self._revision = self._store.current_revision()

    def close(self) -> None:
        """End what is being asked, and close all connections."""
        self._clock.end()
        self._forget_watch()
        self._store.close()

    def _engine(self) -> Engine:
        if self._url.get_backend_name() == "sqlite":
            return _sqlite(self._url, self._clock)
        engine = open_store(self._url.render_as_string(hide_password=False)).engine
        milliseconds = int(self._seconds * 1000)

        @event.listens_for(engine, "connect")
        def _configure(dbapi_connection: DBAPIConnection, _record: object) -> None:
            cursor = dbapi_connection.cursor()
            cursor.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
            cursor.execute(f"SET statement_timeout = {milliseconds}")
            cursor.close()
            dbapi_connection.commit()

        return engine

    def _identity(self) -> tuple[int, int] | None:
        """Return which file it is: another one may be put in its place, as when a backup is restored."""
        if self._url.get_backend_name() != "sqlite" or not self._url.database:
            return None
        try:
            found = Path(self._url.database).stat()
        except OSError:
            self._forget_watch()
            raise StoreError("database_absent", database=redact(str(self._url))) from None
        return found.st_dev, found.st_ino

    def _reopen_if_replaced(self) -> None:
        found = self._identity()
        if found != self._file:
            self._forget_watch()
            self._store.close()
            self._revision = None
            self._file = found

    def _forget_watch(self) -> None:
        if self._watch is not None:
            self._watch.invalidate()
            self._watch.close()
            self._watch = None


class _Clock:
    """Says for each thread how long its question may go on."""

    def __init__(self) -> None:
        self._ends = threading.local()
        self._ended = threading.Event()

    def start(self, seconds: float) -> None:
        self._ends.at = time.monotonic() + seconds

    def stop(self) -> None:
        self._ends.at = None

    def end(self) -> None:
        self._ended.set()

    def is_over(self) -> bool:
        at: float | None = getattr(self._ends, "at", None)
        return self._ended.is_set() or (at is not None and time.monotonic() > at)


def _sqlite(url: URL, clock: _Clock) -> Engine:
    """Return an engine that opens a SQLite file for reading, whatever its access rights allow."""
    path = quote(str(Path(url.database or "").expanduser().absolute()))
    readonly = url.set(database=f"file:{path}", query={"mode": "ro", "uri": "true"})
    engine = create_engine(readonly, pool_size=QUESTIONS_AT_ONCE + 1)

    @event.listens_for(engine, "connect")
    def _configure(dbapi_connection: object, _record: object) -> None:
        connection = cast(SqliteConnection, dbapi_connection)
        connection.isolation_level = None  # the event below starts transactions
        connection.execute("PRAGMA query_only=ON")
        connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        connection.execute("PRAGMA temp_store=FILE")
        connection.set_progress_handler(clock.is_over, STEPS_BETWEEN_LOOKS)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def _was_cancelled(error: BaseException) -> bool:
    """Tell whether PostgreSQL ended a statement because it took too long."""
    cause = error.__cause__ if isinstance(error, StoreError) else error
    return getattr(getattr(cause, "orig", None), "sqlstate", "") == _CANCELLED
