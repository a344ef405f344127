"""Time limits: of a source, and of a whole run. Nobody waits for what never comes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest

import sync.reading
import sync.run
from connectors.contract import SourceSettings
from sync.judging import Judge
from sync.prepare import Prepared
from sync.reading import SOURCES_AT_ONCE, Reading
from sync.report import RunReport, SourceOutcome
from sync.run import Options, Silent
from tests.sync.fakes import FakeSettings, Script, offer
from tests.sync.miniature import BOTTROP, GLADBECK
from tests.sync.scenario import DELIVERED, SQLITE, Scenario

WASTE, DOGS = "99001009004000", "99102013104000"


@pytest.fixture(autouse=True)
def short_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a minute last so long that a source of these tests is read in it, and not much longer."""
    monkeypatch.setattr(sync.reading, "MINUTE", 1.0)
    monkeypatch.setattr(sync.reading, "LAST_PATIENCE", 0.01)


@contextmanager
def stuck(script: Script) -> Iterator[threading.Event]:
    """Let a source hang in a call that looks at nothing; give an event that tells when it came out of it."""
    leave, left = threading.Event(), threading.Event()

    def hang() -> None:
        leave.wait(60)
        left.set()

    script.acquiring = hang
    try:
        yield left
    finally:
        leave.set()
        assert left.wait(60)


def run(scenario: Scenario, time_limit: float | None = None) -> RunReport:
    options = Options(executor="inline", now=lambda: scenario.moment, time_limit=time_limit)
    return sync.run.sync(scenario.store, scenario.region(), options, scenario.progress)


def told(report: RunReport) -> dict[str, tuple[str, str]]:
    return {outcome.source: (outcome.state, outcome.message) for outcome in report.sources}


def test_a_source_that_takes_too_long_is_stopped_and_the_others_are_not(scenario: Scenario) -> None:
    slow = scenario.add_fake("slow", offer(BOTTROP, WASTE), settings="time_limit_minutes = 1")
    scenario.add_fake("quick", offer(GLADBECK, DOGS))
    slow.acquiring = lambda: slow.assignment.pause(60)

    report = run(scenario)

    assert told(report) == {"slow": ("failed", "source_time_limit"), "quick": ("ok", "")}
    assert report.sources[0].params == {"minutes": 1}
    assert report.exit_code == 3
    assert scenario.cell(GLADBECK, "10120").status == "online"
    assert scenario.source("slow").state == "failed"


def test_a_source_stuck_in_a_call_is_left_behind_and_what_it_brings_late_is_never_applied(
    scenario: Scenario,
) -> None:
    script = scenario.add_fake("stuck", offer(BOTTROP, WASTE), settings="time_limit_minutes = 1")
    scenario.add_fake("quick", offer(GLADBECK, DOGS))
    with stuck(script) as left:
        report = run(scenario)
        assert told(report) == {"stuck": ("failed", "source_time_limit"), "quick": ("ok", "")}
        assert not left.is_set()
        known = scenario.dump(*DELIVERED, "cell", "source_run")

    assert scenario.dump(*DELIVERED, "cell", "source_run") == known
    assert scenario.cell(BOTTROP, "10110").status != "online"


def settings(number: int) -> SourceSettings:
    return FakeSettings(id=f"source-{number}", type="fake", time_limit_minutes=1)


def test_those_left_behind_take_no_place_from_others() -> None:
    leave = threading.Event()

    def read(one: SourceSettings, _stop: threading.Event) -> Prepared:
        if int(one.id.partition("-")[2]) < SOURCES_AT_ONCE:
            leave.wait(60)
        return Prepared(one, "read")

    reading = Reading([settings(number) for number in range(3 * SOURCES_AT_ONCE)], read)
    reading.start(None)
    try:
        found = [prepared for prepared, _ in reading.in_order(lambda: None)]
    finally:
        leave.set()
        reading.stop()

    assert [one.error is not None for one in found] == [
        number < SOURCES_AT_ONCE for number in range(len(found))
    ]
    assert all(one.digest == "read" for one in found[SOURCES_AT_ONCE:])


