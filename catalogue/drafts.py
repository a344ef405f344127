"""Folders in which something is made until it is complete.

Each goes with whoever makes it. One that was killed leaves its own behind, which may be as large as the
whole; whoever makes the next one removes it. A lock inside, which the system releases with its holder, tells
the folder of somebody at work from one that was left.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

__all__ = ["NEW", "OLD", "YOUNGEST_SECONDS", "draft_folder", "locked_folder"]

#: What a draft calls the new state of its target while it is made, and the old one while they are exchanged.
NEW: Final = "neu"
OLD: Final = "alt"
#: Folders that are younger are left alone: whoever made one may be about to lock it.
YOUNGEST_SECONDS: Final = 600
_LOCK: Final = ".lock"
#: What makes a name one of its own.
_CHANCE: Final = "[a-z0-9_]{8}"


@contextmanager
def draft_folder(target: Path) -> Iterator[Path]:
    """Give an empty folder beside a target, on the same file system. Raise OSError if none can be made.

    What was moved into it under the name ``OLD`` comes back at the end if there is no target then; what
    somebody moved who was killed comes back at the next beginning.
    """

    def bring_back(left: Path) -> None:
        if (left / OLD).exists() and not target.exists():
            (left / OLD).rename(target)

    with locked_folder(target.parent, f".{target.name}-", f".{NEW}", bring_back) as folder:
        yield folder


def _nothing(_left: Path) -> None:
    """Keep nothing of a folder."""


@contextmanager
def locked_folder(
    parent: Path, prefix: str, suffix: str = "", rescue: Callable[[Path], None] = _nothing
) -> Iterator[Path]:
    """Give an empty folder of a name of its own, having removed those that the dead left under such names.

    ``rescue`` is called for each before it is removed, and keeps it by raising OSError. Raise OSError if no
    folder can be made.
    """
    _remove_left_ones(parent, re.compile(re.escape(prefix) + _CHANCE + re.escape(suffix)), rescue)
    folder = Path(tempfile.mkdtemp(prefix=prefix, suffix=suffix, dir=parent))
    try:
        with ExitStack() as locked:
            with suppress(OSError):  # without locks nobody removes it either
                locked.enter_context(FileLock(folder / _LOCK))
            yield folder
    finally:
        _remove(folder, rescue)


def _remove(folder: Path, rescue: Callable[[Path], None]) -> None:
    """Remove a folder, unless what is to be rescued of it cannot be."""
    with suppress(OSError):
        rescue(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _remove_left_ones(parent: Path, names: re.Pattern[str], rescue: Callable[[Path], None]) -> None:
    with suppress(OSError):
        for folder in parent.iterdir():
            if names.fullmatch(folder.name):
                with suppress(OSError, Timeout):
                    _remove_if_left(folder, rescue)


def _remove_if_left(folder: Path, rescue: Callable[[Path], None]) -> None:
    """Remove a folder that nobody holds any more. Raise Timeout if somebody does."""
    known = folder.lstat()
    # In a folder that everybody may write to, only our own can be trusted to be what it seems.
    ours = stat.S_ISDIR(known.st_mode) and (not hasattr(os, "geteuid") or known.st_uid == os.geteuid())
    if not ours or time.time() - known.st_mtime < YOUNGEST_SECONDS:
        return
    with FileLock(folder / _LOCK, timeout=0):
        pass
    _remove(folder, rescue)
