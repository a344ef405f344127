"""What PVOG shows for an area, and whose offering that becomes."""

from __future__ import annotations

import pytest

from catalogue.records import Status
from tests.connectors.pvog_asking import (
    BUND,
    CITY,
    KREIS,
    LAND,
    NEIGHBOUR,
    TOWN,
    Asking,
    asking,
)
from tests.connectors.pvog_server import (
    SERVICES,
    Text,
    link,
    online,
)

__all__ = ["asking"]

TRADE, DOGS, PARKING = "99050012104000", "99102013104000", "99108001001000"
OWN = "https://stadt.example/gewerbe"


def test_a_text_of_the_area_itself_is_its_own_offer(asking: Asking) -> None:
    asking.pvog.texts = [Text("L.LB.1", [TRADE], [CITY])]
    heard = asking.ask([CITY], [TRADE])
    (offering,) = heard.offerings.values()
    assert (offering.ref, offering.area, offering.operator) == (f"{CITY}|L.LB.1", CITY, "")
    assert offering.status is Status.DESCRIBED
    assert offering.service.keys == (TRADE,)
    assert offering.service.title == "Gewerbe anmelden"
    assert offering.observed_at == "2026-07-27T08:30:42.308Z"
    assert heard.scope == "everything"


def test_a_text_of_the_land_is_the_lands_once_for_all_areas_that_show_it(asking: Asking) -> None:
    asking.pvog.texts = [Text("L.LB.1", [TRADE], [LAND]), Text("B.LB.2", [DOGS], [BUND])]
    heard = asking.ask([CITY, TOWN, NEIGHBOUR], [TRADE, DOGS])
    assert {(offering.ref, offering.area) for offering in heard.offerings.values()} == {
        (f"{LAND}|L.LB.1", LAND),
        (f"{BUND}|B.LB.2", BUND),
    }


def test_a_text_of_the_kreis_is_the_kreises_whoever_was_asked_about(asking: Asking) -> None:
    asking.pvog.texts = [Text("L.LB.1", [TRADE], [KREIS])]
    by_town = asking.ask([TOWN], [TRADE]).shown()
    by_kreis = asking.ask([KREIS, TOWN], [TRADE]).shown()
    assert by_town == by_kreis == {f"{KREIS}|L.LB.1": ("described", "", "")}


def test_links_under_a_text_of_the_land_are_offers_of_the_areas_that_show_them(asking: Asking) -> None:
    links = {
        CITY: [link(OWN, "L.OD.1")],
        TOWN: [link("https://serviceportal.town.example/services/11", "L.OD.2")],
    }
    asking.pvog.texts = [Text("L.LB.1", [TRADE], [LAND], links=links)]
    heard = asking.ask([CITY, TOWN, NEIGHBOUR], [TRADE])
    assert heard.shown() == {
        f"{LAND}|L.LB.1": ("described", "", ""),
        f"{CITY}|L.LB.1|L.OD.1": ("online", OWN, ""),
        f"{TOWN}|L.LB.1|L.OD.2": ("online", "https://serviceportal.town.example/services/11", ""),
    }
    assert {offering.service.ref for offering in heard.offerings.values()} == {"L.LB.1"}


def test_a_text_without_links_is_described_and_not_online(asking: Asking) -> None:
    asking.pvog.texts = [Text("L.LB.1", [TRADE], [LAND], links={"": [{"id": "L.OD.1", "uri": " "}]})]
    assert set(asking.ask([CITY], [TRADE]).shown().values()) == {("described", "", "")}


def test_one_page_for_several_services_stays_several_offerings(asking: Asking) -> None:
    page = {"": [link("https://serviceportal.gladbeck.example/services/18", "L.OD.18")]}
    asking.pvog.texts = [
        Text("L.LB.1", ["99050012070000"], [NEIGHBOUR], links=page),
        Text("L.LB.2", [TRADE], [NEIGHBOUR], links=page),
    ]
    heard = asking.ask([NEIGHBOUR], ["99050012070000", TRADE])
    online_ones = [each for each in heard.offerings.values() if each.status is Status.ONLINE]
    assert [each.service.keys for each in online_ones] == [("99050012070000",), (TRADE,)]
    assert len({each.url for each in online_ones}) == 1


