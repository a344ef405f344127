"""Where a record offers what: a row for each (service, area), with the cells that rest on it or why none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, select

from catalogue.details import read_details
from catalogue.lookup import AreaIndex
from catalogue.naming import full_name
from catalogue.reports.recordrows import (
    ELSEWHERE,
    EvidenceRow,
    LinkRow,
    evidence_rows,
    link_rows,
    maturity_of,
)
from catalogue.tables import (
    cell,
    match,
    offering,
    online_service,
    ozg_service,
    region_area,
    service_record,
    source,
    statement,
    unit,
)
from catalogue.voices import load_limits

__all__ = ["CellUse", "PlaceRow", "Places", "life_of"]

#: An offering of the Bund concerns the cells of all areas; so many are shown.
MOST_CELLS: Final = 50


@dataclass(frozen=True, slots=True)
class CellUse:
    """A cell that an offering counts for; ``decides`` tells whether it is the one that decided it."""

    ars: str
    area: str
    level: str
    ozg_id: str
    title: str
    status: str
    decides: bool


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One (service, area) of a record; docs/data-dictionary.md explains every field."""

    ref: str
    kind: str
    ars: str
    area: str
    level: str
    area_reported: str
    role: str
    record: str
    title: str
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
    changed_run: int
    vanished_run: int | None
    withdrawn_run: int | None
    counts: bool
    reasons: tuple[str, ...]
    cells: tuple[CellUse, ...]


def life_of(vanished_run: int | None, withdrawn_run: int | None) -> str:
    """Return active, vanished or withdrawn."""
    if withdrawn_run is not None:
        return "withdrawn"
    return "active" if vanished_run is None else "vanished"


