"""Compute cells again where something moved, and write only what changed, with its cause."""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy import Connection, delete, insert, literal, select, update

from catalogue.accepted import accepted_sources
from catalogue.bulk import insert_rows, replace_rows
from catalogue.causes import Moved, cause_of
from catalogue.competence import Competence
from catalogue.due import areas_touched_by, note_due
from catalogue.history import (
    CELL_COLUMNS,
    CHANGE_COLUMNS,
    Joining,
    joining,
    keep_past,
    last_edition,
    note_definitions,
    open_edition,
    were_other_rules,
)
from catalogue.lookup import AreaIndex
from catalogue.runs_unbroken import run_before
from catalogue.situations import Service, Situations
from catalogue.tables import (
    area_due,
    cell,
    cell_change,
    region_area,
    source,
)
from catalogue.verdict import GAP_STATUSES, Situation, Verdict, decide
from catalogue.voices import load_sources

__all__ = ["Recomputed", "note_other_rules", "recompute"]

#: Areas are read and written in groups of these sizes, so that memory does not grow with the country.
AREAS_READ_AT_ONCE = 400
AREAS_WRITTEN_AT_ONCE = 40

_COLUMNS = CELL_COLUMNS
_FACTS = len(_COLUMNS) - 2
_EVIDENCE_SOURCE = _COLUMNS.index("evidence_source")
_EVIDENCE_REF = _COLUMNS.index("evidence_ref")
Value = str | int | bool | None
Row = tuple[Value, ...]


@dataclass(frozen=True)
class Recomputed:
    """How many areas were computed, and how many cells are new or changed."""

    areas: int = 0
    new: int = 0
    changed: int = 0


def recompute(connection: Connection, run_id: int, now: datetime) -> Recomputed:
    """Compute the cells of all areas that are due and write what changed.

    An area is due if an offering, a match, a reference table or the standing of a source changed for it
    or for an area above it; all are if other rules decided the last time. A run computes only once.
    """
    _note_changed_voices(connection, now)
    note_other_rules(connection)
    due: dict[int, set[str]] = defaultdict(set)
    for area_id, cause in connection.execute(select(area_due.c.area_id, area_due.c.cause)):
        due[area_id].add(cause)
    if not due:
        return Recomputed()
    region = list(connection.scalars(select(region_area.c.area_id).order_by(region_area.c.position)))
    situations = Situations(connection, now)
    causes = {
        area_id: frozenset().union(
            *(due.get(step, set()) for step in (area_id, *situations.areas.ancestors(area_id)))
        )
        for area_id in region
    }
    areas = [area_id for area_id in region if causes[area_id]]
    writer = _Writer(connection, run_id, now, causes)
    with _cycles_left_alone():
        for start in range(0, len(areas), AREAS_READ_AT_ONCE):
            group = areas[start : start + AREAS_READ_AT_ONCE]
            situations.load(group)
            for first in range(0, len(group), AREAS_WRITTEN_AT_ONCE):
                writer.write(group[first : first + AREAS_WRITTEN_AT_ONCE], situations)
    connection.execute(delete(area_due))
    note_definitions(connection, run_id, now)
    return Recomputed(len(areas), writer.new, writer.changed)