def test_a_text_with_several_asked_keys_comes_once_with_all_of_them(asking: Asking) -> None:
    asking.pvog.texts = [Text("L.LB.1", [TRADE, DOGS], [CITY])]
    heard = asking.ask([CITY], [TRADE, DOGS])
    assert [offering.service.keys for offering in heard.offerings.values()] == [(TRADE, DOGS)]


def test_a_neighbour_of_the_asked_key_is_left_out_and_counted(asking: Asking) -> None:
    abroad = Text("B.LB.577649", ["99008001012011"], [BUND], name="Personalausweis im Ausland")
    asking.pvog.neighbours = {"99008001012000": [abroad]}
    heard = asking.ask([CITY], ["99008001012000"])
    assert heard.issues == [("pvog_key_foreign", "B.LB.577649", f"{CITY} 99008001012000: 99008001012011")]
    assert heard.shown() == {f"{CITY}|99008001012000": ("absent", "", "")}


def test_a_key_with_blanks_or_dots_is_the_key_that_was_asked_for(asking: Asking) -> None:
    asking.pvog.texts = [Text("L.LB.1", ["99 050 012 104 000"], [CITY])]
    asking.pvog.neighbours = {TRADE: asking.pvog.texts}
    assert asking.ask([CITY], [TRADE]).offerings[f"{CITY}|L.LB.1"].service.keys == (TRADE,)


def test_what_was_asked_for_in_vain_is_absent_in_that_area(asking: Asking) -> None:
    asking.pvog.texts = [Text("L.LB.1", [TRADE], [CITY])]
    heard = asking.ask([CITY, TOWN], [TRADE, DOGS])
    absent = {ref for ref, offering in heard.offerings.items() if offering.status is Status.ABSENT}
    assert absent == {f"{CITY}|{DOGS}", f"{TOWN}|{TRADE}", f"{TOWN}|{DOGS}"}


def test_where_anything_failed_nothing_is_absent(asking: Asking) -> None:
    asking.pvog.texts = [Text("L.LB.1", [TRADE], [CITY])]
    asking.server.misbehave(SERVICES, "status=400", first=2, times=1)
    heard = asking.ask([CITY, TOWN], [TRADE, DOGS], parallel=1)
    absent = {ref for ref, offering in heard.offerings.items() if offering.status is Status.ABSENT}
    assert absent == {f"{TOWN}|{TRADE}", f"{TOWN}|{DOGS}"}
    assert heard.issues == [("pvog_request_failed", f"{CITY} {DOGS}", "http_status 400")]
    assert heard.scope == "part"
    assert f"{CITY}|L.LB.1" in heard.offerings


@pytest.mark.parametrize("given", [{"asked_means_absent": False}, {"online_services": False}])
def test_nothing_is_absent_if_that_is_not_wanted_or_not_everything_was_asked(
    asking: Asking, given: dict[str, object]
) -> None:
    heard = asking.ask([CITY], [DOGS], **given)
    assert (heard.shown(), heard.scope) == ({}, "everything")


def test_an_area_of_which_pvog_shows_nothing_at_all_proves_nothing(asking: Asking) -> None:
    asking.pvog.texts = [Text("L.LB.1", [TRADE], [TOWN])]
    asking.pvog.online = []
    heard = asking.ask([TOWN, "064350014014"], [TRADE, DOGS])
    assert heard.issues == [("pvog_area_silent", "064350014014", "")]
    assert list(heard.shown()) == [f"{TOWN}|L.LB.1", f"{TOWN}|{DOGS}"]
    assert heard.scope == "part"


