"""Put together what the verdicts on an area's cells rest on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from catalogue.competence import CompetenceTable
from catalogue.evidence import Evidence, EvidenceReader, Waiting
from catalogue.lookup import AreaIndex
from catalogue.tables import leika_service, ozg_service, source
from catalogue.verdict import Level, Situation
from catalogue.voices import UNREAD, Voice, VoiceState, load_limits, load_sources, load_voices, silence

__all__ = ["Service", "Situations"]


class Service(NamedTuple):
    """An OZG service as cells need it."""

    ozg_id: str
    theme: str
    leaves: frozenset[str]


class Situations:
    """Puts together what the verdicts on an area's cells rest on."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self.areas = AreaIndex.load(connection)
        self.services = _load_services(connection)
        self._themes = {service.theme for service in self.services}
        self._heard: dict[int, list[Voice]] = {}
        self._found: dict[int, dict[str, Evidence]] = {}
        self._waiting: dict[int, dict[str, Waiting]] = {}
        self.competence = CompetenceTable.load(connection, self.areas)
        self.connection = connection
        self.now = now
        #: Sources that are not up to date, with the reason that gives.
        self.worn = {
            voice.source_id: _WORN[voice.state]
            for voice in load_sources(connection, now).values()
            if voice.state in _WORN
        }
        self.keys = dict(connection.execute(select(source.c.id, source.c.key)).all())
        self.reader = EvidenceReader(
            connection,
            frozenset().union(*(service.leaves for service in self.services)),
            load_limits(connection, self.areas),
        )

    def load(self, area_ids: Sequence[int]) -> None:
        """Read what is known about these areas; :meth:`of_area` answers for them from then on."""
        above = {area_id: self.areas.ancestors(area_id) for area_id in area_ids}
        self._heard = load_voices(self.connection, self.now, above)
        relevant = sorted({step for area_id in area_ids for step in (area_id, *above[area_id])})
        self._found, self._waiting = self.reader.read(relevant)

    def of_area(self, area_id: int) -> Iterator[tuple[Service, Situation]]:
        """Yield the situation of every cell of a loaded area."""
        levels = self.levels(area_id)
        shown = [(level, self._found[level.area_id]) for level in levels if self._found[level.area_id]]
        held_back = [self._waiting[level.area_id] for level in levels if self._waiting[level.area_id]]
        voices = self._heard[area_id]
        unread = " ".join(sorted(voice.key for voice in voices if voice.state in UNREAD))
        silences = {theme: silence(voices, theme) for theme in self._themes}
        answer = self.competence.answer
        for service in self.services:
            ozg_id = service.ozg_id
            evidence = [(level, of_area[ozg_id]) for level, of_area in shown if ozg_id in of_area]
            undecided = [of_area[ozg_id] for of_area in held_back if ozg_id in of_area]
            yield (
                service,
                Situation(
                    shown=evidence,
                    waiting=self._could_show_more(undecided, evidence) if undecided else "",
                    competence=answer(area_id, ozg_id),
                    silence=silences[service.theme],
                    leaves=service.leaves,
                    unread=unread,
                ),
            )

    def levels(self, area_id: int) -> list[Level]:
        """Return the area and those above it; a kreisfreie Stadt is its own Kreis."""
        own_ars = self.areas[area_id].ars
        return [
            Level(step, self.areas[step].level, self.areas[step].ars == own_ars)
            for step in (area_id, *self.areas.ancestors(area_id))
        ]

    def _could_show_more(self, undecided: list[Waiting], evidence: list[tuple[Level, Evidence]]) -> str:
        """Return the sources whose undecided offerings could show more than what is known."""
        best = max((shown.rank for _, shown in evidence), default=0)
        sources = {source_id for ranks in undecided for source_id, rank in ranks.items() if rank > best}
        return " ".join(sorted(self.keys[source_id] for source_id in sources))


_WORN = {
    VoiceState.FAILED: "source_failed",
    VoiceState.HELD: "source_stale",
    VoiceState.STALE: "source_stale",
}


def _load_services(connection: Connection) -> list[Service]:
    leaves: dict[str, set[str]] = defaultdict(set)
    query = select(leika_service.c.ozg_id, leika_service.c.leika_key).where(leika_service.c.leaf)
    for ozg_id, key in connection.execute(query):
        leaves[ozg_id].add(key)
    return [
        Service(ozg_id, theme, frozenset(leaves[ozg_id]))
        for ozg_id, theme in connection.execute(
            select(ozg_service.c.ozg_id, ozg_service.c.theme).order_by(ozg_service.c.ozg_id)
        )
    ]
