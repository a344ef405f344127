"""One look at everything that has to go on by itself: what is found, judged by limits.

The questions are few and small, so that they can be asked every minute while a sync runs; only the unknown
cells are counted one by one. Nothing is written.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Row, func, select
from sqlalchemy import text as sql

from catalogue.appointments import open_appointments
from catalogue.lockholders import Holder, holders
from catalogue.reports.health_check import HealthCheck, Limits, hours_since, is_over
from catalogue.reports.health_sync import last_sync
from catalogue.reports.morning_carried import Carriers, is_living
from catalogue.reports.morning_sources import held_deliveries
from catalogue.reports.notices import causes, unsent
from catalogue.reports.runs import Params
from catalogue.reports.sources import next_command
from catalogue.tables import cell, link_run, night, run, source
from catalogue.voices import VoiceState, load_sources

__all__ = [
    "CHECKS",
    "STATES",
    "HealthCheck",
    "Limits",
    "check_health",
    "disk_checks",
    "may_write",
    "worst",
]

#: States of a check, the worst last.
STATES: Final = ("ok", "warning", "critical")
#: Names of the checks in the order in which they are made.
CHECKS: Final = (
    "database",
    "run",
    "source",
    "held",
    "unknown",
    "lock",
    "night",
    "notices",
    "links",
    "disk",
)
_MEGABYTE: Final = 1_000_000
#: Where less than this part of the wanted space is free, the next night will hardly succeed.
LAST_RESERVE: Final = 0.1


def worst(checks: list[HealthCheck]) -> str:
    """Return the worst state of all."""
    return max((one.state for one in checks), key=STATES.index, default="ok")


def check_health(
    connection: Connection,
    now: datetime,
    limits: Limits,
    sync: str,
    program: str = "lueckenlos",
    writer: str = "lueckenlos",
) -> list[HealthCheck]:
    """Return every check of what the database says.

    ``sync`` is how a sync is called, ``program`` how this program is for reading, ``writer`` for writing.
    """
    carriers = Carriers.read(connection, now)
    checks = [
        *last_sync(connection, now, limits, sync, carriers),
        *_sources(connection, now, sync),
        *_held(connection, sync),
        *_unknown(connection, limits),
        *_locks(connection, now, limits, sync, carriers),
        *_night(connection, now, limits, program, carriers),
        *_notices(connection, now, limits, program),
        *_links(connection, now, limits, writer),
    ]
    busy = {check for check, what in _NEEDS.items() if carriers.hold(what)}
    return [replace(one, next_command="") if one.check in busy else one for one in checks]


#: Checks whose commands need a lock: as long as somebody has it they could only be refused.
_NEEDS: Final = {"run": "sync", "source": "sync", "held": "sync", "lock": "sync", "links": "links"}


def may_write(connection: Connection) -> bool:
    """Tell whether the account that asks may write runs; a file belongs to whoever can open it."""
    if connection.dialect.name != "postgresql":
        return True
    return bool(connection.scalar(sql("SELECT has_table_privilege('run', 'INSERT')")))


#: How bad it is if a source stands so; the rest is in order.
_STANDINGS: Final = {
    VoiceState.NEVER: "warning",
    VoiceState.UNREAD: "critical",
    VoiceState.TORN: "warning",
    VoiceState.FAILED: "warning",
    VoiceState.HELD: "warning",
    VoiceState.STALE: "critical",
}


def _sources(connection: Connection, now: datetime, sync: str) -> Iterator[HealthCheck]:
    """Look at every active source: how it stands, and how old what it said is."""
    standings = {
        number: voice.state for number, voice in load_sources(connection, now, advisory=True).items()
    }
    for row in connection.execute(select(source).where(source.c.active).order_by(source.c.id)):
        standing = standings[row.id]
        hours = hours_since(row.applied_at, now) if row.applied_at else None
        state = _STANDINGS.get(standing, "ok")
        if hours is not None and hours > row.stale_after_hours:
            state = "critical"  # whatever came after it, what is shown is too old
        told: Params = {"source": row.key, "standing": standing.value, "limit": row.stale_after_hours}
        code = "source_never" if hours is None else "source"
        if hours is not None:
            told |= {"hours": hours}
        # A held delivery has a check and a command of its own.
        command = "" if state == "ok" or row.state == "held" else next_command(row.key, "failed", "", sync)
        yield HealthCheck(
            "source",
            row.key,
            state,
            code,
            told,
            hours,
            "hours",
            row.stale_after_hours,
            row.applied_at or "",
            command,
        )


def _held(connection: Connection, sync: str) -> Iterator[HealthCheck]:
    """Look at every delivery that waits for somebody to release it."""
    found = held_deliveries(connection, sync)
    for one in found:
        told: Params = {"source": one.source, "message": one.message}
        yield HealthCheck(
            "held", one.source, "warning", "held", told, since=one.since, next_command=one.next_command
        )
    if not found:
        yield HealthCheck("held", "", "ok", "held_none", value=0, unit="deliveries")


def _unknown(connection: Connection, limits: Limits) -> Iterator[HealthCheck]:
    """Count the cells of competent areas that are unknown, by reason."""
    query = (
        select(cell.c.reason, func.count())
        .where(cell.c.status == "unknown", cell.c.competent == "yes")
        .group_by(cell.c.reason)
        .order_by(func.count().desc(), cell.c.reason)
    )
    reasons = connection.execute(query).all()
    total = sum(count for _, count in reasons)
    state = "warning" if limits.unknown and total > limits.unknown else "ok"
    told: Params = {"count": total}
    yield HealthCheck("unknown", "", state, "unknown", told, total, "cells", limits.unknown or None)
    for reason, count in reasons:
        yield HealthCheck(
            "unknown", reason, "ok", "unknown_reason", {"reason": reason, "count": count}, count, "cells"
        )


def _locks(
    connection: Connection, now: datetime, limits: Limits, sync: str, carriers: Carriers
) -> Iterator[HealthCheck]:
    """Look at who holds a lock, and at runs that nobody writes any more."""
    found = holders(connection)
    for one in found:
        yield _lock(one, now, limits, sync)
    for row in connection.execute(select(run.c.id, run.c.started_at).where(run.c.state == "running")):
        if not carriers.carry(row.id):
            told: Params = {"run": row.id, "hours": hours_since(row.started_at, now)}
            yield HealthCheck(
                "lock", "run", "warning", "run_dead", told, since=row.started_at, next_command=sync
            )
    if not found:
        yield HealthCheck("lock", "", "ok", "lock_free")


def _lock(one: Holder, now: datetime, limits: Limits, sync: str) -> HealthCheck:
    hours = hours_since(one.started_at, now)
    told: Params = {"what": one.what, "host": one.host, "pid": one.pid, "hours": hours}
    if not is_living(one, now):
        command = sync if one.what == "sync" else ""
        return HealthCheck(
            "lock", one.what, "warning", "lock_dead", told, since=one.beat_at, next_command=command
        )
    # A schedule waits for the next night by holding its lock, for weeks if need be.
    long = one.what != "schedule" and is_over(hours, limits.run_hours)
    state, code = ("warning", "lock_long") if long else ("ok", "lock_held")
    limit = (limits.run_hours or None) if one.what != "schedule" else None
    return HealthCheck("lock", one.what, state, code, told, hours, "hours", limit, one.started_at)


def _night(
    connection: Connection, now: datetime, limits: Limits, program: str, carriers: Carriers
) -> Iterator[HealthCheck]:
    """Look at the last night of each job, and at appointments that nobody kept."""
    last = select(night.c.job, func.max(night.c.due_at).label("due_at")).group_by(night.c.job).subquery()
    query = select(night).join(last, (last.c.job == night.c.job) & (last.c.due_at == night.c.due_at))
    rows = connection.execute(query.order_by(night.c.job)).all()
    for row in rows:
        yield _of_night(row, now, limits, program, carriers)
    appointments = open_appointments(connection)
    for one in appointments:
        due = one.instant.isoformat()
        hours = hours_since(due, now)
        if is_over(hours, limits.late_hours):
            told: Params = {"job": one.job, "due": one.due_at, "hours": hours}
            yield HealthCheck(
                "night", one.job, "critical", "night_late", told, hours, "hours", limits.late_hours, due
            )
    if not rows:
        yield HealthCheck("night", "", "ok", "night_waiting" if appointments else "night_none")
    elif not appointments:
        # Cron and timers make none, and a schedule that died makes none any more: what once ran has to go on.
        newest = max(row.started_at for row in rows)
        hours = hours_since(newest, now)
        if is_over(hours, limits.hours):
            told = {"hours": hours}
            yield HealthCheck(
                "night", "", "critical", "night_old", told, hours, "hours", limits.hours, newest
            )


#: How bad it is if the last night of a job ended so; the rest is in order.
_NIGHTS: Final = {"failed": "critical", "missed": "critical", "aborted": "warning", "partial": "warning"}


def _of_night(
    row: Row[tuple[object, ...]], now: datetime, limits: Limits, program: str, carriers: Carriers
) -> HealthCheck:
    hours = hours_since(row.started_at, now)
    told: Params = {"job": row.job, "due": row.due_at, "state": row.state, "hours": hours}
    state, code = _NIGHTS.get(row.state, "ok"), "night"
    dead = row.state == "running" and not carriers.hold("night")
    if dead:
        state, code = "warning", "night_dead"
    elif row.state == "running" and is_over(hours, limits.run_hours):
        state, code = "warning", "night_long"
    # The report of the morning says what went wrong; of a night that never began there is none.
    command = f"{program} runs show last" if dead or row.state in {"failed", "aborted", "partial"} else ""
    return HealthCheck("night", row.job, state, code, told, hours, "hours", None, row.started_at, command)


def _notices(connection: Connection, now: datetime, limits: Limits, program: str) -> Iterator[HealthCheck]:
    """Look at what could not be told to whom it was meant for; what is being sent just now may wait."""
    rows = unsent(connection)
    for name in ("failed", "waiting"):
        found = [one for one in rows if one.state == name]
        if not found:
            continue
        first = min(one.created_at for one in found)
        reasons = causes(found)
        told: Params = {"notices": len(found), "state": name}
        if reasons:  # the newest
            code, params = reasons[0]
            told = {**params, **told, "cause": code}
        tried = any(one.state == "failed" or one.tries for one in found)
        state = "warning" if tried or is_over(hours_since(first, now), limits.late_hours) else "ok"
        command = f"{program} notify list" if state == "warning" else ""
        yield HealthCheck(
            "notices",
            name,
            state,
            f"notices_{name}",
            told,
            len(found),
            "notices",
            since=first,
            next_command=command,
            causes=tuple(reasons),
        )
    if not rows:
        yield HealthCheck("notices", "", "ok", "notices_none", value=0, unit="notices")


def _links(connection: Connection, now: datetime, limits: Limits, writer: str) -> Iterator[HealthCheck]:
    """Look at the last check of links; where none was ever made, nothing is expected."""
    query = (
        select(run.c.id, run.c.started_at, run.c.state)
        .join(link_run, link_run.c.run_id == run.c.id)
        .where(run.c.state != "running")
    )
    row = connection.execute(query.order_by(run.c.id.desc()).limit(1)).first()
    if row is None:
        yield HealthCheck("links", "", "ok", "links_never")
        return
    hours = hours_since(row.started_at, now)
    told: Params = {"run": row.id, "hours": hours, "state": row.state}
    state, code = "ok", "links"
    if is_over(hours, limits.link_hours):
        state, code = "warning", "links_old"
    elif row.state in {"failed", "aborted"}:
        state = "warning"
    command = f"{writer} links check" if state != "ok" else ""
    yield HealthCheck(
        "links", "", state, code, told, hours, "hours", limits.link_hours or None, row.started_at, command
    )


def disk_checks(places: dict[str, Path], limits: Limits) -> Iterator[HealthCheck]:
    """Look at how much space is free; ``places`` are folders by what they are for."""
    for name, folder in places.items():
        try:
            free = shutil.disk_usage(folder).free // _MEGABYTE
        except OSError as error:
            told: Params = {"place": name, "folder": str(folder), "why": error.strerror or "?"}
            yield HealthCheck("disk", name, "warning", "disk_unknown", told)
            continue
        state = "ok"
        if limits.free_megabytes and free < limits.free_megabytes:
            state = "critical" if free < limits.free_megabytes * LAST_RESERVE else "warning"
        told = {"place": name, "folder": str(folder), "free": free}
        yield HealthCheck("disk", name, state, "disk", told, free, "megabytes", limits.free_megabytes or None)
