"""A database that goes away, or is busy, in the middle of a run."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, text

import catalogue.store
import sync.judging
import sync.run
from catalogue.errors import StoreError
from catalogue.store import Store, open_store
from sync.report import RunReport
from tests.conftest import LEFT_OUT
from tests.databases import Databases
from tests.sync.fakes import offer
from tests.sync.miniature import BOTTROP, GLADBECK, KREIS, import_miniature
from tests.sync.scenario import SQLITE, Scenario

WASTE, DOGS = "99001009004000", "99102013104000"
LISTS = {
    "first": f"{BOTTROP};{WASTE};online;https://first.example/",
    "second": f"{GLADBECK};{DOGS};online;https://second.example/",
    "third": f"{KREIS};{WASTE};online;https://third.example/",
}
POSTGRESQL = pytest.mark.parametrize("scenario", ["postgresql"], indirect=True)


def configure(scenario: Scenario) -> None:
    for name, row in LISTS.items():
        # A line for an area that nobody knows: what is irregular must not be counted twice either.
        scenario.add_list(name, row, f"999999999999;{WASTE};online;https://nowhere.example/")


def told(report: RunReport) -> dict[str, tuple[str, str]]:
    return {outcome.source: (outcome.state, outcome.message) for outcome in report.sources}


@contextmanager
def losing(scenario: Scenario, times: int, act: Callable[[], object] | None = None) -> Iterator[None]:
    """End the connections while the second source is applied, so many times."""
    usual, left = sync.judging.record_outcome, [times]

    def dropping(connection: Connection, run_id: int, source_id: int, outcome: object, *rest: object) -> None:
        usual(connection, run_id, source_id, outcome, *rest)  # type: ignore[arg-type]
        if outcome.source == "second" and left[0]:  # type: ignore[attr-defined]
            left[0] -= 1
            (act or scenario.drop_connections)()
            connection.execute(text("SELECT 1"))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sync.judging, "record_outcome", dropping)
        yield


def admit_connections(scenario: Scenario, admitted: bool) -> None:
    """Let the server end and refuse connections to the database, or accept them again."""
    url = scenario.store.engine.url
    server = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS {admitted}'))
        if not admitted:
            ends = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")
            connection.execute(ends, {"name": url.database})
    server.dispose()


@POSTGRESQL
def test_a_source_whose_connection_breaks_is_applied_on_a_new_one(scenario: Scenario) -> None:
    configure(scenario)
    with losing(scenario, 1):
        report = scenario.sync()

    assert told(report) == dict.fromkeys(LISTS, ("ok", ""))
    assert [outcome.counts.new for outcome in report.sources] == [2, 2, 2]
    unknown = [outcome.summary.issues["notice", "area_unknown"][0] for outcome in report.sources]
    assert unknown == [1, 1, 1]
    assert len(scenario.rows("source_run")) == len(LISTS)
    assert scenario.cell(GLADBECK, "10120").status == "online"


@POSTGRESQL
def test_a_source_whose_connection_breaks_twice_fails_and_the_others_go_on(scenario: Scenario) -> None:
    configure(scenario)
    with losing(scenario, 2):
        report = scenario.sync()

    assert told(report) == {"first": ("ok", ""), "second": ("failed", "database_lost"), "third": ("ok", "")}
    assert (report.exit_code, [run.state for run in scenario.rows("run")]) == (3, ["partial"])
    assert scenario.source("second").state == "failed"
    assert told(scenario.sync())["second"] == ("ok", "")


@pytest.mark.faults
def test_a_server_that_restarts_while_a_source_is_applied_costs_one_more_attempt(tmp_path: Path) -> None:
    folder = Path(tempfile.mkdtemp(prefix="lueckenlos-test-"))
    folder.chmod(0o755)  # the account that runs the server must be able to pass
    databases = Databases(folder)
    try:
        if not databases.server.binaries:
            pytest.skip(LEFT_OUT)
        with databases.postgresql(reference=False) as url:
            store = open_store(url)
            import_miniature(store)
            (tmp_path / "region").mkdir()
            scenario = Scenario(store, tmp_path / "region")
            configure(scenario)
            with losing(scenario, 1, databases.restart):
                report = scenario.sync()
            assert told(report) == dict.fromkeys(LISTS, ("ok", ""))
            assert [run.state for run in scenario.rows("run")] == ["ok"]
            store.close()
    finally:
        databases.close()


@POSTGRESQL
def test_a_connection_that_breaks_when_all_is_kept_already_applies_nothing_twice(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can tell from outside whether a commit arrived whose answer did not."""
    configure(scenario)
    usual, broken = sync.run.write_with_stage, []

    @contextmanager
    def breaking(store: Store, *paths: Path, keep: bool = True) -> Iterator[Connection]:
        opened: AbstractContextManager[Connection] = usual(store, *paths, keep=keep)
        with opened as connection:
            yield connection
        if not broken:
            broken.append(True)
            raise StoreError("database_unreachable", database="?")

    monkeypatch.setattr(sync.run, "write_with_stage", breaking)
    report = scenario.sync()

    assert broken
    assert told(report) == dict.fromkeys(LISTS, ("ok", ""))
    assert [outcome.counts.new for outcome in report.sources] == [2, 2, 2]
    assert len(scenario.rows("source_run")) == len(LISTS)


