"""The keeper of a timetable and its rows in the database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from catalogue import tables
from catalogue.errors import StoreError
from catalogue.store import Store
from sync.lock import only_one
from sync.night import NightReport, StepOutcome
from sync.region import RegionError, RegionFileError
from sync.schedule import book
from sync.schedule.clock import written
from sync.schedule.jobs import Job, Timetable
from sync.schedule.keeper import REST, Keeper, Tools
from sync.schedule.unkept import Unkept
from tests.sync.schedule.world import timetable, utc

DUE = datetime.fromisoformat("2026-11-21T02:30")


@dataclass
class Told:
    """Keeps what a keeper says."""

    lines: list[tuple[str, str]] = field(default_factory=list)

    def planned(self, job: str, due: datetime) -> None:
        self.lines.append(("planned", written(due)))

    def missed(self, job: str, due: datetime) -> None:
        self.lines.append(("missed", written(due)))

    def broken_off(self, job: str, due_at: str) -> None:
        self.lines.append(("broken_off", due_at))

    def began(self, job: str, due: datetime, attempt: int) -> None:
        self.lines.append((f"began {attempt}", written(due)))

    def ended(self, job: str, due: datetime, exit_code: int) -> None:
        self.lines.append((f"ended {exit_code}", written(due)))

    def not_begun(self, job: str, due: datetime, exit_code: int) -> None:
        self.lines.append((f"not begun {exit_code}", written(due)))

    def troubled(self, error: RegionFileError | StoreError) -> None:
        self.lines.append(("troubled", type(error).__name__))


@dataclass
class Machine:
    """One process with a keeper, and what its jobs do."""

    store: Store
    plan: Timetable = field(default_factory=lambda: timetable("30 2 * * *"))
    now: datetime = field(default_factory=lambda: utc("2026-11-20T20:00"))
    job: Callable[[str, datetime], int] | None = None
    told: Told = field(default_factory=Told)
    away: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.unkept = Unkept(lambda job, due, error: self.away.append(f"{job} {written(due)} {error.code}"))
        tools = Tools(lambda: self.plan, self._begin, self.told, lambda: self.now, self.unkept)
        self.keeper = Keeper(self.store, tools, self.plan)

    def _begin(self, job: str, due: datetime) -> int:
        return self.job(job, due) if self.job else self.do(job, due)

    def do(self, job: str, due: datetime) -> int:
        """Do a job as the command does it: claim it under the lock, and write its end."""
        at = self.now.isoformat()
        with only_one(self.store, "night"), self.store.write() as connection:
            before = book.claim(connection, job, written(due), self.now)
            if before is not None:
                return before.exit_code or 0
            report = NightReport(job, written(due), at, at, None, (StepOutcome("sync", "ok"),))
            book.finish(connection, report, "ok", 0)
        return 0

    def look(self, at: str = "") -> None:
        self.now = utc(at) if at else self.now
        self.keeper.look()


def rows(store: Store) -> list[tuple[str, str, str, int]]:
    columns = tables.night.c
    query = select(columns.job, columns.due_at, columns.state, columns.tries).order_by(columns.due_at)
    with store.read() as connection:
        return [(row.job, row.due_at, row.state, row.tries) for row in connection.execute(query)]


def test_what_is_due_is_begun_once_and_the_next_moment_is_noted(store: Store) -> None:
    machine = Machine(store)
    for at in ("2026-11-20T20:00", "2026-11-21T01:29", "2026-11-21T01:30", "2026-11-21T01:31"):
        machine.look(at)
    assert rows(store) == [("nightly", "2026-11-21T02:30", "ok", 1)]
    assert machine.told.lines == [
        ("planned", "2026-11-21T02:30"),
        ("began 1", "2026-11-21T02:30"),
        ("ended 0", "2026-11-21T02:30"),
        ("planned", "2026-11-22T02:30"),
    ]
    with store.read() as connection:
        assert book.appointments(connection) == {"nightly": datetime.fromisoformat("2026-11-22T02:30")}


def test_a_process_that_starts_late_finds_what_another_one_had_noted(store: Store) -> None:
    Machine(store).look()
    late = Machine(store)
    late.look("2026-11-21T07:00")
    assert rows(store) == [("nightly", "2026-11-21T02:30", "ok", 1)]


def test_a_moment_that_was_missed_is_told_and_kept(store: Store) -> None:
    machine = Machine(store)
    machine.look()
    machine.look("2026-11-21T09:00")
    assert rows(store) == [("nightly", "2026-11-21T02:30", "missed", 0)]
    assert ("missed", "2026-11-21T02:30") in machine.told.lines


def test_of_two_schedules_on_one_database_one_begins_and_the_other_looks_on(store: Store) -> None:
    first, second = Machine(store), Machine(store)
    first.look()
    second.look()

    def at_the_same_time(job: str, due: datetime) -> int:
        with only_one(store, "night"):
            with store.write() as connection:
                assert book.claim(connection, job, written(due), first.now) is None
            second.look("2026-11-21T01:30")
        with store.write() as connection:
            at = first.now.isoformat()
            book.finish(connection, NightReport(job, written(due), at, at, None, ()), "ok", 0)
        return 0

    first.job = at_the_same_time
    first.look("2026-11-21T01:30")
    second.look("2026-11-21T01:31")
    assert rows(store) == [("nightly", "2026-11-21T02:30", "ok", 1)]
    assert [line for line in second.told.lines if line[0].startswith("began")] == []


def test_a_job_that_both_schedules_begin_at_the_same_instant_is_done_once(store: Store) -> None:
    """The second process finds the first one's row when it has the lock."""
    first, second = Machine(store), Machine(store)
    first.look()
    second.look()

    def overtaken(job: str, due: datetime) -> int:
        second.look("2026-11-21T01:30")
        return first.do(job, due)

    first.job = overtaken
    first.look("2026-11-21T01:30")
    assert rows(store) == [("nightly", "2026-11-21T02:30", "ok", 1)]


