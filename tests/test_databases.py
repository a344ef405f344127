"""The fixtures that all database tests rest on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from catalogue.store import Store
from catalogue.tables import area, reference_release, region_area
from tests import databases as module
from tests.conftest import LEFT_OUT, databases_key, pytest_terminal_summary
from tests.databases import DEMANDED, Databases, Server


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Databases]:
    """Databases of a session of their own, in which no server was looked for yet."""
    folder = tmp_path / "session-own"
    folder.mkdir()
    own = Databases(folder)
    yield own
    own.close()


class Terminal:
    """Collects what a run says at its end."""

    def __init__(self, *skipped: str) -> None:
        self.stats = {"skipped": [type("Report", (), {"longrepr": reason}) for reason in skipped]}
        self.said: list[str] = []

    def write_line(self, line: str, **_markup: bool) -> None:
        self.said.append(line)

    section = write_line


def summary(of: Databases, *skipped: str) -> str:
    stash = pytest.Stash()
    stash[databases_key] = of
    terminal = Terminal(*skipped)
    config = type("Config", (), {"stash": stash})
    pytest_terminal_summary(terminal, config)  # type: ignore[arg-type]
    return "\n".join(terminal.said)


@pytest.mark.parametrize("change", ["a", "b"])
def test_every_test_has_a_database_of_its_own(reference_store: Store, change: str) -> None:
    with reference_store.write() as connection:
        assert connection.scalar(select(func.count()).select_from(region_area)) == 0
        some = connection.scalar(select(area.c.id).limit(1))
        connection.execute(insert(region_area).values(area_id=some, position=0))


def test_a_plain_store_has_the_schema_and_no_rows(store: Store) -> None:
    store.require_current()
    with store.read() as connection:
        assert connection.scalar(select(func.count()).select_from(reference_release)) == 0


def test_a_run_without_server_says_loudly_what_it_left_out(
    elsewhere: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(DEMANDED, raising=False)
    monkeypatch.setattr(module, "_binaries", lambda: iter(()))
    assert elsewhere.server.url == ""
    said = summary(elsewhere, LEFT_OUT, "another reason", LEFT_OUT)
    assert "PostgreSQL LEFT OUT" in said
    assert "2 database tests ran on SQLite only" in said


def test_programs_that_do_not_start_are_reported(
    elsewhere: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken" / "bin"
    broken.mkdir(parents=True)
    (broken / "initdb").write_text("#!/bin/sh\necho no room left >&2\nexit 1\n", encoding="utf-8")
    (broken / "initdb").chmod(0o755)
    programs = [("wheel", broken), ("installed", tmp_path / "nowhere")]
    monkeypatch.delenv(DEMANDED, raising=False)
    monkeypatch.setattr(module, "_binaries", lambda: iter(programs))
    monkeypatch.setattr(module, "_account", lambda: None)
    found = elsewhere.server
    assert found.url == ""
    assert "no room left" in found.failures[0]
    assert found.failures[1].startswith("installed: no initdb")
    assert "no room left" in summary(elsewhere)


def test_a_server_that_was_asked_for_must_answer(
    elsewhere: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DEMANDED, "postgresql://nobody@127.0.0.1:1/none")
    found = elsewhere.server
    assert found.demanded
    assert (found.url, len(found.failures)) == ("", 1)
    assert DEMANDED in summary(elsewhere)


def test_a_run_that_needed_no_server_says_nothing(elsewhere: Databases) -> None:
    assert summary(elsewhere) == ""


def test_the_server_in_use_is_named(elsewhere: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(DEMANDED, raising=False)
    monkeypatch.setattr(module, "_find_server", lambda _folder: Server("", "nowhere", "", ["none"]))
    assert not elsewhere.server.demanded
    monkeypatch.setattr(Databases, "noted_server", Server("postgresql://x", "the wheel"))
    assert summary(elsewhere) == "PostgreSQL: the wheel"
    monkeypatch.undo()
