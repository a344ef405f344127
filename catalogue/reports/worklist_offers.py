"""What sources show of an area's gaps today: pages and forms, contradictions and doubtful offers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final, NamedTuple

from sqlalchemy import select

from catalogue.conflicts import KINDS, Scene, find_conflicts
from catalogue.entries_offers import Offer, OfferReader, day_of, levels_of
from catalogue.evidence import DESCRIBED, FORM
from catalogue.reports.filters import RegionArea
from catalogue.reports.worklist_region import Ground
from catalogue.signals import area_signals
from catalogue.signals_rules import SignalRules
from catalogue.tables import ozg_service, source
from catalogue.voices import load_limits, load_voices

__all__ = ["NOTHING_SHOWN", "Existing", "OfferLooks", "Shown"]

#: So many pages and forms are named with a gap.
MOST_EXISTING: Final = 10


@dataclass(frozen=True, slots=True)
class Existing:
    """What a source shows today: a ``form`` or a ``page`` with its link, or a ``text`` without any."""

    kind: str
    url: str
    label: str
    source: str


class Shown(NamedTuple):
    """What is shown of one service in one area."""

    existing: tuple[Existing, ...] = ()
    conflicts: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()


NOTHING_SHOWN: Final = Shown()


class OfferLooks:
    """Looks at the offers of areas, a group of them at a time."""

    def __init__(self, ground: Ground, now: datetime, rules: SignalRules) -> None:
        connection, index = ground.connection, ground.index
        self._ground = ground
        self._now = now
        self._rules = rules
        self._limits = load_limits(connection, index)
        self._themes: dict[str, str] = dict(
            connection.execute(select(ozg_service.c.ozg_id, ozg_service.c.theme)).all()
        )
        rows = connection.execute(select(source.c.id, source.c.delivered_at, source.c.applied_at))
        self._days = {number: day_of(given or "") or day_of(applied or "") for number, given, applied in rows}

    def of_areas(self, gaps: Mapping[RegionArea, Collection[str]]) -> dict[int, Mapping[str, Shown]]:
        """Return what is shown of the gaps of areas, given as OZG ids, by area number and OZG id.

        What nothing is shown of is left out. Each area is read for its own gaps only, as most offers are of
        other services. Signals that count links over all services are those of online offers, which no gap
        has.
        """
        index, competence = self._ground.index, self._ground.competence
        above = {place.id: index.ancestors(place.id) for place in gaps}
        voices = load_voices(self._ground.connection, self._now, above)
        found: dict[int, Mapping[str, Shown]] = {}
        for place, services in gaps.items():
            reader = OfferReader(self._ground.connection, index, self._limits, services)
            reader.load([place.id])
            offers = reader.of_area(place.id)
            scene = Scene(
                levels=levels_of(index, place.id),
                name=place.name,
                offers=offers,
                voices=voices[place.id],
                days=self._days,
                themes=self._themes,
                competence=partial(competence.answer, place.id),
            )
            found[place.id] = self._put_together(place.id, offers, scene)
        return found

    def _put_together(self, area_id: int, offers: Sequence[Offer], scene: Scene) -> dict[str, Shown]:
        kinds: dict[str, set[str]] = defaultdict(set)
        for conflict in find_conflicts(scene):
            kinds[conflict.one.ozg_id].add(conflict.kind)
        doubtful = area_signals(self._ground.index, area_id, offers, self._rules)
        of_service: dict[str, list[Offer]] = defaultdict(list)
        for offer in offers:
            if offer.accepted and offer.rank in {FORM, DESCRIBED}:
                of_service[offer.ozg_id].append(offer)
        return {
            ozg_id: Shown(
                existing=_existing(of_service.get(ozg_id, ())),
                conflicts=tuple(kind for kind in KINDS if kind in kinds.get(ozg_id, ())),
                signals=doubtful[ozg_id].codes if ozg_id in doubtful else (),
            )
            for ozg_id in {*kinds, *doubtful, *of_service}
        }


def _existing(offers: Iterable[Offer]) -> tuple[Existing, ...]:
    """Return forms, then pages, then texts, each link once; the area's own before those of areas above."""
    found: dict[tuple[str, str], Existing] = {}
    for offer in sorted(offers, key=lambda one: -one.rank):
        links = [
            (kind, url)
            for kind, url in (("form" if offer.rank == FORM else "page", offer.url), ("page", offer.page))
            if url
        ]
        for kind, url in links or [("text", f"{offer.source} {offer.title}")]:
            shown = Existing(kind, url if links else "", offer.title, offer.source)
            found.setdefault((kind, url), shown)
    order = {"form": 0, "page": 1, "text": 2}
    return tuple(sorted(found.values(), key=lambda one: order[one.kind])[:MOST_EXISTING])
