"""The evidence trail: every offering that concerns a cell, back to the delivery that brought it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, select

from catalogue.details import read_details
from catalogue.evidence import ABSENT, DESCRIBED, FORM, ONLINE
from catalogue.naming import full_name
from catalogue.reports.recordrows import EvidenceRow, LinkRow, evidence_rows, link_rows, maturity_of
from catalogue.situations import Situations
from catalogue.tables import (
    match,
    offering,
    online_service,
    run,
    service_record,
    source,
    source_run,
    statement,
    unit,
)

__all__ = ["OfferingRow", "offerings_behind"]

_STATUS_OF_RANK = {ABSENT: "absent", DESCRIBED: "described", FORM: "form", ONLINE: "online"}


@dataclass(frozen=True, slots=True)
class OfferingRow:
    """One offering with the record behind it and the decision what it means.

    ``counts`` tells whether the cell rests on it: neither withdrawn nor rejected nor under review, and of
    an active source that is no second opinion. docs/data-dictionary.md explains every field.
    """

    ars: str
    area: str
    level: str
    source: str
    ref: str
    kind: str
    record: str
    title: str
    reported_keys: tuple[str, ...]
    leika_key: str
    method: str
    score: float
    state: str
    actor: str
    by_person: bool
    decided_at: str
    counts: bool
    status: str
    url: str
    unit: str
    operator: str
    observed_at: str
    note: str
    page: str
    links: tuple[LinkRow, ...]
    evidence: tuple[EvidenceRow, ...]
    acts: tuple[str, ...]
    maturity: int | None
    maturity_rules: str
    life: str
    first_run: int
    first_at: str
    changed_run: int
    changed_at: str
    vanished_run: int | None
    withdrawn_run: int | None
    fingerprint: str
    delivery: str
    read_at: str


def offerings_behind(
    connection: Connection, situations: Situations, area_id: int, ozg_id: str
) -> list[OfferingRow]:
    """Return what sources show for a service in an area and those above it, the nearest area first."""
    steps = (area_id, *situations.areas.ancestors(area_id))
    rows = connection.execute(_query(steps, ozg_id)).all()
    runs = {row.first_run for row in rows} | {row.changed_run for row in rows}
    moments: dict[int, str] = dict(
        connection.execute(select(run.c.id, run.c.started_at).where(run.c.id.in_(runs))).all()
    )
    found = [(steps.index(row.area_id), _offering(row, situations, moments)) for row in rows]
    found.sort(key=lambda pair: (pair[0], not pair[1].counts, pair[1].source, pair[1].ref, pair[1].leika_key))
    return [row for _, row in found]


def _query(steps: Sequence[int], ozg_id: str) -> Select[Any]:
    return (
        select(
            offering,
            source.c.key.label("source_key"),
            source.c.active,
            source.c.advisory,
            service_record.c.ref.label("record"),
            service_record.c.title,
            service_record.c.reported_keys,
            service_record.c.withdrawn_run.label("record_withdrawn"),
            *(match.c[name] for name in _OF_MATCH),
            *(statement.c[name].label(f"said_{name}") for name in _OF_STATEMENT),
            unit.c.name.label("unit_name"),
            online_service.c.name.label("online_name"),
            source_run.c.digest,
            source_run.c.finished_at,
        )
        .join(source, source.c.id == offering.c.source_id)
        .join(service_record, service_record.c.id == offering.c.record_id)
        .join(
            match,
            and_(match.c.source_id == service_record.c.source_id, match.c.pattern == service_record.c.ref),
        )
        .outerjoin(
            statement,
            and_(statement.c.source_id == offering.c.source_id, statement.c.ref == offering.c.ref),
        )
        .outerjoin(unit, unit.c.id == offering.c.unit_id)
        .outerjoin(online_service, online_service.c.id == offering.c.online_id)
        .outerjoin(
            source_run,
            and_(
                source_run.c.source_id == offering.c.source_id,
                source_run.c.run_id == offering.c.changed_run,
            ),
        )
        .where(offering.c.area_id.in_(steps), match.c.ozg_id == ozg_id)
    )


_OF_MATCH = ("leika_key", "method", "score", "state", "actor", "by_person", "decided_at")
_OF_STATEMENT = (
    "status",
    "url",
    "unit",
    "operator",
    "observed_at",
    "note",
    "details",
    "level",
    "level_rules",
)


def _offering(row: Row[Any], situations: Situations, moments: dict[int, str]) -> OfferingRow:
    place = situations.areas[row.area_id]
    status, url = _shown(row, situations)
    details = read_details(row.said_details or "")
    alive = row.withdrawn_run is None and row.record_withdrawn is None
    limits = situations.reader.limits
    inside = row.source_id not in limits or row.area_id in limits[row.source_id]
    return OfferingRow(
        ars=place.ars,
        area=full_name(place.name, place.type, place.level),
        level=place.level,
        source=row.source_key,
        ref=row.ref,
        kind=row.kind,
        record=row.record,
        title=row.title,
        reported_keys=tuple(row.reported_keys.split()),
        counts=alive and inside and _is_heard(row) and row.state == "accepted",
        status=status,
        url=url,
        unit=row.said_unit or row.unit_name or row.online_name or "",
        operator=row.said_operator or "",
        observed_at=row.said_observed_at or "",
        note=row.said_note or "",
        page=details.page,
        links=link_rows(details),
        evidence=evidence_rows(details),
        acts=details.acts,
        maturity=maturity_of(row.said_level),
        maturity_rules=row.said_level_rules or "",
        life=_life(row),
        first_run=row.first_run,
        first_at=moments.get(row.first_run, ""),
        changed_run=row.changed_run,
        changed_at=moments.get(row.changed_run, ""),
        vanished_run=row.vanished_run,
        withdrawn_run=row.withdrawn_run,
        fingerprint=f"{row.fingerprint & 0xFFFF_FFFF_FFFF_FFFF:016x}",
        delivery=row.digest or "",
        read_at=row.finished_at or "",
        **{name: getattr(row, name) for name in _OF_MATCH},
    )


def _is_heard(row: Row[Any]) -> bool:
    """Tell whether the source may decide cells: neither given up nor only a second opinion."""
    return bool(row.active and not row.advisory)


def _shown(row: Row[Any], situations: Situations) -> tuple[str, str]:
    """Return the status an offering shows and its link, by the same rules as the cells."""
    if row.kind == "direct":
        return row.said_status or "described", row.said_url or ""
    rank, url = situations.reader.rank_of(row.kind, row.record_id, row.online_id)
    return _STATUS_OF_RANK[rank], url


def _life(row: Row[Any]) -> str:
    if row.withdrawn_run is not None:
        return "withdrawn"
    return "active" if row.vanished_run is None else "vanished"
