"""Where routes hand in their questions to the catalogue: answered in threads, a few at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from datetime import UTC, datetime
from typing import TypeVar, cast

from anyio import CapacityLimiter, to_thread
from sqlalchemy import Connection
from starlette.requests import Request

from catalogue.annotations import local_day
from cli.serve.database import QUESTIONS_AT_ONCE, Library

__all__ = ["MOMENTARY", "STATE", "Desk"]

T = TypeVar("T")

#: Notes of a request: the state of the catalogue it began with, and, set by a route, that its answer depends
#: on the clock, so that it must not be kept.
STATE = "catalogue_state"
MOMENTARY = "momentary"


class Desk:
    """Asks the catalogue for the routes."""

    def __init__(self, library: Library, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.library = library
        self.now = now
        self._limiter: CapacityLimiter | None = None
        self._making = threading.Lock()
        self._shared: dict[Hashable, tuple[Hashable, object]] = {}

    def state(self) -> Hashable:
        """Return another value whenever answers may be others: something was committed, or a day has begun.

        What was planned for a day is overdue from the next one on. Raise StoreError.
        """
        return self.library.state(), local_day(self.now())

    async def ask(self, question: Callable[[Connection], T]) -> T:
        """Return the answer to a question. Raise what the question raises, StoreError or TooSlow."""
        self._limiter = self._limiter or CapacityLimiter(QUESTIONS_AT_ONCE)
        return await to_thread.run_sync(self.library.ask, question, limiter=self._limiter)

    def shared(self, request: Request, make: Callable[[Connection], T], connection: Connection) -> T:
        """Return what many answers need: what ``make`` returns, made once for each state of the catalogue."""
        state: Hashable = getattr(request.state, STATE, None)
        with self._making:  # who comes second finds it made
            known = self._shared.get(make)
            if known is not None and state is not None and known[0] == state:
                return cast(T, known[1])
            made = make(connection)
            self._shared[make] = (state, made)
            return made
