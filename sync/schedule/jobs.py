"""The jobs of a region: what its ``[schedule]`` says, put into words the program works with."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sync.region import Region
from sync.schedule.clock import instant_of, read_zone
from sync.schedule.cron import Cron, read_cron
from sync.schedulesettings import NIGHTLY, STEPS, StepName

__all__ = ["Job", "Timetable", "job_named", "timetable_of"]

#: When a night is, for a region that does not say so and asks for one all the same.
USUAL_HOUR: Final = "30 2 * * *"


@dataclass(frozen=True)
class Job:
    """Something to be done at its hours: its steps in their order, and which sources are read (none: all)."""

    name: str
    cron: Cron
    steps: tuple[StepName, ...]
    sources: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Timetable:
    """All jobs that have their hours, and what holds for each of them."""

    jobs: tuple[Job, ...]
    zone: ZoneInfo
    grace: timedelta
    jitter: timedelta
    seed: str  # what makes the delays of one installation differ from another's

    def start_of(self, job: str, due: datetime) -> datetime:
        """Return the instant at which a job that is due at a local moment may start.

        The delay within the jitter is the same each time it is asked for.
        """
        return instant_of(due, self.zone) + self._delay(job, due)

    def end_of(self, due: datetime) -> datetime:
        """Return the instant after which it is too late to start what was due at a local moment."""
        return instant_of(due, self.zone) + self.grace

    def _delay(self, job: str, due: datetime) -> timedelta:
        seconds = int(self.jitter.total_seconds())
        if not seconds:
            return timedelta()
        digest = hashlib.blake2b(f"{self.seed}\0{job}\0{due.isoformat()}".encode(), digest_size=8).digest()
        return timedelta(seconds=int.from_bytes(digest) % seconds)


def timetable_of(region: Region, host: str) -> Timetable:
    """Return the timetable that a region file describes, for one machine."""
    settings = region.schedule
    jobs = [
        Job(one.name, read_cron(one.cron), _sorted(one.steps), frozenset(one.sources)) for one in settings.job
    ]
    if settings.nightly:
        jobs.insert(0, Job(NIGHTLY, read_cron(settings.nightly), _nightly_steps(region)))
    return Timetable(
        jobs=tuple(jobs),
        zone=read_zone(settings.timezone),
        grace=timedelta(hours=settings.grace_hours),
        jitter=timedelta(minutes=settings.jitter_minutes),
        seed=f"{host}\0{region.name}",
    )


def job_named(region: Region, name: str) -> Job | None:
    """Return one job of a region; the night is there without any settings. None if there is no such job."""
    for one in timetable_of(region, "").jobs:
        if one.name == name:
            return one
    return Job(NIGHTLY, read_cron(USUAL_HOUR), _nightly_steps(region)) if name == NIGHTLY else None


def _nightly_steps(region: Region) -> tuple[StepName, ...]:
    settings = region.schedule
    if settings.nightly_steps:
        return _sorted(settings.nightly_steps)
    wanted = {
        "sync": True,
        "links": True,
        "report": bool(settings.report),
        "export": bool(settings.export),
        "publish": bool(settings.publish),
        "notify": bool(region.notify),
    }
    return tuple(step for step in STEPS if wanted[step])


def _sorted(steps: Sequence[StepName]) -> tuple[StepName, ...]:
    return tuple(step for step in STEPS if step in steps)
