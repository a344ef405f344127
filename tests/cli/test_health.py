"""``health``: what it looks at, its exit codes, and the line for plug-ins."""

from __future__ import annotations

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from catalogue import tables
from catalogue.reports.health import CHECKS, STATES
from catalogue.store import open_store
from cli import exits
from cli.session import Session
from tests.cli.conftest import Answer, Cli, copy_database
from tests.sample_region import FIRST_NIGHT, night, sync_region

#: Some hours after the first night.
MORNING = FIRST_NIGHT + timedelta(hours=5)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let it be the morning after the first night."""
    monkeypatch.setattr(Session, "now", lambda _: MORNING)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 1, 8_000_000_000))


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr(Session, "now", lambda _: moment)


def rows(answer: Answer, check: str = "") -> list[dict[str, Any]]:
    return [row for row in answer.json["rows"] if check in {"", row["check"]}]


def look(cli: Cli, *options: str) -> Answer:
    return cli("health", "--format", "json", *options)


@pytest.mark.usefixtures("region", "clock")
def test_all_is_well_on_the_morning_after_a_good_night(cli: Cli) -> None:
    answer = look(cli)
    assert (answer.code, answer.err) == (exits.OK, "")
    assert {row["check"] for row in rows(answer)} == set(CHECKS)
    assert {row["state"] for row in rows(answer)} == {"ok"}
    assert answer.json["meta"]["state"] == "ok"
    assert [row["value"] for row in rows(answer, "run")] == [5.0]
    assert cli("health").out.startswith("In Ordnung")


@pytest.mark.usefixtures("region", "clock")
def test_an_old_sync_is_a_warning_and_then_critical(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, FIRST_NIGHT + timedelta(hours=30))
    assert look(cli).code == exits.SOME
    assert look(cli, "--max-age", "31").code == exits.OK
    at(monkeypatch, FIRST_NIGHT + timedelta(hours=60))
    answer = look(cli)
    assert answer.code == exits.NONE
    (run,) = rows(answer, "run")
    assert (run["state"], run["code"]) == ("critical", "run_old")
    assert run["next_command"].startswith("lueckenlos sync")
    assert look(cli, "--max-age", "0", "--critical-age", "0").code == exits.OK


@pytest.mark.usefixtures("region", "clock")
def test_a_source_that_is_too_old_is_critical(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, FIRST_NIGHT + timedelta(days=30))
    answer = look(cli, "--max-age", "0", "--critical-age", "0")
    assert answer.code == exits.NONE
    source = rows(answer, "source")[0]
    assert (source["state"], source["params"]["standing"]) == ("critical", "stale")
    assert source["next_command"].endswith(f"--source {source['subject']}")


@pytest.mark.usefixtures("database", "clock")
def test_where_nothing_was_ever_synced_that_is_critical(cli: Cli) -> None:
    answer = look(cli)
    assert answer.code == exits.NONE
    assert [row["code"] for row in rows(answer) if row["state"] == "critical"] == ["run_never"]


@pytest.mark.usefixtures("clock")
def test_a_held_delivery_is_told_with_the_command_that_releases_it(
    cli: Cli, database: str, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(database)
    sync_region(store, files)
    lines = (files.parent / "portal.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (files.parent / "portal.csv").write_text("".join(lines[:2]), encoding="utf-8")
    assert sync_region(store, files, 2).state == "partial"
    store.close()
    at(monkeypatch, night(2) + timedelta(hours=1))
    answer = look(cli)
    assert answer.code == exits.SOME
    (held,) = rows(answer, "held")
    assert held["subject"] == "portal"
    assert held["next_command"].endswith("--source portal --accept portal")
    assert str(files) in held["next_command"]
    assert datetime.fromisoformat(held["since"]) == night(2)
    assert rows(answer, "run")[0]["code"] == "run_partial"


def entered(url: str, *statements: Any) -> None:
    store = open_store(url)
    with store.write() as connection:
        for one in statements:
            connection.execute(one)
    store.close()


@pytest.fixture
def synced(synced_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database of its own with the first night, to be written to by a test."""
    url = copy_database(synced_database, tmp_path)
    monkeypatch.setenv("LUECKENLOS_DB", url)
    return url


