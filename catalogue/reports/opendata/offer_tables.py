"""Published tables of what is offered: sources, offerings, and which services these were taken for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from sqlalchemy import Row as Found
from sqlalchemy import Select, and_, select

from catalogue.details import NOT_JUDGED
from catalogue.reports.opendata.columns import Column, Question, Row, Table, moment_of
from catalogue.reports.opendata.published import address, words
from catalogue.tables import (
    area,
    match,
    offering,
    online_service,
    run,
    service_record,
    source,
    statement,
    unit,
)

__all__ = ["OFFER_TABLES"]

BATCH_ROWS = 5_000


def _sources(question: Question) -> Iterator[Row]:
    columns = source.c
    query = select(
        columns.key,
        columns.kind,
        columns.name,
        columns.active,
        columns.advisory,
        columns.speaks,
        columns.complete,
        columns.state,
        columns.applied_at,
        columns.delivered_at,
        columns.stale_after_hours,
        columns.objects,
    ).order_by(columns.key)
    for key, kind, name, *facts, applied, delivered, hours, objects in question.connection.execute(query):
        yield (key, kind, words(name), *facts, moment_of(applied), words(delivered), hours, objects)


def _offerings(question: Question) -> Iterator[Row]:
    days: dict[int, date] = {
        number: moment.date()
        for number, started in question.connection.execute(select(run.c.id, run.c.started_at))
        if (moment := moment_of(started)) is not None
    }
    for row in question.connection.execute(_offering_query(), execution_options={"yield_per": BATCH_ROWS}):
        yield _offering(row, days)


def _offering_query() -> Select[Any]:
    """Select offerings in the order of their key, so that nothing has to be sorted."""
    key = and_(statement.c.source_id == offering.c.source_id, statement.c.ref == offering.c.ref)
    return (
        select(
            source.c.key,
            offering.c.ref,
            offering.c.n,
            offering.c.kind,
            area.c.ars,
            area.c.level,
            offering.c.area_raw,
            service_record.c.ref.label("record"),
            service_record.c.title,
            service_record.c.reported_keys,
            service_record.c.form_url,
            service_record.c.withdrawn_run.label("record_withdrawn"),
            statement.c.status,
            statement.c.url,
            statement.c.unit,
            statement.c.operator,
            statement.c.level.label("maturity"),
            statement.c.level_rules,
            statement.c.observed_at,
            unit.c.name.label("unit_name"),
            online_service.c.name.label("online_name"),
            online_service.c.url.label("online_url"),
            online_service.c.withdrawn_run.label("online_withdrawn"),
            offering.c.first_run,
            offering.c.changed_run,
            offering.c.vanished_run,
            offering.c.withdrawn_run,
        )
        .join(source, source.c.id == offering.c.source_id)
        .outerjoin(area, area.c.id == offering.c.area_id)
        .outerjoin(service_record, service_record.c.id == offering.c.record_id)
        .outerjoin(statement, key)
        .outerjoin(unit, unit.c.id == offering.c.unit_id)
        .outerjoin(online_service, online_service.c.id == offering.c.online_id)
        .order_by(offering.c.source_id, offering.c.ref, offering.c.n)
    )


def _offering(row: Found[Any], days: dict[int, date]) -> Row:
    status, url = _shown(row)
    judged = row.maturity is not None and row.maturity != NOT_JUDGED
    return (
        row.key,
        words(row.ref),
        row.n,
        row.kind,
        row.ars,
        row.level,
        words(row.area_raw),
        words(row.record),
        words(row.title),
        tuple((row.reported_keys or "").replace("|", " ").split()),
        status,
        address(url),
        words(row.unit or row.unit_name or row.online_name),
        row.operator or None,
        row.maturity if judged else None,
        (row.level_rules or None) if judged else None,
        words(row.observed_at),
        _life(row),
        days.get(row.first_run),
        days.get(row.changed_run),
    )


def _shown(row: Found[Any]) -> tuple[str, str | None]:
    """Return status and link of an offering by the rules of ``catalogue.evidence``."""
    if row.kind == "direct":
        return row.status or "described", row.url
    if row.kind == "online":
        url = row.online_url if row.online_withdrawn is None else None
        return ("online" if url else "described"), url
    form = row.form_url if row.record_withdrawn is None else None
    return ("form" if form or row.kind == "form" else "described"), form


def _life(row: Found[Any]) -> str:
    if row.withdrawn_run is not None:
        return "withdrawn"
    return "active" if row.vanished_run is None else "vanished"


def _matches(question: Question) -> Iterator[Row]:
    """Yield decisions without who made them and why: names and free texts stay in the house."""
    columns = match.c
    query = (
        select(
            source.c.key,
            columns.pattern,
            columns.ozg_id,
            columns.leika_key,
            columns.method,
            columns.score,
            columns.state,
            columns.by_person,
        )
        .join(source, source.c.id == columns.source_id)
        .order_by(columns.source_id, columns.pattern, columns.ozg_id, columns.leika_key)
    )
    found = question.connection.execute(query, execution_options={"yield_per": BATCH_ROWS})
    for key, record, ozg_id, leika_key, *decision in found:
        yield (key, words(record), ozg_id or None, leika_key or None, *decision)


OFFER_TABLES: Final = (
    Table(
        "sources",
        (
            Column("source"),
            Column("kind"),
            Column("name", required=False),
            Column("active", "boolean"),
            Column("advisory", "boolean"),
            Column("speaks", "boolean"),
            Column("complete", "boolean"),
            Column("state"),
            Column("applied_at", "moment", required=False),
            Column("delivered_at", required=False),
            Column("stale_after_hours", "integer"),
            Column("objects", "integer"),
        ),
        ("source",),
        _sources,
    ),
    Table(
        "offerings",
        (
            Column("source"),
            Column("ref", required=False),
            Column("part", "integer"),
            Column("kind"),
            Column("ars", required=False),
            Column("level", required=False),
            Column("area_delivered", required=False),
            Column("record", required=False),
            Column("title", required=False),
            Column("reported_keys", "list"),
            Column("status"),
            Column("url", required=False),
            Column("unit", required=False),
            Column("operator", required=False),
            Column("maturity", "integer", required=False),
            Column("maturity_rules", required=False),
            Column("observed_at", required=False),
            Column("life"),
            Column("first_seen", "date", required=False),
            Column("changed", "date", required=False),
        ),
        ("source", "ref", "part"),
        _offerings,
    ),
    Table(
        "matches",
        (
            Column("source"),
            Column("record", required=False),
            Column("ozg_id", required=False),
            Column("leika_key", required=False),
            Column("method"),
            Column("score", "number"),
            Column("state"),
            Column("by_person", "boolean"),
        ),
        ("source", "record", "ozg_id", "leika_key"),
        _matches,
    ),
)
