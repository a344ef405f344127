"""The standing of every source: when it was read, what its silence is worth, what it waits for."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from catalogue.reports.remarks import open_remarks
from catalogue.reports.runs import IssueRow, Params
from catalogue.tables import source, source_area, source_run, source_theme
from catalogue.voices import load_sources

__all__ = ["SourceRow", "next_command", "sources"]

#: A stream that was cut off cannot be accepted: nobody knows what is missing.
_UNACCEPTABLE = "delivery_unfinished"


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source; docs/data-dictionary.md explains every field."""

    source: str
    name: str
    kind: str
    active: bool
    state: str
    standing: str
    speaks: bool
    trust: int
    complete: bool
    objects: int
    areas: int
    themes: tuple[str, ...]
    read_at: str
    age_hours: float | None
    stale_after_hours: int
    delivered_at: str
    attempted_at: str
    message: str
    params: Params
    next_command: str
    digest: str
    open_issues: int
    issues: tuple[IssueRow, ...]


def sources(connection: Connection, now: datetime, sync: str = "lueckenlos sync") -> list[SourceRow]:
    """Return all sources, those no longer in the region file last; ``sync`` is how a sync is called."""
    voices = load_sources(connection, now, advisory=True)
    standing = {number: voice.state.value for number, voice in voices.items()}
    counts = select(source_area.c.source_id, func.count()).group_by(source_area.c.source_id)
    areas: dict[int, int] = dict(connection.execute(counts).all())
    themes: dict[int, list[str]] = defaultdict(list)
    for source_id, theme in connection.execute(select(source_theme).order_by(source_theme.c.theme)):
        themes[source_id].append(theme)
    said = _last_messages(connection)
    remarks = open_remarks(connection)
    rows = []
    for row in connection.execute(select(source).order_by(source.c.active.desc(), source.c.id)).all():
        message, params = said.get(row.id, ("", {}))
        rows.append(
            SourceRow(
                source=row.key,
                name=row.name,
                kind=row.kind,
                active=row.active,
                state=row.state,
                standing=standing.get(row.id, ""),
                speaks=row.speaks,
                trust=row.trust,
                complete=row.complete,
                objects=row.objects,
                areas=areas.get(row.id, 0),
                themes=tuple(themes[row.id]),
                read_at=row.applied_at or "",
                age_hours=_age(row.applied_at, now),
                stale_after_hours=row.stale_after_hours,
                delivered_at=row.delivered_at or "",
                attempted_at=row.attempted_at or "",
                message=message,
                params=params,
                next_command=next_command(row.key, row.state, message, sync) if row.active else "",
                digest=row.applied_digest or "",
                open_issues=sum(one.count for one in remarks.get(row.key, ())),
                issues=remarks.get(row.key, ()),
            )
        )
    return rows


def _last_messages(connection: Connection) -> dict[int, tuple[str, Params]]:
    newest = select(func.max(source_run.c.id)).group_by(source_run.c.source_id)
    query = select(source_run.c.source_id, source_run.c.message, source_run.c.params)
    return {
        source_id: (message, json.loads(params))
        for source_id, message, params in connection.execute(query.where(source_run.c.id.in_(newest)))
    }


def _age(read_at: str | None, now: datetime) -> float | None:
    if read_at is None:
        return None
    return round((now - datetime.fromisoformat(read_at)).total_seconds() / 3600, 1)


def next_command(key: str, state: str, message: str, sync: str) -> str:
    """Return the command that brings a source up to date; a held delivery has to be accepted.

    ``sync`` is how a sync is called, ``message`` the code of why the source is in this state.
    """
    if state in {"ok", "unchanged"}:
        return ""
    if state == "held" and message != _UNACCEPTABLE:
        return f"{sync} --source {key} --accept {key}"
    return f"{sync} --source {key}"
