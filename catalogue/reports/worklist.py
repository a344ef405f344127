"""The work list: each gap with what is missing, what exists, how urgent it is and who already solved it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Final, NamedTuple

from sqlalchemy import Connection, select

from catalogue.annotations import CellKey, Remark, local_day, remarks
from catalogue.priority import Priority
from catalogue.priority_rules import PriorityRules, packaged_priority_rules
from catalogue.products import packaged_products
from catalogue.reports.cells import CellRow, read_cells
from catalogue.reports.filters import EVERYTHING, Filters, RegionArea, Selection, select_cells
from catalogue.reports.solutions_ready import ReadyServices, load_ready
from catalogue.reports.worklist_offers import NOTHING_SHOWN, Existing, OfferLooks, Shown
from catalogue.reports.worklist_ranking import Ranking, day_of, load_ranking
from catalogue.reports.worklist_region import Ground, Region, load_region
from catalogue.signals_rules import SignalRules, packaged_rules
from catalogue.solutions import Ready, Solution
from catalogue.tables import leika_service
from catalogue.verdict import GAP_STATUSES

__all__ = ["Existing", "Leaf", "PeerGroup", "WorkList", "WorkRow", "worklist", "worklists"]

#: Areas are read in groups of this size, so that memory does not grow with the region.
AREAS_AT_ONCE: Final = 20


@dataclass(frozen=True, slots=True)
class Leaf:
    """A LeiKa service of the bundle that is not online."""

    leika_key: str
    name: str


@dataclass(frozen=True, slots=True)
class PeerGroup:
    """The areas of the region that an area is compared with: those of its kind and size class.

    ``size_from`` and ``size_below`` are inhabitants; ``size_below`` is None for the highest class, both for
    an area whose population is not known. ``members`` counts the others; ``small`` says that they are too
    few for a share.
    """

    kind: str
    size_from: int | None
    size_below: int | None
    members: int
    small: bool


@dataclass(frozen=True, slots=True)
class WorkRow:
    """One gap as somebody works on it.

    ``peers`` are the comparable areas that are competent, ``peers_online`` those of them that have it
    online, ``peers_unknown`` those of which it is not known.
    """

    cell: CellRow
    leaves_missing: tuple[Leaf, ...]
    existing: tuple[Existing, ...]
    priority: Priority
    peers: int
    peers_online: int
    peers_unknown: int
    solutions: tuple[Solution, ...]
    ready: tuple[Ready, ...]
    quick_win: bool
    remark: Remark | None
    conflicts: tuple[str, ...]
    signals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WorkList:
    """Gaps, the most urgent first; ``group`` is known where they are those of one area.

    Of several areas together ``ars`` and ``area`` are empty and ``level`` is ``region``, or ``selection`` if
    the filters left out areas. ``links_read`` is false for a moment in the past: what exists, conflicts and
    signals are not known then.
    """

    ars: str
    area: str
    level: str
    group: PeerGroup | None
    rules: str  # the name of the priority rules
    links_read: bool
    rows: tuple[WorkRow, ...]


def worklist(
    connection: Connection,
    filters: Filters = EVERYTHING,
    *,
    priority_rules: PriorityRules | None = None,
    signal_rules: SignalRules | None = None,
    today: date,
) -> WorkList:
    """Return the gaps of all chosen areas as one work list; arguments as for :func:`worklists`."""
    chosen = select_cells(connection, filters, allowed=GAP_STATUSES, past=True)
    lists = list(
        worklists(connection, filters, priority_rules=priority_rules, signal_rules=signal_rules, today=today)
    )
    if len(lists) == 1:
        return lists[0]
    rules = priority_rules or packaged_priority_rules()
    level = "selection" if chosen.limited else "region"
    # Sorting is stable: gaps of one service that are as urgent stay in the order of the region.
    rows = sorted((row for one in lists for row in one.rows), key=_urgency)
    return WorkList("", "", level, None, rules.name, chosen.as_of is None, tuple(rows))


def worklists(
    connection: Connection,
    filters: Filters = EVERYTHING,
    *,
    priority_rules: PriorityRules | None = None,
    signal_rules: SignalRules | None = None,
    today: date,
) -> Iterator[WorkList]:
    """Yield the work list of each chosen area in the order of the region. Raise NotFound.

    ``today`` counts the age of gaps; a moment (datetime with offset) decides also which sources are too old
    to be contradicted, else noon does. The rules of this version are used where none are given.
    """
    chosen = select_cells(connection, filters, allowed=GAP_STATUSES, past=True)
    rules = priority_rules or packaged_priority_rules()
    now = today if isinstance(today, datetime) else datetime.combine(today, time(12), UTC)
    ground = Ground.load(connection)
    region = load_region(ground, filters, rules, packaged_products())
    maker = _Maker(
        region=region,
        ranking=load_ranking(ground, region, rules, day_of(chosen.as_of, _day(today))),
        ready=load_ready(ground, region, chosen.services),
        leaves=_leaves(connection),
        ground=ground,
    )
    looks = OfferLooks(ground, now, signal_rules or packaged_rules()) if region.is_now else None
    for start in range(0, len(chosen.areas), AREAS_AT_ONCE):
        places = chosen.areas[start : start + AREAS_AT_ONCE]
        gaps = _gaps(connection, chosen, places)
        services = {place: {row.ozg_id for row in gaps[place.id]} for place in places}
        shown = looks.of_areas(services) if looks else {}
        said = remarks(connection, [place.id for place in places], as_of=chosen.as_of)
        for place in places:
            rows = gaps.pop(place.id, [])
            yield maker.worklist(place, rows, _Beside(shown.get(place.id, {}), said))


def _day(today: date) -> date:
    """Return the day of a day or a moment, in the calendar of this machine."""
    return local_day(today) if isinstance(today, datetime) else today


def _gaps(
    connection: Connection, chosen: Selection, places: Sequence[RegionArea]
) -> dict[int, list[CellRow]]:
    """Return the gaps of some of the chosen areas, by area."""
    part = replace(chosen, areas=tuple(places), limited=True)
    numbers = {(place.ars, place.level): place.id for place in places}
    found: dict[int, list[CellRow]] = defaultdict(list)
    for row in read_cells(connection, part, chosen.cells.c.gap):
        found[numbers[row.ars, row.level]].append(row)
    return found


def _leaves(connection: Connection) -> Mapping[str, tuple[Leaf, ...]]:
    """Return the LeiKa leaves of each service: of a gap none is online, so that all of them are missing."""
    columns = leika_service.c
    query = select(columns.ozg_id, columns.leika_key, columns.name).where(
        columns.leaf, columns.ozg_id.is_not(None)
    )
    found: dict[str, list[Leaf]] = defaultdict(list)
    for ozg_id, key, name in connection.execute(query.order_by(columns.leika_key)):
        found[ozg_id].append(Leaf(key, name))
    return {ozg_id: tuple(leaves) for ozg_id, leaves in found.items()}


class _Beside(NamedTuple):
    """What is known of an area's gaps beside the cells."""

    shown: Mapping[str, Shown]
    said: Mapping[CellKey, Remark]


