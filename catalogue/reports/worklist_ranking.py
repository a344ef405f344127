"""Priorities of gaps: what each rests on, put together for all gaps of the chosen areas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache

from sqlalchemy import Connection

from catalogue.annotations import local_day
from catalogue.competence import CompetenceTable
from catalogue.lookup import AreaIndex
from catalogue.priority import Facts, Priority, prioritise
from catalogue.priority_lists import Memberships, resolve
from catalogue.priority_rules import PriorityRules
from catalogue.products import packaged_products
from catalogue.reports.cells import CellRow
from catalogue.reports.filters import Filters, select_cells
from catalogue.reports.worklist_region import Ground, Region, load_region
from catalogue.solutions_peers import populations
from catalogue.verdict import GAP_STATUSES

__all__ = ["Ranking", "day_of", "load_ranking", "with_priorities"]


@dataclass(frozen=True)
class Ranking:
    """Reckons the priority of gaps."""

    rules: PriorityRules
    region: Region
    memberships: Memberships
    today: date
    _served: _Served

    def of(self, area_id: int, row: CellRow) -> Priority:
        """Return the priority of a gap of an area of the region."""
        peers = self.region.tally(area_id, row.ozg_id).without(row.status)
        return prioritise(
            Facts(
                lists=self.memberships.of_service.get(row.ozg_id, ()),
                peers=max(0, peers.areas - peers.unknown),
                peers_online=peers.online,
                population=self._served.by(area_id, row.ozg_id, row.competent_tier),
                age=_age(row.since, self.today),
            ),
            self.rules.bounds,
        )


def load_ranking(ground: Ground, region: Region, rules: PriorityRules, today: date) -> Ranking:
    """Read what priorities rest on beside the cells."""
    return Ranking(
        rules=rules,
        region=region,
        memberships=resolve(ground.connection, rules.lists),
        today=today,
        _served=_Served(ground.index, ground.competence, populations(ground.connection)),
    )


def with_priorities(
    connection: Connection, filters: Filters, rows: Sequence[CellRow], rules: PriorityRules, today: date
) -> list[CellRow]:
    """Return gaps with their priorities in the same order; ``filters`` are those they were found with."""
    chosen = select_cells(connection, filters, allowed=GAP_STATUSES, past=True)
    ground = Ground.load(connection)
    region = load_region(ground, filters, rules, packaged_products())
    ranking = load_ranking(ground, region, rules, day_of(chosen.as_of, today))
    numbers = {(place.ars, place.level): place.id for place in chosen.areas}
    found = []
    for row in rows:
        priority = ranking.of(numbers[row.ars, row.level], row)
        found.append(replace(row, priority=priority.points, priority_parts=priority.parts))
    return found


def day_of(as_of: datetime | None, today: date) -> date:
    """Return the day on which the age of gaps is counted: that of the moment looked at, or today."""
    return today if as_of is None else local_day(as_of)


class _Served:
    """How many people an area offers a service to: its own, or those of the members a Kreis acts for."""

    def __init__(
        self, index: AreaIndex, competence: CompetenceTable, people: Mapping[int, int | None]
    ) -> None:
        self._index = index
        self._competence = competence
        self._people = people
        self._known: dict[tuple[int, str], int | None] = {}

    def by(self, area_id: int, ozg_id: str, tier: str) -> int | None:
        """Return the people; None if the population of any area concerned is not known.

        Members of whom it is unresolved who acts for them are not counted.
        """
        if self._index.level(area_id) != "kreis" or tier in {"", "kreis"}:
            return self._people.get(area_id)
        key = area_id, tier
        if key not in self._known:
            self._known[key] = self._for_the_rest(area_id, ozg_id)
        return self._known[key]

    def _for_the_rest(self, kreis_id: int, ozg_id: str) -> int | None:
        total = 0
        for member in self._index.descendants(kreis_id, "gemeinde"):
            if self._competence.answer(member, ozg_id).competent_area_id == kreis_id:
                people = self._people.get(member)
                if people is None:
                    return None
                total += people
        return total


def _age(since: str, today: date) -> int | None:
    day = _day(since)
    return None if day is None else max(0, (today - day).days)


@lru_cache(maxsize=4_096)  # the gaps of a region began on few days
def _day(since: str) -> date | None:
    try:
        return date.fromisoformat(since[:10])
    except ValueError:
        return None