@POSTGRESQL
def test_a_database_that_stays_away_ends_the_run_and_the_next_one_closes_it(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(scenario)
    monkeypatch.setattr(sync.run, "RETURN_SECONDS", 0.05)
    monkeypatch.setattr(sync.run, "LOOK_SECONDS", 0.01)

    try:
        with (
            losing(scenario, 1, lambda: admit_connections(scenario, False)),
            pytest.raises(StoreError) as caught,
        ):
            scenario.sync()
    finally:
        admit_connections(scenario, True)
    assert caught.value.code == "database_unreachable"
    assert [run.state for run in scenario.rows("run")] == ["running"]
    report = scenario.sync()
    assert {one: state for one, (state, _) in told(report).items()} == {
        "first": "unchanged",
        "second": "ok",
        "third": "ok",
    }
    assert [run.state for run in scenario.rows("run")] == ["aborted", "ok"]


@POSTGRESQL
def test_cells_are_computed_on_a_new_connection_if_one_breaks(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(scenario)
    usual, dropped = sync.run.recompute, []

    def dropping(connection: Connection, *rest: object) -> object:
        done = usual(connection, *rest)  # type: ignore[arg-type]
        if not dropped:
            dropped.append(True)
            scenario.drop_connections()
            connection.execute(text("SELECT 1"))
        return done

    monkeypatch.setattr(sync.run, "recompute", dropping)
    report = scenario.sync()

    assert dropped
    assert (report.state, report.cells_new) == ("ok", len(scenario.rows("cell")))


# --- busy ----------------------------------------------------------------------------------------


@contextmanager
def writing(scenario: Scenario) -> Iterator[threading.Event]:
    """Let another program write to a SQLite database until the event is set."""
    begun, leave = threading.Event(), threading.Event()

    def hold() -> None:
        other = open_store(scenario.store.engine.url.render_as_string(hide_password=False))
        with other.write() as connection:
            connection.execute(text("DELETE FROM issue WHERE id < 0"))
            begun.set()
            leave.wait(60)
        other.close()

    thread = threading.Thread(target=hold)
    thread.start()
    assert begun.wait(60)
    try:
        yield leave
    finally:
        leave.set()
        thread.join()


@SQLITE
def test_a_database_that_is_locked_for_a_while_is_waited_for_and_readers_are_not_blocked(
    scenario: Scenario,
) -> None:
    scenario.add_fake("stadt", offer(BOTTROP, WASTE))
    reports: list[RunReport] = []
    with writing(scenario) as leave:
        thread = threading.Thread(target=lambda: reports.append(scenario.sync()))
        thread.start()
        begun = time.monotonic()
        while time.monotonic() - begun < 3:  # the promise is about three seconds
            assert scenario.rows("run") == []
        leave.set()
        thread.join()

    assert [report.state for report in reports] == ["ok"]


@SQLITE
def test_a_database_that_stays_locked_fails_after_its_time_and_nothing_is_changed(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert catalogue.store.BUSY_TIMEOUT_SECONDS == 30
    monkeypatch.setattr(catalogue.store, "BUSY_TIMEOUT_SECONDS", 0.2)
    scenario.add_fake("stadt", offer(BOTTROP, WASTE))
    scenario.store.close()
    scenario.store = open_store(scenario.store.engine.url.render_as_string(hide_password=False))
    with writing(scenario):
        begun = time.monotonic()
        with pytest.raises(StoreError) as caught:
            scenario.sync()
        assert time.monotonic() - begun >= 0.2
    assert caught.value.code == "database_locked"
    assert scenario.rows("run") == scenario.rows("offering") == []
    assert scenario.sync().state == "ok"
    scenario.store.close()
