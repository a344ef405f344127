"""Records that wait for somebody's decision, those first whose decision would move the most cells."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, exists, func, select

from catalogue.errors import NotFound
from catalogue.lookup import AreaIndex
from catalogue.matching.meanings import (
    EMPTY,
    STATES,
    UNMATCHED,
    Meaning,
    MeaningRow,
    meaning_of,
    meaning_row,
)
from catalogue.matching.patterns import title_key
from catalogue.matching.rulings import REVIEW, Service
from catalogue.reports.filters import Filters, select_cells
from catalogue.reports.review_impact import Impact, impacts
from catalogue.reports.review_names import record_name
from catalogue.tables import match, offering, ozg_service, service_record, source

__all__ = ["ReviewFilters", "ReviewRow", "review_list", "review_row"]


@dataclass(frozen=True)
class ReviewFilters:
    """What to look at; what is empty limits nothing, but no ``states`` means those under review.

    ``record`` is the number of a single record.
    """

    states: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    level: str = ""
    themes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    record: int = 0


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One record and what deciding about it would do; docs/data-dictionary.md explains every field."""

    record: str
    source: str
    ref: str
    title: str
    official_title: str
    reported_keys: tuple[str, ...]
    state: str
    accepted: tuple[str, ...]
    candidates: int
    ozg_id: str
    leika_key: str
    service: str
    score: float | None
    method: str
    accept_cells: int | None
    online_cells: int | None
    reject_cells: int | None
    release_cells: int | None
    areas: int
    similar: int
    said_by: str


class _Record(NamedTuple):
    id: int
    source_id: int
    source: str
    ref: str
    title: str
    official_title: str
    reported_keys: str
    meaning: Meaning


def review_list(connection: Connection, now: datetime, filters: ReviewFilters) -> list[ReviewRow]:
    """Return records, those first that move most cells. Raise NotFound for what filters name wrongly."""
    states = filters.states or (REVIEW,)
    for state in states:
        if state not in STATES:
            raise NotFound("review_state_unknown", given=state, known=", ".join(STATES))
    _require_sources(connection, filters.sources)
    waiting = _records(connection, (REVIEW,))
    chosen = waiting if set(states) == {REVIEW} else _records(connection, states)
    chosen = _limited(connection, chosen, filters)
    best = {one.id: one.meaning.best.service if one.meaning.best else None for one in waiting}
    moved = impacts(connection, now, best) if any(one.id in best for one in chosen) else {}
    names = _Names(connection, chosen, waiting)
    rows = [names.row(one, moved.get(one.id)) for one in chosen]
    return sorted(rows, key=lambda row: (-_weight(row), -row.areas, row.source, row.ref))


def review_row(connection: Connection, now: datetime, record_id: int) -> ReviewRow | None:
    """Return one record as the list has it, whatever its state; None if it was withdrawn."""
    found = review_list(connection, now, ReviewFilters(states=STATES, record=record_id))
    return found[0] if found else None


def _weight(row: ReviewRow) -> int:
    """Return how many cells the weightiest decision about a record would move."""
    return max(row.accept_cells or 0, row.reject_cells or 0, row.release_cells or 0)


def _require_sources(connection: Connection, given: Iterable[str]) -> None:
    known = list(connection.scalars(select(source.c.key).where(source.c.active).order_by(source.c.key)))
    for key in given:
        if key not in known:
            raise NotFound("source_unknown", given=key, known=", ".join(known) or "–")


