"""Who holds a lock: the row that names it, beats, is left, inherited and, rarely, lost."""

from __future__ import annotations

import errno
import logging
import os
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from filelock import FileLock
from sqlalchemy import Connection, delete, text, update

import sync.lock
import sync.lock_places
from catalogue.lockholders import Holder, enter, find_holder, holders
from catalogue.tables import lock_holder
from sync.lock import LockHeld, LockLost, only_one
from sync.report import SourceOutcome
from sync.run import Silent
from tests.sync.fakes import offer
from tests.sync.miniature import BOTTROP, GLADBECK
from tests.sync.scenario import DELIVERED, SQLITE, Scenario
from tests.waiting import until

POSTGRESQL = pytest.mark.parametrize("scenario", ["postgresql"], indirect=True)
WASTE, DOGS = "99001009004000", "99102013104000"
#: A number that no process has: Linux gives none beyond 2²².
NO_PROCESS = 2**22 + 1


def holder(scenario: Scenario, what: str = "sync") -> Holder | None:
    with scenario.store.read() as connection:
        return find_holder(connection, what)


def leave_row(
    scenario: Scenario, host: str, *, pid: int = NO_PROCESS, age: timedelta = timedelta(0)
) -> Holder:
    """Leave the row of a holder whose last beat is some time ago."""
    at = (datetime.now(UTC) - age).isoformat(timespec="seconds")
    left = Holder("sync", host, pid, "2026-11-20T02:30:00+00:00", at, token="another")
    with scenario.store.write() as connection:
        enter(connection, left)
    return left


class Acting(Silent):
    """Does something as soon as the first source is done."""

    def __init__(self, act: Callable[[], object]) -> None:
        self.act: Callable[[], object] | None = act

    def source_done(self, outcome: SourceOutcome) -> None:
        if self.act is not None:
            act, self.act = self.act, None
            act()


def two_sources(scenario: Scenario) -> None:
    scenario.add_fake("first", offer(BOTTROP, WASTE))
    scenario.add_fake("second", offer(GLADBECK, DOGS))


def test_the_row_names_process_and_run_while_a_sync_runs_and_is_gone_afterwards(scenario: Scenario) -> None:
    two_sources(scenario)
    seen: list[Holder | None] = []
    scenario.progress = Acting(lambda: seen.append(holder(scenario)))

    report = scenario.sync()

    assert seen[0] is not None
    assert seen[0]._replace(started_at="", beat_at="", token="") == Holder(
        "sync", platform.node(), os.getpid(), "", "", report.run_id
    )
    assert seen[0].is_fresh(datetime.now(UTC))
    with scenario.store.read() as connection:
        assert holders(connection) == ()


def test_a_holder_beats_as_long_as_it_holds(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync.lock, "USUAL_BEAT_SECONDS", 0.01)
    with only_one(scenario.store):
        first = holder(scenario)
        until(lambda: holder(scenario) != first)


def test_a_holder_killed_on_this_machine_is_succeeded_at_once_and_the_log_says_so(
    scenario: Scenario, caplog: pytest.LogCaptureFixture
) -> None:
    leave_row(scenario, platform.node())

    with caplog.at_level(logging.WARNING, "sync.lock"), only_one(scenario.store):
        assert (now := holder(scenario)) is not None
        assert now.pid == os.getpid()

    assert f"taken over from process {NO_PROCESS} on {platform.node()}" in caplog.text


@POSTGRESQL
def test_on_a_server_a_row_without_its_lock_is_a_dead_ones_wherever_it_ran(scenario: Scenario) -> None:
    leave_row(scenario, "rathaus")

    with only_one(scenario.store):
        pass


@contextmanager
def session_with_lock(scenario: Scenario) -> Iterator[Connection]:
    """Give a session of the server that has the lock of a sync."""
    with scenario.store.engine.connect() as session:
        number = {"number": sync.lock_places.LOCK_NUMBERS["sync"]}
        assert session.scalar(text("SELECT pg_try_advisory_lock(:number)"), number)
        yield session


