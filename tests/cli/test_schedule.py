"""``schedule``: what is next and when, and the process that keeps to it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import psutil
import pytest
from sqlalchemy import select

from catalogue import tables
from catalogue.store import Store, open_store
from cli import exits
from cli.schedule import _Listener
from cli.session import Session
from sync.schedule import book
from sync.schedule.clock import local_of, read_zone, written
from tests.cli.conftest import Cli
from tests.cli.test_process import environment, silent_server
from tests.sample_region import copy_region

SETTINGS = """
[schedule]
nightly = "30 2 * * *"
nightly_steps = ["sync"]

[[schedule.job]]
name = "mittags"
cron = "0 12 * * 1-5"
steps = ["sync"]
sources = ["portal"]
"""
BERLIN = read_zone("Europe/Berlin")
#: The program, looking at the clock so often that no test has to wait.
QUICK = [
    sys.executable,
    "-c",
    "import sys, cli.schedule; cli.schedule.LOOK_SECONDS = 0.2;from cli.main import main; sys.exit(main())",
]


@pytest.fixture
def region(tmp_path: Path) -> Path:
    path = copy_region(tmp_path / "files")
    path.write_text(path.read_text(encoding="utf-8") + SETTINGS, encoding="utf-8")
    return path


@contextmanager
def opened(url: str) -> Iterator[Store]:
    store = open_store(url)
    try:
        yield store
    finally:
        store.close()


def nights(url: str) -> list[tuple[str, str, str, int]]:
    with opened(url) as store, store.read() as connection:
        rows = connection.execute(select(tables.night)).all()
    return [(row.job, row.due_at, row.state, row.tries) for row in rows]


def make_due(url: str, **due: datetime) -> None:
    """Note that jobs were to be done at these moments."""
    with opened(url) as store, store.write() as connection:
        book.make_appointments(connection, due, datetime.now().astimezone())


def a_while_ago() -> datetime:
    return local_of(datetime.now().astimezone(), BERLIN).replace(second=0, microsecond=0) - timedelta(
        minutes=1
    )


def test_the_list_tells_what_is_next_and_starts_nothing(cli: Cli, database: str, region: Path) -> None:
    done = cli("schedule", "--region", region, "--list", "--format", "json")
    assert done.code == exits.OK
    rows = {row["job"]: row for row in done.json["rows"]}
    assert set(rows) == {"nightly", "mittags"}
    assert rows["nightly"]["next_due"].endswith("T02:30")
    assert datetime.fromisoformat(rows["nightly"]["starts_at"]) > datetime.now().astimezone()
    assert (rows["mittags"]["sources"], rows["mittags"]["last_state"]) == (["portal"], "")
    assert [row["starts_at"] for row in done.json["rows"]] == sorted(
        row["starts_at"] for row in rows.values()
    )
    assert nights(database) == []
    shown = cli("schedule", "--region", region, "--list")
    assert "30 2 * * *" in shown.out


@pytest.mark.parametrize(("language", "shown"), [("de", "20.11.2026 12:00"), ("en", "2026-11-20 12:00")])
def test_people_read_the_moments_of_nights_as_they_write_them(
    cli: Cli,
    database: str,
    region: Path,
    capsys: pytest.CaptureFixture[str],
    language: str,
    shown: str,
) -> None:
    due = "2026-11-20T12:00"
    cli("nightly", "--region", region, "--job", "mittags", "--due", due)
    listed = cli("schedule", "--region", region, "--list", "--lang", language)
    assert shown in listed.out
    rows = cli("schedule", "--region", region, "--list", "--format", "json").json["rows"]
    assert due in {row["last_due"] for row in rows}
    _Listener(Session(language)).broken_off("mittags", due)
    assert shown in capsys.readouterr().err


def test_a_schedule_that_is_given_up_leaves_no_appointment(cli: Cli, database: str, tmp_path: Path) -> None:
    make_due(database, nightly=a_while_ago(), mittags=a_while_ago())
    plain = copy_region(tmp_path / "plain")  # without hours by now
    done = cli("schedule", "--forget", "--region", plain)
    assert (done.code, "2 vorgemerkte Termine sind gelöscht (mittags, nightly)" in done.err) == (
        exits.OK,
        True,
    )
    with opened(database) as store, store.read() as connection:
        assert book.appointments(connection) == {}
    again = cli("schedule", "--forget", "--lang", "en")
    assert (again.code, "No appointment" in again.err) == (exits.OK, True)


def test_to_list_and_to_give_up_exclude_each_other(cli: Cli, database: str, region: Path) -> None:
    make_due(database, nightly=a_while_ago())
    done = cli("schedule", "--region", region, "--list", "--forget")
    assert (done.code, "--forget" in done.err) == (exits.USAGE, True)
    with opened(database) as store, store.read() as connection:
        assert book.appointments(connection)


def test_a_region_file_without_hours_is_no_schedule(cli: Cli, database: str, tmp_path: Path) -> None:
    done = cli("schedule", "--region", copy_region(tmp_path / "plain"))
    assert (done.code, "nightly =" in done.err) == (exits.USAGE, True)


def test_mistakes_in_the_schedule_are_told_with_their_lines(cli: Cli, database: str, region: Path) -> None:
    wrong = (
        region.read_text(encoding="utf-8")
        .replace('"0 12 * * 1-5"', '"0 25 * * 1-5"')
        .replace('portal"]', 'x"]')
    )
    region.write_text(wrong, encoding="utf-8")
    done = cli("schedule", "--region", region, "--list")
    assert done.code == exits.USAGE
    line = wrong.splitlines().index('cron = "0 25 * * 1-5"') + 1
    assert f"{region}:{line}: job.0.cron: Feld 2 („25“)" in done.err


def test_the_schedule_begins_jobs_as_processes_and_goes_on(
    cli: Cli, database: str, region: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job was due; the region file is broken and mended meanwhile."""
    looks: list[float] = []
    text = region.read_text(encoding="utf-8")

    def wait(seconds: float) -> None:
        looks.append(seconds)
        if len(looks) == 1:
            region.write_text("kaputt", encoding="utf-8")
        elif len(looks) == 2:
            region.write_text(text.replace("30 2", "45 2"), encoding="utf-8")
        else:
            raise KeyboardInterrupt

    due = a_while_ago()
    make_due(database, mittags=due)
    monkeypatch.setattr("cli.schedule.sleep", wait)
    done = cli("schedule", "--region", region)
    assert done.code == exits.INTERRUPTED
    assert nights(database) == [("mittags", written(due), "ok", 1)]
    for said in (
        "mittags: beginnt",
        "beendet mit Rückgabe 0",
        "es gilt weiter der Zeitplan von vorher",
        "geändert",
    ):
        assert said in done.err, said


