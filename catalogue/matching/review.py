"""Put decisions of people on record, take them back, and let them take effect.

Nothing is deleted: a decision that is taken back is marked, and a later one outranks an earlier one.
Whoever calls these functions computes the cells afterwards, in the same transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, insert, select, update

from catalogue.errors import NotFound
from catalogue.matching.ledger import rematch
from catalogue.matching.meanings import EMPTY, Meaning, meanings
from catalogue.matching.patterns import ANY, RECORD, Pattern, title_key
from catalogue.matching.rulings import Service
from catalogue.tables import ruling, service_record, source

__all__ = ["Change", "Signature", "Wish", "put_on_record", "take_back", "touched"]


class Wish(NamedTuple):
    """A decision that somebody wants to make; ``services`` is empty where it means none."""

    pattern: Pattern
    verdict: str
    services: tuple[Service, ...]
    title: str
    reason: str = ""


class Signature(NamedTuple):
    """Who decides, and when (ISO 8601 with UTC offset)."""

    actor: str
    at: str


class Change(NamedTuple):
    """What a decision does to one record."""

    source: str
    ref: str
    title: str
    before: Meaning
    after: Meaning


def put_on_record(connection: Connection, wishes: Sequence[Wish], signature: Signature) -> list[Change]:
    """Make decisions and return what they do to each record they are about."""
    first = (connection.scalar(select(func.max(ruling.c.act))) or 0) + 1
    rows = [
        {
            "act": first + place,
            **wish.pattern._asdict(),
            "title": wish.title,
            "verdict": wish.verdict,
            "ozg_id": ozg_id,
            "leika_key": key,
            "actor": signature.actor,
            "decided_at": signature.at,
            "reason": wish.reason,
        }
        for place, wish in enumerate(wishes)
        for ozg_id, key in wish.services or (("", ""),)
    ]
    for row in rows:
        row["pattern"] = row.pop("key")
    records = touched(connection, [wish.pattern for wish in wishes])
    before = meanings(connection, records)
    if rows:
        connection.execute(insert(ruling), rows)
    return _take_effect(connection, records, before, signature.at)


def take_back(
    connection: Connection, acts: Iterable[int], signature: Signature, reason: str = ""
) -> list[Change]:
    """Take decisions back by their numbers and return what that does to each record they are about.

    Raise NotFound for a number that no decision has, or one that was taken back already.
    """
    numbers = sorted(set(acts))
    query = select(ruling).where(ruling.c.act.in_(numbers), ruling.c.undone_at == "")
    patterns = {row.act: _pattern(row) for row in connection.execute(query)}
    for number in numbers:
        if number not in patterns:
            raise NotFound("review_no_decision", number=number)
    records = touched(connection, list(patterns.values()))
    before = meanings(connection, records)
    mark = {"undone_by": signature.actor, "undone_at": signature.at, "undone_reason": reason}
    connection.execute(update(ruling).values(mark).where(ruling.c.act.in_(numbers), ruling.c.undone_at == ""))
    return _take_effect(connection, records, before, signature.at)


def touched(connection: Connection, patterns: Sequence[Pattern]) -> dict[int, list[str]]:
    """Return the refs of the records that patterns are about, by source number."""
    found: dict[int, set[str]] = defaultdict(set)
    titles: dict[str, set[int | None]] = defaultdict(set)
    for scope, source_id, key in patterns:
        if scope != RECORD:
            titles[key].add(None if scope == ANY else source_id)
        elif source_id is not None:
            found[source_id].add(key)
    if titles:
        columns = (service_record.c[name] for name in ("source_id", "ref", "title", "official_title"))
        for source_id, ref, title, official in connection.execute(select(*columns)):
            wanted = titles.get(title_key(title, official))
            if wanted and not wanted.isdisjoint((None, source_id)):
                found[source_id].add(ref)
    return {source_id: sorted(refs) for source_id, refs in sorted(found.items())}


def _pattern(row: Row[Any]) -> Pattern:
    """Return whom a decision is about; titles as this version of the program compares them."""
    key = row.pattern if row.scope == RECORD else title_key(row.title) or row.pattern
    return Pattern(row.scope, row.source_id, key)


def _take_effect(
    connection: Connection,
    records: dict[int, list[str]],
    before: dict[tuple[int, str], Meaning],
    now: str,
) -> list[Change]:
    for source_id, refs in records.items():
        rematch(connection, source_id, refs, now)
    after = meanings(connection, records)
    keys = dict(connection.execute(select(source.c.id, source.c.key)).all())
    titles = _titles(connection, records)
    return [
        Change(keys[source_id], ref, titles[source_id, ref], meaning, after.get((source_id, ref), EMPTY))
        for (source_id, ref), meaning in before.items()
        if (source_id, ref) in titles
    ]


def _titles(connection: Connection, records: dict[int, list[str]]) -> dict[tuple[int, str], str]:
    found: dict[tuple[int, str], str] = {}
    columns = (service_record.c.ref, service_record.c.title, service_record.c.official_title)
    for source_id, refs in records.items():
        for start in range(0, len(refs), 500):
            part = refs[start : start + 500]
            query = select(*columns).where(
                service_record.c.source_id == source_id, service_record.c.ref.in_(part)
            )
            found |= {
                (source_id, ref): title or official for ref, title, official in connection.execute(query)
            }
    return found
