"""Write what a run and its sources did: the rows that operators and later runs read."""

from __future__ import annotations

import json
import os
import platform
from datetime import datetime
from importlib.metadata import version

from sqlalchemy import Connection, func, insert, or_, select, update

from catalogue import tables
from catalogue.lookup import AreaIndex
from catalogue.naming import full_name
from catalogue.staging import SAMPLES_PER_KIND, StageSummary
from catalogue.voices import load_limits
from sync.report import RunReport, SourceOutcome

__all__ = [
    "abort_run",
    "close_dead_runs",
    "finish_run",
    "record_outcome",
    "remark",
    "remark_repetitions",
    "start_run",
]


def start_run(connection: Connection, region: str, now: datetime) -> int:
    """Add a run and return its number."""
    added = connection.execute(
        insert(tables.run).values(
            started_at=now.isoformat(timespec="seconds"),
            state="running",
            region=region,
            version=version("lueckenlos"),
            host=platform.node(),
            pid=os.getpid(),
        )
    ).inserted_primary_key
    if added is None:  # pragma: no cover - both databases return the key of a single row
        raise RuntimeError("run")
    return int(added[0])


def close_dead_runs(connection: Connection, *, of_links: bool = False) -> int:
    """Mark runs as aborted that a dead process left open; to be called by the lock's holder only.

    Those that checked links have a lock of their own.
    """
    checks_links = tables.run.c.id.in_(select(tables.link_run.c.run_id))
    return connection.execute(
        update(tables.run)
        .values(state="aborted")
        .where(tables.run.c.state == "running", checks_links if of_links else ~checks_links)
    ).rowcount


def abort_run(connection: Connection, run_id: int, now: datetime) -> None:
    """Write that a run broke off, unless it has ended already."""
    ended = {"state": "aborted", "finished_at": now.isoformat(timespec="seconds")}
    mine = (tables.run.c.id == run_id, tables.run.c.state == "running")
    connection.execute(update(tables.run).values(ended).where(*mine))


def finish_run(connection: Connection, report: RunReport) -> None:
    """Write a run's end."""
    connection.execute(
        update(tables.run)
        .values(
            finished_at=report.finished_at,
            state=report.state,
            cells_changed=report.cells_new + report.cells_changed,
        )
        .where(tables.run.c.id == report.run_id)
    )


def record_outcome(
    connection: Connection,
    run_id: int,
    source_id: int,
    outcome: SourceOutcome,
    digest: str,
    started: datetime,
    finished: datetime,
) -> None:
    """Write one source's part of a run with its counters and samples of its issues."""
    counts, summary = outcome.counts, outcome.summary
    added = connection.execute(
        insert(tables.source_run).values(
            run_id=run_id,
            source_id=source_id,
            state=outcome.state,
            started_at=started.isoformat(timespec="seconds"),
            finished_at=finished.isoformat(timespec="seconds"),
            scope=summary.scope,
            digest=digest,
            read=summary.read,
            new=counts.new,
            changed=counts.changed,
            unchanged=counts.unchanged,
            vanished=counts.vanished,
            withdrawn=counts.withdrawn,
            rejected=summary.rejected,
            orphans=counts.orphans,
            dangling=counts.dangling,
            accepted_by_hand=outcome.accepted_by_hand,
            message=outcome.message,
            params=json.dumps(outcome.noted | outcome.params, ensure_ascii=False, sort_keys=True),
        )
    ).inserted_primary_key
    rows = [
        {
            "source_run_id": added[0] if added else None,
            "severity": severity,
            "kind": kind,
            "record": record,
            "detail": detail,
            "count": count if number == 0 else 0,
        }
        for (severity, kind), (count, samples) in sorted(summary.issues.items())
        for number, (record, detail) in enumerate(samples or [("", "")])
    ]
    if rows:
        connection.execute(insert(tables.issue), rows)


def remark(
    connection: Connection, source_id: int, run_id: int, summary: StageSummary, areas: AreaIndex
) -> None:
    """Add to a summary what only the catalogue can tell: areas and titles that cannot be placed."""
    remark_repetitions(summary)
    offering = tables.offering
    mine = (offering.c.source_id == source_id, offering.c.changed_run == run_id)
    lost = (
        select(offering.c.area_raw, func.count())
        .where(*mine, offering.c.area_id.is_(None))
        .group_by(offering.c.area_raw)
        .order_by(func.count().desc(), offering.c.area_raw)
    )
    rows = connection.execute(lost).all()
    if rows:
        samples = [("", raw) for raw, _ in rows[:SAMPLES_PER_KIND]]
        _add(summary, "area_unknown", sum(count for _, count in rows), samples)
    limits = load_limits(connection, areas).get(source_id)
    if limits is not None:
        placed = select(offering.c.area_id, func.count()).where(*mine, offering.c.area_id.is_not(None))
        found = connection.execute(placed.group_by(offering.c.area_id).order_by(offering.c.area_id)).all()
        outside = [(area_id, count) for area_id, count in found if area_id not in limits]
        if outside:
            places = [areas[area_id] for area_id, _ in outside[:SAMPLES_PER_KIND]]
            samples = [("", full_name(place.name, place.type, place.level)) for place in places]
            _add(summary, "area_outside", sum(count for _, count in outside), samples)
    _unmatched(connection, source_id, run_id, summary)


def remark_repetitions(summary: StageSummary) -> None:
    """Add to the summary of a complete delivery how many objects it holds more than once."""
    if summary.scope == "everything" and summary.repeated:
        if summary.differed:
            _add(summary, "object_contradictory", summary.differed, [])
        if summary.repeated > summary.differed:
            _add(summary, "object_repeated", summary.repeated - summary.differed, [])


def _unmatched(connection: Connection, source_id: int, run_id: int, summary: StageSummary) -> None:
    record, match = tables.service_record, tables.match
    decided = (
        select(match.c.pattern)
        .where(match.c.source_id == record.c.source_id, match.c.pattern == record.c.ref)
        .correlate(record)
    )
    # What a person called no service of the catalogue is decided, too; its row names no service.
    accepted = decided.where(or_(match.c.state == "accepted", match.c.ozg_id == "")).exists()
    fresh = (
        record.c.source_id == source_id,
        record.c.changed_run == run_id,
        record.c.withdrawn_run.is_(None),
        ~accepted,
    )
    under_review = decided.where(match.c.state == "review").exists()
    for kind, condition in (("service_under_review", under_review), ("service_unmatched", ~under_review)):
        query = select(record.c.ref, record.c.title, record.c.reported_keys).where(*fresh, condition)
        found = connection.execute(query.order_by(record.c.ref)).all()
        if found:
            samples = [(ref, f"{title} {keys}".strip()) for ref, title, keys in found[:SAMPLES_PER_KIND]]
            _add(summary, kind, len(found), samples)


def _add(summary: StageSummary, kind: str, count: int, samples: list[tuple[str, str]]) -> None:
    known, kept = summary.issues.get(("notice", kind), (0, []))
    summary.issues["notice", kind] = (known + count, (kept + samples)[:SAMPLES_PER_KIND])
