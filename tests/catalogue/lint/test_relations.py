from __future__ import annotations

import pytest

from catalogue.records import Offering, OfferKind, OnlineService, Responsibility, Specialisation, Status, Unit
from catalogue.store import Store
from catalogue.tables import area
from tests.catalogue.applying import add_source, apply, set_value
from tests.catalogue.lint.checking import GLADBECK, KEY, check_fresh, feed, offer, service


def unit_of(ref: str, service_ref: str = "L:1", unit: str = "L:amt", *areas: str) -> Responsibility:
    return Responsibility(ref, OfferKind.UNIT, unit, (service_ref,), areas or (GLADBECK,))


def test_a_reference_to_a_service_that_is_not_there_is_found(catalogue: Store) -> None:
    checked = check_fresh(catalogue, feed(unit_of("L:z9", "L:9"), Specialisation("L:s", "L:8", (GLADBECK,))))
    assert checked.found == {
        "service_dangling": [
            ("responsibility", "L:z9", "service", "L:9"),
            ("specialisation", "L:s", "service", "L:8"),
        ]
    }
    assert checked.severities["service_dangling"] == "must"


def test_the_same_number_of_another_agency_is_another_service(catalogue: Store) -> None:
    checked = check_fresh(catalogue, feed(unit_of("L:z9", "B:1")))
    assert checked.found == {"service_elsewhere": [("responsibility", "L:z9", "service", "B:1")]}
    assert checked.severities["service_elsewhere"] == "should"


def test_references_to_units_and_online_services_are_looked_up_too(catalogue: Store) -> None:
    online = Responsibility("L:z8", OfferKind.ONLINE, "B:x", ("L:1",), (GLADBECK,))
    found = check_fresh(catalogue, feed(unit_of("L:z9", unit="L:niemand"), online)).found
    assert found == {
        "provider_dangling": [("responsibility", "L:z9", "unit", "L:niemand")],
        "provider_elsewhere": [("responsibility", "L:z8", "online_service", "B:x")],
    }


def test_what_another_source_has_is_no_dead_reference(small_store: Store) -> None:
    apply(small_store, add_source(small_store, "bund"), 1, [service("B:1"), Unit("B:amt", "Bundesamt")])
    assert check_fresh(small_store, feed(unit_of("L:z9", "B:1", "B:amt"))).found == {}


def test_what_the_delivery_itself_takes_away_is_a_dead_reference(small_store: Store) -> None:
    own = add_source(small_store, complete=True, applied_digest="x")
    apply(small_store, own, 1, feed(service("L:2", "Bioabfall")))
    again = feed(unit_of("L:z9", "L:2"))
    assert "service_dangling" in check_fresh(small_store, again).found
    assert "service_dangling" not in check_fresh(small_store, again, "increment").found


def test_of_changes_alone_nobody_can_tell_what_is_missing(catalogue: Store) -> None:
    checked = check_fresh(catalogue, [service("L:5", "Bioabfall"), unit_of("L:z9", "L:9")], "increment")
    assert "service_dangling" not in checked.found
    wanted = (
        "service_dangling",
        "provider_dangling",
        "service_unclaimed",
        "unit_missing",
        "online_unclaimed",
    )
    assert {checked.unable[name] for name in wanted} == {"not_whole"}


def test_a_list_that_is_a_part_has_nothing_to_refer_to(catalogue: Store) -> None:
    checked = check_fresh(catalogue, [offer()], "part")
    assert not {"service_dangling", "provider_dangling", "service_unclaimed"} & checked.unable.keys()


def test_a_service_nobody_is_responsible_for_is_found(catalogue: Store) -> None:
    found = check_fresh(catalogue, feed(service("L:2", "Bioabfall"))).found
    assert found == {"service_unclaimed": [("service", "L:2", "responsibility", "")]}


def test_a_responsibility_of_another_source_counts(small_store: Store) -> None:
    apply(small_store, add_source(small_store, "stadt"), 1, [unit_of("S:z", "L:2", "S:amt")])
    assert check_fresh(small_store, feed(service("L:2", "Bioabfall"))).found == {}


