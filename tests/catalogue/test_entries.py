from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.entries import ATTRIBUTES, ORDERS, RULES, best_offer, merge
from catalogue.entries_offers import Offer
from catalogue.evidence import ABSENT, DESCRIBED, FORM, ONLINE
from tests.catalogue.offers import BUND, CITY, KREIS, LAND, LEVELS, make_offer

URL = "https://stadt.example/sperrmuell"


def test_the_stronger_evidence_gives_the_status_whatever_the_trust() -> None:
    entry = merge(LEVELS, [make_offer(1, DESCRIBED, trust=90), make_offer(2, ONLINE, trust=10)])
    assert (entry.value("status"), entry.choices["status"].source) == ("online", "pvog")
    assert entry.choices["status"].rule == "strength"


def test_of_equal_statuses_the_area_itself_comes_before_those_above() -> None:
    land = make_offer(1, ONLINE, area_id=LAND, trust=90, url="https://land.example/x")
    entry = merge(LEVELS, [land, make_offer(2, ONLINE)])
    assert (entry.value("link"), entry.choices["link"].rule) == (URL, "specificity")
    assert entry.satisfied_level == "gemeinde"


@pytest.mark.parametrize("operator", ["kreis", "land", "bund"])
def test_a_text_of_the_land_for_a_city_is_farther_away_than_the_city_s_own_page(operator: str) -> None:
    land = make_offer(1, DESCRIBED, operator=operator, trust=90, unit="Ministerium")
    entry = merge(LEVELS, [land, make_offer(2, DESCRIBED, unit="Betriebshof")])
    assert (entry.value("unit"), entry.choices["unit"].rule) == ("Betriebshof", "specificity")
    assert (entry.satisfied_level, entry.choices["status"].source) == ("gemeinde", "pvog")


def test_then_trust_decides() -> None:
    entry = merge(LEVELS, [make_offer(1, unit="Amt 70"), make_offer(2, unit="Betriebshof", trust=60)])
    assert (entry.value("unit"), entry.choices["unit"].rule) == ("Betriebshof", "trust")


def test_then_the_later_day_decides() -> None:
    older = make_offer(1, title="Sperrgut", as_of="2026-10-31")
    entry = merge(LEVELS, [older, make_offer(2, title="Sperrmüll")])
    assert (entry.value("title"), entry.choices["title"].rule) == ("Sperrmüll", "freshness")


def test_a_source_without_a_day_is_older_than_any_other() -> None:
    entry = merge(LEVELS, [make_offer(1, title="Sperrgut", as_of=""), make_offer(2, title="Sperrmüll")])
    assert entry.value("title") == "Sperrmüll"


def test_where_nothing_decides_the_source_configured_first_does() -> None:
    entry = merge(LEVELS, [make_offer(2, title="Sperrgut"), make_offer(1, title="Sperrmüll")])
    choice = entry.choices["title"]
    assert (choice.value, choice.source, choice.rule) == ("Sperrmüll", "portal", "order")


def test_of_equally_good_maturities_the_one_with_more_evidence_is_chosen() -> None:
    much = make_offer(2, maturity=2, flags=("form_assistant", "wet_signature"))
    entry = merge(LEVELS, [make_offer(1, maturity=3, flags=("online_submit",)), much])
    assert (entry.value("maturity"), entry.choices["maturity"].rule) == ("2", "evidence")


def test_maturity_zero_is_a_value_and_not_judged_is_none() -> None:
    assert merge(LEVELS, [make_offer(1, maturity=0)]).value("maturity") == "0"
    assert "maturity" not in merge(LEVELS, [make_offer(1)]).choices


def test_every_attribute_keeps_its_own_source() -> None:
    offers = [
        make_offer(1, ONLINE, title="Sperrgut", trust=40),
        make_offer(2, DESCRIBED, unit="Betriebshof", trust=60, title="Sperrmüll"),
        make_offer(3, DESCRIBED, page="https://stadt.example/leistung/7"),
    ]
    choices = merge(LEVELS, offers).choices
    assert {name: choice.source for name, choice in choices.items()} == {
        "status": "portal",
        "link": "portal",
        "operator": "portal",
        "unit": "pvog",
        "title": "pvog",
        "page": "webseite",
    }


def test_who_says_nothing_else_is_said_to_agree() -> None:
    entry = merge(LEVELS, [make_offer(1, url="http://www.stadt.example/sperrmuell/"), make_offer(2)])
    assert entry.choices["link"].rule == "agreed"
    assert entry.choices["title"].rule == "agreed"
    assert merge(LEVELS, [make_offer(1)]).choices["title"].rule == "only"


