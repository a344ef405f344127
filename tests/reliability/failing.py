"""Lets the n-th input or output of this process fail: of files, of stages, of the database, of sockets."""

from __future__ import annotations

import builtins
import errno
import io
import os
import socket
import sqlite3
import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

__all__ = ["Failing"]

#: What SQLite says where the disk does.
SQLITE_IOERR = 10


class Failing:
    """Counts calls, and fails the one of a number (from 1), or with ``lasting`` all from that one on."""

    def __init__(self, number: int, *, lasting: bool) -> None:
        self.number = number
        self.lasting = lasting
        self.calls = 0
        self._turn = threading.Lock()

    def _fails(self) -> bool:
        with self._turn:
            self.calls += 1
            return self.calls == self.number or (self.lasting and self.calls > self.number)

    def install(self, engine: Engine) -> None:
        """Begin to count; the process is to end with it."""
        for owner, name in ((os, "replace"), (os, "mkdir"), (os, "unlink"), (socket.socket, "sendall")):
            setattr(owner, name, self._failing_system(getattr(owner, name)))
        opened = self._failing_open(builtins.open)
        builtins.open, io.open = opened, opened
        self._install_stages()
        raised = self._database_error(engine)

        def check(*_: object) -> None:
            if self._fails():
                raise OperationalError(None, None, raised())  # as SQLAlchemy raises what the driver does

        event.listen(engine, "before_cursor_execute", check)
        event.listen(engine, "commit", check)

    def _failing_system(self, usual: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **more: Any) -> Any:
            if self._fails():
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            return usual(*args, **more)

        return call

    def _failing_open(self, usual: Callable[..., Any]) -> Callable[..., Any]:
        def call(file: Any, mode: str = "r", *args: Any, **more: Any) -> Any:
            if set(mode) & set("wax+") and self._fails():
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), file)
            return usual(file, mode, *args, **more)

        return call

    def _install_stages(self) -> None:
        """Let SQLite connections fail that are made without SQLAlchemy: those of stages."""
        fails, usual = self._fails, sqlite3.connect

        class Connection(sqlite3.Connection):
            def execute(self, *args: Any) -> sqlite3.Cursor:
                if fails():
                    raise _sqlite_error()
                return super().execute(*args)

            def executemany(self, *args: Any) -> sqlite3.Cursor:
                if fails():
                    raise _sqlite_error()
                return super().executemany(*args)

        def connect(*args: Any, **more: Any) -> Any:
            return usual(*args, **{"factory": Connection, **more})

        sqlite3.connect = connect

    def _database_error(self, engine: Engine) -> Callable[[], Exception]:
        if engine.dialect.name == "sqlite":
            return _sqlite_error
        import psycopg

        return lambda: psycopg.OperationalError("the connection is lost")


def _sqlite_error() -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = SQLITE_IOERR
    return error
