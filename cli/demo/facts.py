"""What is real in the demo: areas, services with their keys, and who is competent."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import NamedTuple

from sqlalchemy import Connection, select

from catalogue.competence import Competence, CompetenceTable
from catalogue.levels import LEVEL_RANK
from catalogue.lookup import Area, AreaIndex
from catalogue.store import Store
from catalogue.tables import leika_service, ozg_service

__all__ = ["BUND", "DISTRICT", "KREIS", "LAND", "Facts", "Place", "ServiceFacts", "Step", "plain"]

KREIS = "055620000000"
LAND = "050000000000"
BUND = "000000000000"
#: The Regierungsbezirk of most bodies of the region; Herne belongs to another one.
DISTRICT = "055000000000"
CITIES_WITHOUT_KREIS = ("055120000000", "055130000000", "059160000000")

#: Letters that make a word one that means something, and two words relatives.
_SHORTEST_WORD = 5
_STEM = 4

#: An area within the chain of those above it: level and regional key.
Step = tuple[str, str]

_FOLDED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_UMLAUTS_AND_BLANKS = re.compile(r"[^0-9a-z]+")


class Place(NamedTuple):
    """One of the region's bodies. ``chain`` leads from it to the Bund; a kreisfreie Stadt is there twice."""

    ars: str
    ags: str
    level: str
    name: str
    status: str
    chain: tuple[Step, ...]

    @property
    def host(self) -> str:
        """Return the invented host of the body's website."""
        kind = "kreis-" if self.level == "kreis" else ""
        return f"www.{kind}{plain(self.name).replace(' ', '-')}.example"

    @property
    def title(self) -> str:
        """Return the body's name as it calls itself."""
        return f"{'Kreis' if self.level == 'kreis' else 'Stadt'} {self.name}"


class ServiceFacts(NamedTuple):
    """One OZG service: ``keys`` are LeiKa keys with their names, ``leaves`` those without descendants."""

    ozg_id: str
    title: str
    theme: str
    keys: Mapping[str, str]
    leaves: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """The real facts of the region, from a database with the reference tables."""

    places: Mapping[str, Place]  # by regional key, in the order of reports
    services: Mapping[str, ServiceFacts]  # by OZG id
    competences: Mapping[tuple[str, str], Competence]  # by regional key and OZG id

    @classmethod
    def load(cls, store: Store) -> Facts:
        """Read the facts."""
        with store.read() as connection:
            index = AreaIndex.load(connection)
            table = CompetenceTable.load(connection, index)
            services = _services(connection)
        members = _members(index)
        places = {area.ars: _place(index, area) for area in members}
        competences = {
            (area.ars, ozg_id): table.answer(area.id, ozg_id) for area in members for ozg_id in services
        }
        return cls(places, services, competences)

    @property
    def cities(self) -> list[Place]:
        """Return the cities of the region."""
        return [place for place in self.places.values() if place.level == "gemeinde"]

    @cached_property
    def themes(self) -> tuple[str, ...]:
        """Return the themes in alphabetical order."""
        return tuple(sorted({service.theme for service in self.services.values()}))

    def named(self, name: str) -> Place:
        """Return the city of a name."""
        return next(place for place in self.cities if place.name == name)

    def verdict(self, ars: str, ozg_id: str) -> str:
        """Tell whether an area is competent: yes, no or unresolved."""
        return self.competences[ars, ozg_id].verdict

    def of_tier(self, tier: str) -> list[str]:
        """Return the services that lie with a tier for certain."""
        answers = {ozg_id: self.competences[CITIES_WITHOUT_KREIS[0], ozg_id] for ozg_id in self.services}
        return [
            ozg_id
            for ozg_id, answer in answers.items()
            if answer.tier == tier and answer.verdict != "unresolved"
        ]

    def by_group(self, prefix: str) -> list[str]:
        """Return the services with a LeiKa key that begins with these digits."""
        return [
            ozg_id
            for ozg_id, service in self.services.items()
            if any(key.startswith(prefix) for key in service.keys)
        ]

    def sharing_a_word(self, word: str) -> list[str]:
        """Return the services with a word in their names that this one could be a relative of.

        One is a part of the other, or they begin with the same letters.
        """
        wanted = plain(word)
        return [
            ozg_id
            for ozg_id, words in self._words.items()
            if any(known in wanted or wanted in known or known[:_STEM] == wanted[:_STEM] for known in words)
        ]

    @cached_property
    def _words(self) -> dict[str, frozenset[str]]:
        """Return the words that mean something in all names of each service."""
        return {
            ozg_id: frozenset(
                known
                for name in (service.title, *service.keys.values())
                for known in plain(name).split()
                if len(known) >= _SHORTEST_WORD
            )
            for ozg_id, service in self.services.items()
        }

    @cached_property
    def unique_names(self) -> dict[str, str]:
        """Return names of LeiKa services that no other OZG service shares, by OZG id."""
        owners: dict[str, set[str]] = defaultdict(set)
        for ozg_id, service in self.services.items():
            for name in (service.title, *service.keys.values()):
                owners[plain(name)].add(ozg_id)
        return {
            ozg_id: name
            for ozg_id, service in self.services.items()
            for name in service.keys.values()
            if len(owners[plain(name)]) == 1
        }


@cache
def plain(name: str) -> str:
    """Return a name in lower case, umlauts spelled out, signs as blanks."""
    folded = unicodedata.normalize("NFKC", name).casefold().translate(_FOLDED)
    return _UMLAUTS_AND_BLANKS.sub(" ", folded).strip()


def _services(connection: Connection) -> dict[str, ServiceFacts]:
    names: dict[str, dict[str, str]] = defaultdict(dict)
    leaves: dict[str, list[str]] = defaultdict(list)
    columns = leika_service.c
    keyed = select(columns.ozg_id, columns.leika_key, columns.name, columns.leaf)
    keyed = keyed.where(columns.ozg_id.is_not(None)).order_by(columns.leika_key)
    for owner, key, name, leaf in connection.execute(keyed):
        names[str(owner)][key] = name
        if leaf:
            leaves[str(owner)].append(key)
    bundles = select(ozg_service.c.ozg_id, ozg_service.c.title, ozg_service.c.theme)
    return {
        ozg_id: ServiceFacts(ozg_id, title, theme, names[ozg_id], tuple(leaves[ozg_id]))
        for ozg_id, title, theme in connection.execute(bundles.order_by(ozg_service.c.ozg_id))
    }


def _members(index: AreaIndex) -> list[Area]:
    kreis = index.by_ars(KREIS, "kreis")
    cities = [index.by_ars(ars, "gemeinde") for ars in CITIES_WITHOUT_KREIS]
    own = [index[number] for number in index.descendants(kreis.id, "gemeinde")] if kreis else []
    return [area for area in (kreis, *own, *cities) if area is not None]


def _place(index: AreaIndex, area: Area) -> Place:
    above = [index[number] for number in index.ancestors(area.id)]
    chain = [(area.level, area.ars), *((step.level, step.ars) for step in above)]
    chain.sort(key=lambda step: -LEVEL_RANK[step[0]])
    return Place(area.ars, area.ags, area.level, area.name, area.municipal_status, tuple(chain))
