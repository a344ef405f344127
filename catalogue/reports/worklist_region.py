"""What the whole region says about each service: who of each group has it, and who offers it how."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Select, or_, select

from catalogue.competence import CompetenceTable
from catalogue.lookup import AreaIndex
from catalogue.priority_rules import PriorityRules
from catalogue.products import READY_KINDS, Product, Products
from catalogue.reports.filters import Filters, RegionArea, Selection, select_cells
from catalogue.solutions import Solution
from catalogue.solutions_peers import Group, Peers
from catalogue.tables import source

__all__ = ["MOST_SOLUTIONS", "NOBODY", "Ground", "Holder", "Region", "Tally", "load_region"]

#: So many solutions are named with a gap.
MOST_SOLUTIONS: Final = 3
#: Levels on which a municipality's own service may be satisfied: by itself, its Verband or its Kreis.
_MUNICIPAL: Final = frozenset({"gemeinde", "gemeindeverband", "kreis"})


@dataclass(frozen=True)
class Ground:
    """What all parts of these reports need: the database, all areas, and who is competent."""

    connection: Connection
    index: AreaIndex
    competence: CompetenceTable

    @classmethod
    def load(cls, connection: Connection) -> Ground:
        """Read areas and competence."""
        index = AreaIndex.load(connection)
        return cls(connection, index, CompetenceTable.load(connection, index))


class Tally(NamedTuple):
    """How many competent areas of a group there are for a service, and what is known of them."""

    areas: int
    online: int
    unknown: int

    def without(self, status: str) -> Tally:
        """Return the same without one area of this status."""
        return Tally(self.areas - 1, self.online - (status == "online"), self.unknown - (status == "unknown"))


NOBODY: Final = Tally(0, 0, 0)


class Holder(NamedTuple):
    """An area that has a service online, with the link and who operates it.

    It offers it itself, or it is competent and its Verband or Kreis does it for it.
    """

    area_id: int
    url: str
    operator: str
    since: str
    source_id: int | None
    own: bool
    product: Product | None

    @property
    def is_ready(self) -> bool:
        """Tell whether the Bund, the Land or EfA runs it: who says so, or the product."""
        return self.operator in READY_KINDS or (self.product is not None and self.product.kind in READY_KINDS)


@dataclass(frozen=True)
class Region:
    """The areas of the region with their groups, and what their cells say of some or all services."""

    areas: Mapping[int, RegionArea]
    peers: Peers
    tallies: Mapping[Group, Mapping[str, Tally]]  # by OZG id
    holders: Mapping[str, Mapping[int, Holder]]  # by OZG id and area
    shared: Mapping[str, Sequence[Holder]]  # those that have it by a shared portal
    from_above: Mapping[str, frozenset[tuple[str, str, str]]]  # Land, link and operator of other levels
    products: Products
    is_now: bool  # else the cells are those of a moment in the past

    def tally(self, area_id: int, ozg_id: str) -> Tally:
        """Return what is known of the areas comparable with one, itself included."""
        group = self.peers.group(area_id)
        return self.tallies[group].get(ozg_id, NOBODY) if group.size is not None else NOBODY

    def solutions(
        self, area_id: int, ozg_id: str, nearest: Sequence[int], most: int = MOST_SOLUTIONS
    ) -> tuple[Solution, ...]:
        """Return the nearest areas that have a service, each link once.

        ``nearest`` are the other areas as :meth:`Peers.nearest` orders them.
        """
        holders = self.holders.get(ozg_id)
        if not holders:
            return ()
        found: dict[str, Solution] = {}
        for other in nearest:
            holder = holders.get(other)
            if holder is None:
                continue
            # Where one Kreis acts for many, or many use one service, the nearest stands for all of them.
            link = holder.url or str(other)
            if link not in found:
                found[link] = self.solution(area_id, holder)
                if len(found) == most:
                    break
        return tuple(found.values())

    def solution(self, area_id: int, holder: Holder) -> Solution:
        """Return one area's solution as seen from another one."""
        there = self.areas[holder.area_id]
        return Solution(
            ars=there.ars,
            area=there.label,
            level=there.level,
            url=holder.url,
            product=holder.product.name if holder.product else "",
            since=holder.since,
            same_group=self.peers.together(area_id, holder.area_id),
            operator=holder.operator,
        )

    def is_quick_win(self, area_id: int, ozg_id: str) -> bool:
        """Tell whether a shared portal solves a service for another area of the region."""
        return any(holder.area_id != area_id for holder in self.shared.get(ozg_id, ()))


