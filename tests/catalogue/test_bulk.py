from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, select, text

from catalogue import bulk
from catalogue.bulk import copy_rows, insert_rows, replace_rows, stream_rows
from catalogue.store import Store
from catalogue.tables import leika_type, reference_release, source, statement
from tests.catalogue.applying import add_source

COLUMNS = ("type", "meaning", "regulation", "execution", "municipal", "release_id")


@pytest.fixture
def store(empty_store: Store) -> Store:
    return empty_store


@pytest.fixture
def released(store: Store) -> Store:
    """A database with a release that rows can refer to."""
    release = {"id": 1, "table_name": "leika_type", "origin": "", "licence": "", "as_of": "2025-01-01"}
    with store.write() as connection:
        connection.execute(insert(reference_release).values(**release, imported_at="", rows=0, digest=""))
    return store


def types(connection: Connection) -> list[tuple[object, ...]]:
    query = select(*(leika_type.c[name] for name in COLUMNS)).order_by(leika_type.c.type)
    return [tuple(row) for row in connection.execute(query)]


def test_rows_are_inserted_each_value_in_its_type(released: Store) -> None:
    rows = [
        ("1", "Bund", "bund", "bund", False, 1),
        ("2", "Ländersache, mit „Anführung“\tTab\\n und\nZeile", "", "land", None, 1),
        ("5", "", "kommune", "kommune", True, 1),
    ]
    with released.write() as connection:
        insert_rows(connection, leika_type, COLUMNS, iter(rows))
        assert types(connection) == rows


def test_columns_may_come_in_any_order(released: Store) -> None:
    with released.write() as connection:
        insert_rows(connection, leika_type, COLUMNS[::-1], [(1, True, "e", "r", "m", "t")])
        assert types(connection) == [("t", "m", "r", "e", True, 1)]


def test_columns_left_out_are_empty_or_numbered(store: Store) -> None:
    columns = {"key": "a", "kind": "", "name": "", "trust": 1, "speaks": True, "active": False}
    columns |= {"settings_digest": "", "state": "never", "complete": False, "stale_after_hours": 1}
    columns |= {"objects": 0, "voice": "", "matched_release": 0}
    with store.write() as connection:
        insert_rows(connection, source, tuple(columns), [tuple(columns.values())])
        row = connection.execute(select(source.c.id, source.c.applied_at, source.c.active)).one()
    assert row.id > 0
    assert (row.applied_at, row.active) == (None, False)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5])
def test_rows_are_written_in_batches_without_loss(
    released: Store, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr(bulk, "BATCH_ROWS", 2)
    rows = [(str(number), "", "", "", None, 1) for number in range(count)]
    with released.write() as connection:
        insert_rows(connection, leika_type, COLUMNS, rows)
        assert types(connection) == rows
        changed = [(*row[:4], True, 1) for row in rows]
        replace_rows(connection, leika_type, COLUMNS, changed)
        assert types(connection) == changed


def test_known_rows_are_replaced_by_their_key_and_no_others(store: Store) -> None:
    source_id = add_source(store)
    columns = ("source_id", "ref", "status", "url", "unit", "operator", "observed_at", "note")
    rows = [(source_id, ref, "form", "", "", "", "", "") for ref in ("a", "b", "c")]
    with store.write() as connection:
        insert_rows(connection, statement, columns, rows)
        # The key's columns stand where they will, and columns that are not given stay.
        replace_rows(connection, statement, ("status", "ref", "source_id"), [("online", "b", source_id)])
        query = select(statement.c.ref, statement.c.status).order_by(statement.c.ref)
        assert list(connection.execute(query)) == [("a", "form"), ("b", "online"), ("c", "form")]


@pytest.mark.parametrize("module_store", ["postgresql"], indirect=True)
def test_copied_rows_belong_to_the_transaction(store: Store) -> None:
    with store.write(keep=False) as connection:
        connection.execute(text('CREATE TABLE odd ("select" text, n bigint)'))
        copy_rows(connection, "odd", ("select", "n"), [("x", 2**62), (None, -1)])
        assert connection.execute(text('SELECT "select", n FROM odd')).all() == [("x", 2**62), (None, -1)]
    with store.read() as connection:
        assert connection.scalar(text("SELECT to_regclass('odd')")) is None


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(meaning=st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0")))
def test_every_text_comes_back_as_it_was(released: Store, meaning: str) -> None:
    with released.write(keep=False) as connection:
        insert_rows(connection, leika_type, COLUMNS, [("1", meaning, "", "", None, 1)])
        assert types(connection)[0][1] == meaning
        replace_rows(connection, leika_type, ("type", "meaning"), [("1", meaning[::-1])])
        assert types(connection)[0][1] == meaning[::-1]


def test_rows_are_streamed_in_batches(released: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "BATCH_ROWS", 2)
    rows = [(str(number), f"„{number}“", "", "", None, 1) for number in range(5)]
    query = select(leika_type.c.type, leika_type.c.meaning).order_by(leika_type.c.type)
    with released.write() as connection:
        assert list(stream_rows(connection, query)) == []
        insert_rows(connection, leika_type, COLUMNS, rows)
        batches = list(stream_rows(connection, query.where(leika_type.c.release_id == 1)))
        assert list(stream_rows(connection, query.where(leika_type.c.release_id == 2))) == []
    assert [len(batch) for batch in batches] == [2, 2, 1]
    assert [row for batch in batches for row in batch] == [row[:2] for row in rows]


def test_a_stream_left_unread_does_not_block_the_next(released: Store) -> None:
    query = select(reference_release.c.id)
    with released.read() as connection:
        for batch in stream_rows(connection, query):
            assert batch == [(1,)]
            break
        assert list(stream_rows(connection, query)) == [[(1,)]]
