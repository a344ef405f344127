"""How long one attempt may take, and how much may come in meanwhile."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.allowance import Allowance, Exceeded, MinimumRate


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_a_single_wait_is_no_longer_than_the_patience_for_silence() -> None:
    assert Allowance(Clock(), seconds=60, idle=30).timeout() == 30


def test_a_single_wait_never_passes_the_deadline() -> None:
    clock = Clock()
    allowance = Allowance(clock, seconds=60, idle=30)
    clock.now += 45
    assert allowance.timeout() == 15


def test_after_the_deadline_nothing_is_waited_for() -> None:
    clock = Clock()
    allowance = Allowance(clock, seconds=60, idle=30)
    clock.now += 60
    with pytest.raises(Exceeded) as caught:
        allowance.timeout()
    assert (caught.value.limit, caught.value.seconds) == ("deadline", 60)


def test_a_wait_cut_short_by_the_deadline_counts_as_the_deadline() -> None:
    clock = Clock()
    allowance = Allowance(clock, seconds=60, idle=30)
    clock.now += 45
    allowance.timeout()
    with pytest.raises(Exceeded, match="deadline"):
        allowance.timed_out()


def test_a_wait_that_ended_in_silence_is_no_deadline() -> None:
    allowance = Allowance(Clock(), seconds=60, idle=30)
    allowance.timeout()
    allowance.timed_out()


def test_no_step_takes_more_than_granted() -> None:
    allowance = Allowance(Clock(), seconds=60, idle=30)
    allowance.grant(1_000)
    allowance.received(1_000)
    allowance.grant(1_000)
    allowance.received(999)
    with pytest.raises(Exceeded, match="amount"):
        allowance.received(2)


def test_a_download_has_more_time_but_must_keep_its_rate() -> None:
    clock = Clock()
    allowance = Allowance(clock, seconds=60, idle=60)
    allowance.extend(seconds=3_600, rate=10_000, window=30)
    allowance.grant(10**9)
    for _ in range(100):
        clock.now += 10
        assert allowance.timeout() > 0
        allowance.received(100_000)
    clock.now += 32
    with pytest.raises(Exceeded, match="rate"):
        allowance.timeout()


def test_a_fast_download_ends_at_its_deadline() -> None:
    clock = Clock()
    allowance = Allowance(clock, seconds=60, idle=60)
    allowance.extend(seconds=100, rate=0, window=30)
    clock.now += 70
    assert allowance.timeout() == 30
    clock.now += 30
    with pytest.raises(Exceeded, match="deadline"):
        allowance.timeout()


def test_a_stalled_download_is_due_one_window_after_its_last_sufficient_moment() -> None:
    rate = MinimumRate(10_000, window=30, start=0)
    assert rate.due() == 31
    rate.received(300_000, now=10)
    assert rate.due() == 41
    rate.received(1, now=20)
    assert rate.due() == 41


def test_no_minimum_means_never_due() -> None:
    assert MinimumRate(0, window=30, start=0).due() == math.inf


@given(st.sampled_from([1, 2, 3, 5, 6, 10, 15, 30]))
def test_a_steady_stream_at_the_minimum_is_never_due(seconds_between: int) -> None:
    rate = MinimumRate(10_000, window=30, start=0)
    for now in range(seconds_between, 300, seconds_between):
        assert rate.due() > now
        rate.received(10_000 * seconds_between, now=now)


@given(st.lists(st.floats(min_value=0.01, max_value=1.0), min_size=20, max_size=40))
def test_a_trickle_is_due_after_the_first_window_whatever_its_rhythm(gaps: list[float]) -> None:
    rate = MinimumRate(10_000, window=30, start=0)
    now = 0.0
    for gap in gaps:
        now += gap
        rate.received(1, now=now)
    assert rate.due() == 31
