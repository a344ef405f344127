"""The next moments of the jobs of a schedule, as it noted them, for whoever asks whether they were kept."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from catalogue.localtime import instant_of
from catalogue.tables import appointment, night

__all__ = ["Appointment", "open_appointments"]

#: Appointments are moments of this zone, written without offset.
ZONE: Final = ZoneInfo("Europe/Berlin")


class Appointment(NamedTuple):
    """The next moment of a job: local, as the table has it, and as an instant."""

    job: str
    due_at: str
    instant: datetime


def open_appointments(connection: Connection) -> list[Appointment]:
    """Return the appointments that somebody has still to keep, by job.

    One whose job has begun since is kept, whoever began it: a schedule notes the next moment when a job has
    ended, and where cron took its place nobody does.
    """
    newest = select(night.c.job, func.max(night.c.started_at)).where(night.c.state != "missed")
    begun = {job: datetime.fromisoformat(at) for job, at in connection.execute(newest.group_by(night.c.job))}
    found = []
    for job, due_at in connection.execute(
        select(appointment.c.job, appointment.c.due_at).order_by(appointment.c.job)
    ):
        instant = instant_of(datetime.fromisoformat(due_at), ZONE)
        if job not in begun or begun[job] < instant:
            found.append(Appointment(job, due_at, instant))
    return found
