"""Which services play which part in which city.

Parts of the upper levels and of the cities never share a service, so that each story decides its cells.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cli.demo.chance import pick
from cli.demo.facts import Facts

__all__ = ["KEYLESS_TITLES", "UNKNOWN_KEYS", "WEB_TITLES", "Cast", "reserved"]

#: Titles without a key, and the OZG service that each is in other words; empty where it is none of them.
KEYLESS_TITLES = {
    "Datteln": (("Osterfeuerplatz", "10147"),),
    "Haltern am See": (("Straßenmusik", "10348"),),
    "Oer-Erkenschwick": (("Tierheimspende", ""), ("Fundbüro", "10244")),
    "Waltrop": (("Parkausweisverlust", "10173"), ("Grillplatzbuchung", "10024")),
}

#: Names that websites and portals have for services, each with the OZG service it means.
WEB_TITLES = (
    ("Hund anmelden", "10160"),
    ("Sperrmüll abholen lassen", "10110"),
    ("Geburtsurkunde nachbestellen", "10557"),
    ("Baum auf dem eigenen Grundstück fällen", "10112"),
    ("Wohngeld beantragen", "10092"),
    ("Umzug melden", "10124"),
    ("Neuer Reisepass", "10177"),
    ("Briefwahl beantragen", "10145"),
    ("Straßenfest anmelden", "10349"),
    ("Melderegisterauskunft anfordern", "10559"),
    ("Musikschule: Unterricht anmelden", "10023"),
    ("Grabstelle verlängern", "10227"),
)

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
        waiting = reserved(facts)
        pool = [
            ozg_id
            for ozg_id in facts.of_tier("gemeinde")
            if ozg_id in facts.unique_names and ozg_id not in waiting
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


def reserved(facts: Facts, city: str = "") -> set[str]:
    """Return the services that wait for a decision in a city or may have to; without a city, in any."""
    cities = [city] if city else [*KEYLESS_TITLES, *UNKNOWN_KEYS]
    titles = [entry for name in cities for entry in KEYLESS_TITLES.get(name, ())]
    keys = [(key, digits) for name in cities for key, digits, _ in UNKNOWN_KEYS.get(name, ())]
    by_title = {ozg_id for title, _ in titles for ozg_id in facts.sharing_a_word(title)}
    by_title |= {ozg_id for _, ozg_id in titles if ozg_id}
    return by_title | {ozg_id for key, digits in keys for ozg_id in facts.by_group(key[:digits])}


def _deal(services: list[str], parts: dict[str, int]) -> dict[str, list[str]]:
    dealt = {}
    start = 0
    for name, count in parts.items():
        dealt[name] = services[start : start + count]
        start += count
    return dealt
