"""Keeps a timetable: looks at the clock again and again and begins what is due, one after the other.

Looking costs one read of the database. All that has to be remembered stands there, so that it does not
matter how often, how late or by how many processes somebody looks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from sqlalchemy import Connection

from catalogue.errors import StoreError
from catalogue.store import Store
from sync.lock import LockHeld, only_one
from sync.region import RegionFileError
from sync.schedule import book
from sync.schedule.clock import written
from sync.schedule.decide import Decision, Question, decide
from sync.schedule.jobs import Job, Timetable
from sync.schedule.unkept import Unkept

__all__ = ["LOOK_SECONDS", "Keeper", "Listener", "Tools"]

#: Seconds between two looks. A long wait would not notice that the machine slept or that the clock was set.
LOOK_SECONDS: Final = 20.0
#: Looks for which a job rests that could not be begun: as a rule somebody else holds the lock.
REST: Final = 6


class Listener(Protocol):
    """Told what happens; moments are local."""

    def planned(self, job: str, due: datetime) -> None:
        """Take note of the next moment of a job."""

    def missed(self, job: str, due: datetime) -> None:
        """Take note that a job was not begun and will not be."""

    def broken_off(self, job: str, due_at: str) -> None:
        """Take note that the process of a job has died."""

    def began(self, job: str, due: datetime, attempt: int) -> None:
        """Take note that a job begins."""

    def ended(self, job: str, due: datetime, exit_code: int) -> None:
        """Take note that a job has ended."""

    def not_begun(self, job: str, due: datetime, exit_code: int) -> None:
        """Take note that a job could not be begun now."""

    def troubled(self, error: RegionFileError | StoreError) -> None:
        """Take note of what keeps the keeper from reading the region file or the database; told once."""


@dataclass(frozen=True)
class Tools:
    """What a keeper works with. ``begin`` does a job for a moment and returns its exit code.

    ``unkept`` tells of moments that come while the database cannot be used.
    """

    read: Callable[[], Timetable]
    begin: Callable[[str, datetime], int]
    listener: Listener
    now: Callable[[], datetime]
    unkept: Unkept


class Keeper:
    """The state of one process that keeps a timetable."""

    def __init__(self, store: Store, tools: Tools, timetable: Timetable) -> None:
        self._store = store
        self._tools = tools
        self._timetable = timetable
        self._troubles: set[str] = set()
        self._resting: dict[tuple[str, datetime], int] = {}
        self._planned: dict[str, datetime] = {}

    def look(self) -> None:
        """Do what is due now. Raises nothing that may be over by the next look."""
        self._resting = {key: left - 1 for key, left in self._resting.items() if left > 1}
        found: set[str] = set()
        try:
            self._timetable = self._tools.read()
        except RegionFileError as error:  # the timetable of before holds: a mistake must not stop the nights
            found.add(self._trouble(error))
        try:
            self._look()
        except StoreError as error:
            found.add(self._trouble(error))
            self._tools.unkept.look(self._timetable, self._tools.now(), error)
        self._troubles = found

    def _trouble(self, error: RegionFileError | StoreError) -> str:
        """Tell of a trouble, unless it was told and lasts; return what makes it this one."""
        if str(error) not in self._troubles:
            self._tools.listener.troubled(error)
        return str(error)

    def _look(self) -> None:
        while (found := self._next()) is not None:
            job, due, attempt = found
            self._tools.listener.began(job, due, attempt)
            exit_code = self._tools.begin(job, due)
            self._tools.unkept.begun(job, due)
            with self._store.read() as connection:
                begun = book.standing(connection, job, written(due))
            if begun is None or begun.tries < attempt:
                self._resting[job, due] = REST
                self._tools.listener.not_begun(job, due, exit_code)
            else:
                self._tools.listener.ended(job, due, exit_code)

    def _next(self) -> tuple[str, datetime, int] | None:
        """Return the first job to begin with its moment and attempt, and write down what else follows."""
        if not self._nobody_works():
            return None
        now = self._tools.now()
        with self._store.read() as connection:
            noted = book.appointments(connection)
            decisions = {job.name: self._decide(connection, job, noted, now) for job in self._timetable.jobs}
        wanted = {job: one.appointment for job, one in decisions.items()}
        if wanted != noted or any(one.missed for one in decisions.values()):
            with self._store.write() as connection:
                book.make_appointments(connection, wanted, now)
                for job, one in decisions.items():
                    missed = [
                        due for due in one.missed if book.standing(connection, job, written(due)) is None
                    ]
                    book.miss(connection, job, missed, now)
        self._tell(decisions)
        due = [
            (self._timetable.start_of(job, one.appointment), job, one)
            for job, one in decisions.items()
            if one.attempt and (job, one.appointment) not in self._resting
        ]
        if not due:
            return None
        _, job, first = min(due, key=lambda found: found[:2])
        return job, first.appointment, first.attempt

    def _decide(
        self, connection: Connection, job: Job, noted: dict[str, datetime], now: datetime
    ) -> Decision:
        def begun(due: datetime) -> book.Standing | None:
            return book.standing(connection, job.name, written(due))

        return decide(Question(self._timetable, job.name, job.cron, begun, now), noted.get(job.name))

    def _nobody_works(self) -> bool:
        """Tell whether no job is being done; what a dead process left open is closed."""
        with self._store.read() as connection:
            if not book.running(connection):
                return True
        try:
            with only_one(self._store, "night"), self._store.write() as connection:
                dead = book.close_dead(connection, self._tools.now())
        except LockHeld:
            return False
        for one in dead:
            self._tools.listener.broken_off(one.job, one.due_at)
        return True

    def _tell(self, decisions: dict[str, Decision]) -> None:
        for job, one in decisions.items():
            for due in one.missed:
                self._tools.listener.missed(job, due)
            if not one.attempt and self._planned.get(job) != one.appointment:
                self._tools.listener.planned(job, one.appointment)
            self._planned[job] = one.appointment
            self._tools.unkept.plan(job, one.appointment)