def test_whoever_ends_a_run_while_its_sources_are_begun_meets_no_other_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reading = Reading([settings(1), settings(2)], lambda one, _stop: Prepared(one))
    usual = threading.Thread.start

    def start(thread: threading.Thread) -> None:
        if thread.name == "source source-2":
            raise SystemExit(143)
        usual(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    with pytest.raises(SystemExit):
        reading.start(None)
    reading.stop()


def test_no_more_sources_are_read_at_once_than_there_are_places() -> None:
    lock, at_once, most = threading.Lock(), 0, 0
    full = threading.Event()

    def read(one: SourceSettings, _stop: threading.Event) -> Prepared:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
            if at_once == SOURCES_AT_ONCE:
                full.set()
        full.wait(60)
        with lock:
            at_once -= 1
        return Prepared(one)

    reading = Reading([settings(number) for number in range(3 * SOURCES_AT_ONCE)], read)
    reading.start(None)
    assert len(list(reading.in_order(lambda: None))) == 3 * SOURCES_AT_ONCE
    reading.stop()
    assert most == SOURCES_AT_ONCE


class Clock:
    """Shows how many seconds have passed; time goes by only where a test says so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds = 0.0
        monkeypatch.setattr(sync.reading, "monotonic", lambda: self.seconds)
        monkeypatch.setattr(sync.run, "monotonic", lambda: self.seconds)


def test_the_time_of_a_source_is_its_own_and_not_that_of_those_before_it(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, go_on, begun = Clock(monkeypatch), threading.Event(), scenario.moment
    for number in range(SOURCES_AT_ONCE - 1):
        slow = scenario.add_fake(f"slow{number}", offer(BOTTROP, WASTE), settings="time_limit_minutes = 60")
        slow.acquiring = lambda: go_on.wait(60)
    scenario.add_fake("quick", offer(GLADBECK, DOGS))
    last = scenario.add_fake("last", offer(GLADBECK, WASTE))

    def let_time_pass() -> None:  # it has its turn because the quick one was read
        clock.seconds += 100
        go_on.set()

    last.acquiring = let_time_pass
    usual = Judge.judge

    def slowly(*arguments: object) -> object:
        for thread in threading.enumerate():
            if thread.name.startswith("source "):
                thread.join(60)  # nobody is read any more when time goes by again
        clock.seconds += 5
        return usual(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Judge, "judge", slowly)
    options = Options(executor="inline", now=lambda: begun + timedelta(seconds=clock.seconds))
    report = sync.run.sync(scenario.store, scenario.region(), options, scenario.progress)

    own = {outcome.source: outcome.seconds for outcome in report.sources}
    assert (own["slow0"], own["slow6"], own["quick"], own["last"]) == (105, 105, 5, 105)
    written = [
        (datetime.fromisoformat(row.finished_at) - datetime.fromisoformat(row.started_at)).total_seconds()
        for row in scenario.rows("source_run")
    ]
    assert written == list(own.values())
    assert {row.started_at for row in scenario.rows("source_run")} == {begun.isoformat(timespec="seconds")}


@SQLITE
def test_a_source_read_in_time_is_applied_however_long_that_takes(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, area, key in (("first", BOTTROP, WASTE), ("second", GLADBECK, DOGS)):
        scenario.add_fake(name, offer(area, key), settings="time_limit_minutes = 2")
    usual = Judge.judge

    def slowly(*arguments: object) -> object:
        time.sleep(1.2)  # twice: longer than both limits
        return usual(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Judge, "judge", slowly)

    assert told(run(scenario)) == {"first": ("ok", ""), "second": ("ok", "")}


class Ending(Silent):
    """Lets the time of a run be over as soon as its first source is applied."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.readings: list[Reading] = []
        usual = Reading.start

        def start(reading: Reading, time_limit: float | None) -> None:
            self.readings.append(reading)
            usual(reading, time_limit)

        monkeypatch.setattr(Reading, "start", start)

    def source_done(self, outcome: SourceOutcome) -> None:
        self.readings[0].end(120.0)


def test_a_run_that_takes_too_long_keeps_what_is_applied_and_computes_its_cells(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario.add_fake("first", offer(BOTTROP, WASTE))
    second = scenario.add_fake("second", offer(GLADBECK, DOGS))
    scenario.progress = Ending(monkeypatch)
    with stuck(second):
        report = run(scenario, time_limit=120.0)

    assert told(report) == {"first": ("ok", ""), "second": ("failed", "run_time_limit")}
    assert report.sources[1].params == {"minutes": 120}
    assert report.state == "partial"
    assert scenario.cell(BOTTROP, "10110").status == "online"
    assert [row.state for row in scenario.rows("run")] == ["partial"]


@SQLITE
def test_what_is_read_but_not_applied_when_a_run_is_over_fails(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario.add_fake("first", offer(BOTTROP, WASTE))
    scenario.add_fake("second", offer(GLADBECK, DOGS))
    scenario.progress = Ending(monkeypatch)

    assert told(run(scenario, time_limit=120.0)) == {
        "first": ("ok", ""),
        "second": ("failed", "run_time_limit"),
    }


def test_the_time_of_a_run_ends_by_itself_and_nothing_more_begins() -> None:
    leave = threading.Event()

    def read(one: SourceSettings, _stop: threading.Event) -> Prepared:
        leave.wait(60)
        return Prepared(one)

    reading = Reading([settings(number) for number in range(2 * SOURCES_AT_ONCE)], read)
    reading.start(0.02)
    try:
        found = [prepared.error for prepared, _ in reading.in_order(lambda: None)]
    finally:
        leave.set()
        reading.stop()

    assert {error and error.code for error in found} == {"run_time_limit"}
