"""Waiting for what another thread or process does, without guessing how long that takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import psutil

__all__ = ["has_ended", "until"]

LONGEST = 60.0  # seconds; only a test that fails takes so long


def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so; fail if it never is."""
    end = time.monotonic() + LONGEST
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def has_ended(process: psutil.Process) -> bool:
    """Tell whether a process does nothing any more, be it only that nobody has taken note of its end."""
    with suppress(psutil.NoSuchProcess):
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    return True
