"""Local moments and instants, also where the clock is put back or forward."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.schedule.clock import UnknownZone, instant_of, local_of, read_zone, written

BERLIN = read_zone("Europe/Berlin")
at = datetime.fromisoformat
ANY = st.datetimes(at("2026-01-01"), at("2028-01-01")).map(lambda one: one.replace(microsecond=0))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("local", "instant"),
    [
        ("2026-11-20T02:30", "2026-11-20T01:30"),
        ("2026-07-01T02:30", "2026-07-01T00:30"),
        ("2026-10-25T02:30", "2026-10-25T00:30"),  # comes twice: the first time counts
        ("2026-10-25T03:00", "2026-10-25T02:00"),
        ("2027-03-28T02:30", "2027-03-28T01:00"),  # never comes: the clock jumps from 2:00 to 3:00
        ("2027-03-28T02:00", "2027-03-28T01:00"),
        ("2027-03-28T03:00", "2027-03-28T01:00"),
        ("2027-03-28T01:59", "2027-03-28T00:59"),
    ],
)
def test_a_local_moment_is_one_instant(local: str, instant: str) -> None:
    assert instant_of(datetime.fromisoformat(local), BERLIN) == utc(instant)


@given(ANY, st.integers(0, 7_200))
def test_instants_never_go_back_when_local_moments_go_on(local: datetime, seconds: int) -> None:
    later = local + timedelta(seconds=seconds)
    assert instant_of(local, BERLIN) <= instant_of(later, BERLIN)


@given(ANY)
def test_what_the_clock_shows_at_a_moment_is_that_moment_or_the_first_after_a_gap(local: datetime) -> None:
    shown = local_of(instant_of(local, BERLIN), BERLIN)
    assert shown == local or (shown.minute == 0 and timedelta() < shown - local <= timedelta(hours=1))


@pytest.mark.parametrize(
    "name", ["", "Mars/Phobos", "../../etc/passwd", "/etc/localtime", "Europe", "x" * 300, "\0"]
)
def test_a_name_that_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(UnknownZone):
        read_zone(name)


def test_moments_are_written_with_seconds_only_where_there_are_any() -> None:
    assert written(at("2026-11-20T02:30")) == "2026-11-20T02:30"
    assert written(at("2026-11-20T02:30:05")) == "2026-11-20T02:30:05"
