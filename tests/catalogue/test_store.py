from __future__ import annotations

import shutil
import sqlite3
import threading
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import Connection, create_engine, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from catalogue.errors import StoreError
from catalogue.store import Store, default_url, open_store, redact
from catalogue.tables import run, source_theme

ON_SQLITE = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


@pytest.fixture
def stage_file(tmp_path: Path) -> Path:
    """A SQLite file with one table of three rows."""
    path = tmp_path / "stage.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE staged (n INTEGER)")
        connection.executemany("INSERT INTO staged VALUES (?)", [(1,), (2,), (3,)])
    connection.close()
    return path


def add_run(connection: Connection, region: str) -> None:
    row = {
        "started_at": "2026-02-01T02:30:00+00:00",
        "state": "running",
        "version": "1",
        "host": "h",
        "pid": 1,
    }
    connection.execute(insert(run).values(region=region, **row))


def fail_after_writing(store: Store, attach: tuple[str, Path] | None = None) -> None:
    with store.write(attach=attach) as connection:
        add_run(connection, "half")
        raise KeyError


def regions(store: Store) -> list[str]:
    with store.read() as connection:
        return list(connection.scalars(select(run.c.region).order_by(run.c.id)))


# --- URLs ---------------------------------------------------------------------------------------


def test_the_environment_names_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUECKENLOS_DB", " postgresql://db.example/lueckenlos ")
    assert default_url() == "postgresql://db.example/lueckenlos"


def test_without_a_setting_a_file_in_the_data_folder_is_used_and_its_folder_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LUECKENLOS_DB", "")
    monkeypatch.setattr("catalogue.store.user_data_path", lambda *_, **__: tmp_path / "new" / "folder")
    store = open_store()
    assert store.current_revision() is None
    store.close()
    assert (tmp_path / "new" / "folder" / "lueckenlos.sqlite").is_file()


def test_a_home_folder_in_the_url_is_meant(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    store = open_store("sqlite:///~/data/a.sqlite")
    store.upgrade()
    store.close()
    assert (tmp_path / "data" / "a.sqlite").is_file()


def test_a_database_in_memory_needs_no_folder() -> None:
    store = open_store("sqlite://")
    store.upgrade()
    store.require_current()
    store.close()


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "mysql://u:geheim@h/db",
        "postgresql://u:geheim@h:port/db",
        "sqlite+aiosqlite:///x",
        "postgres:/x",
    ],
)
def test_a_wrong_url_is_named_without_its_password(url: str) -> None:
    with pytest.raises(StoreError) as caught:
        open_store(url)
    assert caught.value.code == "database_url"
    assert "geheim" not in str(caught.value)


def test_a_database_opened_for_reading_alone_is_shown_as_people_write_it() -> None:
    for_reading = f"sqlite:///file:{quote('/srv/lücke 1.sqlite')}?mode=ro&uri=true"
    assert redact(for_reading) == redact("sqlite:////srv/lücke 1.sqlite")
    assert redact("sqlite:///file:/srv/a.sqlite?mode=ro&uri=true") == "sqlite:////srv/a.sqlite"


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StoreError) as caught:
        open_store(f"sqlite:///{tmp_path}/file/a.sqlite")
    assert caught.value.code == "database_folder"
    assert caught.value.params["path"] == f"{tmp_path}/file"
    assert caught.value.params["why"]


def test_a_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ImportError("psycopg")

    monkeypatch.setattr("catalogue.store.create_engine", fail)
    with pytest.raises(StoreError) as caught:
        open_store("postgresql://u:geheim@h/db")
    assert caught.value.code == "postgres_driver_missing"


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg2", "postgresql+psycopg"])
def test_every_spelling_of_postgresql_means_the_one_driver(scheme: str) -> None:
    store = open_store(f"{scheme}://u:geheim@h/db")
    assert store.engine.url.drivername == "postgresql+psycopg"
    assert store.shown_url == "postgresql+psycopg://u:***@h/db"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:geheim@h:5432/db", "postgresql://u:***@h:5432/db"),
        ("postgresql://u:ge@heim@h/db", "postgresql://u:***@h/db"),
        ("postgresql:///db?user=u&password=geheim&host=h", "postgresql:///db?host=h&user=u"),
        ("postgresql://h/db?sslpassword=geheim", "postgresql://h/db"),
        ("postgresql://u:geheim@h:port/db", "?"),
        ("geheim", "?"),
        ("sqlite:////srv/a.sqlite", "sqlite:////srv/a.sqlite"),
    ],
)
def test_passwords_are_never_shown(url: str, shown: str) -> None:
    assert redact(url) == shown


def test_errors_of_an_unreachable_server_do_not_show_the_password() -> None:
    store = open_store("postgresql://u:geheim@127.0.0.1:1/db?connect_timeout=2")
    with pytest.raises(StoreError) as caught, store.read():
        pass
    assert caught.value.code == "database_unreachable"
    assert "geheim" not in str(caught.value)


# --- transactions -------------------------------------------------------------------------------


def test_what_is_written_is_kept(empty_store: Store) -> None:
    with empty_store.write() as connection:
        add_run(connection, "kept")
    assert regions(empty_store) == ["kept"]