def test_a_link_comes_only_from_an_offer_with_the_status() -> None:
    form = make_offer(1, FORM, url="https://stadt.example/antrag.pdf", trust=90)
    assert merge(LEVELS, [form, make_offer(2)]).value("link") == URL
    assert merge(LEVELS, [form, make_offer(2, url="")]).value("link") == ""


def test_the_operator_is_that_of_the_chosen_link() -> None:
    other = make_offer(1, operator="land", trust=40, url="https://land.example/x")
    same = make_offer(2, operator="efa", trust=30, url=f"{URL}?utm_source=portal")
    entry = merge(LEVELS, [other, same, make_offer(3)])
    assert (entry.value("link"), entry.value("operator")) == (URL, "efa")
    assert entry.choices["operator"].rule == "link"


@pytest.mark.parametrize(("area", "operator"), [(CITY, "own"), (KREIS, "kreis"), (BUND, "bund")])
def test_an_operator_that_nobody_names_follows_from_the_level(area: int, operator: str) -> None:
    entry = merge(LEVELS, [make_offer(1, area_id=area)])
    assert (entry.value("operator"), entry.choices["operator"].rule) == (operator, "derived")


def test_what_the_kreis_calls_its_own_is_the_kreis_s_for_the_city() -> None:
    entry = merge(LEVELS, [make_offer(1, area_id=KREIS, operator="own")])
    assert (entry.value("operator"), entry.satisfied_level) == ("kreis", "kreis")


def test_a_page_of_the_city_for_a_service_of_the_land_satisfies_on_the_land_s_level() -> None:
    assert merge(LEVELS, [make_offer(1, operator="land")]).satisfied_level == "land"


def test_what_was_asked_for_in_vain_has_no_say_beside_what_was_found() -> None:
    entry = merge(LEVELS, [make_offer(1, ABSENT, title="Gefragt", trust=90), make_offer(2)])
    assert (entry.value("status"), entry.value("title")) == ("online", "Sperrmüll")
    alone = merge(LEVELS, [make_offer(1, ABSENT, title="Gefragt")])
    assert (alone.value("status"), alone.value("title"), alone.value("operator")) == ("absent", "Gefragt", "")
    assert alone.satisfied_level == ""


def test_all_offers_stay_behind_the_entry_the_best_first() -> None:
    offers = [make_offer(3, DESCRIBED), make_offer(1, FORM), make_offer(2, ONLINE)]
    entry = merge(LEVELS, offers)
    assert [offer.source for offer in entry.offers] == ["pvog", "portal", "webseite"]
    assert entry.offers[0] == best_offer(LEVELS, offers)


OFFERS = st.builds(
    make_offer,
    st.integers(1, 4),
    st.sampled_from([ABSENT, DESCRIBED, FORM, ONLINE]),
    area_id=st.sampled_from([CITY, KREIS, LAND, BUND]),
    trust=st.integers(0, 2),
    ref=st.sampled_from("ab"),
    url=st.sampled_from(["", URL, f"{URL}/", "https://land.example/x"]),
    unit=st.sampled_from(["", "Amt 70", "Betriebshof"]),
    operator=st.sampled_from(["", "own", "land"]),
    maturity=st.integers(-1, 3),
    as_of=st.sampled_from(["", "2026-10-31", "2026-11-01"]),
)


@given(st.lists(OFFERS, min_size=1, max_size=4, unique_by=lambda offer: (offer.source_id, offer.ref)))
def test_the_entry_does_not_depend_on_the_order_of_offers(offers: list[Offer]) -> None:
    entries = [merge(LEVELS, order) for order in permutations(offers)]
    assert all(entry == entries[0] for entry in entries)
    assert set(entries[0].choices) <= set(ATTRIBUTES)
    assert {choice.rule for choice in entries[0].choices.values()} <= set(RULES)


@given(st.lists(OFFERS, min_size=1, max_size=6, unique_by=lambda offer: (offer.source_id, offer.ref)))
def test_no_source_alone_can_lower_the_status(offers: list[Offer]) -> None:
    entry = merge(LEVELS, offers)
    assert entry.offers[0].rank == max(offer.rank for offer in offers)
    for choice in entry.choices.values():
        assert (choice.source, choice.ref) in {(offer.source, offer.ref) for offer in offers}


def test_every_order_is_made_of_known_criteria() -> None:
    assert {name for order in ORDERS.values() for name in order} <= set(RULES)
