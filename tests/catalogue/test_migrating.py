"""Migrations on a server that others use meanwhile."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command
from sqlalchemy import func, inspect, select, text

from catalogue import migrating
from catalogue.errors import StoreError
from catalogue.migrating import LOCK_NUMBER
from catalogue.store import Store, _alembic_config, _head, open_store
from catalogue.tables import run
from catalogue.upkeep.content import whole_content
from tests.catalogue.upkeep.conftest import fill

ON_POSTGRESQL = pytest.mark.parametrize("store", ["postgresql"], indirect=True)
REFERENCE_ON_POSTGRESQL = pytest.mark.parametrize("reference_store", ["postgresql"], indirect=True)


def take_back(store: Store, revision: str) -> None:
    with store.write() as connection:
        config = _alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


@REFERENCE_ON_POSTGRESQL
def test_readers_go_on_while_tables_are_added(reference_store: Store) -> None:
    """What 0007 adds refers to the table of runs, which is being read."""
    take_back(reference_store, "0006")
    with reference_store.read() as reader:
        before = reader.scalar(select(func.count()).select_from(run))
        reference_store.upgrade()
        assert reader.scalar(select(func.count()).select_from(run)) == before
    reference_store.require_current()


@ON_POSTGRESQL
def test_a_table_in_use_is_waited_for_briefly_and_nothing_is_half_done(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """0006 makes the table of annotations anew."""
    monkeypatch.setattr(migrating, "TABLE_SECONDS", 1)
    monkeypatch.setattr("catalogue.store.ATTEMPTS", 2)
    take_back(store, "0005")
    with store.read() as reader:
        reader.execute(text("SELECT * FROM annotation"))
        with pytest.raises(StoreError, match="database_locked"):
            store.upgrade()
        assert store.current_revision() == "0005"
        assert not inspect(reader).has_table("annotation_before")
    store.upgrade()
    store.require_current()


@ON_POSTGRESQL
def test_a_migration_gets_through_once_the_reader_is_done(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrating, "TABLE_SECONDS", 1)
    take_back(store, "0005")
    tried = threading.Event()

    def wait_and_tell(connection: object) -> None:
        original(connection)  # type: ignore[arg-type]
        if migrations:
            tried.set()  # the second attempt begins
        migrations.append(1)

    original, migrations = migrating.wait_briefly, []
    monkeypatch.setattr("catalogue.store.wait_briefly", wait_and_tell)
    with ThreadPoolExecutor(1) as thread:
        with store.read() as reader:
            reader.execute(text("SELECT * FROM annotation"))
            upgrade = thread.submit(store.upgrade)
            assert tried.wait(30)
        upgrade.result(30)
    store.require_current()


@ON_POSTGRESQL
def test_migrations_that_begin_at_once_follow_each_other(store: Store) -> None:
    take_back(store, "base")
    url = store.engine.url.render_as_string(hide_password=False)
    stores = [open_store(url) for _ in range(3)]
    with ThreadPoolExecutor(len(stores)) as threads:
        for done in [threads.submit(one.upgrade) for one in stores]:
            done.result(60)
    for one in stores:
        assert one.current_revision() == _head()
        one.close()


@ON_POSTGRESQL
def test_a_migration_that_never_ends_does_not_hold_up_the_next_for_ever(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrating, "MIGRATION_SECONDS", 1)
    with store.read() as other:
        other.execute(text("SELECT pg_advisory_lock(:number)"), {"number": LOCK_NUMBER})
        with pytest.raises(StoreError, match="database_locked"):
            store.upgrade()
        other.execute(text("SELECT pg_advisory_unlock(:number)"), {"number": LOCK_NUMBER})
    store.upgrade()


def test_a_database_with_rows_is_taken_back_and_brought_up_to_date_again(store: Store) -> None:
    fill(store)
    with store.write(rebuild=True) as connection:
        config = _alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
    store.upgrade()
    with store.read() as connection:
        counts = {one.table: one.rows for one in whole_content(connection) if one.rows}
    assert counts == {"reference_release": 1, "run": 2, "area": 4, "edition": 2, "cell": 1, "cell_change": 2}