def holder(**values: object) -> Any:
    row = {"what": "sync", "token": "t", "host": "h", "pid": 7, "run_id": None}
    moment = MORNING.isoformat()
    return insert(tables.lock_holder).values({**row, "started_at": moment, "beat_at": moment, **values})


def ago(**span: float) -> str:
    return (MORNING - timedelta(**span)).isoformat()


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    ("values", "state", "code"),
    [
        ({}, "ok", "lock_held"),
        ({"started_at": ago(hours=9)}, "warning", "lock_long"),
        ({"what": "schedule", "started_at": ago(days=90)}, "ok", "lock_held"),
        ({"started_at": ago(hours=2), "beat_at": ago(hours=1)}, "warning", "lock_dead"),
    ],
)
def test_who_holds_the_lock_is_told(
    cli: Cli, synced: str, values: dict[str, object], state: str, code: str
) -> None:
    entered(synced, holder(**values))
    (lock,) = rows(look(cli), "lock")
    assert (lock["state"], lock["code"]) == (state, code)


@pytest.mark.usefixtures("clock")
def test_a_run_that_nobody_writes_any_more_is_told(cli: Cli, synced: str) -> None:
    entered(synced, update(tables.run).values(state="running", finished_at=None))
    answer = look(cli)
    assert [row["code"] for row in rows(answer, "lock")] == ["run_dead", "lock_free"]


@pytest.mark.usefixtures("region", "clock")
def test_too_many_unknown_cells_are_a_warning_if_there_is_a_limit(cli: Cli) -> None:
    unknown = rows(look(cli), "unknown")
    total = unknown[0]["value"]
    assert total == sum(row["value"] for row in unknown[1:]) > 0
    assert look(cli, "--max-unknown", str(int(total))).code == exits.OK
    assert look(cli, "--max-unknown", str(int(total) - 1)).code == exits.SOME