def test_a_service_that_is_only_online_lacks_its_unit(catalogue: Store) -> None:
    online = Responsibility("L:z3", OfferKind.ONLINE, "L:online", ("L:2",), (GLADBECK,))
    found = check_fresh(catalogue, feed(service("L:2", "Bioabfall"), online)).found
    assert found == {"unit_missing": [("service", "L:2", "unit", "")]}


def test_a_statement_without_unit_is_found_where_others_name_one(catalogue: Store) -> None:
    alone = offer("1", unit="")
    assert check_fresh(catalogue, [alone]).unable["unit_missing"] == "none_has"
    other = offer("2", service=service("2", "Bioabfall"))
    asked = offer("3", service=service("3", "Wohnsitz", keys=()), unit="", status=Status.ABSENT, url="")
    found = check_fresh(catalogue, [alone, other, asked]).found
    assert found["unit_missing"] == [("offering", "1", "unit", "")]


def test_an_online_service_that_nothing_leads_to_is_found(catalogue: Store) -> None:
    lonely = OnlineService("L:o2", "Allein", "https://stadt.example/allein", "01")
    found = check_fresh(catalogue, feed(lonely)).found
    assert found == {"online_unclaimed": [("online_service", "L:o2", "responsibility", "")]}


@pytest.mark.parametrize(
    "key", ["0556200140140", "05562001401", "0556", "05562001401x", "5562014", "55620014014"]
)
def test_an_area_key_of_the_wrong_length_is_found(catalogue: Store, key: str) -> None:
    found = check_fresh(catalogue, feed(unit_of("L:z9", "L:1", "L:amt", key))).found
    assert found == {"area_malformed": [("responsibility", "L:z9", "areas", key)]}


@pytest.mark.parametrize("key", ["055129999999", "05512000", "Nirgendwo"])
def test_an_area_that_no_table_has_is_found(catalogue: Store, key: str) -> None:
    found = check_fresh(catalogue, feed(unit_of("L:z9", "L:1", "L:amt", key))).found
    assert found == {"area_unknown": [("responsibility", "L:z9", "areas", key)]}


@pytest.mark.parametrize("key", ["05", "05562", "05562014", "055130000000", "Gladbeck", "000000000000"])
def test_every_way_to_name_an_area_that_is_read_is_fine(catalogue: Store, key: str) -> None:
    assert check_fresh(catalogue, feed(unit_of("L:z9", "L:1", "L:amt", key))).found == {}


def test_a_responsibility_without_area_is_found(catalogue: Store) -> None:
    nowhere = Responsibility("L:z9", OfferKind.UNIT, "L:amt", ("L:1",), ())
    found = check_fresh(catalogue, feed(nowhere)).found
    assert found == {"area_missing": [("responsibility", "L:z9", "areas", "")]}


def test_each_wrong_area_of_a_record_is_told_wherever_it_stands(catalogue: Store) -> None:
    found = check_fresh(
        catalogue,
        feed(
            unit_of("L:z9", "L:1", "L:amt", GLADBECK, "055129999999", "055129999998"),
            Unit("L:u2", "Amt zwei", "055129999997"),
            Unit("L:u3", "Amt drei"),
            Specialisation("L:s", "L:1", (GLADBECK, "0")),
        ),
    ).found
    assert found == {
        "area_malformed": [("specialisation", "L:s", "areas", "0")],
        "area_unknown": [
            ("responsibility", "L:z9", "areas", "055129999998"),
            ("responsibility", "L:z9", "areas", "055129999999"),
            ("unit", "L:u2", "area", "055129999997"),
        ],
    }


def test_the_area_of_a_statement_is_looked_at(catalogue: Store) -> None:
    stated: list[Offering] = [
        offer("1", area="Nirgendwo"),
        offer("2", service=service("2", "Bioabfall", keys=(KEY,))),
    ]
    found = check_fresh(catalogue, stated).found
    assert found["area_unknown"] == [("offering", "1", "area", "Nirgendwo")]


def test_an_area_that_was_abolished_is_found(small_store: Store) -> None:
    set_value(small_store, area, "abolished_on", "2026-01-01", ars=GLADBECK)
    found = check_fresh(small_store, feed()).found
    assert set(found) == {"area_abolished"}
    assert ("responsibility", "L:z1", "areas", GLADBECK) in found["area_abolished"]
