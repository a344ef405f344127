"""The folder in which a run keeps what it fetched and staged, until that is applied.

It goes with the run. A run that was killed leaves its own behind, which may be gigabytes; the next run
removes it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from catalogue.drafts import locked_folder

__all__ = ["work_folder"]

_PREFIX = "lueckenlos-run-"


@contextmanager
def work_folder() -> Iterator[Path]:
    """Give an empty folder in the system's folder for temporary files. Raise OSError if none can be made."""
    with locked_folder(Path(tempfile.gettempdir()), _PREFIX) as folder:
        yield folder
