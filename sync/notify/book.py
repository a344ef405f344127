"""The book of notices: each is written here before it is sent, and marked when a server took it.

So a crash in between sends a notice twice at most, and never loses one. What is about the same thing is
written once for each recipient.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Row, insert, select, update

from catalogue.tables import notice
from sync.notify.content import Content, Draft, Known

__all__ = [
    "MOST_TRIES",
    "Entry",
    "close",
    "is_known",
    "last_of",
    "mark_left",
    "mark_sent",
    "mark_tried",
    "waiting",
    "write",
]

#: A notice that could not be sent on so many nights is given up.
MOST_TRIES: Final = 14


@dataclass(frozen=True)
class Entry:
    """One notice of the book."""

    number: int
    recipient: str
    level: str
    subject: str
    trouble: str
    written: str  # its content as JSON
    run: int | None
    created_at: str
    tries: int
    state: str
    code: str

    def content(self) -> Content:
        """Return what it says. Raise ValueError if the book does not hold a content."""
        return Content.read(self.written)

    def standing(self) -> dict[str, Known]:
        """Return the troubles it told of; none if somebody changed the row by hand."""
        try:
            return self.content().standing
        except ValueError:
            return {}


def write(connection: Connection, draft: Draft, now: datetime) -> bool:
    """Add a notice to be sent; return whether it is new. One about the same thing is left as it is."""
    if is_known(connection, draft):
        return False
    connection.execute(
        insert(notice).values(
            recipient=draft.recipient,
            level=draft.level,
            subject=draft.subject,
            trouble=draft.trouble,
            content=draft.content.bounded().written(),
            run_id=draft.run,
            created_at=now.isoformat(timespec="seconds"),
            tries=0,
            state="waiting",
            code="",
        )
    )
    return True


def waiting(connection: Connection) -> list[Entry]:
    """Return what is still to be sent, the oldest first."""
    query = select(notice).where(notice.c.state == "waiting").order_by(notice.c.id)
    return [_entry(row) for row in connection.execute(query)]


def is_known(connection: Connection, draft: Draft) -> bool:
    """Tell whether a notice about the same thing was written for the same recipient."""
    same = (
        notice.c.recipient == draft.recipient,
        notice.c.level == draft.level,
        notice.c.subject == draft.subject,
    )
    return connection.scalar(select(notice.c.id).where(*same)) is not None


def last_of(connection: Connection, recipient: str, level: str, trouble: str = "") -> Entry | None:
    """Return the last notice of a level that a recipient got or will get; None if there is none.

    ``trouble`` limits it to those that have this mark.
    """
    query = select(notice).where(
        notice.c.recipient == recipient, notice.c.level == level, notice.c.state.in_(("waiting", "sent"))
    )
    if trouble:
        query = query.where(notice.c.trouble == trouble)
    row = connection.execute(query.order_by(notice.c.id.desc()).limit(1)).first()
    return None if row is None else _entry(row)


def mark_sent(connection: Connection, number: int, now: datetime) -> None:
    """Note that every server concerned took a notice."""
    values = {"state": "sent", "sent_at": now.isoformat(timespec="seconds"), "code": ""}
    connection.execute(update(notice).values(tries=notice.c.tries + 1, **values).where(notice.c.id == number))


def mark_tried(connection: Connection, entry: Entry, code: str, content: Content | None = None) -> str:
    """Note that a notice could not be sent, or not to everybody, and why; return its state after that.

    ``content`` is what it says with those who have it by now.
    """
    state = "failed" if entry.tries + 1 >= MOST_TRIES else "waiting"
    values: dict[str, object] = {"state": state, "code": code, "tries": entry.tries + 1}
    if content is not None:
        values["content"] = content.written()
    connection.execute(update(notice).values(values).where(notice.c.id == entry.number))
    return state


def mark_left(connection: Connection, number: int, code: str, content: Content) -> None:
    """Note why a notice was not even tried; that is no attempt, of which there are so many."""
    values = {"code": code, "content": content.written()}
    connection.execute(update(notice).values(values).where(notice.c.id == number))


def close(connection: Connection, number: int, code: str) -> None:
    """Give a notice up for good."""
    connection.execute(update(notice).values(state="failed", code=code).where(notice.c.id == number))


def _entry(row: Row[tuple[object, ...]]) -> Entry:
    found = row._mapping
    return Entry(
        number=int(str(found["id"])),
        recipient=str(found["recipient"]),
        level=str(found["level"]),
        subject=str(found["subject"]),
        trouble=str(found["trouble"]),
        written=str(found["content"]),
        run=None if found["run_id"] is None else int(str(found["run_id"])),
        created_at=str(found["created_at"]),
        tries=int(str(found["tries"])),
        state=str(found["state"]),
        code=str(found["code"]),
    )
