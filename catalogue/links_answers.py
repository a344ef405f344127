"""Which links answered lately and which are broken, now or at a moment of the past.

A link answered lately if a check of the last days got an answer from it and it is not broken. What was never
checked, or could not be for so long, is in neither part: it is not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, select

from catalogue.links import stored
from catalogue.tables import link_check, link_run, link_target, run

__all__ = ["Answers", "answers_at"]

_WORKS: Final = ("ok", "moved")


@dataclass(frozen=True, slots=True)
class Answers:
    """Addresses that answered within so many days, and broken ones with the moment of their first strike."""

    days: int
    fresh: frozenset[str]
    broken: Mapping[str, str]


def answers_at(connection: Connection, moment: datetime | None = None) -> Answers | None:
    """Return what is known of links at a moment, by default now; None if no link had been checked by then.

    For how many days an answer counts is what the last check before said. Of the past it is known for as
    long as the book of links is kept.
    """
    at = moment or datetime.now(UTC)
    query = (
        select(link_run.c.fresh_days)
        .join(run, run.c.id == link_run.c.run_id)
        .where(run.c.started_at <= stored(at))
        .order_by(run.c.id.desc())
    )
    days = connection.scalar(query.where(link_run.c.checked > 0).limit(1))
    if days is None:
        return None
    since = stored(at - timedelta(days=days))
    if moment is None:
        return _now(connection, days, since)
    return _then(connection, days, since, stored(at))


def _now(connection: Connection, days: int, since: str) -> Answers:
    target = link_target.c
    fresh = select(target.url).where(target.last_ok >= since, target.state != "broken")
    broken = select(target.url, target.failing_since).where(target.state == "broken")
    return Answers(days, frozenset(connection.scalars(fresh)), dict(connection.execute(broken).all()))


def _then(connection: Connection, days: int, since: str, until: str) -> Answers:
    """Put together what the book said: rows in the order of their time, the last one of a link decides."""
    check = link_check.c
    query = (
        select(link_target.c.url, check.first_at, check.last_at, check.result, check.state, check.strikes)
        .join(link_target, link_target.c.id == check.target_id)
        .where(check.first_at <= until)
        .order_by(check.target_id, check.first_at)
    )
    answered: dict[str, str] = {}
    failing: dict[str, str] = {}
    broken: dict[str, str] = {}
    for url, first_at, last_at, result, state, strikes in connection.execute(query):
        if result in _WORKS:
            # A row may go on beyond the moment; it has checks at least every few days.
            answered[url] = min(last_at, until)
            failing.pop(url, None)
        elif strikes:
            failing.setdefault(url, first_at)
        if state == "broken":
            broken[url] = failing.get(url, first_at)
        else:
            broken.pop(url, None)
    fresh = frozenset(url for url, at in answered.items() if at >= since and url not in broken)
    return Answers(days, fresh, broken)
