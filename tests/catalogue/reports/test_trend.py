from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from catalogue import history
from catalogue.evidence import ONLINE
from catalogue.reports.coverage import SCOPES, CoverageRow, coverage
from catalogue.reports.filters import Filters
from catalogue.reports.trend import BREAKS, TrendPoint, trend
from catalogue.store import Store
from catalogue.tables import edition
from tests.catalogue.applying import BOTTROP, add_source
from tests.catalogue.histories import PLACES, Night, State, Told, life, nights, told

#: What a point has in common with a row of coverage.
SAME = (
    "cells",
    "any_count",
    "any_share",
    "own_count",
    "own_share",
    "leaves",
    "leaves_online",
    "leaves_share",
    "checked_count",
    "unknown",
    "gaps",
)


@pytest.fixture
def story(module_store: Store) -> Iterator[Told]:
    with told(module_store) as begun:
        yield begun


def day(moment: datetime) -> str:
    return moment.astimezone().date().isoformat()


def facts(row: CoverageRow | TrendPoint) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in SAME)


def region_line(story: Told, **given: object) -> list[TrendPoint]:
    with story.store.read() as connection:
        found = trend(connection, until=story.moment + timedelta(seconds=1), **given)  # type: ignore[arg-type]
    return [point for point in found if not point.ars]


@settings(max_examples=20)
@given(nights, st.sampled_from(SCOPES))
def test_each_point_is_what_coverage_said_at_the_end_of_its_day(
    module_store: Store, drawn: list[Night], scope: str
) -> None:
    with told(module_store) as story:
        said: dict[tuple[str, str], tuple[object, ...]] = {}
        for moment in life(story, drawn):
            with story.store.read() as connection:
                rows = coverage(connection, scope=scope)
            for key in [key for key in said if key[1] == day(moment)]:
                del said[key]  # an earlier run of the same day
            said |= {(row.ars, day(moment)): facts(row) for row in rows}
        with story.store.read() as connection:
            points = trend(connection, scope=scope, until=moment + timedelta(seconds=1))
        drawn_points = {(point.ars, point.date): facts(point) for point in points}
        assert len(drawn_points) == len(points)
        assert {key: said[key] for key in drawn_points} == drawn_points
        # A day without a point is one on which nothing of the area moved.
        last: dict[str, tuple[object, ...]] = {}
        for ars, at in sorted(said, key=lambda key: key[1]):
            assert (ars, at) in drawn_points or last[ars] == said[ars, at]
            last[ars] = said[ars, at]


def test_a_line_has_its_first_and_its_last_day_and_those_on_which_something_moved(story: Told) -> None:
    story.night()
    story.night()
    story.states[PLACES[0], "10110"] = State(rank=ONLINE)
    story.night()
    story.night()
    assert [(point.date, point.any_count) for point in region_line(story)] == [
        (day(story.moments[0]), 0),
        (day(story.moments[2]), 1),
        (day(story.moments[3]), 1),
    ]


def test_a_window_begins_with_the_state_of_its_first_day(story: Told) -> None:
    for rank in (0, ONLINE, ONLINE, 0, ONLINE):
        story.states[PLACES[0], "10110"] = State(rank=rank)
        story.night()
    shown = [(point.date, point.any_count) for point in region_line(story, days=3)]
    assert shown == [(day(moment), count) for moment, count in zip(story.moments[2:], (1, 0, 1), strict=True)]
    assert len(region_line(story, days=1)) == 1


def test_a_line_breaks_where_definitions_changed(story: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    story.night()
    add_source(story.store, "feed", matched_by="title/1")
    story.night()
    with story.store.write() as connection:
        connection.execute(update(edition).values(reference=7))
    story.night()
    monkeypatch.setattr(history, "RULES", "other")
    add_source(story.store, "liste", matched_by="title/2")
    story.night()
    line = region_line(story)
    assert [point.breaks for point in line] == [(), ("catalogue",), ("rules", "matcher")]
    assert line[-1].date == day(story.moment)


def test_an_area_that_joins_breaks_the_line_of_the_region_but_no_other(story: Told) -> None:
    story.night(PLACES[:2])
    story.night(PLACES)
    with story.store.read() as connection:
        points = trend(connection, until=story.moment + timedelta(seconds=1))
    assert [(point.ars != "", point.breaks) for point in points if point.breaks] == [(False, ("region",))]


def test_the_line_of_an_area_that_left_ends(story: Told) -> None:
    story.night()
    story.night(PLACES[1:])
    with story.store.read() as connection:
        line = trend(connection, Filters(areas=(BOTTROP,)), until=story.moment + timedelta(seconds=1))
    assert [(point.level, point.date) for point in line] == [
        ("gemeinde", day(story.moments[0])),
        ("selection", day(story.moments[0])),
    ]


def test_the_filters_moment_is_the_last_day(story: Told) -> None:
    story.night()
    moment = story.moment
    story.night(hours=100)
    with story.store.read() as connection:
        line = trend(connection, Filters(as_of=moment))
    assert {point.date for point in line} == {day(moment)}


def test_before_history_begins_there_is_no_point(story: Told) -> None:
    story.night()
    with story.store.read() as connection:
        assert trend(connection, until=story.moment) == []


def test_days_are_dates_and_breaks_are_known(story: Told) -> None:
    story.night()
    with story.store.read() as connection:
        for point in trend(connection):
            assert date.fromisoformat(point.date)
            assert set(point.breaks) <= set(BREAKS)
