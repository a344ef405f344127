"""What is to be done now about one job, from the calendar and from what was done: a pure function.

It may be asked at any time and any number of times. Whatever happened meanwhile (the machine slept, the
clock was put back or forward, processes died), each moment of the calendar is begun once, or missed once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sync.schedule.book import Standing
from sync.schedule.clock import instant_of, local_of
from sync.schedule.cron import Cron
from sync.schedule.jobs import Timetable

__all__ = ["MOST_TRIES", "Decision", "Question", "decide"]

#: How often a job is begun for one moment if its process dies each time.
MOST_TRIES: Final = 3
#: Moments that lie further back are not told one by one as missed.
LOOK_BACK: Final = timedelta(days=32)
#: Of more moments than these only the newest are told as missed.
MOST_MISSED: Final = 100
#: No zone puts its clock back by more.
PUT_BACK: Final = timedelta(hours=24)


@dataclass(frozen=True)
class Decision:
    """``appointment`` is the moment to wait for, or that is due; ``attempt`` 0 if nothing is to begin.

    ``missed`` are moments that are told as such, once: it is too late for them, or a later one is due.
    """

    appointment: datetime
    attempt: int = 0
    missed: tuple[datetime, ...] = ()


@dataclass(frozen=True)
class Question:
    """One job, as it stands at an instant; ``begun`` tells what became of it for a local moment."""

    timetable: Timetable
    job: str
    cron: Cron
    begun: Callable[[datetime], Standing | None]
    now: datetime

    @property
    def local_now(self) -> datetime:
        """Return what the clock on the wall shows."""
        return local_of(self.now, self.timetable.zone)


def decide(question: Question, appointment: datetime | None) -> Decision:
    """Say what to do about a job, given the moment that was noted for it (None: it is new)."""
    timetable, now = question.timetable, question.now
    if appointment is None or instant_of(appointment, timetable.zone) > now:
        return Decision(_next_open(question))
    due, earlier = _newest_due(question, appointment)
    if timetable.start_of(question.job, due) > now:
        return Decision(due)
    instant = instant_of(due, timetable.zone)
    missed = [
        one for one in earlier if instant_of(one, timetable.zone) != instant and _begun(question, one) is None
    ]
    begun = _begun(question, due)
    late = now > timetable.end_of(due)
    if begun is None and not late:
        return Decision(due, 1, tuple(missed))
    if begun is None:
        return Decision(_next_open(question), 0, (*missed, due))
    if begun.state == "running":
        return Decision(due, 0, tuple(missed))
    if begun.state == "aborted" and begun.tries < MOST_TRIES and not late:
        return Decision(due, begun.tries + 1, tuple(missed))
    return Decision(_next_open(question), 0, tuple(missed))


def _begun(question: Question, due: datetime) -> Standing | None:
    """Return what became of a moment for which the job was begun, or missed; None if it still may be."""
    found = question.begun(due)
    return None if found is None or found.never_began else found


def _newest_due(question: Question, appointment: datetime) -> tuple[datetime, deque[datetime]]:
    """Return the newest moment since an appointment that may start, and those before it."""
    due, earlier = appointment, deque[datetime](maxlen=MOST_MISSED)
    zone, now = question.timetable.zone, question.now
    # Until later than the clock shows: where it is put back, moments that it will show again are past.
    since, until = max(appointment, question.local_now - LOOK_BACK), question.local_now + PUT_BACK
    for moment in question.cron.between(since, until):
        if instant_of(moment, zone) > now:
            break
        if question.timetable.start_of(question.job, moment) <= now:
            earlier.append(due)
            due = moment
    return due, earlier


def _next_open(question: Question) -> datetime:
    """Return the first moment to come for which nothing was begun yet."""
    zone = question.timetable.zone
    moment = question.cron.next_after(question.local_now)
    while instant_of(moment, zone) <= question.now or _begun(question, moment) is not None:
        moment = question.cron.next_after(moment)
    return moment
