"""Trying again: which failures are worth it, how long to wait, and when to stop."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from connectors.errors import RetryLater

__all__ = ["Patience", "Transient", "parse_retry_after"]

Result = TypeVar("Result")

_FIRST_WAIT = 1.0
_LONGEST_BACK_OFF = 30.0
_SECONDS = re.compile(r"[0-9]{1,9}")


class Transient(Exception):
    """A failure that another attempt may overcome; ``error`` is what to raise if none does.

    ``wait`` is the pause in seconds that the server asked for, if it did; the error then has it as its
    parameter ``retry_after``.
    """

    def __init__(self, error: RetryLater, wait: float | None = None) -> None:
        super().__init__(error, wait)
        self.error = error
        self.wait = wait


@dataclass(frozen=True)
class Patience:
    """How often to try, and how to wait in between (seconds)."""

    attempts: int
    max_wait: float
    sleep: Callable[[float], None]
    rng: random.Random

    def try_again(self, once: Callable[[], Result]) -> Result:
        """Return the first success. Raise the last failure's error when attempts are used up.

        A server that asks for more patience than ``max_wait`` gets none: RetryLater says when.
        """
        for attempt in range(1, self.attempts):
            try:
                return once()
            except Transient as failure:
                wait = failure.wait or self._back_off(attempt)
                if wait > self.max_wait:
                    raise RetryLater("postponed", **failure.error.params) from failure
            self.sleep(wait)
        try:
            return once()
        except Transient as failure:
            raise failure.error from failure.__cause__

    def _back_off(self, attempt: int) -> float:
        # Jitter keeps many clients from returning in step after a common failure.
        longest = min(_FIRST_WAIT * 2.0 ** (attempt - 1), _LONGEST_BACK_OFF, self.max_wait)
        return longest * self.rng.uniform(0.5, 1.0)


def parse_retry_after(value: str | None, date: str | None) -> float | None:
    """Return the seconds that a Retry-After header asks for, or None if it says nothing usable.

    A point in time is measured from the server's own ``date`` header where it has one, so that
    wrong clocks do no harm.
    """
    if value is None:
        return None
    text = value.strip()
    if _SECONDS.fullmatch(text):
        return float(text) or None
    until = _parse_date(text)
    if until is None:
        return None
    seconds = (until - (_parse_date(date) or datetime.now(UTC))).total_seconds()
    return seconds if seconds > 0 else None


def _parse_date(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        date = parsedate_to_datetime(text)
        return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
