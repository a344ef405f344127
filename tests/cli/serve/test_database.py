"""Asking the catalogue: nothing can be written, nobody waits, nothing takes for ever."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from catalogue.errors import StoreError
from catalogue.store import Store, open_store
from catalogue.tables import source_memory
from cli.serve.database import Library, TooSlow
from tests.databases import Databases

#: Counts for longer than any test may last.
ENDLESS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n",
    "postgresql": "SELECT pg_sleep(600)",
}
ANYTHING = "CREATE TABLE anything (a INTEGER)"


@pytest.fixture
def library(store: Store) -> Iterator[Library]:
    """Reads the database of the test."""
    with closing(Library(store.engine.url)) as opened:
        yield opened


def commit(store: Store) -> None:
    """Commit something."""
    with store.write() as connection:
        connection.execute(
            text(
                "INSERT INTO run (id, started_at, state, region, version, host, pid)"
                " SELECT coalesce(max(id), 0) + 1, '', 'ok', '', '', '', 0 FROM run"
            )
        )


def count_runs(connection: Connection) -> int:
    return int(connection.scalar(text("SELECT count(*) FROM run")) or 0)


@pytest.mark.parametrize(
    "statement", [ANYTHING, "DELETE FROM run", "UPDATE run SET pid = 1", "DROP TABLE source_memory"]
)
def test_nothing_can_be_written(library: Library, store: Store, statement: str) -> None:
    commit(store)
    with pytest.raises(StoreError) as raised:
        library.ask(lambda connection: connection.execute(text(statement)))
    assert raised.value.code == "database_read_only"
    assert library.ask(count_runs) == 1


def test_the_state_is_another_one_after_each_commit_and_only_then(library: Library, store: Store) -> None:
    states = [library.state(), library.state()]
    assert states[0] == states[1]
    commit(store)
    states.append(library.state())
    assert states[2] != states[1]
    with store.write(keep=False) as connection:
        connection.execute(source_memory.delete())
    library.ask(count_runs)
    assert library.state() == library.state()


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_commit_while_the_database_was_away_is_noticed(library: Library, store: Store) -> None:
    path = Path(store.engine.url.database or "")
    before = library.state()
    path.rename(path.with_suffix(".away"))
    with pytest.raises(StoreError):
        library.state()
    path.with_suffix(".away").rename(path)
    commit(store)
    assert library.state() != before


def test_no_question_waits_for_a_writer(library: Library, store: Store) -> None:
    commit(store)
    before = library.state()
    with store.write() as connection:
        connection.execute(text("DELETE FROM run"))
        assert library.ask(count_runs) == 1
        connection.execute(text("CREATE INDEX ix_run_host ON run (host)"))
        assert library.state() is not None
    assert library.state() != before
    assert library.ask(count_runs) == 0


def test_a_question_that_takes_too_long_is_ended(store: Store) -> None:
    with closing(Library(store.engine.url, seconds=0.3)) as library:
        with pytest.raises(TooSlow):
            library.ask(lambda connection: connection.scalar(text(ENDLESS[store.engine.dialect.name])))
        assert library.ask(count_runs) == 0


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_closing_ends_what_is_being_asked(store: Store) -> None:
    library = Library(store.engine.url)
    begun, ended = threading.Event(), threading.Event()

    def question(connection: Connection) -> object:
        begun.set()
        return connection.scalar(text(ENDLESS["sqlite"]))

    def ask() -> None:
        with pytest.raises(TooSlow):
            library.ask(question)
        ended.set()

    asking = threading.Thread(target=ask)
    asking.start()
    assert begun.wait(30)
    library.close()
    assert ended.wait(30)
    asking.join()


def test_a_schema_of_another_version_is_refused_also_later(library: Library, store: Store) -> None:
    assert library.ask(count_runs) == 0
    with store.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError) as raised:
        library.ask(count_runs)
    assert raised.value.code == "database_too_new"


def test_another_file_in_its_place_is_opened(databases: Databases, tmp_path: Path) -> None:
    with (
        databases.sqlite(tmp_path, reference=False) as url,
        databases.sqlite(tmp_path, reference=False) as other,
    ):
        first, second = (open_store(one) for one in (url, other))
        commit(second)
        path, restored = (Path(one.engine.url.database or "") for one in (first, second))
        with closing(Library(first.engine.url)) as library:
            before = library.state()
            assert library.ask(count_runs) == 0
            first.close()
            second.close()
            restored.replace(path)
            assert library.state() != before
            assert library.ask(count_runs) == 1
            path.unlink()
            with pytest.raises(StoreError) as raised:
                library.state()
            assert raised.value.code == "database_absent"


def test_a_path_with_odd_characters_is_opened(databases: Databases, tmp_path: Path) -> None:
    folder = tmp_path / "Käse & Co #1"
    folder.mkdir()
    with databases.sqlite(folder, reference=False) as url:
        store = open_store(url)
        store.close()
        with closing(Library(store.engine.url)) as library:
            assert library.ask(count_runs) == 0


def test_a_database_without_its_own_schema_is_refused(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'empty.sqlite'}")
    with store.write() as connection:
        connection.execute(text(ANYTHING))
    store.close()
    with closing(Library(store.engine.url)) as library, pytest.raises(StoreError) as raised:
        library.ask(count_runs)
    assert raised.value.code == "database_empty"
