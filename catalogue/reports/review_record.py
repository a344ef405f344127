"""One record with all that a decision about it rests on: texts, candidates, cells and earlier decisions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, and_, or_, select

from catalogue.lookup import AreaIndex
from catalogue.matching.keyed import Decider
from catalogue.matching.meanings import Meaning, meanings
from catalogue.matching.outcome import Page
from catalogue.matching.patterns import ANY, RECORD, SOURCE
from catalogue.matching.reference import stored_reference
from catalogue.matching.rulings import Effective
from catalogue.naming import NamedArea, labels_of
from catalogue.reports.review import ReviewRow, review_row
from catalogue.reports.review_names import FoundRecord, record_name
from catalogue.tables import (
    area,
    cell,
    leika_service,
    match,
    offering,
    online_service,
    ozg_service,
    region_area,
    ruling,
    service_record,
    source,
    statement,
)

if TYPE_CHECKING:
    from catalogue.matching.matcher import Reason  # its libraries are slow to load

__all__ = ["ActRow", "CandidateRow", "ConcernedCell", "OfferedRow", "RecordView", "history", "view_record"]


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """One service that a record is, may be or is not, and whose word that is."""

    ozg_id: str
    service: str
    leika_key: str
    leika_name: str
    state: str
    method: str
    score: float
    reason: str
    actor: str
    by_person: bool
    decided_at: str


@dataclass(frozen=True, slots=True)
class OfferedRow:
    """One offering of the record: where, and what the source says there."""

    source: str
    ref: str
    area: str
    ars: str
    kind: str
    status: str
    url: str
    unit: str
    note: str


@dataclass(frozen=True, slots=True)
class ConcernedCell:
    """One cell that the record could concern, as it is now."""

    ars: str
    area: str
    level: str
    ozg_id: str
    status: str
    reason: str


@dataclass(frozen=True, slots=True)
class ActRow:
    """One decision of a person, also one that was taken back or outranked."""

    number: int
    record: str
    title: str
    scope: str
    verdict: str
    services: tuple[str, ...]
    actor: str
    decided_at: str
    reason: str
    undone_by: str
    undone_at: str
    undone_reason: str


@dataclass(frozen=True)
class RecordView:
    """A record with everything about it; ``row`` is None if it was withdrawn."""

    record: FoundRecord
    row: ReviewRow | None
    meaning: Meaning
    types: tuple[str, ...]
    form_url: str
    has_text: bool
    valid_from: str
    valid_to: str
    modified_at: str
    candidates: list[CandidateRow]
    reasons: tuple[Reason, ...]  # what the matcher says about the title
    offered: list[OfferedRow]
    cells: list[ConcernedCell]
    history: list[ActRow]


def view_record(connection: Connection, now: datetime, record: FoundRecord) -> RecordView:
    """Return everything about a record."""
    row = connection.execute(select(service_record).where(service_record.c.id == record.id)).one()
    candidates = _candidates(connection, record)
    services = {one.ozg_id for one in candidates if one.ozg_id}
    decider = Decider.of(stored_reference(connection))
    page = Page(record.title or record.official_title)
    said = meanings(connection, {record.source_id: [record.ref]})
    return RecordView(
        record=record,
        row=review_row(connection, now, record.id),
        meaning=said[record.source_id, record.ref],
        types=tuple(row.reported_types.split()),
        form_url=row.form_url,
        has_text=row.has_text,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        modified_at=row.modified_at,
        candidates=candidates,
        reasons=decider.matcher.match(page, record.reported_keys.split()).reasons,
        offered=_offered(connection, record.id),
        cells=_cells(connection, record.id, services),
        history=history(connection, record),
    )


def _candidates(connection: Connection, record: FoundRecord) -> list[CandidateRow]:
    columns = [match.c[name] for name in Effective._fields]
    query = (
        select(*columns, ozg_service.c.title, leika_service.c.name)
        .outerjoin(ozg_service, ozg_service.c.ozg_id == match.c.ozg_id)
        .outerjoin(leika_service, leika_service.c.leika_key == match.c.leika_key)
        .where(match.c.source_id == record.source_id, match.c.pattern == record.ref)
        .order_by(match.c.score.desc(), match.c.ozg_id, match.c.leika_key)
    )
    return [
        CandidateRow(
            ozg_id=row.ozg_id,
            service=row.title or "",
            leika_key=row.leika_key,
            leika_name=row.name or "",
            state=row.state,
            method=row.method,
            score=row.score,
            reason=row.reason,
            actor=row.actor,
            by_person=row.by_person,
            decided_at=row.decided_at,
        )
        for row in connection.execute(query)
    ]


def _offered(connection: Connection, record_id: int) -> list[OfferedRow]:
    said = (statement.c[name] for name in ("status", "url", "unit", "note"))
    place = (area.c[name] for name in ("ars", "name", "type", "level"))
    query = (
        select(offering, source.c.key, *place, *said, online_service.c.url.label("online_url"))
        .join(source, source.c.id == offering.c.source_id)
        .outerjoin(area, area.c.id == offering.c.area_id)
        .outerjoin(
            statement,
            and_(statement.c.source_id == offering.c.source_id, statement.c.ref == offering.c.ref),
        )
        .outerjoin(online_service, online_service.c.id == offering.c.online_id)
        .where(offering.c.record_id == record_id, offering.c.withdrawn_run.is_(None))
        .order_by(area.c.ars, source.c.key, offering.c.ref)
    )
    rows = connection.execute(query).all()
    labels = _labels(connection, {row.area_id for row in rows if row.area_id is not None})
    return [
        OfferedRow(
            source=row.key,
            ref=row.ref,
            area=labels.get(row.area_id, row.area_raw),
            ars=row.ars or "",
            kind=row.kind,
            status=row.status or "",
            url=row.url or row.online_url or "",
            unit=row.unit or "",
            note=row.note or "",
        )
        for row in rows
    ]


def _labels(connection: Connection, area_ids: Iterable[int]) -> dict[int, str]:
    index = AreaIndex.load(connection)
    places = [index[area_id] for area_id in area_ids]
    return labels_of(
        connection, [NamedArea(one.id, one.ars, one.name, one.type, one.level) for one in places]
    )


def _cells(connection: Connection, record_id: int, services: set[str]) -> list[ConcernedCell]:
    """Return the cells of the areas in which a record is offered, and of those below them."""
    shown = select(offering.c.area_id).where(
        offering.c.record_id == record_id,
        offering.c.withdrawn_run.is_(None),
        offering.c.area_id.is_not(None),
    )
    offered = set(connection.scalars(shown))
    index = AreaIndex.load(connection)
    region = connection.scalars(select(region_area.c.area_id).order_by(region_area.c.position)).all()
    areas = [area_id for area_id in region if offered.intersection(index.closure(area_id))]
    labels = _labels(connection, areas)
    query = select(cell.c.area_id, cell.c.ozg_id, cell.c.status, cell.c.reason).where(
        cell.c.area_id.in_(areas), cell.c.ozg_id.in_(services)
    )
    rows = connection.execute(query.order_by(cell.c.area_id, cell.c.ozg_id)).all()
    order = {area_id: place for place, area_id in enumerate(areas)}
    return [
        ConcernedCell(
            index.ars(row.area_id),
            labels[row.area_id],
            index.level(row.area_id),
            row.ozg_id,
            row.status,
            row.reason,
        )
        for row in sorted(rows, key=lambda row: order[row.area_id])
    ]


def history(connection: Connection, record: FoundRecord) -> list[ActRow]:
    """Return all decisions that were ever made about a record or its title, the oldest first."""
    about = [
        and_(
            ruling.c.scope == RECORD,
            ruling.c.source_id == record.source_id,
            ruling.c.pattern == record.ref,
        )
    ]
    if record.title_key:
        of_title = ruling.c.pattern == record.title_key
        about += [
            and_(ruling.c.scope == SOURCE, ruling.c.source_id == record.source_id, of_title),
            and_(ruling.c.scope == ANY, of_title),
        ]
    query = (
        select(ruling, source.c.key)
        .outerjoin(source, source.c.id == ruling.c.source_id)
        .where(or_(*about))
        .order_by(ruling.c.act, ruling.c.id)
    )
    grouped: dict[int, list[Row[Any]]] = {}
    for row in connection.execute(query):
        grouped.setdefault(row.act, []).append(row)
    return [_act(rows) for rows in grouped.values()]


def _act(rows: list[Row[Any]]) -> ActRow:
    row = rows[0]
    return ActRow(
        number=row.act,
        record=record_name(row.key, row.pattern) if row.scope == RECORD else row.key or "",
        title=row.title,
        scope=row.scope,
        verdict=row.verdict,
        services=tuple(one.leika_key or one.ozg_id for one in rows if one.ozg_id),
        actor=row.actor,
        decided_at=row.decided_at,
        reason=row.reason,
        undone_by=row.undone_by,
        undone_at=row.undone_at,
        undone_reason=row.undone_reason,
    )
