"""Naming the folder that is written to, where the system does not say which file it could not write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["writing_to"]


@contextmanager
def writing_to(folder: Path) -> Iterator[None]:
    """Add a folder to an error of the system that names no file: a full disk names none."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(folder)
        raise
