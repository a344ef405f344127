"""Quick wins: gaps that a shared portal already closes for at least one other area of the region."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from catalogue.priority import Priority
from catalogue.priority_rules import PriorityRules, packaged_priority_rules
from catalogue.products import Products, packaged_products
from catalogue.reports.cells import CellRow, read_cells
from catalogue.reports.filters import EVERYTHING, Filters, select_cells
from catalogue.reports.worklist_ranking import day_of, load_ranking
from catalogue.reports.worklist_region import Ground, Holder, Region, load_region
from catalogue.verdict import GAP_STATUSES

__all__ = ["HavingMember", "LackingMember", "QuickWin", "quickwins"]


@dataclass(frozen=True, slots=True)
class HavingMember:
    """An area that has the service by a shared portal, with its link and the product recognised by it."""

    ars: str
    area: str
    level: str
    url: str
    product: str
    operator: str
    since: str


@dataclass(frozen=True, slots=True)
class LackingMember:
    """An area that lacks the service, and how urgent that is there."""

    ars: str
    area: str
    level: str
    status: str
    points: float


@dataclass(frozen=True, slots=True)
class QuickWin:
    """A service that a shared portal offers for some areas; docs/data-dictionary.md explains every field.

    ``points`` is the highest priority among those who lack it.
    """

    ozg_id: str
    title: str
    theme: str
    points: float
    having: int
    lacking: int
    have: tuple[HavingMember, ...]
    lack: tuple[LackingMember, ...]


def quickwins(
    connection: Connection,
    filters: Filters = EVERYTHING,
    *,
    rules: PriorityRules | None = None,
    products: Products | None = None,
    today: date,
) -> list[QuickWin]:
    """Return the quick wins for the chosen areas, the most urgent first. Raise NotFound.

    Who has a service is said of the whole region, who lacks it of the chosen areas.
    """
    chosen = select_cells(connection, filters, allowed=GAP_STATUSES, past=True)
    ground = Ground.load(connection)
    rules = rules or packaged_priority_rules()
    region = load_region(ground, filters, rules, products or packaged_products())
    ranking = load_ranking(ground, region, rules, day_of(chosen.as_of, today))
    numbers = {(place.ars, place.level): place.id for place in chosen.areas}
    lacking: dict[str, list[tuple[CellRow, Priority]]] = defaultdict(list)
    for row in read_cells(connection, chosen, chosen.cells.c.gap):
        area_id = numbers[row.ars, row.level]
        if region.is_quick_win(area_id, row.ozg_id):
            lacking[row.ozg_id].append((row, ranking.of(area_id, row)))
    found = []
    for ozg_id, gaps in lacking.items():
        # Sorting is stable: equally urgent ones stay in the order of the region.
        gaps.sort(key=lambda pair: -pair[1].points)
        have = tuple(_having(region, holder) for holder in region.shared[ozg_id])
        first, priority = gaps[0]
        found.append(
            QuickWin(
                ozg_id=ozg_id,
                title=first.title,
                theme=first.theme,
                points=priority.points,
                having=len(have),
                lacking=len(gaps),
                have=have,
                lack=tuple(_member(row, one.points) for row, one in gaps),
            )
        )
    return sorted(found, key=lambda one: (-one.points, one.ozg_id))


def _having(region: Region, holder: Holder) -> HavingMember:
    there = region.areas[holder.area_id]
    name = holder.product.name if holder.product else ""
    return HavingMember(there.ars, there.label, there.level, holder.url, name, holder.operator, holder.since)


def _member(row: CellRow, points: float) -> LackingMember:
    return LackingMember(row.ars, row.area, row.level, row.status, points)