@POSTGRESQL
def test_a_holder_killed_just_now_is_succeeded_as_soon_as_the_server_has_noticed(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_row(scenario, platform.node())
    asked: list[int] = []
    with session_with_lock(scenario) as dying:

        def runs(pid: int) -> bool:
            if asked:
                dying.invalidate()  # the server notices while we look for the second time
            asked.append(pid)
            return False

        monkeypatch.setattr(sync.lock_places, "_runs", runs)
        with only_one(scenario.store):
            assert (now := holder(scenario)) is not None
            assert now.pid == os.getpid()
    assert set(asked) == {NO_PROCESS}
    assert len(asked) >= 2


@POSTGRESQL
def test_a_holder_that_lives_is_not_waited_for(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    leave_row(scenario, platform.node(), pid=os.getpid())
    monkeypatch.setattr(sync.lock_places, "DEATH_PATIENCE", 3600.0)

    with session_with_lock(scenario), pytest.raises(LockHeld) as caught, only_one(scenario.store):
        pass

    assert caught.value.pid == os.getpid()


@POSTGRESQL
def test_of_a_holder_on_another_machine_nobody_can_tell_that_it_died(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_row(scenario, "rathaus")
    monkeypatch.setattr(sync.lock_places, "DEATH_PATIENCE", 3600.0)

    with session_with_lock(scenario), pytest.raises(LockHeld) as caught, only_one(scenario.store):
        pass

    assert caught.value.host == "rathaus"


@POSTGRESQL
def test_a_lock_that_stays_taken_is_not_waited_for_for_long(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where somebody has just taken it and not yet written its name over that of the dead."""
    leave_row(scenario, platform.node())
    monkeypatch.setattr(sync.lock_places, "DEATH_PATIENCE", 0.1)

    with session_with_lock(scenario), pytest.raises(LockHeld), only_one(scenario.store):
        pass


@POSTGRESQL
def test_whoever_was_faster_is_named_while_we_wait_for_the_server(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_row(scenario, platform.node())
    monkeypatch.setattr(sync.lock_places, "DEATH_PATIENCE", 3600.0)
    usual = sync.lock_places._runs

    def runs(pid: int) -> bool:
        leave_row(scenario, platform.node(), pid=os.getpid())
        return usual(pid)

    monkeypatch.setattr(sync.lock_places, "_runs", runs)
    with session_with_lock(scenario), pytest.raises(LockHeld) as caught, only_one(scenario.store):
        pass

    assert caught.value.pid == os.getpid()


@SQLITE
@pytest.mark.parametrize("age", [timedelta(seconds=5), timedelta(seconds=-100)])
def test_a_holder_on_another_machine_with_a_fresh_beat_is_respected(
    scenario: Scenario, age: timedelta
) -> None:
    """Its lock on the file is granted by its own system and unknown to ours."""
    leave_row(scenario, "rathaus", pid=4711, age=age)

    with pytest.raises(LockHeld) as caught, only_one(scenario.store):
        pass

    assert (caught.value.host, caught.value.pid) == ("rathaus", 4711)
    assert caught.value.started_at == "2026-11-20T02:30:00+00:00"


@SQLITE
@pytest.mark.parametrize("age", [timedelta(hours=20), timedelta(hours=-2)], ids=["old", "from the future"])
def test_a_holder_on_another_machine_is_succeeded_when_it_has_not_stirred_for_a_lease(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch, age: timedelta
) -> None:
    monkeypatch.setattr(sync.lock, "LEASE", timedelta(seconds=0.05))
    monkeypatch.setattr(sync.lock, "LOOK_SECONDS", 0.01)
    leave_row(scenario, "rathaus", age=age)
    begun = time.monotonic()

    with only_one(scenario.store):
        assert time.monotonic() - begun >= 0.05


@SQLITE
def test_a_holder_whose_clock_is_wrong_is_respected_as_soon_as_it_stirs(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync.lock, "LOOK_SECONDS", 0.01)
    leave_row(scenario, "rathaus", age=timedelta(hours=2))
    usual = sync.lock_places.FilePlace.found
    looks: list[Holder | None] = []

    def found(place: sync.lock_places.FilePlace) -> Holder | None:
        if len(looks) == 2:
            leave_row(scenario, "rathaus", age=timedelta(hours=2, seconds=-15))
        looks.append(usual(place))
        return looks[-1]

    monkeypatch.setattr(sync.lock_places.FilePlace, "found", found)

    with pytest.raises(LockHeld), only_one(scenario.store):
        pass
    assert len(looks) == 3


@SQLITE
def test_where_the_file_system_has_no_locks_the_row_decides(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_locks(*_: object, **__: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(FileLock, "acquire", without_locks)
    with only_one(scenario.store), pytest.raises(LockHeld) as caught, only_one(scenario.store):
        pass
    assert caught.value.pid == os.getpid()

    leave_row(scenario, platform.node(), pid=NO_PROCESS)
    with only_one(scenario.store):
        pass


@SQLITE
def test_a_run_whose_lock_another_took_ends_with_nothing_half_applied(scenario: Scenario) -> None:
    """As where two machines share a file system without locks, and one of them slept for a lease."""
    two_sources(scenario)
    scenario.progress = Acting(lambda: leave_row(scenario, "rathaus", pid=4711))

    with pytest.raises(LockLost):
        scenario.sync()

    assert [scenario.source(name).state for name in ("first", "second")] == ["ok", "never"]
    assert len(scenario.rows("offering")) == 1
    assert [(run.state, bool(run.finished_at)) for run in scenario.rows("run")] == [("aborted", True)]
    assert (kept := holder(scenario)) is not None
    assert kept.host == "rathaus"


@SQLITE
def test_a_beat_that_finds_another_holder_ends_a_run_that_waits_for_a_source(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync.lock, "USUAL_BEAT_SECONDS", 0.01)
    two_sources(scenario)
    script = scenario.add_fake("third", offer(BOTTROP, DOGS))
    script.acquiring = lambda: script.assignment.pause(60)
    scenario.progress = Acting(lambda: leave_row(scenario, "rathaus", pid=4711))

    with pytest.raises(LockLost):
        scenario.sync()

    assert scenario.source("third").state == "never"


@SQLITE
def test_a_database_that_is_busy_for_long_costs_a_beat_but_not_the_lock(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync.lock_places, "BEAT_PATIENCE", 0.01)
    with only_one(scenario.store) as hold:
        with scenario.store.write() as connection:
            connection.execute(text("DELETE FROM issue"))
            hold.check()
        hold.check()


def test_a_row_that_vanished_is_a_lost_lock(scenario: Scenario) -> None:
    """Somebody had the lock meanwhile, did what there was to do, and left."""
    with only_one(scenario.store) as hold:
        with scenario.store.write() as connection:
            connection.execute(delete(lock_holder))
        with pytest.raises(LockLost):
            hold.check()
        with pytest.raises(LockLost):
            hold.require()


@POSTGRESQL
def test_a_broken_session_takes_its_lock_again_if_nobody_else_did(scenario: Scenario) -> None:
    two_sources(scenario)
    scenario.progress = Acting(scenario.drop_connections)

    assert scenario.sync().state == "ok"
    with only_one(scenario.store):
        pass


@POSTGRESQL
def test_a_run_whose_session_broke_ends_if_another_took_the_lock(scenario: Scenario) -> None:
    two_sources(scenario)

    def steal() -> None:
        scenario.drop_connections()
        thief.__enter__()

    thief = only_one(scenario.store)
    scenario.progress = Acting(steal)
    known: dict[str, list[tuple[object, ...]]] = {}
    try:
        with pytest.raises(LockLost):
            scenario.sync()
        known = scenario.dump(*DELIVERED)
        assert [scenario.source(name).state for name in ("first", "second")] == ["ok", "never"]
        assert [run.state for run in scenario.rows("run")] == ["aborted"]
        with pytest.raises(LockHeld):
            scenario.sync()
    finally:
        thief.__exit__(None, None, None)
    assert len(known["offering"]) == 1
    assert scenario.sync().state == "ok"


@POSTGRESQL
def test_a_table_that_is_being_changed_costs_a_beat_but_not_the_lock(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync.lock_places, "BEAT_PATIENCE", 0.01)
    with only_one(scenario.store) as hold, scenario.store.write() as connection:
        connection.execute(text("LOCK TABLE lock_holder IN ACCESS EXCLUSIVE MODE"))
        hold.check()
        hold.confirm(connection)


def test_only_the_holder_itself_removes_its_row(scenario: Scenario) -> None:
    with only_one(scenario.store):
        left = leave_row(scenario, "rathaus")
    with scenario.store.write() as connection:
        connection.execute(update(lock_holder).values(beat_at=left.beat_at))
    assert holder(scenario) == left