def _of_record(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    same = (match.c.source_id == service_record.c.source_id, match.c.pattern == service_record.c.ref)
    return exists().where(*same, *conditions).correlate(service_record)


def _records(connection: Connection, states: Sequence[str]) -> list[_Record]:
    """Return the records of active sources in these states."""
    condition = and_(service_record.c.withdrawn_run.is_(None), source.c.active)
    if set(states) == {REVIEW}:
        condition = and_(condition, _of_record(match.c.state == REVIEW))
    elif UNMATCHED not in states:
        condition = and_(condition, _of_record())
    said: dict[int, list[MeaningRow]] = defaultdict(list)
    of_match = (match.c[name] for name in MeaningRow._fields)
    rows = (
        select(service_record.c.id, *of_match)
        .join(source, source.c.id == service_record.c.source_id)
        .join(
            match,
            and_(match.c.source_id == service_record.c.source_id, match.c.pattern == service_record.c.ref),
        )
        .where(condition)
    )
    for row in connection.execute(rows):
        said[row.id].append(meaning_row(row))
    columns = [service_record.c[name] for name in ("ref", "title", "official_title", "reported_keys")]
    query = (
        select(service_record.c.id, service_record.c.source_id, source.c.key, *columns)
        .join(source, source.c.id == service_record.c.source_id)
        .where(condition)
    )
    found = [
        _Record(
            id=row.id,
            source_id=row.source_id,
            source=row.key,
            ref=row.ref,
            title=row.title,
            official_title=row.official_title,
            reported_keys=row.reported_keys,
            meaning=meaning_of(said[row.id]) if row.id in said else EMPTY,
        )
        for row in connection.execute(query)
    ]
    return [one for one in found if one.meaning.state in states]


def _limited(connection: Connection, records: list[_Record], filters: ReviewFilters) -> list[_Record]:
    if filters.record:
        return [one for one in records if one.id == filters.record]
    if filters.sources:
        records = [one for one in records if one.source in filters.sources]
    if filters.areas or filters.level or filters.themes:
        chosen = select_cells(
            connection, Filters(areas=filters.areas, level=filters.level, themes=filters.themes)
        )
        if filters.areas or filters.level:
            shown = _shown_in(connection, [one.id for one in chosen.areas])
            records = [one for one in records if one.id in shown]
        if chosen.themes is not None:
            query = select(ozg_service.c.ozg_id).where(ozg_service.c.theme.in_(chosen.themes))
            of_theme = set(connection.scalars(query))
            records = [one for one in records if of_theme & {ozg_id for ozg_id, _ in _all_of(one.meaning)}]
    return records


def _all_of(meaning: Meaning) -> list[Service]:
    return [*meaning.accepted, *meaning.rejected, *(row.service for row in meaning.waiting)]


def _shown_in(connection: Connection, area_ids: Iterable[int]) -> set[int]:
    """Return the records that are offered in areas or above them."""
    index = AreaIndex.load(connection)
    steps = {step for area_id in area_ids for step in index.closure(area_id)}
    query = select(offering.c.record_id).where(
        offering.c.area_id.in_(steps), offering.c.withdrawn_run.is_(None), offering.c.record_id.is_not(None)
    )
    return set(connection.scalars(query.distinct()))


class _Names:
    """What a row says beside the record: names of services, how many areas and like titles there are."""

    def __init__(self, connection: Connection, chosen: Sequence[_Record], waiting: Sequence[_Record]) -> None:
        titles = select(ozg_service.c.ozg_id, ozg_service.c.title)
        self.services: dict[str, str] = dict(connection.execute(titles).all())
        self.areas = _count_areas(connection) if chosen else {}
        self.like = Counter(title_key(one.title, one.official_title) for one in waiting)

    def row(self, one: _Record, impact: Impact | None) -> ReviewRow:
        meaning = one.meaning
        best = meaning.best
        known = title_key(one.title, one.official_title)
        return ReviewRow(
            record=record_name(one.source, one.ref),
            source=one.source,
            ref=one.ref,
            title=one.title,
            official_title=one.official_title,
            reported_keys=tuple(one.reported_keys.split()),
            state=meaning.state,
            accepted=tuple(key or ozg_id for ozg_id, key in meaning.accepted),
            candidates=len(meaning.waiting),
            ozg_id=best.ozg_id if best else "",
            leika_key=best.leika_key if best else "",
            service=self.services.get(best.ozg_id, "") if best else "",
            score=best.score if best else None,
            method=best.method if best else "",
            accept_cells=impact.accept if impact and best else None,
            online_cells=impact.online if impact and best else None,
            reject_cells=impact.reject if impact and best else None,
            release_cells=impact.release if impact else None,
            areas=self.areas.get(one.id, 0),
            similar=self.like[known] if known else 0,
            said_by=meaning.said_by,
        )


def _count_areas(connection: Connection) -> Mapping[int, int]:
    query = (
        select(offering.c.record_id, func.count(offering.c.area_id.distinct()))
        .where(offering.c.withdrawn_run.is_(None), offering.c.record_id.is_not(None))
        .group_by(offering.c.record_id)
    )
    return dict(connection.execute(query).all())
