"""Let a decision about matches take effect at once: cells are computed in the same transaction.

What was due for other reasons is computed before, as a run of its own, so that what a decision moves is
told apart from what moved anyway. A rehearsal does all of it and keeps nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from sqlalchemy import Connection, select

from catalogue.cells import Recomputed, recompute
from catalogue.naming import NamedArea, labels_of
from catalogue.reports.coverage import CoverageRow, coverage
from catalogue.store import Store
from catalogue.tables import area, cell_change, ozg_service, region_area
from sync.lock import only_one
from sync.record import close_dead_runs, finish_run, start_run
from sync.report import RunReport

__all__ = ["Effect", "Move", "carry_out"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Move:
    """One cell that changed its status; docs/data-dictionary.md explains every field."""

    ars: str
    area: str
    level: str
    ozg_id: str
    title: str
    old_status: str
    new_status: str
    old_reason: str
    new_reason: str
    cause: str


@dataclass(frozen=True)
class Effect(Generic[T]):
    """What a decision did: its own result, the cells that changed their status, and all that changed."""

    result: T
    moves: list[Move]
    changed: int  # cells with any change, be it of a link or a source only
    run: int  # 0 after a rehearsal
    coverage: tuple[list[CoverageRow], list[CoverageRow]] = ([], [])  # before and after, if asked for


def carry_out(
    store: Store,
    work: Callable[[Connection, str], T],
    *,
    keep: bool,
    measure: bool = False,
    now: datetime | None = None,
) -> Effect[T]:
    """Do a piece of work on matches, given the moment, and compute the cells that are due by it.

    All of it is kept, or with ``keep`` false nothing; with ``measure`` coverage is taken before and after.
    Raise LockHeld while a sync is running.
    """
    moment = now or datetime.now(UTC)
    at = moment.isoformat(timespec="seconds")
    with only_one(store), store.write(keep=keep) as connection:
        close_dead_runs(connection)
        run_id = start_run(connection, "", moment)
        before = recompute(connection, run_id, moment)
        if before.areas:
            _finish(connection, run_id, at, before)
            run_id = start_run(connection, "", moment)
        earlier = _coverage(connection) if measure else []
        result = work(connection, at)
        done = recompute(connection, run_id, moment)
        _finish(connection, run_id, at, done)
        moves = _moves(connection, run_id)
        later = _coverage(connection) if measure else []
    return Effect(result, moves, done.new + done.changed, run_id if keep else 0, (earlier, later))


def _coverage(connection: Connection) -> list[CoverageRow]:
    """Return the coverage of each area; nothing before the first sync."""
    if connection.scalar(select(region_area.c.area_id).limit(1)) is None:
        return []
    return coverage(connection)


def _finish(connection: Connection, run_id: int, at: str, done: Recomputed) -> None:
    finished = datetime.now(UTC).isoformat(timespec="seconds")
    finish_run(connection, RunReport(run_id, at, finished, False, [], done.new, done.changed))


def _moves(connection: Connection, run_id: int) -> list[Move]:
    change = cell_change.c
    query = (
        select(
            area.c.id,
            area.c.ars,
            area.c.name,
            area.c.type,
            area.c.level,
            change.ozg_id,
            ozg_service.c.title,
            change.old_status,
            change.new_status,
            change.old_reason,
            change.new_reason,
            change.cause,
        )
        .join(area, area.c.id == change.area_id)
        .outerjoin(ozg_service, ozg_service.c.ozg_id == change.ozg_id)
        .where(change.run_id == run_id, change.old_status != change.new_status)
        .order_by(area.c.ars, area.c.level, change.ozg_id)
    )
    rows = connection.execute(query).all()
    places = {row.id: NamedArea(row.id, row.ars, row.name, row.type, row.level) for row in rows}
    labels = labels_of(connection, list(places.values()))
    return [
        Move(
            ars=row.ars,
            area=labels[row.id],
            level=row.level,
            ozg_id=row.ozg_id,
            title=row.title or "",
            old_status=row.old_status,
            new_status=row.new_status,
            old_reason=row.old_reason,
            new_reason=row.new_reason,
            cause=row.cause,
        )
        for row in rows
    ]
