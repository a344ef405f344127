"""How ``health`` judges the last sync: with those of its night that it repeats, and with one that goes on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, func, select

from catalogue.reports.health_check import HealthCheck, Limits, hours_since, is_over
from catalogue.reports.morning_carried import Carriers
from catalogue.reports.morning_night import state_with_night
from catalogue.reports.morning_sources import anything_stands
from catalogue.reports.runs import Params
from catalogue.tables import link_run, run, source, source_run

__all__ = ["last_sync"]

_GOOD: Final = ("ok", "partial")


def last_sync(
    connection: Connection, now: datetime, limits: Limits, sync: str, carriers: Carriers
) -> Iterator[HealthCheck]:
    """Look at the last sync that ended, with those of its night that it repeats, and at the last good one."""
    syncs = select(run).where(run.c.region != "", run.c.id.not_in(select(link_run.c.run_id)))
    newest = syncs.order_by(run.c.id.desc()).limit(1)
    last = connection.execute(newest.where(run.c.state != "running")).first()
    good = connection.execute(newest.where(run.c.state.in_(_GOOD))).first()
    going = _going(connection, newest, now, carriers)
    came_to = "" if last is None else state_with_night(connection, last.id, last.state, carriers)
    if good is None and going:
        yield HealthCheck("run", "", "warning", "run_first_going", going)
        return
    if good is None:
        code = "run_never" if last is None else "run_never_good"
        params: Params = {} if last is None else {"run": last.id, "state": last.state}
        yield HealthCheck("run", "", "critical", code, params, next_command=sync)
        return
    at = good.finished_at or good.started_at
    hours = hours_since(at, now)
    told: Params = {"run": good.id, "hours": hours}
    state, code = "ok", "run_ok"
    if is_over(hours, limits.critical_hours):
        state, code = "critical", "run_old"
    elif last is not None and came_to == "failed" and not going and _was_partial(connection, last.id):
        state, code = "warning", "run_part_failed"
        told |= {"last": last.id}
    elif last is not None and came_to in {"failed", "aborted"}:
        state, code = ("warning", "run_going") if going else ("critical", "run_failed")
        told |= {"last": last.id, "state": came_to, **going}
    elif is_over(hours, limits.hours):
        state, code = "warning", "run_old"
    elif came_to == "partial":
        state, code = "warning", "run_partial"
    elif came_to == "ok" and not anything_stands(connection, source.c.active):
        state, code = "critical", "run_empty"
    command = sync if state != "ok" else ""
    yield HealthCheck("run", "", state, code, told, hours, "hours", limits.hours or None, at, command)


def _was_partial(connection: Connection, number: int) -> bool:
    """Tell whether a sync read some sources only: those it left out were well at their last attempt."""
    if not connection.scalar(select(func.count()).where(source_run.c.run_id == number)):
        return False
    last = (
        select(func.max(source_run.c.id))
        .join(source, source.c.id == source_run.c.source_id)
        .where(source.c.active)
        .group_by(source_run.c.source_id)
    )
    well = source_run.c.state.in_(("ok", "unchanged"))
    return bool(connection.scalar(select(func.count()).where(source_run.c.id.in_(last), well)))


def _going(
    connection: Connection, newest: Select[*tuple[Any, ...]], now: datetime, carriers: Carriers
) -> Params:
    """Return which sync somebody is making just now, and for how many hours; empty if nobody is."""
    row = connection.execute(newest.where(run.c.state == "running")).first()
    if row is None or not carriers.hold("sync") or not carriers.carry(row.id):
        return {}
    return {"going": row.id, "running": hours_since(row.started_at, now)}
