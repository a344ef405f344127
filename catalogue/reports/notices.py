"""The notices of the book: what was sent, what waits, what was given up."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from catalogue.reports.runs import Params
from catalogue.tables import notice

__all__ = ["NoticeRow", "causes", "notices", "unsent"]


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One notice; docs/data-dictionary.md explains every field."""

    notice: int
    recipient: str
    level: str
    subject: str
    title: str
    state: str
    tries: int
    code: str
    params: Params
    created_at: str
    sent_at: str
    run: int | None


def notices(connection: Connection) -> list[NoticeRow]:
    """Return all notices, the newest first."""
    rows = connection.execute(select(notice).order_by(notice.c.id.desc())).all()
    return [_row(row) for row in rows]


def unsent(connection: Connection) -> list[NoticeRow]:
    """Return the notices that wait or were given up, the newest first."""
    query = select(notice).where(notice.c.state != "sent").order_by(notice.c.id.desc())
    return [_row(row) for row in connection.execute(query)]


def causes(rows: Iterable[NoticeRow]) -> list[tuple[str, Params]]:
    """Return why notices were not sent, each reason once, as codes with parameters."""
    found: list[tuple[str, Params]] = []
    for row in rows:
        if row.code and (row.code, row.params) not in found:
            found.append((row.code, row.params))
    return found


def _row(row: Row[tuple[Any, ...]]) -> NoticeRow:
    title, params = _said(row.content)
    return NoticeRow(
        notice=row.id,
        recipient=row.recipient,
        level=row.level,
        subject=row.subject,
        title=title,
        state=row.state,
        tries=row.tries,
        code=row.code,
        params=params,
        created_at=row.created_at,
        sent_at=row.sent_at or "",
        run=row.run_id,
    )


def _said(content: str) -> tuple[str, Params]:
    """Return the title, and the parameters of the reason why it was not sent."""
    try:
        found = json.loads(content)
        return str(found["title"]), dict(found["why"])
    except (ValueError, KeyError, TypeError):  # a row that somebody changed by hand
        return "", {}
