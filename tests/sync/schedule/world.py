"""A machine with a clock that may be wrong, and a schedule that runs on it; nothing waits."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from sync.schedule.book import Standing
from sync.schedule.clock import instant_of, local_of, read_zone, written
from sync.schedule.cron import Cron, read_cron
from sync.schedule.decide import Question, decide
from sync.schedule.jobs import Job, Timetable

__all__ = ["BERLIN", "World", "timetable", "utc"]

BERLIN = read_zone("Europe/Berlin")


def utc(text: str) -> datetime:
    """Return a moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def timetable(expression: str, *, grace: float = 6.0, jitter: int = 0, name: str = "nightly") -> Timetable:
    """Return a timetable of one job; ``grace`` in hours, ``jitter`` in minutes."""
    job = Job(name, read_cron(expression), ("sync",))
    return Timetable((job,), BERLIN, timedelta(hours=grace), timedelta(minutes=jitter), "host\0region")


@dataclass
class World:
    """The rows of the tables, kept in memory, and what the clock of the machine shows."""

    timetable: Timetable
    now: datetime
    appointment: datetime | None = None
    rows: dict[datetime, Standing] = field(default_factory=dict)
    begun: Counter[datetime] = field(default_factory=Counter)
    begun_at: dict[datetime, datetime] = field(default_factory=dict)
    missed: Counter[datetime] = field(default_factory=Counter)
    dies: int = 0  # so many of the next attempts
    running: datetime | None = None

    @property
    def cron(self) -> Cron:
        return self.timetable.jobs[0].cron

    def pass_time(self, until: datetime, step: timedelta) -> None:
        """Let time go by with a look at each step, and at the end."""
        while self.now < until:
            self.look()
            self.now = min(self.now + step, until)
        self.look()

    def sleep(self, hours: float) -> None:
        """Let time go by without a look, as for a machine that sleeps; or let the clock be set."""
        self.now += timedelta(hours=hours)

    def look(self) -> None:
        """Do what a keeper does at a look."""
        job = self.timetable.jobs[0].name
        if self.running is not None:  # whoever looks holds the lock, so its process is dead
            self.rows[self.running] = self.rows[self.running]._replace(state="aborted")
            self.running = None
        question = Question(self.timetable, job, self.cron, self.rows.get, self.now)
        found = decide(question, self.appointment)
        self.appointment = found.appointment
        for due in found.missed:
            self.missed[due] += 1
            self.rows[due] = Standing(job, written(due), "missed", 0, None)
        if found.attempt:
            self._begin(job, found.appointment, found.attempt)
            self.look()

    def _begin(self, job: str, due: datetime, attempt: int) -> None:
        died, self.dies = self.dies > 0, max(0, self.dies - 1)
        self.running = due if died else None
        self.begun[due] += 1
        self.begun_at.setdefault(due, self.now)
        self.rows[due] = Standing(
            job, written(due), "running" if died else "ok", attempt, None if died else 0
        )

    def unaccounted(self, first: datetime, last: datetime) -> list[datetime]:
        """Return the moments of a time that were neither begun nor missed, nor are one instant with such."""
        known = {instant_of(due, BERLIN) for due in self.rows}
        return [due for due in self.moments(first, last) if instant_of(due, BERLIN) not in known]

    def moments(self, first: datetime, last: datetime) -> list[datetime]:
        """Return the moments of the job between two instants, the first left out."""
        until = local_of(last, BERLIN)
        found = self.cron.between(local_of(first, BERLIN) - timedelta(hours=2), until)
        return [due for due in found if first < instant_of(due, BERLIN) <= last]

    def gaps(self) -> list[float]:
        """Return the hours between the moments at which jobs were begun."""
        at = sorted(self.begun_at.values())
        return [(later - earlier) / timedelta(hours=1) for earlier, later in pairwise(at)]
