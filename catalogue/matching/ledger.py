"""The ledger of match decisions: one row per (service record, service), people before machines."""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, insert, select, update

from catalogue.due import note_due
from catalogue.matching.index import ServiceIndex
from catalogue.matching.keyed import ACTOR, Decision, decide
from catalogue.tables import match, offering, reference_release, service_record, source

__all__ = ["match_source", "newest_release"]


def newest_release(connection: Connection) -> int:
    """Return the number of the newest release of the tables that matching rests on."""
    query = select(func.max(reference_release.c.id)).where(
        reference_release.c.table_name.in_(("leika_service", "ozg_service"))
    )
    return connection.scalar(query) or 0


def match_source(connection: Connection, source_id: int, run_id: int, now: str) -> int:
    """Decide for the records that are new or changed in this run; return how many were decided.

    Where the reference is newer than the source's last matching, all of its records are decided again.
    What a person decided is left alone. Only decisions that differ are written.
    """
    release = newest_release(connection)
    known = connection.scalar(select(source.c.matched_release).where(source.c.id == source_id))
    query = select(
        service_record.c.ref,
        service_record.c.title,
        service_record.c.official_title,
        service_record.c.reported_keys,
    ).where(service_record.c.source_id == source_id, service_record.c.withdrawn_run.is_(None))
    everything = known != release
    if not everything:
        query = query.where(service_record.c.changed_run == run_id)
    records = [(ref, title, official, keys) for ref, title, official, keys in connection.execute(query)]
    if records:
        _decide_all(connection, source_id, records, now)
    if everything:
        connection.execute(update(source).values(matched_release=release).where(source.c.id == source_id))
        _mark_all_due(connection, source_id)
    return len(records)


def _decide_all(
    connection: Connection, source_id: int, records: list[tuple[str, str, str, str]], now: str
) -> None:
    index = ServiceIndex.load(connection)
    machine: dict[str, dict[tuple[str, str], tuple[str, float, str]]] = {}
    people: set[str] = set()
    query = select(
        match.c.pattern,
        match.c.ozg_id,
        match.c.leika_key,
        match.c.method,
        match.c.score,
        match.c.state,
        match.c.by_person,
    ).where(match.c.source_id == source_id)
    for pattern, ozg_id, key, method, score, state, by_person in connection.execute(query):
        if by_person:
            people.add(pattern)
        else:
            machine.setdefault(pattern, {})[ozg_id, key] = (method, score, state)
    stale: list[str] = []
    fresh: list[dict[str, object]] = []
    for ref, title, official, keys in records:
        if ref in people:
            continue
        decisions = decide(index, title, official, keys)
        wanted = {(d.ozg_id, d.leika_key): (d.method, d.score, d.state) for d in decisions}
        if wanted != machine.get(ref, {}):
            stale.append(ref)
            fresh.extend(_row(source_id, ref, decision, now) for decision in decisions)
    _replace(connection, source_id, stale, fresh)


def _row(source_id: int, ref: str, decision: Decision, now: str) -> dict[str, object]:
    return {
        "source_id": source_id,
        "pattern": ref,
        **decision._asdict(),
        "actor": ACTOR,
        "by_person": False,
        "decided_at": now,
    }


def _replace(
    connection: Connection, source_id: int, stale: list[str], fresh: list[dict[str, object]]
) -> None:
    for start in range(0, len(stale), 500):
        connection.execute(
            delete(match).where(
                match.c.source_id == source_id,
                match.c.by_person.is_(False),
                match.c.pattern.in_(stale[start : start + 500]),
            )
        )
    if fresh:
        connection.execute(insert(match), fresh)


def _mark_all_due(connection: Connection, source_id: int) -> None:
    query = select(offering.c.area_id).distinct()
    mine = (offering.c.source_id == source_id, offering.c.area_id.is_not(None))
    note_due(connection, connection.scalars(query.where(*mine)).all(), "match", source_id)
