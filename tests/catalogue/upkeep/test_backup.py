from __future__ import annotations

import json
import shutil
import sqlite3
import stat
import threading
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import insert, update

from catalogue.errors import StoreError
from catalogue.store import Store, _alembic_config, _head, open_store
from catalogue.tables import cell, run
from catalogue.upkeep import backup as backup_module
from catalogue.upkeep import restore as restore_module
from catalogue.upkeep.backup import DATABASE, MANIFEST, write_backup
from catalogue.upkeep.content import TableContent, first_filled, whole_content
from catalogue.upkeep.restore import read_manifest, restore_backup
from tests.catalogue.upkeep.conftest import NewStore

KINDS = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
RUN = {"started_at": "2026", "state": "ok", "region": "", "version": "1", "host": "h", "pid": 1}


def content(store: Store) -> list[TableContent]:
    with store.read() as connection:
        return whole_content(connection)


@pytest.fixture
def saved(small: Store, tmp_path: Path) -> Path:
    """A backup of the small database."""
    return write_backup(small, tmp_path / "backup.zip", "1.2").path


def rewrite(path: Path, *, manifest: dict[str, object] | None = None, database: bytes | None = None) -> None:
    """Change what a backup says of itself, or its database."""
    with zipfile.ZipFile(path) as archive:
        old = json.loads(archive.read(MANIFEST))
        content = archive.read(DATABASE)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(MANIFEST, json.dumps({**old, **(manifest or {})}))
        archive.writestr(DATABASE, content if database is None else database)


def unpacked(path: Path, folder: Path) -> Path:
    with zipfile.ZipFile(path) as archive:
        return Path(archive.extract(DATABASE, folder))


def pack_again(path: Path, database: Path) -> None:
    """Put a changed database into a backup that vouches for it."""
    changed = database.read_bytes()
    digest = backup_module.sha256(changed).hexdigest()
    rewrite(path, manifest={"database_sha256": digest, "database_bytes": len(changed)}, database=changed)


@KINDS
def test_a_backup_of_either_is_restored_into_either(
    filled: Store, new_store: NewStore, kind: str, tmp_path: Path
) -> None:
    saved = write_backup(filled, tmp_path / "backup.zip", "1.2")
    target = new_store(kind)
    restored = restore_backup(saved.path, target)
    assert content(target) == content(filled) == list(saved.manifest.tables) == restored.tables
    assert saved.manifest.engine == filled.engine.dialect.name


def test_a_backup_says_what_it_is_and_only_its_owner_may_read_it(small: Store, saved: Path) -> None:
    manifest = read_manifest(saved)
    assert (manifest.program, manifest.revision) == ("1.2", _head())
    assert list(manifest.tables) == content(small)
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    assert [path.name for path in saved.parent.iterdir() if path.name.startswith(".")] == []


