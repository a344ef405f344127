"""Which services play which part in which city.

Parts of the upper levels and of the cities never share a service, so that each story decides its cells.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cli.demo.chance import pick
from cli.demo.facts import Facts

__all__ = ["KEYLESS_TITLES", "UNKNOWN_KEYS", "Cast"]

#: Titles without a key, each of a kind of service that the catalogue knows by another name.
KEYLESS_TITLES = {
    "Datteln": ("Osterfeuerplatz",),
    "Haltern am See": ("Straßenmusik",),
    "Oer-Erkenschwick": ("Tierheimspende", "Fundbüro"),
    "Waltrop": ("Parkausweisverlust", "Grillplatzbuchung"),
}

#: LeiKa keys that the catalogue lacks, by city: how many digits of it the catalogue knows, and whether
#: the offer is online.
UNKNOWN_KEYS = {
    "Marl": (("99101999001000", 5, False),),
    "Gladbeck": (("99128999001000", 5, False),),
    "Herten": (("99059999001000", 5, True),),
    "Dorsten": (("99012020999000", 8, False),),
    "Recklinghausen": (("99012020999000", 8, False),),
    "Datteln": (("99012020999000", 8, False),),
}

#: Parts of the upper levels, with the number of services.
_UPPER_PARTS = {
    "kreis_shared": 6,
    "kreis_late": 2,
    "land_shared": 6,
    "land_text": 3,
    "dangling": 2,
    "dangling_for_ever": 1,
}
#: Parts of cities, with the number of services.
_CITY_PARTS = {
    "Bottrop": {"deleted": 3, "written": 3, "relinked": 2, "title_only": 2},
    "Castrop-Rauxel": {"two_keys": 2, "returning": 3, "title_only": 2},
    "Dorsten": {"fading": 6, "two_keys": 2},
    "Herten": {"fading": 4, "title_only": 2},
    "Marl": {"title_only": 2, "act_key": 4},
    "Gladbeck": {"act_key": 4, "title_only": 2},
    "Recklinghausen": {"new": 5, "two_keys": 2},
    "Herne": {"act_key": 2, "title_only": 2},
    "Datteln": {"foreign": 2, "improved": 2},
    "Haltern am See": {"foreign": 2, "improved": 2},
    "Oer-Erkenschwick": {"foreign": 2, "improved": 2},
    "Waltrop": {"foreign": 2, "improved": 2},
}
#: Parts of every city that has a XZuFi feed.
_COMMON_PARTS = {"text_only": 1, "wrong_area": 1}


@dataclass
class Cast:
    """The parts: by name for the upper levels, by city and name for the cities."""

    upper: dict[str, list[str]] = field(default_factory=dict)
    of_city: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    @classmethod
    def choose(cls, facts: Facts) -> Cast:
        """Hand out the parts."""
        cast = cls()
        reserved = _reserved(facts)
        pool = [
            ozg_id
            for ozg_id in facts.of_tier("gemeinde")
            if ozg_id in facts.unique_names and ozg_id not in reserved
        ]
        upper = pick(pool, sum(_UPPER_PARTS.values()), "upper")
        cast.upper = _deal(upper, _UPPER_PARTS)
        cast.upper["district"] = pick(facts.of_tier("land"), 3, "district")
        pool = [ozg_id for ozg_id in pool if ozg_id not in upper]
        for city, parts in _CITY_PARTS.items():
            wanted = {**parts, **_COMMON_PARTS}
            cast.of_city[city] = _deal(pick(pool, sum(wanted.values()), "parts", city), wanted)
        return cast

    def parts(self, city: str) -> dict[str, list[str]]:
        """Return the services of each part in a city."""
        return self.of_city.get(city, {})

    def taken(self, city: str) -> set[str]:
        """Return the services that are not left to chance in a city."""
        parts = [*self.upper.values(), *self.parts(city).values()]
        return {ozg_id for part in parts for ozg_id in part}


def _reserved(facts: Facts) -> set[str]:
    """Return the services that wait for a decision somewhere."""
    titles = [title for of_city in KEYLESS_TITLES.values() for title in of_city]
    keys = [(key, digits) for of_city in UNKNOWN_KEYS.values() for key, digits, _ in of_city]
    by_title = {ozg_id for title in titles for ozg_id in facts.sharing_a_word(title)}
    return by_title | {ozg_id for key, digits in keys for ozg_id in facts.by_group(key[:digits])}


def _deal(services: list[str], parts: dict[str, int]) -> dict[str, list[str]]:
    dealt = {}
    start = 0
    for name, count in parts.items():
        dealt[name] = services[start : start + count]
        start += count
    return dealt
