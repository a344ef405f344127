"""Find areas: by key as sources write it, by name, and by their place in the tree of areas."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, select

from catalogue.keys import Ars, KeyFormatError, parse_area_key
from catalogue.levels import LEVEL_RANK
from catalogue.tables import area

__all__ = ["Area", "AreaIndex"]

#: A delivery may hold any number of wrong keys; the cache of answers must not grow with them.
CACHE_SIZE = 200_000
CACHED_LENGTH = 64


class Area(NamedTuple):
    """One area: Bund, Land, Regierungsbezirk, Kreis, Gemeindeverband or Gemeinde."""

    id: int
    level: str
    ars: str
    ags: str
    name: str
    type: str
    parent_id: int | None
    kreisfrei: bool
    municipal_status: str
    abolished_on: str | None

    @property
    def land(self) -> str:
        """Return the two digits of the Land; ``00`` for the Bund."""
        return self.ars[:2]


class AreaIndex:
    """All areas in memory; where one key stands on several levels, the lowest is meant.

    A kreisfreie Stadt is Kreis and Gemeinde with one regional key, Berlin and Hamburg are Länder as
    well. Abolished areas are found by key, as sources keep them for a while, and in no other way.
    """

    def __init__(self, areas: Iterable[Area]) -> None:
        # From the whole to its parts, abolished ones first: what comes later outranks it.
        ordered = sorted(
            areas, key=lambda item: (item.abolished_on is None, LEVEL_RANK[item.level], item.ars)
        )
        self._areas = {item.id: item for item in ordered}
        self._by_level = {(item.level, item.ars): item for item in ordered}
        self._by_ars = {item.ars: item for item in ordered}
        self._by_ags = {item.ags: item for item in ordered if item.ags}
        self._by_name: dict[str, list[Area]] = {}
        self._children: dict[int, list[int]] = {}
        for item in ordered:
            if item.abolished_on is None:
                self._by_name.setdefault(_folded(item.name), []).append(item)
                if item.parent_id is not None:
                    self._children.setdefault(item.parent_id, []).append(item.id)
        self._ancestors: dict[int, tuple[int, ...]] = {}
        self._resolved: dict[str, int | None] = {}

    @classmethod
    def load(cls, connection: Connection) -> AreaIndex:
        """Read the areas from the database."""
        columns = [area.c[name] for name in Area._fields]
        return cls(Area(*row) for row in connection.execute(select(*columns)))

    def __len__(self) -> int:
        return len(self._areas)

    def __contains__(self, area_id: object) -> bool:
        return area_id in self._areas

    def __getitem__(self, area_id: int) -> Area:
        return self._areas[area_id]

    def level(self, area_id: int) -> str:
        """Return the level of an area."""
        return self._areas[area_id].level

    def ars(self, area_id: int) -> str:
        """Return the regional key of an area."""
        return self._areas[area_id].ars

    def by_ars(self, ars: str, level: str | None = None) -> Area | None:
        """Return the area with a regional key of twelve digits."""
        return self._by_ars.get(ars) if level is None else self._by_level.get((level, ars))

    def by_ags(self, ags: str) -> Area | None:
        """Return the area with a municipality key of eight digits."""
        return self._by_ags.get(ags)

    def by_name(self, name: str, *, level: str | None = None, land: str | None = None) -> list[Area]:
        """Return all areas of a name; several, or none, mean that the name says too little.

        Without a level a city that is Kreis and Gemeinde at once counts as one area.
        """
        found = [
            item
            for item in self._by_name.get(_folded(name), [])
            if (level is None or item.level == level) and (land is None or item.land == land)
        ]
        return found if level is not None else list({item.ars: item for item in found}.values())

    def resolve(self, raw: str) -> int | None:
        """Return the id of the area that a source names by key or by unambiguous name, or None.

        Keys are read as :mod:`catalogue.keys` says; regional keys of any level, municipality keys by
        table. Names count only if no other area of any level or Land has them.
        """
        try:
            return self._resolved[raw]
        except KeyError:
            pass
        found = self._find(raw)
        if len(raw) <= CACHED_LENGTH:
            if len(self._resolved) >= CACHE_SIZE:
                self._resolved.clear()
            self._resolved[raw] = found
        return found

    def _find(self, raw: str) -> int | None:
        try:
            key = parse_area_key(raw)
        except KeyFormatError:
            if any("0" <= character <= "9" for character in raw):
                return None
            named = self.by_name(raw)
            return named[0].id if len(named) == 1 else None
        table = self._by_ars if isinstance(key, Ars) else self._by_ags
        found = table.get(str(key))
        return found.id if found else None

    def children(self, area_id: int) -> tuple[int, ...]:
        """Return the areas directly below one, in the order of their keys."""
        return tuple(self._children.get(area_id, ()))

    def descendants(self, area_id: int, level: str | None = None) -> tuple[int, ...]:
        """Return all areas below one, or those of one level, in the order of the tree."""
        found: list[int] = []
        waiting = list(reversed(self.children(area_id)))
        while waiting:
            child = waiting.pop()
            if level is None or self._areas[child].level == level:
                found.append(child)
            waiting.extend(reversed(self.children(child)))
        return tuple(found)

    def ancestors(self, area_id: int) -> tuple[int, ...]:
        """Return the areas above one, the nearest first and the Bund last."""
        known = self._ancestors.get(area_id)
        if known is None:
            parent = self._areas[area_id].parent_id
            known = () if parent is None else (parent, *self.ancestors(parent))
            self._ancestors[area_id] = known
        return known

    def closure(self, area_id: int) -> tuple[int, ...]:
        """Return an area and those above it, the Bund last."""
        return (area_id, *self.ancestors(area_id))

    def ancestor(self, area_id: int, level: str) -> Area | None:
        """Return the area of a level above one."""
        for found in self.ancestors(area_id):
            if self._areas[found].level == level:
                return self._areas[found]
        return None


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())
