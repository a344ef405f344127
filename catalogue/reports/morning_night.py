"""Nights as the morning's report tells them: their steps, and which syncs were theirs.

A night may sync several times: sources that failed are read again, and a night that broke off is done again.
All of it is told as one.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, func, select

from catalogue.reports.morning_carried import Carriers
from catalogue.reports.runs import Params, RunRow
from catalogue.tables import link_run, night, run, source_run

__all__ = [
    "NightLine",
    "StepLine",
    "merged_state",
    "night_line",
    "night_of_run",
    "repetitions",
    "runs_of_night",
    "state_with_night",
]

#: What a night that did not go well makes of a run that did.
_TROUBLES: Final = {
    "failed": "failed",
    "missed": "failed",
    "partial": "partial",
    "aborted": "partial",
    "abandoned": "partial",
}
_GOOD: Final = ("ok", "unchanged")


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step of a night; ``code`` and ``params`` name a message of section ``error``, if there is one.

    A sync whose failed sources are read again after a pause is ``waiting`` meanwhile.
    """

    step: str
    state: str
    code: str
    params: Params
    seconds: float


@dataclass(frozen=True, slots=True)
class NightLine:
    """A night of a schedule: the local moment it was meant for, what became of it, and its steps.

    ``run`` is its first sync, None if it came to none. ``state`` is ``abandoned`` if it is said to be running
    and nobody carries it on.
    """

    job: str
    due_at: str
    started_at: str
    finished_at: str
    state: str
    run: int | None
    steps: tuple[StepLine, ...]

    @property
    def waiting(self) -> StepLine | None:
        """Return the step that goes on after a pause; None if there is none such."""
        steps = self.steps if self.state == "running" else ()
        return next((one for one in steps if one.state == "waiting"), None)

    @property
    def trouble(self) -> str:
        """Return what it makes of a run that went well: partial, failed, or nothing.

        Of a night that is not over the steps that are done count: nobody shall be told that all is well.
        """
        if self.state == "running" and self.bad_steps:
            return "partial"
        return _TROUBLES.get(self.state, "")

    @property
    def bad_steps(self) -> list[StepLine]:
        """Return the steps that went wrong so far."""
        return [one for one in self.steps if one.state not in {"ok", "skipped", "waiting"}]


def night_of_run(connection: Connection, number: int, carriers: Carriers) -> NightLine | None:
    """Return the night that a sync is part of; None if it is of none."""
    query = select(night).where(night.c.run_id <= number)
    row = connection.execute(
        query.order_by(night.c.run_id.desc(), night.c.started_at.desc()).limit(1)
    ).first()
    if row is None:
        return None
    found = night_line(row, carriers)
    return found if number in runs_of_night(connection, found) else None


def runs_of_night(connection: Connection, told: NightLine) -> tuple[int, ...]:
    """Return the numbers of the syncs of a night in their order; none if it came to no sync.

    These are all that began from its beginning until its end, or until now; also those of a first attempt at
    it that was killed. Of a night that broke off it is its first one only, since its end was noted whenever
    somebody noticed.
    """
    if told.run is None:
        return ()
    if told.state in {"aborted", "abandoned"}:
        return (told.run,)
    same = (night.c.job == told.job, night.c.due_at == told.due_at)
    begun = connection.scalar(select(night.c.started_at).where(*same)) or told.started_at
    end = datetime.fromisoformat(told.finished_at) if told.finished_at else None
    found = [
        number
        for number, started_at in connection.execute(_between_other_nights(connection, told.run))
        if number == told.run
        or (number < told.run and datetime.fromisoformat(started_at) >= datetime.fromisoformat(begun))
        or (number > told.run and (end is None or datetime.fromisoformat(started_at) <= end))
    ]
    return tuple(found)


def _between_other_nights(connection: Connection, number: int) -> Select[int, str]:
    """Return the question for the syncs around one, as far as no other night has synced."""
    others = select(func.max(night.c.run_id)).where(night.c.run_id < number)
    following = connection.scalar(select(func.min(night.c.run_id)).where(night.c.run_id > number))
    query = select(run.c.id, run.c.started_at).where(
        run.c.id > (connection.scalar(others) or 0),
        run.c.region != "",
        run.c.id.not_in(select(link_run.c.run_id)),
    )
    return (query if following is None else query.where(run.c.id < following)).order_by(run.c.id)


def state_with_night(connection: Connection, number: int, state: str, carriers: Carriers) -> str:
    """Return what a sync came to, together with those of its night that it repeats.

    A repetition reads only what failed before it: by itself it says nothing about all the other sources.
    """
    found = night_of_run(connection, number, carriers) if state != "aborted" else None
    numbers = [one for one in runs_of_night(connection, found) if one <= number] if found else []
    if len(numbers) < 2:
        return state
    parts = select(source_run.c.source_id, source_run.c.state).where(source_run.c.run_id.in_(numbers))
    last_words = dict(connection.execute(parts.order_by(source_run.c.id)).all())
    return merged_state(last_words.values()) if last_words else state


def merged_state(states: Collection[str]) -> str:
    """Return what syncs came to by the last word about each source."""
    good = sum(state in _GOOD for state in states)
    return "ok" if good == len(states) else "partial" if good else "failed"


def repetitions(connection: Connection, rows: Sequence[RunRow], carriers: Carriers) -> dict[int, int]:
    """Return which syncs read again what failed in an earlier one of their night, with that one's number."""
    query = select(night).where(night.c.run_id.is_not(None)).order_by(night.c.run_id, night.c.started_at)
    nights = [night_line(row, carriers) for row in connection.execute(query)]
    firsts = [one.run or 0 for one in nights]
    found = {}
    for row in rows:
        place = bisect_left(firsts, row.run) - 1
        if row.kind != "sync" or place < 0 or row.run in firsts:
            continue
        before = nights[place]
        if before.state in {"aborted", "abandoned"}:
            continue
        end = before.finished_at
        if not end or datetime.fromisoformat(row.started_at) <= datetime.fromisoformat(end):
            found[row.run] = firsts[place]
    return found


def night_line(row: Row[*tuple[Any, ...]], carriers: Carriers | None = None) -> NightLine:
    """Return a row of the table ``night``; who carries it on matters if it may be running."""
    dead = row.state == "running" and carriers is not None and not carriers.hold("night")
    return NightLine(
        job=row.job,
        due_at=row.due_at,
        started_at=row.started_at,
        finished_at=row.finished_at or "",
        state="abandoned" if dead else row.state,
        run=row.run_id,
        steps=tuple(_step(one) for one in json.loads(row.steps or "[]")),
    )


def _step(written: dict[str, Any]) -> StepLine:
    return StepLine(
        step=str(written["step"]),
        state=str(written["state"]),
        code=str(written.get("code", "")),
        params=dict(written.get("params") or {}),
        seconds=float(written.get("seconds", 0.0)),
    )
