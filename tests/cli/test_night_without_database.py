"""Nights whose database cannot be used from the beginning: who is told, what, and how often."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from catalogue.errors import StoreError
from cli import exits
from cli.children import Ended
from cli.nightalarm import ALREADY_TOLD
from cli.session import Session
from sync.lock import LockLost
from tests.cli.conftest import Cli
from tests.cli.test_schedule import SETTINGS
from tests.databases import Databases
from tests.sample_region import copy_region
from tests.sync.notify.mailserver import MailServer, settings_for
from tests.sync.notify.nights import toml

TITLE = "[Lückenlos Probenregion] Nacht fehlgeschlagen – Datenbank nicht benutzbar"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as running:
        yield running


@pytest.fixture
def region(tmp_path: Path, server: MailServer) -> Path:
    """Give a region file with somebody who wants to know of errors."""
    path = copy_region(tmp_path / "files")
    add_recipient(path, server.port)
    return path


def add_recipient(path: Path, port: int, **more: object) -> None:
    table = settings_for(port, **more)  # type: ignore[arg-type]
    path.write_text(f"{path.read_text(encoding='utf-8')}\n[[notify]]\n{toml(table)}", encoding="utf-8")


def absent(folder: Path) -> str:
    return f"sqlite:///{folder / 'weg.sqlite'}"


def empty(folder: Path) -> str:
    (folder / "leer.sqlite").touch()
    return f"sqlite:///{folder / 'leer.sqlite'}"


def damaged(folder: Path) -> str:
    (folder / "kaputt.sqlite").write_bytes(b"no database at all, whatever its name says" * 100)
    return f"sqlite:///{folder / 'kaputt.sqlite'}"


def stopped(_folder: Path) -> str:
    return "postgresql+psycopg://schreiber@127.0.0.1:1/daten"


def titles(server: MailServer) -> list[str]:
    return [str(taken.message["Subject"]) for taken in server.taken]


@pytest.mark.parametrize("options", [(), ("--once",)])
@pytest.mark.parametrize("unusable", [absent, empty, damaged, stopped])
def test_who_wants_to_know_of_errors_is_told_that_the_database_cannot_be_used(
    cli: Cli,
    region: Path,
    server: MailServer,
    tmp_path: Path,
    unusable: Callable[[Path], str],
    options: tuple[str, ...],
) -> None:
    add_recipient(region, server.port, id="woche", levels=("digest",))
    done = cli("--db", unusable(tmp_path), "nightly", "--region", region, *options)
    assert done.code == exits.DATABASE
    assert titles(server) == [TITLE]
    assert "Die Datenbank lässt sich nicht benutzen." in server.taken[0].text
    assert "Nächster Schritt: " in server.taken[0].text
    assert "leitung: benachrichtigt" in done.err


def test_an_officer_is_told_that_the_night_failed_and_neither_cause_nor_command(
    cli: Cli, region: Path, server: MailServer, tmp_path: Path
) -> None:
    text = region.read_text(encoding="utf-8")
    region.write_text(f'{text}\nrole = "officer"\nareas = ["055120000000"]\n', encoding="utf-8")
    assert cli("--db", stopped(tmp_path), "nightly", "--region", region).code == exits.DATABASE
    (taken,) = server.taken
    said = str(taken.message["Subject"]) + taken.text
    assert "die Zahlen von davor" in said
    for untold in ("schreiber", "127.0.0.1", "postgresql", "Nächster Schritt", "lueckenlos", "Datenbank"):
        assert untold not in said, untold


def test_a_mail_server_that_is_away_as_well_changes_nothing_and_is_said(cli: Cli, tmp_path: Path) -> None:
    region = copy_region(tmp_path / "files")
    add_recipient(region, 1)
    done = cli("--db", absent(tmp_path), "nightly", "--region", region)
    assert done.code == exits.DATABASE
    assert "leitung: nicht benachrichtigt. Der Mail-Server 127.0.0.1:1 ist nicht erreichbar" in done.err
    assert done.err.splitlines()[-1].startswith("Fehler: Die Datenbank")


def test_a_job_that_tells_nobody_of_anything_tells_nobody_of_this(
    cli: Cli, region: Path, server: MailServer, tmp_path: Path
) -> None:
    region.write_text(region.read_text(encoding="utf-8") + SETTINGS, encoding="utf-8")
    done = cli("--db", absent(tmp_path), "nightly", "--region", region, "--job", "mittags")
    assert (done.code, titles(server)) == (exits.DATABASE, [])


@pytest.mark.parametrize("code", ["database_read_only", "database_forbidden"])
def test_a_database_that_can_be_read_and_not_written_is_told_as_well(
    cli: Cli, database: str, region: Path, server: MailServer, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    def refuse(*_: object) -> None:
        raise StoreError(code, database="daten.sqlite", why="x")

    monkeypatch.setattr("sync.schedule.book.claim", refuse)
    assert cli("nightly", "--region", region).code == exits.DATABASE
    assert titles(server) == [TITLE]


def test_a_night_that_lost_its_lock_to_another_one_is_no_trouble_of_the_database(
    cli: Cli, database: str, region: Path, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(*_: object) -> None:
        raise LockLost

    monkeypatch.setattr("sync.schedule.book.claim", lose)
    assert cli("nightly", "--region", region).code == exits.LOCKED
    assert titles(server) == []


def test_a_database_that_goes_in_the_middle_of_a_night_is_told_once(
    cli: Cli, database: str, region: Path, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    region.write_text(region.read_text(encoding="utf-8") + '[schedule]\nnightly_steps = ["notify"]\n')

    def refuse(*_: object) -> None:
        raise StoreError("database_unreachable", database="daten.sqlite")

    monkeypatch.setattr("sync.notify.sending.compose", refuse)
    monkeypatch.setattr("sync.schedule.book.finish", refuse)
    assert cli("nightly", "--region", region).code == exits.DATABASE
    assert titles(server) == [TITLE]


def looks(monkeypatch: pytest.MonkeyPatch, clock: list[datetime], *moments: datetime) -> None:
    """Let a schedule look at the clock at some moments, and end."""
    left = list(moments)

    def wait(_: float) -> None:
        if not left:
            raise KeyboardInterrupt
        clock[0] = left.pop(0)

    monkeypatch.setattr("cli.schedule.sleep", wait)
    monkeypatch.setattr(Session, "now", lambda _: clock[0])


def at(moment: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{moment}:00+01:00")


def test_a_schedule_that_starts_without_its_database_tells_each_moment_once(
    cli: Cli, region: Path, server: MailServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hours = '[schedule]\nnightly = "30 2 * * *"\n'
    region.write_text(region.read_text(encoding="utf-8") + hours, encoding="utf-8")
    looks(monkeypatch, [at("20T20:00")], at("21T02:29"), at("21T02:30"), at("21T02:31"), at("22T02:30"))
    done = cli("--db", stopped(tmp_path), "schedule", "--region", region)
    assert done.code == exits.INTERRUPTED
    assert titles(server) == [TITLE, TITLE]
    assert len({str(taken.message["Message-ID"]) for taken in server.taken}) == 2
    assert done.err.count("ist nicht erreichbar. Nächster Schritt") == 1


def test_an_address_that_is_none_ends_a_schedule(cli: Cli, region: Path, server: MailServer) -> None:
    region.write_text(region.read_text(encoding="utf-8") + SETTINGS, encoding="utf-8")
    assert cli("--db", "daten", "schedule", "--region", region).code == exits.DATABASE


def test_a_night_that_is_begun_again_after_it_told_of_the_database_knows_that(
    cli: Cli,
    databases: Databases,
    region: Path,
    server: MailServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The night begins again and again and finds the database unusable each time; it tells that once."""
    hours = '[schedule]\nnightly = "30 2 * * *"\n'
    region.write_text(region.read_text(encoding="utf-8") + hours, encoding="utf-8")
    environments: list[dict[str, str]] = []

    def child(_arguments: object, environment: dict[str, str], *_: object) -> Ended:
        environments.append(environment)
        return Ended(exits.DATABASE, "Fehler")

    monkeypatch.setattr("cli.schedule.run_child", child)
    looks(monkeypatch, [at("20T20:00")], *(at(f"21T02:3{minute}") for minute in range(8)))
    with databases.sqlite(tmp_path, reference=True) as url:
        cli("--db", url, "schedule", "--region", region)
    assert [one.get(ALREADY_TOLD) for one in environments] == [None, "1"]
    assert titles(server) == []


def test_a_night_whose_schedule_has_told_that_the_database_is_away_does_not_tell_it_again(
    cli: Cli, region: Path, server: MailServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ALREADY_TOLD, "1")
    assert cli("--db", absent(tmp_path), "nightly", "--region", region).code == exits.DATABASE
    assert titles(server) == []
