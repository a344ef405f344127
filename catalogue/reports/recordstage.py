"""A staged delivery beside the catalogue: what its records refer to, in either of them.

What the stage lacks (units and services of earlier deliveries, or of other sources) comes from the catalogue,
preferred in the same order as when references are resolved.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, select

from catalogue.lookup import AreaIndex
from catalogue.matching.keyed import ACTOR, Decider
from catalogue.matching.reference import stored_reference
from catalogue.matching.rulings import Acts, Effective, settle
from catalogue.naming import full_name
from catalogue.reports.recordrows import MatchRow, Names
from catalogue.tables import online_service, service_record, source, unit

__all__ = ["Audience", "Staged"]

Fields = Mapping[str, Any]


class Audience(NamedTuple):
    """For whom a source is read: its id, the only areas in which it counts, and those of the region.

    ``limits`` is None if its settings name no areas; ``region`` are the region's areas and those above them.
    """

    source: str
    limits: frozenset[int] | None
    region: frozenset[int]
    advisory: bool


class Staged:
    """The merged stage of a delivery, and the catalogue."""

    def __init__(self, connection: Connection, stage: sqlite3.Connection, audience: Audience) -> None:
        """Read what all records share; ``stage`` gives rows by name (``sqlite3.Row``)."""
        self.connection = connection
        self.stage = stage
        self.audience = audience
        self.areas = AreaIndex.load(connection)
        self.names = Names(connection)
        self._decider = Decider.of(stored_reference(connection))
        known = connection.scalar(select(source.c.id).where(source.c.key == audience.source))
        self._source_id: int = known or 0  # 0: nobody has decided about it yet, but maybe about titles
        self._acts = Acts.load(connection, self._source_id)

    def area_name(self, area_id: int) -> str:
        """Return what an area is called."""
        place = self.areas[area_id]
        return full_name(place.name, place.type, place.level)

    def doubts(self, area_id: int | None) -> Iterator[str]:
        """Yield why an offering in an area would support no cell, whatever it is."""
        limits, region = self.audience.limits, self.audience.region
        if area_id is None:
            yield "area_unknown"
        elif limits is not None and area_id not in limits:
            yield "area_outside"
        elif area_id not in region:
            yield "area_not_in_region"

    def statement(self, ref: str) -> Fields | None:
        """Return what a direct offering states itself."""
        return self._staged("stage_statement", ref)

    def service(self, ref: str) -> Fields | None:
        """Return a service, staged or known; None if nobody ever delivered it."""
        return self._object("stage_service", service_record, ref)

    def shown(self, row: Fields, record: Fields | None) -> tuple[str, str, str]:
        """Return status, link and provider of an offering that states nothing itself, as cells see it."""
        kind, ref = row["kind"], row["provider_ref"]
        if kind == "online":
            behind = self._object("stage_online", online_service, ref)
            url = behind["url"] if behind else ""
            return ("online" if url else "described"), url, behind["name"] if behind else ""
        form = record["form_url"] if record else ""
        known = self._object("stage_unit", unit, ref) if kind == "unit" else None
        return ("form" if form or kind == "form" else "described"), form, known["name"] if known else ""

    def _object(self, staged: str, table: Table, ref: str) -> Fields | None:
        found = self._staged(staged, ref)
        if found is not None:
            return found
        own = source.c.key == self.audience.source
        query = select(table).join(source, source.c.id == table.c.source_id).where(table.c.ref == ref)
        if ref.startswith(":"):
            query = query.where(own)  # without an agency it is a reference within its source
        alive = table.c.withdrawn_run.is_(None)
        ordered = query.order_by(alive.desc(), own.desc(), table.c.id)
        known = self.connection.execute(ordered.limit(1)).mappings().first()
        return None if known is None else {str(name): value for name, value in known.items()}

    def _staged(self, table: str, ref: str) -> Fields | None:
        query = f"SELECT * FROM {table} WHERE op = 1 AND ref = ?"  # noqa: S608 - our own tables
        found = self.stage.execute(query, (ref,)).fetchone()
        return None if found is None else dict(found)

    def _match(self, one: Effective) -> MatchRow:
        return MatchRow(
            ozg_id=one.ozg_id,
            title=self.names.title(one.ozg_id),
            leika_key=one.leika_key,
            name=self.names.name(one.leika_key),
            method=one.method,
            score=one.score,
            state=one.state,
            actor=one.actor,
            by_person=one.by_person,
            decided_at=one.decided_at,
            reason=one.reason,
        )

    def _of_matcher(self, record: Fields | None) -> list[Effective]:
        if record is None:
            return []
        found = self._decider.decide(record["title"], record["official_title"], record["reported_keys"])
        return [Effective(**one._asdict(), actor=ACTOR, by_person=False, decided_at="") for one in found]

    def decide(self, ref: str, record: Fields | None) -> tuple[tuple[MatchRow, ...], str]:
        """Return what a service would be taken for, and whether that is accepted, review or none."""
        texts = (record["title"], record["official_title"]) if record is not None else ("", "")
        about = self._acts.about(self._source_id, ref, *texts)
        matches = tuple(self._match(one) for one in settle(about, lambda: self._of_matcher(record)))
        states = {one.state for one in matches}
        return matches, next((state for state in ("accepted", "review") if state in states), "none")
