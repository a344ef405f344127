"""Changing the schema of a server that others use meanwhile: one at a time, and never waiting for ever.

Changing a table waits for whoever reads it, and whoever wants to read it next waits behind the change. So
a change waits only briefly, lets the others pass, and tries again, a few times.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

__all__ = ["ATTEMPTS", "only_migration", "wait_briefly"]

#: Any fixed number will do, but that of the sync; it marks this lock in the database.
LOCK_NUMBER: Final = 1_017_2017
#: How long a second migration waits for the first one to end.
MIGRATION_SECONDS = 60
#: How long a change waits for those who read the table, each time.
TABLE_SECONDS = 5
ATTEMPTS = 6


@contextmanager
def only_migration(engine: Engine) -> Iterator[None]:
    """Hold the lock of migrations; a second one waits for it. Nothing to do on SQLite.

    SQLite has but one writer anyway, who looks at the schema after having waited. A driver's error that
    tells of a lock comes out after :data:`MIGRATION_SECONDS`.
    """
    if engine.dialect.name == "sqlite":
        yield
        return
    with engine.connect() as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.detach()  # closed afterwards, as its settings are not those of others
        connection.execute(text(f"SET lock_timeout = '{MIGRATION_SECONDS}s'"))
        connection.execute(text("SELECT pg_advisory_lock(:number)"), {"number": LOCK_NUMBER})
        try:
            yield
        finally:
            with suppress(DBAPIError):  # a connection that broke has lost the lock as well
                connection.execute(text("SELECT pg_advisory_unlock(:number)"), {"number": LOCK_NUMBER})


def wait_briefly(connection: Connection) -> None:
    """Let statements of this transaction fail when a table stays in use. Nothing to do on SQLite."""
    if connection.dialect.name != "sqlite":
        connection.execute(text(f"SET LOCAL lock_timeout = '{TABLE_SECONDS}s'"))
