from __future__ import annotations

import re
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from catalogue.errors import StoreError
from catalogue.store import Store, _alembic_config, open_store
from catalogue.tables import metadata


def revise(store: Store, revision: str) -> None:
    with store.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :new"), {"new": revision})


def test_the_migrations_make_what_the_tables_say(empty_store: Store) -> None:
    with empty_store.read() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, metadata) == []


def test_the_migrations_make_it_down_to_the_last_index(empty_store: Store) -> None:
    """Comparing metadata overlooks conditions of indexes, tables without rowid and names."""
    with empty_store.write(keep=False) as connection:
        migrated = definitions(connection)
        metadata.drop_all(connection)
        metadata.create_all(connection)
        assert definitions(connection) == migrated
    assert any("vanished_run IS NOT NULL" in str(definition) for definition in migrated.values())


def definitions(connection: Connection) -> dict[str, list[str]]:
    """Return columns, constraints and indexes by name, each in its database's own words."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'alembic_version'"
    else:
        query = (
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND "
            "tablename <> 'alembic_version' UNION ALL SELECT conrelid::regclass || '.' || conname, "
            "pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND "
            "conrelid <> 'alembic_version'::regclass UNION ALL SELECT table_name || '.' || column_name, "
            "concat_ws(' ', ordinal_position, data_type, character_maximum_length, is_nullable, "
            "column_default) FROM information_schema.columns WHERE table_schema = 'public' AND "
            "table_name <> 'alembic_version'"
        )
    rows = connection.execute(text(query))
    # SQLite appends a later column to the line of the last one.
    lines = {name: re.sub(r", (?=\w+ [A-Z])", "\n", said.replace('"', "")) for name, said in rows}
    return {
        name: sorted(line.strip().rstrip(",") for line in said.splitlines()) for name, said in lines.items()
    }


def test_upgrading_again_changes_nothing(empty_store: Store) -> None:
    with empty_store.read() as connection:
        before = definitions(connection)
    empty_store.upgrade()
    empty_store.upgrade()
    with empty_store.read() as connection:
        assert definitions(connection) == before
    empty_store.require_current()


def test_downgrading_leaves_nothing_behind_and_upgrading_makes_it_again(store: Store) -> None:
    with store.write() as connection:
        config = _alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    with store.read() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
    store.upgrade()
    store.require_current()


def test_an_empty_database_is_told_apart(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/new.sqlite")
    assert store.current_revision() is None
    with pytest.raises(StoreError) as caught:
        store.require_current()
    store.close()
    assert caught.value.code == "database_empty"
    assert caught.value.params == {"database": store.shown_url}


def test_a_schema_of_an_older_version_is_told_apart(
    empty_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalogue.store._head", lambda: "9999")
    with pytest.raises(StoreError) as caught:
        empty_store.require_current()
    assert caught.value.code == "database_outdated"
    assert caught.value.params["wanted"] == "9999"


def test_a_schema_of_a_newer_version_is_told_apart_and_left_alone(store: Store) -> None:
    revise(store, "f00d")
    for use in (store.require_current, store.upgrade):
        with pytest.raises(StoreError) as caught:
            use()
        assert caught.value.code == "database_too_new"
        assert caught.value.params["revision"] == "f00d"
    assert store.current_revision() == "f00d"
