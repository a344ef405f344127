"""What is irregular about the state each source has in the catalogue, whenever it was first noticed.

A run tells what it noticed about what had changed. Here is what is still open: what only the catalogue can
tell (areas and titles that cannot be placed) is counted as it is now, what the reader found is taken from
the delivery applied last. Of a source that delivers changes only, that is the last of these.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, exists, func, or_, select

from catalogue.lookup import AreaIndex
from catalogue.naming import full_name
from catalogue.reports.runs import IssueRow, issue_rows
from catalogue.tables import issue, match, offering, service_record, source, source_run
from catalogue.voices import load_limits

__all__ = ["open_remarks"]

#: Kinds that are counted from the catalogue: a run knows them only for what it changed.
_COUNTED = ("area_unknown", "area_outside", "service_under_review", "service_unmatched")
SAMPLES = 3


@dataclass(frozen=True, slots=True)
class _Group:
    """Irregularities of one kind that have a source, a record and a detail in common."""

    source_id: int
    kind: str
    record: str
    detail: str
    count: int


def open_remarks(connection: Connection) -> dict[str, tuple[IssueRow, ...]]:
    """Return what is irregular about each active source's state, by its key; by kinds within."""
    keys: dict[int, str] = dict(
        connection.execute(select(source.c.id, source.c.key).where(source.c.active)).all()
    )
    found: dict[str, list[IssueRow]] = defaultdict(list)
    for row in _of_readers(connection):
        found[row.source].append(row)
    counted: dict[tuple[int, str], list[_Group]] = defaultdict(list)
    for group in (*_unknown_areas(connection), *_outside(connection), *_services(connection)):
        counted[group.source_id, group.kind].append(group)
    for (source_id, kind), groups in counted.items():
        if source_id in keys:
            samples = tuple((group.record, group.detail) for group in groups[:SAMPLES])
            total = sum(group.count for group in groups)
            found[keys[source_id]].append(IssueRow(keys[source_id], "notice", kind, total, samples))
    return {key: tuple(sorted(rows, key=lambda row: row.kind)) for key, rows in found.items()}


def _of_readers(connection: Connection) -> list[IssueRow]:
    """Return what was found while reading the delivery each source stands on."""
    newest = (
        select(func.max(source_run.c.id))
        .join(source, source.c.id == source_run.c.source_id)
        .where(source_run.c.state == "ok", source.c.active)
        .group_by(source_run.c.source_id)
    )
    return issue_rows(connection, source_run.c.id.in_(newest), issue.c.kind.not_in(_COUNTED))


def _unknown_areas(connection: Connection) -> Iterator[_Group]:
    query = (
        select(offering.c.source_id, offering.c.area_raw, func.count())
        .where(offering.c.area_id.is_(None), offering.c.withdrawn_run.is_(None))
        .group_by(offering.c.source_id, offering.c.area_raw)
        .order_by(func.count().desc(), offering.c.area_raw)
    )
    for source_id, raw, count in connection.execute(query):
        yield _Group(source_id, "area_unknown", "", raw, count)


def _outside(connection: Connection) -> Iterator[_Group]:
    areas = AreaIndex.load(connection)
    limits = load_limits(connection, areas)
    if not limits:
        return
    query = (
        select(offering.c.source_id, offering.c.area_id, func.count())
        .where(
            offering.c.source_id.in_(limits),
            offering.c.area_id.is_not(None),
            offering.c.withdrawn_run.is_(None),
        )
        .group_by(offering.c.source_id, offering.c.area_id)
        .order_by(offering.c.area_id)
    )
    for source_id, area_id, count in connection.execute(query):
        if area_id not in limits[source_id]:
            place = areas[area_id]
            yield _Group(source_id, "area_outside", "", full_name(place.name, place.type, place.level), count)


def _services(connection: Connection) -> Iterator[_Group]:
    """Yield services without a decision, those that wait for one and those that nothing is like.

    Counted by the database, which gives back samples only: a source may have very many of them. The first
    sample of each kind carries the count.
    """
    decided = exists().where(
        match.c.source_id == service_record.c.source_id, match.c.pattern == service_record.c.ref
    )
    waits = decided.where(match.c.state == "review").label("waits")
    alike = (service_record.c.source_id, waits)
    numbered = (
        select(
            service_record.c.source_id,
            service_record.c.ref,
            service_record.c.title,
            service_record.c.reported_keys,
            waits,
            func.count().over(partition_by=alike).label("total"),
            func.row_number().over(partition_by=alike, order_by=service_record.c.ref).label("place"),
        )
        .where(
            service_record.c.withdrawn_run.is_(None),
            # A row without service says that a person found it to be none.
            ~decided.where(or_(match.c.state == "accepted", match.c.ozg_id == "")),
        )
        .subquery()
    )
    query = select(numbered).where(numbered.c.place <= SAMPLES)
    for row in connection.execute(query.order_by(numbered.c.source_id, numbered.c.place)):
        kind = "service_under_review" if row.waits else "service_unmatched"
        count = row.total if row.place == 1 else 0
        yield _Group(row.source_id, kind, row.ref, f"{row.title} {row.reported_keys}".strip(), count)
