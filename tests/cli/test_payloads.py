from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import insert, select

from catalogue import tables
from catalogue.payloads import keep_file, kept_files, place_of
from catalogue.payloads_book import KeptFile, note_kept
from catalogue.store import open_store
from tests.cli.conftest import Cli

CONTENT = b"<antwort>Frau Muster, 0209 1234</antwort>"
RUN = {"state": "ok", "region": "", "version": "1", "host": "h", "pid": 1}
SOURCE = {
    "key": "land",
    "kind": "xzufi",
    "name": "",
    "trust": 50,
    "speaks": True,
    "active": True,
    "settings_digest": "",
    "state": "ok",
    "complete": True,
    "stale_after_hours": 36,
    "objects": 0,
    "voice": "",
    "matched_release": 1,
}


@pytest.fixture
def keeping(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A region file whose deliveries are kept, with one kept long ago; returns their folder."""
    monkeypatch.chdir(tmp_path)
    Path("lueckenlos.toml").write_text(
        '[region]\nname = "Probe"\nareas = ["055120000000"]\n\n[payloads]\nfolder = "aufgehoben"\n',
        encoding="utf-8",
    )
    delivered = tmp_path / "land.xml"
    delivered.write_bytes(CONTENT)
    folder = tmp_path / "aufgehoben"
    kept = keep_file(folder, delivered)
    store = open_store(database)
    with store.write() as connection:
        connection.execute(insert(tables.run).values(id=1, started_at="2026-01-02T03:00:00+00:00", **RUN))
        connection.execute(insert(tables.source).values(id=1, **SOURCE))
        note_kept(connection, 1, 1, [KeptFile("land.xml", kept)])
    store.close()
    return folder


def test_what_is_kept_is_listed(cli: Cli, keeping: Path) -> None:
    listed = cli("payloads", "list", "--source", "land", "--format", "json")
    (row,) = listed.json["rows"]
    assert (row["source"], row["name"], row["size"]) == ("land", "land.xml", len(CONTENT))
    shown = cli("payloads", "list")
    assert (shown.code, "land.xml" in shown.out, "Nummer" in shown.out) == (0, True, True)


def test_nothing_kept_says_how_to_keep(cli: Cli, database: str) -> None:
    answer = cli("payloads", "list", "--lang", "en")
    assert (answer.code, "[payloads]" in answer.out) == (0, True)


def test_a_kept_file_is_got_back_as_it_was(cli: Cli, keeping: Path, tmp_path: Path) -> None:
    number = cli("payloads", "list", "--format", "json").json["rows"][0]["payload"]
    got = cli("payloads", "get", str(number), "--out", "zurueck.xml")
    assert (got.code, "Prüfsumme stimmt" in got.err) == (0, True)
    assert (tmp_path / "zurueck.xml").read_bytes() == CONTENT


def test_a_damaged_file_is_told_and_nothing_is_written(cli: Cli, keeping: Path, tmp_path: Path) -> None:
    (path,) = kept_files(keeping)
    path.write_bytes(b"x")
    damaged = cli("payloads", "get", "1", "--out", "zurueck.xml")
    assert (damaged.code, "beschädigt" in damaged.err) == (2, True)
    path.unlink()
    gone = cli("payloads", "get", "1", "--out", "zurueck.xml", "--lang", "en")
    assert (gone.code, "not in" in gone.err) == (2, True)
    assert not list(tmp_path.glob("*zurueck*"))


@pytest.mark.parametrize("number", ["17", "x", "-1", "9" * 40, ""])
def test_a_number_of_nothing_is_refused(cli: Cli, keeping: Path, number: str) -> None:
    answer = cli("payloads", "get", "--out", "x", "--", number)
    assert (answer.code, answer.out, "Traceback" in answer.err) == (2, "", False)


def test_without_the_table_it_says_so(cli: Cli, keeping: Path) -> None:
    Path("lueckenlos.toml").write_text('[region]\nname = "Probe"\nareas = ["055120000000"]\n')
    for arguments in (["payloads", "get", "1", "--out", "x"], ["db", "prune", "--payloads"]):
        answer = cli(*arguments)
        assert (answer.code, "[payloads]" in answer.err) == (2, True)


def test_pruning_forgets_them_only_when_asked(cli: Cli, keeping: Path, database: str) -> None:
    (path,) = kept_files(keeping)
    assert cli("db", "prune").code == 0
    assert path.exists()
    would = cli("db", "prune", "--payloads", "--dry-run", "--format", "json")
    assert would.json["meta"]["payloads"] == {
        "folder": str(keeping),
        "keep_days": 30,
        "files_removed": 1,
        "files_kept": 0,
        "bytes_removed": path.stat().st_size,
    }
    assert path.exists()
    done = cli("db", "prune", "--payloads")
    assert (done.code, "1 Datei entfernt" in done.out) == (0, True)
    assert not path.exists()
    store = open_store(database)
    with store.read() as connection:
        assert connection.execute(select(tables.payload)).all() == []
    store.close()


def test_pruning_refuses_a_region_file_with_errors_before_it_forgets_anything(
    cli: Cli, keeping: Path
) -> None:
    Path("lueckenlos.toml").write_text('[region]\nname = "Probe"\nareas = ["055120000000"]\n[payloads]\n')
    answer = cli("db", "prune", "--payloads")
    assert (answer.code, "folder" in answer.err) == (2, True)
    (path,) = kept_files(keeping)
    assert place_of(keeping, path.name[:64]) == path
