"""Moments that come while the database cannot be used: each is told once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from catalogue.errors import StoreError
from sync.schedule.decide import Question, decide
from sync.schedule.jobs import Timetable

__all__ = ["Unkept"]


class Unkept:
    """Reckons what is due from the calendar alone, and from what was planned while there was a database."""

    def __init__(self, tell: Callable[[str, datetime, StoreError], None]) -> None:
        self._tell = tell
        self._planned: dict[str, datetime] = {}
        self._known: set[tuple[str, datetime]] = set()

    def plan(self, job: str, due: datetime) -> None:
        """Take note of the next moment of a job, as the database has it."""
        self._planned[job] = due

    def begun(self, job: str, due: datetime) -> None:
        """Take note that a process began a job for a moment; what became of it, that one tells."""
        self._known.add((job, due))

    def look(self, timetable: Timetable, now: datetime, error: StoreError) -> None:
        """Tell of each job whose moment has come, once."""
        for job in timetable.jobs:
            question = Question(timetable, job.name, job.cron, lambda _: None, now)
            found = decide(question, self._planned.get(job.name))
            self._planned[job.name] = found.appointment
            due = found.appointment if found.attempt else next(reversed(found.missed), None)
            if due is not None and (job.name, due) not in self._known:
                self._known.add((job.name, due))
                self._tell(job.name, due, error)
