"""Where a second opinion and the own cells disagree, with the reasons of both sides.

A second opinion is a source that is never part of a cell. It is compared only in areas that it was asked for,
and its silence only where it was read to its end. Nothing is changed by a disagreement: who is right is for
people to find out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeAlias
from urllib.parse import urlsplit

from sqlalchemy import Connection, Row, select

from catalogue.errors import NotFound
from catalogue.evidence import ONLINE
from catalogue.lookup import AreaIndex
from catalogue.reports.crosscheck_opinion import (
    ASKED,
    NOT_ASKED,
    STATUS_OF_RANK,
    Opinion,
    Said,
    Shown,
    read_opinions,
)
from catalogue.reports.filters import EVERYTHING, Filters, RegionArea, Selection, select_cells
from catalogue.tables import cell, ozg_service, source

__all__ = ["KINDS", "Crosscheck", "CrosscheckRow", "CrosscheckSummary", "crosscheck"]

#: How many there are of each kind.
Counts: TypeAlias = dict[str, int]
#: How both sides can disagree, in the order of the report.
KINDS: Final = (
    "they_online",
    "above_only",
    "we_online",
    "they_not_working",
    "different_link",
    "we_unknown",
)
#: Areas are read in groups, so that memory does not grow with the country.
AREAS_AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class CrosscheckRow:
    """One disagreement; docs/data-dictionary.md explains every field."""

    ars: str
    area: str
    level: str
    ozg_id: str
    title: str
    theme: str
    kind: str
    competent: str
    status: str
    reason: str
    satisfied_level: str
    own: bool
    online_url: str
    evidence_source: str
    sources: tuple[str, ...]
    second_source: str
    second_status: str
    second_level: str
    second_ars: str
    second_url: str
    second_note: str
    second_said: tuple[str, ...]
    second_as_of: str


@dataclass(frozen=True, slots=True)
class CrosscheckSummary:
    """One area and one second opinion in figures, of all cells and of those it is competent for."""

    ars: str
    area: str
    level: str
    second_source: str
    standing: str
    as_of: str
    heard: str
    cells: int
    ours_online: int
    theirs_online: int | None
    both_online: int | None
    disagreements: int | None
    competent_cells: int
    competent_ours_online: int
    competent_theirs_online: int | None
    competent_both_online: int | None
    competent_disagreements: int | None
    unclear: int
    kinds: Counts


@dataclass(frozen=True)
class Crosscheck:
    """The disagreements, and every area and second opinion in figures."""

    rows: list[CrosscheckRow]
    summary: list[CrosscheckSummary]


class _View(NamedTuple):
    """What a second opinion shows for one cell."""

    own: list[Shown]
    above: list[Shown]
    waiting: bool
    heard: bool  # nothing would be shown where we found it, if there is nothing shown

    def online(self, where: Sequence[Shown]) -> bool:
        return any(shown.rank == ONLINE for shown in where)

    def best(self) -> Shown | None:
        """Return the offering to be shown: of the highest status, and then the nearest."""
        return max((*self.own, *self.above), key=lambda shown: shown.rank, default=None)


def crosscheck(
    connection: Connection,
    now: datetime,
    filters: Filters = EVERYTHING,
    sources: Sequence[str] = (),
    kinds: Sequence[str] = (),
) -> Crosscheck:
    """Compare cells with all second opinions, or those named; ``kinds`` limits the rows only.

    Rows and figures come by area in the order of the region. Raise NotFound.
    """
    for kind in kinds:
        if kind not in KINDS:
            raise NotFound("crosscheck_kind", given=kind, known=", ".join(KINDS))
    chosen = select_cells(connection, filters)
    opinions = read_opinions(connection, now, sources)
    reading = _Reading(connection, chosen)
    rows: list[CrosscheckRow] = []
    summary: list[CrosscheckSummary] = []
    for start in range(0, len(chosen.areas), AREAS_AT_ONCE):
        areas = chosen.areas[start : start + AREAS_AT_ONCE]
        cells = reading.cells(areas)
        steps = sorted({step for area in areas for step in reading.steps(area)})
        said = {opinion.id: opinion.read(connection, steps) for opinion in opinions}
        for area in areas:
            for opinion in opinions:
                found, counted = reading.compare(area, cells[area.id], opinion, said[opinion.id])
                rows += [row for row in found if not kinds or row.kind in kinds]
                summary.append(counted)
    return Crosscheck(rows, summary)


class _Reading:
    """What is needed to compare: cells, names, and which areas lie above which."""

    def __init__(self, connection: Connection, chosen: Selection) -> None:
        self.connection = connection
        self.chosen = chosen
        self.index = AreaIndex.load(connection)
        services = select(ozg_service.c.ozg_id, ozg_service.c.title, ozg_service.c.theme)
        self.services = {ozg_id: (title, theme) for ozg_id, title, theme in connection.execute(services)}
        self.keys: dict[int, str] = dict(connection.execute(select(source.c.id, source.c.key)).all())

    def cells(self, areas: Sequence[RegionArea]) -> Mapping[int, list[Row[Any]]]:
        """Return the chosen cells of areas, by area."""
        found: dict[int, list[Row[Any]]] = {area.id: [] for area in areas}
        query = select(cell).where(self.chosen.condition(), cell.c.area_id.in_(list(found)))
        for row in self.connection.execute(query.order_by(cell.c.area_id, cell.c.ozg_id)):
            found[row.area_id].append(row)
        return found

    def own(self, area: RegionArea) -> set[int]:
        """Return the numbers of an area: a kreisfreie Stadt is found as Kreis and as Gemeinde."""
        lowest = self.index.by_ars(area.ars)
        return {area.id, *([lowest.id] if lowest is not None else [])}

    def steps(self, area: RegionArea) -> list[int]:
        """Return the numbers of an area and of those above it, its own first."""
        own = self.own(area)
        return [*own, *(step for step in self.index.ancestors(area.id) if step not in own)]

    def compare(
        self, area: RegionArea, cells: Sequence[Row[Any]], opinion: Opinion, said: Said
    ) -> tuple[list[CrosscheckRow], CrosscheckSummary]:
        """Return the disagreements about an area, and the area in figures."""
        heard = opinion.heard(area.ars, self.own(area), said)
        counts: Counter[str] = Counter()
        kinds: Counter[str] = Counter()
        rows = []
        for ours, view in self._views(area, cells, said, self._heard_at(area, opinion, said)):
            kind = _kind_of(ours, view) if heard != NOT_ASKED else ""
            theirs = heard != NOT_ASKED and (view.online(view.own) or view.online(view.above))
            _count(counts, ours, theirs=theirs, disagree=bool(kind))
            counts["unclear"] += heard != NOT_ASKED and not kind and _is_unclear(ours, view)
            if kind:
                kinds[kind] += 1
                rows.append(self._row(area, ours, kind, view, opinion))
        rows.sort(key=lambda row: (KINDS.index(row.kind), row.ozg_id))
        summary = CrosscheckSummary(
            ars=area.ars,
            area=area.label,
            level=area.level,
            second_source=opinion.key,
            standing=opinion.standing,
            as_of=opinion.as_of,
            heard=heard,
            cells=counts["cells"],
            ours_online=counts["ours_online"],
            competent_cells=counts["competent_cells"],
            competent_ours_online=counts["competent_ours_online"],
            # Of an area that nobody asked for, nothing was counted: that is not the same as zero.
            **{name: None if heard == NOT_ASKED else counts[name] for name in _COMPARED},
            unclear=counts["unclear"],
            kinds={kind: kinds[kind] for kind in KINDS if kinds[kind]},
        )
        return rows, summary

    def _heard_at(self, area: RegionArea, opinion: Opinion, said: Said) -> frozenset[str]:
        """Return the levels of which a second opinion's silence counts: those read to their end."""
        if opinion.heard(area.ars, self.own(area), said) != ASKED:
            return frozenset()
        return frozenset(
            self.index.level(step)
            for step in self.steps(area)
            if opinion.heard(self.index.ars(step), [step], said) == ASKED
        )

    def _views(
        self, area: RegionArea, cells: Sequence[Row[Any]], said: Said, heard: frozenset[str]
    ) -> Iterator[tuple[Row[Any], _View]]:
        # A kreisfreie Stadt is its own Kreis, so what is shown for that is its own.
        steps = self.steps(area)
        own = [step for step in steps if self.index.ars(step) == area.ars]
        above = [step for step in steps if step not in own]
        for ours in cells:
            near, far = (
                [shown for step in where for shown in said.shown.get(step, {}).get(ours.ozg_id, ())]
                for where in (own, above)
            )
            waiting = any(ours.ozg_id in said.waiting.get(step, ()) for step in steps)
            yield ours, _View(near, far, waiting, ours.satisfied_level in heard)

    def _row(
        self, area: RegionArea, ours: Row[Any], kind: str, view: _View, opinion: Opinion
    ) -> CrosscheckRow:
        title, theme = self.services.get(ours.ozg_id, ("", ""))
        theirs = view.best()
        place = self.index[theirs.area_id] if theirs is not None else None
        return CrosscheckRow(
            ars=area.ars,
            area=area.label,
            level=area.level,
            ozg_id=ours.ozg_id,
            title=title,
            theme=theme,
            kind=kind,
            competent=ours.competent,
            status=ours.status,
            reason=ours.reason,
            satisfied_level=ours.satisfied_level,
            own=ours.own,
            online_url=ours.online_url,
            evidence_source=self.keys.get(ours.evidence_source or 0, ""),
            sources=tuple(ours.sources.split()),
            second_source=opinion.key,
            second_status=STATUS_OF_RANK[theirs.rank] if theirs is not None else "",
            second_level=place.level if place is not None else "",
            second_ars=place.ars if place is not None else "",
            second_url=theirs.url if theirs is not None else "",
            second_note=theirs.note if theirs is not None else "",
            second_said=theirs.said if theirs is not None else (),
            second_as_of=opinion.as_of,
        )


