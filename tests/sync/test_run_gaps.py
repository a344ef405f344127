"""Design rule 1 as properties: a source that breaks never makes a gap, and no order of events matters."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from catalogue.cells import recompute
from catalogue.due import note_due
from catalogue.records import Completeness, Offering
from catalogue.store import open_store
from catalogue.tables import region_area
from connectors.errors import RejectDelivery, RetryLater
from sync.record import start_run
from tests.sync.conftest import Miniatures
from tests.sync.fakes import EVERYTHING, FakeConnector, Script, offer
from tests.sync.miniature import BOTTROP, DORSTEN, GLADBECK, KREIS, LAND
from tests.sync.scenario import Scenario

REGION = [BOTTROP, GLADBECK, DORSTEN, KREIS]
BELOW = {
    LAND: [LAND, *REGION],
    KREIS: [KREIS, GLADBECK, DORSTEN],
    **{city: [city] for city in (BOTTROP, GLADBECK, DORSTEN)},
}
KEYS = ["99001009004000", "99001001002000", "99102013104000", "99057001001000", "99108001001000"]
#: A key that is under review for two services, and one that nobody knows.
DOUBTFUL = ["99001999001000", "99999999999999"]

Source = tuple[tuple[str, ...], bool, tuple[Offering, ...]]


@st.composite
def sources(draw: st.DrawFn) -> Source:
    """Draw a source: the areas it is about (all if empty), whether it speaks, and what it shows of any."""
    named = tuple(draw(st.lists(st.sampled_from(sorted(BELOW)), max_size=2, unique=True)))
    shown = st.builds(
        offer,
        st.sampled_from(BELOW[LAND]),
        st.sampled_from(KEYS + DOUBTFUL),
        st.sampled_from(["online", "form", "described", "absent"]),
    )
    return named, draw(st.booleans()), tuple(draw(st.lists(shown, max_size=6)))


def retry() -> object:
    raise RetryLater("http_status", status=500, url="https://a.example/")


def reject() -> object:
    raise RejectDelivery("xzufi_truncated", file="a.xml")


def break_off(script: Script, how: int) -> None:
    """Let a source go wrong in one of several ways."""
    if how == 0:
        script.end = None
    elif how == 1:
        script.acquiring = retry
    else:
        script.reading = reject


Fresh = Callable[[], AbstractContextManager[Scenario]]


@pytest.fixture(scope="session")
def fresh(miniatures: Miniatures) -> Fresh:
    """Give a maker of empty scenarios, many within one test."""

    @contextmanager
    def make() -> Iterator[Scenario]:
        folder = Path(tempfile.mkdtemp())
        (folder / "region").mkdir()
        store = open_store(miniatures.sqlite(folder))
        try:
            yield Scenario(store, folder / "region")
        finally:
            store.close()
            shutil.rmtree(folder)

    return make


def configure(scenario: Scenario, drawn: list[Source]) -> list[Script]:
    FakeConnector.scripts.clear()
    scenario.areas = REGION
    return [
        scenario.add_fake(f"source{number}", *shown, settings=settings_of(named, speaks))
        for number, (named, speaks, shown) in enumerate(drawn)
    ]


def settings_of(named: tuple[str, ...], speaks: bool) -> str:
    silence = "absence" if speaks else "nothing"
    return f"minimum = 0\nallowed_shrink = 1\nareas = {list(named)}\nsilence = '{silence}'"


@settings(max_examples=8)
@given(
    st.lists(st.tuples(sources(), st.none() | st.integers(0, 2)), min_size=1, max_size=4),
)
def test_a_first_run_with_broken_sources_has_no_gap_that_it_would_not_have_with_them(
    fresh: Fresh, drawn: list[tuple[Source, int | None]]
) -> None:
    with fresh() as scenario:
        configure(scenario, [source for source, _ in drawn])
        scenario.sync()
        gaps, cells = scenario.gaps(), scenario.cells()
    with fresh() as scenario:
        scripts = configure(scenario, [source for source, _ in drawn])
        for script, (_, how) in zip(scripts, drawn, strict=True):
            if how is not None:
                break_off(script, how)

        scenario.sync()

        assert scenario.gaps() <= gaps
        for key, cell in scenario.cells().items():
            if cell.status == "online":
                assert cells[key].status == "online"
        for script in scripts:
            script.end, script.acquiring, script.reading = EVERYTHING, None, None
        scenario.sync()
        assert scenario.cells() == cells


@settings(max_examples=8)
@given(st.lists(sources(), min_size=1, max_size=4), st.data())
def test_a_source_that_breaks_later_adds_no_gap_to_those_known(
    fresh: Fresh, drawn: list[Source], data: st.DataObject
) -> None:
    with fresh() as scenario:
        scripts = configure(scenario, drawn)
        scenario.sync()
        gaps, cells = scenario.gaps(), scenario.cells()
        for script in scripts:
            if data.draw(st.booleans()):
                break_off(script, data.draw(st.integers(0, 2)))

        scenario.sync()

        assert scenario.gaps() <= gaps
        for script in scripts:
            script.end, script.acquiring, script.reading = EVERYTHING, None, None
        scenario.sync()
        assert scenario.cells() == cells


STEPS = ("records", "break", "repair", "part", "remove", "settings", "trust", "area", "wait")


def take_step(scenario: Scenario, step: str, drawn: list[Source], data: st.DataObject) -> None:
    """Let something happen to a source or to the region."""
    number = data.draw(st.integers(0, len(drawn) - 1))
    name, script = f"source{number}", FakeConnector.scripts[f"source{number}"]
    named, speaks, shown = data.draw(sources())
    if step == "records":
        script.records = list(shown)
    elif step == "break":
        break_off(script, data.draw(st.integers(0, 2)))
    elif step == "repair":
        script.end, script.acquiring, script.reading = EVERYTHING, None, None
    elif step == "part":
        script.end = Completeness("part")
    elif step == "remove":
        scenario.sources.pop(name, None)
    elif step == "settings":
        scenario.sources[name] = f"type = 'fake'\n{settings_of(named, speaks)}"
    elif step == "trust":
        scenario.sources[name] = f"type = 'fake'\n{settings_of(named, speaks)}\ntrust = {number * 30}"
    elif step == "area":
        scenario.areas = data.draw(st.lists(st.sampled_from(REGION), min_size=1, unique=True))
    else:
        scenario.moment += timedelta(hours=60)


@settings(max_examples=8)
@given(
    st.lists(sources(), min_size=1, max_size=3),
    st.lists(st.sampled_from(STEPS), min_size=1, max_size=6),
    st.data(),
)
def test_what_is_computed_step_by_step_is_what_computing_everything_gives(
    fresh: Fresh, drawn: list[Source], steps: list[str], data: st.DataObject
) -> None:
    with fresh() as scenario:
        configure(scenario, drawn)
        scenario.sync()
        for step in steps:
            take_step(scenario, step, drawn, data)
            scenario.sync()
            with scenario.store.write(keep=False) as connection:
                run_id = start_run(connection, "", scenario.moment)
                note_due(connection, connection.scalars(select(region_area.c.area_id)).all(), "reference")
                done = recompute(connection, run_id, scenario.moment)
            assert (done.new, done.changed) == (0, 0), step
