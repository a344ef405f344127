from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.lint.addresses import examine
from catalogue.lint.rules import packaged_lint_rules
from catalogue.records import Link, OfferKind, OnlineService, Responsibility, Status
from catalogue.store import Store
from tests.catalogue.lint.checking import GLADBECK, check_fresh, feed, offer, service

RULES = packaged_lint_rules()


@pytest.mark.parametrize(
    ("url", "problem", "shown"),
    [
        ("https://stadt.example/antrag?id=7", "", "stadt.example/antrag"),
        ("HTTP://Stadt.Example:8080/", "", "stadt.example/"),
        ("https://formular.example/{leistung}/start", "", "formular.example/{leistung}/start"),
        ("https://stadt.example/post/geheim%40stadt.example", "", "stadt.example/…"),
        ("https://müll.example/größe", "", "müll.example/größe"),
        ("https://[2001:db8::1]/a", "", "2001:db8::1/a"),
        ("www.stadt.example/antrag", "scheme", "www.stadt.example/antrag"),
        ("stadt.example:8080/antrag", "scheme", "stadt.example:8080/antrag"),
        ("ftp://stadt.example/a.pdf", "scheme", "ftp:"),
        ("javascript:alert(1)", "scheme", "javascript:"),
        ("mailto:vorname.nachname@stadt.example", "scheme", "mailto:"),
        ("vorname.nachname@stadt.example", "scheme", "…@stadt.example"),
        ("https://", "malformed", "https://"),
        ("http://portal/antrag", "malformed", "http://portal/antrag"),
        ("https://stadt.example/a b", "malformed", "https://stadt.example/a b"),
        ("https://stadt.example:99999999/", "malformed", "https://stadt.example:99999999/"),
        ("https://[stadt/", "malformed", "https://[stadt/"),
        ("https://stadt.example/a;jsessionid=0A1B2C", "session", "stadt.example/a (jsessionid)"),
        ("https://stadt.example/a?PHPSESSID=1", "session", "stadt.example/a (PHPSESSID)"),
        ("https://stadt.example/a?sid=0123456789abcdef0123", "session", "stadt.example/a (sid)"),
        ("https://stadt.example/a?sid=42", "", "stadt.example/a"),
    ],
)
def test_an_address_is_judged_by_itself(url: str, problem: str, shown: str) -> None:
    assert examine(url, RULES)[:2] == (problem, shown)


def test_an_endless_address_is_malformed_and_not_repeated() -> None:
    assert examine("https://stadt.example/" + "a" * 5_000, RULES)[:2] == ("malformed", "5022")


@given(
    start=st.sampled_from(
        ["https://stadt.example/", "stadt.example", "http://u:geheim@stadt.example/", "", "mailto:"]
    ),
    middle=st.text(max_size=20),
    tail=st.sampled_from(
        ["?jsessionid=geheim", ";sid=geheim", "#geheim", "?token=geheim", " geheim@stadt.example"]
    ),
)
def test_nothing_secret_of_an_address_is_shown(start: str, middle: str, tail: str) -> None:
    found = examine(start + middle.replace("@", "") + tail, RULES)
    assert "geheim" not in found.shown.lower() or tail.startswith(" ")
    assert "geheim@" not in found.shown.lower()


def test_online_services_and_online_offers_without_link_are_found(catalogue: Store) -> None:
    found = check_fresh(catalogue, feed(OnlineService("L:online", "Altpapier online"))).found
    assert found == {"link_missing": [("online_service", "L:online", "url", "")]}
    described = offer("2", service=service("2", "Bioabfall"), status=Status.DESCRIBED, url="")
    found = check_fresh(catalogue, [offer("1", url=""), described]).found
    assert found["link_missing"] == [("offering", "1", "url", "online")]


def test_every_link_of_a_record_is_looked_at(catalogue: Store) -> None:
    links = (Link("form", "http://intern/f.pdf"), Link("online", "https://stadt.example/altpapier"))
    found = check_fresh(catalogue, [offer("1", page="www.stadt.example", links=links)]).found
    assert found == {
        "link_scheme": [("offering", "1", "page", "www.stadt.example")],
        "link_malformed": [("offering", "1", "links", "http://intern/f.pdf")],
    }
    formed = check_fresh(catalogue, feed(service(form_url="https://stadt.example/;jsessionid=1"))).found
    assert formed == {"link_session": [("service", "L:1", "form_url", "stadt.example/ (jsessionid)")]}


@pytest.mark.parametrize(
    ("location", "is_found"),
    [
        ("055130000000", True),
        ("05513000", True),
        (GLADBECK, False),
        ("055620000000", False),  # the Kreis above
        ("055129999999", False),  # nobody knows where that is
        ("Gelsenkirchen", False),
    ],
)
def test_a_link_for_another_place_is_found(catalogue: Store, location: str, *, is_found: bool) -> None:
    url = f"https://land.example/start?location={location}"
    elsewhere = OnlineService("L:online", "Altpapier online", url)
    expected = [("online_service", "L:online", "url", f"{location} <> {GLADBECK}")]
    found = check_fresh(catalogue, feed(elsewhere)).found
    assert found == ({"link_foreign_location": expected} if is_found else {})
    stated = check_fresh(catalogue, [offer("1", url=url)]).found
    assert set(stated) == ({"link_foreign_location"} if is_found else set())


def test_each_area_a_link_is_wrong_for_is_told_once(catalogue: Store) -> None:
    url = "https://land.example/start?ars=055130000000"
    again = [
        Responsibility(f"L:y{number}", OfferKind.ONLINE, "L:online", ("L:1",), ("055130000000", GLADBECK))
        for number in range(3)
    ]
    found = check_fresh(catalogue, feed(OnlineService("L:online", "Altpapier online", url), *again)).found
    assert found == {
        "link_foreign_location": [("online_service", "L:online", "url", f"055130000000 <> {GLADBECK}")]
    }


def test_what_counts_as_session_or_place_is_a_rule(tmp_path: Path) -> None:
    rules = RULES.model_copy(update={"session_parameters": ("visit*",), "location_parameters": ("ort",)})
    assert examine("https://stadt.example/?VisitNo=1", rules).problem == "session"
    assert examine("https://stadt.example/?PHPSESSID=1&ort=05513000", rules)[::2] == ("", "05513000")
