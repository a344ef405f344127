"""Waiting for what another thread or process does, without guessing how long that takes."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["until"]

LONGEST = 60.0  # seconds; only a test that fails takes so long


def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so; fail if it never is."""
    end = time.monotonic() + LONGEST
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)
