"""What all commands of one call share: language, database, and where to write."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from logging import INFO
from pathlib import Path

import typer
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from catalogue.errors import StoreError
from catalogue.lockholders import holders
from catalogue.reports.region import region_now
from catalogue.store import Store, default_url, open_store, redact
from cli.calling import database_words, hides_password, program, region_words
from cli.ending import interruptible
from cli.logs import said_in_log
from cli.permissions import of_database
from cli.texts import DEFAULT_LANGUAGE, Texts, printable

__all__ = ["Session", "session_of"]


@dataclass
class Session:
    """One call of the command line. ``database`` is the URL given, empty for the default."""

    language: str = DEFAULT_LANGUAGE
    verbose: bool = False
    database: str = ""
    text: Texts = field(init=False)
    warned: set[tuple[str, Path]] = field(default_factory=set)  # what is too open, said once a call

    def __post_init__(self) -> None:
        self.text = Texts(self.language)

    def use(self, database: str) -> None:
        """Take note of the database that was named; empty for the default."""
        self.database = database
        self.text.call_as(program() + database_words(database))

    def use_region(self, file: Path) -> None:
        """Take note of the region file, so that proposed commands name it."""
        self.text.call_as(self.text.commands["lueckenlos"], region_words(file))

    @property
    def hides_password(self) -> bool:
        """Tell whether proposed commands lack the database's password."""
        return bool(database_words(self.database)) and hides_password(self.database)

    def now(self) -> datetime:
        """Return the present moment."""
        return datetime.now(UTC)

    def say(self, line: str, level: int = INFO) -> None:
        """Write a line beside the result, to standard error; into the log if that is JSON there."""
        if not said_in_log(printable(line), level):
            print(printable(line), file=sys.stderr, flush=True)  # noqa: T201

    def warn_of(self, findings: Iterable[tuple[str, Path]]) -> None:
        """Say what other accounts could do to files of this call, each once."""
        for code, file in findings:
            if (code, file) not in self.warned:
                self.warned.add((code, file))
                self.say(self.text(f"permissions.{code}", file=str(file)))

    @contextmanager
    def open_store(self, url: str | None = None, *, new: bool = False) -> Iterator[Store]:
        """Give the database. Unless it may be ``new``, it must exist with the right schema."""
        wanted = url or self.database or default_url()
        if not new:
            _require_file(wanted)
            self.warn_of(of_database(wanted))
        store = open_store(wanted)
        try:
            if not new:
                store.require_current()
            with interruptible(store.interrupt), _saying_who(store):
                yield store
        finally:
            store.close()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection to the database for reading."""
        with self.open_store() as store, store.read() as connection:
            self.use_region_of(connection)
            yield connection

    def use_region_of(self, connection: Connection) -> None:
        """Take note of the region file of the last sync."""
        file = Path(region_now(connection).file)
        with suppress(OSError, ValueError):  # a path of another machine may be no path here
            if file.is_file():
                self.use_region(file)


@contextmanager
def _saying_who(store: Store) -> Iterator[None]:
    """Add to the error of a database that is in use by whom it is, where that is known."""
    try:
        yield
    except StoreError as error:
        if error.code == "database_locked":
            with suppress(StoreError, SQLAlchemyError), store.read() as connection:
                for holder in holders(connection):
                    if (holder.host, holder.pid) != (platform.node(), os.getpid()):
                        error.params |= {"host": holder.host, "pid": holder.pid, "start": holder.started_at}
        raise


def _require_file(url: str) -> None:
    """Refuse a SQLite file that is not there: opening it would make an empty one."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        return  # opening it says what is wrong
    path = parsed.database
    if parsed.get_backend_name() == "sqlite" and path and path != ":memory:" and not Path(path).exists():
        raise StoreError("database_absent", database=redact(url))


def session_of(context: typer.Context) -> Session:
    """Return the session of a command."""
    session = context.obj
    if not isinstance(session, Session):  # pragma: no cover - cli.main always gives one
        raise TypeError("the command was called without a session")
    return session
