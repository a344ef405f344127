"""Where a lock is held: a file beside a SQLite database, or a session of a PostgreSQL server.

Each is the system's own lock with the row in ``lock_holder`` beside it. What the two promise:

- PostgreSQL: who has the advisory lock is alone, so any row that is found is a dead one's. If the session
  breaks, the lock is gone with it; it is taken again once, and is lost if anybody had it meanwhile. The lock
  of a process that was killed is free a moment later, when the server has noticed; so much is waited for it.
- SQLite: who has the lock on the file is alone on this machine. A holder of another machine may have been
  granted a lock of its own on the same file (network file systems, containers), or there may be none at all:
  then it lives as long as its row changes. Each transaction renews the row itself, so that one that lasts
  longer than a lease cannot be overtaken: SQLite lets nobody else write meanwhile.
"""

from __future__ import annotations

import errno
import os
import platform
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Final, Protocol, cast

from filelock import FileLock, Timeout
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from catalogue import lockholders
from catalogue.errors import StoreError
from catalogue.lockholders import Holder
from catalogue.store import Store
from catalogue.tables import lock_holder

__all__ = ["FilePlace", "Place", "ServerPlace"]

#: Any fixed numbers will do, but 1_017_2017: that of migrations.
LOCK_NUMBERS: Final = {
    "sync": 1_017_2016,
    "links": 1_017_2018,
    "night": 1_017_2019,
    "schedule": 1_017_2020,
}
#: How long a beat waits for a database that is busy; the next one does as well.
BEAT_PATIENCE: Final = 1.0  # seconds
#: How long a server may take to notice that the process of a session is gone.
DEATH_PATIENCE: Final = 2.0  # seconds
_DEATH_LOOK: Final = 0.05  # seconds between two looks meanwhile
#: How long the end of a run waits for a beat that hangs on the network.
LAST_PATIENCE: Final = 3.0  # seconds
#: What a file system says that has no locks.
_NO_LOCKS: Final = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}


class Place(Protocol):
    """A lock that this process wants to hold, or holds."""

    def take(self) -> bool:
        """Take the system's lock; return False if another process has it. Raise StoreError."""

    def found(self) -> Holder | None:
        """Return who holds the lock, going by the row."""

    def is_dead(self, holder: Holder, /) -> bool:
        """Tell whether the process of a row is known to be gone, as the system's lock was free."""

    def enter(self, expected: Holder | None) -> bool:
        """Write this process into the row; return False if it is not as expected any more."""

    def beat(self) -> bool | None:
        """Renew the row; return False if the lock is lost, None if nobody can tell just now."""

    def confirm(self, connection: Connection, /) -> bool:
        """Tell inside of a transaction whether it may be committed. Raise StoreError if nobody can tell."""

    def note_run(self, run_id: int) -> None:
        """Write the run into the row, unless the database is too busy."""

    def leave(self) -> None:
        """Remove the row, whatever happens; a row that stays is a dead one's to whoever comes next."""

    def close(self) -> None:
        """Give the system's lock back."""


def _myself(what: str) -> Holder:
    started_at = _now().isoformat(timespec="seconds")
    return Holder(what, platform.node(), os.getpid(), started_at, started_at, token=uuid.uuid4().hex)


def _now() -> datetime:
    return datetime.now(UTC)


class _Row:
    """What both places have in common: the row. A database whose schema is older or absent has none."""

    def __init__(self, store: Store, what: str) -> None:
        self._store = store
        self._what = what
        self._myself = _myself(what)
        self._has_row = False

    def found(self) -> Holder | None:
        """Return who holds the lock, going by the row."""
        with self._store.read() as connection:
            self._has_row = inspect(connection).has_table(lock_holder.name)
            return lockholders.find_holder(connection, self._what) if self._has_row else None

    def enter(self, expected: Holder | None) -> bool:
        """Write this process into the row; return False if it is not as expected any more."""
        if not self._has_row:
            return True
        with self._store.write() as connection:
            if lockholders.find_holder(connection, self._what) not in {expected, None}:
                return False
            lockholders.enter(connection, self._myself)
        return True

    def _renew(self, connection: Connection) -> bool:
        if not self._has_row:
            connection.execute(text("SELECT 1"))
            return True
        return lockholders.beat(connection, self._what, self._myself.token, _now())