@pytest.mark.usefixtures("region", "clock")
@pytest.mark.parametrize(("free", "code"), [(999, exits.SOME), (99, exits.NONE), (1001, exits.OK)])
def test_little_space_is_told(cli: Cli, monkeypatch: pytest.MonkeyPatch, free: int, code: int) -> None:
    usage = shutil._ntuple_diskusage(9, 1, free * 1_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    assert look(cli).code == code


@pytest.mark.parametrize("url", ["sqlite:////nowhere/none.sqlite", "postgresql://127.0.0.1:1/x", "mysql://x"])
def test_a_database_that_cannot_be_asked_is_said_by_a_code_of_its_own(cli: Cli, url: str) -> None:
    answer = look(cli, "--db", url)
    assert answer.code == exits.DATABASE
    (database,) = rows(answer, "database")
    assert database["state"] == "critical"
    assert " " in database["text"]
    assert "Traceback" not in answer.err
    assert cli("health", "--db", url, "--format", "plugin").code == 2


def test_no_password_is_shown(cli: Cli) -> None:
    url = "postgresql://reader:geheim@127.0.0.1:1/x"
    for form in ("json", "table", "plugin", "csv"):
        answer = cli("health", "--db", url, "--format", form)
        assert "geheim" not in answer.out + answer.err


def test_a_database_of_another_version_is_no_traceback(cli: Cli, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'empty.sqlite'}"
    open_store(url).engine.connect().close()
    answer = look(cli, "--db", url)
    assert (answer.code, rows(answer, "database")[0]["code"]) == (exits.DATABASE, "database_empty")


@pytest.mark.usefixtures("region", "clock")
def test_a_plug_in_gets_one_line_with_figures(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = cli("health", "--format", "plugin")
    assert (answer.code, answer.err, answer.out.count("\n")) == (0, "", 1)
    assert answer.out.startswith("LUECKENLOS OK - ")
    said, _, figures = answer.out.partition(" | ")
    assert "|" not in said
    assert "'run'=18000s;93600" in figures.split()
    at(monkeypatch, FIRST_NIGHT + timedelta(hours=30))
    assert cli("health", "--format", "plugin").code == 1
    at(monkeypatch, FIRST_NIGHT + timedelta(hours=300))
    answer = cli("health", "--format", "plugin")
    assert (answer.code, answer.out[:20]) == (2, "LUECKENLOS CRITICAL ")


@pytest.mark.parametrize("given", ["-1", "x", "nan", "inf", ""])
def test_a_limit_that_is_none_is_refused(cli: Cli, given: str) -> None:
    answer = cli("health", f"--max-age={given}")
    assert (answer.code, answer.out) == (exits.USAGE, "")
    assert "--max-age" in answer.err


@pytest.mark.usefixtures("clock")
def test_nothing_is_written_and_a_file_that_cannot_be_written_is_enough(cli: Cli, synced: str) -> None:
    before = Path(synced.removeprefix("sqlite:///")).read_bytes()
    Path(synced.removeprefix("sqlite:///")).chmod(0o444)
    assert look(cli).code == exits.OK
    assert Path(synced.removeprefix("sqlite:///")).read_bytes() == before


@pytest.mark.usefixtures("region", "clock")
def test_it_goes_on_while_somebody_writes(cli: Cli, synced: str) -> None:
    store = open_store(synced)
    with store.write() as connection:
        connection.execute(holder())
        assert [row["code"] for row in rows(look(cli, "--db", synced), "lock")] == ["lock_free"]
    store.close()


def a_notice(subject: str, **values: object) -> Any:
    columns = {one.name: "" for one in tables.notice.c if one.name not in {"id", "run_id", "sent_at"}}
    row = {**columns, "tries": 2, "created_at": ago(hours=3), "recipient": "amt", "level": "error"}
    return insert(tables.notice).values({**row, "subject": subject, **values})


def test_a_notice_that_waits_is_told(cli: Cli, synced: str, monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, MORNING)
    for number, state in enumerate(("waiting", "failed", "sent")):
        entered(synced, a_notice(f"{number}", state=state))
    assert [row["code"] for row in rows(look(cli), "notices")] == ["notices_failed", "notices_waiting"]


@pytest.mark.usefixtures("clock")
def test_a_notice_that_was_not_sent_is_told_with_its_reason_and_what_to_do(cli: Cli, synced: str) -> None:
    content = json.dumps({"title": "x", "why": {"host": "mail.example", "port": "25"}})
    entered(synced, a_notice("1", state="waiting", code="notify_unreachable", content=content))
    (notices,) = rows(look(cli), "notices")
    assert notices["state"] == "warning"
    assert "1 Benachrichtigung wartet auf den Versand: Der Mail-Server mail.example:25" in notices["text"]
    assert notices["next_command"].endswith(" notify list")
    assert "Benachrichtigung: Nächster Schritt: " in cli("health").out
    listed = cli("notify", "list").out
    assert "Der Mail-Server mail.example:25 ist nicht erreichbar" in listed


@pytest.mark.usefixtures("clock")
def test_a_notice_that_is_just_being_sent_is_no_warning(cli: Cli, synced: str) -> None:
    entered(synced, a_notice("1", state="waiting", tries=0, created_at=ago(minutes=1)))
    assert [(row["state"], row["code"]) for row in rows(look(cli), "notices")] == [("ok", "notices_waiting")]
    entered(synced, a_notice("2", state="waiting", tries=0, created_at=ago(hours=3)))
    assert [row["state"] for row in rows(look(cli), "notices")] == ["warning"]


def test_states_have_their_words() -> None:
    text = Session("de").text
    assert all(text.word("health_state", state) != state for state in STATES)
    assert all(text.word("health_check", check) != check for check in CHECKS)
