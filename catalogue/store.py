"""Engines, transactions and the schema's version, for SQLite and PostgreSQL alike."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from sqlite3 import Error as DriverError
from typing import Protocol, cast, runtime_checkable
from urllib.parse import unquote

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from platformdirs import user_data_path
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from catalogue.errors import StoreError
from catalogue.migrating import ATTEMPTS, only_migration, wait_briefly
from catalogue.serversettings import driver_defaults, read_settings

__all__ = ["Store", "default_url", "open_store", "redact"]

BUSY_TIMEOUT_SECONDS = 30
#: How long to wait for a PostgreSQL server to take note that a statement is to end.
CANCEL_SECONDS = 2.0
MIGRATIONS = Path(__file__).parent / "migrations"

#: Not the database is at fault but a statement.
DEFECT = "defect"
_SQLITE_CAUSES = {
    1: DEFECT,  # SQLITE_ERROR: no such table, syntax
    5: "database_locked",
    6: "database_locked",
    8: "database_read_only",
    11: "database_damaged",
    13: "disk_full",
    26: "database_damaged",  # SQLITE_NOTADB
}
_CANNOT_OPEN = 14
_POSTGRESQL_CAUSES = {
    "25006": "database_read_only",
    "40": "database_locked",  # could not serialize, deadlock
    "42501": "database_forbidden",
    "53100": "disk_full",
    "54": DEFECT,  # program limits: too long for an index, too many columns
    "55P03": "database_locked",
    "57014": "database_too_slow",  # by statement_timeout
    "XX001": "database_damaged",
    "XX002": "database_damaged",
}


def default_url() -> str:
    """Return the database URL: ``LUECKENLOS_DB``, else a file in the user's data folder."""
    configured = os.environ.get("LUECKENLOS_DB", "").strip()
    if configured:
        return configured
    return f"sqlite:///{user_data_path('lueckenlos', appauthor=False) / 'lueckenlos.sqlite'}"


def redact(url: str) -> str:
    """Return a database URL that may be shown: without password."""
    try:
        return _shown(make_url(url))
    except (ArgumentError, ValueError):
        return "?"


def _shown(url: URL) -> str:
    """Return a URL without password, be it in the address, in its query, or spilt by an unescaped @."""
    if url.host and "@" in url.host:
        url = url.set(host=url.host.rpartition("@")[2])
    if url.get_backend_name() == "sqlite" and (url.database or "").startswith("file:"):
        path = unquote(str(url.database).removeprefix("file:"))
        url = url.set(database=path, query={})  # as people write it
    secrets = [name for name in url.query if "password" in name.lower()]
    return url.difference_update_query(secrets).render_as_string(hide_password=True)


@runtime_checkable
class Cancellable(Protocol):
    """A driver's connection whose statement another thread may end."""

    def cancel_safe(self, *, timeout: float) -> None:
        """Ask the server to end the statement."""


