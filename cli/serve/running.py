"""Running the application until the system asks for the end; then what is under way is still answered."""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

__all__ = ["run"]

#: How long requests that are under way may take when the server is asked to end.
GRACE_SECONDS = 5
#: How long a connection without a request is kept.
IDLE_SECONDS = 15
#: Connections at once; more are refused with 503.
MOST_CONNECTIONS = 2_000
#: How long a thread that makes an answer may hold up the loop that sends them; Python's own is 5 ms.
SWITCH_SECONDS = 0.001
#: Bytes of a request's first line and headers.
LONGEST_HEAD = 32_768


def run(app: ASGIApp, listening: socket.socket) -> None:
    """Serve an application on a listening socket until SIGINT or SIGTERM; a second one ends it at once.

    Nothing is logged about who asked for what.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    config = uvicorn.Config(
        app,
        access_log=False,
        h11_max_incomplete_event_size=LONGEST_HEAD,
        lifespan="off",
        limit_concurrency=MOST_CONNECTIONS,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=IDLE_SECONDS,
        ws="none",
    )
    _Server(config).run(sockets=[listening])


class _Server(uvicorn.Server):
    """A server for which being asked to end is no failure."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End in an orderly way when asked to, and leave it at that: the base raises the signal again."""
        handled = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self.handle_exit) for number in handled}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
