"""In which state the catalogue is, asked once for all who want to know it at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable

from anyio import CapacityLimiter, to_thread

__all__ = ["Watch"]


class Watch:
    """Shares one look at the catalogue among many requests, without showing any of them an old state."""

    def __init__(self, look: Callable[[], Hashable]) -> None:
        """``look`` is called in a thread, never twice at once."""
        self._look = look
        self._running: asyncio.Task[Hashable] | None = None
        self._next: asyncio.Task[Hashable] | None = None
        self._limiter: CapacityLimiter | None = None

    async def state(self) -> Hashable:
        """Return the state as it is now: by a look that began after this was asked for.

        Raise what ``look`` raises.
        """
        if self._next is None:
            self._next = asyncio.create_task(self._after(self._running))
        return await asyncio.shield(self._next)

    async def _after(self, running: asyncio.Task[Hashable] | None) -> Hashable:
        if running is not None and not running.done():
            await asyncio.wait([running])
        self._running, self._next = self._next, None
        self._limiter = self._limiter or CapacityLimiter(1)
        return await to_thread.run_sync(self._look, limiter=self._limiter)
