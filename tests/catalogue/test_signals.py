from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.evidence import ABSENT, DESCRIBED, FORM
from catalogue.lookup import Area, AreaIndex
from catalogue.signals import CellSignals, area_signals
from catalogue.signals_rules import SIGNALS, SignalRules, packaged_rules
from tests.catalogue.offers import BUND, CITY, KREIS, LAND, OZG, make_offer

RULES = packaged_rules()
ELSEWHERE, NEIGHBOUR = 5, 6
INDEX = AreaIndex(
    Area(number, level, ars, ars[:5] + ars[9:], name, "", parent, False, "", None)
    for number, level, ars, name, parent in (
        (BUND, "bund", "000000000000", "Deutschland", None),
        (LAND, "land", "050000000000", "Nordrhein-Westfalen", BUND),
        (KREIS, "kreis", "055620000000", "Recklinghausen", LAND),
        (CITY, "gemeinde", "055620014014", "Gladbeck", KREIS),
        (NEIGHBOUR, "gemeinde", "055620024024", "Marl", KREIS),
        (ELSEWHERE, "gemeinde", "010020000000", "Kiel", BUND),
    )
)


def looked_at(*offers: Any, rules: SignalRules = RULES, area: int = CITY) -> CellSignals:
    """Return the signals of the bundle in the city."""
    return area_signals(INDEX, area, offers, rules)[OZG]


def codes(**fields: Any) -> tuple[str, ...]:
    return looked_at(make_offer(**fields)).codes


@pytest.mark.parametrize(
    ("url", "signal"),
    [
        ("https://www.stadt.example", "home_page"),
        ("https://stadt.example/index.html", "home_page"),
        ("https://stadt.example/startseite.php", "home_page"),
        ("https://stadt.example/service/kontakt.html", "generic_form"),
        ("https://stadt.example/kontaktformular-allgemein", "generic_form"),
        ("https://stadt.example/antrag.PDF", "pdf_as_online"),
        ("https://stadt.example/vordruck.docx?download=1", "pdf_as_online"),
        ("https://termine.stadt.example/sperrmuell", "appointment"),
        ("https://stadt.example/online-terminvereinbarung/amt", "appointment"),
        ("https://stadt.example/statusabfrage-ausweis", "status_query"),
        ("https://efa.example/antrag?location=010020000000", "foreign_location"),
        ("https://efa.example/antrag?ARS=010020000000&x=1", "foreign_location"),
        ("https://stadt.example/konto/login", "login_page"),
        ("https://login.stadt.example/start/sperrmuell", "login_page"),
        ("https://portal.example/#/login", "login_page"),
    ],
)
def test_a_link_gives_its_signal(url: str, signal: str) -> None:
    assert codes(url=url) == (signal,)


@pytest.mark.parametrize(
    "url",
    [
        "https://stadt.example/sperrmuell",
        "https://stadt.example/?dienst=sperrmuell",
        "https://portal.example/#/dienst/7",
        "https://stadt.example/kontakt/sperrmuell-anmelden",
        "https://stadt.example/determination/antrag",
        "https://stadt.example/pdf/antrag",
        "https://efa.example/antrag?location=055620014014",
        "https://efa.example/antrag?location=055620000000",  # its Kreis
        "https://efa.example/antrag?location=05562014",  # itself, as a municipality key
        "https://efa.example/antrag?location=999999999999",  # no table knows it
        "https://efa.example/antrag?location=Kiel",
        "keine Adresse",
        "",
    ],
)
def test_an_ordinary_link_gives_none(url: str) -> None:
    assert codes(url=url) == ()


def test_a_link_for_one_of_its_cities_is_not_foreign_to_the_kreis() -> None:
    offer = make_offer(area_id=KREIS, url="https://efa.example/antrag?location=055620014014")
    assert looked_at(offer, area=KREIS).codes == ()
    assert looked_at(offer, area=NEIGHBOUR).codes == ("foreign_location",)


@pytest.mark.parametrize(
    ("fields", "signal"),
    [
        ({"flags": ("generic_text", "online_submit")}, "generic_text"),
        ({"flags": ("appointment_only",)}, "appointment"),
        ({"flags": ("status_only",)}, "status_query"),
        ({"flags": ("pdf_form",)}, "pdf_as_online"),
        ({"link_kind": "booking"}, "appointment"),
        ({"link_kind": "status"}, "status_query"),
    ],
)
def test_what_a_page_was_seen_to_show_gives_its_signal(fields: dict[str, Any], signal: str) -> None:
    assert codes(**fields) == (signal,)