_OF_CELLS = ("cells", "ours_online", "theirs_online", "both_online", "disagreements")
_COMPARED = tuple(f"{part}{name}" for part in ("", "competent_") for name in _OF_CELLS[2:])


def _count(counts: Counter[str], ours: Row[Any], *, theirs: bool, disagree: bool) -> None:
    online = ours.status == "online"
    facts = (True, online, theirs, online and theirs, disagree)
    for name, holds in zip(_OF_CELLS, facts, strict=True):
        counts[name] += holds
        counts[f"competent_{name}"] += holds and ours.competent == "yes"


def _kind_of(ours: Row[Any], view: _View) -> str:
    """Return how both sides disagree about a cell; empty if they do not, or if nobody can tell."""
    near, far = view.online(view.own), view.online(view.above)
    if ours.status == "unknown":
        return "we_unknown" if near or far else ""
    if ours.status != "online":
        if near:
            return "they_online"
        return "above_only" if far else ""
    if near or far:
        if not near and ours.own:
            return "above_only"
        return "different_link" if _is_elsewhere(ours.online_url, view) else ""
    if view.own or view.above:
        return "they_not_working"
    return "we_online" if view.heard and not view.waiting else ""


def _is_unclear(ours: Row[Any], view: _View) -> bool:
    """Tell whether we say online and the silence of the other side cannot be judged."""
    return ours.status == "online" and not view.own and not view.above


def _is_elsewhere(url: str, view: _View) -> bool:
    """Tell whether our link is none of theirs, as far as both sides have one."""
    theirs = {
        _place_of(shown.url) for shown in (*view.own, *view.above) if shown.rank == ONLINE and shown.url
    }
    return bool(url and theirs) and _place_of(url) not in theirs


def _place_of(url: str) -> str:
    """Return where a link leads, without scheme, www, fragment and last slash."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
        port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    except ValueError:
        return url
    return f"{host}{port}{parts.path.rstrip('/')}?{parts.query}"
