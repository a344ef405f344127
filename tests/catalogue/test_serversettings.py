from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from catalogue.errors import StoreError
from catalogue.store import Store, open_store

ON_POSTGRESQL = pytest.mark.parametrize("module_store", ["postgresql"], indirect=True)
ADDRESS = "postgresql://u@h/db"


@contextmanager
def opened(store: Store, **query: str) -> Iterator[Store]:
    """Open the same database with more in its address."""
    url = store.engine.url.update_query_dict(query)
    other = open_store(url.render_as_string(hide_password=False))
    try:
        yield other
    finally:
        other.close()


@ON_POSTGRESQL
def test_the_server_sees_who_is_connected(module_store: Store) -> None:
    with module_store.read() as connection:
        assert connection.scalar(text("SHOW application_name")) == "lueckenlos"
    with opened(module_store, application_name="nacht") as other, other.read() as connection:
        assert connection.scalar(text("SHOW application_name")) == "nacht"


@ON_POSTGRESQL
def test_a_pool_without_a_free_connection_is_named(module_store: Store) -> None:
    with opened(module_store, pool_size="1", max_overflow="0", pool_timeout="0") as small:
        with small.read() as first:
            first.execute(text("SELECT 1"))
            with pytest.raises(StoreError, match="database_pool_exhausted"), small.read():
                pytest.fail("two connections out of one")
        with small.read() as second:
            assert second.scalar(text("SELECT 1")) == 1


@ON_POSTGRESQL
def test_a_reader_that_asks_for_too_long_is_ended_and_a_writer_is_not(module_store: Store) -> None:
    with opened(module_store, reader_timeout="1") as hasty:
        with pytest.raises(StoreError, match="database_too_slow"), hasty.read() as connection:
            connection.execute(text("SELECT pg_sleep(60)"))
        with hasty.read() as connection:
            assert connection.scalar(text("SHOW statement_timeout")) == "1s"
        with hasty.write() as connection:
            assert connection.scalar(text("SHOW statement_timeout")) == "0"


@pytest.mark.parametrize(
    ("name", "given"),
    [("pool_size", "0"), ("pool_size", "viele"), ("pool_timeout", "-1"), ("reader_timeout", "99999999999")],
)
def test_a_setting_that_is_no_sensible_number_is_refused(name: str, given: str) -> None:
    with pytest.raises(StoreError) as caught:
        open_store(f"{ADDRESS}?{name}={given}")
    assert caught.value.code == "database_setting"
    assert (caught.value.params["name"], caught.value.params["given"]) == (name, given)


def test_a_setting_that_is_there_twice_is_refused() -> None:
    with pytest.raises(StoreError, match="database_setting"):
        open_store(f"{ADDRESS}?pool_size=1&pool_size=2")


def test_what_the_driver_understands_reaches_it() -> None:
    store = open_store(f"{ADDRESS}?sslmode=verify-full&sslrootcert=ca.pem&pool_size=3")
    _, passed = store.engine.dialect.create_connect_args(store.engine.url)
    store.close()
    assert (passed["sslmode"], passed["sslrootcert"], "pool_size" in passed) == (
        "verify-full",
        "ca.pem",
        False,
    )
