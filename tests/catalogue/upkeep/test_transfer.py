from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import insert, inspect, select, text, update

from catalogue.errors import StoreError
from catalogue.store import Store, open_store
from catalogue.tables import cell_past, metadata, run
from catalogue.upkeep import transfer as transfer_module
from catalogue.upkeep.content import TableContent, first_filled, whole_content
from catalogue.upkeep.transfer import transfer
from tests.catalogue.upkeep.conftest import NewStore
from tests.sample_region import copy_region, sync_region

KINDS = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])


def content(store: Store) -> list[TableContent]:
    with store.read() as connection:
        return whole_content(connection)


def references(store: Store) -> set[str]:
    found = inspect(store.engine)
    return {str(one) for table in metadata.tables for one in map(_plain, found.get_foreign_keys(table))}


def _plain(one: object) -> object:
    assert isinstance(one, dict)
    return one["name"], one["constrained_columns"], one["referred_table"], one["referred_columns"]


@KINDS
def test_a_database_becomes_the_same_in_another_place(filled: Store, new_store: NewStore, kind: str) -> None:
    before, target = content(filled), new_store(kind)
    rules = references(target)
    assert {one.rows for one in before if one.table in {"cell", "cell_past", "offering"}} - {0}
    written = transfer(filled, target)
    assert content(target) == written == before == content(filled)
    assert references(target) == rules


def test_the_copy_goes_on_where_the_other_stopped(
    region_store: Store, new_store: NewStore, tmp_path: Path
) -> None:
    target = new_store("postgresql")
    transfer(region_store, target)
    with target.read() as connection:
        last = connection.scalars(select(run.c.id).order_by(run.c.id.desc())).first() or 0
    report = sync_region(target, copy_region(tmp_path / "again"), 3)
    assert (report.state, report.run_id) == ("ok", last + 1)


@KINDS
def test_a_target_with_rows_is_refused_unless_told(small: Store, new_store: NewStore, kind: str) -> None:
    target = new_store(kind)
    transfer(small, target)
    with target.write() as connection:
        connection.execute(update(run).values(region="anders"))
    before = content(target)
    with pytest.raises(StoreError, match="target_not_empty"):
        transfer(small, target)
    assert content(target) == before
    transfer(small, target, replace=True)
    assert content(target) == content(small)


def test_a_reader_of_the_target_sees_the_old_rows_or_the_new_ones(small: Store, new_store: NewStore) -> None:
    target = new_store("sqlite")
    transfer(small, target)
    before = content(target)
    with target.read() as reader:
        assert whole_content(reader) == before
        transfer(small, target, replace=True)
        assert whole_content(reader) == before


@KINDS
def test_a_failure_in_the_middle_leaves_the_target_as_it_was(
    small: Store, new_store: NewStore, kind: str
) -> None:
    target = new_store(kind)
    rules = references(target)

    def fail(table: str, rows: int) -> None:
        if table == cell_past.name:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        transfer(small, target, listen=fail)
    with target.read() as connection:
        assert first_filled(connection) == ""
    assert references(target) == rules
    transfer(small, target)  # and it can be begun again


@KINDS
def test_what_arrives_otherwise_than_it_left_is_not_kept(
    small: Store, new_store: NewStore, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A target that loses a row without saying so."""
    target = new_store(kind)
    write = transfer_module.insert_rows

    def lose_one(connection: object, table: object, columns: object, rows: object) -> None:
        held = list(rows)  # type: ignore[call-overload]
        write(connection, table, columns, held[:-1] if table is cell_past else held)  # type: ignore[arg-type]

    monkeypatch.setattr(transfer_module, "insert_rows", lose_one)
    with pytest.raises(StoreError) as caught:
        transfer(small, target)
    assert (caught.value.code, caught.value.params["table"]) == ("copy_differs", "cell_past")
    with target.read() as connection:
        assert first_filled(connection) == ""


@pytest.mark.parametrize("values", [{"online_url": "a\0b"}, {"status": "ein viel zu langes Wort"}])
def test_what_the_target_cannot_hold_is_named(
    small: Store, new_store: NewStore, values: dict[str, str]
) -> None:
    with small.write() as connection:
        connection.execute(update(cell_past).values(values))
    with pytest.raises(StoreError) as caught:
        transfer(small, new_store("postgresql"))
    assert (caught.value.code, caught.value.params["table"]) == ("copy_unfit", "cell_past")


@KINDS
def test_rows_that_refer_to_nothing_are_not_carried_on(small: Store, new_store: NewStore, kind: str) -> None:
    with small.maintain() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.exec_driver_sql("INSERT INTO source_theme (source_id, theme) VALUES (4711, 'Umwelt')")
        connection.exec_driver_sql("PRAGMA foreign_keys=ON")
    target = new_store(kind)
    with pytest.raises(StoreError) as caught:
        transfer(small, target)
    assert (caught.value.code, caught.value.params["table"]) == ("copy_broken", "source_theme")
    with target.read() as connection:
        assert first_filled(connection) == ""


def test_both_need_the_schema_of_this_version(small: Store, new_store: NewStore, tmp_path: Path) -> None:
    empty = open_store(f"sqlite:///{tmp_path / 'ohne.sqlite'}")
    with pytest.raises(StoreError, match="database_empty"):
        transfer(small, empty)
    empty.close()
    target = new_store("sqlite")
    with small.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with pytest.raises(StoreError, match="database_outdated"):
        transfer(small, target)


def test_a_database_is_not_moved_onto_itself(small: Store) -> None:
    again = open_store(small.engine.url.render_as_string(hide_password=False))
    with pytest.raises(StoreError, match="move_onto_itself"):
        transfer(small, again, replace=True)
    again.close()


def test_rows_flow_in_bounded_memory(new_store: NewStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """No more rows are on their way at once than a batch has."""
    monkeypatch.setattr("catalogue.bulk.BATCH_ROWS", 10)
    largest, on_their_way = 0, 0
    source_store, target = new_store("sqlite"), new_store("sqlite")
    values = {"started_at": "2026", "state": "ok", "region": "", "version": "", "host": "", "pid": 1}
    with source_store.write() as connection:
        connection.execute(insert(run), [values] * 95)
    read, write = transfer_module.rows_of, transfer_module.insert_rows

    def reading(connection: object, table: object) -> object:
        nonlocal largest, on_their_way
        for row in read(connection, table):  # type: ignore[arg-type]
            on_their_way += 1
            largest = max(largest, on_their_way)
            yield row

    def writing(connection: object, table: object, columns: object, rows: object) -> None:
        nonlocal on_their_way

        class Watched:
            def exec_driver_sql(self, statement: str, values: list[object]) -> None:
                nonlocal on_their_way
                connection.exec_driver_sql(statement, values)  # type: ignore[attr-defined]
                on_their_way -= len(values)

            dialect = connection.dialect  # type: ignore[attr-defined]

        write(Watched(), table, columns, rows)  # type: ignore[arg-type]

    monkeypatch.setattr(transfer_module, "rows_of", reading)
    monkeypatch.setattr(transfer_module, "insert_rows", writing)
    transfer(source_store, target)
    assert (largest, on_their_way) == (10, 0)
