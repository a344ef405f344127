"""The clock on the wall and the moments behind it, also on the two days a year when they disagree.

A local moment is a date and time without offset, as people and calendars write it. On the night the clock
is put back some of them come twice; the first one counts. On the night it is put forward some never come;
they count as the first moment after the gap.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

__all__ = ["instant_of", "local_of"]

_SECOND: Final = timedelta(seconds=1)


def local_of(instant: datetime, zone: ZoneInfo) -> datetime:
    """Return what the clock on the wall shows at an instant, without offset."""
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def instant_of(local: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant, in UTC, of a local moment; it never goes back when the local moment goes on."""
    before = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if local_of(before, zone) == local:
        return before
    return _end_of_gap(local.replace(tzinfo=zone, fold=1).astimezone(UTC), before, zone)


def _end_of_gap(early: datetime, late: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant between two at which the clock is put forward, to the second."""
    offset = early.astimezone(zone).utcoffset()
    while late - early > _SECOND:
        middle = early + timedelta(seconds=(late - early) // _SECOND // 2)
        if middle.astimezone(zone).utcoffset() == offset:
            early = middle
        else:
            late = middle
    return late