def test_an_area_that_lost_most_of_its_texts_overnight_proves_no_absence(asking: Asking) -> None:
    asking.pvog.texts = [Text(f"L.LB.{key}", [key], [CITY]) for key in (TRADE, DOGS, PARKING)]
    night = asking.ask([CITY], [TRADE, DOGS, PARKING])
    del asking.pvog.texts[1:]
    heard = asking.ask([CITY], [TRADE, DOGS, PARKING], night.memory)
    assert heard.issues == [("pvog_shrunk", CITY, "3 → 1")]
    assert list(heard.shown()) == [f"{CITY}|L.LB.{TRADE}"]
    accepted = asking.ask([CITY], [TRADE, DOGS, PARKING], heard.memory)
    assert accepted.shown()[f"{CITY}|{DOGS}"] == ("absent", "", "")


def test_an_online_service_counts_for_the_descriptions_it_belongs_to(asking: Asking) -> None:
    asking.pvog.texts = [Text("L.LB.1", [TRADE], [LAND])]
    asking.pvog.online = [
        online("L.OD.1", OWN, "L.LB.1", "L.LB.99", ars=[CITY]),
        online("L.OD.7", "https://anderes.example/", "L.LB.98", ars=[CITY]),
    ]
    heard = asking.ask([CITY, TOWN], [TRADE])
    assert heard.shown() == {
        f"{LAND}|L.LB.1": ("described", "", ""),
        f"{CITY}|L.LB.1|L.OD.1": ("online", OWN, ""),
    }
    assert heard.scope == "everything"


def test_an_online_service_for_the_land_is_the_lands_and_never_the_areas_own(asking: Asking) -> None:
    asking.pvog.texts = [Text("L.LB.1", [TRADE], [LAND])]
    asking.pvog.online = [online("L.OD.1", "https://antrag.example/", "L.LB.1", ars=[LAND])]
    heard = asking.ask([CITY, TOWN], [TRADE])
    assert heard.shown() == {
        f"{LAND}|L.LB.1": ("described", "", ""),
        f"{CITY}|L.LB.1|L.OD.1": ("online", "https://antrag.example/", "land"),
        f"{LAND}|L.LB.1|L.OD.1": ("online", "https://antrag.example/", ""),
        f"{TOWN}|L.LB.1|L.OD.1": ("online", "https://antrag.example/", "land"),
    }


def test_both_lists_together_show_an_online_service_once(asking: Asking) -> None:
    asking.pvog.texts = [Text("L.LB.1", [TRADE], [LAND], links={"": [link(OWN, "L.OD.1")]})]
    asking.pvog.online = [online("L.OD.1", OWN, "L.LB.1", ars=[CITY])]
    heard = asking.ask([CITY], [TRADE])
    assert list(heard.shown()) == [f"{LAND}|L.LB.1", f"{CITY}|L.LB.1|L.OD.1"]


def test_all_links_of_an_online_service_are_kept(asking: Asking) -> None:
    asking.pvog.texts = [Text("L.LB.1", [TRADE], [CITY], links={"": [link(OWN, "L.OD.1")]})]
    asking.pvog.online = [online("L.OD.1", "https://stadt.example/zweiter", "L.LB.1", ars=[CITY])]
    offering = asking.ask([CITY], [TRADE]).offerings[f"{CITY}|L.LB.1|L.OD.1"]
    assert [found.url for found in offering.links] == [OWN, "https://stadt.example/zweiter"]


def test_a_link_without_identifier_is_told_apart_by_its_address(asking: Asking) -> None:
    links: list[dict[str, object]] = [{"uri": "https://a.example/"}, {"uri": "https://b.example/"}]
    asking.pvog.texts = [Text("L.LB.1", [TRADE], [CITY], links={"": links})]
    heard = asking.ask([CITY], [TRADE])
    assert heard.digest == asking.ask([CITY], [TRADE]).digest
    assert {each.url for each in heard.offerings.values() if each.url} == {
        "https://a.example/",
        "https://b.example/",
    }
