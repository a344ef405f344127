"""Exit codes: what a script may rely on. docs/befehle.md explains them."""

from __future__ import annotations

from typing import Final

__all__ = [
    "DATABASE",
    "DEFECT",
    "FAILED",
    "INTERRUPTED",
    "LOCKED",
    "NONE",
    "OK",
    "PIPE",
    "SOME",
    "TERMINATED",
    "USAGE",
]

OK: Final = 0
FAILED: Final = 1  # a file could not be read or written
USAGE: Final = 2  # wrong options, wrong configuration, or a question about something unknown
SOME: Final = 3  # some sources failed or were held
NONE: Final = 4  # no source succeeded
LOCKED: Final = 5  # another sync holds the lock
DATABASE: Final = 6  # the database cannot be used
DEFECT: Final = 70  # a defect of this program
INTERRUPTED: Final = 130  # Ctrl-C
PIPE: Final = 141  # whoever read the output has stopped
TERMINATED: Final = 143  # asked by the system to end
