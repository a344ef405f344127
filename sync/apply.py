"""Bring a believed delivery into the catalogue, inside its source's transaction."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, exists, func, select

from catalogue import tables
from catalogue.lookup import AreaIndex
from catalogue.matching.ledger import expect_matching, match_source
from catalogue.memory import apply_memory
from catalogue.objects import Delivered, apply_objects, count_orphans
from catalogue.offerings import apply_offerings, mark_areas_due, resolve_references
from sync.record import remark
from sync.report import SourceOutcome

__all__ = ["apply_delivery", "last_applied", "shows_nowhere"]


def apply_delivery(
    connection: Connection, delivered: Delivered, outcome: SourceOutcome, now: datetime
) -> None:
    """Apply the attached stage and put into ``outcome`` what that did; note the areas it concerns."""
    areas = AreaIndex.load(connection)
    objects = apply_objects(connection, delivered)
    expect_matching(connection, delivered.source_id, delivered.run_id)
    offerings = apply_offerings(connection, delivered, areas.resolve)
    if outcome.summary.direct or (not outcome.summary.objects and _is_direct(connection, delivered)):
        outcome.counts = offerings  # their services came along with them
    else:
        outcome.counts.add(objects)
        outcome.counts.add(offerings)
    if delivered.scope == "everything" and outcome.summary.deletions:
        # The replay of a log; millions of what it deletes may have been removed from it long ago.
        outcome.counts.orphans = count_orphans(connection, delivered)
    apply_memory(connection, delivered)
    resolve_references(connection, delivered)
    match_source(connection, delivered.source_id, delivered.run_id, now.isoformat(timespec="seconds"))
    mark_areas_due(connection, delivered)
    remark(connection, delivered.source_id, delivered.run_id, outcome.summary, areas)
    outcome.counts.dangling = _count_dangling(connection, delivered)


def _count_dangling(connection: Connection, delivered: Delivered) -> int:
    offering = tables.offering.c
    dangling = (
        offering.source_id == delivered.source_id,
        offering.record_id.is_(None),
        offering.withdrawn_run.is_(None),
    )
    return connection.scalar(select(func.count()).where(*dangling)) or 0


def last_applied(connection: Connection, source_id: int, *scopes: str) -> tuple[str, int]:
    """Return scope and number of objects of the delivery applied last, or of the last one of a scope."""
    columns = tables.source_run.c
    query = select(columns.scope, columns.new + columns.changed + columns.unchanged).where(
        columns.source_id == source_id, columns.state == "ok"
    )
    if scopes:
        query = query.where(columns.scope.in_(scopes))
    found = connection.execute(query.order_by(columns.id.desc()).limit(1)).first()
    return (found[0], found[1]) if found else ("", 0)


def shows_nowhere(connection: Connection, source_id: int) -> bool:
    """Tell whether a list shows offers in areas that nobody knows: they could be in any of ours.

    Feeds are not asked: the areas they name and we lack are other regions' or abolished ones.
    """
    offering = tables.offering.c
    unplaced = exists().where(
        offering.source_id == source_id,
        offering.kind == "direct",
        offering.area_id.is_(None),
        offering.withdrawn_run.is_(None),
    )
    return bool(connection.scalar(select(unplaced)))


def _is_direct(connection: Connection, delivered: Delivered) -> bool:
    """Tell whether a source states its offerings itself; of an empty delivery only the past can tell."""
    offering = tables.offering.c
    known = exists().where(offering.source_id == delivered.source_id, offering.kind == "direct")
    return bool(connection.scalar(select(known)))
