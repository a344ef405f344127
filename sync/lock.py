"""One sync at a time, and one check of links beside it: a lock that dies with its holder and names it.

The system decides: on PostgreSQL an advisory lock of the database, on SQLite a lock on a file beside the
database's. Both are released when the process ends, however it ends. The row in ``lock_holder`` says who
holds it. It decides only where the system cannot: where a file system has no locks, or another machine has
locks of its own on the same file (:mod:`sync.lock_places`).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection

from catalogue.errors import StoreError
from catalogue.lockholders import LEASE, Holder
from catalogue.store import Store
from sync.lock_places import FilePlace, Place, ServerPlace

__all__ = ["NOT_HELD", "Hold", "LockHeld", "LockLost", "only_one"]

log = logging.getLogger(__name__)

#: Seconds between two beats; a schedule holds its lock for weeks, and each beat is a commit.
BEAT_SECONDS: Final = {"schedule": 60.0}
USUAL_BEAT_SECONDS: Final = 15.0
#: Seconds between two looks at a holder of whom it is not known whether it lives.
LOOK_SECONDS: Final = 5.0


class LockHeld(Exception):
    """Another process holds the lock; ``host``, ``pid`` and ``started_at`` name it where known."""

    def __init__(self, host: str, pid: int, started_at: str) -> None:
        super().__init__(host, pid, started_at)
        self.host = host
        self.pid = pid
        self.started_at = started_at


class LockLost(StoreError):
    """Another process has taken the lock that this one held; nothing more may be written."""

    def __init__(self) -> None:
        super().__init__("lock_lost")


class Hold:
    """A lock that is held, and renewed by a thread of its own as long as it is."""

    def __init__(self, what: str, place: Place | None) -> None:
        self._what = what
        self._place = place
        self._done = threading.Event()
        self._lost = threading.Event()

    def check(self) -> None:
        """Look whether the lock is still held. Raise LockLost if somebody else has it.

        Where nobody can tell just now, as the database is busy or away, nothing is raised.
        """
        if self._place is not None and (self._lost.is_set() or self._place.beat() is False):
            self._lost.set()
            raise LockLost

    def require(self) -> None:
        """Raise LockLost if the beating has found out that somebody else has the lock; asks nobody."""
        if self._lost.is_set():
            raise LockLost

    def confirm(self, connection: Connection) -> None:
        """Make sure at the end of a transaction that it may be committed. Raise LockLost or StoreError."""
        if self._place is None:
            return
        if self._lost.is_set() or not self._place.confirm(connection):
            self._lost.set()
            raise LockLost

    def note_run(self, run_id: int) -> None:
        """Let others see which run this is about, as far as the database is not too busy for that."""
        if self._place is not None:
            self._place.note_run(run_id)

    @contextmanager
    def beating(self, seconds: float) -> Iterator[None]:
        """Renew the lock every so many seconds meanwhile, and leave its place at the end."""
        if self._place is None:
            yield
            return
        thread = threading.Thread(target=self._beat, args=(seconds,), name=f"lock {self._what}", daemon=True)
        try:
            thread.start()
            yield
        finally:
            self._done.set()
            self._place.leave()

    def _beat(self, seconds: float) -> None:
        while not self._done.wait(seconds):
            try:
                kept = self._place is None or self._place.beat()
            except Exception:
                log.exception("lock %s", self._what)  # the next beat may do better
                continue
            if kept is False and not self._done.is_set():
                log.error("lock %s: another process has taken it", self._what)
                self._lost.set()
                return


#: What somebody has who needs no lock, as nobody else can see the database.
NOT_HELD: Final = Hold("", None)


@contextmanager
def only_one(store: Store, what: str = "sync") -> Iterator[Hold]:
    """Hold a lock of this database: of a ``sync``, of checking ``links``, of a ``night`` or a ``schedule``.

    They are independent of each other. Raise LockHeld if another process has this one, StoreError if the
    database cannot be written. Whoever died holding it is succeeded at once, or after a lease where only
    the row can tell of it.
    """
    if store.is_sqlite and store.engine.url.database in {None, "", ":memory:"}:
        yield NOT_HELD
        return
    place = FilePlace(store, what) if store.is_sqlite else ServerPlace(store, what)
    with closing(place):
        if not place.take():
            raise _held(place.found())
        _succeed(place)
        hold = Hold(what, place)
        with hold.beating(BEAT_SECONDS.get(what, USUAL_BEAT_SECONDS)):
            yield hold


def _succeed(place: Place) -> None:
    """Write who holds the lock now. Raise LockHeld if it is somebody else, by all that can be known."""
    found = place.found()
    if found is not None and not place.is_dead(found):
        if found.is_fresh(datetime.now(UTC)):
            raise _held(found)
        _outlive(place, found)
    if not place.enter(found):
        raise _held(place.found())
    if found is not None:
        log.warning(
            "lock %s: taken over from process %d on %s, which held it since %s and is gone",
            *(found.what, found.pid, found.host, found.started_at),
        )


def _outlive(place: Place, found: Holder) -> None:
    """Return when a holder has not stirred for a whole lease. Raise LockHeld as soon as it does.

    Clocks of two machines differ, and clocks are set: that a moment lies far back proves nothing, that a row
    does not change while we watch it does.
    """
    log.info("lock %s: is process %d on %s still there?", found.what, found.pid, found.host)
    begun, waiting = time.monotonic(), threading.Event()
    while time.monotonic() - begun < LEASE.total_seconds():
        waiting.wait(LOOK_SECONDS)
        now = place.found()
        if now is not None and now != found:
            raise _held(now)


def _held(holder: Holder | None) -> LockHeld:
    return LockHeld(holder.host, holder.pid, holder.started_at) if holder else LockHeld("?", 0, "?")
