"""Figures about the running of it all, for monitoring: few, bounded in number, without names of machines."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, case, func, select, text

from catalogue.appointments import open_appointments
from catalogue.lockholders import Holder, holders
from catalogue.reports.coverage import REASONS
from catalogue.reports.morning_carried import Carriers
from catalogue.reports.morning_night import state_with_night
from catalogue.tables import (
    cell,
    link_run,
    link_target,
    night,
    notice,
    region_area,
    run,
    source,
)
from catalogue.verdict import STATUSES
from catalogue.voices import load_sources

__all__ = ["JobMeasure", "Measures", "RunMeasure", "SourceMeasure", "measure"]


@dataclass(frozen=True, slots=True)
class RunMeasure:
    """The last run of a kind (sync, links) that ended, and the last good one; moments are seconds of Unix.

    ``state`` is that of all syncs of a night, if the last one repeats an earlier one of it.
    """

    kind: str
    state: str = ""
    ended_at: float | None = None
    seconds: float | None = None
    good_at: float | None = None
    running: int = 0


@dataclass(frozen=True, slots=True)
class SourceMeasure:
    """An active source: how it stands, when it was last read well, and from what age on it is stale."""

    source: str
    standing: str
    good_at: float | None
    stale_after: int  # seconds
    objects: int


@dataclass(frozen=True, slots=True)
class JobMeasure:
    """A job of the schedule: its last night, and the moment of the next one if there is a schedule."""

    job: str
    started_at: float | None = None
    state: str = ""
    next_at: float | None = None


@dataclass(frozen=True)
class Measures:
    """Everything that is measured at one moment. Cells are those of competent areas."""

    revision: str
    areas: int
    runs: tuple[RunMeasure, ...]
    sources: tuple[SourceMeasure, ...]
    held: int
    cells: dict[str, int]
    gaps: int
    unknown: dict[str, int]
    holders: tuple[Holder, ...]
    jobs: tuple[JobMeasure, ...]
    notices: dict[str, int]
    links: dict[str, int] = field(default_factory=dict)


def measure(connection: Connection, now: datetime) -> Measures:
    """Return the figures of now."""
    active = source.c.active
    held = select(func.count()).select_from(source).where(active, source.c.state == "held")
    states = select(notice.c.state, func.count()).where(notice.c.state != "sent").group_by(notice.c.state)
    targets = select(link_target.c.state, func.count()).group_by(link_target.c.state)
    cells, gaps, unknown = _cells(connection)
    return Measures(
        revision=str(connection.scalar(text("SELECT version_num FROM alembic_version"))),
        areas=connection.scalar(select(func.count()).select_from(region_area)) or 0,
        runs=tuple(_runs(connection, kind, Carriers.read(connection, now)) for kind in ("sync", "links")),
        sources=tuple(_sources(connection, now)),
        held=connection.scalar(held) or 0,
        cells=cells,
        gaps=gaps,
        unknown=unknown,
        holders=holders(connection),
        jobs=tuple(_jobs(connection)),
        notices={"waiting": 0, "failed": 0} | dict(connection.execute(states).all()),
        links=dict(connection.execute(targets).all()),
    )


def _seconds_of(written: str | None) -> float | None:
    """Return a moment of the database as seconds of Unix; None for none."""
    return datetime.fromisoformat(written).timestamp() if written else None


def _runs(connection: Connection, kind: str, carriers: Carriers) -> RunMeasure:
    of_links = run.c.id.in_(select(link_run.c.run_id))
    of_kind = (of_links,) if kind == "links" else (run.c.region != "", ~of_links)
    newest = select(run).where(*of_kind).order_by(run.c.id.desc()).limit(1)
    last = connection.execute(newest.where(run.c.state != "running")).first()
    good = connection.execute(newest.where(run.c.state.in_(("ok", "partial")))).first()
    going = select(func.count()).select_from(run).where(*of_kind, run.c.state == "running")
    began = _seconds_of(last.started_at) if last else None
    ended = _seconds_of(last.finished_at) if last else None
    state = last.state if last else ""
    if last is not None and kind == "sync":
        state = state_with_night(connection, last.id, state, carriers)
    return RunMeasure(
        kind=kind,
        state=state,
        ended_at=began if ended is None else ended,
        seconds=None if ended is None or began is None else max(0.0, ended - began),
        good_at=_seconds_of(good.finished_at or good.started_at) if good else None,
        running=connection.scalar(going) or 0,
    )


def _sources(connection: Connection, now: datetime) -> list[SourceMeasure]:
    voices = load_sources(connection, now, advisory=True)
    rows = connection.execute(select(source).where(source.c.active).order_by(source.c.id)).all()
    return [
        SourceMeasure(
            source=row.key,
            standing=voices[row.id].state.value,
            good_at=_seconds_of(row.applied_at),
            stale_after=row.stale_after_hours * 3600,
            objects=row.objects,
        )
        for row in rows
    ]


def _cells(connection: Connection) -> tuple[dict[str, int], int, dict[str, int]]:
    """Count the cells of competent areas by status, the gaps among them, and the unknown ones by reason."""
    query = (
        select(cell.c.status, cell.c.reason, func.count(), func.sum(case((cell.c.gap, 1), else_=0)))
        .where(cell.c.competent == "yes")
        .group_by(cell.c.status, cell.c.reason)
    )
    statuses, reasons, gaps = dict.fromkeys(STATUSES, 0), dict.fromkeys(REASONS, 0), 0
    for status, reason, count, of_gap in connection.execute(query):
        statuses[status] = statuses.get(status, 0) + count
        gaps += int(of_gap or 0)
        if status == "unknown":
            reasons[reason] = reasons.get(reason, 0) + count
    return statuses, gaps, reasons


def _jobs(connection: Connection) -> list[JobMeasure]:
    following = {one.job: one.instant.timestamp() for one in open_appointments(connection)}
    last = select(night.c.job, func.max(night.c.due_at).label("due_at")).group_by(night.c.job).subquery()
    query = select(night).join(last, (last.c.job == night.c.job) & (last.c.due_at == night.c.due_at))
    nights = {row.job: row for row in connection.execute(query)}
    return [
        JobMeasure(
            job=job,
            started_at=_seconds_of(nights[job].started_at) if job in nights else None,
            state=nights[job].state if job in nights else "",
            next_at=following.get(job),
        )
        for job in sorted({*nights, *following})
    ]
