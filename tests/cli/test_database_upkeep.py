from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from catalogue.store import open_store
from sync.lock import only_one
from tests.cli.conftest import Cli
from tests.conftest import LEFT_OUT
from tests.databases import Databases


@pytest.fixture
def own(region: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the synced sample region, to be changed by a test."""
    path = tmp_path / "eigene.sqlite"
    synced = region.removeprefix("sqlite:///")
    with closing(sqlite3.connect(synced)) as source, closing(sqlite3.connect(path)) as target:
        source.backup(target)
    monkeypatch.setenv("LUECKENLOS_DB", f"sqlite:///{path}")
    return path


@pytest.fixture
def server(databases: Databases) -> Iterator[str]:
    if not databases.server.url:
        pytest.skip(LEFT_OUT)
    with databases.postgresql(reference=False) as url:
        yield url


def test_a_backup_is_written_and_restored_with_figures(cli: Cli, region: str, tmp_path: Path) -> None:
    file = tmp_path / "sicherung.zip"
    saved = cli("db", "backup", file, "--format", "json")
    assert (saved.code, "geöffnet und geprüft" in saved.err) == (0, True)
    assert saved.json["meta"]["bytes"] == file.stat().st_size
    url = f"sqlite:///{tmp_path / 'neu.sqlite'}"
    restored = cli("--db", url, "db", "restore", file, "--format", "json")
    assert restored.code == 0
    assert restored.json["rows"] == saved.json["rows"]
    assert cli("--db", url, "gaps", "--format", "csv").out == cli("gaps", "--format", "csv").out
    shown = cli("--db", url, "db", "restore", file, "--replace", "--lang", "en")
    assert "now holds what is in the backup" in shown.err
    assert "ozg_service" in shown.out


def test_a_restore_refuses_what_it_must(cli: Cli, own: Path, tmp_path: Path) -> None:
    file = tmp_path / "sicherung.zip"
    assert cli("db", "backup", file).code == 0
    refused = cli("db", "restore", file)
    assert (refused.code, "--replace" in refused.err) == (6, True)
    file.write_bytes(b"x")
    broken = cli("db", "restore", file, "--replace")
    assert (broken.code, "keine Sicherung" in broken.err) == (6, True)
    url = f"sqlite:///{tmp_path / 'neu.sqlite'}"
    absent = cli("--db", url, "db", "restore", tmp_path / "fehlt.zip")
    assert (absent.code, "fehlt.zip" in absent.err) == (1, True)
    assert cli("--db", url, "db", "restore", file).code == 6
    assert list(tmp_path.glob("neu.sqlite*")) == []


@pytest.mark.parametrize(
    "arguments",
    [["restore", "sicherung.zip", "--replace"], ["prune"], ["move", "--to", "sqlite:///x.sqlite"]],
)
def test_nothing_is_put_in_place_or_left_during_a_sync(
    cli: Cli, own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli("db", "backup", "sicherung.zip").code == 0
    store = open_store(f"sqlite:///{own}")
    with only_one(store):
        assert cli("db", *arguments).code == 75
        assert cli("db", "backup", "zweite.zip").code == 0
    store.close()


def test_everything_moves_to_a_server_and_back(cli: Cli, region: str, server: str, tmp_path: Path) -> None:
    moved = cli("db", "move", "--to", server, "--format", "json")
    assert (moved.code, "nach Zeilen und Prüfsummen gleich" in moved.err) == (0, True)
    back = f"sqlite:///{tmp_path / 'zurück.sqlite'}"
    returned = cli("--db", server, "db", "move", "--to", back, "--format", "json")
    assert returned.json["rows"] == moved.json["rows"]
    for place in (server, back):
        assert cli("--db", place, "coverage", "--format", "csv").out == cli("coverage", "--format", "csv").out
        assert cli("--db", place, "db", "check", "--format", "json").json["meta"]["sound"] is True
    again = cli("db", "move", "--to", server)
    assert (again.code, "--replace" in again.err) == (6, True)


def test_moving_onto_itself_is_refused(cli: Cli, own: Path) -> None:
    answer = cli("db", "move", "--to", f"sqlite:///{own}", "--replace")
    assert (answer.code, "Quelle und Ziel sind dieselbe Datenbank" in answer.err) == (6, True)
    assert cli("gaps").code == 0


def test_pruning_shows_what_it_would_do_and_does_it(cli: Cli, own: Path) -> None:
    tried = cli("db", "prune", "--older-than", "0", "--dry-run", "--format", "json").json
    assert [row["table"] for row in tried["rows"]] == ["issue", "source_memory", "notice"]
    assert tried["meta"]["dry_run"] is True
    shown = cli("db", "prune", "--dry-run").out
    assert "Probelauf, nichts gelöscht" in shown
    assert "Auffälligkeiten" in shown
    assert "source_memory" not in shown
    done = cli("db", "prune", "--older-than", "0")
    assert (done.code, "MB statt" in done.out) == (0, True)
    assert cli("db", "check").code == 0


@pytest.mark.parametrize("given", ["-1", "viele", "999999", "1.5"])
def test_an_age_is_a_number_of_days(cli: Cli, region: str, given: str) -> None:
    answer = cli("db", "prune", f"--older-than={given}", "--dry-run")
    assert (answer.code, "--older-than" in answer.err) == (2, True)


def test_the_check_names_what_contradicts_itself(cli: Cli, own: Path) -> None:
    with closing(sqlite3.connect(own)) as careless, careless:
        careless.execute(
            "UPDATE cell SET competent_area_id = 99999999 WHERE area_id = (SELECT max(area_id) FROM cell)"
        )
    answer = cli("db", "check")
    assert (answer.code, "enthält aber Widersprüche" in answer.out) == (6, True)
    assert "cell.competent_area_id" in answer.out
    meta = cli("db", "check", "--format", "json").json["meta"]
    assert (meta["sound"], meta["complaints"], meta["findings"][0]["kind"]) == (False, [], "dangling")
    assert meta["bytes"] > 1_000_000


def test_a_wrong_setting_in_the_address_is_named(cli: Cli) -> None:
    answer = cli("--db", "postgresql://h/db?pool_size=viele", "db", "check")
    assert (answer.code, "pool_size=viele" in answer.err) == (6, True)
