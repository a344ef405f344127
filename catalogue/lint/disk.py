"""Troubles of the disk on which a stage lies."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["file_errors"]


@contextmanager
def file_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite says about a full or failing disk into OSError; the stage is a file of ours."""
    try:
        yield
    except sqlite3.OperationalError as error:
        code = {sqlite3.SQLITE_FULL: errno.ENOSPC, sqlite3.SQLITE_IOERR: errno.EIO}.get(
            error.sqlite_errorcode & 0xFF
        )
        if code is None:
            raise
        raise OSError(code, os.strerror(code), str(path)) from error
