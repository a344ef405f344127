"""Read sources side by side, each within its time, and hand them on in the order of the region file.

Whoever takes too long is told to stop and given up at once: nobody waits for a call that never returns, and
whatever it brings later is thrown away. Its place goes to the next source.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from time import monotonic
from typing import Final, NamedTuple

from connectors.contract import SourceSettings
from connectors.errors import RetryLater
from sync.prepare import Prepared

__all__ = ["SOURCES_AT_ONCE", "Reading", "Took", "run_time_limit"]

log = logging.getLogger(__name__)

#: Sources fetched at the same time; applying is one after the other.
SOURCES_AT_ONCE: Final = 8
MINUTE = 60.0  # seconds
#: How long the end of a run waits for threads that were told to stop, so that their files can be removed.
LAST_PATIENCE = 1.0  # seconds
#: Seconds between two looks whether the run may go on, while it waits for a source.
LOOK_SECONDS = 1.0


class Took(NamedTuple):
    """When the reading of a source began (monotonic seconds), and how many seconds it took."""

    begun: float
    seconds: float


@dataclass
class _Source:
    """One source: what stops it, when its reading began and ended (monotonic), and what comes of it."""

    settings: SourceSettings
    stop: threading.Event = field(default_factory=threading.Event)
    result: Future[Prepared] = field(default_factory=Future)
    begun: float | None = None
    ended: float = 0.0
    thread: threading.Thread | None = None
    timer: threading.Timer | None = None


class Reading:
    """The reading of some sources. ``read`` does one, in a thread of its own, until its event is set."""

    def __init__(
        self, sources: Sequence[SourceSettings], read: Callable[[SourceSettings, threading.Event], Prepared]
    ) -> None:
        self._read = read
        self._sources = [_Source(settings) for settings in sources]
        self._waiting = deque(self._sources)
        self._turn = threading.Lock()
        self._limit: threading.Timer | None = None
        self.limit_reached = threading.Event()

    def start(self, time_limit: float | None) -> None:
        """Begin; after so many seconds whatever is not read fails. None: it may take any time."""
        if time_limit is not None:
            self._limit = threading.Timer(time_limit, self.end, [time_limit])
            self._limit.daemon = True
            self._limit.start()
        for _ in range(SOURCES_AT_ONCE):
            self._start_next()

    def in_order(self, look: Callable[[], None]) -> Iterator[tuple[Prepared, Took]]:
        """Yield each source and how long its reading took; ``look`` may end the waiting.

        A source waits here for all before it; that time is none of its own.
        """
        for source in self._sources:
            while True:
                try:
                    prepared = source.result.result(LOOK_SECONDS)
                    break
                except TimeoutError:
                    if source.result.done():
                        raise  # by the thread, which may raise what it likes
                    look()
            begun = source.ended if source.begun is None else source.begun
            yield prepared, Took(begun, source.ended - begun)

    def stop(self) -> None:
        """Tell all threads to stop, and wait for them a moment; nothing new begins."""
        with self._turn:
            self._waiting.clear()
        if self._limit is not None:
            self._limit.cancel()
        end = monotonic() + LAST_PATIENCE
        for source in self._sources:
            source.stop.set()
            if source.timer is not None:
                source.timer.cancel()
        for source in self._sources:
            # Whoever ends the run may have come between two of them: the last one may not have begun.
            if source.thread is not None and source.thread.is_alive():
                source.thread.join(max(0.0, end - monotonic()))

    def end(self, seconds: float) -> None:
        """Give up whatever is not read, as the run has taken so long."""
        self.limit_reached.set()
        with self._turn:
            self._waiting.clear()
        for source in self._sources:
            if not source.result.done():
                self._give_up(source, run_time_limit(seconds))

    def _start_next(self) -> None:
        with self._turn:
            if not self._waiting:
                return
            source = self._waiting.popleft()
            minutes = source.settings.time_limit_minutes
            timed_out = RetryLater("source_time_limit", minutes=minutes)
            source.begun = monotonic()
            source.timer = threading.Timer(minutes * MINUTE, self._give_up, [source, timed_out])
            # Whoever is stuck in a call must not keep the process from ending.
            name = f"source {source.settings.id}"
            source.thread = threading.Thread(target=self._read_one, args=(source,), name=name, daemon=True)
            for thread in (source.timer, source.thread):
                thread.daemon = True
                thread.start()

    def _read_one(self, source: _Source) -> None:
        try:
            prepared = self._read(source.settings, source.stop)
        except BaseException as error:  # whoever waits for the source gets it, as from any future
            self._settle(source, error)
        else:
            self._settle(source, prepared)

    def _settle(self, source: _Source, outcome: Prepared | BaseException) -> None:
        """Write down what came of a source, unless it was given up before; let the next one begin."""
        with self._turn:
            if source.result.done():
                return
            source.ended = monotonic()
            if isinstance(outcome, Prepared):
                source.result.set_result(outcome)
            else:
                source.result.set_exception(outcome)
        if source.timer is not None:
            source.timer.cancel()
        self._start_next()

    def _give_up(self, source: _Source, error: RetryLater) -> None:
        if not source.result.done():
            log.warning("source %s: given up: %s", source.settings.id, error.code)
        source.stop.set()
        self._settle(source, Prepared(source.settings, error=error))


def run_time_limit(seconds: float) -> RetryLater:
    """Return why a source is not read or applied in a run that took too long."""
    return RetryLater("run_time_limit", minutes=round(seconds / MINUTE))
