from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError

from catalogue import store as store_module
from catalogue.bulk import copy_rows
from catalogue.errors import StoreError
from catalogue.store import Store, open_store
from catalogue.tables import run

ON_SQLITE = pytest.mark.parametrize("store", ["sqlite"], indirect=True)
ON_POSTGRESQL = pytest.mark.parametrize("module_store", ["postgresql"], indirect=True)
ON_POSTGRESQL_OF_ITS_OWN = pytest.mark.parametrize("store", ["postgresql"], indirect=True)
RUN = {
    "started_at": "2026-02-01T02:30:00+00:00",
    "state": "running",
    "region": "",
    "version": "1",
    "host": "h",
    "pid": 1,
}


def path_of(store: Store) -> Path:
    return Path(store.engine.url.database or "")


def count_runs(store: Store) -> int:
    with store.read() as connection:
        return len(connection.execute(select(run.c.id)).all())


@ON_SQLITE
def test_a_locked_database_is_named_and_readers_go_on(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "BUSY_TIMEOUT_SECONDS", 0)
    impatient = open_store(f"sqlite:///{path_of(store)}")
    with store.write() as connection:
        connection.execute(insert(run).values(RUN))
        with pytest.raises(StoreError) as caught, impatient.write():
            pytest.fail("two writers at once")
        assert count_runs(impatient) == 0
    assert caught.value.code == "database_locked"
    assert caught.value.params == {"database": impatient.shown_url}
    assert count_runs(impatient) == 1
    impatient.close()


@ON_SQLITE
def test_a_read_only_file_is_named_when_written_to(store: Store) -> None:
    read_only = open_store(f"sqlite:///file:{path_of(store)}?mode=ro&uri=true")
    with store.read():  # keeps the files of the write-ahead log there
        assert count_runs(read_only) == 0
        with pytest.raises(StoreError, match="database_read_only"), read_only.write() as connection:
            connection.execute(insert(run).values(RUN))
    read_only.close()
    assert not Path("file:").exists()


@ON_POSTGRESQL
def test_a_read_only_server_is_named(empty_store: Store) -> None:
    url = empty_store.engine.url.update_query_dict({"options": "-c default_transaction_read_only=on"})
    standby = open_store(url.render_as_string(hide_password=False))
    with pytest.raises(StoreError, match="database_read_only"), standby.write() as connection:
        connection.execute(insert(run).values(RUN))
    standby.close()


@ON_SQLITE
@pytest.mark.parametrize("content", [b"no database at all " * 300, b"SQLite format 3\x00" + b"\xaa" * 8000])
def test_a_file_that_is_no_database_is_named(store: Store, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.sqlite"
    path.write_bytes(content)
    damaged = open_store(f"sqlite:///{path}")
    with pytest.raises(StoreError) as caught:
        damaged.require_current()
    damaged.close()
    assert caught.value.code == "database_damaged"
    assert path.read_bytes() == content


@ON_SQLITE
def test_damage_inside_of_the_file_is_named(store: Store) -> None:
    with store.write() as connection:
        connection.execute(insert(run), [RUN] * 100)
    store.close()
    path = path_of(store)
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xaa" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(StoreError, match="database_damaged"):
        count_runs(store)


@ON_SQLITE
def test_a_full_disk_is_named_and_keeps_the_old_state(store: Store) -> None:
    with store.write() as connection:
        connection.execute(insert(run).values(RUN))

    def fill_the_disk() -> None:
        with store.write() as connection:
            pages = connection.scalar(text("PRAGMA page_count"))
            connection.execute(text(f"PRAGMA max_page_count = {pages}"))
            connection.execute(insert(run), [RUN | {"region": "x" * 10_000}] * 100)

    with pytest.raises(StoreError, match="disk_full"):
        fill_the_disk()
    store.close()
    assert count_runs(store) == 1
    with closing(sqlite3.connect(path_of(store))) as check:
        assert check.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@ON_POSTGRESQL
@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("53100", "disk_full"),
        ("25006", "database_read_only"),
        ("55P03", "database_locked"),
        ("40P01", "database_locked"),
        ("XX001", "database_damaged"),
        ("57P03", "database_unreachable"),
    ],
)
def test_the_servers_troubles_are_named_in_whatever_language_it_speaks(
    empty_store: Store, state: str, code: str
) -> None:
    trouble = f"DO $$ BEGIN RAISE EXCEPTION 'Auf dem Gerät ist kein Platz' USING ERRCODE = '{state}'; END $$"
    with pytest.raises(StoreError) as caught, empty_store.write() as connection:
        connection.execute(text(trouble))
    assert caught.value.code == code


@ON_POSTGRESQL_OF_ITS_OWN
def test_an_error_while_copying_is_named_too(store: Store) -> None:
    with store.write() as connection:
        connection.execute(
            text(
                "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = '53100'; END $$"
            )
        )
        connection.execute(
            text("CREATE TRIGGER full_disk BEFORE INSERT ON run FOR EACH ROW EXECUTE FUNCTION full_disk()")
        )
    with pytest.raises(StoreError, match="disk_full"), store.write() as connection:
        copy_rows(connection, "run", tuple(RUN), [tuple(RUN.values())])


@ON_POSTGRESQL
def test_a_writer_that_was_overtaken_is_told_so(empty_store: Store) -> None:
    with empty_store.write() as connection:
        connection.execute(insert(run).values(RUN))

    def be_overtaken() -> None:
        with empty_store.write() as slow:
            assert slow.scalar(select(run.c.state)) == "running"
            with empty_store.write() as fast:
                fast.execute(update(run).values(state="ok"))
            slow.execute(update(run).values(state="failed"))

    with pytest.raises(StoreError, match="database_locked"):
        be_overtaken()


@ON_POSTGRESQL
def test_a_connection_cut_by_the_server_is_named_and_the_next_one_works(empty_store: Store) -> None:
    def be_cut_off() -> None:
        with empty_store.write() as connection:
            victim = connection.scalar(text("SELECT pg_backend_pid()"))
            with empty_store.read() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": victim})
            connection.execute(insert(run).values(RUN))

    with pytest.raises(StoreError, match="database_unreachable"):
        be_cut_off()
    assert count_runs(empty_store) == 0


def test_a_defect_in_a_statement_is_no_trouble_of_the_database(empty_store: Store) -> None:
    with pytest.raises(DBAPIError, match="no_such_table"), empty_store.read() as connection:
        connection.execute(text("SELECT * FROM no_such_table"))


def test_errors_of_others_pass_through(empty_store: Store) -> None:
    with pytest.raises(ZeroDivisionError), empty_store.read():
        raise ZeroDivisionError
