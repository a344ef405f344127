"""Whether a delivery is believed: a table of sizes and dates, without any database."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.staging import StageSummary
from connectors.contract import SourceSettings
from sync.guard import Objection, Standing, object_to


def settings(**given: object) -> SourceSettings:
    return SourceSettings.model_validate({"id": "portal", "type": "list", **given})


def codes(
    objects: int,
    before: int = 0,
    *,
    scope: str = "everything",
    created_at: str = "",
    known: str = "",
    **given: object,
) -> list[tuple[str, bool]]:
    summary = StageSummary(objects=objects, scope=scope, created_at=created_at)
    return [
        (objection.code, objection.holds)
        for objection in object_to(summary, settings(**given), Standing(before, known))
    ]


@pytest.mark.parametrize(
    ("before", "now", "held"),
    [
        (100, 100, False),
        (100, 71, False),  # 29 % less
        (100, 70, False),
        (100, 69, True),  # 31 % less
        (100, 1, True),
        (3, 2, True),  # a third of three
        (0, 1, False),
    ],
)
def test_a_complete_delivery_may_shrink_by_thirty_per_cent(before: int, now: int, held: bool) -> None:
    assert codes(now, before) == ([("delivery_shrunk", True)] if held else [])


def test_the_message_of_a_shrunken_delivery_has_both_numbers_and_the_loss() -> None:
    summary = StageSummary(objects=69, scope="everything")

    assert object_to(summary, settings(), Standing(100, "")) == [
        Objection("delivery_shrunk", {"count": 69, "before": 100, "percent": 31})
    ]


@pytest.mark.parametrize(("allowed", "now", "held"), [(0, 99, True), (0.5, 50, False), (1, 1, False)])
def test_the_region_file_says_how_much_may_be_lost(allowed: float, now: int, held: bool) -> None:
    assert codes(now, 100, allowed_shrink=allowed) == ([("delivery_shrunk", True)] if held else [])


@pytest.mark.parametrize(
    ("before", "minimum", "held"), [(0, 1, True), (5, 0, True), (5, 1, True), (0, 0, False)]
)
def test_an_empty_delivery_is_held_unless_nothing_was_ever_expected(
    before: int, minimum: int, held: bool
) -> None:
    expected = [("delivery_empty", True)] if held else []

    assert codes(0, before, minimum=minimum, allowed_shrink=1) == expected


@pytest.mark.parametrize(("count", "held"), [(9, True), (10, False)])
def test_a_delivery_below_the_minimum_is_held_even_the_first_time(count: int, held: bool) -> None:
    assert codes(count, minimum=10) == ([("delivery_below_minimum", True)] if held else [])


@pytest.mark.parametrize(("count", "warned"), [(100, False), (101, True)])
def test_growth_is_worth_a_warning_and_holds_nothing(count: int, warned: bool) -> None:
    assert codes(count, 10) == ([("delivery_grown", False)] if warned else [])


@pytest.mark.parametrize(
    ("known", "kept", "held"),
    [(100, 70, False), (100, 69, True), (100, 0, True), (20, 0, True), (19, 0, False), (100, 200, False)],
)
@pytest.mark.parametrize(
    ("scope", "code"), [("everything", "delivery_elsewhere"), ("increment", "delivery_deletes")]
)
def test_no_more_known_offers_may_go_than_records_whatever_comes_in_their_place(
    scope: str, code: str, known: int, kept: int, held: bool
) -> None:
    summary = StageSummary(objects=100, scope=scope)
    objections = object_to(summary, settings(), Standing(100, "", applied=True, offers=known, kept=kept))
    assert [each.code for each in objections if each.holds] == [code] * held


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [(100, 70, False), (100, 69, True), (100, 0, True), (20, 13, True), (20, 14, False), (19, 0, False)],
)
def test_a_part_much_smaller_than_the_last_part_is_told_and_held_by_nothing(
    before: int, now: int, told: bool
) -> None:
    summary = StageSummary(objects=now, scope="part")
    objections = object_to(summary, settings(), Standing(1_000, "", applied=True, part=before))
    assert [(each.code, each.holds) for each in objections] == [("delivery_part_shrunk", False)] * told


def test_only_parts_are_measured_by_the_last_part() -> None:
    standing = Standing(50, "", applied=True, part=1_000)
    for scope in ("everything", "increment"):
        assert object_to(StageSummary(objects=50, scope=scope), settings(), standing) == []


@pytest.mark.parametrize("scope", ["part", "increment"])
def test_parts_and_increments_may_be_as_small_as_they_like(scope: str) -> None:
    assert codes(0, 1_000, scope=scope, minimum=10) == []


def test_a_stream_that_did_not_say_how_complete_it_was_was_cut() -> None:
    assert codes(1_000, 10, scope="") == [("delivery_unfinished", True)]


@pytest.mark.parametrize(
    ("created_at", "known", "older"),
    [
        ("2025-03-01T02:00:00Z", "2025-03-01T02:00:00Z", False),
        ("2025-03-01T01:59:59Z", "2025-03-01T02:00:00Z", True),
        ("2025-03-01T02:00:00+01:00", "2025-03-01T01:30:00Z", True),
        ("2025-03-01", "2025-03-01T00:00:01", True),
        ("2025-03-02", "2025-03-01T00:00:01", False),
        ("", "2025-03-01", False),
        ("2025-03-01", "", False),
        ("gestern", "2025-03-01", False),
        ("2025-03-01", "morgen", False),
    ],
)
def test_a_delivery_older_than_the_known_one_by_the_sources_own_date_is_held(
    created_at: str, known: str, older: bool
) -> None:
    expected = [("delivery_older", True)] if older else []

    assert codes(5, 5, created_at=created_at, known=known) == expected
    assert codes(5, 5, scope="increment", created_at=created_at, known=known) == expected


def test_every_objection_is_told() -> None:
    assert codes(1, 10, scope="everything", created_at="2025-01-01", known="2025-02-01") == [
        ("delivery_older", True),
        ("delivery_shrunk", True),
    ]


MOMENTS = st.one_of(
    st.text(max_size=30),
    st.datetimes().map(str),
    st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat()),
    st.sampled_from(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"]),
)


@given(
    st.integers(0), st.integers(0), st.sampled_from(["", "part", "increment", "everything"]), MOMENTS, MOMENTS
)
def test_whatever_a_source_claims_the_guard_decides(
    objects: int, before: int, scope: str, created_at: str, known: str
) -> None:
    found = codes(objects, before, scope=scope, created_at=created_at, known=known)

    assert {code for code, holds in found if not holds} <= {"delivery_grown"}
    if not scope:
        assert found[0] == ("delivery_unfinished", True)


@given(st.integers(1, 10**9), st.integers(0, 10**9), st.floats(0, 1))
def test_a_delivery_that_lost_more_than_allowed_never_passes(before: int, now: int, allowed: float) -> None:
    if now < before * (1 - allowed):
        assert any(holds for _, holds in codes(now, before, allowed_shrink=allowed))
