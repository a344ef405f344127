"""The folder in which a run keeps what it fetched and staged, until that is applied.

It goes with the run. A run that was killed leaves its own behind, which may be gigabytes; the next run
removes it. A lock inside, which the system releases with its holder, tells the folder of a run at work from
one that was left.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

__all__ = ["work_folder"]

_PREFIX = "lueckenlos-run-"
_LOCK = ".lock"
#: Folders that are younger are left alone: whoever made one may be about to lock it.
YOUNGEST_SECONDS = 600


@contextmanager
def work_folder() -> Iterator[Path]:
    """Give an empty folder in the system's folder for temporary files. Raise OSError if none can be made."""
    _remove_left_ones(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as made:
        folder = Path(made)
        with FileLock(folder / _LOCK):
            yield folder


def _remove_left_ones(parent: Path) -> None:
    with suppress(OSError):
        for folder in parent.glob(f"{_PREFIX}*"):
            with suppress(OSError, Timeout):
                _remove_if_left(folder)


def _remove_if_left(folder: Path) -> None:
    """Remove a folder that nobody holds any more. Raise Timeout if somebody does."""
    known = folder.lstat()
    # In a folder that everybody may write to, only our own can be trusted to be what it seems.
    ours = stat.S_ISDIR(known.st_mode) and (not hasattr(os, "geteuid") or known.st_uid == os.geteuid())
    if not ours or time.time() - known.st_mtime < YOUNGEST_SECONDS:
        return
    with FileLock(folder / _LOCK, timeout=0):
        pass
    shutil.rmtree(folder, ignore_errors=True)
