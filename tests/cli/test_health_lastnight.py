"""``health`` and the last sync: nights with repetitions, runs that go on and runs that nobody carries on."""

from __future__ import annotations

import json
import os
import platform
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from catalogue import tables
from catalogue.reports.measures import measure
from catalogue.store import open_store
from cli import exits
from tests.cli.conftest import Cli, copy_database
from tests.cli.test_health import MORNING, a_notice, ago, at, entered, holder, look, rows
from tests.cli.test_health_nights import a_night
from tests.sample_region import FIRST_NIGHT


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be the morning after the second night."""
    at(monkeypatch, MORNING)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 1, 8_000_000_000))


@pytest.fixture
def synced(synced_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database of its own with the first night, to be written to by a test."""
    url = copy_database(synced_database, tmp_path)
    monkeypatch.setenv("LUECKENLOS_DB", url)
    return url


def a_run(number: int, state: str, **values: object) -> Any:
    moment = (FIRST_NIGHT + timedelta(hours=number - 1)).isoformat()
    row = {"id": number, "region": "Probe", "version": "1", "host": "h", "pid": 7, "cells_changed": 0}
    ended = None if state == "running" else moment
    return insert(tables.run).values(
        {**row, "state": state, "started_at": moment, "finished_at": ended, **values}
    )


def read(url: str, run: int, **states: str) -> list[Any]:
    """Return statements that enter what a run did with sources, as the first run has them."""
    store = open_store(url)
    with store.read() as connection:
        known = dict(connection.execute(select(tables.source.c.key, tables.source.c.id)).all())
        parts = connection.execute(
            select(tables.source_run).where(tables.source_run.c.run_id == 1)
        ).mappings()
        rows_by_source = {row["source_id"]: dict(row) for row in parts}
    store.close()
    made = []
    for key, state in states.items():
        row = {name: value for name, value in rows_by_source[known[key]].items() if name != "id"}
        made.append(insert(tables.source_run).values({**row, "run_id": run, "state": state}))
    return made


def retried(url: str, state: str = "failed") -> None:
    """Enter a night of two syncs: one source failed, and was read again."""
    second = a_run(2, "partial"), *read(url, 2, portal="unchanged", umfrage="failed")
    third = a_run(3, state), *read(url, 3, umfrage=state)
    begun = (FIRST_NIGHT + timedelta(hours=1)).isoformat()
    ended = (FIRST_NIGHT + timedelta(hours=3)).isoformat()
    night = a_night(run_id=2, state="partial", started_at=begun, finished_at=ended)
    entered(url, *second, *third, night)


def test_a_night_whose_repetition_failed_is_judged_as_a_whole(cli: Cli, synced: str) -> None:
    retried(synced)
    (run,) = rows(look(cli), "run")
    assert (run["state"], run["code"]) == ("warning", "run_partial")
    assert look(cli).code == exits.SOME


def test_a_sync_in_which_every_source_failed_is_critical(cli: Cli, synced: str) -> None:
    entered(synced, a_run(2, "failed"), *read(synced, 2, umfrage="failed", portal="failed"))
    assert [(row["state"], row["code"]) for row in rows(look(cli), "run")] == [("critical", "run_failed")]


def test_a_catalogue_in_which_no_source_shows_anything_is_critical(cli: Cli, synced: str) -> None:
    gone = [table.update().values(withdrawn_run=1) for table in (tables.offering, tables.service_record)]
    entered(synced, *gone)
    assert [(row["state"], row["code"]) for row in rows(look(cli), "run")] == [("critical", "run_empty")]


def test_a_failed_sync_that_came_to_no_source_is_critical(cli: Cli, synced: str) -> None:
    entered(synced, a_run(2, "failed"))
    assert [(row["state"], row["code"]) for row in rows(look(cli), "run")] == [("critical", "run_failed")]


