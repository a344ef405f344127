"""``health`` and nights: what became of the last ones, and appointments that nobody kept."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from catalogue import tables
from cli import exits
from tests.cli.conftest import Cli, copy_database
from tests.cli.test_health import MORNING, at, entered, holder, look, rows
from tests.sample_region import FIRST_NIGHT


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be the morning after the first night."""
    at(monkeypatch, MORNING)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 1, 8_000_000_000))


@pytest.fixture
def synced(synced_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database of its own with the first night, to be written to by a test."""
    url = copy_database(synced_database, tmp_path)
    monkeypatch.setenv("LUECKENLOS_DB", url)
    return url


def a_night(**values: object) -> Any:
    row = {"job": "nacht", "due_at": "2026-11-02T02:30:00", "tries": 1, "steps": "[]"}
    moment = FIRST_NIGHT.isoformat()
    return insert(tables.night).values(
        {**row, "started_at": moment, "finished_at": moment, "state": "ok", **values}
    )


def an_appointment(due_at: str) -> Any:
    return insert(tables.appointment).values(job="nacht", due_at=due_at, noted_at=FIRST_NIGHT.isoformat())


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    ("state", "judged"),
    [
        *(("ok", "ok"), ("partial", "warning"), ("aborted", "warning")),
        *(("failed", "critical"), ("missed", "critical")),
    ],
)
def test_the_last_night_is_judged_by_its_state(cli: Cli, synced: str, state: str, judged: str) -> None:
    earlier = a_night(due_at="2026-11-01T02:30:00", state="failed")
    entered(synced, earlier, a_night(state=state), an_appointment("2026-11-03T02:30:00"))
    (last,) = rows(look(cli), "night")
    assert last["state"] == judged
    assert last["next_command"].endswith(" runs show last") is (state in {"partial", "failed", "aborted"})


@pytest.mark.usefixtures("clock")
def test_an_appointment_that_nobody_kept_is_critical(
    cli: Cli, synced: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered(synced, a_night(), an_appointment("2026-11-03T02:30:00"))
    at(monkeypatch, datetime(2026, 11, 3, 3, 0, tzinfo=UTC))  # 04:00 in Berlin
    assert [row["state"] for row in rows(look(cli), "night")] == ["ok"]
    at(monkeypatch, datetime(2026, 11, 3, 3, 40, tzinfo=UTC))  # more than two hours late
    assert [row["code"] for row in rows(look(cli), "night")] == ["night", "night_late"]
    assert look(cli).code == exits.NONE


@pytest.fixture
def machine_in(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let this machine be in a time zone."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="time zones of a process are POSIX's")
@pytest.mark.usefixtures("clock", "machine_in")
@pytest.mark.parametrize(
    "machine_in", ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Kiritimati"], indirect=True
)
@pytest.mark.parametrize(
    ("due", "instant"),
    [
        ("2026-11-03T02:30", "2026-11-03T01:30"),
        ("2026-10-25T02:30", "2026-10-25T00:30"),  # comes twice: the first time counts
        ("2027-03-28T02:30", "2027-03-28T01:00"),  # never comes: begun when the clock shows three
        ("2027-07-01T02:30", "2027-07-01T00:30"),
    ],
)
def test_appointments_are_hours_of_berlin_wherever_the_machine_is(
    cli: Cli, synced: str, monkeypatch: pytest.MonkeyPatch, due: str, instant: str
) -> None:
    entered(synced, an_appointment(due))
    meant = datetime.fromisoformat(f"{instant}+00:00")
    at(monkeypatch, meant + timedelta(hours=2))
    assert [row["code"] for row in rows(look(cli), "night")] == ["night_waiting"]
    at(monkeypatch, meant + timedelta(hours=2, minutes=6))
    late = rows(look(cli), "night")[0]
    assert (late["code"], late["value"]) == ("night_late", 2.1)
    assert datetime.fromisoformat(late["since"]) == meant


@pytest.mark.usefixtures("clock")
def test_a_night_that_lasts_for_long_has_begun_all_the_same(
    cli: Cli, synced: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its appointment stands until it has ended."""
    entered(synced, a_night(state="running", finished_at=None), an_appointment("2026-11-02T02:30"))
    later = FIRST_NIGHT + timedelta(hours=4)
    entered(synced, holder(what="night", beat_at=later.isoformat()))
    at(monkeypatch, later)
    assert [row["code"] for row in rows(look(cli), "night")] == ["night"]


@pytest.mark.usefixtures("clock")
def test_a_schedule_that_cron_replaced_is_not_missed_but_cron_is(
    cli: Cli, synced: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_cron = a_night(due_at="2026-11-03", started_at="2026-11-03T03:00:00+00:00")
    entered(synced, a_night(), an_appointment("2026-11-03T02:30"))
    at(monkeypatch, datetime(2026, 11, 3, 4, 0, tzinfo=UTC))
    assert [row["code"] for row in rows(look(cli), "night")] == ["night", "night_late"]
    entered(synced, by_cron)
    assert [row["state"] for row in rows(look(cli), "night")] == ["ok"]
    at(monkeypatch, datetime(2026, 11, 4, 6, 0, tzinfo=UTC))
    assert [row["code"] for row in rows(look(cli), "night")] == ["night", "night_old"]


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    "other",
    [
        {"job": "mittags", "started_at": "2026-11-03T03:00:00+00:00"},
        {"due_at": "2026-11-03T02:30", "state": "missed", "started_at": "2026-11-03T09:00:00+00:00"},
    ],
    ids=["another job", "told as missed"],
)
def test_an_appointment_is_kept_by_its_own_job_only(
    cli: Cli, synced: str, monkeypatch: pytest.MonkeyPatch, other: dict[str, object]
) -> None:
    entered(synced, a_night(), a_night(**{"due_at": "2026-11-03", **other}))
    entered(synced, an_appointment("2026-11-03T02:30"))
    at(monkeypatch, datetime(2026, 11, 3, 10, 0, tzinfo=UTC))
    assert "night_late" in [row["code"] for row in rows(look(cli), "night")]


@pytest.mark.usefixtures("clock")
def test_of_a_schedule_that_died_it_is_said_how_to_give_it_up(
    cli: Cli, synced: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered(synced, a_night(), an_appointment("2026-11-03T02:30"))
    at(monkeypatch, datetime(2026, 11, 3, 4, 0, tzinfo=UTC))
    late = rows(look(cli), "night")[1]
    assert "schedule --forget“" in late["text"]
    done = cli("schedule", "--forget")
    assert done.code == exits.OK
    assert "nacht" in done.err
    assert [row["code"] for row in rows(look(cli, "--max-age", "30"), "night")] == ["night"]
    assert [row["code"] for row in rows(look(cli), "night")] == ["night", "night_old"]  # something has to run


@pytest.mark.usefixtures("clock")
def test_nights_that_cron_began_have_to_go_on(cli: Cli, synced: str, monkeypatch: pytest.MonkeyPatch) -> None:
    entered(synced, a_night())
    assert [row["code"] for row in rows(look(cli), "night")] == ["night"]
    at(monkeypatch, FIRST_NIGHT + timedelta(hours=27))
    assert [row["code"] for row in rows(look(cli), "night")] == ["night", "night_old"]
