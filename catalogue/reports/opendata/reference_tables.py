"""Published tables of what should be offered: areas, services, competence, and where these come from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import and_, select

from catalogue.reports.opendata.columns import Column, Question, Row, Table, day_of
from catalogue.reports.opendata.published import words
from catalogue.tables import (
    area,
    competence,
    competence_rule,
    leika_service,
    ozg_service,
    reference_release,
    region_area,
    youth_office,
)

__all__ = ["REFERENCE_TABLES"]

#: Levels whose areas may have a youth office of their own.
_WITH_YOUTH_OFFICE = ("kreis", "gemeinde")


def _areas(question: Question) -> Iterator[Row]:
    above = area.alias("above")
    query = (
        select(
            area.c.ars,
            area.c.level,
            area.c.ags,
            area.c.name,
            area.c.type,
            above.c.ars,
            above.c.level,
            area.c.kreisfrei,
            area.c.population,
            area.c.municipal_status,
            youth_office.c.own,
            region_area.c.area_id.is_not(None),
            area.c.abolished_on,
        )
        .outerjoin(above, above.c.id == area.c.parent_id)
        .outerjoin(youth_office, and_(youth_office.c.ars == area.c.ars, area.c.level.in_(_WITH_YOUTH_OFFICE)))
        .outerjoin(region_area, region_area.c.area_id == area.c.id)
        .order_by(area.c.ars, area.c.level)
    )
    for ars, level, ags, name, kind, *facts, status, youth, inside, abolished in question.connection.execute(
        query
    ):
        yield (
            ars,
            level,
            ags or None,
            words(name),
            words(kind),
            *facts,
            status or None,
            youth,
            bool(inside),
            day_of(abolished),
        )


def _services(question: Question) -> Iterator[Row]:
    columns = ozg_service.c
    query = select(columns.ozg_id, columns.title, columns.theme, columns.situation).order_by(columns.ozg_id)
    for ozg_id, *texts in question.connection.execute(query):
        yield (ozg_id, *map(words, texts))


def _leika(question: Question) -> Iterator[Row]:
    columns = leika_service.c
    query = select(
        columns.leika_key,
        columns.name,
        columns.types,
        columns.ozg_id,
        columns.level,
        columns.leaf,
        columns.sdg1,
        columns.sdg2,
    ).order_by(columns.leika_key)
    for key, name, types, *facts in question.connection.execute(query):
        yield (key, words(name), tuple(filter(None, types.split("|"))), *facts)


def _competence(question: Question) -> Iterator[Row]:
    columns, rule = competence.c, competence_rule.c
    query = (
        select(
            columns.land,
            columns.ozg_id,
            columns.primary_tier,
            columns.secondary_tier,
            columns.confidence,
            columns.voluntary,
            columns.reason,
            rule.tier,
            rule.task,
            rule.basis,
            rule.evidenced,
        )
        .outerjoin(competence_rule, and_(rule.land == columns.land, rule.ozg_id == columns.ozg_id))
        .order_by(columns.land, columns.ozg_id)
    )
    for land, ozg_id, first, second, confidence, voluntary, *rest in question.connection.execute(query):
        reason, tier, task, basis, evidenced = rest
        yield (
            land,
            ozg_id,
            first,
            second or None,
            confidence,
            voluntary,
            words(reason),
            tier,
            words(task),
            words(basis),
            evidenced,
        )


def _releases(question: Question) -> Iterator[Row]:
    columns = reference_release.c
    query = select(
        columns.id,
        columns.table_name,
        columns.origin,
        columns.licence,
        columns.as_of,
        columns.rows,
        columns.digest,
    ).order_by(columns.id)
    for number, table, origin, licence, as_of, *rest in question.connection.execute(query):
        yield (number, table, words(origin), words(licence), as_of or None, *rest)


REFERENCE_TABLES: Final = (
    Table(
        "areas",
        (
            Column("ars"),
            Column("level"),
            Column("ags", required=False),
            Column("name", required=False),
            Column("type", required=False),
            Column("parent_ars", required=False),
            Column("parent_level", required=False),
            Column("kreisfrei", "boolean"),
            Column("population", "integer", required=False),
            Column("municipal_status", required=False),
            Column("youth_office", "boolean", required=False),
            Column("in_region", "boolean"),
            Column("abolished_on", "date", required=False),
        ),
        ("ars", "level"),
        _areas,
    ),
    Table(
        "services",
        (
            Column("ozg_id"),
            Column("title", required=False),
            Column("theme", required=False),
            Column("situation", required=False),
        ),
        ("ozg_id",),
        _services,
    ),
    Table(
        "leika",
        (
            Column("leika_key"),
            Column("name", required=False),
            Column("types", "list"),
            Column("ozg_id", required=False),
            Column("depth"),
            Column("leaf", "boolean"),
            Column("sdg1", "boolean"),
            Column("sdg2", "boolean"),
        ),
        ("leika_key",),
        _leika,
    ),
    Table(
        "competence",
        (
            Column("land"),
            Column("ozg_id"),
            Column("primary_tier"),
            Column("secondary_tier", required=False),
            Column("confidence"),
            Column("voluntary", "boolean"),
            Column("reason", required=False),
            Column("rule_tier", required=False),
            Column("rule_task", required=False),
            Column("rule_basis", required=False),
            Column("rule_evidenced", "boolean", required=False),
        ),
        ("land", "ozg_id"),
        _competence,
    ),
    Table(
        "releases",
        (
            Column("release", "integer"),
            Column("table"),
            Column("origin", required=False),
            Column("licence", required=False),
            Column("as_of", required=False),
            Column("rows", "integer"),
            Column("digest"),
        ),
        ("release",),
        _releases,
    ),
)
