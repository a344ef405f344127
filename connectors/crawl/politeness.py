"""One request at a time to a host, a gap between two, and a shared gap for a computing centre.

Gates are shared by all crawls of a process, since to a host it is all the same which source asks. They are
forgotten when no crawl uses them.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Final
from weakref import WeakValueDictionary

from connectors.assignment import Assignment

__all__ = ["Gate", "Gates", "Pace"]

#: A gap is made longer by up to this share, so that requests keep no beat.
JITTER: Final = 0.25
#: Seconds after which somebody who queues for a gate looks whether anybody still waits for the result.
LOOK_ROUND: Final = 1.0


class Gate:
    """Lets one request through at a time; remembers when the last one ended."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.left_at: float | None = None


class Gates:
    """The gates of a process by name."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._gates: WeakValueDictionary[str, Gate] = WeakValueDictionary()

    def named(self, name: str) -> Gate:
        """Return the gate of this name, the same for all who ask while any of them keeps it."""
        with self._lock:
            gate = self._gates.get(name)
            if gate is None:
                gate = self._gates[name] = Gate()
            return gate


SHARED: Final = Gates()


@dataclass
class Pace:
    """How requests of one crawl are spaced out.

    ``pause`` of the assignment is the only way in which it waits. ``clock`` counts seconds.
    """

    assignment: Assignment
    delay: float
    provider: str = ""
    gates: Gates = SHARED
    clock: Callable[[], float] = time.monotonic
    rng: random.Random = field(default_factory=random.Random)
    _kept: dict[str, Gate] = field(default_factory=dict)

    @contextmanager
    def turn(self, host: str, asked_delay: float = 0.0) -> Iterator[None]:
        """Wait for our turn at a host, and hold it. Raise RetryLater if nobody waits for us any more."""
        gap = max(self.delay, asked_delay)
        with ExitStack() as held:
            held.enter_context(self._through(self._gate(f"host {host}"), gap))
            if self.provider:
                held.enter_context(self._through(self._gate(f"provider {self.provider}"), self.delay))
            yield

    def _gate(self, name: str) -> Gate:
        # Kept for as long as the crawl lasts, so that the gap is known at the next request.
        return self._kept.setdefault(name, self.gates.named(name))

    @contextmanager
    def _through(self, gate: Gate, gap: float) -> Iterator[None]:
        while not gate.lock.acquire(timeout=LOOK_ROUND):
            self.assignment.check()
        try:
            if gap and gate.left_at is not None:
                missing = gate.left_at + gap * self.rng.uniform(1.0, 1.0 + JITTER) - self.clock()
                if missing > 0:
                    self.assignment.pause(missing)
            yield
        finally:
            gate.left_at = self.clock()
            gate.lock.release()