class Places:
    """Reads where records offer what, and what rests on that."""

    def __init__(self, connection: Connection) -> None:
        """Read what all records share."""
        self.connection = connection
        self.areas = AreaIndex.load(connection)
        self.limits = load_limits(connection, self.areas)

    def find(self, condition: ColumnElement[bool], most: int) -> list[PlaceRow]:
        """Return the rows of offerings under a condition, at most so many, living ones first."""
        query = _query(condition).order_by(
            offering.c.withdrawn_run.is_not(None), offering.c.source_id, offering.c.ref, offering.c.n
        )
        return [self._row(row) for row in self.connection.execute(query.limit(most)).all()]

    def _row(self, row: Row[Any]) -> PlaceRow:
        place = None if row.area_id is None else self.areas[row.area_id]
        details = read_details(row.said_details or "")
        status, url = _shown(row)
        accepted, waiting = self._decided(row)
        doubts = tuple(self._doubts(row, accepted, waiting))
        operator = row.said_operator or ""
        return PlaceRow(
            ref=row.ref,
            kind=row.kind,
            ars=place.ars if place else "",
            area=full_name(place.name, place.type, place.level) if place else "",
            level=place.level if place else "",
            area_reported=row.area_raw,
            role=row.role,
            record=row.record or row.service_ref,
            title=row.title or "",
            status=status,
            url=url,
            unit=row.said_unit or row.unit_name or row.online_name or "",
            operator=operator,
            observed_at=row.said_observed_at or "",
            note=row.said_note or "",
            page=details.page,
            links=link_rows(details),
            evidence=evidence_rows(details),
            acts=details.acts,
            maturity=maturity_of(row.said_level),
            maturity_rules=row.said_level_rules or "",
            life=life_of(row.vanished_run, row.withdrawn_run),
            first_run=row.first_run,
            changed_run=row.changed_run,
            vanished_run=row.vanished_run,
            withdrawn_run=row.withdrawn_run,
            counts=not doubts,
            reasons=(
                *doubts,
                *(["absent"] if status == "absent" else []),
                *(["operator_elsewhere"] if operator in ELSEWHERE else []),
            ),
            cells=() if doubts else tuple(self._cells(row, accepted)),
        )

    def _decided(self, row: Row[Any]) -> tuple[list[str], bool]:
        """Return the services a record is taken for, and whether any waits."""
        if row.record is None:
            return [], False
        query = select(match.c.ozg_id, match.c.state).where(
            match.c.source_id == row.record_source, match.c.pattern == row.record
        )
        found = self.connection.execute(query).all()
        accepted = sorted({ozg_id for ozg_id, state in found if state == "accepted"})
        return accepted, any(state == "review" for _, state in found)

    def _doubts(self, row: Row[Any], accepted: Sequence[str], waiting: bool) -> Iterator[str]:
        """Yield why no cell rests on an offering; nothing if some may."""
        limits = self.limits.get(row.source_id)
        if row.withdrawn_run is not None:
            yield "withdrawn"
        if not row.active:
            yield "source_inactive"
        if row.advisory:
            yield "advisory"
        if row.area_id is None:
            yield "area_unknown"
        elif limits is not None and row.area_id not in limits:
            yield "area_outside"
        elif not self._concerned(row.area_id):
            yield "area_not_in_region"
        if row.record is None:
            yield "record_unknown"
        elif row.record_withdrawn is not None:
            yield "record_withdrawn"
        elif not accepted:
            yield "under_review" if waiting else "unmatched"

    @cached_property
    def _region(self) -> list[int]:
        return list(self.connection.scalars(select(region_area.c.area_id).order_by(region_area.c.position)))

    def _concerned(self, area_id: int) -> list[int]:
        """Return the areas of the region whose cells look at an area: itself and those below it."""
        return [one for one in self._region if one == area_id or area_id in self.areas.ancestors(one)]

    def _cells(self, row: Row[Any], accepted: Sequence[str]) -> Iterator[CellUse]:
        query = (
            select(cell, ozg_service.c.title)
            .outerjoin(ozg_service, ozg_service.c.ozg_id == cell.c.ozg_id)
            .where(cell.c.area_id.in_(self._concerned(row.area_id)), cell.c.ozg_id.in_(accepted))
            .order_by(cell.c.area_id != row.area_id, cell.c.area_id, cell.c.ozg_id)
        )
        for found in self.connection.execute(query.limit(MOST_CELLS)).all():
            place = self.areas[found.area_id]
            yield CellUse(
                ars=place.ars,
                area=full_name(place.name, place.type, place.level),
                level=place.level,
                ozg_id=found.ozg_id,
                title=found.title or "",
                status=found.status,
                decides=(found.evidence_source, found.evidence_ref) == (row.source_id, row.ref),
            )


def _query(condition: ColumnElement[bool]) -> Select[Any]:
    said = ("status", "url", "unit", "operator", "observed_at", "note", "details", "level", "level_rules")
    return (
        select(
            offering,
            source.c.active,
            source.c.advisory,
            service_record.c.source_id.label("record_source"),
            service_record.c.ref.label("record"),
            service_record.c.title,
            service_record.c.form_url,
            service_record.c.withdrawn_run.label("record_withdrawn"),
            *(statement.c[name].label(f"said_{name}") for name in said),
            unit.c.name.label("unit_name"),
            online_service.c.name.label("online_name"),
            online_service.c.url.label("online_url"),
            online_service.c.withdrawn_run.label("online_withdrawn"),
        )
        .join(source, source.c.id == offering.c.source_id)
        .outerjoin(service_record, service_record.c.id == offering.c.record_id)
        .outerjoin(
            statement,
            and_(statement.c.source_id == offering.c.source_id, statement.c.ref == offering.c.ref),
        )
        .outerjoin(unit, unit.c.id == offering.c.unit_id)
        .outerjoin(online_service, online_service.c.id == offering.c.online_id)
        .where(condition)
    )


def _shown(row: Row[Any]) -> tuple[str, str]:
    """Return status and link of an offering, by the same rules as the cells."""
    if row.kind == "direct":
        return row.said_status or "described", row.said_url or ""
    if row.kind == "online":
        url = row.online_url if row.online_withdrawn is None else ""
        return ("online" if url else "described"), url or ""
    form = row.form_url or ""
    return ("form" if form or row.kind == "form" else "described"), form