def test_what_a_dead_process_left_is_closed_and_begun_again(store: Store) -> None:
    machine = Machine(store)
    machine.look()

    def dies(job: str, due: datetime) -> int:
        with store.write() as connection:
            book.claim(connection, job, written(due), machine.now)
        machine.job = None  # the next process lives
        return -9

    machine.job = dies
    machine.look("2026-11-21T01:30")
    assert rows(store) == [("nightly", "2026-11-21T02:30", "ok", 2)]
    assert ("broken_off", "2026-11-21T02:30") in machine.told.lines


def test_a_job_that_cannot_be_begun_rests_for_some_looks(store: Store) -> None:
    machine = Machine(store, job=lambda job, due: 75)
    machine.look()
    machine.now = utc("2026-11-21T01:30")
    for _ in range(REST):
        machine.look()
    assert machine.told.lines.count(("not begun 75", "2026-11-21T02:30")) == 1
    machine.job = None
    machine.look()
    assert rows(store) == [("nightly", "2026-11-21T02:30", "ok", 1)]


def test_jobs_that_are_due_at_once_are_done_one_after_the_other(store: Store) -> None:
    plan = timetable("30 2 * * *")
    both = (Job("noon", plan.jobs[0].cron, ("sync",)), *plan.jobs)
    running: list[str] = []

    def alone(job: str, due: datetime) -> int:
        assert not running
        running.append(job)
        machine.do(job, due)
        running.clear()
        return 0

    machine = Machine(store, Timetable(both, plan.zone, plan.grace, timedelta(), ""), job=alone)
    machine.look()
    machine.look("2026-11-21T01:30")
    assert [row[:3] for row in rows(store)] == [
        ("nightly", "2026-11-21T02:30", "ok"),
        ("noon", "2026-11-21T02:30", "ok"),
    ]


def test_a_mistake_in_the_region_file_is_told_once_and_the_old_timetable_holds(
    store: Store, tmp_path: Path
) -> None:
    machine = Machine(store)
    machine.look()

    def wrong() -> Timetable:
        raise RegionFileError(tmp_path, [RegionError(1, "nightly", "schedule_cron_fields", {})])

    machine.keeper._tools = replace(machine.keeper._tools, read=wrong)
    machine.look("2026-11-21T01:00")
    machine.look("2026-11-21T01:30")
    assert machine.told.lines.count(("troubled", "RegionFileError")) == 1
    assert rows(store) == [("nightly", "2026-11-21T02:30", "ok", 1)]