def test_a_failed_sync_of_some_sources_is_a_warning_as_long_as_others_are_well(cli: Cli, synced: str) -> None:
    entered(synced, a_run(2, "failed"), *read(synced, 2, umfrage="failed"))
    (run,) = rows(look(cli), "run")
    assert (run["state"], run["code"]) == ("warning", "run_part_failed")
    assert "Lauf 2 hat nur einen Teil der Quellen gelesen" in run["text"]
    assert "run 2 read only some of the sources" in rows(look(cli, "--lang", "en"), "run")[0]["text"]
    entered(synced, a_run(3, "failed"), *read(synced, 3, portal="failed"))
    assert [row["code"] for row in rows(look(cli), "run")] == ["run_failed"]


def test_a_night_that_its_repetition_healed_is_in_order(cli: Cli, synced: str) -> None:
    retried(synced, "ok")
    assert [row["state"] for row in rows(look(cli), "run")] == ["ok"]


def test_the_measured_state_is_that_of_the_whole_night(synced: str) -> None:
    retried(synced)
    store = open_store(synced)
    with store.read() as connection:
        found = {one.kind: one.state for one in measure(connection, MORNING).runs}
    store.close()
    assert found["sync"] == "partial"


def test_the_list_of_runs_says_which_one_repeats_another(cli: Cli, synced: str) -> None:
    retried(synced)
    assert "fehlgeschlagen (Wiederholung von Lauf 2)" in cli("runs").out
    assert "fehlgeschlagen (Wiederholung von Lauf 2)" in cli("runs", "3").out
    assert "Wiederholung" not in cli("runs", "2").out
    assert "(repetition of run 2)" in cli("runs", "--lang", "en").out


def a_living(run: int | None, **values: object) -> Any:
    return holder(run_id=run, host=platform.node(), pid=os.getpid(), **values)


def test_after_a_broken_run_it_is_said_that_another_one_is_going_on(cli: Cli, synced: str) -> None:
    entered(synced, a_run(2, "aborted"), *read(synced, 2, portal="failed"), a_run(3, "running"), a_living(3))
    answer = look(cli)
    (run,) = rows(answer, "run")
    assert (run["state"], run["code"]) == ("warning", "run_going")
    assert "Lauf 3 läuft" in run["text"]
    assert {row["next_command"] for row in rows(answer)} == {""}
    assert "run 3 has been running" in rows(look(cli, "--lang", "en"), "run")[0]["text"]


def test_a_catalogue_that_is_too_old_stays_critical_while_a_sync_is_running(
    cli: Cli, synced: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, MORNING + timedelta(days=3))
    beat = (MORNING + timedelta(days=3)).isoformat()
    entered(synced, a_run(2, "running"), a_living(2, started_at=beat, beat_at=beat))
    (run,) = rows(look(cli), "run")
    assert (run["state"], run["code"], run["next_command"]) == ("critical", "run_old", "")


def test_a_run_that_nobody_carries_on_is_told_although_a_schedule_lives(cli: Cli, synced: str) -> None:
    entered(synced, a_run(2, "running"), a_living(None, what="schedule"))
    assert [row["code"] for row in rows(look(cli), "lock")] == ["lock_held", "run_dead"]
    assert look(cli).code == exits.SOME


def test_a_holder_of_this_machine_that_is_gone_is_told_at_once(cli: Cli, synced: str) -> None:
    entered(synced, a_run(2, "running"), holder(run_id=2, host=platform.node(), pid=2**22 + 1))
    assert [row["code"] for row in rows(look(cli), "lock")] == ["lock_dead", "run_dead"]


def test_a_night_that_nobody_carries_on_is_a_warning(cli: Cli, synced: str) -> None:
    entered(synced, a_night(state="running", finished_at=None))
    (night,) = rows(look(cli), "night")
    assert (night["state"], night["code"]) == ("warning", "night_dead")
    assert "niemand führt sie weiter" in night["text"]
    entered(synced, a_living(None, what="night"))
    assert [(row["state"], row["code"]) for row in rows(look(cli), "night")] == [("ok", "night")]


