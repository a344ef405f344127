"""Where sources contradict each other about one service in one area: a pure function over offers.

====================  ==================================================================================
``online_form``       online in one source, only a form in another
``online_described``  online in one source, only described in another
``online_absent``     online in one source; another was asked for it and said that there is nothing
``link``              both online, with links that are not one and the same
``unit``              the names of the competent unit differ
``other_body``        shown by the area, but the Kreis, the Land or the Bund has to offer or operates it
``hidden_supply``     usable in one source, while another that should show it does not
====================  ==================================================================================

Something is claimed only if both sources are fresh; of silence only where the source speaks for area and
theme and was read completely. What cannot be claimed for that reason is counted. Compared are offers of the
same area and the same LeiKa service; links and units of a whole bundle are not, as it holds many services.
A source that shows anything of the same LeiKa object, or has something under review in the bundle, is not
silent about it.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

from catalogue.competence import Competence
from catalogue.conflicts_units import same_unit, unit_words
from catalogue.entries import best_offer
from catalogue.entries_links import normal_link
from catalogue.entries_offers import Offer, accepted
from catalogue.evidence import ABSENT, DESCRIBED, FORM, ONLINE
from catalogue.levels import FOREIGN_OPERATORS, LEVEL_RANK
from catalogue.verdict import Level
from catalogue.voices import Voice, VoiceState

__all__ = ["KINDS", "Conflict", "Scene", "Silent", "conflict_id", "find_conflicts"]

KINDS: Final = (
    "online_form",
    "online_described",
    "online_absent",
    "link",
    "unit",
    "other_body",
    "hidden_supply",
)
_KIND_OF_RANK: Final = {FORM: "online_form", DESCRIBED: "online_described", ABSENT: "online_absent"}
#: Kinds in which neither side is the one to be mended.
_MUTUAL: Final = frozenset({"link", "unit"})
#: States in which what a source says may be out of date.
_UNSOUND: Final = frozenset({VoiceState.FAILED, VoiceState.HELD, VoiceState.STALE})
#: Kinds of sources that answer for an area whoever has to offer the service: no pages of the area's own.
COLLECTIONS: Final = frozenset({"bereitstelldienst", "dashboard", "pvog"})
_OBJECT_DIGITS: Final = 8  # of a LeiKa key: catalogue, group and object


class Silent(NamedTuple):
    """A source that was read completely and shows nothing of a service."""

    source_id: int
    source: str
    as_of: str


class Conflict(NamedTuple):
    """One contradiction; of ``other_body`` the other side may be competence alone."""

    kind: str
    one: Offer
    other: Offer | Silent | None
    competence: Competence


@dataclass(frozen=True)
class Scene:
    """Everything about one area that contradictions are found in."""

    levels: Sequence[Level]  # the area itself, and those above it
    name: str  # of the area, which units carry in theirs
    offers: Sequence[Offer]  # of all these areas, also those under review
    voices: Sequence[Voice]
    days: Mapping[int, str]  # of which each source speaks when it is silent
    themes: Mapping[str, str]  # of OZG services
    competence: Callable[[str], Competence]
    unclaimed: Counter[str] = field(default_factory=Counter)  # by key of the source that is not fresh

    @property
    def area_id(self) -> int:
        """Return the number of the area."""
        return self.levels[0].area_id

    @cached_property
    def unsound(self) -> frozenset[int]:
        """Return the sources that are not fresh enough to claim anything with."""
        return frozenset(voice.source_id for voice in self.voices if voice.state in _UNSOUND)

    @cached_property
    def above(self) -> dict[tuple[str, str], list[Offer]]:
        """Return what the areas above show, by service."""
        return accepted(offer for offer in self.offers if offer.area_id != self.area_id)

    @cached_property
    def mentioned(self) -> dict[tuple[int, str], set[str]]:
        """Return the LeiKa keys that each source shows of each bundle; an empty one stands for all."""
        found: dict[tuple[int, str], set[str]] = defaultdict(set)
        for offer in self.offers:
            if offer.rank != ABSENT:
                found[offer.source_id, offer.ozg_id].add(offer.leika_key if offer.accepted else "")
        return found


def find_conflicts(scene: Scene) -> list[Conflict]:
    """Return the contradictions of an area, by OZG id, LeiKa key and kind."""
    found: list[Conflict] = []
    own = accepted(offer for offer in scene.offers if offer.area_id == scene.area_id)
    for offers in own.values():
        sound = [offer for offer in offers if offer.source_id not in scene.unsound]
        if sound:
            found += _of_service(scene, sound)
        if len(sound) < len(offers):
            for conflict in _of_service(scene, offers):
                doubtful = _unsound_side(scene, conflict)
                if doubtful:
                    scene.unclaimed[doubtful] += 1
    return found


def conflict_id(conflict: Conflict, level: str, ars: str) -> str:
    """Return what identifies a contradiction from night to night: 12 hexadecimal digits.

    It stays as long as the same source says something else about the same service, whatever the texts,
    links and dates are, and whichever source is the best on the other side.
    """
    one, other = conflict.one.source, "" if conflict.other is None else conflict.other.source
    if conflict.kind in _MUTUAL:
        sides = sorted((one, other))
    else:
        sides = [one if conflict.kind == "other_body" else other]
    parts = (conflict.kind, level, ars, conflict.one.ozg_id, conflict.one.leika_key, *sides)
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=6).hexdigest()


def _of_service(scene: Scene, offers: Sequence[Offer]) -> Iterator[Conflict]:
    by_source: dict[int, list[Offer]] = defaultdict(list)
    for offer in offers:
        by_source[offer.source_id].append(offer)
    competence = scene.competence(offers[0].ozg_id)
    best = {source_id: best_offer(scene.levels, said) for source_id, said in by_source.items()}
    pairs: list[tuple[str, Offer, Offer | Silent | None]] = [*_statuses(scene, best)]
    if offers[0].leika_key:
        pairs += [*_links(scene, by_source), *_units(scene, by_source)]
    pairs += [*_other_body(scene, best, competence), *_hidden(scene, best, competence)]
    for kind, one, other in pairs:
        yield Conflict(kind, one, other, competence)


def _statuses(scene: Scene, best: Mapping[int, Offer]) -> Iterator[tuple[str, Offer, Offer]]:
    """Yield each source that shows less than online what another shows online."""
    online = [offer for offer in best.values() if offer.rank == ONLINE]
    if not online:
        return
    one = best_offer(scene.levels, online)
    above = scene.above.get((one.ozg_id, one.leika_key), ())
    for source_id, other in sorted(best.items()):
        inherited = any(offer.source_id == source_id and offer.rank == ONLINE for offer in above)
        if other.rank != ONLINE and not inherited:
            yield _KIND_OF_RANK[other.rank], one, other


def _links(scene: Scene, by_source: Mapping[int, Sequence[Offer]]) -> Iterator[tuple[str, Offer, Offer]]:
    linked = {
        source_id: [offer for offer in offers if offer.rank == ONLINE and offer.url]
        for source_id, offers in by_source.items()
    }
    known = [offer for offers in linked.values() for offer in offers]
    if not known:
        return
    one = best_offer(scene.levels, known, "link")
    agreed = {normal_link(offer.url) for offer in linked[one.source_id]}
    for _, offers in sorted(linked.items()):
        if offers and agreed.isdisjoint(normal_link(offer.url) for offer in offers):
            yield "link", one, best_offer(scene.levels, offers, "link")


def _units(scene: Scene, by_source: Mapping[int, Sequence[Offer]]) -> Iterator[tuple[str, Offer, Offer]]:
    named = {
        source_id: [offer for offer in offers if offer.rank != ABSENT and unit_words(offer.unit, scene.name)]
        for source_id, offers in by_source.items()
    }
    known = [offer for offers in named.values() for offer in offers]
    if not known:
        return
    one = best_offer(scene.levels, known, "unit")
    agreed = [unit_words(offer.unit, scene.name) for offer in named[one.source_id]]
    for _, offers in sorted(named.items()):
        names = [unit_words(offer.unit, scene.name) for offer in offers]
        if names and not any(same_unit(mine, yours) for mine in agreed for yours in names):
            yield "unit", one, best_offer(scene.levels, offers, "unit")


def _other_body(
    scene: Scene, best: Mapping[int, Offer], competence: Competence
) -> Iterator[tuple[str, Offer, Offer | None]]:
    """Yield each source by which the area shows what another body has to offer or operates."""
    for _, one in sorted(best.items()):
        if one.rank == ABSENT or one.source_kind in COLLECTIONS or scene.levels[0].level not in _MUNICIPAL:
            continue
        if _operated_above(scene, one) or _is_elsewhere(competence):
            above = [
                offer
                for offer in scene.above.get((one.ozg_id, one.leika_key), ())
                if offer.rank != ABSENT and offer.source_id not in scene.unsound
            ]
            yield "other_body", one, best_offer(scene.levels, above) if above else None


_MUNICIPAL: Final = frozenset(
    level for level, rank in LEVEL_RANK.items() if rank >= LEVEL_RANK["gemeindeverband"]
)


def _operated_above(scene: Scene, offer: Offer) -> bool:
    own = {level.level for level in scene.levels if level.own}
    return offer.operator in FOREIGN_OPERATORS - own


def _is_elsewhere(competence: Competence) -> bool:
    return competence.verdict == "no" and competence.confidence != "niedrig"


def _hidden(
    scene: Scene, best: Mapping[int, Offer], competence: Competence
) -> Iterator[tuple[str, Offer, Offer | Silent]]:
    """Yield each source that lacks what another has online or as a form."""
    usable = [offer for offer in best.values() if offer.rank >= FORM and not _operated_above(scene, offer)]
    if not usable or competence.verdict == "no":
        return
    one = best_offer(scene.levels, usable)
    for source_id, other in sorted(best.items()):
        # Of what is online that is told as ``online_absent``.
        if other.rank == ABSENT and one.rank == FORM and not _mentions(scene, source_id, one):
            yield "hidden_supply", one, other
    theme = scene.themes.get(one.ozg_id, "")
    for voice in scene.voices:
        speaks = voice.speaks and voice.state is VoiceState.OK and (not voice.themes or theme in voice.themes)
        if speaks and voice.source_id not in best and not _mentions(scene, voice.source_id, one):
            yield (
                "hidden_supply",
                one,
                Silent(voice.source_id, voice.key, scene.days.get(voice.source_id, "")),
            )


def _mentions(scene: Scene, source_id: int, offer: Offer) -> bool:
    """Tell whether a source shows anything that could be this service, here or above."""
    keys = scene.mentioned.get((source_id, offer.ozg_id))
    if not keys or not offer.leika_key:
        return bool(keys)
    wanted = offer.leika_key[:_OBJECT_DIGITS]
    return any(not key or key.startswith(wanted) for key in keys)


def _unsound_side(scene: Scene, conflict: Conflict) -> str:
    """Return the source of a contradiction that is not fresh; empty if all is well."""
    for side in (conflict.one, conflict.other):
        if side is not None and side.source_id in scene.unsound:
            return side.source
    return ""
