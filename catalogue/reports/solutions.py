"""Who has a service online, by which product and since when; what is ready; and who lacks it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

from sqlalchemy import Connection, or_, select

from catalogue.priority_rules import PriorityRules, packaged_priority_rules
from catalogue.products import Products, packaged_products
from catalogue.reports.filters import EVERYTHING, Filters, RegionArea, find_area, find_service, select_cells
from catalogue.reports.solutions_ready import ReadyServices, load_ready
from catalogue.reports.worklist_region import Ground, Holder, Region, load_region
from catalogue.solutions import Ready
from catalogue.solutions_peers import populations
from catalogue.tables import ozg_service

__all__ = ["LackingRow", "ServiceSolutions", "SolutionFinder", "SolutionRow", "solutions"]


@dataclass(frozen=True, slots=True)
class SolutionRow:
    """An area that has the service online; docs/data-dictionary.md explains every field."""

    ars: str
    area: str
    level: str
    kind: str
    population: int | None
    url: str
    product: str
    product_kind: str
    product_inferred: bool
    operator: str
    own: bool
    shared: bool
    since: str
    same_group: bool | None


@dataclass(frozen=True, slots=True)
class LackingRow:
    """A competent area that does not offer the service online."""

    ars: str
    area: str
    level: str
    status: str
    since: str


@dataclass(frozen=True, slots=True)
class ServiceSolutions:
    """Everything about one service; ``near`` is the area it was asked for, if any.

    ``rows`` are the areas that offer it themselves or for which their Verband or Kreis does. ``covered``
    counts competent ones for which only Bund, Land or Regierungsbezirk have it, ``unknown`` those of which
    nobody knows, be it whether they have it or whether they have to.
    """

    ozg_id: str
    title: str
    theme: str
    near: RegionArea | None
    rows: tuple[SolutionRow, ...]
    ready: tuple[Ready, ...]
    lacking: tuple[LackingRow, ...]
    covered: int
    unknown: int


class _State(NamedTuple):
    """A cell that is no solution: a gap, unknown, or online by others."""

    area_id: int
    status: str
    gap: bool
    since: str


class SolutionFinder:
    """Answers for many services; what all of them share is read once."""

    def __init__(
        self, ground: Ground, region: Region, ready: ReadyServices, states: Mapping[str, Sequence[_State]]
    ) -> None:
        self._ground = ground
        self._region = region
        self._ready = ready
        self._states = states
        self._people = populations(ground.connection)
        query = select(ozg_service.c.ozg_id, ozg_service.c.title, ozg_service.c.theme)
        self._named = {ozg_id: (title, theme) for ozg_id, title, theme in ground.connection.execute(query)}
        self._shared = {
            (ozg_id, holder.area_id) for ozg_id, holders in region.shared.items() for holder in holders
        }

    @classmethod
    def load(
        cls,
        connection: Connection,
        filters: Filters = EVERYTHING,
        rules: PriorityRules | None = None,
        products: Products | None = None,
    ) -> Self:
        """Read the region for the services (and the moment) that filters choose. Raise NotFound."""
        ground = Ground.load(connection)
        rules, products = rules or packaged_priority_rules(), products or packaged_products()
        region = load_region(ground, filters, rules, products)
        whole = select_cells(connection, Filters(services=filters.services, as_of=filters.as_of), past=True)
        cell = whole.cells.c
        query = select(cell.area_id, cell.ozg_id, cell.status, cell.gap, cell.since).where(
            whole.condition(), or_(cell.gap, cell.status == "unknown", cell.competent == "yes")
        )
        states: dict[str, list[_State]] = {}
        for area_id, ozg_id, status, gap, since in connection.execute(query.order_by(cell.area_id)):
            if area_id in region.areas:
                states.setdefault(ozg_id, []).append(_State(area_id, status, gap, since))
        return cls(ground, region, load_ready(ground, region, whole.services), states)

    def of(self, ozg_id: str, near: RegionArea | None = None) -> ServiceSolutions:
        """Return what is known about a service, the nearest areas first if one is given.

        Else areas come in the order of the region. What is ready is what is so in the Land of the area, or
        of the first one.
        """
        holders = self._region.holders.get(ozg_id, {})
        place = self._order(near)
        rows = [
            self._row(holder, ozg_id, near)
            for holder in sorted(holders.values(), key=lambda one: place[one.area_id])
        ]
        states = sorted(self._states.get(ozg_id, ()), key=lambda one: place[one.area_id])
        title, theme = self._named.get(ozg_id, ("", ""))
        return ServiceSolutions(
            ozg_id=ozg_id,
            title=title,
            theme=theme,
            near=near,
            rows=tuple(rows),
            ready=self._ready.of(ozg_id, self._land(near)),
            lacking=tuple(self._lacking(state) for state in states if state.gap),
            covered=sum(state.status == "online" and state.area_id not in holders for state in states),
            unknown=sum(state.status == "unknown" for state in states),
        )

    def _order(self, near: RegionArea | None) -> Mapping[int, tuple[int, int]]:
        """Return the place of each area: itself, those of its level by nearness, then the others."""
        places = {area_id: (1, number) for number, area_id in enumerate(self._region.areas)}
        if near is not None:
            around = [near.id, *self._region.peers.nearest(near.id)]
            places |= {area_id: (0, rank) for rank, area_id in enumerate(around)}
        return places

    def _land(self, near: RegionArea | None) -> str:
        first = near.id if near is not None else next(iter(self._region.areas))
        return self._ground.index[first].land

    def _row(self, holder: Holder, ozg_id: str, near: RegionArea | None) -> SolutionRow:
        there = self._region.areas[holder.area_id]
        product = holder.product
        return SolutionRow(
            ars=there.ars,
            area=there.label,
            level=there.level,
            kind=self._region.peers.group(holder.area_id).kind,
            population=self._people.get(holder.area_id),
            url=holder.url,
            product=product.name if product else "",
            product_kind=product.kind if product else "",
            product_inferred=product.inferred if product else False,
            operator=holder.operator,
            own=holder.own,
            shared=(ozg_id, holder.area_id) in self._shared,
            since=holder.since,
            same_group=None if near is None else self._region.peers.together(near.id, holder.area_id),
        )

    def _lacking(self, state: _State) -> LackingRow:
        there = self._region.areas[state.area_id]
        return LackingRow(there.ars, there.label, there.level, state.status, state.since)


def solutions(
    connection: Connection,
    service: str,
    area: str = "",
    level: str = "",
    *,
    rules: PriorityRules | None = None,
    products: Products | None = None,
) -> ServiceSolutions:
    """Return who has a service, named as people do, nearest to an area if one is named. Raise NotFound."""
    ozg_id = find_service(connection, service)
    near = find_area(connection, area, level) if area else None
    finder = SolutionFinder.load(connection, Filters(services=(ozg_id,)), rules, products)
    return finder.of(ozg_id, near)