def test_a_form_to_download_beside_an_online_application_is_no_sign() -> None:
    assert codes(flags=("pdf_form", "online_submit")) == ()


def test_a_described_service_can_only_be_a_state_text() -> None:
    described = make_offer(
        rank=DESCRIBED, flags=("generic_text", "appointment_only"), url="https://a.example/"
    )
    assert looked_at(described).codes == ("generic_text",)


def test_a_form_may_well_be_a_document_but_not_lead_to_a_home_page() -> None:
    assert codes(rank=FORM, url="https://stadt.example/antrag.pdf") == ()
    assert codes(rank=FORM, url="https://stadt.example/") == ("home_page",)


def test_what_was_not_found_has_no_signals() -> None:
    assert area_signals(INDEX, CITY, [make_offer(rank=ABSENT)], RULES) == {}


def shared(count: int, host: str = "stadt.example") -> list[Any]:
    """Return offers of so many services with one link, in different spellings."""
    return [
        make_offer(ref=str(number), ozg_id=str(10110 + number), url=f"https://{host}/antrag?utm_id={number}")
        for number in range(count)
    ]


def test_one_link_for_many_services_is_counted_from_the_rule_s_number_on() -> None:
    found = area_signals(INDEX, CITY, shared(RULES.shared_services), RULES)
    assert {cell.codes for cell in found.values()} == {("shared_link",)}
    assert found[OZG].found[0][1].detail == str(RULES.shared_services)
    fewer = area_signals(INDEX, CITY, shared(RULES.shared_services - 1), RULES)
    assert {cell.codes for cell in fewer.values()} == {()}


def test_several_leika_services_of_one_bundle_may_share_a_link() -> None:
    acts = [make_offer(ref=str(number), leika_key=f"990010090{number:02}000") for number in range(10)]
    assert looked_at(*acts).codes == ()


def test_a_host_may_have_a_number_of_its_own() -> None:
    rules = RULES.model_copy(update={"shared_hosts": {"efa.example": 9, "klein.example": 2}})
    assert looked_at(*shared(8, "www.efa.example"), rules=rules).codes == ()
    assert looked_at(*shared(9, "www.efa.example"), rules=rules).codes == ("shared_link",)
    assert looked_at(*shared(2, "klein.example"), rules=rules).codes == ("shared_link",)


def test_a_cell_is_inflated_only_if_every_online_offer_has_an_excluding_signal() -> None:
    home = make_offer(1, url="https://stadt.example/")
    assert looked_at(home).inflated
    both = looked_at(home, make_offer(2))
    assert (both.inflated, both.codes) == (False, ("home_page",))
    assert [offer.source for offer in both.sound] == ["pvog"]


def test_an_offer_of_a_level_above_keeps_a_cell_from_being_inflated() -> None:
    assert not looked_at(make_offer(1, url="https://stadt.example/"), make_offer(2, area_id=LAND)).inflated


def test_what_waits_under_review_neither_inflates_nor_saves_a_cell() -> None:
    home = make_offer(1, url="https://stadt.example/")
    assert looked_at(home, make_offer(2, accepted=False)).inflated


def test_only_what_gives_the_status_is_looked_at() -> None:
    state_text = make_offer(2, DESCRIBED, flags=("generic_text",))
    assert looked_at(make_offer(1), state_text).codes == ()


def test_a_signal_that_the_rules_do_not_name_excludes_nothing() -> None:
    rules = RULES.model_copy(update={"excluding": ("pdf_as_online",)})
    found = looked_at(make_offer(url="https://stadt.example/"), rules=rules)
    assert (found.codes, found.inflated) == (("home_page",), False)


def test_cells_that_are_not_online_are_never_inflated() -> None:
    assert not looked_at(make_offer(rank=FORM, url="https://stadt.example/")).inflated


@given(st.text(max_size=80))
def test_any_link_can_be_looked_at(rest: str) -> None:
    for url in (rest, f"https://{rest}", f"https://a.example/{rest}", f"https://a.example/x?location={rest}"):
        assert set(codes(url=url)) <= set(SIGNALS)
