"""Which run came before, not counting those that broke off: what these did belongs to the run after them.

A run that was killed after it had applied a source and the run that finishes its work count as one, so that
what is gone is not given up a night early, and what is new is still new. Runs of another kind that came in
between finish nothing, and all runs of one night count as one as well: a night that was killed is done again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, case, func, select

from catalogue.tables import link_run, night, run, source_run

__all__ = ["reading_before", "run_before"]

#: A night that has been running for longer than this has died, and nobody has done it again.
LONGEST_NIGHT = timedelta(hours=20)


def run_before(connection: Connection, run_id: int) -> int:
    """Return the number of the last run before this one that computed cells to its end; 0 if none did."""
    checks_links = run.c.id.in_(select(link_run.c.run_id))
    unbroken = func.max(case((run.c.state != "aborted", run.c.id), else_=0))
    found = connection.scalar(select(unbroken).where(run.c.id < run_id, ~checks_links))
    return run_id - 1 if found is None else int(found)


def reading_before(connection: Connection, source_id: int, run_id: int) -> int:
    """Return the number of the last run before this night that read a source and did not break off.

    It is 0 if all of them broke off or are of this night.
    """
    begun = _night_of(connection, run_id)
    query = (
        select(run.c.id, run.c.state, run.c.started_at)
        .join(source_run, source_run.c.run_id == run.c.id)
        .where(run.c.id < run_id, source_run.c.source_id == source_id)
        .order_by(run.c.id.desc())
    )
    rows = connection.execute(query).all()
    for earlier, state, started_at in rows:
        if state != "aborted" and (begun is None or datetime.fromisoformat(started_at) < begun):
            return int(earlier)
    return 0 if rows else run_id - 1


def _night_of(connection: Connection, run_id: int) -> datetime | None:
    """Return when the night began that a run is part of, be it in another process; None if it is of none."""
    started_at = connection.scalar(select(run.c.started_at).where(run.c.id == run_id))
    nights = connection.scalars(select(night.c.started_at).where(night.c.state == "running")).all()
    if started_at is None or not nights:
        return None
    begun = min(map(datetime.fromisoformat, nights))
    return begun if datetime.fromisoformat(started_at) - begun < LONGEST_NIGHT else None
