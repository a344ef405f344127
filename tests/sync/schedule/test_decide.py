"""Each moment of the calendar is begun once, whatever clocks, machines and processes do."""

from __future__ import annotations

from datetime import datetime, timedelta
from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sync.schedule.clock import instant_of
from sync.schedule.decide import MOST_MISSED, MOST_TRIES
from tests.sync.schedule.world import BERLIN, World, timetable, utc

MINUTES = timedelta(minutes=1)
HOURS = timedelta(hours=1)
at = datetime.fromisoformat


def night_of(day: str) -> datetime:
    return at(f"{day}T02:30")


def test_a_job_at_half_past_two_runs_once_in_each_night_of_a_year() -> None:
    world = World(timetable("30 2 * * *"), utc("2026-04-01T12:00"))
    world.pass_time(utc("2027-04-01T12:00"), 3 * HOURS)
    days = [night_of((at("2026-04-02") + timedelta(days=n)).date().isoformat()) for n in range(365)]
    assert dict(world.begun) == dict.fromkeys(days, 1)
    assert not world.missed


@pytest.mark.parametrize(
    ("day", "instant"),
    [
        ("2026-10-25", "2026-10-25T00:30"),  # the first 02:30
        ("2027-03-28", "2027-03-28T01:00"),  # 03:00, as 02:30 never comes
    ],
)
def test_when_the_clock_changes_it_runs_once_and_in_time(day: str, instant: str) -> None:
    world = World(timetable("30 2 * * *"), utc(f"{day}T12:00") - 24 * HOURS)
    world.pass_time(utc(f"{day}T12:00"), 10 * MINUTES)
    assert world.begun == {night_of(day): 1}
    assert world.begun_at[night_of(day)] == utc(instant)


@pytest.mark.parametrize("hour", range(5))
def test_every_hour_of_both_clock_changes_runs_once(hour: int) -> None:
    for day in ("2026-10-25", "2027-03-28"):
        world = World(
            timetable(f"{'30' if hour != 3 else '0'} {hour} * * *"), utc(f"{day}T12:00") - 24 * HOURS
        )
        world.pass_time(utc(f"{day}T12:00"), 5 * MINUTES)
        assert list(world.begun.values()) == [1]
        assert not world.missed


def test_a_job_of_every_quarter_of_an_hour_runs_once_per_quarter_that_the_clock_shows() -> None:
    back = World(timetable("*/15 * * * *"), utc("2026-10-24T23:50"))
    back.pass_time(utc("2026-10-25T03:10"), MINUTES)
    assert [due.strftime("%H:%M") for due in back.begun] == [
        *("02:00", "02:15", "02:30", "02:45"),
        *("03:00", "03:15", "03:30", "03:45", "04:00"),  # the hour that comes again is no new one
    ]
    assert max(back.gaps()) == 1.25
    forward = World(timetable("*/15 * * * *"), utc("2027-03-28T00:20"))
    forward.pass_time(utc("2027-03-28T01:20"), MINUTES)
    assert [due.strftime("%H:%M") for due in forward.begun] == ["01:30", "01:45", "03:00", "03:15"]
    assert set(back.begun.values()) == set(forward.begun.values()) == {1}
    assert not forward.missed


def test_a_machine_that_slept_at_the_hour_makes_up_for_it_within_the_grace() -> None:
    world = World(timetable("30 2 * * *"), utc("2026-11-20T20:00"))
    world.look()
    world.sleep(11.4)  # 08:24
    world.look()
    assert world.begun == {night_of("2026-11-21"): 1}
    assert world.begun_at[night_of("2026-11-21")] == utc("2026-11-21T07:24")


def test_after_the_grace_it_is_missed_and_said_once() -> None:
    world = World(timetable("30 2 * * *"), utc("2026-11-20T20:00"))
    world.look()
    world.sleep(11.6)  # 08:36
    world.look()
    world.look()
    assert not world.begun
    assert world.missed == {night_of("2026-11-21"): 1}
    assert world.appointment == night_of("2026-11-22")


def test_after_a_week_of_sleep_only_the_newest_moment_is_made_up_for() -> None:
    world = World(timetable("30 2 * * *"), utc("2026-11-20T20:00"))
    world.look()
    world.now = utc("2026-11-27T05:00")
    world.look()
    assert world.begun == {night_of("2026-11-27"): 1}
    assert sorted(world.missed) == [night_of(f"2026-11-{day}") for day in range(21, 27)]


def test_of_very_many_moments_only_the_newest_are_told_as_missed() -> None:
    world = World(timetable("*/10 * * * *"), utc("2026-11-20T20:00"))
    world.look()
    world.sleep(24 * 4)
    world.look()
    assert list(world.begun) == [at("2026-11-24T21:00")]
    assert len(world.missed) == MOST_MISSED
    assert max(world.missed) == at("2026-11-24T20:50")


def test_a_schedule_that_is_new_does_not_make_up_for_a_past_it_did_not_know() -> None:
    world = World(timetable("30 2 * * *"), utc("2026-11-20T03:00"))
    world.look()
    assert not world.begun
    assert not world.missed
    assert world.appointment == night_of("2026-11-21")


def test_a_clock_set_back_by_two_hours_begins_nothing_again() -> None:
    world = World(timetable("30 2 * * *"), utc("2026-11-20T20:00"))
    world.pass_time(utc("2026-11-21T02:00"), 5 * MINUTES)  # 03:00
    world.sleep(-2)
    world.pass_time(utc("2026-11-22T02:00"), 5 * MINUTES)
    assert world.begun == {night_of("2026-11-21"): 1, night_of("2026-11-22"): 1}
    assert not world.missed