def unreachable(*_: object) -> None:
    raise StoreError("database_unreachable", database="x", why="x")


def test_a_database_that_is_away_is_told_once_and_looked_at_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(store)
    machine.look()

    with monkeypatch.context() as patch:
        patch.setattr(book, "running", unreachable)
        machine.look("2026-11-21T01:30")
        machine.look("2026-11-21T01:31")
    assert machine.told.lines.count(("troubled", "StoreError")) == 1
    machine.look("2026-11-21T01:32")
    assert rows(store) == [("nightly", "2026-11-21T02:30", "ok", 1)]


def test_each_moment_that_comes_while_the_database_is_away_is_told_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(store)
    machine.look()
    monkeypatch.setattr(book, "running", unreachable)
    for at in (
        "21T01:29",
        "21T01:30",
        "21T01:31",
        "21T12:00",
        "22T01:29",
        "22T01:30",
        "22T07:30",
        "22T07:31",
    ):
        machine.look(f"2026-11-{at}")
    assert machine.away == [f"nightly 2026-11-{day}T02:30 database_unreachable" for day in (21, 22)]


def test_a_moment_that_a_machine_slept_through_while_the_database_was_away_is_told(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(store)
    machine.look()
    monkeypatch.setattr(book, "running", unreachable)
    machine.look("2026-11-21T12:00")
    machine.look("2026-11-21T12:01")
    assert machine.away == ["nightly 2026-11-21T02:30 database_unreachable"]


def test_a_database_that_goes_after_the_night_is_no_night_that_did_not_happen(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(store)
    machine.look()

    def last(job: str, due: datetime) -> int:
        machine.do(job, due)
        monkeypatch.setattr(book, "standing", unreachable)
        monkeypatch.setattr(book, "running", unreachable)
        return 0

    machine.job = last
    machine.look("2026-11-21T01:30")
    machine.look("2026-11-21T01:31")
    assert machine.told.lines[-1] == ("troubled", "StoreError")
    assert machine.away == []


def test_a_broken_region_file_and_a_database_that_is_away_are_told_once_each(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(store)
    machine.look()

    def wrong() -> Timetable:
        raise RegionFileError(tmp_path, [RegionError(1, "nightly", "schedule_cron_fields", {})])

    machine.keeper._tools = replace(machine.keeper._tools, read=wrong)
    monkeypatch.setattr(book, "running", unreachable)
    for minute in range(3):
        machine.look(f"2026-11-21T01:0{minute}")
    assert machine.told.lines[1:] == [("troubled", "RegionFileError"), ("troubled", "StoreError")]


def test_a_moment_that_the_region_file_cost_is_tried_again_while_there_is_time(store: Store) -> None:
    machine = Machine(store)
    machine.look()

    def unreadable(job: str, due: datetime) -> int:
        with only_one(store, "night"), store.write() as connection:
            why = StepOutcome("region_file", "failed", "night_not_begun")
            book.note_not_begun(connection, job, written(due), why, 2, machine.now)
        return 2

    machine.job = unreadable
    machine.look("2026-11-21T01:30")
    assert rows(store) == [("nightly", "2026-11-21T02:30", "failed", 0)]
    machine.job = None
    for _ in range(REST):
        machine.look("2026-11-21T01:32")
    assert rows(store) == [("nightly", "2026-11-21T02:30", "ok", 1)]


def test_a_moment_that_the_region_file_cost_for_good_is_missed_and_keeps_its_reason(store: Store) -> None:
    machine = Machine(store)
    machine.look()
    with store.write() as connection:
        why = StepOutcome("region_file", "failed", "night_not_begun")
        book.note_not_begun(connection, "nightly", "2026-11-21T02:30", why, 2, machine.now)
    machine.look("2026-11-21T09:00")
    assert ("missed", "2026-11-21T02:30") in machine.told.lines
    assert rows(store) == [("nightly", "2026-11-21T02:30", "failed", 0)]
