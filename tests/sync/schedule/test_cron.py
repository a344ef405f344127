"""Cron expressions mean what they mean to cron, on the clock on the wall."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.schedule.cron import CronError, read_cron

BEGIN = datetime.fromisoformat("2026-11-20T21:00")  # a Friday


@pytest.mark.parametrize(
    ("expression", "moments"),
    [
        ("30 2 * * *", ["2026-11-21T02:30", "2026-11-22T02:30"]),
        ("0 12 * * 1-5", ["2026-11-23T12:00", "2026-11-24T12:00"]),
        ("0 12 * * mon-fri", ["2026-11-23T12:00", "2026-11-24T12:00"]),
        ("0 0 * * 0", ["2026-11-22T00:00", "2026-11-29T00:00"]),
        ("0 0 * * 7", ["2026-11-22T00:00", "2026-11-29T00:00"]),
        ("0 0 * * sat-sun", ["2026-11-21T00:00", "2026-11-22T00:00"]),
        ("0 0 * * 5-7", ["2026-11-21T00:00", "2026-11-22T00:00"]),
        ("*/30 22,23 * * *", ["2026-11-20T22:00", "2026-11-20T22:30"]),
        ("5/20 9 * * *", ["2026-11-21T09:05", "2026-11-21T09:25"]),
        ("0 6 1 * *", ["2026-12-01T06:00", "2027-01-01T06:00"]),
        ("0 6 1 * 1", ["2026-11-23T06:00", "2026-11-30T06:00"]),  # the first, or any Monday
        ("0 6 */2 * 1", ["2026-11-23T06:00", "2026-12-07T06:00"]),  # with a star: odd days that are Mondays
        ("0 0 29 2 *", ["2028-02-29T00:00", "2032-02-29T00:00"]),
        ("0 3 * JAN,jul *", ["2027-01-01T03:00", "2027-01-02T03:00"]),
        ("30 2 25 10 *", ["2027-10-25T02:30", "2028-10-25T02:30"]),
    ],
)
def test_an_expression_names_moments(expression: str, moments: list[str]) -> None:
    cron = read_cron(expression)
    first = cron.next_after(BEGIN)
    assert [first, cron.next_after(first)] == [datetime.fromisoformat(one) for one in moments]


@pytest.mark.parametrize(
    ("expression", "code", "number"),
    [
        ("", "schedule_cron_fields", 0),
        ("30 2 * *", "schedule_cron_fields", 0),
        ("0 30 2 * * *", "schedule_cron_fields", 0),
        ("0 " + "0," * 60 + "0 * * *", "schedule_cron_fields", 0),
        ("60 2 * * *", "schedule_cron_field", 1),
        ("x 2 * * *", "schedule_cron_field", 1),
        ("*/0 2 * * *", "schedule_cron_field", 1),
        ("30 24 * * *", "schedule_cron_field", 2),
        ("30 22-2 * * *", "schedule_cron_field", 2),
        ("30 2 0 * *", "schedule_cron_field", 3),
        ("30 2 last * *", "schedule_cron_field", 3),
        ("30 2 * 13 *", "schedule_cron_field", 4),
        ("30 2 * foo *", "schedule_cron_field", 4),
        ("30 2 * * 8", "schedule_cron_field", 5),
        ("30 2 * * 5-1", "schedule_cron_field", 5),
        ("30 2 * * 1-5/0", "schedule_cron_field", 5),
        ("30 2 * * mo", "schedule_cron_field", 5),
        ("30 2 31 4 *", "schedule_cron_never", 0),
        ("30 2 30 2 *", "schedule_cron_never", 0),
    ],
)
def test_what_is_no_expression_is_refused_with_the_field(expression: str, code: str, number: int) -> None:
    with pytest.raises(CronError) as caught:
        read_cron(expression)
    assert (caught.value.code, caught.value.number) == (code, number)


@given(st.text(alphabet="0123456789*/,- abcmonsun", max_size=40))
def test_no_text_does_anything_but_mean_moments_or_be_refused(text: str) -> None:
    try:
        cron = read_cron(text)
    except CronError:
        return
    assert cron.next_after(BEGIN) > BEGIN


def numbers(first: int, last: int) -> st.SearchStrategy[tuple[str, frozenset[int]]]:
    """Return fields with what they mean, worked out without the reader."""
    value = st.integers(first, last)
    single = value.map(lambda one: (str(one), frozenset({one})))
    lists = st.lists(value, min_size=2, max_size=4, unique=True).map(
        lambda some: (",".join(map(str, some)), frozenset(some))
    )
    spans = st.tuples(value, value, st.integers(1, 7)).map(
        lambda given: (
            f"{min(given[:2])}-{max(given[:2])}/{given[2]}",
            frozenset(range(min(given[:2]), max(given[:2]) + 1, given[2])),
        )
    )
    return st.one_of(st.just(("*", frozenset(range(first, last + 1)))), single, lists, spans)


@settings(max_examples=60)
@given(st.tuples(numbers(0, 59), numbers(0, 23), numbers(1, 28), numbers(1, 12), numbers(0, 6)))
def test_moments_are_exactly_those_that_fit_all_fields(
    fields: tuple[tuple[str, frozenset[int]], ...],
) -> None:
    minutes, hours, days, months, weekdays = (meant for _, meant in fields)
    cron = read_cron(" ".join(written for written, _ in fields))
    either = "*" not in (fields[2][0], fields[4][0])
    fit = any if either else all

    def expected(day: datetime) -> list[datetime]:
        weekday = (day.weekday() + 1) % 7
        if day.month not in months or not fit((day.day in days, weekday in weekdays)):
            return []
        return [day.replace(hour=hour, minute=minute) for hour in sorted(hours) for minute in sorted(minutes)]

    first = cron.next_after(BEGIN)
    day = first.replace(hour=0, minute=0)
    fitting = [one for number in range(3) for one in expected(day + timedelta(days=number)) if one > BEGIN]
    assert fitting[0] == first
    until = day + timedelta(days=3) - timedelta(minutes=1)
    assert list(islice(cron.between(BEGIN, until), 50)) == fitting[:50]
