"""The evidence trail: every offering that concerns a cell, back to the delivery that brought it."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, Subquery, and_, case, func, select

from catalogue.details import Details, read_details
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

__all__ = ["OfferingRow", "Trail", "TrailReader", "offerings_behind"]

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
    rows = connection.execute(_query(steps).where(match.c.ozg_id == ozg_id)).all()
    runs = {row.first_run for row in rows} | {row.changed_run for row in rows}
    moments: dict[int, str] = dict(
        connection.execute(select(run.c.id, run.c.started_at).where(run.c.id.in_(runs))).all()
    )
    found = [(steps.index(row.area_id), _offering(row, situations, moments)) for row in rows]
    found.sort(key=lambda pair: (pair[0], *_place(pair[1])))
    return [row for _, row in found]


def _place(row: OfferingRow) -> tuple[bool, str, str, str]:
    """Return what orders the offerings of one area."""
    return not row.counts, row.source, row.ref, row.leika_key


class Trail(NamedTuple):
    """What sources show for a service in an area and above it: the first rows, and how many there are."""

    rows: list[OfferingRow]
    total: int


class TrailReader:
    """Reads the trails of all services area by area; what is above the areas is read once and kept."""

    def __init__(self, connection: Connection, situations: Situations, most: int) -> None:
        """Prepare to read at most so many rows for each service of an area, those that count first."""
        self._connection = connection
        self._situations = situations
        self._most = most
        self._moments: dict[int, str] = dict(connection.execute(select(run.c.id, run.c.started_at)).all())
        self._above: dict[int, dict[str, Trail]] = {}

    def of_area(self, area_id: int) -> dict[str, Trail]:
        """Return the trail of each service of which any source shows anything, the nearest area first."""
        above = self._situations.areas.ancestors(area_id)
        for step in above:
            if step not in self._above:
                self._above[step] = self._read(step)
        found: dict[str, Trail] = {}
        for trails in (self._read(area_id), *(self._above[step] for step in above)):
            for ozg_id, trail in trails.items():
                known = found.get(ozg_id)
                found[ozg_id] = (
                    trail if known is None else Trail(known.rows + trail.rows, known.total + trail.total)
                )
        for ozg_id, (rows, total) in found.items():
            if total > self._most:
                # Sorting is stable: of those that count the nearest stay first.
                found[ozg_id] = Trail(sorted(rows, key=lambda row: not row.counts)[: self._most], total)
        return found

    def _read(self, area_id: int) -> dict[str, Trail]:
        """Return the trails of what is offered in one area itself."""
        limits = self._situations.reader.limits
        mute = [source_id for source_id, areas in limits.items() if area_id not in areas]
        first = _first(area_id, mute)
        query = _query([area_id], first.c.total).join(
            first,
            and_(
                first.c.source_id == offering.c.source_id,
                first.c.ref == offering.c.ref,
                first.c.n == offering.c.n,
                first.c.match_id == match.c.id,
            ),
        )
        rows: dict[str, list[OfferingRow]] = {}
        totals: dict[str, int] = {}
        result = self._connection.execute(query.where(first.c.place <= self._most))
        # Of a row of the driver each attribute is looked up by name, which is most of the work otherwise.
        for row in map(_plain(tuple(result.keys()))._make, result.all()):
            rows.setdefault(row.ozg_id, []).append(_offering(row, self._situations, self._moments))
            totals[row.ozg_id] = row.total
        return {ozg_id: Trail(sorted(found, key=_place), totals[ozg_id]) for ozg_id, found in rows.items()}


def _first(area_id: int, mute: Sequence[int]) -> Subquery:
    """Return which rows of an area come first for each service, those that count before all others.

    The database chooses, since an area may have many more candidates than are shown.
    """
    counts = and_(
        offering.c.withdrawn_run.is_(None),
        service_record.c.withdrawn_run.is_(None),
        source.c.active,
        ~source.c.advisory,
        match.c.state == "accepted",
        source.c.id.not_in(mute),
    )
    of_service = match.c.ozg_id
    order = (case((counts, 0), else_=1), source.c.key, offering.c.ref, match.c.leika_key, offering.c.n)
    return (
        select(
            offering.c.source_id,
            offering.c.ref,
            offering.c.n,
            match.c.id.label("match_id"),
            func.row_number().over(partition_by=of_service, order_by=order).label("place"),
            # One order for both, so that the database sorts once.
            func.count().over(partition_by=of_service, order_by=order, rows=(None, None)).label("total"),
        )
        .join(source, source.c.id == offering.c.source_id)
        .join(service_record, service_record.c.id == offering.c.record_id)
        .join(match, _MATCHED)
        .where(offering.c.area_id == area_id)
        .subquery("first")
    )


#: The decisions about what a record means.
_MATCHED = and_(match.c.source_id == service_record.c.source_id, match.c.pattern == service_record.c.ref)


def _query(steps: Sequence[int], *more: ColumnElement[Any]) -> Select[Any]:
    return (
        select(
            *more,
            offering,
            match.c.ozg_id,
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
        .join(match, _MATCHED)
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
        .where(offering.c.area_id.in_(steps))
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


_NO_DETAILS = Details()


@cache
def _plain(names: tuple[str, ...]) -> Any:
    """Return a kind of rows whose attributes are read quickly."""
    return namedtuple("_Plain", names)


def _offering(row: Any, situations: Situations, moments: dict[int, str]) -> OfferingRow:
    place = situations.areas[row.area_id]
    status, url = _shown(row, situations)
    details = read_details(row.said_details) if row.said_details else _NO_DETAILS
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
        counts=_counts(row, situations.reader.limits),
        status=status,
        url=url,
        unit=row.said_unit or row.unit_name or row.online_name or "",
        operator=row.said_operator or "",
        observed_at=row.said_observed_at or "",
        note=row.said_note or "",
        page=details.page,
        links=link_rows(details) if details.links else (),
        evidence=evidence_rows(details) if details.evidence else (),
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
        leika_key=row.leika_key,
        method=row.method,
        score=row.score,
        state=row.state,
        actor=row.actor,
        by_person=row.by_person,
        decided_at=row.decided_at,
    )


def _counts(row: Any, limits: Mapping[int, frozenset[int]]) -> bool:
    """Tell whether cells may rest on an offering; ``limits`` names the only areas of some sources."""
    alive = row.withdrawn_run is None and row.record_withdrawn is None
    inside = row.source_id not in limits or row.area_id in limits[row.source_id]
    return bool(alive and inside and _is_heard(row) and row.state == "accepted")


def _is_heard(row: Any) -> bool:
    """Tell whether the source may decide cells: neither given up nor only a second opinion."""
    return bool(row.active and not row.advisory)


def _shown(row: Any, situations: Situations) -> tuple[str, str]:
    """Return the status an offering shows and its link, by the same rules as the cells."""
    if row.kind == "direct":
        return row.said_status or "described", row.said_url or ""
    rank, url = situations.reader.rank_of(row.kind, row.record_id, row.online_id)
    return _STATUS_OF_RANK[rank], url


def _life(row: Any) -> str:
    if row.withdrawn_run is not None:
        return "withdrawn"
    return "active" if row.vanished_run is None else "vanished"