class Store:
    """A database and the ways to read and write it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._at_work: set[object] = set()  # connections of the driver that may be busy with a statement

    @property
    def is_sqlite(self) -> bool:
        """Tell whether this is SQLite."""
        return self.engine.dialect.name == "sqlite"

    @property
    def shown_url(self) -> str:
        """Return the URL without password."""
        return _shown(self.engine.url)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection for reading: one consistent snapshot, nothing is kept."""
        with _named_errors(self), self.engine.connect() as connection, self._working(connection):
            seconds = connection.get_execution_options().get("lueckenlos_reader_seconds", 0)
            if seconds:
                connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{int(seconds)}s'")
            yield connection
            connection.rollback()

    @contextmanager
    def write(
        self, *, keep: bool = True, attach: tuple[str, Path] | None = None, rebuild: bool = False
    ) -> Iterator[Connection]:
        """Give a connection for writing: all of it is kept, or nothing.

        On SQLite the transaction begins as a writer, since one that reads first and then writes fails
        at once when another writer was faster. With ``keep`` false everything is rolled back at the end.
        ``attach`` names another SQLite file to be seen under a schema's name meanwhile. With ``rebuild``
        SQLite lets tables be made anew that others refer to; references are checked before the end.
        """
        with _named_errors(self), self.engine.connect() as connection, self._working(connection):
            if self.is_sqlite:
                connection = connection.execution_options(lueckenlos_writer=True)
            rebuild = rebuild and self.is_sqlite
            with (
                _attached(connection, attach),
                _references_let_go(connection, rebuild),
                connection.begin() as transaction,
            ):
                yield connection
                if rebuild:
                    _require_references(connection)
                if not keep:
                    transaction.rollback()

    @contextmanager
    def maintain(self) -> Iterator[Connection]:
        """Give a connection outside of any transaction, for statements that demand it."""
        with _named_errors(self), self.engine.connect() as connection, self._working(connection):
            if self.is_sqlite:
                yield connection.execution_options(lueckenlos_maintenance=True)
            else:
                yield connection.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def _working(self, connection: Connection) -> Iterator[None]:
        driver = connection.connection.driver_connection
        self._at_work.add(driver)
        try:
            yield
        finally:
            self._at_work.discard(driver)

    def interrupt(self) -> None:
        """Let the statements that run just now fail; for a thread that has to end what others began.

        A statement may run for minutes without a chance for its own thread to hear of anything.
        """
        for driver in list(self._at_work):
            with suppress(self.engine.dialect.loaded_dbapi.Error):
                if isinstance(driver, SqliteConnection):
                    driver.interrupt()
                elif isinstance(driver, Cancellable):
                    driver.cancel_safe(timeout=CANCEL_SECONDS)

    def current_revision(self) -> str | None:
        """Return the schema's revision in the database; None if it has none yet."""
        with _named_errors(self), self.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    def upgrade(self) -> None:
        """Bring the schema to the newest revision, creating it where there is none.

        Readers go on meanwhile, and a second process that does the same waits. Raise StoreError if a newer
        version of the program made the schema, or if its tables are in use for too long.
        """
        attempts = 1 if self.is_sqlite else ATTEMPTS  # SQLite has waited long enough itself
        with _named_errors(self), only_migration(self.engine):
            for left in reversed(range(attempts)):
                try:
                    self._migrate()
                    break
                except StoreError as error:
                    if error.code != "database_locked" or not left:
                        raise

    def _migrate(self) -> None:
        with self.write(rebuild=True) as connection:
            wait_briefly(connection)
            revision = MigrationContext.configure(connection).get_current_revision()
            if revision is not None and revision not in _revisions():
                raise self._unfit("database_too_new", revision)
            config = _alembic_config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def require_current(self) -> None:
        """Raise StoreError unless the schema is the one this version works with."""
        revision = self.current_revision()
        if revision is None:
            raise StoreError("database_empty", database=self.shown_url)
        if revision != _head():
            code = "database_outdated" if revision in _revisions() else "database_too_new"
            raise self._unfit(code, revision)

    def _unfit(self, code: str, revision: str) -> StoreError:
        return StoreError(code, database=self.shown_url, revision=revision, wanted=_head())

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def open_store(url: str | None = None) -> Store:
    """Open the database at ``url`` (default: see :func:`default_url`), creating a SQLite file's folder.

    Raise StoreError if the URL is wrong or its driver is not installed.
    """
    raw = url or default_url()
    try:
        parsed = make_url(raw)
    except (ArgumentError, ValueError):
        raise StoreError("database_url", database=redact(raw)) from None
    if parsed.drivername in {"sqlite", "sqlite+pysqlite"}:
        engine = _sqlite(parsed)
    elif parsed.get_backend_name() == "postgresql":
        engine = _postgresql(parsed)
    else:
        raise StoreError("database_url", database=redact(raw))
    return Store(engine)


def _sqlite(url: URL) -> Engine:
    if url.database and url.database != ":memory:" and not url.database.startswith("file:"):
        url = url.set(database=str(_in_existing_folder(Path(url.database))))
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_SECONDS})

    @event.listens_for(engine, "connect")
    def _configure(dbapi_connection: object, _record: object) -> None:
        connection = cast(SqliteConnection, dbapi_connection)
        connection.isolation_level = None  # SQLAlchemy's begin event below starts transactions
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA cache_size=-65536")
        cursor.execute("PRAGMA temp_store=FILE")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if not options.get("lueckenlos_maintenance", False):
            writer = options.get("lueckenlos_writer", False)
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writer else "BEGIN")

    return engine


