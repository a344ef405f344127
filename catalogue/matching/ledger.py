"""The ledger of what records mean: one row per (record, service), people before machines.

Decisions of people are kept in ``ruling`` and never changed. The table ``match`` holds what follows from
them and from the matcher for each record, and is made again whenever a record, a decision or the reference
changes. Matchers of another version decide about new and changed records only; the rest waits until
somebody has seen what would change (:mod:`catalogue.matching.upgrade`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, delete, exists, func, insert, select, update

from catalogue.due import note_due
from catalogue.matching.keyed import ACTOR, Decider, Decision
from catalogue.matching.reference import stored_reference
from catalogue.matching.rulings import Acts, Effective, settle
from catalogue.tables import match, offering, reference_release, service_record, source

__all__ = [
    "Record",
    "expect_matching",
    "match_everything",
    "match_source",
    "newest_release",
    "rematch",
]

#: So many values fit into one statement on every database.
AT_ONCE = 500


class Record(NamedTuple):
    """What decisions about a service record rest on."""

    id: int
    ref: str
    title: str
    official_title: str
    reported_keys: str  # separated by blanks


def newest_release(connection: Connection) -> int:
    """Return the number of the newest release of the tables that matching rests on."""
    query = select(func.max(reference_release.c.id)).where(
        reference_release.c.table_name.in_(("leika_service", "ozg_service"))
    )
    return connection.scalar(query) or 0


def expect_matching(connection: Connection, source_id: int, run_id: int) -> None:
    """Have ready by then what :func:`match_source` will need; to be called when a run's records are written.

    The database has work for seconds then, while nobody works here.
    """
    if _is_outdated(connection, source_id) or connection.scalar(
        select(exists(_records_of_run(source_id, run_id)))
    ):
        Decider.expect(stored_reference(connection))


def _is_outdated(connection: Connection, source_id: int) -> bool:
    """Tell whether the reference is newer than the source's last matching, or there was none."""
    known = connection.scalar(select(source.c.matched_release).where(source.c.id == source_id))
    return bool(known != newest_release(connection))


def match_source(connection: Connection, source_id: int, run_id: int, now: str) -> int:
    """Decide for the records that are new or changed in this run; return how many were decided.

    Where the reference is newer than the source's last matching, all of its records are decided again.
    What a person decided holds in any case. Only decisions that differ are written.
    """
    if _is_outdated(connection, source_id):
        return match_everything(connection, source_id, now)
    records = [Record(*row) for row in connection.execute(_records_of_run(source_id, run_id))]
    if records:
        _decide_all(connection, source_id, records, now)
    if not connection.scalar(select(source.c.matched_by).where(source.c.id == source_id)):
        connection.execute(update(source).values(matched_by=ACTOR).where(source.c.id == source_id))
    return len(records)


def match_everything(connection: Connection, source_id: int, now: str) -> int:
    """Decide about all records of a source with this matcher and reference; return how many they are."""
    query = _records(source_id).where(service_record.c.withdrawn_run.is_(None))
    records = [Record(*row) for row in connection.execute(query)]
    if records:
        _decide_all(connection, source_id, records, now)
    standing = {"matched_release": newest_release(connection), "matched_by": ACTOR}
    connection.execute(update(source).values(standing).where(source.c.id == source_id))
    _mark_all_due(connection, source_id)
    return len(records)


def rematch(connection: Connection, source_id: int, refs: Sequence[str], now: str) -> None:
    """Decide again about single records of a source and note the areas they are offered in as due."""
    for start in range(0, len(refs), AT_ONCE):
        part = list(refs[start : start + AT_ONCE])
        query = _records(source_id).where(service_record.c.ref.in_(part))
        records = [Record(*row) for row in connection.execute(query)]
        _decide_all(connection, source_id, records, now, refs=part)
        shown = select(offering.c.area_id).distinct()
        about = offering.c.record_id.in_([record.id for record in records])
        areas = connection.scalars(shown.where(about, offering.c.area_id.is_not(None))).all()
        note_due(connection, areas, "match", source_id)


def _records(source_id: int) -> Select[tuple[Any, ...]]:
    columns = (service_record.c[name] for name in Record._fields)
    return select(*columns).where(service_record.c.source_id == source_id)


def _records_of_run(source_id: int, run_id: int) -> Select[tuple[Any, ...]]:
    return _records(source_id).where(
        service_record.c.withdrawn_run.is_(None), service_record.c.changed_run == run_id
    )


def _decide_all(
    connection: Connection,
    source_id: int,
    records: Sequence[Record],
    now: str,
    refs: Sequence[str] | None = None,
) -> None:
    """Write what holds for records; ``refs`` names them where they are few, to look up only their rows."""
    decider = Decider.of(stored_reference(connection))
    acts = Acts.load(connection, source_id)
    known = _known(connection, source_id, refs)
    stale: list[str] = []
    fresh: list[dict[str, object]] = []
    for record in records:
        about = acts.about(source_id, record.ref, record.title, record.official_title)
        machine = _Machine(decider, record, now)
        wanted = settle(about, machine.decide) if about else machine.decide()
        if {one.service: _compared(one) for one in wanted} != known.get(record.ref, {}):
            stale.append(record.ref)
            fresh.extend({"source_id": source_id, "pattern": record.ref, **one._asdict()} for one in wanted)
    _replace(connection, source_id, stale, fresh)


class _Machine(NamedTuple):
    """The matcher's word about one record, for whoever asks."""

    decider: Decider
    record: Record
    now: str

    def decide(self) -> list[Effective]:
        """Return what the matcher takes the record for."""
        record = self.record
        found = self.decider.decide(record.title, record.official_title, record.reported_keys)
        return [_of_machine(one, self.now) for one in found]


def _of_machine(one: Decision, now: str) -> Effective:
    return Effective(**one._asdict(), actor=ACTOR, by_person=False, decided_at=now)


def _compared(one: Effective | Row[Any]) -> tuple[object, ...]:
    """Return what tells whether a row has to be written anew: of people all, of machines what it means."""
    by_person = (one.actor, one.decided_at, one.reason) if one.by_person else ()
    return (one.method, one.score, one.state, one.by_person, *by_person)


def _known(
    connection: Connection, source_id: int, refs: Sequence[str] | None
) -> dict[str, dict[tuple[str, str], tuple[object, ...]]]:
    columns = (match.c[name] for name in ("pattern", *Effective._fields))
    query = select(*columns).where(match.c.source_id == source_id)
    if refs is not None:
        query = query.where(match.c.pattern.in_(refs))
    found: dict[str, dict[tuple[str, str], tuple[object, ...]]] = {}
    for row in connection.execute(query):
        found.setdefault(row.pattern, {})[row.ozg_id, row.leika_key] = _compared(row)
    return found


def _replace(
    connection: Connection, source_id: int, stale: Sequence[str], fresh: list[dict[str, object]]
) -> None:
    for part in _in_parts(stale):
        connection.execute(delete(match).where(match.c.source_id == source_id, match.c.pattern.in_(part)))
    if fresh:
        connection.execute(insert(match), fresh)


def _in_parts(values: Sequence[str]) -> Iterator[Iterable[str]]:
    for start in range(0, len(values), AT_ONCE):
        yield values[start : start + AT_ONCE]


def _mark_all_due(connection: Connection, source_id: int) -> None:
    query = select(offering.c.area_id).distinct()
    mine = (offering.c.source_id == source_id, offering.c.area_id.is_not(None))
    note_due(connection, connection.scalars(query.where(*mine)).all(), "match", source_id)
