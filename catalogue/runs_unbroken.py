"""Which run came before, not counting those that broke off: what these did belongs to the run after them."""

from __future__ import annotations

from sqlalchemy import Connection, case, func, select

from catalogue.tables import run

__all__ = ["run_before"]


def run_before(connection: Connection, run_id: int) -> int:
    """Return the number of the last run before this one that did not break off; 0 if all did.

    A run that was killed after it had applied a source and the run that finishes its work count as one, so
    that what is gone is not given up a night early, and what is new is still new.
    """
    unbroken = func.max(case((run.c.state != "aborted", run.c.id), else_=0))
    found = connection.scalar(select(unbroken).where(run.c.id < run_id))
    return run_id - 1 if found is None else int(found)
