"""One sync at a time: the lock names its holder and dies with it."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest
from sqlalchemy import text

from catalogue.errors import StoreError
from catalogue.store import open_store
from sync.lock import LockHeld, only_one
from sync.run import refresh
from tests.sync.fakes import offer
from tests.sync.miniature import BOTTROP
from tests.sync.scenario import SQLITE, Scenario
from tests.sync.second import second_process

POSTGRESQL = pytest.mark.parametrize("scenario", ["postgresql"], indirect=True)


def test_a_second_process_is_refused_with_the_name_of_the_first_and_takes_over_when_that_dies(
    scenario: Scenario,
) -> None:
    scenario.add_fake("stadt", offer(BOTTROP, "99001009004000"))
    with second_process("hold", scenario.store) as holder:
        before = scenario.dump()

        with pytest.raises(LockHeld) as caught:
            scenario.sync()
        with pytest.raises(LockHeld):
            scenario.sync(dry_run=True)
        with pytest.raises(LockHeld):
            refresh(scenario.store)

        assert caught.value.host == platform.node()
        assert caught.value.pid == holder.pid
        assert caught.value.started_at == "2025-03-01T02:00:00+00:00"
        assert scenario.dump() == before
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


def test_the_lock_is_not_shared_within_a_process_either(scenario: Scenario) -> None:
    other = open_store(scenario.store.engine.url.render_as_string(hide_password=False))
    with only_one(scenario.store), pytest.raises(LockHeld), only_one(other):
        pass
    other.close()


@SQLITE
def test_a_holder_that_has_not_begun_its_run_has_no_name_yet(scenario: Scenario) -> None:
    with only_one(scenario.store), pytest.raises(LockHeld) as caught, only_one(scenario.store):
        pass

    assert (caught.value.host, caught.value.pid, caught.value.started_at) == ("?", 0, "?")


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
