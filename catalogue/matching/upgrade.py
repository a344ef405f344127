"""A newer matcher: which sources it has not decided about yet, and what it would decide otherwise.

A sync lets a newer matcher decide about records that are new or changed, and leaves the others as they are
until somebody has seen what would change. Newer reference tables are different: what older ones decided
may name services that no longer exist, so with them all records are decided again at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from catalogue.matching.ledger import match_everything
from catalogue.matching.meanings import Meaning, meanings
from catalogue.matching.outcome import VERSION
from catalogue.matching.review import Change
from catalogue.tables import service_record, source

__all__ = ["Outdated", "outdated_sources", "upgrade"]


class Outdated(NamedTuple):
    """A source whose records an older matcher decided about."""

    source_id: int
    source: str
    version: str
    records: int


def outdated_sources(connection: Connection) -> list[Outdated]:
    """Return the sources that wait for the matcher of this program, in the order of their ids."""
    count = (
        select(func.count())
        .where(service_record.c.source_id == source.c.id, service_record.c.withdrawn_run.is_(None))
        .scalar_subquery()
    )
    query = (
        select(source.c.id, source.c.key, source.c.matched_by, count)
        .where(source.c.active, source.c.matched_by.not_in(("", VERSION)))
        .order_by(source.c.key)
    )
    return [Outdated(*row) for row in connection.execute(query)]


def upgrade(connection: Connection, sources: Sequence[int], now: str) -> list[Change]:
    """Let this program's matcher decide about all records of sources; return those it changes."""
    changes: list[Change] = []
    for source_id in sources:
        key = connection.scalars(select(source.c.key).where(source.c.id == source_id)).one()
        titles = _titles(connection, source_id)
        before = meanings(connection, {source_id: list(titles)})
        match_everything(connection, source_id, now)
        after = meanings(connection, {source_id: list(titles)})
        changes += [
            Change(key, ref, titles[ref], before[source_id, ref], after[source_id, ref])
            for ref in titles
            if _said(before[source_id, ref]) != _said(after[source_id, ref])
        ]
    return changes


def _titles(connection: Connection, source_id: int) -> dict[str, str]:
    query = (
        select(service_record.c.ref, service_record.c.title, service_record.c.official_title)
        .where(service_record.c.source_id == source_id, service_record.c.withdrawn_run.is_(None))
        .order_by(service_record.c.ref)
    )
    return {ref: title or official for ref, title, official in connection.execute(query)}


def _said(meaning: Meaning) -> tuple[object, ...]:
    """Return what counts of a meaning: another score or wording of the reason changes nothing."""
    return meaning.state, set(meaning.accepted), {row.service for row in meaning.waiting}
