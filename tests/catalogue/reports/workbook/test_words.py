from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.reports.workbook.words import MOST_PARTS, day_of, joined, lines_of, moment_of
from catalogue.texts import Texts


@pytest.mark.parametrize(
    ("written", "width", "lines"),
    [
        ("", 10, 1),
        ("kurz", 10, 1),
        ("a\nb\n\nc", 10, 4),
        ("eins zwei drei vier fünf sechs", 10, 3),
        ("Donaudampfschifffahrtsgesellschaft", 10, 4),
        ("x", 1, 1),
    ],
)
def test_lines_are_counted_as_texts_are_wrapped(written: str, width: float, lines: int) -> None:
    assert lines_of(written, width) == lines


@given(st.text(max_size=400), st.integers(min_value=1, max_value=60))
def test_more_room_never_takes_more_lines_than_letters_need(written: str, width: int) -> None:
    least = written.count("\n") + 1
    assert least <= lines_of(written, width) <= least + len(written)
    assert lines_of(written, 10_000) == least


@pytest.mark.parametrize("written", ["", "bald", "2026-13-01", "2026-11-20T99:00"])
def test_what_is_no_day_is_none(written: str) -> None:
    assert day_of(written) is None
    assert moment_of(written) is None


def test_a_day_without_a_time_is_that_day_everywhere() -> None:
    assert day_of("2026-11-20") == date(2026, 11, 20)


def test_a_moment_has_no_offset_and_no_parts_of_a_second() -> None:
    moment = moment_of("2026-11-20T12:30:15.987654+00:00")
    assert moment is not None
    assert (moment.tzinfo, moment.microsecond, moment.second) == (None, 0, 15)


def test_of_very_many_parts_the_others_are_counted() -> None:
    shown = joined([str(number) for number in range(MOST_PARTS + 5)], Texts("de")).split("; ")
    assert shown[-1] == "… und 5 weitere"
    assert len(shown) == MOST_PARTS + 1
