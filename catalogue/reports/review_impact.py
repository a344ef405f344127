"""How many cells a decision about a record would move, for all records under review in one pass.

Every cell that a record under review could concern is decided again by the rules that made it, once for
each record that could move it: as the cell would be if the record's best candidate were accepted, if it were
rejected, and if none of its candidates were right. What would not move a status is not counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, and_, select

from catalogue.evidence import ABSENT, DESCRIBED, FORM, ONLINE, Evidence, Shown
from catalogue.matching.rulings import Service
from catalogue.situations import Situations
from catalogue.tables import match, offering, region_area, service_record, statement
from catalogue.verdict import Level, Situation, decide

__all__ = ["Impact", "impacts"]

AREAS_AT_ONCE = 400
_RANKS = {"online": ONLINE, "form": FORM, "described": DESCRIBED, "absent": ABSENT}


class Impact(NamedTuple):
    """How many cells would change their status by each decision about a record."""

    accept: int = 0  # if the best candidate were accepted
    online: int = 0  # so many of these to online
    reject: int = 0  # if the best candidate alone were rejected
    release: int = 0  # if no candidate were right


class _Offer(NamedTuple):
    """One offering of a record under review, as evidence would take it."""

    record_id: int
    shown: Shown

    @property
    def rank(self) -> int:
        return self.shown[0]


@dataclass
class _Counts:
    accept: Counter[int] = field(default_factory=Counter)
    online: Counter[int] = field(default_factory=Counter)
    reject: Counter[int] = field(default_factory=Counter)
    release: Counter[int] = field(default_factory=Counter)


def impacts(connection: Connection, now: datetime, best: Mapping[int, Service | None]) -> dict[int, Impact]:
    """Return what decisions would move, by record number.

    ``best`` has all records under review, each with its best candidate if one is better than all others.
    """
    situations = Situations(connection, now)
    offered = _offered(connection, situations)
    region = list(connection.scalars(select(region_area.c.area_id).order_by(region_area.c.position)))
    areas = [
        area_id for area_id in region if any(step in offered for step in situations.areas.closure(area_id))
    ]
    counts = _Counts()
    for start in range(0, len(areas), AREAS_AT_ONCE):
        group = areas[start : start + AREAS_AT_ONCE]
        situations.load(group)
        for area_id in group:
            _count_area(area_id, situations, offered, best, counts)
    return {
        record_id: Impact(
            counts.accept[record_id],
            counts.online[record_id],
            counts.reject[record_id],
            counts.release[record_id],
        )
        for record_id in best
    }


def _offered(connection: Connection, situations: Situations) -> dict[int, dict[str, list[_Offer]]]:
    """Return the offerings of records under review that are heard, by area and candidate."""
    reader = situations.reader
    waiting = (
        select(service_record.c.id)
        .join(
            match,
            and_(match.c.source_id == service_record.c.source_id, match.c.pattern == service_record.c.ref),
        )
        .where(match.c.state == "review", service_record.c.withdrawn_run.is_(None))
    )
    columns = [
        offering.c[name]
        for name in ("area_id", "record_id", "online_id", "kind", "source_id", "ref", "first_run")
    ]
    query = (
        select(*columns, statement.c.status, statement.c.url, statement.c.operator)
        .outerjoin(
            statement,
            and_(statement.c.source_id == offering.c.source_id, statement.c.ref == offering.c.ref),
        )
        .where(
            offering.c.withdrawn_run.is_(None),
            offering.c.area_id.is_not(None),
            offering.c.record_id.in_(waiting),
        )
    )
    found: dict[int, dict[str, list[_Offer]]] = defaultdict(dict)
    for row in connection.execute(query):
        weight = reader.trust.get(row.source_id)
        limit = reader.limits.get(row.source_id)
        if weight is None or (limit is not None and row.area_id not in limit):
            continue
        if row.kind == "direct":
            rank, url, operator = _RANKS.get(row.status, DESCRIBED), row.url or "", row.operator or ""
        else:
            (rank, url), operator = reader.rank_of(row.kind, row.record_id, row.online_id), ""
        shown = (rank, weight, row.source_id, row.ref, url, operator, row.first_run)
        for ozg_id in set(reader.review.get(row.record_id, ())):
            found[row.area_id].setdefault(ozg_id, []).append(_Offer(row.record_id, shown))
    return found


def _count_area(
    area_id: int,
    situations: Situations,
    offered: dict[int, dict[str, list[_Offer]]],
    best: Mapping[int, Service | None],
    counts: _Counts,
) -> None:
    levels = situations.levels(area_id)
    concerned = {ozg_id for level in levels for ozg_id in offered.get(level.area_id, ())}
    for service, situation in situations.of_area(area_id):
        ozg_id = service.ozg_id
        if ozg_id not in concerned:
            continue
        offers = {
            level: offered[level.area_id][ozg_id]
            for level in levels
            if level.area_id in offered and ozg_id in offered[level.area_id]
        }
        cell = _Cell(ozg_id, situation, levels, offers)
        _count_decisions_that_end(cell, best, counts)
        _count_acceptance(cell, best, counts)


class _Cell(NamedTuple):
    """One cell and the offerings of records under review that may be about its service."""

    ozg_id: str
    situation: Situation
    levels: Sequence[Level]  # from the area itself upwards
    offers: Mapping[Level, Sequence[_Offer]]

    def waiting(self, without: int | None = None) -> set[int]:
        """Return the records that could show more than what is known."""
        known = max((evidence.rank for _, evidence in self.situation.shown), default=ABSENT)
        return {
            offer.record_id
            for offers in self.offers.values()
            for offer in offers
            if offer.rank > known and offer.record_id != without
        }

    def with_accepted(self, record_id: int, key: str) -> Situation:
        """Return the situation as it would be if a record were this service."""
        shown = {level: _copy(evidence) for level, evidence in self.situation.shown}
        leaf = key if key in self.situation.leaves else ""
        for level, offers in self.offers.items():
            for offer in offers:
                if offer.record_id == record_id:
                    shown.setdefault(level, Evidence(offer.shown[2])).add(leaf, offer.shown)
        ordered = [(level, shown[level]) for level in self.levels if level in shown]
        cell = self._replace(situation=self.situation._replace(shown=ordered))
        return cell.situation._replace(waiting="others" if cell.waiting(without=record_id) else "")


def _count_decisions_that_end(cell: _Cell, best: Mapping[int, Service | None], counts: _Counts) -> None:
    """Count what moves because the one record that keeps a cell from a verdict does so no more."""
    waiting = cell.waiting()
    if len(waiting) != 1:
        return
    if decide(cell.situation._replace(waiting="")).status == decide(cell.situation).status:
        return
    (record_id,) = waiting
    counts.release[record_id] += 1
    chosen = best.get(record_id)
    if chosen is None:
        return
    if chosen[0] == cell.ozg_id:
        counts.reject[record_id] += 1
    else:
        counts.accept[record_id] += 1


def _count_acceptance(cell: _Cell, best: Mapping[int, Service | None], counts: _Counts) -> None:
    status = decide(cell.situation).status
    for record_id in {offer.record_id for offers in cell.offers.values() for offer in offers}:
        chosen = best.get(record_id)
        if chosen is None or chosen[0] != cell.ozg_id:
            continue
        accepted = decide(cell.with_accepted(record_id, chosen[1])).status
        if accepted != status:
            counts.accept[record_id] += 1
            counts.online[record_id] += accepted == "online"


def _copy(evidence: Evidence) -> Evidence:
    copied = copy(evidence)
    copied.leaves = None if evidence.leaves is None else set(evidence.leaves)
    copied.absent = None if evidence.absent is None else set(evidence.absent)
    return copied