def links_checked(state: str) -> list[Any]:
    counts = dict.fromkeys(
        ("due", "checked", "dead", "newly_broken", "ok", "moved", "unclear", "recovered"), 0
    )
    made = insert(tables.link_run).values(run_id=2, fresh_days=30, rules="1", own_network=False, **counts)
    return [a_run(2, state, region=""), made]


def test_a_check_of_links_that_went_wrong_has_a_next_step(cli: Cli, synced: str) -> None:
    entered(synced, *links_checked("failed"))
    (links,) = rows(look(cli), "links")
    assert (links["state"], links["next_command"]) == ("warning", "lueckenlos links check")
    entered(synced, a_living(None, what="links"))
    assert [row["next_command"] for row in rows(look(cli), "links")] == [""]


def test_an_account_that_may_only_read_is_not_named_where_writing_is_proposed(
    cli: Cli, synced: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LUECKENLOS_DB")
    entered(synced, a_run(2, "failed"), *read(synced, 2, portal="failed"), a_night(state="failed"))
    told = {
        row["check"]: row["next_command"] for row in rows(look(cli, "--db", synced)) if row["next_command"]
    }
    assert told["run"].startswith(f"lueckenlos --db {synced} sync")
    monkeypatch.setattr("cli.health.may_write", lambda _: False)
    told = {
        row["check"]: row["next_command"] for row in rows(look(cli, "--db", synced)) if row["next_command"]
    }
    assert told["run"].startswith("lueckenlos sync")
    assert told["night"] == f"lueckenlos --db {synced} runs show last"  # reading is what it may


def unsent(number: int, code: str, **why: str) -> Any:
    content = json.dumps({"title": "x", "why": why})
    return a_notice(str(number), state="waiting", recipient=f"r{number}", code=code, content=content)


REASONS = (
    ("notify_login_refused", {"host": "a.example", "status": "535"}, "a.example"),
    ("notify_unreachable", {"host": "b.example", "port": "25"}, "b.example:25"),
    ("notify_status", {"host": "c.example", "status": "500"}, "HTTP 500"),
    ("notify_tls", {"host": "d.example", "port": "465"}, "d.example"),
)


def test_each_reason_why_notices_wait_is_told_once(cli: Cli, synced: str) -> None:
    codes = (*REASONS[:3], REASONS[0])
    entered(synced, *(unsent(number, code, **why) for number, (code, why, _) in enumerate(codes)))
    (notices,) = rows(look(cli), "notices")
    assert [notices["text"].count(word) for _, _, word in REASONS[:3]] == [1, 1, 1]
    assert "weiter" not in notices["text"]


def test_of_many_reasons_the_others_are_counted(cli: Cli, synced: str) -> None:
    entered(synced, *(unsent(number, code, **why) for number, (code, why, _) in enumerate(REASONS)))
    (notices,) = rows(look(cli), "notices")
    assert sum(word in notices["text"] for _, _, word in REASONS) == 3
    assert notices["text"].endswith("und 1 weiterer Grund")


def test_the_list_of_notices_has_a_column_for_what_something_waits_for(cli: Cli, synced: str) -> None:
    entered(synced, *(unsent(number, code, **why) for number, (code, why, _) in enumerate(REASONS)))
    entered(synced, a_notice("9", state="sent", recipient="amt", code=""))
    shown = cli("notify", "list").out.splitlines()
    assert "Grund" in shown[0]
    (line,) = [line for line in shown if " r1 " in line]
    assert "b.example:25" in line


def test_without_anything_unsent_there_is_no_column_of_reasons(cli: Cli, synced: str) -> None:
    entered(synced, a_notice("9", state="sent", sent_at=ago(hours=2)))
    assert "Grund" not in cli("notify", "list").out