def test_folders_that_nights_could_not_write_are_told_by_day_and_stop_nothing(
    cli: Cli, database: str, region: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = region.read_text(encoding="utf-8").replace('steps = ["sync"]', 'steps = ["sync", "report"]')
    region.write_text(text.replace("[schedule]", '[schedule]\nreport = "seite"'), encoding="utf-8")
    (region.parent / "seite").write_text("x", encoding="utf-8")
    looks: list[int] = []

    def wait(_: float) -> None:
        looks.append(len(looks))
        if len(looks) == 1:  # somebody changes the region file, and it is as bad as before
            region.write_text(region.read_text(encoding="utf-8") + "# x\n", encoding="utf-8")
            return
        raise KeyboardInterrupt

    monkeypatch.setattr("cli.schedule.sleep", wait)
    done = cli("schedule", "--region", region)
    assert done.code == exits.INTERRUPTED
    assert done.err.count(f"Seite: {region.parent / 'seite'} ist kein Ordner.") == 2
    assert "mittags: nächster Beginn" in done.err


def starting(database: str, region: Path, *log: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*QUICK, "schedule", "--region", str(region), *map(str, log or ("--log-format", "text"))],
        env=environment(database),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )


def lines_until(process: subprocess.Popen[str], said: str) -> list[str]:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if said in line:
            return lines
    raise AssertionError("".join(lines))


