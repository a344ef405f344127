"""What was begun for which moment, kept in the database: it outlives processes and changes of the clock."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from catalogue.tables import appointment, night
from sync.night import NightReport, StepOutcome
from sync.schedule.clock import written

__all__ = [
    "Standing",
    "appointments",
    "claim",
    "close_dead",
    "finish",
    "last_nights",
    "make_appointments",
    "miss",
    "note_not_begun",
    "note_steps",
    "running",
    "standing",
]


class Standing(NamedTuple):
    """What became of a job for one moment: ``state`` as in the table, ``exit_code`` None before its end."""

    job: str
    due_at: str
    state: str
    tries: int
    exit_code: int | None

    @property
    def never_began(self) -> bool:
        """Tell whether nothing was done because nobody could read what was to be done; it may still be."""
        return self.state == "failed" and self.tries == 0


_COLUMNS = (night.c.job, night.c.due_at, night.c.state, night.c.tries, night.c.exit_code)


def standing(connection: Connection, job: str, due_at: str) -> Standing | None:
    """Return what became of a job for a moment; None if it was never begun for it."""
    row = connection.execute(select(*_COLUMNS).where(night.c.job == job, night.c.due_at == due_at)).first()
    return Standing(*row) if row else None


def running(connection: Connection) -> list[Standing]:
    """Return what has begun and not ended; some of it may have died."""
    return [Standing(*row) for row in connection.execute(select(*_COLUMNS).where(night.c.state == "running"))]


def last_nights(connection: Connection) -> dict[str, Standing]:
    """Return what was done last, by job."""
    query = select(*_COLUMNS).order_by(night.c.started_at, night.c.due_at)
    return {row.job: Standing(*row) for row in connection.execute(query)}


def claim(connection: Connection, job: str, due_at: str, now: datetime) -> Standing | None:
    """Begin a job for a moment; return what became of it instead if it was begun before.

    What was broken off may be begun again; it stays the night that began when it was first begun, of which
    its runs are part (:mod:`catalogue.runs_unbroken`). To be called by the holder of the lock ``night`` only.
    """
    before = standing(connection, job, due_at)
    values = {"state": "running", "steps": "[]"}
    if before is None:
        first = {"job": job, "due_at": due_at, "tries": 1, "started_at": _moment(now)}
        connection.execute(insert(night).values(**first, **values))
    elif before.never_began:
        begun = {"started_at": _moment(now), "finished_at": None, "exit_code": None, "tries": 1}
        connection.execute(update(night).values(**values, **begun).where(*_row(job, due_at)))
    elif before.state == "aborted":
        again = {"finished_at": None, "exit_code": None, "run_id": None, "tries": before.tries + 1}
        connection.execute(update(night).values(**values, **again).where(*_row(job, due_at)))
    else:
        return before
    return None


def note_steps(
    connection: Connection, job: str, due_at: str, steps: Sequence[StepOutcome], run_id: int
) -> None:
    """Write what was done so far, so that it is known even if the process dies."""
    values: dict[str, object] = {"steps": _steps(steps)}
    if run_id:
        values["run_id"] = run_id
    connection.execute(update(night).values(values).where(*_row(job, due_at)))


def note_not_begun(
    connection: Connection, job: str, due_at: str, why: StepOutcome, exit_code: int, now: datetime
) -> None:
    """Write that a job could not even begin for a moment, and why, unless something else became of it.

    It may still be begun. To be called by the holder of the lock ``night`` only.
    """
    before = standing(connection, job, due_at)
    if before is not None and not before.never_began:
        return
    at = _moment(now)
    values = {"started_at": at, "finished_at": at, "steps": _steps([why]), "exit_code": exit_code}
    if before is None:
        first = {"job": job, "due_at": due_at, "state": "failed", "tries": 0}
        connection.execute(insert(night).values(**first, **values))
    else:
        connection.execute(update(night).values(**values).where(*_row(job, due_at)))


def finish(connection: Connection, report: NightReport, state: str, exit_code: int) -> None:
    """Write the end of a night."""
    connection.execute(
        update(night)
        .values(
            finished_at=report.finished_at,
            state=state,
            exit_code=exit_code,
            steps=_steps(report.steps),
            run_id=(report.sync.run_id or None) if report.sync else None,
        )
        .where(*_row(report.job, report.due_at))
    )


def close_dead(connection: Connection, now: datetime) -> list[Standing]:
    """Mark as broken off what a dead process left open; to be called by the holder of the lock only."""
    dead = running(connection)
    for one in dead:
        row = _row(one.job, one.due_at)
        done = json.loads(connection.scalar(select(night.c.steps).where(*row)) or "[]")
        steps = json.dumps([step for step in done if step["state"] != "waiting"], ensure_ascii=False)
        values = {"state": "aborted", "finished_at": _moment(now), "steps": steps}
        connection.execute(update(night).values(values).where(*row))
    return dead


def miss(connection: Connection, job: str, due: Iterable[datetime], now: datetime) -> None:
    """Write that a job was not begun for some moments, and will not be."""
    at = _moment(now)
    rows = [
        {
            "job": job,
            "due_at": written(one),
            "started_at": at,
            "finished_at": at,
            "state": "missed",
            "tries": 0,
            "steps": "[]",
        }
        for one in due
    ]
    if rows:
        connection.execute(insert(night), rows)


def appointments(connection: Connection) -> dict[str, datetime]:
    """Return the next local moment of each job, as it was noted before it came."""
    query = select(appointment.c.job, appointment.c.due_at)
    return {job: datetime.fromisoformat(due_at) for job, due_at in connection.execute(query)}


def make_appointments(connection: Connection, wanted: dict[str, datetime], now: datetime) -> None:
    """Note the next moments of all jobs in place of those noted before."""
    connection.execute(delete(appointment))
    rows = [
        {"job": job, "due_at": written(due), "noted_at": _moment(now)} for job, due in sorted(wanted.items())
    ]
    if rows:
        connection.execute(insert(appointment), rows)


def _row(job: str, due_at: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return night.c.job == job, night.c.due_at == due_at


def _moment(now: datetime) -> str:
    return now.isoformat(timespec="seconds")


def _steps(steps: Sequence[StepOutcome]) -> str:
    rows = [
        {
            "step": one.step,
            "state": one.state,
            "code": one.code,
            "params": dict(one.params),
            "seconds": one.seconds,
        }
        for one in steps
    ]
    return json.dumps(rows, ensure_ascii=False)
