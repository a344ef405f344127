"""Whether anybody carries on what the database calls running: a run, a night, a check of links."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from sqlalchemy import Connection

from catalogue.lockholders import Holder, holders

__all__ = ["Carriers", "is_living"]

#: Locks whose holders write runs; a night and a schedule let others write them.
_WRITERS: Final = frozenset({"sync", "links"})


@dataclass(frozen=True, slots=True)
class Carriers:
    """The holders of locks that live, as far as this machine can tell."""

    living: tuple[Holder, ...]

    @classmethod
    def read(cls, connection: Connection, now: datetime) -> Self:
        """Read who holds a lock now, without those that are gone."""
        return cls(tuple(one for one in holders(connection) if is_living(one, now)))

    def hold(self, what: str) -> bool:
        """Tell whether anybody holds a lock."""
        return any(one.what == what for one in self.living)

    def carry(self, run: int) -> bool:
        """Tell whether anybody writes a run; a holder notes its run a moment after that began."""
        return any(one.run_id in {run, None} for one in self.living if one.what in _WRITERS)


def is_living(holder: Holder, now: datetime) -> bool:
    """Tell whether a holder has stirred within a lease and, if it is of this machine, its process runs."""
    if not holder.is_fresh(now):
        return False
    return holder.host != platform.node() or _runs(holder.pid)


def _runs(pid: int) -> bool:
    """Tell whether this machine has a process of that number; where nobody can ask, it may have."""
    if os.name != "posix":
        return True
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # it is another account's
        return True
    return True
