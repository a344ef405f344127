"""What the feeds of Kreis, Land and Bund say."""

from __future__ import annotations

from cli.demo.cast import Cast
from cli.demo.chance import chance
from cli.demo.cities import invent
from cli.demo.desk import FEDERAL_AGENCY, Desk, federal_desk, land_desk
from cli.demo.facts import BUND, DISTRICT, KREIS, LAND, Facts
from cli.demo.objects import Content, Id, Service, Written

__all__ = ["write_federal", "write_kreis", "write_land"]

KREIS_AREA = Written(KREIS[:5], ("kreis", KREIS))
LAND_AREA = Written(LAND[:2], ("land", LAND))
DISTRICT_AREA = Written(DISTRICT[:3], ("regierungsbezirk", DISTRICT))
BUND_AREA = Written(BUND, ("bund", BUND))


def write_kreis(cast: Cast, desk: Desk, night: int) -> None:
    """Write what the Kreis offers itself, and what it runs for its cities."""
    facts = desk.facts
    kreis = facts.places[KREIS]
    for ozg_id in cast.upper["kreis_shared"]:
        desk.offer(ozg_id, "online", KREIS_AREA, "kreis_online")
    for ozg_id in cast.upper["kreis_late"]:
        if night > 2:
            desk.offer(ozg_id, "online", KREIS_AREA, "kreis_online")
    for ozg_id in facts.services:
        if facts.verdict(KREIS, ozg_id) != "no":
            how = invent(facts, kreis, ozg_id)
            if how:
                desk.offer(ozg_id, how, KREIS_AREA)


def write_land(cast: Cast, facts: Facts, content: Content) -> None:
    """Write what the Land offers, and what it runs for all municipalities."""
    desk = land_desk(facts, content)
    for place, ozg_id in enumerate(cast.upper["land_shared"]):
        if place % 2:
            desk.offer(ozg_id, "online", LAND_AREA)
        else:
            _federal_service_online(desk, ozg_id, "foreign_service")
    for ozg_id in cast.upper["land_text"]:
        desk.offer(ozg_id, "described", LAND_AREA, "land_text")
    for ozg_id in (*cast.upper["dangling"], *cast.upper["dangling_for_ever"]):
        _federal_service_online(desk, ozg_id, "late_service")
    for ozg_id in cast.upper["district"]:
        desk.offer(ozg_id, "online", DISTRICT_AREA)
    for ozg_id in facts.of_tier("land"):
        if ozg_id in cast.upper["district"] or not facts.services[ozg_id].leaves:
            continue
        drawn = chance(LAND, ozg_id, "offer")
        if drawn < 0.6:
            desk.offer(ozg_id, "online" if drawn < 0.35 else "described", LAND_AREA)


def write_federal(cast: Cast, facts: Facts, content: Content, night: int) -> None:
    """Write what the Bund offers, and the Leistungen that others refer to."""
    desk = federal_desk(facts, content)
    referred = set(cast.upper["land_shared"][::2])
    referred |= {ozg_id for city in cast.of_city.values() for ozg_id in city.get("foreign", ())}
    if night > 1:
        referred |= set(cast.upper["dangling"])
    for ozg_id in sorted(referred):
        desk.service(ozg_id, desk.keys(ozg_id)[0], f"F{ozg_id}")
    for ozg_id in facts.of_tier("bund"):
        drawn = chance(BUND, ozg_id, "offer")
        if drawn < 0.6 and facts.services[ozg_id].leaves:
            desk.offer(ozg_id, "online" if drawn < 0.3 else "described", BUND_AREA)


def _federal_service_online(desk: Desk, ozg_id: str, story: str) -> None:
    """Offer a Leistung online that the federal editors describe in a source of their own."""
    title = desk.facts.services[ozg_id].title
    federal = Service(Id(FEDERAL_AGENCY, f"F{ozg_id}"), title, (), (ozg_id,))
    desk.online(federal, f"0033{ozg_id}", LAND_AREA, story)
