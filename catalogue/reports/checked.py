"""The figure ``checked``: cells that are online, and whose link answered lately; and why it moved."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, FromClause, func, select

from catalogue.history import Period, state_at
from catalogue.links import request_url
from catalogue.links_answers import Answers, answers_at
from catalogue.reports.filters import Selection
from catalogue.tables import cell, cell_change, ozg_service

__all__ = ["CheckedCounts", "DeadLink", "Moves", "checked_between", "count_checked", "dead_links"]

Key = tuple[int, str]
#: What a cause added to the figure of an area and took from it.
Moves = dict[str, tuple[int, int]]


class CheckedCounts(NamedTuple):
    """Cells of an area that are online: those whose link answered lately, and those whose link is broken."""

    answered: int = 0
    broken: int = 0


class DeadLink(NamedTuple):
    """A cell that is online by its sources, and whose link is broken since its first strike."""

    ars: str
    area: str
    level: str
    ozg_id: str
    title: str
    url: str
    since: str


def count_checked(connection: Connection, chosen: Selection, scope: str) -> dict[int, CheckedCounts] | None:
    """Return the counts by area; areas without online cells are left out. None: nothing was ever checked."""
    answers = answers_at(connection, chosen.as_of)
    if answers is None:
        return None
    rows = chosen.cells
    query = (
        select(rows.c.area_id, rows.c.online_url, func.count())
        .where(chosen.condition(), rows.c.status == "online")
        .group_by(rows.c.area_id, rows.c.online_url)
    )
    if scope == "competent":
        query = query.where(rows.c.competent == "yes")
    answered: Counter[int] = Counter()
    broken: Counter[int] = Counter()
    for area_id, written, count in connection.execute(query):
        url = request_url(written)
        answered[area_id] += count if url in answers.fresh else 0
        broken[area_id] += count if url in answers.broken else 0
    return {area_id: CheckedCounts(answered[area_id], broken[area_id]) for area_id in answered}


def dead_links(connection: Connection, chosen: Selection) -> list[DeadLink]:
    """Return the online cells of the chosen areas and services whose link is broken, by area and OZG id."""
    answers = answers_at(connection, chosen.as_of)
    if answers is None or not answers.broken:
        return []
    rows = chosen.cells
    query = (
        select(rows.c.area_id, rows.c.ozg_id, rows.c.online_url, ozg_service.c.title)
        .outerjoin(ozg_service, ozg_service.c.ozg_id == rows.c.ozg_id)
        .where(replace(chosen, statuses=None).condition(), rows.c.status == "online")
    )
    places = {one.id: (number, one) for number, one in enumerate(chosen.areas)}
    found: list[tuple[int, DeadLink]] = []
    for area_id, ozg_id, written, title in connection.execute(query):
        since = answers.broken.get(request_url(written))
        if since is not None and area_id in places:
            number, one = places[area_id]
            found.append(
                (number, DeadLink(one.ars, one.label, one.level, ozg_id, title or "", written, since))
            )
    return [dead for _, dead in sorted(found, key=lambda pair: (pair[0], pair[1].ozg_id))]


class CheckedMovement(NamedTuple):
    """The figure of an area at both ends of a period, and what causes did to it."""

    before: int
    after: int
    causes: Moves


def checked_between(
    connection: Connection,
    chosen: Selection,
    period: Period,
    moments: tuple[datetime | None, datetime | None],
    scope: str,
) -> dict[int, CheckedMovement] | None:
    """Return the movement by area; None unless links had been checked at both ends of the period.

    Each cell that counts at one end only has one cause, so that causes add up: that its link died, answers
    again, answered for the first time or not lately; else what moved the cell.
    """
    since, until = moments
    old = answers_at(connection, since) if since is not None else None
    new = answers_at(connection, until)
    if old is None or new is None:
        return None
    before = _online(connection, chosen, state_at(period.after), scope)
    after = _online(connection, chosen, cell if period.until is None else state_at(period.until), scope)
    had = {key for key, url in before.items() if url in old.fresh}
    has = {key for key, url in after.items() if url in new.fresh}
    changes = _last_causes(connection, period)
    gained: defaultdict[int, Counter[str]] = defaultdict(Counter)
    lost: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for key in has - had:
        gained[key[0]][_cause(key, before, after, changes) or _cause_of_answer(after[key], old)] += 1
    for key in had - has:
        lost[key[0]][_cause(key, before, after, changes) or _cause_of_loss(before[key], new)] += 1
    return {
        one.id: CheckedMovement(
            sum(key[0] == one.id for key in had),
            sum(key[0] == one.id for key in has),
            {
                cause: (gained[one.id][cause], lost[one.id][cause])
                for cause in sorted({*gained[one.id], *lost[one.id]})
            },
        )
        for one in chosen.areas
    }


def _online(connection: Connection, chosen: Selection, rows: FromClause, scope: str) -> dict[Key, str]:
    query = select(rows.c.area_id, rows.c.ozg_id, rows.c.online_url).where(
        chosen.condition_on(rows), rows.c.status == "online"
    )
    if scope == "competent":
        query = query.where(rows.c.competent == "yes")
    return {(area_id, ozg_id): request_url(url) for area_id, ozg_id, url in connection.execute(query)}


def _last_causes(connection: Connection, period: Period) -> dict[Key, str]:
    change = cell_change.c
    query = select(change.area_id, change.ozg_id, change.cause).where(period.holds(change.run_id))
    return {
        (area_id, ozg_id): cause
        for area_id, ozg_id, cause in connection.execute(query.order_by(change.run_id))
    }


def _cause(key: Key, before: Mapping[Key, str], after: Mapping[Key, str], changes: Mapping[Key, str]) -> str:
    """Return what moved the cell itself; empty if it rests on the same link at both ends."""
    return "" if before.get(key) == after.get(key) else changes.get(key, "offer_changed")


def _cause_of_answer(url: str, old: Answers) -> str:
    return "link_recovered" if url in old.broken else "link_answered"


def _cause_of_loss(url: str, new: Answers) -> str:
    return "link_died" if url in new.broken else "link_lapsed"
