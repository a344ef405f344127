"""Processes that end with whoever started them, by whatever death.

Whoever is killed ends nobody. So a process that is started holds one end of a pipe whose other end stays with
the one that started it; the system closes that when its holder is gone.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from multiprocessing.connection import Connection

__all__ = ["end_with"]


def end_with(tether: Connection) -> None:
    """Let this process end at once as soon as the other end of a pipe is closed."""
    threading.Thread(target=_end_with, args=(tether,), daemon=True).start()


def _end_with(tether: Connection) -> None:
    with suppress(EOFError, OSError):
        tether.recv_bytes()
    os._exit(1)