def _in_existing_folder(path: Path) -> Path:
    try:
        path = path.expanduser()
        path.absolute().parent.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise StoreError("database_folder", path=str(path.parent), why=why) from None
    return path


def _postgresql(url: URL) -> Engine:
    if url.get_driver_name() in {"psycopg2", ""} or "+" not in url.drivername:
        url = url.set(drivername="postgresql+psycopg")
    url, settings = read_settings(url)
    try:
        return create_engine(
            url,
            connect_args=driver_defaults(url),
            pool_pre_ping=True,
            isolation_level="REPEATABLE READ",
            pool_size=settings.pool_size,
            max_overflow=settings.max_overflow,
            pool_timeout=settings.pool_timeout,
            execution_options={"lueckenlos_reader_seconds": settings.reader_timeout},
        )
    except (ImportError, NoSuchModuleError):
        raise StoreError("postgres_driver_missing") from None


@contextmanager
def _attached(connection: Connection, attach: tuple[str, Path] | None) -> Iterator[None]:
    """Attach a SQLite file outside of any transaction, as SQLite demands, and detach it again."""
    if attach is None:
        yield
        return
    schema, path = attach
    driver = cast(SqliteConnection, connection.connection.driver_connection)
    driver.execute(f"ATTACH DATABASE ? AS {schema}", (str(path),))
    try:
        yield
    finally:
        try:
            driver.execute(f"DETACH DATABASE {schema}")
        except DriverError:
            # A result that nobody read to its end holds the file; it goes with the connection.
            connection.invalidate()


@contextmanager
def _references_let_go(connection: Connection, wanted: bool) -> Iterator[None]:
    """Switch SQLite's references off outside of any transaction, as SQLite demands, and on again."""
    if not wanted:
        yield
        return
    driver = cast(SqliteConnection, connection.connection.driver_connection)
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def _require_references(connection: Connection) -> None:
    """Raise RuntimeError if a row refers to one that is not there: a migration has lost something."""
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise RuntimeError(f"foreign key of {broken[0]}")


@contextmanager
def _named_errors(store: Store) -> Iterator[None]:
    """Give the database's own troubles their names; defects of statements pass through."""
    driver = store.engine.dialect.loaded_dbapi
    try:
        yield
    except PoolTimeout as error:
        raise StoreError("database_pool_exhausted", database=store.shown_url) from error
    except (DBAPIError, driver.Error) as error:  # COPY and ATTACH go straight to the driver
        original = error.orig if isinstance(error, DBAPIError) else error
        code = _sqlite_cause(store, original) if store.is_sqlite else _postgresql_cause(original)
        if not code and isinstance(original, driver.OperationalError):
            code = "database_unreachable"
        if not code or code == DEFECT:
            raise
        raise StoreError(code, database=store.shown_url) from error


def _sqlite_cause(store: Store, error: BaseException | None) -> str:
    """Return a message code by SQLite's primary result code; empty if that tells nothing."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    path = Path(store.engine.url.database or "")
    if code == _CANNOT_OPEN and path.is_file() and not os.access(path, os.W_OK):
        return "database_read_only"  # beside a file that it may not write to, it can make no log either
    return _SQLITE_CAUSES.get(code, "")


def _postgresql_cause(error: BaseException | None) -> str:
    """Return a message code by SQLSTATE, as messages are in the server's language."""
    state = getattr(error, "sqlstate", None) or ""
    return _POSTGRESQL_CAUSES.get(state) or _POSTGRESQL_CAUSES.get(state[:2], "")


def _alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _head() -> str:
    return ScriptDirectory.from_config(_alembic_config()).get_current_head() or ""


def _revisions() -> set[str]:
    return {script.revision for script in ScriptDirectory.from_config(_alembic_config()).walk_revisions()}
