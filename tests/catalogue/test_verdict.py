"""The verdict's rules, one by one, in the order in which they decide."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.competence import Competence
from catalogue.evidence import ABSENT, DESCRIBED, FORM, ONLINE, Evidence
from catalogue.verdict import GAP_STATUSES, STATUSES, Level, Situation, decide
from catalogue.voices import Silence

CITY = Level(1, "gemeinde", own=True)
KREIS = Level(2, "kreis", own=False)
LAND = Level(3, "land", own=False)
SPEAKS = Silence("missing", "", "feed")


def competence(verdict: str = "yes") -> Competence:
    return Competence(verdict, "gemeinde", None, "", "einschaetzung", "hoch", False, "", "", "")


def evidence(rank: int, *leaves: str, url: str = "", operator: str = "", source: int = 7) -> Evidence:
    found = Evidence(source)
    for leaf in leaves or ("",):
        found.add(leaf, (rank, 50, source, "ref", url, operator, 1))
    return found


def situation(
    *shown: tuple[Level, Evidence],
    waiting: str = "",
    competent: str = "yes",
    silence: Silence = SPEAKS,
    leaves: tuple[str, ...] = ("a", "b"),
    unread: str = "",
) -> Situation:
    return Situation(shown, waiting, competence(competent), silence, frozenset(leaves), unread)


def test_what_the_area_itself_shows_online_is_online_by_itself() -> None:
    verdict = decide(situation((CITY, evidence(ONLINE, "a", url="https://a.example"))))
    assert (verdict.status, verdict.satisfied_level, verdict.operator) == ("online", "gemeinde", "own")
    assert verdict.own
    assert verdict.online_url == "https://a.example"


def test_what_the_land_shows_online_is_online_for_the_city_but_not_its_own() -> None:
    verdict = decide(situation((CITY, evidence(DESCRIBED)), (LAND, evidence(ONLINE))))
    assert (verdict.status, verdict.satisfied_level, verdict.operator) == ("online", "land", "land")
    assert not verdict.own


def test_of_two_online_offerings_the_nearest_level_is_named() -> None:
    verdict = decide(situation((KREIS, evidence(ONLINE)), (LAND, evidence(ONLINE))))
    assert verdict.satisfied_level == "kreis"


def test_an_operator_that_the_source_names_is_kept() -> None:
    assert decide(situation((CITY, evidence(ONLINE, operator="efa")))).operator == "efa"


def test_what_the_kreis_calls_its_own_is_not_the_citys_own() -> None:
    verdict = decide(situation((KREIS, evidence(ONLINE, operator="own"))))
    assert (verdict.satisfied_level, verdict.operator, verdict.own) == ("kreis", "kreis", False)


def test_what_the_kreis_itself_says_the_kreis_operates_is_its_own() -> None:
    itself = Level(2, "kreis", own=True)
    verdict = decide(situation((itself, evidence(ONLINE, operator="kreis"))))
    assert (verdict.satisfied_level, verdict.operator, verdict.own) == ("kreis", "own", True)


def test_online_counts_even_where_the_area_is_not_competent() -> None:
    assert decide(situation((KREIS, evidence(ONLINE)), competent="no")).status == "online"


@pytest.mark.parametrize("rank", [DESCRIBED, FORM])
def test_a_description_of_what_another_body_has_to_offer_is_no_offer_of_the_area(rank: int) -> None:
    assert decide(situation((CITY, evidence(rank)), competent="no")).status == "not_competent"


def test_a_form_outranks_a_description() -> None:
    verdict = decide(situation((CITY, evidence(DESCRIBED)), (LAND, evidence(FORM))))
    assert (verdict.status, verdict.satisfied_level) == ("form", "land")
    assert verdict.online_url == ""


def test_what_waits_under_review_makes_a_missing_service_unknown() -> None:
    verdict = decide(situation(waiting="portal"))
    assert (verdict.status, verdict.reason) == ("unknown", "match_under_review")
    assert verdict.silent_sources == "portal"


def test_what_waits_under_review_makes_a_described_service_unknown() -> None:
    verdict = decide(situation((CITY, evidence(DESCRIBED)), waiting="portal"))
    assert (verdict.status, verdict.reason) == ("unknown", "match_under_review")


def test_an_unread_source_makes_a_described_service_unknown_as_it_could_be_online_there() -> None:
    silence = Silence("unknown", "source_failed", "portal")
    verdict = decide(situation((CITY, evidence(FORM)), silence=silence, unread="portal"))
    assert (verdict.status, verdict.reason) == ("unknown", "source_failed")


def test_a_source_that_failed_after_it_was_read_once_leaves_a_description_as_it_is() -> None:
    silence = Silence("unknown", "source_failed", "feed")
    assert decide(situation((CITY, evidence(DESCRIBED)), silence=silence)).status == "described"


def test_unresolved_competence_is_unknown_and_never_missing() -> None:
    verdict = decide(situation(competent="unresolved"))
    assert (verdict.status, verdict.reason) == ("unknown", "competence_unresolved")


def test_silence_that_speaks_is_missing() -> None:
    verdict = decide(situation())
    assert (verdict.status, verdict.reason, verdict.silent_sources) == ("missing", "", "feed")


@pytest.mark.parametrize("reason", ["source_failed", "source_stale", "list_incomplete", "never_asked"])
def test_silence_that_does_not_speak_gives_its_reason(reason: str) -> None:
    verdict = decide(situation(silence=Silence("unknown", reason, "feed")))
    assert (verdict.status, verdict.reason) == ("unknown", reason)


def test_a_negative_answer_for_every_leaf_is_missing_without_any_source_that_speaks() -> None:
    nobody = Silence("unknown", "never_asked", "")
    assert decide(situation((CITY, evidence(ABSENT, "a", "b")), silence=nobody)).status == "missing"


def test_a_negative_answer_for_some_leaves_leaves_the_rest_unknown() -> None:
    nobody = Silence("unknown", "never_asked", "")
    verdict = decide(situation((CITY, evidence(ABSENT, "a")), silence=nobody))
    assert (verdict.status, verdict.reason) == ("unknown", "list_incomplete")


def test_a_negative_answer_about_the_kreis_says_nothing_about_a_city_that_could_not_be_asked_itself() -> None:
    nobody = Silence("unknown", "never_asked", "")
    verdict = decide(situation((KREIS, evidence(ABSENT, "a", "b")), silence=nobody))
    assert (verdict.status, verdict.reason) == ("unknown", "never_asked")


def test_a_negative_answer_says_nothing_about_a_bundle_without_known_leaves() -> None:
    nobody = Silence("unknown", "never_asked", "")
    verdict = decide(situation((CITY, evidence(ABSENT)), silence=nobody, leaves=()))
    assert verdict.status == "unknown"


def test_a_negative_answer_does_not_outweigh_an_unread_source() -> None:
    nobody = Silence("unknown", "never_asked", "portal")
    verdict = decide(situation((CITY, evidence(ABSENT, "a", "b")), silence=nobody, unread="portal"))
    assert (verdict.status, verdict.reason) == ("unknown", "never_asked")


def test_a_bundle_without_any_leika_key_is_never_missing_as_nothing_could_be_recognised() -> None:
    verdict = decide(situation(leaves=()))
    assert (verdict.status, verdict.reason) == ("unknown", "catalogue_incomplete")


def test_leaves_online_are_counted_once_over_all_levels() -> None:
    shown = ((CITY, evidence(ONLINE, "a")), (LAND, evidence(ONLINE, "a", "b")))
    assert decide(situation(*shown)).leaves_online == 2


ranks = st.sampled_from([ABSENT, DESCRIBED, FORM, ONLINE])
levels = st.sampled_from([CITY, KREIS, LAND])
silences = st.sampled_from(
    [
        SPEAKS,
        *(Silence("unknown", reason, "s") for reason in ("source_failed", "never_asked", "list_incomplete")),
    ]
)
situations = st.builds(
    lambda shown, waiting, competent, silence, unread: situation(
        *((level, evidence(rank, "a")) for level, rank in shown),
        waiting=waiting,
        competent=competent,
        silence=silence,
        unread=unread,
    ),
    st.lists(st.tuples(levels, ranks), max_size=3, unique_by=lambda pair: pair[0]),
    st.sampled_from(["", "portal"]),
    st.sampled_from(["yes", "no", "unresolved"]),
    silences,
    st.sampled_from(["", "portal"]),
)


@given(situations)
def test_every_situation_has_a_verdict_and_unknown_always_has_a_reason(given_situation: Situation) -> None:
    verdict = decide(given_situation)
    assert verdict.status in STATUSES
    assert bool(verdict.reason) == (verdict.status == "unknown")


@given(situations)
def test_nothing_is_missing_without_silence_that_speaks_or_complete_negative_answers(
    given_situation: Situation,
) -> None:
    if decide(given_situation).status == "missing":
        assert given_situation.silence.status == "missing"


@given(situations)
def test_an_unread_source_never_makes_a_gap(given_situation: Situation) -> None:
    """Compare with the same situation in which the source was read and showed nothing."""
    doubt = Silence("unknown", "source_failed", "portal")
    broken = given_situation._replace(unread="portal", silence=doubt)
    assert decide(broken).status not in GAP_STATUSES
