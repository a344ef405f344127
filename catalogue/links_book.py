"""The book of links: which are due, and what was seen of them, written batch by batch.

Checks of a link with the same outcome grow one row as long as no more than some days lie between them, so
that the book of a link that just works stays one line. What is older than a year goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from catalogue.links import Standing, advance, digest_of, night_of, stored
from catalogue.tables import link_check, link_target

__all__ = ["Known", "Seen", "due_links", "forget_old", "known_links", "write_seen"]

#: Days between two checks beyond which they are no longer one row: nobody knows what was in between.
LONGEST_PAUSE: Final = 3
#: Days for which the book is kept, and for which links stay that nobody links to any more.
KEPT_DAYS: Final = 400
#: Addresses are looked up in groups of this size.
GROUP: Final = 500


class Seen(NamedTuple):
    """What a check of a link came to; result and kind are those of the judgement."""

    url: str
    result: str
    kind: str
    at: datetime
    status: int = 0
    final_url: str = ""
    detail: str = ""
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """A link of the book."""

    id: int
    url: str
    standing: Standing
    checked_at: str
    result: str
    result_kind: str
    etag: str
    last_modified: str
    span_at: str


_STANDING: Final = ("state", "kind", "since", "strikes", "struck_night", "failing_since", "last_ok")


def known_links(connection: Connection, urls: Iterable[str]) -> dict[str, Known]:
    """Return what the book has of these addresses."""
    digests = sorted(digest_of(url) for url in urls)
    found: dict[str, Known] = {}
    for start in range(0, len(digests), GROUP):
        query = select(link_target).where(link_target.c.digest.in_(digests[start : start + GROUP]))
        for row in connection.execute(query).mappings():
            found[row["url"]] = Known(
                id=row["id"],
                url=row["url"],
                standing=Standing(**{name: row[name] for name in _STANDING}),
                checked_at=row["checked_at"],
                result=row["result"],
                result_kind=row["result_kind"],
                etag=row["etag"],
                last_modified=row["last_modified"],
                span_at=row["span_at"],
            )
    return found


def due_links(wanted: Sequence[str], known: Mapping[str, Known], now: datetime) -> list[str]:
    """Return the addresses that were not checked in this night: those with strikes first, then the oldest."""
    tonight = night_of(now)

    def rank(url: str) -> tuple[bool, str, str]:
        one = known.get(url)
        return (not (one and one.standing.strikes), one.checked_at if one else "", url)

    return sorted(
        (
            url
            for url in wanted
            if url not in known or night_of(datetime.fromisoformat(known[url].checked_at)) != tonight
        ),
        key=rank,
    )


def write_seen(connection: Connection, seen: Sequence[Seen], known: dict[str, Known]) -> None:
    """Write what was seen of links and bring ``known`` up to date."""
    for one in seen:
        before = known.get(one.url)
        standing = advance(before.standing if before else None, one.result, one.kind, one.at)
        moment = stored(one.at)
        values = _values(one, standing, moment)
        grows = before is not None and _goes_on(before, one, standing)
        span_at = before.span_at if before is not None and grows else moment
        if before is None:
            values |= {"digest": digest_of(one.url), "url": one.url, "first_seen": moment, "span_at": span_at}
            key = connection.execute(insert(link_target).values(values)).inserted_primary_key
            number = int(key[0]) if key else 0
        else:
            number = before.id
            change = update(link_target).where(link_target.c.id == number)
            connection.execute(change.values(values | {"span_at": span_at}))
        _write_span(connection, number, span_at, grows, values)
        known[one.url] = Known(
            number,
            one.url,
            standing,
            moment,
            one.result,
            one.kind,
            values["etag"],
            values["last_modified"],
            span_at,
        )


def _values(one: Seen, standing: Standing, moment: str) -> dict[str, Any]:
    works = one.result in {"ok", "moved"}
    return {
        **{name: getattr(standing, name) for name in _STANDING},
        "checked_at": moment,
        "result": one.result,
        "result_kind": one.kind,
        "status": one.status,
        "final_url": one.final_url,
        "detail": one.detail,
        # Only what worked may be taken as unchanged later.
        "etag": one.etag if works else "",
        "last_modified": one.last_modified if works else "",
    }


def _goes_on(before: Known, one: Seen, after: Standing) -> bool:
    """Tell whether a check only says again what the last one did."""
    same = (before.result, before.result_kind) == (one.result, one.kind)
    pause = one.at - datetime.fromisoformat(before.checked_at)
    steady = before.standing.state == after.state and before.standing.strikes == after.strikes
    # A broken link goes on being broken; its further strikes are no news.
    steady = steady or (before.standing.state == after.state == "broken")
    return same and steady and timedelta() <= pause <= timedelta(days=LONGEST_PAUSE)


def _write_span(
    connection: Connection, number: int, span_at: str, grows: bool, values: Mapping[str, Any]
) -> None:
    told = {
        "last_at": values["checked_at"],
        "strikes": values["strikes"],
        "status": values["status"],
        "final_url": values["final_url"],
    }
    of_span = (link_check.c.target_id == number, link_check.c.first_at == span_at)
    if grows:
        connection.execute(update(link_check).where(*of_span).values(checks=link_check.c.checks + 1, **told))
        return
    # Two checks in one second, which only a clock that is set back can make, are one row.
    connection.execute(delete(link_check).where(*of_span))
    connection.execute(
        insert(link_check).values(
            target_id=number,
            first_at=span_at,
            checks=1,
            result=values["result"],
            kind=values["result_kind"],
            state=values["state"],
            **told,
        )
    )


def forget_old(connection: Connection, now: datetime) -> int:
    """Drop what is older than the book is kept; return how many links went with it."""
    oldest = stored(now - timedelta(days=KEPT_DAYS))
    connection.execute(delete(link_check).where(link_check.c.last_at < oldest))
    gone = delete(link_target).where(
        link_target.c.checked_at < oldest, ~link_target.c.id.in_(select(link_check.c.target_id))
    )
    return connection.execute(gone).rowcount
