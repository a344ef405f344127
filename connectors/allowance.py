"""How long one attempt at a request may take, and how much may come in meanwhile.

A time-out per read is no protection from a server that sends one byte per second. Therefore every
single wait for the network asks here how long it may last.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable

__all__ = ["Allowance", "Exceeded", "MinimumRate"]

_STEPS_PER_WINDOW = 30


class Exceeded(Exception):
    """A limit was passed: ``deadline`` or ``rate`` (after so many seconds), or ``amount``."""

    def __init__(self, limit: str, seconds: float = 0.0) -> None:
        super().__init__(limit, seconds)
        self.limit = limit
        self.seconds = seconds


class MinimumRate:
    """The rule that at least ``rate`` bytes per second arrive in any window of ``window`` seconds."""

    def __init__(self, rate: int, window: float, start: float) -> None:
        self._needed = rate * window
        self._step = window / _STEPS_PER_WINDOW
        # Arrivals within a step count as one, so a window is measured one step too long.
        self._window = window + self._step
        self._start = start
        self._steps: deque[tuple[float, int]] = deque()
        self._total = 0

    def received(self, size: int, now: float) -> None:
        """Note that bytes arrived."""
        if self._steps and now - self._steps[-1][0] < self._step:
            stamp, before = self._steps[-1]
            self._steps[-1] = (stamp, before + size)
        else:
            self._steps.append((now, size))
        self._total += size
        while self._steps[0][0] < now - self._window:
            self._total -= self._steps.popleft()[1]

    def due(self) -> float:
        """Return the moment at which the rule is broken if nothing more arrives until then."""
        if self._needed <= 0:
            return math.inf
        moment = self._start
        surplus = self._total - self._needed
        for stamp, size in self._steps:
            if surplus < 0:
                break
            surplus -= size
            moment = stamp
        return moment + self._window


class Allowance:
    """The limits of one attempt: a deadline, a patience per wait, a rate, and an amount per step.

    ``idle`` is how long a single wait may last. Bytes are granted step by step, so that whatever
    the framing of a response claims, no step can fill the memory.
    """

    def __init__(self, clock: Callable[[], float], *, seconds: float, idle: float) -> None:
        self._clock = clock
        self._start = clock()
        self._until = self._start + seconds
        self._idle = idle
        self._rate: MinimumRate | None = None
        self._cut_by: str | None = None
        self._left = 0

    def extend(self, *, seconds: float, rate: int, window: float) -> None:
        """Allow more time, counted from the start, but demand a rate from now on."""
        self._until = self._start + seconds
        self._rate = MinimumRate(rate, window, self._clock())

    def grant(self, amount: int) -> None:
        """Allow this many more bytes until the next grant."""
        self._left = amount

    def timeout(self) -> float:
        """Return how long the next wait may last (seconds). Raise Exceeded if time is up."""
        limit, end = self._end()
        left = end - self._clock()
        if left <= 0:
            raise self._exceeded(limit)
        self._cut_by = limit if left <= self._idle else None
        return min(left, self._idle)

    def timed_out(self) -> None:
        """Raise Exceeded if the wait that just timed out had been cut short by a limit."""
        if self._cut_by is not None:
            raise self._exceeded(self._cut_by)

    def received(self, size: int) -> None:
        """Note that bytes arrived. Raise Exceeded if they are more than granted."""
        self._left -= size
        if self._left < 0:
            raise Exceeded("amount")
        if self._rate is not None:
            self._rate.received(size, self._clock())

    def _exceeded(self, limit: str) -> Exceeded:
        return Exceeded(limit, self._clock() - self._start)

    def _end(self) -> tuple[str, float]:
        due = self._rate.due() if self._rate is not None else self._until
        return ("rate", due) if due < self._until else ("deadline", self._until)