def test_a_clock_that_was_ten_years_ahead_does_not_keep_the_schedule_waiting() -> None:
    world = World(timetable("30 2 * * *"), utc("2036-05-05T20:00"))
    world.look()
    world.now = utc("2026-11-20T20:00")
    world.pass_time(utc("2026-11-21T12:00"), 30 * MINUTES)
    assert world.begun == {night_of("2026-11-21"): 1}


def test_a_dead_process_is_begun_again_but_not_for_ever() -> None:
    world = World(timetable("30 2 * * *"), utc("2026-11-20T20:00"), dies=1)
    world.pass_time(utc("2026-11-21T12:00"), 30 * MINUTES)
    assert world.begun == {night_of("2026-11-21"): 2}
    assert world.rows[night_of("2026-11-21")].state == "ok"
    poison = World(timetable("30 2 * * *"), utc("2026-11-20T20:00"), dies=99)
    poison.pass_time(utc("2026-11-21T12:00"), 30 * MINUTES)
    assert poison.begun == {night_of("2026-11-21"): MOST_TRIES}
    assert poison.rows[night_of("2026-11-21")].state == "aborted"
    assert poison.appointment == night_of("2026-11-22")


def test_a_job_that_was_done_by_hand_for_its_moment_is_not_begun_again() -> None:
    world = World(timetable("30 2 * * *"), utc("2026-11-20T20:00"))
    world.look()
    world._begin("nightly", night_of("2026-11-21"), 1)
    world.pass_time(utc("2026-11-21T12:00"), 30 * MINUTES)
    assert world.begun == {night_of("2026-11-21"): 1}


def test_other_hours_in_the_region_file_hold_from_the_next_look_on() -> None:
    world = World(timetable("30 2 * * *"), utc("2026-11-20T20:00"))
    world.look()
    world.timetable = timetable("0 5 * * *")
    world.look()
    assert world.appointment == at("2026-11-21T05:00")


def test_jitter_delays_each_start_by_the_same_part_of_it_each_time_it_is_asked_for() -> None:
    plan = timetable("30 2 * * *", jitter=60)
    delays = {
        day: plan.start_of("nightly", night_of(day)) - instant_of(night_of(day), BERLIN)
        for day in ("2026-11-21", "2026-11-22", "2026-11-23")
    }
    assert len(set(delays.values())) > 1
    assert all(timedelta() <= one < HOURS for one in delays.values())
    world = World(plan, utc("2026-11-20T20:00"))
    world.pass_time(utc("2026-11-21T12:00"), MINUTES)
    late = world.begun_at[night_of("2026-11-21")] - instant_of(night_of("2026-11-21"), BERLIN)
    assert delays["2026-11-21"] <= late < delays["2026-11-21"] + MINUTES


CRONS = st.one_of(
    st.builds("{} {} * * *".format, st.integers(0, 59), st.integers(0, 23)),
    st.builds(
        "{} {} * * {}".format, st.integers(0, 59), st.integers(0, 5), st.sampled_from(["0", "1-5", "*/2"])
    ),
    st.builds("{} {}-{} * * *".format, st.integers(0, 59), st.integers(0, 3), st.integers(3, 8)),
    st.builds("*/{} * * * *".format, st.sampled_from([10, 12, 15, 20, 30])),
)
DAYS = st.one_of(
    st.sampled_from(["2026-10-24", "2027-03-27"]).map(at),
    st.integers(0, 364).map(lambda number: at("2026-04-01") + timedelta(days=number)),
)
#: Hours to be looked at in steps of minutes, hours of sleep, or hours by which the clock is set.
EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("awake"), st.integers(1, 12), st.integers(10, 50)),
        st.tuples(st.just("asleep"), st.integers(1, 40), st.just(0)),
        st.tuples(st.just("set"), st.sampled_from([-2, -1, 1, 2]), st.just(0)),
        st.tuples(st.just("dies"), st.integers(1, 4), st.just(0)),
    ),
    min_size=1,
    max_size=6,
)


#: More than anybody sleeps through here: of more, only the newest are told as missed, as tested above.
ALL_MISSED = patch("sync.schedule.decide.MOST_MISSED", 1_000)


@ALL_MISSED
@settings(max_examples=60)
@given(CRONS, DAYS, EVENTS)
@example("*/10 * * * *", at("2026-10-24"), [("asleep", 17, 0)])
def test_each_moment_is_begun_or_missed_once_whatever_happens(
    expression: str, day: datetime, events: list[tuple[str, int, int]]
) -> None:
    world = World(timetable(expression), instant_of(day, BERLIN))
    first = latest = world.now
    world.look()
    deaths = 0
    for kind, amount, minutes in events:
        if kind == "awake":
            world.pass_time(world.now + amount * HOURS, minutes * MINUTES)
        elif kind == "dies":
            world.dies = amount
            deaths += amount
        else:
            world.sleep(amount)
            world.look()
        latest = max(latest, world.now)
    assert not world.unaccounted(first, latest)
    assert set(world.missed.values()) <= {1}
    assert not set(world.missed) & set(world.begun)
    assert sum(count - 1 for count in world.begun.values()) <= deaths
    if not deaths:
        assert set(world.begun.values()) <= {1}


@settings(max_examples=15)
@given(CRONS, DAYS, st.integers(10, 19))
def test_a_machine_that_is_awake_begins_each_moment_at_the_next_look(
    expression: str, day: datetime, minutes: int
) -> None:
    world = World(timetable(expression), instant_of(day, BERLIN))
    first = world.now
    step = (minutes if "/" not in expression.split()[0] else 7) * MINUTES
    world.pass_time(first + 27 * HOURS, step)
    assert not world.unaccounted(first, world.now)
    for due, begun in world.begun_at.items():
        assert timedelta() <= begun - instant_of(due, BERLIN) <= step
    assert not world.missed
