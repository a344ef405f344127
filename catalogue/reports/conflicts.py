"""The list of contradictions between sources, to be worked off by editorial teams."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, select

from catalogue.competence import Competence, CompetenceTable
from catalogue.conflicts import KINDS, Conflict, Scene, Silent, conflict_id, find_conflicts
from catalogue.entries_offers import Offer, OfferReader, day_of, levels_of
from catalogue.errors import NotFound
from catalogue.lookup import AreaIndex
from catalogue.naming import full_name
from catalogue.reports.filters import EVERYTHING, Filters, RegionArea, Selection, select_cells
from catalogue.tables import leika_service, ozg_service, source
from catalogue.voices import load_limits, load_voices

__all__ = ["ConflictList", "ConflictRow", "Unclaimed", "conflicts"]

#: Areas are read in groups of this size, so that memory does not grow with the region.
AREAS_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """One contradiction with both evidences; docs/data-dictionary.md explains every field."""

    id: str
    kind: str
    ars: str
    area: str
    level: str
    ozg_id: str
    bundle: str
    theme: str
    leika_key: str
    name: str
    title: str
    source: str
    ref: str
    status: str
    url: str
    page: str
    unit: str
    operator: str
    as_of: str
    other_source: str
    other_ref: str
    other_status: str
    other_url: str
    other_page: str
    other_unit: str
    other_operator: str
    other_as_of: str
    competent: str
    competent_level: str
    competent_area: str
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class Unclaimed:
    """How many contradictions are not claimed because a source is not fresh."""

    source: str
    standing: str
    count: int


@dataclass(frozen=True)
class ConflictList:
    """The contradictions, and what was left unclaimed."""

    rows: list[ConflictRow]
    unclaimed: list[Unclaimed]


@dataclass(frozen=True)
class Wanted:
    """Which contradictions are asked for; what is empty limits nothing."""

    kinds: Collection[str] = ()
    sources: Collection[str] = ()

    def has(self, conflict: Conflict) -> bool:
        """Tell whether this contradiction is asked for."""
        if self.kinds and conflict.kind not in self.kinds:
            return False
        sides = {conflict.one.source, conflict.other.source if conflict.other else ""}
        return not self.sources or bool(sides & set(self.sources))


def conflicts(
    connection: Connection,
    now: datetime,
    filters: Filters = EVERYTHING,
    *,
    kinds: Sequence[str] = (),
    sources: Sequence[str] = (),
) -> ConflictList:
    """Return the contradictions by area in the order of the region, OZG id, LeiKa key and kind.

    ``sources`` are ids, of which one side has to be. Raise NotFound for what does not exist.
    """
    for kind in kinds:
        if kind not in KINDS:
            raise NotFound("conflict_kind_unknown", given=kind, known=", ".join(KINDS))
    known = sorted(connection.scalars(select(source.c.key).where(source.c.active)))
    for key in sources:
        if key not in known:
            raise NotFound("conflict_source_unknown", given=key, known=", ".join(known) or "–")
    if filters.statuses:
        raise NotFound("conflict_status")
    search = _Search(connection, now, select_cells(connection, filters))
    wanted = Wanted(frozenset(kinds), frozenset(sources))
    rows = list(search.rows(wanted))
    return ConflictList(rows, search.left_out(wanted.sources))


class _Search:
    """Looks for contradictions in the chosen areas, a group at a time."""

    def __init__(self, connection: Connection, now: datetime, chosen: Selection) -> None:
        self._connection = connection
        self._now = now
        self._chosen = chosen
        self._index = AreaIndex.load(connection)
        self._competence = CompetenceTable.load(connection, self._index)
        self._services = {
            ozg_id: (title, theme)
            for ozg_id, title, theme in connection.execute(
                select(ozg_service.c.ozg_id, ozg_service.c.title, ozg_service.c.theme)
            )
        }
        self._names: dict[str, str] = dict(
            connection.execute(select(leika_service.c.leika_key, leika_service.c.name)).all()
        )
        rows = connection.execute(select(source.c.id, source.c.delivered_at, source.c.applied_at))
        self._days = {
            source_id: day_of(delivered or "") or day_of(applied or "")
            for source_id, delivered, applied in rows
        }
        self._unclaimed: Counter[str] = Counter()
        self._standing: dict[str, str] = {}
        self._area_names: dict[int, str] = {}

    def rows(self, wanted: Wanted) -> Iterator[ConflictRow]:
        """Yield the contradictions that are asked for."""
        limits = load_limits(self._connection, self._index)
        reader = OfferReader(self._connection, self._index, limits, self._asked_services())
        themes = {ozg_id: theme for ozg_id, (_, theme) in self._services.items()}
        places = self._chosen.areas
        for start in range(0, len(places), AREAS_AT_ONCE):
            group = places[start : start + AREAS_AT_ONCE]
            reader.load([place.id for place in group])
            above = {place.id: self._index.ancestors(place.id) for place in group}
            voices = load_voices(self._connection, self._now, above)
            for place in group:
                scene = Scene(
                    levels=levels_of(self._index, place.id),
                    name=place.name,
                    offers=reader.of_area(place.id),
                    voices=voices[place.id],
                    days=self._days,
                    themes=themes,
                    competence=partial(self._competence.answer, place.id),
                    unclaimed=self._unclaimed,
                )
                self._standing |= {voice.key: voice.state.value for voice in scene.voices}
                yield from (self._row(place, one) for one in find_conflicts(scene) if wanted.has(one))

    def left_out(self, sources: Collection[str]) -> list[Unclaimed]:
        """Return what could not be claimed, of these sources or of all; by source."""
        return [
            Unclaimed(key, self._standing[key], count)
            for key, count in sorted(self._unclaimed.items())
            if not sources or key in sources
        ]

    def _asked_services(self) -> set[str] | None:
        chosen = self._chosen
        if chosen.themes is None and chosen.services is None:
            return None
        return {
            ozg_id
            for ozg_id, (_, theme) in self._services.items()
            if (chosen.themes is None or theme in chosen.themes)
            and (chosen.services is None or ozg_id in chosen.services)
        }

    def _row(self, place: RegionArea, conflict: Conflict) -> ConflictRow:
        one = conflict.one
        bundle, theme = self._services.get(one.ozg_id, ("", ""))
        return ConflictRow(
            id=conflict_id(conflict, place.level, place.ars),
            kind=conflict.kind,
            ars=place.ars,
            area=place.label,
            level=place.level,
            ozg_id=one.ozg_id,
            bundle=bundle,
            theme=theme,
            leika_key=one.leika_key,
            name=self._names.get(one.leika_key, ""),
            title=one.title,
            source=one.source,
            ref=one.ref,
            status=one.status,
            url=one.url,
            page=one.page,
            unit=one.unit,
            operator=one.operator,
            as_of=one.as_of,
            **_other_side(conflict.other),
            competent=conflict.competence.verdict,
            competent_level=conflict.competence.competent_level,
            competent_area=self._area_name(conflict.competence),
        )

    def _area_name(self, competence: Competence) -> str:
        area_id = competence.competent_area_id
        if area_id is None:
            return ""
        if area_id not in self._area_names:
            known = self._index[area_id]
            self._area_names[area_id] = full_name(known.name, known.type, known.level)
        return self._area_names[area_id]


def _other_side(other: Offer | Silent | None) -> dict[str, str]:
    """Return the fields of the second source; empty ones where there is none or it is silent."""
    offer = other if isinstance(other, Offer) else None
    return {
        "other_source": other.source if other else "",
        "other_ref": offer.ref if offer else "",
        "other_status": offer.status if offer else "silent" if other else "",
        "other_url": offer.url if offer else "",
        "other_page": offer.page if offer else "",
        "other_unit": offer.unit if offer else "",
        "other_operator": offer.operator if offer else "",
        "other_as_of": other.as_of if other else "",
    }
