"""Time zones by their names, and local moments as tables keep them; :mod:`catalogue.localtime` reckons."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from catalogue.localtime import instant_of, local_of

__all__ = ["UnknownZone", "instant_of", "local_of", "read_zone", "written"]


class UnknownZone(ValueError):
    """There is no time zone of this name."""


def read_zone(name: str) -> ZoneInfo:
    """Return a time zone by its name, like ``Europe/Berlin``. Raise UnknownZone if there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # OSError: the name of a folder, or too long for one
        raise UnknownZone(name) from None


def written(local: datetime) -> str:
    """Return a local moment as tables and messages keep it: ``2026-10-25T02:30``."""
    return local.isoformat(timespec="seconds" if local.second else "minutes")
