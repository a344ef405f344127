"""The past of cells: every state that was is found again, column by column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from sqlalchemy import func, insert, select, update

from catalogue import history, tables
from catalogue.errors import NotFound
from catalogue.history import Edition, edition_at, editions, state_at
from catalogue.reports.cells import CellRow, cells
from catalogue.reports.coverage import CoverageRow, coverage
from catalogue.reports.filters import Filters
from catalogue.reports.gaps import gaps
from catalogue.store import Store
from catalogue.tables import cell_change, cell_past, edition
from tests.catalogue.applying import BOTTROP, add_source
from tests.catalogue.histories import (
    FIRST,
    PLACES,
    Night,
    State,
    Told,
    life,
    nights,
    told,
    write_source_run,
)

Seen = tuple[set[CellRow], set[CoverageRow], set[CellRow]]


@pytest.fixture
def story(module_store: Store) -> Iterator[Told]:
    with told(module_store) as begun:
        yield begun


def causes(story: Told, run_id: int) -> set[str]:
    with story.store.read() as connection:
        return set(connection.scalars(select(cell_change.c.cause).where(cell_change.c.run_id == run_id)))


def state(story: Told, moment: datetime) -> set[tuple[object, ...]]:
    with story.store.read() as connection:
        held = edition_at(connection, moment)
        return {tuple(row) for row in connection.execute(select(state_at(held.run_id)))}


@settings(max_examples=30)
@given(nights)
def test_every_past_state_is_found_again_in_every_column(module_store: Store, drawn: list[Night]) -> None:
    with told(module_store) as story:
        seen = {moment: story.rows() for moment in life(story, drawn)}
        for moment, rows in seen.items():
            later = min((one for one in seen if one > moment), default=moment + timedelta(days=1))
            assert state(story, moment) == rows
            assert state(story, later - timedelta(seconds=1)) == rows


@settings(max_examples=15)
@given(nights)
def test_reports_as_of_a_moment_say_what_they_said_then(module_store: Store, drawn: list[Night]) -> None:
    with told(module_store) as story:
        seen = {moment: reports(story, Filters()) for moment in life(story, drawn)}
        for moment, said in seen.items():
            assert reports(story, Filters(as_of=moment)) == said


def reports(story: Told, filters: Filters) -> Seen:
    with story.store.read() as connection:
        listed = gaps(connection, filters)
        return set(cells(connection, filters)), set(coverage(connection, filters)), set(listed.rows)


def test_a_night_without_changes_writes_nothing_but_its_run(story: Told) -> None:
    story.night()
    with story.store.read() as connection:
        before = connection.scalar(select(func.count()).select_from(edition))
    story.night()
    with story.store.read() as connection:
        assert connection.scalar(select(func.count()).select_from(edition)) == before == 1
        assert connection.scalar(select(func.count()).select_from(cell_past)) == 0


def test_a_state_before_the_first_one_is_refused_with_its_date(story: Told) -> None:
    story.night()
    with story.store.read() as connection, pytest.raises(NotFound) as caught:
        cells(connection, Filters(as_of=FIRST - timedelta(seconds=1)))
    assert caught.value.code == "history_begins"
    assert caught.value.params["first"] == f"{FIRST.astimezone():%Y-%m-%d %H:%M}"


def test_of_a_database_whose_past_was_not_kept_the_newest_state_is_the_first_known(story: Told) -> None:
    story.night()
    story.states[PLACES[0], "10110"] = State(rank=3)
    story.night()
    with story.store.write() as connection:  # as the migration leaves a database of before
        connection.execute(cell_past.delete())
        connection.execute(update(edition).values(rules="", matcher="", reference=0))
    rows = story.rows()
    first, second = story.moments
    with story.store.read() as connection, pytest.raises(NotFound) as caught:
        edition_at(connection, first)
    assert caught.value.code == "history_begins"
    assert caught.value.params["first"] == f"{second.astimezone():%Y-%m-%d %H:%M}"
    assert state(story, second) == rows
    story.states[PLACES[0], "10110"] = State()
    story.night()
    assert state(story, second) == rows


def test_a_clock_that_was_set_back_never_shows_two_states_at_once(story: Told) -> None:
    story.night()
    story.states[PLACES[0], "10110"] = State(rank=3)
    story.night(hours=48)
    story.states[PLACES[0], "10110"] = State(rank=1)
    story.night(hours=-24)
    newest = story.rows()
    for moment in story.moments[1:]:
        assert state(story, moment) == newest


def test_areas_that_left_are_there_again_as_of_a_moment_they_were_in(story: Told) -> None:
    story.night()
    before = story.moment
    story.night(PLACES[1:])
    with story.store.read() as connection:
        now = {row.ars for row in coverage(connection)}
        then = {row.ars for row in coverage(connection, Filters(as_of=before))}
        alone = cells(connection, Filters(areas=(BOTTROP,), as_of=before))
        with pytest.raises(NotFound) as caught:
            cells(connection, Filters(areas=(BOTTROP,)))
    assert then - now == {BOTTROP}
    assert len(alone) == 3
    assert caught.value.code == "area_outside_region"


def test_signals_and_maturity_are_left_out_of_the_past(story: Told) -> None:
    story.night()
    with story.store.read() as connection:
        rows = cells(connection, Filters(as_of=story.moment))
    assert {(row.signals, row.maturity, row.maturity_rules) for row in rows} == {(None, None, "")}


def test_who_leaves_because_it_was_abolished_leaves_by_reform_and_its_neighbour_joins_by_it(
    story: Told,
) -> None:
    with story.store.write() as connection:
        values = {"id": 9, "level": "kreis", "ars": "055620000000", "ags": "", "name": "K", "type": "Kreis"}
        values |= {"plz": "", "kreisfrei": False, "municipal_status": "", "release_id": 1}
        connection.execute(insert(tables.area).values(values))
        connection.execute(update(tables.area).where(tables.area.c.id < 9).values(parent_id=9))
    story.night(PLACES[:2])
    with story.store.write() as connection:
        gone = tables.area.c.id == PLACES[0]
        connection.execute(update(tables.area).where(gone).values(abolished_on="2026-01-01"))
    assert causes(story, story.night(PLACES[1:])) == {"reform"}


def test_an_area_joins_by_the_region_file_unless_it_is_the_first_night(story: Told) -> None:
    assert causes(story, story.night(PLACES[:2])) == {"first_verdict"}
    assert causes(story, story.night(PLACES)) == {"region"}
    assert causes(story, story.night(PLACES[1:])) == {"region"}


def test_services_come_and_go_with_the_reference_tables(story: Told) -> None:
    story.services = ("10110",)
    story.night(cause="reference")
    story.services = ("10110", "10124")
    assert causes(story, story.night(cause="reference")) == {"reference"}
    story.services = ("10110",)
    assert causes(story, story.night(cause="reference")) == {"reference"}


def test_other_rules_compute_all_cells_again_and_are_the_cause(
    story: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.night()
    story.states[PLACES[0], "10110"] = State(rank=3)
    before = history.RULES
    monkeypatch.setattr(history, "RULES", "other")
    with story.store.write() as connection:
        connection.execute(tables.area_due.delete())
    run_id = story.night(cause="rules")
    assert causes(story, run_id) == {"rules"}
    assert [one.definitions.rules for one in known(story)] == [before, "other"]


def test_other_definitions_are_noted_even_if_they_move_no_cell(story: Told) -> None:
    story.night()
    add_source(story.store, matched_by="title/9")
    story.night()
    assert [one.definitions.matcher for one in known(story)] == ["", "title/9"]


def known(story: Told) -> Sequence[Edition]:
    with story.store.read() as connection:
        return editions(connection)


def test_what_an_accepted_delivery_moved_says_that_somebody_released_it(story: Told) -> None:
    source = add_source(story.store)
    story.states[PLACES[0], "10110"] = State(rank=3, source=source)
    story.night()
    story.states[PLACES[0], "10110"] = State(source=source)
    assert causes(story, story.night(source=source, accepted=True)) == {"source_released"}


def test_a_delivery_accepted_in_a_run_that_broke_off_is_told_by_the_next_one(story: Told) -> None:
    source = add_source(story.store)
    story.states[PLACES[0], "10110"] = State(rank=3, source=source)
    story.night()
    with story.store.write() as connection:  # applied in that run, but no cell was computed after it
        write_source_run(connection, source, story.run_id, accepted=True)
    story.states[PLACES[0], "10110"] = State(source=source)
    assert causes(story, story.night(source=source)) == {"source_released"}
    story.states[PLACES[0], "10110"] = State(rank=3, source=source)
    assert causes(story, story.night(source=source, accepted=False)) == {"offer_changed"}
