"""Cron expressions of five fields: minute, hour, day, month, weekday.

APScheduler reckons the moments. It is asked about a calendar without changes of the clock, as a clock that
is put back would make it name a moment twice; :mod:`sync.schedule.clock` knows when each moment is. Fields
are read here and handed on as lists of values, as it reads some otherwise than cron does: it counts weekdays
from Monday, wants day and weekday both to fit where cron is content with one, and refuses long steps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final, NamedTuple

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger

__all__ = ["Cron", "CronError", "read_cron"]

LONGEST: Final = 100  # characters
#: Years in which moments are looked for; the bound ends the search for a 31st of February.
_YEARS: Final = "2000-2199"
_SINCE: Final = datetime.fromisoformat("2024-02-01")
_WEEKDAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PART: Final = re.compile(r"(\*|[0-9]{1,2}|[a-z]{3})(?:-([0-9]{1,2}|[a-z]{3}))?(?:/([0-9]{1,2}))?")


class _Field(NamedTuple):
    """One field: how APScheduler calls it, its least and greatest value, and names for values."""

    name: str
    first: int
    last: int
    names: Mapping[str, int] = MappingProxyType({})


_FIELDS: Final = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day", 1, 31),
    _Field("month", 1, 12, {name: number for number, name in enumerate(_MONTHS, start=1)}),
    _Field("day_of_week", 0, 7, {name: number for number, name in enumerate(_WEEKDAYS)}),
)


class CronError(ValueError):
    """An expression that is none; ``code`` names a message, ``number`` the field (1 to 5) that is wrong."""

    def __init__(self, code: str, number: int = 0, part: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.number = number
        self.part = part


class Cron:
    """The moments of an expression, on the clock on the wall and without offset."""

    def __init__(self, expression: str, trigger: BaseTrigger) -> None:
        self.expression = expression
        self._trigger = trigger

    def next_after(self, local: datetime) -> datetime:
        """Return the first moment after a local one."""
        found = self._first(local)
        if found is None:  # not before the year 2199
            raise CronError("schedule_cron_never")
        return found

    def between(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """Yield the moments after one local moment and up to another."""
        while (found := self._first(after)) is not None and found <= until:
            yield found
            after = found

    def _first(self, after: datetime) -> datetime | None:
        start = after.replace(tzinfo=UTC) + timedelta(microseconds=1)
        found: datetime | None = self._trigger.get_next_fire_time(None, start)
        return None if found is None else found.replace(tzinfo=None)


def read_cron(expression: str) -> Cron:
    """Return what an expression means. Raise CronError if it means nothing, or no moment at all."""
    fields = expression.lower().split()
    if len(fields) != len(_FIELDS) or len(expression) > LONGEST:
        raise CronError("schedule_cron_fields")
    values = {
        one.name: _values(number, field)
        for number, (one, field) in enumerate(zip(_FIELDS, fields, strict=True))
    }
    given = {name: ",".join(map(str, sorted(numbers))) for name, numbers in values.items()}
    given["day_of_week"] = ",".join(sorted({_WEEKDAYS[number % 7] for number in values["day_of_week"]}))
    given |= {one.name: "*" for one, field in zip(_FIELDS, fields, strict=True) if field == "*"}
    if fields[2].startswith("*") or fields[4].startswith("*"):
        trigger = _trigger(given)
    else:
        trigger = OrTrigger([_trigger({**given, "day_of_week": "*"}), _trigger({**given, "day": "*"})])
    cron = Cron(" ".join(fields), trigger)
    cron.next_after(_SINCE)
    return cron


def _trigger(given: Mapping[str, str]) -> BaseTrigger:
    return CronTrigger(**given, year=_YEARS, second="0", timezone=UTC)


def _values(number: int, field: str) -> set[int]:
    """Return all values that a field names; Sunday may be both 0 and 7."""
    found: set[int] = set()
    for part in field.split(","):
        try:
            found |= set(_range(_FIELDS[number], part))
        except ValueError:
            raise CronError("schedule_cron_field", number + 1, field) from None
    return found


def _range(field: _Field, part: str) -> range:
    """Return the values of ``*``, ``a``, ``a-b``, each with or without a step. Raise ValueError."""
    match = _PART.fullmatch(part)
    if match is None:
        raise ValueError(part)
    begin, end, step = match.groups()
    if begin == "*":
        if end:
            raise ValueError(part)
        return range(field.first, field.last + (field.name != "day_of_week"), int(step or 1))
    first = _value(field, begin)
    last = _value(field, end) if end else (field.last if step else first)
    if field.name == "day_of_week" and first and last == 0:
        last = 7  # sat-sun
    if last < first:
        raise ValueError(part)
    return range(first, last + 1, int(step or 1))  # refuses steps of zero


def _value(field: _Field, written: str) -> int:
    value = int(written) if written.isdigit() else field.names.get(written, -1)
    if not field.first <= value <= field.last:
        raise ValueError(written)
    return value
