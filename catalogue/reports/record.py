"""Everything known about one record of a source: as delivered, its life, its matches, what rests on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, func, select

from catalogue.reports.recordplaces import PlaceRow, Places, life_of
from catalogue.reports.recordrows import KeyRow, MatchRow, Names
from catalogue.reports.recordsearch import find_record, find_source
from catalogue.tables import (
    issue,
    match,
    offering,
    online_service,
    run,
    service_record,
    source_run,
    specialisation,
    unit,
)

__all__ = ["LifeRow", "ObjectRow", "RecordExplanation", "RejectionRow", "explain_record"]

#: A record may be meant for thousands of areas; so many are shown.
MOST_PLACES: Final = 50
_TABLES: Final[dict[str, Table]] = {
    "service": service_record,
    "unit": unit,
    "online_service": online_service,
    "specialisation": specialisation,
}
#: What refers from an offering to an object of a class.
_REFERENCES: Final = {
    "service": offering.c.record_id,
    "unit": offering.c.unit_id,
    "online_service": offering.c.online_id,
}
_LIFE: Final = ("first_run", "changed_run", "vanished_run", "withdrawn_run")
_OWN_MATTERS: Final = frozenset({"id", "source_id", "ref", "fingerprint", *_LIFE})


@dataclass(frozen=True, slots=True)
class LifeRow:
    """When an object came, changed and went: numbers of runs with their starts; None: never."""

    life: str
    first_run: int
    first_at: str
    changed_run: int
    changed_at: str
    vanished_run: int | None
    vanished_at: str
    withdrawn_run: int | None
    withdrawn_at: str


@dataclass(frozen=True, slots=True)
class ObjectRow:
    """One object of a source, its fields as they were delivered."""

    object_class: str
    ref: str
    fields: dict[str, str | bool]
    life: LifeRow
    fingerprint: str


@dataclass(frozen=True, slots=True)
class RejectionRow:
    """What a run noted about the record while reading it."""

    run: int
    at: str
    severity: str
    kind: str
    detail: str


@dataclass(frozen=True)
class RecordExplanation:
    """A record, what it rests on and what rests on it; ``total`` counts all of its places."""

    source: str
    ref: str
    object_class: str
    active: bool
    advisory: bool
    life: LifeRow | None
    objects: list[ObjectRow]
    keys: tuple[KeyRow, ...]
    matches: list[MatchRow]
    places: list[PlaceRow]
    total: int
    rejections: list[RejectionRow]


def explain_record(connection: Connection, source_id: str, ref: str) -> RecordExplanation:
    """Return everything known about one record. Raise NotFound, with what was probably meant."""
    asked = find_source(connection, source_id)
    object_class, known = find_record(connection, asked.id, ref)
    found = _Record(connection, asked, object_class, known)
    condition = found.concerned()
    objects = list(found.objects(condition))
    reported = next((one.fields for one in objects if one.object_class == "service"), {})
    names = Names(connection)
    counting = select(func.count()).select_from(offering).where(condition)
    return RecordExplanation(
        source=asked.key,
        ref=known,
        object_class=object_class,
        active=asked.active,
        advisory=asked.advisory,
        life=found.life(),
        objects=objects,
        keys=names.key_rows(str(reported.get("reported_keys", "")).split()),
        matches=found.matches(condition, names),
        places=Places(connection).find(condition, MOST_PLACES),
        total=connection.scalar(counting) or 0,
        rejections=list(found.rejections()),
    )


class _Record:
    """One record of one source."""

    def __init__(self, connection: Connection, asked: Row[Any], object_class: str, ref: str) -> None:
        self.connection = connection
        self.source_id = asked.id
        self.object_class = object_class
        self.ref = ref
        query = select(run.c.id, run.c.started_at)
        self.moments: dict[int, str] = dict(connection.execute(query).all())

    def concerned(self) -> ColumnElement[bool]:
        """Return the condition on offerings: the record's own ones, or those that refer to it."""
        if self.object_class in _REFERENCES:
            table = _TABLES[self.object_class]
            meant = select(table.c.id).where(self._own(table))
            return _REFERENCES[self.object_class] == meant.scalar_subquery()
        return self._own(offering)  # of what refers to nothing there are none

    def _own(self, table: Table) -> ColumnElement[bool]:
        return and_(table.c.source_id == self.source_id, table.c.ref == self.ref)

    def objects(self, condition: ColumnElement[bool]) -> Iterator[ObjectRow]:
        """Yield the record's own object, or the service and the provider behind an offering."""
        if self.object_class in _TABLES:
            table = _TABLES[self.object_class]
            yield from self._objects(self.object_class, self._own(table))
            return
        for name, column in _REFERENCES.items():
            numbers = select(column).where(condition, column.is_not(None)).order_by(offering.c.n).limit(1)
            yield from self._objects(name, _TABLES[name].c.id == numbers.scalar_subquery())

    def _objects(self, name: str, condition: ColumnElement[bool]) -> Iterator[ObjectRow]:
        for row in self.connection.execute(select(_TABLES[name]).where(condition)).mappings():
            fields = {column: value for column, value in row.items() if column not in _OWN_MATTERS}
            yield ObjectRow(name, row["ref"], fields, self._life(row), _mark(row["fingerprint"]))

    def life(self) -> LifeRow | None:
        """Return the life of the record; None if it was never taken."""
        table = _TABLES.get(self.object_class, offering)
        query = select(*(table.c[name] for name in _LIFE)).where(self._own(table))
        if table is offering:
            query = query.order_by(offering.c.withdrawn_run.is_not(None), offering.c.n)
        row = self.connection.execute(query.limit(1)).mappings().first()
        return None if row is None else self._life(row)

    def _life(self, row: Any) -> LifeRow:
        at = [self.moments.get(row[name], "") for name in _LIFE]
        return LifeRow(
            life=life_of(row["vanished_run"], row["withdrawn_run"]),
            first_run=row["first_run"],
            first_at=at[0],
            changed_run=row["changed_run"],
            changed_at=at[1],
            vanished_run=row["vanished_run"],
            vanished_at=at[2],
            withdrawn_run=row["withdrawn_run"],
            withdrawn_at=at[3],
        )

    def matches(self, condition: ColumnElement[bool], names: Names) -> list[MatchRow]:
        """Return the decisions about the services concerned: people's first, then the surest."""
        records = select(offering.c.record_id).where(condition, offering.c.record_id.is_not(None))
        if self.object_class == "service":
            records = select(service_record.c.id).where(self._own(service_record))
        elif self.object_class != "offering":
            return []
        query = select(match).join(
            service_record,
            and_(service_record.c.source_id == match.c.source_id, service_record.c.ref == match.c.pattern),
        )
        found = self.connection.execute(query.where(service_record.c.id.in_(records))).all()
        ordered = sorted(found, key=lambda row: (not row.by_person, row.state, -row.score, row.ozg_id))
        return [
            MatchRow(
                ozg_id=row.ozg_id,
                title=names.title(row.ozg_id),
                leika_key=row.leika_key,
                name=names.name(row.leika_key),
                method=row.method,
                score=row.score,
                state=row.state,
                actor=row.actor,
                by_person=row.by_person,
                decided_at=row.decided_at,
                reason=row.reason,
            )
            for row in ordered
        ]

    def rejections(self) -> Iterator[RejectionRow]:
        """Yield what runs noted about the record; of each kind a run keeps only its first samples."""
        query = (
            select(source_run.c.run_id, issue.c.severity, issue.c.kind, issue.c.detail)
            .join(source_run, source_run.c.id == issue.c.source_run_id)
            .where(source_run.c.source_id == self.source_id, issue.c.record == self.ref)
            .order_by(issue.c.id)
        )
        for run_id, severity, kind, detail in self.connection.execute(query):
            yield RejectionRow(run_id, self.moments.get(run_id, ""), severity, kind, detail)


def _mark(fingerprint: int) -> str:
    return f"{fingerprint & 0xFFFF_FFFF_FFFF_FFFF:016x}"