def test_the_database_in_a_backup_can_be_used_as_it_is(small: Store, saved: Path, tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{unpacked(saved, tmp_path / 'x')}")
    store.require_current()
    assert content(store) == content(small)
    store.close()


def test_it_is_made_of_one_moment_while_others_write(
    small: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer commits after the backup began to read and before the file is copied."""
    before, count = content(small), backup_module.whole_content

    def write_meanwhile(connection: object) -> list[TableContent]:
        found = count(connection)  # type: ignore[arg-type]
        if len(written) == 0:
            thread = threading.Thread(target=add_run)
            thread.start()
            thread.join()
        return found

    def add_run() -> None:
        with small.write() as connection:
            connection.execute(insert(run).values(RUN))
        written.append(1)

    written: list[int] = []
    monkeypatch.setattr(backup_module, "whole_content", write_meanwhile)
    saved = write_backup(small, tmp_path / "backup.zip", "1")
    assert list(saved.manifest.tables) == before
    assert content(small) != before


def test_a_copy_that_differs_never_becomes_a_backup(
    small: Store, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The older backup stays."""
    before, checked = saved.read_bytes(), backup_module._checked

    def forge(copied: Path, expected: list[TableContent]) -> list[TableContent]:
        with closing(sqlite3.connect(copied)) as connection, connection:
            connection.execute("DELETE FROM cell_past")
        return checked(copied, expected)

    monkeypatch.setattr(backup_module, "_checked", forge)
    with pytest.raises(StoreError, match="copy_differs"):
        write_backup(small, saved, "1")
    assert saved.read_bytes() == before


def test_a_damaged_database_gives_no_backup(small: Store, tmp_path: Path) -> None:
    path = Path(small.engine.url.database or "")
    small.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA writable_schema=ON")
        connection.execute("UPDATE sqlite_master SET rootpage = rootpage + 1 WHERE name = 'ix_area_ags'")
    with pytest.raises(StoreError, match=r"damaged"):
        write_backup(small, tmp_path / "backup.zip", "1")
    assert not (tmp_path / "backup.zip").exists()


def test_a_backup_never_replaces_the_database(small: Store) -> None:
    path = Path(small.engine.url.database or "")
    with pytest.raises(StoreError, match="backup_onto_database"):
        write_backup(small, path, "1")
    assert content(small)


def test_a_folder_that_is_not_there_is_named(small: Store, tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"backup\.zip"):
        write_backup(small, tmp_path / "fehlt" / "backup.zip", "1")


@KINDS
def test_a_target_with_rows_is_kept_unless_told(saved: Path, new_store: NewStore, kind: str) -> None:
    target = new_store(kind)
    with target.write() as connection:
        connection.execute(insert(run).values(RUN))
    with pytest.raises(StoreError, match="target_not_empty"):
        restore_backup(saved, target)
    restore_backup(saved, target, replace=True)
    assert content(target) == list(read_manifest(saved).tables)


def test_a_database_that_is_not_there_yet_is_made(saved: Path, tmp_path: Path) -> None:
    target = open_store(f"sqlite:///{tmp_path / 'neu' / 'x.sqlite'}")
    restore_backup(saved, target)
    assert content(target) == list(read_manifest(saved).tables)
    target.close()


def test_a_backup_of_an_older_version_is_brought_up_to_date(
    saved: Path, new_store: NewStore, tmp_path: Path
) -> None:
    old = unpacked(saved, tmp_path / "x")
    store = open_store(f"sqlite:///{old}")
    with store.write(rebuild=True) as connection:
        config = _alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0005")
    store.close()
    rewrite(saved, manifest={"revision": "0005"})
    pack_again(saved, old)
    target = new_store("sqlite")
    restored = restore_backup(saved, target)
    assert restored.manifest.revision == "0005"
    target.require_current()
    assert {one.table: one.rows for one in restored.tables}["cell_past"] == 1


def test_a_backup_of_a_newer_version_is_refused(saved: Path, new_store: NewStore, tmp_path: Path) -> None:
    new = unpacked(saved, tmp_path / "x")
    with closing(sqlite3.connect(new)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = 'f00d'")
    rewrite(saved, manifest={"revision": "f00d"})
    pack_again(saved, new)
    with pytest.raises(StoreError, match="database_too_new"):
        restore_backup(saved, new_store("sqlite"))


def spoil(saved: Path, how: str, folder: Path) -> None:
    if how == "no archive":
        saved.write_bytes(b"no backup at all " * 100)
    elif how == "cut":
        saved.write_bytes(saved.read_bytes()[:-200])
    elif how == "turned bits":
        content = bytearray(saved.read_bytes())
        content[len(content) // 2] ^= 0xFF
        saved.write_bytes(content)
    elif how == "more files":
        with zipfile.ZipFile(saved, "a") as archive:
            archive.writestr("../more", "x")
    elif how == "another database":
        rewrite(saved, database=b"x" * 10_000)
    elif how == "larger than it says":
        rewrite(saved, manifest={"database_bytes": 10})
    elif how == "manifest of something else":
        rewrite(saved, manifest={"format": "other/1"})
    elif how == "counts that are wrong":
        rewrite(saved, manifest={"tables": []})
    else:
        database = unpacked(saved, folder)
        with closing(sqlite3.connect(database)) as connection, connection:
            connection.execute(how)
        pack_again(saved, database)


@pytest.mark.parametrize(
    "how",
    [
        "no archive",
        "cut",
        "turned bits",
        "more files",
        "another database",
        "larger than it says",
        "manifest of something else",
        "counts that are wrong",
        "CREATE TRIGGER t AFTER INSERT ON run BEGIN DELETE FROM cell; END",
        "CREATE VIEW v AS SELECT * FROM cell",
        "CREATE VIRTUAL TABLE v USING fts5(a)",
        "DROP TABLE alembic_version",
        "UPDATE cell SET status = 'missing'",
        "INSERT INTO source_theme VALUES (4711, 'Umwelt')",
    ],
)
def test_what_is_no_whole_backup_is_refused(
    saved: Path, new_store: NewStore, how: str, tmp_path: Path
) -> None:
    spoil(saved, how, tmp_path / "x")
    target = new_store("sqlite")
    with pytest.raises(StoreError, match="backup_unreadable"):
        restore_backup(saved, target)
    with target.read() as connection:
        assert first_filled(connection) == ""


def test_there_must_be_room_to_unpack(
    saved: Path, new_store: NewStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(saved.parent)
    monkeypatch.setattr(restore_module.shutil, "disk_usage", lambda _path: usage._replace(free=1_000))
    with pytest.raises(StoreError, match="backup_no_room"):
        restore_backup(saved, new_store("sqlite"))


def test_a_backup_of_a_server_is_of_one_moment(
    new_store: NewStore, small: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = new_store("postgresql")
    restore_backup(write_backup(small, tmp_path / "first.zip", "1").path, server)
    before = content(server)

    def write_meanwhile(table: str, rows: int) -> None:
        if table == run.name:  # cells are read later
            with server.write() as connection:
                connection.execute(update(cell).values(status="missing"))

    saved = write_backup(server, tmp_path / "second.zip", "1", write_meanwhile)
    assert list(saved.manifest.tables) == before
    assert content(server) != before
