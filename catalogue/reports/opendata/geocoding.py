"""The addresses by which DCAT-AP.de names areas, made of their regional keys.

The lists of keys (``regionalKey``, ``districtKey`` …) and of levels are those of chapter "Kontrollierte
Vokabulare" of DCAT-AP.de 3.0. Which list goes with which of our levels is inferred from its examples.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

__all__ = ["Geocoding", "geocoding_of"]

_BASE: Final = "http://dcat-ap.de/def/politicalGeocoding/"
#: List and number of leading digits of the regional key, by level.
_LISTS: Final = {
    "gemeinde": ("regionalKey", 12),
    "gemeindeverband": ("municipalAssociationKey", 9),
    "kreis": ("districtKey", 5),
    "regierungsbezirk": ("governmentDistrictKey", 3),
    "land": ("stateKey", 2),
}
_LEVELS: Final = {
    "gemeinde": "municipality",
    "kreis": "administrativeDistrict",
    "land": "state",
    "bund": "federal",
}
#: More areas than this are named by the Kreise, Regierungsbezirke or Länder they belong to.
MOST_AREAS: Final = 60


class Geocoding(NamedTuple):
    """Addresses of areas and of levels, each in a fixed order."""

    areas: tuple[str, ...]
    levels: tuple[str, ...]


def geocoding_of(areas: Sequence[tuple[str, str]]) -> Geocoding:
    """Return the addresses for areas given as (regional key, level).

    Where there are many, the smallest areas above them are named that are few enough.
    """
    levels = tuple(
        f"{_BASE}Level/{name}" for level, name in _LEVELS.items() if any(level == one[1] for one in areas)
    )
    named = sorted({_address(level, ars) for ars, level in areas if level in _LISTS})
    for above in ("kreis", "regierungsbezirk", "land"):
        if len(named) <= MOST_AREAS:
            break
        named = sorted({_address(above, ars) for ars, level in areas if level in _LISTS})
    return Geocoding(tuple(named), levels)


def _address(level: str, ars: str) -> str:
    name, digits = _LISTS[level]
    return f"{_BASE}{name}/{ars[:digits]}"
