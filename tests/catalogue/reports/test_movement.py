from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, update

from catalogue.causes import CAUSES
from catalogue.errors import NotFound
from catalogue.evidence import DESCRIBED, ONLINE
from catalogue.reports.changes import changes, movements
from catalogue.reports.coverage import SCOPES, CoverageRow, coverage
from catalogue.reports.figures import FIGURES, SUMMED
from catalogue.reports.filters import Filters
from catalogue.reports.movement import Contribution, Explained, explained
from catalogue.store import Store
from catalogue.tables import cell_past, edition
from tests.catalogue.applying import BOTTROP, GLADBECK
from tests.catalogue.histories import FIRST, PLACES, Night, State, Told, life, nights, told

Figures = dict[tuple[str, str], int]  # by regional key (empty for all) and figure


@pytest.fixture
def story(module_store: Store) -> Iterator[Told]:
    with told(module_store) as begun:
        yield begun


def figures(rows: list[CoverageRow]) -> Figures:
    return {(row.ars, name): getattr(row, name) for row in rows for name in SUMMED}


def of_region(story: Told, figure: str, since: datetime | None = None) -> Explained:
    with story.store.read() as connection:
        rows = explained(connection, since=since)
    return next(row for row in rows if not row.ars and row.figure == figure)


@settings(max_examples=20)
@given(nights, st.sampled_from(SCOPES), st.data())
def test_causes_add_up_to_what_coverage_said_before_and_after(
    module_store: Store, drawn: list[Night], scope: str, data: st.DataObject
) -> None:
    with told(module_store) as story:
        said: dict[datetime, Figures] = {}
        for moment in life(story, drawn):
            with story.store.read() as connection:
                said[moment] = figures(coverage(connection, scope=scope))
        since = data.draw(st.sampled_from([FIRST - timedelta(days=1), *said]))
        until = data.draw(st.sampled_from([one for one in said if one >= since]))
        with story.store.read() as connection:
            begin, end = since + timedelta(seconds=1), until + timedelta(seconds=1)
            rows = explained(connection, since=begin, until=end, scope=scope)
        before, after = said.get(since, {}), said[until]
        shown = {(row.ars, row.figure) for row in rows}
        assert {key for key in (*before, *after) if before.get(key) or after.get(key)} <= shown
        for row in rows:
            if row.figure in SUMMED:
                key = (row.ars, row.figure)
                assert (row.before, row.after) == (before.get(key, 0), after.get(key, 0))
                assert row.after - row.before == sum(one.change for one in row.contributions)


@settings(max_examples=10)
@given(nights)
def test_the_causes_of_the_region_are_those_of_its_areas(module_store: Store, drawn: list[Night]) -> None:
    with told(module_store) as story:
        list(life(story, drawn))
        with story.store.read() as connection:
            rows = explained(connection)
    of_areas: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    of_all: dict[tuple[str, str], list[int]] = {}
    for row in rows:
        for one in row.contributions:
            assert one.cause in CAUSES
            assert one.change == one.gained - one.lost
            if row.ars:
                of_areas[row.figure, one.cause][0] += one.gained
                of_areas[row.figure, one.cause][1] += one.lost
            else:
                of_all[row.figure, one.cause] = [one.gained, one.lost]
    assert of_areas == of_all


@settings(max_examples=15)
@given(nights)
def test_the_listed_changes_add_up_to_the_same(module_store: Store, drawn: list[Night]) -> None:
    with told(module_store) as story:
        for moment in life(story, drawn):
            with story.store.read() as connection:
                ours = coverage(connection)[-1].any_count
                moved = movements(changes(connection, until=moment + timedelta(seconds=1)))
                every = coverage(connection, scope="all")[-1].any_count
                assert sum(move.competent_online for move in moved) == ours
                assert sum(move.online for move in moved) == every


def test_a_cell_that_went_and_came_back_is_seen_and_changes_nothing(story: Told) -> None:
    story.states[PLACES[0], "10110"] = State(rank=ONLINE)
    story.night()
    since = story.moment + timedelta(seconds=1)
    story.states[PLACES[0], "10110"] = State(rank=DESCRIBED, ref="r2")
    story.night()
    story.states[PLACES[0], "10110"] = State(rank=ONLINE)
    story.night()
    row = of_region(story, "any_count", since)
    assert (row.before, row.after) == (1, 1)
    assert {(one.cause, one.change) for one in row.contributions} == {("withdrawn", -1), ("offer_changed", 1)}


