"""The time zone of what people read: Germany's, wherever the server stands.

Containers and many servers keep UTC, while moments of the schedule are German ones; both on one page, and
neither with its zone, would mislead. Whoever wants another zone sets ``TZ``, as for any program.
"""

from __future__ import annotations

import os
import time
from typing import Final

__all__ = ["use_german_time"]

#: Central European time and its summer time, in the form that needs no tables of zones (POSIX).
GERMAN: Final = "CET-1CEST,M3.5.0,M10.5.0/3"


def use_german_time() -> None:
    """Let this process, and those it starts, show moments in German time unless ``TZ`` says otherwise."""
    if hasattr(time, "tzset") and not os.environ.get("TZ"):
        os.environ["TZ"] = GERMAN
        time.tzset()