def test_without_keep_everything_is_rolled_back(empty_store: Store) -> None:
    with empty_store.write(keep=False) as connection:
        add_run(connection, "trial")
        assert list(connection.scalars(select(run.c.region))) == ["trial"]
    assert regions(empty_store) == []


def test_an_error_rolls_everything_back(empty_store: Store) -> None:
    with pytest.raises(KeyError):
        fail_after_writing(empty_store)
    assert regions(empty_store) == []


def test_what_a_reader_writes_is_not_kept(empty_store: Store) -> None:
    with empty_store.read() as connection:
        add_run(connection, "reader")
    assert regions(empty_store) == []


def test_a_reader_sees_one_state_while_others_write(empty_store: Store) -> None:
    with empty_store.write() as connection:
        add_run(connection, "old")
    with empty_store.read() as reader:
        names = select(run.c.region).order_by(run.c.id)
        assert list(reader.scalars(names)) == ["old"]
        with empty_store.write() as writer:
            add_run(writer, "new")
            assert list(reader.scalars(names)) == ["old"]
        assert list(reader.scalars(names)) == ["old"]
    assert regions(empty_store) == ["old", "new"]


def test_rows_without_their_parents_are_refused(empty_store: Store) -> None:
    with pytest.raises(IntegrityError), empty_store.write() as connection:
        connection.execute(insert(source_theme).values(source_id=77, theme="Bauen"))


@ON_SQLITE
def test_sqlite_writes_ahead_so_that_readers_never_wait(store: Store) -> None:
    with store.read() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1
        assert connection.scalar(text("PRAGMA busy_timeout")) == 30_000


@ON_SQLITE
def test_a_writer_is_one_from_the_beginning(store: Store) -> None:
    impatient = create_engine(store.engine.url, connect_args={"timeout": 0, "isolation_level": None})
    with store.write(), impatient.connect() as other:
        with pytest.raises(OperationalError, match="locked"):
            other.exec_driver_sql("BEGIN IMMEDIATE")
        assert other.scalar(select(run.c.id)) is None
    impatient.dispose()


@ON_SQLITE
def test_a_second_writer_waits_for_the_first(store: Store) -> None:
    inside = threading.Event()

    def second() -> None:
        inside.wait(10)
        with store.write() as connection:
            # Read first: had the transaction begun as a reader's, writing would fail at once.
            assert list(connection.scalars(select(run.c.region))) == ["first"]
            add_run(connection, "second")

    thread = threading.Thread(target=second)
    thread.start()
    with store.write() as connection:
        add_run(connection, "first")
        inside.set()
    thread.join(30)
    assert regions(store) == ["first", "second"]


# --- attached files -----------------------------------------------------------------------------


@ON_SQLITE
def test_an_attached_file_is_seen_only_meanwhile(store: Store, stage_file: Path) -> None:
    with store.write(attach=("stage", stage_file)) as connection:
        assert connection.scalar(text("SELECT sum(n) FROM stage.staged")) == 6
    with store.read() as connection:
        names = connection.execute(text("PRAGMA database_list")).all()
        assert "stage" not in {name for _, name, _ in names}


@ON_SQLITE
@pytest.mark.parametrize("keep", [True, False])
def test_a_file_can_be_attached_again_and_again(store: Store, stage_file: Path, keep: bool) -> None:
    for _ in range(3):
        with store.write(keep=keep, attach=("stage", stage_file)) as connection:
            assert connection.scalar(text("SELECT count(*) FROM stage.staged")) == 3


@ON_SQLITE
def test_after_an_error_the_file_is_detached(store: Store, stage_file: Path) -> None:
    for _ in range(2):
        with pytest.raises(KeyError):
            fail_after_writing(store, ("stage", stage_file))
    assert regions(store) == []


@ON_SQLITE
def test_a_result_left_unread_neither_hides_an_error_nor_blocks_the_next_stage(
    store: Store, stage_file: Path
) -> None:
    results = []

    def fail_while_reading() -> None:
        with store.write(attach=("stage", stage_file)) as connection:
            results.append(connection.execute(text("SELECT n FROM stage.staged")))
            results[0].fetchone()
            raise KeyError

    with pytest.raises(KeyError):
        fail_while_reading()
    another = shutil.copyfile(stage_file, stage_file.with_suffix(".copy"))
    with store.write(attach=("stage", another)) as connection:
        add_run(connection, "next")
    assert regions(store) == ["next"]


@ON_SQLITE
def test_a_file_that_cannot_be_attached_is_a_named_error(store: Store, tmp_path: Path) -> None:
    missing = tmp_path / "no folder" / "stage.sqlite"
    with pytest.raises(StoreError, match="database_unreachable"), store.write(attach=("stage", missing)):
        pass
    garbage = tmp_path / "garbage.sqlite"
    garbage.write_bytes(b"no database " * 500)
    with pytest.raises(StoreError, match="database_damaged"), store.write(attach=("stage", garbage)):
        pass
    with store.write() as connection:
        add_run(connection, "next")
    assert regions(store) == ["next"]
