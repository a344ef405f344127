"""Everything behind one cell: offerings, records, matches, competence, silence and history.

The verdict is made again from the same evidence by the same rules as the cell itself. Where the two
differ, something has changed since the last computation, and the explanation says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from catalogue.errors import NotFound
from catalogue.naming import full_name
from catalogue.reports.annotations import HistoryRow, history_of
from catalogue.reports.cells import CellRow, cells
from catalogue.reports.changes import ChangeRow, changes
from catalogue.reports.filters import Filters, find_area, find_service
from catalogue.reports.trail import OfferingRow, offerings_behind
from catalogue.situations import Situations
from catalogue.tables import leika_service, source
from catalogue.verdict import Situation, Verdict, decide
from catalogue.voices import load_voices

__all__ = ["CompetenceRow", "Explanation", "LeikaRow", "VerdictRow", "VoiceRow", "explain"]


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """What the cell would say if it were computed now, and whether it says that."""

    status: str
    reason: str
    agrees: bool
    waiting: tuple[str, ...]
    unread: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CompetenceRow:
    """Who has to offer the service, and how that is known."""

    verdict: str
    tier: str
    competent_area: str
    competent_ars: str
    competent_level: str
    rule: str
    confidence: str
    voluntary: bool
    basis: str
    secondary_tier: str
    reason: str


@dataclass(frozen=True, slots=True)
class LeikaRow:
    """One LeiKa service of the bundle."""

    leika_key: str
    name: str
    types: tuple[str, ...]
    leaf: bool
    online: bool


@dataclass(frozen=True, slots=True)
class VoiceRow:
    """One source that is heard in the area."""

    source: str
    name: str
    standing: str
    speaks: bool
    concerns_theme: bool
    read_at: str


@dataclass(frozen=True)
class Explanation:
    """A cell and everything it rests on."""

    cell: CellRow
    verdict: VerdictRow
    competence: CompetenceRow
    leika: list[LeikaRow]
    offerings: list[OfferingRow]
    voices: list[VoiceRow]
    history: list[ChangeRow]
    remarks: list[HistoryRow]


def explain(
    connection: Connection, area: str, service: str, now: datetime, *, level: str = ""
) -> Explanation:
    """Return everything behind the cell of an area and a service, each as people name them.

    Raise NotFound if there is no such area, service or cell.
    """
    place = find_area(connection, area, level)
    ozg_id = find_service(connection, service)
    filters = Filters(areas=(place.ars,), level=place.level, services=(ozg_id,))
    found = cells(connection, filters)
    if not found:
        raise NotFound("cell_not_found", area=place.label, ozg_id=ozg_id)
    situations = Situations(connection, now)
    situations.load([place.id])
    situation = next(
        situation for service, situation in situations.of_area(place.id) if service.ozg_id == ozg_id
    )
    return Explanation(
        cell=found[0],
        verdict=_verdict(found[0], situation),
        competence=_competence(situation, situations),
        leika=_leika(connection, situation, ozg_id),
        offerings=offerings_behind(connection, situations, place.id, ozg_id),
        voices=_voices(connection, situations, place.id, found[0].theme),
        history=changes(connection, filters),
        remarks=history_of(connection, place, ozg_id),
    )


def _verdict(cell: CellRow, situation: Situation) -> VerdictRow:
    now = decide(situation)
    said = (
        cell.status,
        cell.reason,
        cell.satisfied_level,
        cell.operator,
        cell.online_url,
        cell.leaves_online,
    )
    return VerdictRow(
        status=now.status,
        reason=now.reason,
        agrees=said == _facts(now) and cell.competent == situation.competence.verdict,
        waiting=tuple(situation.waiting.split()),
        unread=tuple(situation.unread.split()),
    )


def _facts(verdict: Verdict) -> tuple[str, str, str, str, str, int]:
    return (
        verdict.status,
        verdict.reason,
        verdict.satisfied_level,
        verdict.operator,
        verdict.online_url,
        verdict.leaves_online,
    )


def _competence(situation: Situation, situations: Situations) -> CompetenceRow:
    answer = situation.competence
    known = None if answer.competent_area_id is None else situations.areas[answer.competent_area_id]
    return CompetenceRow(
        verdict=answer.verdict,
        tier=answer.tier,
        competent_area=full_name(known.name, known.type, known.level) if known else "",
        competent_ars=known.ars if known else "",
        competent_level=answer.competent_level,
        rule=answer.rule,
        confidence=answer.confidence,
        voluntary=answer.voluntary,
        basis=answer.basis,
        secondary_tier=answer.secondary_tier,
        reason=answer.reason,
    )


def _leika(connection: Connection, situation: Situation, ozg_id: str) -> list[LeikaRow]:
    online = {key for _, evidence in situation.shown for key in evidence.leaves or ()}
    query = (
        select(leika_service.c.leika_key, leika_service.c.name, leika_service.c.types, leika_service.c.leaf)
        .where(leika_service.c.ozg_id == ozg_id)
        .order_by(leika_service.c.leika_key)
    )
    return [
        LeikaRow(key, name, tuple(filter(None, types.split("|"))), leaf, key in online)
        for key, name, types, leaf in connection.execute(query)
    ]


def _voices(connection: Connection, situations: Situations, area_id: int, theme: str) -> list[VoiceRow]:
    above = {area_id: situations.areas.ancestors(area_id)}
    query = select(source.c.id, source.c.name, source.c.applied_at)
    known = {source_id: (name, read_at) for source_id, name, read_at in connection.execute(query)}
    return [
        VoiceRow(
            source=voice.key,
            name=known[voice.source_id][0],
            standing=voice.state.value,
            speaks=voice.speaks,
            concerns_theme=not voice.themes or theme in voice.themes,
            read_at=known[voice.source_id][1] or "",
        )
        for voice in load_voices(connection, situations.now, above)[area_id]
    ]
