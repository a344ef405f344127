"""Who holds the locks of this database: one row each, which its holder renews every few seconds.

The row names the holder to people and decides only where the system's own lock cannot, see ``sync/lock``.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from catalogue.tables import lock_holder

__all__ = ["LEASE", "Holder", "beat", "enter", "find_holder", "holders", "leave", "note_run"]

#: How long a holder counts as living after its last beat. It beats many times as often.
LEASE: Final = timedelta(minutes=3)


class Holder(NamedTuple):
    """A process that holds a lock: ``what`` is sync, links, night or schedule; moments are ISO, in UTC.

    ``run_id`` is the run it is writing, None before that began. ``token`` is another one each time a lock is
    taken.
    """

    what: str
    host: str
    pid: int
    started_at: str
    beat_at: str
    run_id: int | None = None
    token: str = ""

    def is_fresh(self, now: datetime) -> bool:
        """Tell whether the last beat is less than a lease away, going by the clocks of both machines."""
        return abs(now - datetime.fromisoformat(self.beat_at)) < LEASE


_COLUMNS = tuple(lock_holder.c[name] for name in Holder._fields)


def holders(connection: Connection) -> tuple[Holder, ...]:
    """Return all holders by name of the lock; some may have died without taking leave."""
    query = select(*_COLUMNS).order_by(lock_holder.c.what)
    return tuple(Holder(*row) for row in connection.execute(query))


def find_holder(connection: Connection, what: str) -> Holder | None:
    """Return the holder of one lock."""
    row = connection.execute(select(*_COLUMNS).where(lock_holder.c.what == what)).first()
    return Holder(*row) if row else None


def enter(connection: Connection, holder: Holder) -> None:
    """Write who holds a lock now, in place of whoever held it before."""
    connection.execute(delete(lock_holder).where(lock_holder.c.what == holder.what))
    connection.execute(insert(lock_holder).values(holder._asdict()))


def beat(connection: Connection, what: str, token: str, now: datetime) -> bool:
    """Renew a holder's row; return False if it is not there any more or another's."""
    mine = (lock_holder.c.what == what, lock_holder.c.token == token)
    renewed = update(lock_holder).values(beat_at=now.isoformat(timespec="milliseconds")).where(*mine)
    return bool(connection.execute(renewed).rowcount)


def note_run(connection: Connection, what: str, token: str, run_id: int) -> None:
    """Write which run a holder is writing."""
    mine = (lock_holder.c.what == what, lock_holder.c.token == token)
    connection.execute(update(lock_holder).values(run_id=run_id).where(*mine))


def leave(connection: Connection, what: str, token: str) -> None:
    """Remove a holder's row; another's is left alone."""
    mine = (lock_holder.c.what == what, lock_holder.c.token == token)
    connection.execute(delete(lock_holder).where(*mine))