def load_region(ground: Ground, filters: Filters, rules: PriorityRules, products: Products) -> Region:
    """Read the region's cells of the services that filters choose, whatever areas they are limited to.

    Raise NotFound for a service or theme that does not exist.
    """
    connection, index = ground.connection, ground.index
    whole = select_cells(connection, replace(filters, areas=(), level="", statuses=()), past=True)
    areas = {one.id: one for one in whole.areas}
    peers = Peers.load(connection, index, [*areas], rules)
    counts: dict[Group, dict[str, list[int]]] = {peers.group(area_id): {} for area_id in areas}
    of_area = {area_id: counts[peers.group(area_id)] for area_id in areas}
    holders: dict[str, dict[int, Holder]] = {}
    above: dict[str, set[tuple[str, str, str]]] = {}
    for row in connection.execute(_query(whole), execution_options={"yield_per": 10_000}):
        area_id, ozg_id, status, competent, satisfied, url, operator, since, source_id, own = row
        if area_id not in areas:
            continue
        if competent == "yes":
            count = of_area[area_id].setdefault(ozg_id, [0, 0, 0])
            count[0] += 1
            count[1] += status == "online"
            count[2] += status == "unknown"
        if status != "online":
            continue
        if satisfied not in _MUNICIPAL:
            above.setdefault(ozg_id, set()).add((index[area_id].land, url, operator))
        elif own or competent == "yes":
            holder = Holder(area_id, url, operator, since, source_id, own, products.recognise(url))
            holders.setdefault(ozg_id, {})[area_id] = holder
    shared = _Shared.among(
        connection, (one for of_service in holders.values() for one in of_service.values()), rules
    )
    return Region(
        areas=areas,
        peers=peers,
        tallies={
            group: {ozg_id: Tally(*count) for ozg_id, count in of_group.items()}
            for group, of_group in counts.items()
        },
        holders=holders,
        shared={
            ozg_id: [one for one in of_service.values() if shared.has(one)]
            for ozg_id, of_service in holders.items()
        },
        from_above={ozg_id: frozenset(links) for ozg_id, links in above.items()},
        products=products,
        is_now=whole.as_of is None,
    )


def _query(whole: Selection) -> Select[*tuple[Any, ...]]:
    cell = whole.cells.c
    return select(
        cell.area_id,
        cell.ozg_id,
        cell.status,
        cell.competent,
        cell.satisfied_level,
        cell.online_url,
        cell.operator,
        cell.since,
        cell.evidence_source,
        cell.own,
    ).where(whole.condition(), or_(cell.competent == "yes", cell.status == "online"))


@dataclass(frozen=True)
class _Shared:
    """Which links belong to a shared portal: what says so, portals with several areas, and their hosts."""

    sources: frozenset[int]
    hosts: frozenset[str]

    @classmethod
    def among(cls, connection: Connection, holders: Iterable[Holder], rules: PriorityRules) -> _Shared:
        """Find sources and hosts with own offers of several areas; ready services are no shared portals."""
        kinds: dict[int, str] = dict(connection.execute(select(source.c.id, source.c.kind)).all())
        of_source: dict[int, set[int]] = {}
        of_host: dict[str, set[int]] = {}
        for holder in holders:
            if not holder.own or holder.is_ready:
                continue
            host = _host_of(holder.url)
            if host:
                of_host.setdefault(host, set()).add(holder.area_id)
            if holder.source_id is not None and kinds.get(holder.source_id) in rules.shared_kinds:
                of_source.setdefault(holder.source_id, set()).add(holder.area_id)
        return cls(
            frozenset(key for key, areas in of_source.items() if len(areas) >= rules.shared_areas),
            frozenset(host for host, areas in of_host.items() if len(areas) >= rules.shared_areas),
        )

    def has(self, holder: Holder) -> bool:
        """Tell whether an area has a service by a shared portal."""
        if holder.operator == "shared":
            return True
        if not holder.own or holder.is_ready:
            return False
        return holder.source_id in self.sources or _host_of(holder.url) in self.hosts


def _host_of(url: str) -> str:
    """Return what stands for the host of a link, to be compared with others only; empty if it is none.

    Taking every link of a region apart properly would take longer than all the rest.
    """
    scheme, found, rest = url.partition("://")
    if not found or scheme.lower() not in {"http", "https"}:
        return ""
    return rest.partition("/")[0].partition("?")[0].lower().removeprefix("www.")
