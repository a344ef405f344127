"""Matching by reported key, else by exact normalised name."""

from __future__ import annotations

import pytest

from catalogue.matching.index import ServiceIndex
from catalogue.matching.keyed import Decision, decide

CATALOGUE = [
    ("99102013000000", "Hundesteuer", "10160", False),
    ("99102013002000", "Hundesteuer Festsetzung", "10160", True),
    ("99050012000000", "Gewerbe", "10294", False),
    ("99050012104000", "Gewerbe Anmeldung", "10294", True),
    ("99050013104000", "Reisegewerbe Anmeldung", "10288", True),
    ("99108001001000", "Bewohnerparkausweis Erteilung", "10173", True),
    ("99108002001000", "Parkausweis Erteilung", "10446", True),
    ("99108002002000", "Parkausweis Verlängerung", "10173", True),
    ("99012001000000", "Fundsachen", "10244", True),
    ("99999001000000", "Ohne Leistung", None, True),
]


@pytest.fixture(scope="module")
def index() -> ServiceIndex:
    index = ServiceIndex()
    for key, name, ozg_id, leaf in CATALOGUE:
        index.add_key(key, name, ozg_id, leaf=leaf)
    index.add_service("10160", "Hundehaltung")
    index.add_service("10173", "Parkausweise und Zufahrtsberechtigungen")
    index.add_service("10446", "Parkausweise und Zufahrtsberechtigungen")
    return index


def accepted(decisions: list[Decision]) -> list[tuple[str, str, str]]:
    return [(d.ozg_id, d.leika_key, d.method) for d in decisions if d.state == "accepted"]


def waiting(decisions: list[Decision]) -> set[str]:
    return {d.ozg_id for d in decisions if d.state == "review"}


def test_a_key_of_the_catalogue_decides(index: ServiceIndex) -> None:
    decisions = decide(index, "irgendein Titel", "", "99108001001000")
    assert accepted(decisions) == [("10173", "99108001001000", "key")]
    assert decisions[0].score == 1.0


def test_every_reported_key_counts(index: ServiceIndex) -> None:
    decisions = decide(index, "", "", "99108001001000 99050012104000")
    assert {ozg_id for ozg_id, _, _ in accepted(decisions)} == {"10173", "10294"}


def test_a_key_with_an_unknown_detail_counts_as_its_act(index: ServiceIndex) -> None:
    assert accepted(decide(index, "", "", "99050012104007")) == [("10294", "99050012104000", "key_act")]


def test_an_unknown_act_of_a_known_object_counts_for_the_bundle_but_for_no_leaf(index: ServiceIndex) -> None:
    assert accepted(decide(index, "", "", "99102013104000")) == [("10160", "", "key_object")]


def test_an_object_in_several_bundles_waits_with_all_of_them(index: ServiceIndex) -> None:
    decisions = decide(index, "", "", "99108002077000")
    assert accepted(decisions) == []
    assert waiting(decisions) == {"10173", "10446"}


def test_an_unknown_object_waits_with_every_service_of_its_group(index: ServiceIndex) -> None:
    decisions = decide(index, "", "", "99050999001000")
    assert waiting(decisions) == {"10294", "10288"}
    assert {d.method for d in decisions} == {"key_group"}


def test_a_key_of_an_unknown_group_says_nothing_and_the_words_of_the_title_count(index: ServiceIndex) -> None:
    assert waiting(decide(index, "Hundesteuer abmelden", "", "99777001001000")) == {"10160"}


def test_a_key_of_the_catalogue_without_service_decides_nothing(index: ServiceIndex) -> None:
    assert decide(index, "", "", "99999001000000") == []


@pytest.mark.parametrize("spoiled", ["9,91E+13", "123", "L100002.LB.4711"])
def test_a_spoiled_key_is_passed_over(index: ServiceIndex, spoiled: str) -> None:
    assert accepted(decide(index, "Fundsachen", "", spoiled)) == [("10244", "99012001000000", "title")]


@pytest.mark.parametrize(
    "title", ["Gewerbe Anmeldung", "  gewerbe   ANMELDUNG ", "Gewerbe-Anmeldung", "„Gewerbe“ Anmeldung"]
)
def test_the_exact_normalised_name_decides_without_key(index: ServiceIndex, title: str) -> None:
    assert accepted(decide(index, title, "", "")) == [("10294", "99050012104000", "title")]


def test_umlauts_may_be_spelled_out(index: ServiceIndex) -> None:
    assert accepted(decide(index, "Parkausweis Verlaengerung", "", "")) == [
        ("10173", "99108002002000", "title")
    ]


def test_the_official_title_decides_where_the_other_does_not(index: ServiceIndex) -> None:
    assert accepted(decide(index, "Ihr Hund zieht um", "Hundehaltung", "")) == [("10160", "", "title")]


def test_a_name_of_several_services_waits_with_all_of_them(index: ServiceIndex) -> None:
    decisions = decide(index, "Parkausweise und Zufahrtsberechtigungen", "", "")
    assert accepted(decisions) == []
    assert waiting(decisions) == {"10173", "10446"}


def test_an_unknown_key_gives_way_to_an_exact_name(index: ServiceIndex) -> None:
    assert accepted(decide(index, "Fundsachen", "", "99050999001000")) == [
        ("10244", "99012001000000", "title")
    ]


@pytest.mark.parametrize(
    ("title", "candidate"),
    [
        ("Hundesteueranmeldung", "10160"),  # a compound holds the word
        ("Fundbüro", "10244"),  # the beginning of a compound
        ("Reisegewerbekarte", "10288"),
    ],
)
def test_a_title_that_only_resembles_waits_with_its_candidates(
    index: ServiceIndex, title: str, candidate: str
) -> None:
    decisions = decide(index, title, "", "")
    assert accepted(decisions) == []
    assert candidate in waiting(decisions)


def test_words_of_every_administration_connect_nothing(index: ServiceIndex) -> None:
    assert decide(index, "Formulare und Anträge der Stadt", "", "") == []


def test_what_is_accepted_does_not_wait_as_well(index: ServiceIndex) -> None:
    decisions = decide(index, "", "", "99108001001000 99108002077000")
    assert ("10173", "99108001001000", "key") in accepted(decisions)
    assert waiting(decisions) == {"10446"}