@pytest.mark.parametrize(
    ("exit_code", "level", "said"),
    [
        (exits.LOCKED, "INFO", "Hier nicht begonnen, denn ein anderer Lauf hält die Sperre"),
        (exits.DATABASE, "WARNING", "ließ sich nicht beginnen (Rückgabe 6)"),
    ],
)
def test_to_come_second_is_no_trouble(
    exit_code: int,
    level: str,
    said: str,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with caplog.at_level("INFO"):
        _Listener(Session()).not_begun("nightly", datetime(2026, 11, 20, 2, 30, tzinfo=BERLIN), exit_code)
    assert [record.levelname for record in caplog.records if record.message == "job_not_started"] == [level]
    assert said in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="signals of this kind are POSIX's")
def test_two_schedules_started_at_once_do_a_job_once_and_leave_when_asked_to(
    database: str, region: Path
) -> None:
    due = a_while_ago()
    make_due(database, nightly=due, mittags=due)
    processes = [starting(database, region) for _ in range(2)]
    try:
        said = [lines_until(one, "nightly: nächster Beginn") for one in processes]
    finally:
        for one in processes:
            one.send_signal(signal.SIGTERM)
        rest = [one.communicate(timeout=10)[0] for one in processes]
    assert [one.returncode for one in processes] == [143, 143]
    assert "Traceback" not in "".join(line for lines in said for line in lines) + "".join(rest)
    assert nights(database) == [("mittags", written(due), "ok", 1), ("nightly", written(due), "ok", 1)]
    with opened(database) as store, store.read() as connection:
        syncs = connection.execute(select(tables.run).where(tables.run.c.region != "")).all()
    assert len(syncs) == 2


@pytest.mark.skipif(os.name != "posix", reason="signals of this kind are POSIX's")
@pytest.mark.parametrize("to_file", [False, True])
def test_the_last_line_of_the_log_says_that_the_system_ended_the_schedule(
    database: str, region: Path, tmp_path: Path, to_file: bool
) -> None:
    log = tmp_path / "log"
    process = starting(database, region, *(("--log-file", log) if to_file else ("--log-format", "json")))
    lines_until(process, "nightly: nächster Beginn")
    process.send_signal(signal.SIGTERM)
    said = process.communicate(timeout=10)[0]
    last = json.loads((log.read_text(encoding="utf-8") if to_file else said).splitlines()[-1])
    assert (process.returncode, last["level"]) == (143, "warning")
    assert "SIGTERM" in last["message"]


@pytest.mark.skipif(os.name != "posix", reason="signals of this kind are POSIX's")
def test_nights_that_a_schedule_begins_write_its_log(database: str, region: Path, tmp_path: Path) -> None:
    make_due(database, nightly=a_while_ago() + timedelta(days=1), mittags=a_while_ago())
    log = tmp_path / "log"
    process = starting(database, region, "--log-file", log)
    try:
        said = lines_until(process, "mittags: beendet")
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=10)
    events = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert [line["event"] for line in events if line.get("job") == "mittags"] == [
        *("job_started", "night_started", "source_done", "step_done", "night_finished", "job_ended"),
    ]
    assert not any(line.startswith("{") for line in said)


@pytest.mark.faults
@pytest.mark.skipif(os.name != "posix", reason="signals of this kind are POSIX's")
def test_a_schedule_asked_to_end_in_the_middle_of_a_night_leaves_at_once_and_does_it_again(
    database: str, region: Path
) -> None:
    due = a_while_ago()
    make_due(database, nightly=due, mittags=due + timedelta(days=1))
    text = region.read_text(encoding="utf-8")
    with silent_server() as (url, asked):
        silent = text.replace('location = "portal.csv"', f'location = "{url}"\nallow_private = true')
        region.write_text(silent, encoding="utf-8")
        process = starting(database, region)
        assert asked.wait(60)
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=10)
        assert process.returncode == 143
        _, alive = psutil.wait_procs(children, timeout=1)
        assert (bool(children), alive) == (True, [])
    assert "Traceback" not in said
    assert [row[2] for row in nights(database)] in (["aborted"], ["running"])
    region.write_text(text, encoding="utf-8")
    again = starting(database, region)
    lines_until(again, "nightly: nächster Beginn")
    again.send_signal(signal.SIGTERM)
    again.communicate(timeout=10)
    assert nights(database) == [("nightly", written(due), "ok", 2)]
