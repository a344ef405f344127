"""Runs that break off: each source is wholly old or wholly new, and the next run finishes the work."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import event

import sync.judging
import sync.run
from catalogue.errors import StoreError
from sync.record import record_outcome
from sync.report import SourceOutcome
from sync.run import Silent, refresh
from tests.sync.fakes import offer
from tests.sync.miniature import BOTTROP, GLADBECK, KREIS
from tests.sync.scenario import DELIVERED, SQLITE, Scenario
from tests.sync.second import second_process

WASTE, DOGS = "99001009004000", "99102013104000"
LISTS = {
    "first": f"{BOTTROP};{WASTE};online;https://first.example/",
    "second": f"{GLADBECK};{DOGS};online;https://second.example/",
}
POSTGRESQL = pytest.mark.parametrize("scenario", ["postgresql"], indirect=True)


class Killed(BaseException):
    """Stands for the end of the process: nothing of the program catches it."""


def killing(*_: object) -> None:
    raise Killed


class Interrupting(Silent):
    """Does something as soon as a source is done."""

    def __init__(self, act: Callable[[], object]) -> None:
        self.act = act

    def source_done(self, outcome: SourceOutcome) -> None:
        self.act()


def configure(scenario: Scenario) -> None:
    for name, row in LISTS.items():
        scenario.add_list(name, row)


def test_a_run_killed_before_its_cells_are_computed_is_finished_by_the_next(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(scenario)
    with monkeypatch.context() as patch:
        patch.setattr(sync.run, "recompute", killing)
        with pytest.raises(Killed):
            scenario.sync()
    assert scenario.rows("cell") == []
    assert len(scenario.rows("offering")) == 2
    assert {row.cause for row in scenario.rows("area_due")} >= {"offers", "region"}
    assert [run.state for run in scenario.rows("run")] == ["running"]

    report = scenario.sync()

    assert {outcome.state for outcome in report.sources} == {"unchanged"}
    assert report.cells_new == 18
    assert scenario.cell(BOTTROP, "10110").status == scenario.cell(GLADBECK, "10120").status == "online"
    assert [run.state for run in scenario.rows("run")] == ["aborted", "ok"]
    assert scenario.rows("area_due") == []


def test_a_run_killed_before_its_end_does_not_count_as_a_second_delivery(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is gone is given up after two complete deliveries; a run and the one that finishes it are one."""
    rows = [f"{BOTTROP};{WASTE};online;https://a.example/", f"{GLADBECK};{DOGS};online;https://b.example/"]
    scenario.add_list("stadt", *rows, settings="complete = true\nallowed_shrink = 1")
    scenario.sync()
    scenario.write_list("stadt", rows[0])
    with monkeypatch.context() as patch:
        patch.setattr(sync.run, "recompute", killing)
        with pytest.raises(Killed):
            scenario.sync()

    scenario.sync()
    assert [row.withdrawn_run for row in scenario.rows("offering")] == [None, None]
    scenario.sync()
    assert sum(row.withdrawn_run is not None for row in scenario.rows("offering")) == 1


