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
SOME: Final = 3  # some sources failed or were held; a check of health warns
NONE: Final = 4  # no source succeeded; a check of health is critical
DATABASE: Final = 6  # the database cannot be used
DEFECT: Final = 70  # a defect of this program
LOCKED: Final = 75  # another process holds the lock, or has taken it; the system's code for: try again later
INTERRUPTED: Final = 130  # Ctrl-C
PIPE: Final = 141  # whoever read the output has stopped
TERMINATED: Final = 143  # asked by the system to end
