"""One sync at a time: the lock names its holder and dies with it."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from catalogue.errors import StoreError
from catalogue.store import open_store
from sync.lock import LockHeld, only_one
from sync.run import Options, refresh, sync
from tests.sync.fakes import offer
from tests.sync.miniature import BOTTROP
from tests.sync.scenario import SQLITE, Scenario
from tests.sync.second import second_process

#: What changes as long as a lock is held.
BEATING = frozenset({"lock_holder"})
POSTGRESQL = pytest.mark.parametrize("scenario", ["postgresql"], indirect=True)


def test_a_second_process_is_refused_with_the_name_of_the_first_and_takes_over_when_that_dies(
    scenario: Scenario,
) -> None:
    scenario.add_fake("stadt", offer(BOTTROP, "99001009004000"))
    with second_process("hold", scenario.store) as holder:
        before = scenario.dump(without=BEATING)

        with pytest.raises(LockHeld) as caught:
            scenario.sync()
        with pytest.raises(LockHeld):
            scenario.sync(dry_run=True)
        with pytest.raises(LockHeld):
            refresh(scenario.store)

        assert caught.value.host == platform.node()
        assert caught.value.pid == holder.pid
        assert caught.value.started_at == scenario.rows("lock_holder")[0].started_at
        assert scenario.dump(without=BEATING) == before
        holder.kill()
        holder.wait()

        assert scenario.sync().state == "ok"
    assert [run.state for run in scenario.rows("run")] == ["aborted", "ok"]


def test_the_lock_is_free_again_after_its_holder_ended_well_or_badly(scenario: Scenario) -> None:
    with only_one(scenario.store):
        pass
    with pytest.raises(ZeroDivisionError), only_one(scenario.store):
        raise ZeroDivisionError
    with only_one(scenario.store):
        pass


def test_a_lock_that_was_given_back_can_be_taken_at_once(scenario: Scenario) -> None:
    for _ in range(20):
        with only_one(scenario.store):
            pass


def test_the_lock_is_not_shared_within_a_process_either(scenario: Scenario) -> None:
    other = open_store(scenario.store.engine.url.render_as_string(hide_password=False))
    with only_one(scenario.store), pytest.raises(LockHeld), only_one(other):
        pass
    other.close()


def test_a_holder_has_a_name_before_it_begins_a_run(scenario: Scenario) -> None:
    with only_one(scenario.store), pytest.raises(LockHeld) as caught, only_one(scenario.store):
        pass

    assert (caught.value.host, caught.value.pid) == (platform.node(), os.getpid())


def test_the_holder_in_a_database_with_an_older_schema_has_no_name(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'empty.sqlite'}")
    with only_one(store), pytest.raises(LockHeld) as caught, only_one(store):
        pass
    store.close()

    assert (caught.value.host, caught.value.pid, caught.value.started_at) == ("?", 0, "?")


def test_locks_of_different_names_are_held_side_by_side(scenario: Scenario) -> None:
    scenario.add_fake("stadt", offer(BOTTROP, "99001009004000"))
    with only_one(scenario.store, "schedule"), only_one(scenario.store, "night"):
        with only_one(scenario.store, "links"):
            assert [row.what for row in scenario.rows("lock_holder")] == ["links", "night", "schedule"]
        assert scenario.sync().state == "ok"


def test_who_holds_the_lock_already_hands_it_over(scenario: Scenario) -> None:
    scenario.add_fake("stadt", offer(BOTTROP, "99001009004000"))
    options = Options(executor="inline", now=lambda: scenario.moment)

    with only_one(scenario.store) as hold:
        assert sync(scenario.store, scenario.region(), options, scenario.progress, hold).state == "ok"
        with pytest.raises(LockHeld):
            scenario.sync()


@SQLITE
def test_readers_are_not_locked_out(scenario: Scenario) -> None:
    with only_one(scenario.store), scenario.store.read() as connection:
        assert connection.scalar(text("SELECT count(*) FROM area")) == 7


@SQLITE
def test_a_link_to_the_database_has_the_same_lock(scenario: Scenario, tmp_path: Path) -> None:
    database = scenario.store.engine.url.database
    assert database is not None
    (tmp_path / "link.sqlite").symlink_to(database)
    linked = open_store(f"sqlite:///{tmp_path / 'link.sqlite'}")

    with only_one(scenario.store), pytest.raises(LockHeld), only_one(linked):
        pass
    linked.close()


@SQLITE
def test_a_lock_that_cannot_be_made_is_an_error_of_the_store(scenario: Scenario) -> None:
    Path(f"{scenario.store.engine.url.database}.lock").mkdir()

    with pytest.raises(StoreError) as caught, only_one(scenario.store):
        pass

    assert caught.value.code == "database_folder"


@pytest.mark.parametrize("statement", ["SET lock_timeout", "SELECT pg_try_advisory_lock"])
@POSTGRESQL
def test_a_connection_that_breaks_while_the_lock_is_taken_is_an_error_of_the_store(
    scenario: Scenario, statement: str
) -> None:
    def break_off(_connection: object, _cursor: object, said: str, *_: object) -> None:
        if said.startswith(statement):
            raise OperationalError(said, None, Exception("the connection is lost"))

    event.listen(scenario.store.engine, "before_cursor_execute", break_off)
    with pytest.raises(StoreError) as caught, only_one(scenario.store):
        pass
    assert caught.value.code == "database_unreachable"


def test_a_database_in_memory_needs_no_lock() -> None:
    store = open_store("sqlite://")
    with only_one(store), only_one(store):
        pass
    store.close()


@POSTGRESQL
def test_a_lost_connection_gives_the_lock_back_and_hides_no_error(scenario: Scenario) -> None:
    def lose_connection() -> None:
        with only_one(scenario.store):
            scenario.drop_connections()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        lose_connection()
    with only_one(scenario.store):
        pass
