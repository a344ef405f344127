from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalogue.records import OnlineService, Unit
from catalogue.store import Store
from tests.catalogue.lint.checking import GLADBECK, KEY, TITLE, check_fresh, feed, offer, service


def test_nothing_is_found_about_a_delivery_in_order(catalogue: Store) -> None:
    checked = check_fresh(catalogue, feed())
    assert (checked.found, checked.musts) == ({}, 0)
    assert set(checked.unable.values()) == {"not_kept", "never_read"}


def test_a_service_without_any_title_is_found(catalogue: Store) -> None:
    found = check_fresh(catalogue, feed(service(title=""))).found
    assert found == {"title_missing": [("service", "L:1", "title", KEY)]}


@pytest.mark.parametrize(
    "title", ["Test", "TODO: Text", "Lorem ipsum dolor", "xxx", "---", "Neue Leistung", "n.n."]
)
def test_a_title_that_only_fills_its_field_is_found(catalogue: Store, title: str) -> None:
    found = check_fresh(catalogue, feed(service(title=title, keys=()))).found
    assert found["title_placeholder"] == [("service", "L:1", "title", title)]


@pytest.mark.parametrize(
    "title", ["Testament hinterlegen", "Test auf Tuberkulose", "Musterung", "Titelschutz", "Namensänderung"]
)
def test_a_title_that_begins_like_a_placeholder_is_none(catalogue: Store, title: str) -> None:
    assert "title_placeholder" not in check_fresh(catalogue, feed(service(title=title))).found


def test_names_of_units_and_online_services_are_looked_at_too(catalogue: Store) -> None:
    found = check_fresh(
        catalogue,
        feed(
            Unit("L:amt", "Teststelle 1", GLADBECK), OnlineService("L:online", "", "https://stadt.example/a")
        ),
    ).found
    assert found == {
        "title_placeholder": [("unit", "L:amt", "name", "Teststelle 1")],
        "name_missing": [("online_service", "L:online", "name", "")],
    }


@pytest.mark.parametrize("title", ["FÃ¼hrerschein", "GebÃ¼hren", "Stra\ufffde"])
def test_titles_read_in_the_wrong_encoding_are_found(catalogue: Store, title: str) -> None:
    assert "title_garbled" in check_fresh(catalogue, feed(service(title=title))).found
    assert "title_garbled" not in check_fresh(catalogue, feed(service(title="Führerschein Ã la carte"))).found


def test_the_second_service_of_an_agency_with_the_same_title_is_found(catalogue: Store) -> None:
    twins = [service("L:1"), service("L:2", TITLE.upper()), service("K:1")]
    found = check_fresh(catalogue, [*feed(), *twins]).found["title_duplicate"]
    assert found == [("service", "L:2", "title", "L:1")]


def test_pages_of_different_areas_may_have_the_same_title(catalogue: Store) -> None:
    said = [offer("1"), offer("2", area="055130000000"), offer("3", area="055130000000")]
    found = check_fresh(catalogue, said).found
    assert found == {"title_duplicate": [("service", "3", "title", "2")]}


def test_a_service_without_key_is_found(catalogue: Store) -> None:
    checked = check_fresh(catalogue, feed(service(keys=())))
    assert checked.found == {"key_missing": [("service", "L:1", "keys", "")]}
    assert checked.severities["key_missing"] == "should"


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        (("9900100200400",), "9900100200400"),
        ((KEY, "9,90E+13"), "9,90E+13"),
        (("99 001 002 004 000",), "99 001 002 004 000"),
        (("kein LeiKa",), "kein LeiKa"),
    ],
)
def test_what_is_no_leika_key_is_found(catalogue: Store, keys: tuple[str, ...], found: str) -> None:
    checked = check_fresh(catalogue, feed(service(keys=keys)))
    assert checked.found["key_malformed"] == [("service", "L:1", "keys", found)]


def test_a_federal_key_that_the_catalogue_lacks_is_found(catalogue: Store) -> None:
    found = check_fresh(catalogue, feed(service(keys=("99001002999000",)))).found
    assert found["key_unknown"] == [("service", "L:1", "keys", "99001002999000")]


