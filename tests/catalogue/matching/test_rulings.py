"""What follows from decisions of people: the narrower outranks the wider, the later the earlier."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.matching.patterns import ANY, RECORD, SCOPES, SOURCE, Pattern
from catalogue.matching.rulings import (
    ACCEPTED,
    NO_SERVICE,
    NOT_IN_CATALOGUE,
    REJECTED,
    REVIEW,
    VERDICTS,
    Act,
    Acts,
    Effective,
    settle,
)

WASTE, DOGS, HUNT = ("10110", ""), ("10120", ""), ("10130", "")
DOG_LEAF = ("10120", "99102013104000")


def act(number: int, verdict: str, *services: tuple[str, str], scope: str = RECORD) -> Act:
    key = "r1" if scope == RECORD else "hunde"
    pattern = Pattern(scope, None if scope == ANY else 1, key)
    return Act(number, pattern, verdict, services, "A. Muster", f"2026-01-{number:02}", "", "Hunde")


def machine(*services: tuple[tuple[str, str], str]) -> list[Effective]:
    return [
        Effective(*service, "words", 0.4, state, "", "title/1", by_person=False, decided_at="")
        for service, state in services
    ]


def outcome(
    acts: Iterable[Act], *said: tuple[tuple[str, str], str]
) -> dict[tuple[str, str], tuple[str, bool]]:
    return {one.service: (one.state, one.by_person) for one in settle(acts, lambda: machine(*said))}


def test_without_a_person_the_machine_decides() -> None:
    assert outcome([], (DOGS, REVIEW)) == {DOGS: (REVIEW, False)}


def test_what_a_person_accepts_is_all_that_a_record_means() -> None:
    said = outcome([act(1, ACCEPTED, WASTE, HUNT)], (DOGS, ACCEPTED), (WASTE, REVIEW))
    assert said == {WASTE: (ACCEPTED, True), HUNT: (ACCEPTED, True)}


def test_the_machine_is_not_asked_where_a_person_said_everything() -> None:
    def fail() -> list[Effective]:
        raise AssertionError

    assert settle([act(1, ACCEPTED, WASTE)], fail)
    assert settle([act(1, NO_SERVICE)], fail)


def test_a_rejection_leaves_the_other_candidates_under_review() -> None:
    said = outcome([act(1, REJECTED, DOGS)], (DOGS, REVIEW), (WASTE, REVIEW))
    assert said == {DOGS: (REJECTED, True), WASTE: (REVIEW, False)}


def test_rejecting_a_bundle_rejects_everything_in_it() -> None:
    assert outcome([act(1, REJECTED, DOGS)], (DOG_LEAF, ACCEPTED)) == {DOGS: (REJECTED, True)}


def test_rejecting_a_key_leaves_its_bundle() -> None:
    said = outcome([act(1, REJECTED, DOG_LEAF)], (DOG_LEAF, ACCEPTED), (DOGS, REVIEW))
    assert said == {DOG_LEAF: (REJECTED, True), DOGS: (REVIEW, False)}


@pytest.mark.parametrize("verdict", [NO_SERVICE, NOT_IN_CATALOGUE])
def test_a_record_that_is_nothing_has_one_row_without_service(verdict: str) -> None:
    (row,) = settle([act(1, verdict)], lambda: machine((DOGS, ACCEPTED)))
    assert (row.service, row.state, row.method) == (("", ""), REJECTED, verdict)


def test_of_equally_narrow_decisions_the_later_counts() -> None:
    first, second = act(1, ACCEPTED, DOGS), act(2, ACCEPTED, WASTE)
    assert outcome([second, first]) == {WASTE: (ACCEPTED, True)}
    assert outcome([first, act(2, NO_SERVICE)]) == {("", ""): (REJECTED, True)}
    assert outcome([act(1, NO_SERVICE), act(2, ACCEPTED, DOGS)]) == {DOGS: (ACCEPTED, True)}


def test_accepting_gives_back_what_was_rejected_before() -> None:
    assert outcome([act(1, REJECTED, DOGS), act(2, ACCEPTED, DOGS)]) == {DOGS: (ACCEPTED, True)}


def test_rejecting_takes_back_what_was_accepted_before_and_asks_the_machine() -> None:
    said = outcome([act(1, ACCEPTED, DOGS), act(2, REJECTED, DOGS)], (DOGS, REVIEW), (HUNT, REVIEW))
    assert said == {DOGS: (REJECTED, True), HUNT: (REVIEW, False)}


def test_one_of_several_services_can_be_taken_away() -> None:
    said = outcome([act(1, ACCEPTED, DOGS, WASTE), act(2, REJECTED, WASTE)])
    assert said == {DOGS: (ACCEPTED, True), WASTE: (REJECTED, True)}


@pytest.mark.parametrize(("narrow", "wide"), [(RECORD, SOURCE), (RECORD, ANY), (SOURCE, ANY)])
def test_the_narrower_decision_counts_even_if_it_is_older(narrow: str, wide: str) -> None:
    older, newer = act(1, ACCEPTED, DOGS, scope=narrow), act(2, ACCEPTED, WASTE, scope=wide)
    assert outcome([older, newer]) == {DOGS: (ACCEPTED, True)}
    refused = act(1, REJECTED, DOGS, scope=narrow)
    given = act(2, ACCEPTED, DOGS, WASTE, scope=wide)
    assert outcome([refused, given]) == {WASTE: (ACCEPTED, True), DOGS: (REJECTED, True)}


services = st.lists(st.sampled_from([WASTE, DOGS, DOG_LEAF, HUNT]), min_size=1, max_size=3, unique=True)


@st.composite
def acts(draw: st.DrawFn) -> list[Act]:
    numbers = draw(st.lists(st.integers(1, 28), unique=True, max_size=6))
    found = []
    for number in numbers:
        verdict = draw(st.sampled_from(VERDICTS))
        named = draw(services) if verdict in {ACCEPTED, REJECTED} else []
        found.append(act(number, verdict, *named, scope=draw(st.sampled_from(SCOPES))))
    return found


said_by_machine = st.lists(
    st.tuples(st.sampled_from([WASTE, DOGS, DOG_LEAF, HUNT]), st.sampled_from([ACCEPTED, REVIEW])),
    unique_by=lambda pair: pair[0],
)


@given(acts(), said_by_machine)
def test_a_rejection_that_nothing_outranks_holds_and_every_service_has_one_row(
    given_acts: list[Act], said: list[tuple[tuple[str, str], str]]
) -> None:
    rows = settle(given_acts, lambda: machine(*said))

    assert len({row.service for row in rows}) == len(rows)
    meant = {row.service for row in rows if row.state != REJECTED}
    for one in given_acts:
        given_back = {
            service[0]
            for other in given_acts
            if other.verdict == ACCEPTED and other.strength > one.strength
            for service in other.services
        }
        if one.verdict == REJECTED:
            assert not meant & {service for service in one.services if service[0] not in given_back}


def test_what_was_rejected_stays_so_when_a_later_meaning_is_rejected_too() -> None:
    said = outcome(
        [act(1, REJECTED, DOGS), act(2, ACCEPTED, WASTE), act(3, REJECTED, WASTE)],
        (DOGS, ACCEPTED),
        (HUNT, REVIEW),
    )
    assert said == {DOGS: (REJECTED, True), WASTE: (REJECTED, True), HUNT: (REVIEW, False)}


@given(acts(), said_by_machine, st.randoms(use_true_random=False))
def test_the_order_in_which_decisions_are_read_does_not_matter(
    given_acts: list[Act], said: list[tuple[tuple[str, str], str]], random: object
) -> None:
    shuffled = list(given_acts)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert set(settle(shuffled, lambda: machine(*said))) == set(settle(given_acts, lambda: machine(*said)))


def test_decisions_are_found_by_record_by_title_in_the_source_and_by_title_anywhere() -> None:
    known = Acts([act(3, NO_SERVICE), act(2, NO_SERVICE, scope=SOURCE), act(1, NO_SERVICE, scope=ANY)])

    def numbers(source_id: int, ref: str, title: str, official: str = "") -> list[int]:
        return [one.number for one in known.about(source_id, ref, title, official)]

    assert numbers(1, "r1", "HUNDE ") == [1, 2, 3]
    assert numbers(1, "r2", "hunde") == [1, 2]
    assert numbers(2, "r1", "Hunde") == [1]
    assert numbers(2, "x", "", "Hunde") == [1]
    assert numbers(1, "r1", "Katzen") == [3]
    assert numbers(2, "x", "") == []