def test_what_a_killed_run_brought_is_still_new_to_the_one_that_finishes_it(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario.add_list("stadt", f"{GLADBECK};{DOGS};online;https://b.example/")
    scenario.sync()
    scenario.write_list(
        "stadt",
        f"{GLADBECK};{DOGS};online;https://b.example/",
        f"{BOTTROP};{WASTE};online;https://a.example/",
    )
    with monkeypatch.context() as patch:
        patch.setattr(sync.run, "recompute", killing)
        with pytest.raises(Killed):
            scenario.sync()

    scenario.sync()
    assert scenario.last_changes()[BOTTROP, "10110"][2] == "new_offer"


def test_a_run_killed_while_applying_a_source_leaves_that_one_as_it_was(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(scenario)
    usual = record_outcome

    def dying(connection: object, run_id: int, source_id: int, outcome: SourceOutcome, *rest: object) -> None:
        if outcome.source == "second":
            raise Killed
        usual(connection, run_id, source_id, outcome, *rest)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(sync.judging, "record_outcome", dying)
        with pytest.raises(Killed):
            scenario.sync()

    assert [row.area_raw for row in scenario.rows("offering")] == [BOTTROP]
    assert [scenario.source(name).state for name in LISTS] == ["ok", "never"]
    assert [outcome.state for outcome in scenario.sync().sources] == ["unchanged", "ok"]
    assert scenario.cell(BOTTROP, "10110").status == scenario.cell(GLADBECK, "10120").status == "online"


def test_a_killed_process_leaves_each_source_whole_and_no_lock(scenario: Scenario) -> None:
    configure(scenario)
    scenario.region()
    with second_process("sync", scenario.store, str(scenario.folder / "region.toml")) as process:
        process.kill()
        process.wait()

    assert [row.area_raw for row in scenario.rows("offering")] == [BOTTROP]
    assert [(run.state, run.pid) for run in scenario.rows("run")] == [("running", process.pid)]
    assert [row.state for row in scenario.rows("source_run")] == ["ok"]
    assert scenario.rows("cell") == []

    report = scenario.sync()

    assert [outcome.state for outcome in report.sources] == ["unchanged", "ok"]
    assert scenario.cell(BOTTROP, "10110").status == scenario.cell(GLADBECK, "10120").status == "online"
    assert [run.state for run in scenario.rows("run")] == ["aborted", "ok"]


@SQLITE
def test_a_disturbed_region_ends_where_an_undisturbed_one_does(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let the n-th statement fail, for n = 1, 2, 3 … until the run gets through."""
    configure(scenario)
    scenario.add_fake("third", offer(KREIS, "99057001001000"), settings=f"areas = ['{KREIS}']")
    survived, attempts = False, 0
    while not survived:
        attempts += 5
        countdown = [attempts]

        def fail(*_: object) -> None:
            countdown[0] -= 1  # noqa: B023 - the listener lives as long as its pass of the loop
            if not countdown[0]:  # noqa: B023
                raise Killed

        event.listen(scenario.store.engine, "before_cursor_execute", fail)
        try:
            scenario.sync()
            survived = True
        except Killed:
            pass
        finally:
            event.remove(scenario.store.engine, "before_cursor_execute", fail)
        sources = {row.key: row for row in scenario.rows("source")}
        for row in scenario.rows("offering"):
            assert sources[{source.id: key for key, source in sources.items()}[row.source_id]].state == "ok"
    assert attempts > 50
    scenario.sync()

    assert {run.state for run in scenario.rows("run")} == {"aborted", "ok"}
    assert len(scenario.rows("offering")) == 3
    online = {key for key, cell in scenario.cells().items() if cell.status == "online"}
    assert online == {(BOTTROP, "10110"), (GLADBECK, "10120"), (KREIS, "10130"), (GLADBECK, "10130")}


@SQLITE
def test_a_full_disk_ends_the_run_with_its_name_and_keeps_what_was_known(scenario: Scenario) -> None:
    scenario.add_fake("stadt", offer(BOTTROP, WASTE), settings="allowed_growth = 1_000_000")
    scenario.sync()
    known = scenario.dump(*DELIVERED, "cell")
    with scenario.store.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()

    @event.listens_for(scenario.store.engine, "checkout")
    def leave_little_room(connection: object, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages + 20}")  # type: ignore[attr-defined, operator]

    scenario.add_fake("stadt", *(offer(BOTTROP, f"{number:014}") for number in range(5_000)))
    with pytest.raises(StoreError) as caught:
        scenario.sync()
    event.remove(scenario.store.engine, "checkout", leave_little_room)
    scenario.store.engine.dispose()

    assert caught.value.code == "disk_full"
    assert scenario.dump(*DELIVERED, "cell") == known
    assert scenario.sync().state == "ok"
    assert len(scenario.rows("offering")) == 5_001


@POSTGRESQL
def test_connections_lost_between_two_sources_are_made_again(scenario: Scenario) -> None:
    configure(scenario)
    scenario.progress = Interrupting(scenario.drop_connections)

    report = scenario.sync()

    assert [outcome.state for outcome in report.sources] == ["ok", "ok"]
    assert [run.state for run in scenario.rows("run")] == ["ok"]


@SQLITE
def test_an_interrupted_run_leaves_nothing_in_the_work_folder(
    scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(work))
    configure(scenario)
    scenario.progress = Interrupting(killing)

    with pytest.raises(Killed) as caught:
        scenario.sync()

    assert caught.tb is not None
    assert list(work.iterdir()) == []


@SQLITE
def test_refreshing_closes_a_dead_run_too(scenario: Scenario) -> None:
    dead = scenario.leave_dead_run()

    refresh(scenario.store, scenario.moment)

    assert [(run.id, run.state) for run in scenario.rows("run")] == [(dead, "aborted"), (dead + 1, "ok")]


@SQLITE
def test_the_outcome_of_an_aborted_run_stays_on_record(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(scenario)
    with monkeypatch.context() as patch:
        patch.setattr(sync.run, "recompute", killing)
        with pytest.raises(Killed):
            scenario.sync()

    assert [(row.state, row.new, json.loads(row.params)) for row in scenario.rows("source_run")] == [
        ("ok", 1, {}),
        ("ok", 1, {}),
    ]
