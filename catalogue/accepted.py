"""Which held deliveries somebody let in by hand, so that what they moved says so."""

from __future__ import annotations

from sqlalchemy import Connection, and_, func, or_, select

from catalogue.tables import area_due, source_run

__all__ = ["accepted_sources"]


def accepted_sources(connection: Connection, run_id: int) -> frozenset[int]:
    """Return the sources whose moves of a run are due to a delivery that was accepted by hand.

    These are the sources accepted in the run itself, and those accepted in one that came no further than
    to apply them: their offers are still due.
    """
    newest = (
        select(func.max(source_run.c.id).label("id"))
        .where(source_run.c.state == "ok")
        .group_by(source_run.c.source_id)
        .subquery()
    )
    still_due = select(area_due.c.source_id).where(area_due.c.cause == "offers")
    query = select(source_run.c.source_id).where(
        source_run.c.accepted_by_hand,
        or_(
            source_run.c.run_id == run_id,
            and_(source_run.c.id.in_(select(newest.c.id)), source_run.c.source_id.in_(still_due)),
        ),
    )
    return frozenset(connection.scalars(query))
