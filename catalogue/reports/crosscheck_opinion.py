"""What a second opinion says about areas, and for which areas it was asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, and_, select

from catalogue.details import read_details
from catalogue.errors import NotFound
from catalogue.evidence import ABSENT, DESCRIBED, FORM, ONLINE, EvidenceReader
from catalogue.memory import load_memory
from catalogue.tables import offering, source, source_area, statement
from catalogue.voices import load_sources

__all__ = ["ASKED", "NOT_ASKED", "PARTLY", "STATUS_OF_RANK", "Opinion", "Said", "Shown", "read_opinions"]

#: How much of an area was read: to its end, some of it, or nothing.
ASKED: Final = "asked"
PARTLY: Final = "partly"
NOT_ASKED: Final = "not_asked"
#: Under this and an area's regional key connectors remember that they read the area to its end.
REMEMBERED: Final = "asked|"
STATUS_OF_RANK: Final = {ABSENT: "absent", DESCRIBED: "described", FORM: "form", ONLINE: "online"}
_RANKS: Final = {status: rank for rank, status in STATUS_OF_RANK.items()}


class Shown(NamedTuple):
    """One offering of a second opinion."""

    rank: int
    url: str
    area_id: int
    note: str
    said: tuple[str, ...]  # what its evidence says, as ``flag: words``


@dataclass
class Said:
    """What a second opinion says about some areas, by area and OZG service."""

    shown: dict[int, dict[str, list[Shown]]] = field(default_factory=lambda: defaultdict(dict))
    #: Services that something under review may be meant for.
    waiting: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))


@dataclass(frozen=True)
class Opinion:
    """One source that is only a second opinion."""

    id: int
    key: str
    standing: str
    as_of: str
    complete: bool
    reader: EvidenceReader
    asked: frozenset[str]  # regional keys; empty if its connector does not say
    assigned: frozenset[int]

    def heard(self, ars: str, areas: Iterable[int], said: Said) -> str:
        """Tell how much of an area was read, given its numbers and what was found there."""
        own = set(areas)
        if not self.as_of:
            return NOT_ASKED
        if ars in self.asked:
            return ASKED
        if not any(said.shown.get(area_id) or said.waiting.get(area_id) for area_id in own):
            return NOT_ASKED
        whole = not self.asked and self.complete and not own.isdisjoint(self.assigned)
        return ASKED if whole else PARTLY

    def read(self, connection: Connection, areas: Sequence[int]) -> Said:
        """Return what the source says about areas."""
        said = Said()
        accepted, review = self.reader.accepted, self.reader.review
        for row in connection.execute(_query(self.id, areas)):
            shown = self._shown(row)
            if shown.rank == ABSENT:
                continue
            for ozg_id in {ozg_id for ozg_id, _ in accepted.get(row.record_id, ())}:
                said.shown[row.area_id].setdefault(ozg_id, []).append(shown)
            said.waiting[row.area_id].update(review.get(row.record_id, ()))
        return said

    def _shown(self, row: Row[Any]) -> Shown:
        if row.kind != "direct":
            rank, url = self.reader.rank_of(row.kind, row.record_id, row.online_id)
            return Shown(rank, url, row.area_id, "", ())
        details = read_details(row.details or "")
        said = tuple(f"{one.flag}: {one.snippet}" for one in details.evidence if one.snippet)
        url = row.url or next((link.url for link in details.links), "")
        return Shown(_RANKS.get(row.status or "", DESCRIBED), url, row.area_id, row.note or "", said)


def _query(source_id: int, areas: Sequence[int]) -> Any:
    said = and_(statement.c.source_id == offering.c.source_id, statement.c.ref == offering.c.ref)
    columns = (offering.c[name] for name in ("area_id", "record_id", "online_id", "kind", "ref"))
    return (
        select(*columns, *(statement.c[name] for name in ("status", "url", "note", "details")))
        .outerjoin(statement, said)
        .where(
            offering.c.source_id == source_id,
            offering.c.withdrawn_run.is_(None),
            offering.c.record_id.is_not(None),
            offering.c.area_id.in_(areas),
        )
        .order_by(offering.c.area_id, offering.c.ref, offering.c.n)
    )


def read_opinions(connection: Connection, now: datetime, wanted: Sequence[str]) -> list[Opinion]:
    """Return the wanted second opinions, or all of them. Raise NotFound if there is none."""
    rows = connection.execute(
        select(source).where(source.c.active, source.c.advisory).order_by(source.c.id)
    ).all()
    known = [row.key for row in rows]
    if not known:
        raise NotFound("crosscheck_no_source")
    for key in wanted:
        if key not in known:
            raise NotFound("crosscheck_source", given=key, known=", ".join(known))
    states = load_sources(connection, now, advisory=True)
    reader = EvidenceReader(connection, frozenset())
    assigned = _assigned(connection)
    return [
        Opinion(
            id=row.id,
            key=row.key,
            standing=states[row.id].state.value,
            as_of=(row.delivered_at or row.applied_at or "") if row.applied_at else "",
            complete=row.complete,
            reader=reader,
            asked=_asked(connection, row.id),
            assigned=frozenset(assigned.get(row.id, ())),
        )
        for row in rows
        if not wanted or row.key in wanted
    ]


def _asked(connection: Connection, source_id: int) -> frozenset[str]:
    memory = load_memory(connection, source_id)
    return frozenset(key.removeprefix(REMEMBERED) for key in memory if key.startswith(REMEMBERED))


def _assigned(connection: Connection) -> Mapping[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for source_id, area_id in connection.execute(select(source_area.c.source_id, source_area.c.area_id)):
        found[source_id].add(area_id)
    return found
