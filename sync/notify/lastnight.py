"""The last night as the database holds it, for whoever asks later what was or would be told of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from catalogue.reports.morning import last_run
from catalogue.reports.morning_night import night_line, runs_of_night
from catalogue.reports.runs import run_detail
from catalogue.tables import night
from sync.night import NightReport, StepOutcome, StepState
from sync.report import RunReport, SourceOutcome

__all__ = ["last_night"]

_STATES: Mapping[str, StepState] = {
    "ok": "ok",
    "partial": "partial",
    "failed": "failed",
    "skipped": "skipped",
}


def last_night(connection: Connection) -> NightReport | None:
    """Return the last night that is over, else what is known of the last sync; None if there was neither."""
    query = (
        select(night)
        .where(night.c.state.not_in(("running", "missed")))
        .order_by(night.c.started_at.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    if row is None:
        number = last_run(connection)
        report = None if number is None else _run(connection, (number,))
        if report is None:
            return None
        step = StepOutcome("sync", _STATES.get(report.state, "failed"))
        at = report.started_at
        return NightReport("sync", at, at, report.finished_at, report, (step,))
    numbers = runs_of_night(connection, night_line(row))
    return _night(row, _run(connection, numbers) if numbers else None)


def _night(row: Row[tuple[Any, ...]], report: RunReport | None) -> NightReport:
    steps = tuple(
        StepOutcome(
            str(one["step"]),
            _STATES.get(str(one["state"]), "failed"),
            str(one.get("code", "")),
            dict(one.get("params") or {}),
            float(one.get("seconds", 0.0)),
        )
        for one in json.loads(row.steps or "[]")
    )
    return NightReport(row.job, row.due_at, row.started_at, row.finished_at or "", report, steps)


def _run(connection: Connection, numbers: Sequence[int]) -> RunReport | None:
    """Return what is known of the syncs of a night, with the last word about each source.

    It is None for runs of another kind.
    """
    details = [run_detail(connection, number) for number in numbers]
    first, last = details[0].run, details[-1].run
    if first.kind != "sync":
        return None
    found = {row.source: SourceOutcome(row.source, row.state) for one in details for row in one.sources}
    changed = sum(one.run.cells_changed for one in details)
    ended = last.finished_at or ""
    return RunReport(first.run, first.started_at, ended, False, list(found.values()), 0, changed)
