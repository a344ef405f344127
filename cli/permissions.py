"""Whether other accounts of this machine could change what the program trusts, or read its secrets."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

__all__ = ["of_database", "of_region_file", "of_secrets"]

#: A message of the section ``permissions``, and the file it is about.
Finding = tuple[str, Path]
_SUFFIX_OF_SECRETS = "_file"


def of_database(url: str) -> Iterator[Finding]:
    """Yield what is too open about a SQLite file, or the folder in which it could be replaced."""
    with suppress(ArgumentError):
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database and parsed.database != ":memory:":
            yield from _changeable(Path(parsed.database), "database")


def of_region_file(path: Path) -> Iterator[Finding]:
    """Yield what is too open about a region file: who changes it decides what is fetched and where."""
    yield from _changeable(path, "region")


def of_secrets(tables: Iterable[BaseModel]) -> Iterator[Finding]:
    """Yield the files of secrets that other accounts can read or change."""
    files = {
        value
        for settings in tables
        for name, value in settings
        if name.endswith(_SUFFIX_OF_SECRETS) and isinstance(value, str) and value
    }
    for file in sorted(files):
        path = Path(file)
        if _is_file(path) and _mode(path) & (stat.S_IRWXO | stat.S_IWGRP):
            yield "secret", path


def _changeable(path: Path, what: str) -> Iterator[Finding]:
    """Yield what is too open about a file. What is none is none of ours: nobody should change its rights."""
    if not _is_file(path):
        return
    if _mode(path) & stat.S_IWOTH:
        yield what, path
    folder = path.absolute().parent
    mode = _mode(folder)
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        yield f"{what}_folder", folder


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _mode(path: Path) -> int:
    """Return the bits of a file's rights; none where there is no such file, or no such rights."""
    if os.name != "posix":
        return 0
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except (OSError, ValueError):
        return 0