def test_an_offer_that_stays_and_loses_its_link_is_told_from_one_that_is_gone(story: Told) -> None:
    story.states[PLACES[0], "10110"] = State(rank=ONLINE)
    story.states[PLACES[0], "10124"] = State(rank=ONLINE)
    story.night()
    since = story.moment + timedelta(seconds=1)
    story.states[PLACES[0], "10110"] = State(rank=DESCRIBED)
    story.states[PLACES[0], "10124"] = State()
    story.night()
    causes = of_region(story, "any_count", since).contributions
    assert set(causes) == {Contribution("link_gone", 0, 1, -1), Contribution("withdrawn", 0, 1, -1)}


def test_who_becomes_competent_enters_the_figures_by_that(story: Told) -> None:
    story.states[PLACES[0], "10110"] = State(rank=ONLINE, competent="no")
    story.night()
    since = story.moment + timedelta(seconds=1)
    story.states[PLACES[0], "10110"] = State(rank=ONLINE)
    story.night()
    row = of_region(story, "any_count", since)
    assert (row.before, row.after, row.contributions) == (0, 1, (Contribution("competence", 1, 0, 1),))
    with story.store.read() as connection:
        (move,) = movements(changes(connection, since=since))
    assert (move.online, move.competent_count, move.competent_online) == (0, 1, 1)


def test_an_area_that_left_takes_its_figures_with_it(story: Told) -> None:
    story.states[PLACES[0], "10110"] = State(rank=ONLINE)
    story.night()
    since = story.moment + timedelta(seconds=1)
    story.night(PLACES[1:])
    with story.store.read() as connection:
        rows = explained(connection, Filters(areas=(BOTTROP,)), since)
    row = next(row for row in rows if row.figure == "any_count" and row.ars)
    assert (row.before, row.after, row.contributions) == (1, 0, (Contribution("region", 0, 1, -1),))
    assert rows[-1].level == "selection"


def test_filters_limit_what_is_explained(story: Told) -> None:
    story.states[PLACES[0], "10110"] = State(rank=ONLINE)
    story.night()
    with story.store.read() as connection:
        of_other = explained(connection, Filters(services=("10124",), areas=(GLADBECK, BOTTROP)))
        named = coverage(connection, Filters(services=("10124",), areas=(GLADBECK, BOTTROP)))
    after = {(row.ars, row.figure): row.after for row in of_other if row.figure in SUMMED}
    assert after == figures(named)


def test_what_is_not_measured_has_no_value_and_no_cause(story: Told) -> None:
    story.night()
    row = of_region(story, "checked_count")
    assert (row.before, row.after, row.contributions) == (None, None, ())
    assert {row.figure for row in rows_of(story)} == set(FIGURES)


def rows_of(story: Told) -> list[Explained]:
    with story.store.read() as connection:
        return explained(connection)


def test_the_filters_moment_ends_the_period(story: Told) -> None:
    story.night()
    moment = story.moment
    story.states[PLACES[0], "10110"] = State(rank=ONLINE)
    story.night()
    with story.store.read() as connection:
        then = explained(connection, Filters(as_of=moment))
        assert len(changes(connection, Filters(as_of=moment))) == 9
    assert {row.after for row in then if row.figure == "any_count"} == {0}


def test_what_was_not_kept_is_not_explained_but_listed(story: Told) -> None:
    story.night()
    story.states[PLACES[0], "10110"] = State(rank=ONLINE)
    story.night()
    with story.store.write() as connection:  # as the migration leaves a database of before
        connection.execute(delete(cell_past))
        connection.execute(update(edition).values(rules="", matcher="", reference=0))
    with story.store.read() as connection:
        with pytest.raises(NotFound) as caught:
            explained(connection, since=story.moments[0])
        assert caught.value.code == "history_begins"
        listed = changes(connection, since=story.moments[1])
        assert [row.knows_competence for row in listed] == [False]
        assert explained(connection, since=story.moments[1] + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("given", "scope", "code"),
    [
        (Filters(statuses=("online",)), "competent", "coverage_status"),
        (Filters(), "ours", "scope_unknown"),
        (Filters(areas=("Köln",)), "competent", "area_unlike"),
    ],
)
def test_what_does_not_exist_is_refused(story: Told, given: Filters, scope: str, code: str) -> None:
    story.night()
    with story.store.read() as connection, pytest.raises(NotFound) as caught:
        explained(connection, given, scope=scope)
    assert caught.value.code == code


def test_before_the_first_sync_there_is_nothing_to_explain(module_store: Store) -> None:
    with module_store.read() as connection:
        check_empty(connection)


def check_empty(connection: Connection) -> None:
    with pytest.raises(NotFound) as caught:
        explained(connection)
    assert caught.value.code == "region_empty"
