"""Which areas are comparable, and which of them are near.

Comparable are areas of the same level, the same kind and the same size class; nothing else is ever compared.
The kind is what the Land's municipal code makes of an area, or what it is called where no status is known.
Near is first an area of the same Kreis, then of the same Regierungsbezirk, then of the same Land; of equally
near ones that of the most similar population, measured as a ratio.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, select

from catalogue.lookup import Area, AreaIndex
from catalogue.priority_rules import PriorityRules
from catalogue.tables import area

__all__ = ["Group", "Peers", "Placed", "kind_of", "place_area", "populations"]

#: Kinds of Gemeinden where the table of areas knows no status: by the words of their type, case folded.
_KINDS_OF_TYPES = (
    ("gemeindefreies gebiet", "gemeindefrei"),
    ("grosse kreisstadt", "grosse_kreisstadt"),
    ("stadt", "stadt"),
)
#: The levels whose areas are nearer to each other than to others, the nearest first.
_NEIGHBOURHOODS = ("kreis", "regierungsbezirk", "land")


class Group(NamedTuple):
    """What areas have in common that are compared; ``size`` are at least and below so many inhabitants."""

    level: str
    kind: str
    size: tuple[int, int | None] | None  # None: the population is not known


@dataclass(frozen=True, slots=True)
class Placed:
    """One area of the region with what decides who is near."""

    area_id: int
    group: Group
    population: int | None
    around: tuple[int | None, ...]  # its Kreis, Regierungsbezirk and Land

    def comparable(self, other: Placed) -> bool:
        """Tell whether another area is of the same group; without a known size none is."""
        return self.group == other.group and self.group.size is not None


class Peers:
    """The areas of a region in groups, and the way from one to the others."""

    def __init__(self, placed: Sequence[Placed]) -> None:
        self._placed = {one.area_id: one for one in placed}
        self._members: dict[Group, list[int]] = {}
        for one in placed:
            if one.group.size is not None:
                self._members.setdefault(one.group, []).append(one.area_id)

    @classmethod
    def load(
        cls, connection: Connection, index: AreaIndex, area_ids: Sequence[int], rules: PriorityRules
    ) -> Peers:
        """Read the population of these areas and put them into groups."""
        people = populations(connection)
        return cls([place_area(index, area_id, people.get(area_id), rules) for area_id in area_ids])

    def group(self, area_id: int) -> Group:
        """Return the group of an area of the region."""
        return self._placed[area_id].group

    def members(self, group: Group) -> Sequence[int]:
        """Return the areas of a group; none where the size is not known."""
        return self._members.get(group, ())

    def nearest(self, area_id: int) -> list[int]:
        """Return the other areas of the same level, the nearest first.

        Those of the same group come first, then areas of the same kind, then those of other kinds, each part
        by nearness; a tie goes to the lower number.
        """
        here = self._placed[area_id]
        around = [
            one
            for one in self._placed.values()
            if one.area_id != area_id and one.group.level == here.group.level
        ]
        return [one.area_id for one in sorted(around, key=lambda one: _distance(here, one))]

    def together(self, one: int, other: int) -> bool:
        """Tell whether two areas are comparable."""
        return self._placed[one].comparable(self._placed[other])


def _distance(here: Placed, there: Placed) -> tuple[int, int, float, int]:
    same_kind = there.group.kind == here.group.kind
    unlike = 0 if here.comparable(there) else 1 if same_kind else 2
    shared = (
        place
        for place, (one, other) in enumerate(zip(here.around, there.around, strict=True))
        if one is not None and one == other
    )
    return unlike, next(shared, len(_NEIGHBOURHOODS)), _ratio(here, there), there.area_id


def _ratio(here: Placed, there: Placed) -> float:
    """Return how different two populations are: 0 for the same, larger in both directions alike."""
    if not here.population or not there.population:
        return math.inf
    return abs(math.log(here.population / there.population))


def place_area(index: AreaIndex, area_id: int, population: int | None, rules: PriorityRules) -> Placed:
    """Return an area with what decides who is comparable with it and who is near."""
    here = index[area_id]
    around = tuple(_id(index.ancestor(area_id, level)) for level in _NEIGHBOURHOODS)
    group = Group(here.level, kind_of(here), rules.size_class(here.level, population))
    return Placed(area_id, group, population, around)


def _id(found: Area | None) -> int | None:
    return None if found is None else found.id


def kind_of(here: Area) -> str:
    """Return the kind of an area (messages, section ``area_kind``)."""
    if here.kreisfrei:
        return "kreisfreie_stadt"
    if here.municipal_status:
        return here.municipal_status
    if here.level != "gemeinde":
        return here.level
    named = here.type.casefold()
    return next((kind for words, kind in _KINDS_OF_TYPES if words in named), "gemeinde")


def populations(connection: Connection) -> Mapping[int, int | None]:
    """Return the population of all areas by number; None where it is not known."""
    return dict(connection.execute(select(area.c.id, area.c.population)).all())