class FilePlace(_Row):
    """A lock on a file beside a SQLite database."""

    def __init__(self, store: Store, what: str) -> None:
        super().__init__(store, what)
        # A link to the database is the same database.
        database = Path(str(store.engine.url.database)).resolve()
        self._file = Path(f"{database}{'' if what == 'sync' else f'.{what}'}.lock")
        self._lock = FileLock(self._file, fallback_to_soft=False)

    def take(self) -> bool:
        """Lock the file; where the file system has no locks, the row alone decides. Raise StoreError."""
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            return False
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise StoreError(
                    "database_folder", path=str(self._file.parent), why=error.strerror or "?"
                ) from None
        return True

    def is_dead(self, holder: Holder) -> bool:
        """Tell whether a process of this machine is gone; of another machine's nothing is known."""
        if holder.host != self._myself.host:
            return False
        return self._lock.is_locked or not _runs(holder.pid)

    def beat(self) -> bool | None:
        """Renew the row; return False if it is another's, None if the database is busy."""
        try:
            with self._briefly() as connection:
                return self._renew(connection)
        except SQLAlchemyError:
            return None

    def confirm(self, connection: Connection) -> bool:
        """Renew the row as part of a transaction; while that lasts nobody else can write."""
        return self._renew(connection)

    def note_run(self, run_id: int) -> None:
        """Write the run into the row, unless the database is busy."""
        if self._has_row:
            with suppress(SQLAlchemyError), self._briefly() as connection:
                lockholders.note_run(connection, self._what, self._myself.token, run_id)

    def leave(self) -> None:
        """Remove the row, unless the database is busy."""
        if self._has_row:
            with suppress(SQLAlchemyError), self._briefly() as connection:
                lockholders.leave(connection, self._what, self._myself.token)

    def close(self) -> None:
        """Give the lock on the file back."""
        self._lock.release()

    @contextmanager
    def _briefly(self) -> Iterator[Connection]:
        """Give a connection of its own for writing that does not wait for others for long."""
        with self._store.engine.connect() as connection:
            driver = cast(SqliteConnection, connection.connection.driver_connection)
            connection.detach()  # closed afterwards, as its patience is not that of others
            driver.execute(f"PRAGMA busy_timeout = {int(BEAT_PATIENCE * 1000)}")
            connection = connection.execution_options(lueckenlos_writer=True)
            with connection.begin():
                yield connection


def _runs(pid: int) -> bool:
    """Tell whether this machine has a process of that number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is another account's
        return True
    return True


class ServerPlace(_Row):
    """An advisory lock of a PostgreSQL server, which belongs to a session of its own."""

    def __init__(self, store: Store, what: str) -> None:
        super().__init__(store, what)
        self._session: Connection | None = None
        self._closed = False
        self._number = {"number": LOCK_NUMBERS[what]}
        self._turn = threading.Lock()  # one thread at a time may use the session

    def take(self) -> bool:
        """Take the advisory lock in a new session. Raise StoreError if there is no server.

        A server notices a moment late that a process was killed; until then its lock is waited for.
        """
        with self._store.maintain():
            pass  # names what is wrong with the server, if anything is
        self._session = self._open_at_first()
        end, waiting = time.monotonic() + DEATH_PATIENCE, threading.Event()
        while self._session is None and time.monotonic() < end and self._is_of_dead():
            waiting.wait(_DEATH_LOOK)
            self._session = self._open_at_first()
        return self._session is not None

    def _open_at_first(self) -> Connection | None:
        """Open a session as below. Raise StoreError if the connection breaks just then."""
        try:
            return self._open()
        except SQLAlchemyError as error:
            raise StoreError("database_unreachable", database=self._store.shown_url) from error

    def _is_of_dead(self) -> bool:
        """Tell whether the row names a process of this machine that does not run any more."""
        holder = self.found()
        return holder is not None and holder.host == self._myself.host and not _runs(holder.pid)

    def _open(self) -> Connection | None:
        """Return a session that has the lock, or None if another one has it."""
        session = self._store.engine.connect()
        try:
            session = session.execution_options(isolation_level="AUTOCOMMIT")
            session.detach()  # closed afterwards, and with it the lock is free whatever happens
            session.execute(text(f"SET lock_timeout = {int(BEAT_PATIENCE * 1000)}"))
            if session.scalar(text("SELECT pg_try_advisory_lock(:number)"), self._number):
                return session
        except BaseException:
            session.close()
            raise
        session.close()
        return None

    def is_dead(self, _holder: Holder, /) -> bool:
        """Tell that any process of a row is gone: else the server would not have given us the lock."""
        return True

    def beat(self) -> bool | None:
        """Renew the row; take the lock once more if the session broke."""
        with self._turn:
            if self._session is not None:
                try:
                    return self._renew(self._session)
                except DBAPIError as error:
                    if not error.connection_invalidated:
                        return True  # somebody changes the table just now; who can say so has the lock
                self._end_session()
            if self._closed:
                return None
            try:
                self._session = self._open()
                return self._session is not None and self._renew(self._session)
            except SQLAlchemyError:
                return None  # the server is away; whoever writes next says so

    def confirm(self, _connection: Connection, /) -> bool:
        """Tell whether the session still has the lock. Raise StoreError if the server does not say."""
        kept = self.beat()
        if kept is None:
            raise StoreError("database_unreachable", database=self._store.shown_url)
        return kept

    def note_run(self, run_id: int) -> None:
        """Write the run into the row, unless the table is in use."""
        with self._turn, suppress(SQLAlchemyError):
            if self._session is not None and self._has_row:
                lockholders.note_run(self._session, self._what, self._myself.token, run_id)

    def leave(self) -> None:
        """Remove the row, unless the session broke."""
        if self._turn.acquire(timeout=LAST_PATIENCE):
            try:
                with suppress(SQLAlchemyError):
                    if self._session is not None and self._has_row:
                        lockholders.leave(self._session, self._what, self._myself.token)
            finally:
                self._turn.release()

    def close(self) -> None:
        """Give the lock back and end the session; no beat takes it again."""
        self._closed = True
        if self._turn.acquire(timeout=LAST_PATIENCE):
            try:
                self._end_session()
            finally:
                self._turn.release()

    def _end_session(self) -> None:
        if self._session is None:
            return
        with suppress(SQLAlchemyError):  # a session that broke has lost the lock as well
            # The end of a session frees it, too, but some time after we have gone on.
            self._session.execute(text("SELECT pg_advisory_unlock(:number)"), self._number)
        with suppress(SQLAlchemyError):
            self._session.close()
        self._session = None