@dataclass(frozen=True)
class _Maker:
    """Puts the rows of work lists together."""

    region: Region
    ranking: Ranking
    ready: ReadyServices
    leaves: Mapping[str, tuple[Leaf, ...]]
    ground: Ground

    def worklist(self, place: RegionArea, gaps: Sequence[CellRow], beside: _Beside) -> WorkList:
        """Return the work list of one area."""
        nearest = self.region.peers.nearest(place.id)
        land = self.ground.index[place.id].land
        rows = (self._row(place.id, cell, beside, nearest, land) for cell in gaps)
        return WorkList(
            ars=place.ars,
            area=place.label,
            level=place.level,
            group=self._group(place.id),
            rules=self.ranking.rules.name,
            links_read=self.region.is_now,
            rows=tuple(sorted(rows, key=_urgency)),
        )

    def _row(
        self, area_id: int, cell: CellRow, beside: _Beside, nearest: Sequence[int], land: str
    ) -> WorkRow:
        ozg_id = cell.ozg_id
        peers = self.region.tally(area_id, ozg_id).without(cell.status)
        existing, conflicts, signals = beside.shown.get(ozg_id, NOTHING_SHOWN)
        return WorkRow(
            cell=cell,
            leaves_missing=self.leaves.get(ozg_id, ()),
            existing=existing,
            priority=self.ranking.of(area_id, cell),
            peers=max(0, peers.areas),
            peers_online=peers.online,
            peers_unknown=peers.unknown,
            solutions=self.region.solutions(area_id, ozg_id, nearest),
            ready=self.ready.of(ozg_id, land),
            quick_win=self.region.is_quick_win(area_id, ozg_id),
            remark=beside.said.get((cell.ars, cell.level, ozg_id)),
            conflicts=conflicts,
            signals=signals,
        )

    def _group(self, area_id: int) -> PeerGroup:
        group = self.region.peers.group(area_id)
        at_least, below = group.size if group.size is not None else (None, None)
        members = max(0, len(self.region.peers.members(group)) - 1)
        small = members < self.ranking.rules.bounds.least_peers
        return PeerGroup(group.kind, at_least, below, members, small)


def _urgency(row: WorkRow) -> tuple[float, str]:
    """Return what rows are sorted by: the most points first, then the OZG id."""
    return -row.priority.points, row.cell.ozg_id
