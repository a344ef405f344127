"""What the runs did: each source's part with its counters, and what was irregular about it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from catalogue.errors import NotFound
from catalogue.tables import issue, link_run, run, source, source_run

__all__ = ["IssueRow", "Params", "RunDetail", "RunRow", "SourceRunRow", "issue_rows", "run_detail", "runs"]

Params = dict[str, str | int | float]


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run; docs/data-dictionary.md explains every field.

    ``kind`` is ``sync`` for a run that read a region's sources, ``setup`` for one before the first of
    these, ``recompute`` for later ones that only computed cells again, ``links`` for one that checked links.
    """

    run: int
    started_at: str
    finished_at: str
    state: str
    region: str
    sources_ok: int
    sources_unchanged: int
    sources_failed: int
    sources_held: int
    cells_changed: int
    version: str
    host: str
    pid: int
    kind: str


@dataclass(frozen=True, slots=True)
class SourceRunRow:
    """One source's part of a run; ``stands_on`` is the run whose delivery it had in the catalogue then."""

    run: int
    source: str
    state: str
    message: str
    params: Params
    scope: str
    read: int
    new: int
    changed: int
    unchanged: int
    vanished: int
    withdrawn: int
    rejected: int
    orphans: int
    dangling: int
    accepted_by_hand: bool
    started_at: str
    finished_at: str
    digest: str
    stands_on: int | None


@dataclass(frozen=True, slots=True)
class IssueRow:
    """One kind of irregularity of one source in a run, with samples as (record, detail)."""

    source: str
    severity: str
    kind: str
    count: int
    samples: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class RunDetail:
    """A run with everything its sources did."""

    run: RunRow
    sources: list[SourceRunRow]
    issues: list[IssueRow]


def runs(connection: Connection, limit: int | None = None) -> list[RunRow]:
    """Return the runs, the newest first."""
    return _rows(connection, select(run).order_by(run.c.id.desc()).limit(limit))


def _rows(connection: Connection, query: Select[Any]) -> list[RunRow]:
    rows = connection.execute(query).all()
    parts = select(source_run.c.run_id, source_run.c.state, func.count())
    parts = parts.where(source_run.c.run_id.in_([row.id for row in rows]))
    states = {
        (run_id, state): count
        for run_id, state, count in connection.execute(
            parts.group_by(source_run.c.run_id, source_run.c.state)
        )
    }
    first = connection.scalar(select(func.min(run.c.id)).where(run.c.region != ""))
    of_links = frozenset(connection.scalars(select(link_run.c.run_id)))
    return [
        RunRow(
            run=row.id,
            started_at=row.started_at,
            finished_at=row.finished_at or "",
            state=row.state,
            region=row.region,
            sources_ok=states.get((row.id, "ok"), 0),
            sources_unchanged=states.get((row.id, "unchanged"), 0),
            sources_failed=states.get((row.id, "failed"), 0),
            sources_held=states.get((row.id, "held"), 0),
            cells_changed=row.cells_changed,
            version=row.version,
            host=row.host,
            pid=row.pid,
            kind="links" if row.id in of_links else _kind(row.id, row.region, first),
        )
        for row in rows
    ]


def _kind(number: int, region: str, first_sync: int | None) -> str:
    """Return what a run was for; only one that read sources has a region."""
    if region:
        return "sync"
    return "setup" if first_sync is None or number < first_sync else "recompute"


def run_detail(connection: Connection, number: int) -> RunDetail:
    """Return one run with its sources and their issues. Raise NotFound."""
    found = _rows(connection, select(run).where(run.c.id == number))
    if not found:
        newest = connection.scalar(select(func.max(run.c.id))) or 0
        raise NotFound("run_not_found", given=number, newest=newest)
    return RunDetail(
        found[0], _sources(connection, number), issue_rows(connection, source_run.c.run_id == number)
    )


def _sources(connection: Connection, number: int) -> list[SourceRunRow]:
    earlier = source_run.alias()
    stands_on = (
        select(func.max(earlier.c.run_id))
        .where(
            earlier.c.source_id == source_run.c.source_id, earlier.c.run_id <= number, earlier.c.state == "ok"
        )
        .scalar_subquery()
    )
    query = (
        select(source_run, source.c.key, stands_on.label("stands_on"))
        .join(source, source.c.id == source_run.c.source_id)
        .where(source_run.c.run_id == number)
        .order_by(source_run.c.id)
    )
    return [
        SourceRunRow(
            run=number,
            source=row["key"],
            params=json.loads(row["params"]),
            **{name: row[name] for name in _SAME},
        )
        for row in connection.execute(query).mappings()
    ]


_SAME = (
    "state",
    "message",
    "scope",
    "read",
    "new",
    "changed",
    "unchanged",
    "vanished",
    "withdrawn",
    "rejected",
    "orphans",
    "dangling",
    "accepted_by_hand",
    "started_at",
    "finished_at",
    "digest",
    "stands_on",
)


def issue_rows(connection: Connection, *conditions: ColumnElement[bool]) -> list[IssueRow]:
    """Return the irregularities of the sources' parts of runs that conditions choose, by source and kind."""
    query = (
        select(source.c.key, issue.c.severity, issue.c.kind, issue.c.record, issue.c.detail, issue.c.count)
        .join(source_run, source_run.c.id == issue.c.source_run_id)
        .join(source, source.c.id == source_run.c.source_id)
        .where(*conditions)
        .order_by(source_run.c.id, issue.c.id)
    )
    counts: dict[tuple[str, str, str], int] = {}
    samples: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
    for key, severity, kind, record, detail, count in connection.execute(query):
        group = (key, severity, kind)
        counts[group] = counts.get(group, 0) + count
        samples.setdefault(group, [])
        if record or detail:
            samples[group].append((record, detail))
    return [IssueRow(*group, count, tuple(samples[group])) for group, count in counts.items()]