@contextmanager
def _cycles_left_alone() -> Iterator[None]:
    """Keep Python from searching for cycles among millions of small objects that form none."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _note_changed_voices(connection: Connection, now: datetime) -> None:
    """Make the areas due whose sources are heard differently than at the last computation."""
    known = dict(connection.execute(select(source.c.id, source.c.voice)).all())
    for source_id, voice in load_sources(connection, now).items():
        if known[source_id] == voice.state:
            continue
        connection.execute(update(source).values(voice=voice.state.value).where(source.c.id == source_id))
        note_due(connection, areas_touched_by(connection, source_id), "voice", source_id)


def note_other_rules(connection: Connection) -> None:
    """Make all areas due if the rules of verdicts are no longer those of the last edition.

    To be asked before an edition is begun, which is of the rules of now.
    """
    if were_other_rules(last_edition(connection)):
        note_due(connection, connection.scalars(select(region_area.c.area_id)).all(), "rules")


class _Writer:
    """Compares computed cells with the stored ones and writes the differences."""

    def __init__(
        self, connection: Connection, run_id: int, now: datetime, causes: dict[int, frozenset[str]]
    ) -> None:
        self.connection = connection
        self.run_id = run_id
        self.before = run_before(connection, run_id)
        self.now = now
        self.causes = causes
        self.accepted = accepted_sources(connection, run_id)
        self.worn: Mapping[int, str] = {}
        self.new = 0
        self.changed = 0

    @cached_property
    def at(self) -> str:
        """The moment of this run's edition, which begins with the first difference."""
        return open_edition(self.connection, self.run_id, self.now)

    def write(self, area_ids: Sequence[int], situations: Situations) -> None:
        """Compute the cells of loaded areas and write what differs."""
        stored = self._stored(area_ids)
        joined = set(area_ids) - {area_id for area_id, _ in stored}
        fresh: list[Row] = []
        moved: list[Row] = []
        past: list[Row] = []
        changes: list[Row] = []
        self.worn = situations.worn
        for area_id in area_ids:
            for service, situation in situations.of_area(area_id):
                verdict = decide(situation)
                facts = _facts(area_id, service, situation, verdict, situations.keys, self.worn)
                old = stored.pop((area_id, service.ozg_id), None)
                if old is None:
                    fresh.append((*facts, self.at, self.run_id))
                elif old[:_FACTS] != facts:
                    since = old[_FACTS] if old[2] == facts[2] else self.at
                    moved.append((*facts, since, self.run_id))
                    past.append(old)
                    changes.append(self._change(old, facts, verdict))
        if fresh:
            insert_rows(self.connection, cell, _COLUMNS, fresh)
            self._note_new(area_ids, joined, situations.areas)
        past.extend(stored.values())
        changes.extend(self._dropped(row) for row in stored.values())
        if changes:
            keep_past(self.connection, past, self.run_id)
            insert_rows(self.connection, cell_change, CHANGE_COLUMNS, changes)
        replace_rows(self.connection, cell, _COLUMNS, moved)
        self._drop(list(stored))
        self.new += len(fresh)
        self.changed += len(moved)

    def _stored(self, area_ids: Sequence[int]) -> dict[tuple[int, str], Row]:
        query = select(*(cell.c[name] for name in _COLUMNS)).where(cell.c.area_id.in_(area_ids))
        return {(row[0], row[1]): tuple(row) for row in self.connection.execute(query)}

    def _drop(self, keys: list[tuple[int, str]]) -> None:
        """Remove the cells of services that the catalogue no longer has."""
        for area_id, ozg_id in keys:
            self.connection.execute(delete(cell).where(cell.c.area_id == area_id, cell.c.ozg_id == ozg_id))

    @cached_property
    def joining(self) -> Joining:
        """Why areas join; known before the first cell of one is written."""
        return joining(self.connection, self.run_id)

    def _note_new(self, area_ids: Sequence[int], joined: set[int], areas: AreaIndex) -> None:
        """Put on record which cells of these areas appeared; no other cell is of this run yet.

        In an area that had cells before, only new services of the reference tables make new ones.
        """
        columns = cell.c
        of_cause: dict[str, list[int]] = defaultdict(list)
        for area_id in area_ids:
            joins = area_id in joined
            cause = self.joining.cause(areas[area_id].parent_id) if joins else "reference"
            of_cause[cause].append(area_id)
        for cause, ids in of_cause.items():
            values = [
                columns.run_id,
                literal(self.at),
                columns.area_id,
                columns.ozg_id,
                literal(""),
                columns.status,
                literal(""),
                columns.reason,
                literal("status"),
                literal(cause),
                columns.evidence_source,
            ]
            new = select(*values).where(columns.area_id.in_(ids), columns.run_id == self.run_id)
            self.connection.execute(insert(cell_change).from_select(CHANGE_COLUMNS, new))

    def _dropped(self, old: Row) -> Row:
        behind = old[_EVIDENCE_SOURCE]
        return (self.run_id, self.at, *old[:2], old[2], "", old[3], "", "status", "reference", behind)

    def _change(self, old: Row, facts: Row, verdict: Verdict) -> Row:
        names = _COLUMNS[:_FACTS]
        fields = [name for name, before, after in zip(names, old, facts, strict=False) if before != after]
        competence = slice(names.index("competent"), names.index("confidence") + 1)
        before = old[_EVIDENCE_SOURCE]
        cause = cause_of(
            Moved(
                old_status=str(old[2]),
                new_status=verdict.status,
                old_reason=str(old[3]),
                new_reason=verdict.reason,
                same_competence=old[competence] == facts[competence],
                fresh_evidence=verdict.evidence_run > self.before,
                due=self.causes[int(str(facts[0]))],
                only_stale=fields == ["stale"],
                worn=self.worn.get(verdict.evidence_source or 0, ""),
                same_offer=(before, old[_EVIDENCE_REF]) == (verdict.evidence_source, verdict.evidence_ref),
                accepted=bool({before, verdict.evidence_source} & self.accepted),
            )
        )
        behind = verdict.evidence_source or before
        return (
            self.run_id,
            self.at,
            facts[0],
            facts[1],
            old[2],
            verdict.status,
            old[3],
            verdict.reason,
            fields[0],
            cause,
            behind,
        )


def _facts(
    area_id: int,
    service: Service,
    situation: Situation,
    verdict: Verdict,
    keys: dict[int, str],
    worn: Mapping[int, str],
) -> Row:
    competence: Competence = situation.competence
    sources = verdict.silent_sources
    if situation.shown:
        behind = {keys[source_id] for _, evidence in situation.shown for source_id in evidence.sources}
        sources = " ".join(sorted(behind.union(sources.split())))
    return (
        area_id,
        service.ozg_id,
        verdict.status,
        verdict.reason,
        verdict.satisfied_level,
        verdict.operator,
        verdict.online_url,
        competence.verdict,
        competence.tier,
        competence.competent_area_id,
        competence.rule,
        competence.confidence,
        competence.voluntary,
        competence.verdict == "yes" and verdict.status in GAP_STATUSES,
        verdict.own,
        verdict.evidence_source in worn,
        verdict.leaves_online,
        len(service.leaves),
        sources,
        verdict.evidence_source,
        verdict.evidence_ref,
    )
