"""What each tier of competence means for one area: itself, another one, or not known.

The tiers are those of NRW's municipal code; what is assumed stands in docs/zustaendigkeit.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from catalogue.levels import MUNICIPAL_TIERS, lower_confidence
from catalogue.lookup import Area, AreaIndex

__all__ = ["UNKNOWN_TIER", "Standing", "Standings", "YouthOffice"]

#: Only this is known: no municipality has to offer the service.
UNKNOWN_TIER = ""

AACHEN = "regionsangehoerige_stadt_aachen"
_GROSSE = frozenset({"kreisfreie_stadt", AACHEN, "grosse_kreisangehoerige_stadt"})
_MITTLERE = _GROSSE | {"mittlere_kreisangehoerige_stadt"}
_SMALLER = frozenset({"sonstige_kreisangehoerige_stadt", "kreisangehoerige_gemeinde"})
_KNOWN = _MITTLERE | _SMALLER
_WITH_TIER = {"mittlere": _MITTLERE, "grosse": _GROSSE}

#: Tiers above the municipalities, and the level of the area that has it.
_STATE_TIERS = ("land", "bund")
_STATE_LEVELS = frozenset({"bund", "land", "regierungsbezirk"})


class YouthOffice(NamedTuple):
    """Whether an area has its own Jugendamt, and how sure that is."""

    own: bool
    confidence: str


class Standing(NamedTuple):
    """What one tier means for one area."""

    verdict: str  # yes, no, unresolved
    area_id: int | None  # who is competent, where that is one area
    level: str  # the level of whoever is competent, or "sonstige"
    at_most: str = "hoch"  # confidence
    reason: str = ""


class Standings:
    """The standing of areas for every tier."""

    def __init__(self, areas: AreaIndex, youth_offices: Mapping[str, YouthOffice]) -> None:
        self._areas = areas
        self._youth_offices = youth_offices

    def of(self, area_id: int) -> dict[str, Standing]:
        """Return an area's standing for every tier, the unknown one included."""
        area = self._areas[area_id]
        if area.level in _STATE_LEVELS:
            return self._of_state(area)
        above = {tier: self._above(area, tier) for tier in (*_STATE_TIERS, "sonstige")}
        return {**self._of_municipality(area), **above, UNKNOWN_TIER: Standing("no", None, "")}

    def _of_state(self, area: Area) -> dict[str, Standing]:
        standings = {
            tier: Standing("no", None, "kreis" if tier == "kreis" else "gemeinde") for tier in MUNICIPAL_TIERS
        }
        for tier in (*_STATE_TIERS, "sonstige"):
            standings[tier] = self._above(area, tier)
        standings[UNKNOWN_TIER] = Standing("unresolved", None, "", reason="tier_unknown")
        if area.level == "regierungsbezirk":
            # A Bezirksregierung is an authority of the Land; no table says which tasks it has.
            land = standings["land"].area_id
            standings["land"] = Standing("unresolved", land, "land", reason="district_government")
        return standings

    def _above(self, area: Area, tier: str) -> Standing:
        if tier == area.level:
            return Standing("yes", area.id, tier)
        holder = self._areas.ancestor(area.id, tier)
        return Standing("no", holder.id if holder else None, tier)

    def _of_municipality(self, area: Area) -> dict[str, Standing]:
        if area.kreisfrei:
            return dict.fromkeys(MUNICIPAL_TIERS, Standing("yes", area.id, area.level))
        if area.level == "kreis":
            return self._of_kreis(area)
        if area.level == "gemeindeverband":
            return dict.fromkeys(MUNICIPAL_TIERS, Standing("unresolved", None, "", reason="association"))
        if _is_unincorporated(area):
            return dict.fromkeys(MUNICIPAL_TIERS, Standing("unresolved", None, "", reason="unincorporated"))
        return self._of_gemeinde(area)

    def _of_gemeinde(self, area: Area) -> dict[str, Standing]:
        itself = Standing("yes", area.id, "gemeinde")
        kreis = self._kreis_instead(area)
        standings = {"gemeinde": itself, "kreis": kreis, "jugendamt": self._youth_office(area)}
        for tier, statuses in _WITH_TIER.items():
            if area.municipal_status not in _KNOWN:
                standings[tier] = Standing("unresolved", None, "", reason="status_unknown")
            else:
                standings[tier] = itself if area.municipal_status in statuses else kreis
        if area.municipal_status == AACHEN:
            # Which tasks passed to the Städteregion is no part of the tables.
            standings["grosse"] = itself._replace(at_most="mittel", reason="aachen")
            standings["kreis"] = kreis._replace(at_most="mittel", reason="aachen")
        return standings

    def _kreis_instead(self, area: Area) -> Standing:
        kreis = self._areas.ancestor(area.id, "kreis")
        return Standing("no", kreis.id if kreis else None, "kreis")

    def _youth_office(self, area: Area) -> Standing:
        office = self._youth_offices.get(area.ars)
        if office is None or office.confidence == "niedrig":
            return Standing("unresolved", None, "", reason="youth_office_unknown")
        if office.own:
            return Standing("yes", area.id, "gemeinde", office.confidence)
        return self._kreis_instead(area)._replace(at_most=office.confidence)

    def _of_kreis(self, area: Area) -> dict[str, Standing]:
        members = [
            member
            for member in map(self._areas.__getitem__, self._areas.descendants(area.id, "gemeinde"))
            if not _is_unincorporated(member)
        ]
        return {
            "gemeinde": Standing("no", None, "gemeinde"),
            "kreis": Standing("yes", area.id, "kreis"),
            "mittlere": self._kreis_for_the_rest(area, members, "mittlere"),
            "grosse": self._kreis_for_the_rest(area, members, "grosse"),
            "jugendamt": self._kreis_youth_office(area, members),
        }

    def _kreis_for_the_rest(self, area: Area, members: list[Area], tier: str) -> Standing:
        """Return yes if the Kreis acts for at least one of its municipalities."""
        statuses = {member.municipal_status for member in members}
        if (statuses & _KNOWN) - _WITH_TIER[tier]:
            return Standing("yes", area.id, "kreis")
        if statuses and statuses <= _KNOWN:
            return Standing("no", None, "gemeinde")
        return Standing("unresolved", None, "", reason="status_unknown")

    def _kreis_youth_office(self, area: Area, members: list[Area]) -> Standing:
        offices = [self._youth_offices.get(member.ars) for member in members]
        known = [office for office in offices if office is not None and office.confidence != "niedrig"]
        without = [office.confidence for office in known if not office.own]
        if without:
            at_most = "hoch" if "hoch" in without else "mittel"
            return Standing("yes", area.id, "kreis", at_most)
        if known and len(known) == len(members):
            weakest = "hoch"
            for office in known:
                weakest = lower_confidence(weakest, office.confidence)
            return Standing("no", None, "gemeinde", weakest)
        return Standing("unresolved", None, "", reason="youth_office_unknown")


def _is_unincorporated(area: Area) -> bool:
    return area.type.startswith("Gemeindefreies Gebiet")
