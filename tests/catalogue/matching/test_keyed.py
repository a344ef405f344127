"""Decisions about records: by reported key, else by title, with a check of one against the other."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from catalogue.matching.keyed import Decider, Decision
from catalogue.matching.reference import Reference

CATALOGUE = [
    ("99102013000000", "Hundesteuer", "10160"),
    ("99102013002000", "Hundesteuer Festsetzung", "10160"),
    ("99050012000000", "Gewerbe", "10294"),
    ("99050012104000", "Gewerbe Anmeldung", "10294"),
    ("99050013104000", "Reisegewerbe Anmeldung", "10288"),
    ("99108001001000", "Bewohnerparkausweis Erteilung", "10173"),
    ("99108002001000", "Parkausweis Erteilung", "10446"),
    ("99108002002000", "Parkausweis Verlängerung", "10173"),
    ("99012001000000", "Fundsachen", "10244"),
    ("99999001000000", "Ohne Leistung", ""),
]


BUNDLES = [
    ("10160", "Hundehaltung"),
    ("10173", "Parkausweise und Zufahrtsberechtigungen"),
    ("10244", "Fundsachen"),
    ("10294", "Unternehmensanmeldung und -genehmigung"),
    ("10446", "Parkausweise und Zufahrtsberechtigungen"),
]


@pytest.fixture(scope="module")
def decider() -> Decider:
    return Decider(Reference(tuple(CATALOGUE), tuple(BUNDLES)))


def accepted(decisions: list[Decision]) -> list[tuple[str, str, str]]:
    return [(d.ozg_id, d.leika_key, d.method) for d in decisions if d.state == "accepted"]


def waiting(decisions: list[Decision]) -> set[str]:
    return {d.ozg_id for d in decisions if d.state == "review"}


def test_a_key_of_the_catalogue_decides(decider: Decider) -> None:
    decisions = decider.decide("irgendein Titel", "", "99108001001000")
    assert accepted(decisions) == [("10173", "99108001001000", "key")]
    assert decisions[0].score == 1.0


def test_every_reported_key_counts(decider: Decider) -> None:
    decisions = decider.decide("", "", "99108001001000 99050012104000")
    assert {ozg_id for ozg_id, _, _ in accepted(decisions)} == {"10173", "10294"}


def test_a_key_with_an_unknown_detail_counts_as_its_act(decider: Decider) -> None:
    assert accepted(decider.decide("", "", "99050012104007")) == [("10294", "99050012104000", "key_act")]


def test_an_unknown_act_of_a_known_object_counts_for_the_bundle_but_for_no_leaf(decider: Decider) -> None:
    assert accepted(decider.decide("", "", "99102013104000")) == [("10160", "", "key_object")]


def test_an_object_in_several_bundles_waits_with_all_of_them(decider: Decider) -> None:
    decisions = decider.decide("", "", "99108002077000")
    assert accepted(decisions) == []
    assert waiting(decisions) == {"10173", "10446"}


def test_an_unknown_object_waits_with_every_service_of_its_group(decider: Decider) -> None:
    decisions = decider.decide("", "", "99050999001000")
    assert waiting(decisions) == {"10294", "10288"}
    assert {d.method for d in decisions} == {"key_group"}


def test_a_key_of_an_unknown_group_says_nothing_and_the_title_counts(decider: Decider) -> None:
    decisions = decider.decide("Hundesteuer abmelden", "", "99777001001000")
    assert {ozg_id for ozg_id, _, _ in accepted(decisions)} == {"10160"}


def test_a_key_of_the_catalogue_without_service_decides_nothing(decider: Decider) -> None:
    assert decider.decide("", "", "99999001000000") == []


@pytest.mark.parametrize("spoiled", ["9,91E+13", "123", "L100002.LB.4711"])
def test_a_spoiled_key_is_passed_over(decider: Decider, spoiled: str) -> None:
    assert accepted(decider.decide("Fundsachen", "", spoiled)) == [("10244", "99012001000000", "title")]


@pytest.mark.parametrize(
    "title", ["Gewerbe Anmeldung", "  gewerbe   ANMELDUNG ", "Gewerbe-Anmeldung", "„Gewerbe“ Anmeldung"]
)
def test_the_exact_normalised_name_decides_without_key(decider: Decider, title: str) -> None:
    assert accepted(decider.decide(title, "", "")) == [("10294", "99050012104000", "title")]


def test_umlauts_may_be_spelled_out(decider: Decider) -> None:
    assert accepted(decider.decide("Parkausweis Verlaengerung", "", "")) == [
        ("10173", "99108002002000", "title")
    ]


def test_the_official_title_decides_where_the_other_does_not(decider: Decider) -> None:
    assert accepted(decider.decide("Ihr Hund zieht um", "Hundehaltung", "")) == [("10160", "", "title")]


def test_a_name_of_several_services_waits_with_all_of_them(decider: Decider) -> None:
    decisions = decider.decide("Parkausweise und Zufahrtsberechtigungen", "", "")
    assert accepted(decisions) == []
    assert waiting(decisions) == {"10173", "10446"}


def test_an_unknown_key_gives_way_to_an_exact_name(decider: Decider) -> None:
    assert accepted(decider.decide("Fundsachen", "", "99050999001000")) == [
        ("10244", "99012001000000", "title")
    ]


@pytest.mark.parametrize(
    ("title", "ozg_id"),
    [
        ("Hundesteueranmeldung", "10160"),  # a compound
        ("Fundbüro", "10244"),  # another word for it
        ("Fundsachen und Fundbüro", "10244"),
        ("Gewerbe an-, um- und abmelden", "10294"),
    ],
)
def test_a_title_in_other_words_is_accepted(decider: Decider, title: str, ozg_id: str) -> None:
    assert {found for found, _, _ in accepted(decider.decide(title, "", ""))} == {ozg_id}


def test_a_title_that_only_resembles_waits_with_its_candidates(decider: Decider) -> None:
    decisions = decider.decide("Hundewettbewerb im Stadtpark", "", "")
    assert accepted(decisions) == []
    assert "10160" in waiting(decisions)


def test_a_unit_waits_with_nothing(decider: Decider) -> None:
    assert decider.decide("Ordnungsamt", "", "") == []


def test_a_key_that_contradicts_the_title_waits_with_both_readings(decider: Decider) -> None:
    decisions = decider.decide("Hundesteuer anmelden", "", "99108001001000")
    assert accepted(decisions) == []
    assert waiting(decisions) == {"10160", "10173"}
    assert {one.method for one in decisions} == {"contradiction"}


@pytest.mark.parametrize("title", ["", "Alles Gute", "Ausweis zum Parken", "Service 4711"])
def test_a_key_counts_unless_the_title_certainly_means_something_else(decider: Decider, title: str) -> None:
    assert accepted(decider.decide(title, "", "99108001001000")) == [("10173", "99108001001000", "key")]


def test_one_title_that_agrees_with_the_key_is_enough(decider: Decider) -> None:
    decisions = decider.decide("Hundesteuer anmelden", "Bewohnerparkausweis Erteilung", "99108001001000")
    assert accepted(decisions) == [("10173", "99108001001000", "key")]


def test_words_of_every_administration_connect_nothing(decider: Decider) -> None:
    assert decider.decide("Formulare und Anträge der Stadt", "", "") == []


def test_what_is_accepted_does_not_wait_as_well(decider: Decider) -> None:
    decisions = decider.decide("", "", "99108001001000 99108002077000")
    assert ("10173", "99108001001000", "key") in accepted(decisions)
    assert waiting(decisions) == {"10446"}


def test_a_decider_that_is_expected_is_loaded_once_for_whoever_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    reference = Reference(tuple(CATALOGUE[:2]), tuple(BUNDLES[:1]))
    loading, go_on = threading.Event(), threading.Event()
    loads: list[Reference] = []

    def load(self: Decider, given: Reference) -> None:
        loads.append(given)
        loading.set()
        assert go_on.wait(60)

    monkeypatch.setattr(Decider, "__init__", load)
    Decider.expect(reference)
    assert loading.wait(60)
    asked = ThreadPoolExecutor(1)
    found = asked.submit(Decider.of, reference)
    go_on.set()

    assert Decider.of(reference) is found.result(60)
    assert loads == [reference]
    asked.shutdown()


def test_whoever_asks_is_told_why_a_decider_cannot_be_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    reference = Reference(tuple(CATALOGUE[:3]), ())

    def fail(_self: Decider, _given: Reference) -> None:
        raise MemoryError

    monkeypatch.setattr(Decider, "__init__", fail)
    Decider.expect(reference)
    with pytest.raises(MemoryError):
        Decider.of(reference)
