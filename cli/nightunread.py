"""A night that cannot begin because its region file has mistakes: kept as failed, so that somebody notices.

Who is to be told stands in that file, so nobody is: ``health`` and the morning's report say it.
"""

from __future__ import annotations

import re
from typing import Final

from catalogue.errors import StoreError
from cli import exits
from cli.failures import region_line
from cli.session import Session
from sync.lock import LockHeld, only_one
from sync.night import StepOutcome
from sync.region import RegionFileError
from sync.schedule import book

__all__ = ["keep_unread_night"]

#: What names of jobs look like; which there are stands in the file.
_NAME: Final = re.compile("[a-z][a-z0-9_-]{0,39}")
#: So many mistakes are kept, and so much of each.
_MOST: Final = 5
_LONGEST: Final = 300


def keep_unread_night(session: Session, job: str, due_at: str, error: RegionFileError) -> None:
    """Keep that a job could not begin for a moment, unless the database knows better. Never raises."""
    if not _NAME.fullmatch(job):
        return
    lines = [region_line(error, one, session.text)[:_LONGEST] for one in error.errors[:_MOST]]
    params: dict[str, str | int] = {"count": len(error.errors), "said": " – ".join(lines)}
    why = StepOutcome("region_file", "failed", "night_not_begun", params)
    try:
        with session.open_store() as store, only_one(store, "night"), store.write() as connection:
            book.close_dead(connection, session.now())
            book.note_not_begun(connection, job, due_at, why, exits.USAGE, session.now())
    except (StoreError, LockHeld):
        # Without a database nothing can be kept; a night that runs says itself how it ends.
        return