def test_a_key_of_a_land_is_not_looked_for(catalogue: Store) -> None:
    assert "key_unknown" not in check_fresh(catalogue, feed(service(keys=("05001002999000",)))).found


def test_a_key_that_certainly_means_something_else_than_the_title_is_found(catalogue: Store) -> None:
    found = check_fresh(catalogue, feed(service(title="Wohnsitz"))).found
    assert found == {"key_contradiction": [("service", "L:1", "keys", f"{KEY} {TITLE}")]}


def test_a_title_in_other_words_does_not_contradict_its_key(catalogue: Store) -> None:
    assert check_fresh(catalogue, feed(service(title="Papiertonne bestellen (Altpapier)"))).found == {}


def test_a_service_without_text_is_found_where_others_have_one(catalogue: Store) -> None:
    silent = service("L:1", has_text=False)
    assert check_fresh(catalogue, feed(silent)).unable["text_missing"] == "none_has"
    other = service("L:2", "Bioabfall", keys=("99001003004007",))
    found = check_fresh(catalogue, feed(silent, other)).found
    assert found["text_missing"] == [("service", "L:1", "text", "")]


def test_a_validity_that_is_over_is_found_from_the_day_after(catalogue: Store) -> None:
    assert check_fresh(catalogue, feed(service(valid_to="2026-11-20"))).found == {}
    found = check_fresh(catalogue, feed(service(valid_to="2026-11-19+01:00"))).found
    assert found == {"validity_ended": [("service", "L:1", "valid_to", "2026-11-19+01:00")]}


def test_a_validity_that_ends_before_it_begins_is_found(catalogue: Store) -> None:
    found = check_fresh(catalogue, feed(service(valid_from="2028-01-01", valid_to="2027-01-01"))).found
    assert found == {"validity_reversed": [("service", "L:1", "valid_to", "2028-01-01 > 2027-01-01")]}


def test_changes_in_the_future_are_found_but_not_tomorrow(catalogue: Store) -> None:
    assert check_fresh(catalogue, feed(service(modified_at="2026-11-21T00:30:00+14:00"))).found == {}
    found = check_fresh(catalogue, feed(service(modified_at="2026-11-22T00:00:00Z"))).found
    assert found == {"date_future": [("service", "L:1", "modified_at", "2026-11-22T00:00:00Z")]}


def test_what_was_not_changed_for_two_years_is_found(catalogue: Store) -> None:
    assert check_fresh(catalogue, feed(service(modified_at="2024-11-20"))).found == {}
    found = check_fresh(catalogue, feed(service(modified_at="2024-11-19T23:59:59.5"))).found
    assert found == {"date_old": [("service", "L:1", "modified_at", "2024-11-19T23:59:59.5")]}
    stated = check_fresh(catalogue, [offer(observed_at="2019-01-01")]).found
    assert stated == {"date_old": [("offering", "1", "observed_at", "2019-01-01")]}


@pytest.mark.parametrize("said", ["20.11.2026", "2026-13-01", "2026-11-20 gestern", "heute"])
def test_a_date_that_is_none_is_found_and_nothing_else_about_it(catalogue: Store, said: str) -> None:
    found = check_fresh(catalogue, feed(service(modified_at=said, valid_to=said))).found
    assert found == {
        "date_malformed": [("service", "L:1", "modified_at", said), ("service", "L:1", "valid_to", said)]
    }


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60))
def test_whatever_a_source_says_every_check_has_an_answer(catalogue: Store, text: str) -> None:
    said = service("L:2", text, keys=(text, text), official_title=text, valid_from=text, valid_to=text)
    more = [said._replace(modified_at=text), Unit("L:2", text, text), OnlineService("L:2", text, text)]
    direct = offer("3", area=text, url=text, page=text, observed_at=text)
    checked = check_fresh(catalogue, feed(*more, direct))
    assert set(checked.counts) == set(checked.found)
