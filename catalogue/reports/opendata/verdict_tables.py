"""Published tables of verdicts: cells, gaps, coverage by definition, statuses, and what changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Final

from sqlalchemy import select

from catalogue.history import edition_at
from catalogue.reports.cells import CellRow, read_cells
from catalogue.reports.coverage import REASONS, SCOPES, CoverageRow, coverage
from catalogue.reports.filters import select_cells
from catalogue.reports.opendata.columns import Column, Question, Row, Table, moment_of
from catalogue.reports.opendata.published import address, words
from catalogue.tables import area, cell_change, source
from catalogue.verdict import GAP_STATUSES, STATUSES

__all__ = ["VERDICT_TABLES"]

#: So many areas are read at a time: memory does not grow with the region.
AREAS_AT_ONCE = 20
BATCH_ROWS = 5_000


def _cells(question: Question) -> Iterator[Row]:
    for row in _read(question):
        yield (*_place(row), *_verdict(row), row.competent == "yes" and row.status in GAP_STATUSES)


def _gaps(question: Question) -> Iterator[Row]:
    """Yield the cells that are gaps, as ``cells`` has them, which says that of every row."""
    for row in _read(question):
        if row.competent == "yes" and row.status in GAP_STATUSES:
            yield (*_place(row), *_verdict(row))


def _read(question: Question) -> Iterator[CellRow]:
    """Yield all cells by area in the order of the region, a group of areas at a time."""
    chosen = select_cells(question.connection, question.filters, past=True)
    areas = iter(chosen.areas)
    while group := tuple(islice(areas, AREAS_AT_ONCE)):
        yield from read_cells(question.connection, replace(chosen, areas=group, limited=True))


def _place(row: CellRow) -> Row:
    return (row.ars, row.level, words(row.area), row.ozg_id, words(row.title), words(row.theme))


def _verdict(row: CellRow) -> Row:
    return (
        row.status,
        row.reason or None,
        row.satisfied_level or None,
        row.operator or None,
        address(row.online_url),
        row.competent,
        row.competent_tier or None,
        row.competent_ars or None,
        row.competence_rule or None,
        row.confidence or None,
        row.voluntary,
        row.own,
        row.stale,
        row.leaves_online,
        row.leaves,
        row.share,
        row.maturity,
        row.maturity_rules or None,
        moment_of(row.since),
        row.sources,
    )


def _coverage(question: Question) -> Iterator[Row]:
    for scope in SCOPES:
        for row in coverage(question.connection, question.filters, scope):
            place = (row.ars or None, row.level, scope)
            yield (*place, "any", row.cells, row.any_count, row.any_share, row.any_upper)
            yield (*place, "own", row.cells, row.own_count, row.own_share, row.own_upper)
            yield (*place, "share", row.leaves, row.leaves_online, row.leaves_share, row.leaves_upper)
            yield (*place, "checked", row.cells, row.checked_count, row.checked_share, row.checked_upper)


def _statuses(question: Question) -> Iterator[Row]:
    for scope in SCOPES:
        for row in coverage(question.connection, question.filters, scope):
            place = (row.ars or None, row.level, scope)
            for status in STATUSES:
                for reason, count in _by_reason(row, status):
                    yield (*place, status, reason, count)


def _by_reason(row: CoverageRow, status: str) -> list[tuple[str | None, int]]:
    if status != "unknown":
        return [(None, getattr(row, status))]
    return [(reason, getattr(row, f"unknown_{reason}")) for reason in REASONS]


def _changes(question: Question) -> Iterator[Row]:
    columns = cell_change.c
    query = (
        select(
            columns.id,
            columns.at,
            columns.run_id,
            area.c.ars,
            area.c.level,
            columns.ozg_id,
            columns.old_status,
            columns.new_status,
            columns.old_reason,
            columns.new_reason,
            columns.field,
            columns.cause,
            source.c.key,
        )
        .join(area, area.c.id == columns.area_id)
        .outerjoin(source, source.c.id == columns.source_id)
        .order_by(columns.id)
    )
    until = question.filters.as_of
    if until is not None:
        query = query.where(columns.run_id <= edition_at(question.connection, until).run_id)
    found = question.connection.execute(query, execution_options={"yield_per": BATCH_ROWS})
    for number, at, run, ars, level, ozg_id, *texts in found:
        yield (number, moment_of(at), run, ars, level, ozg_id, *(text or None for text in texts))


_PLACE = (
    Column("ars"),
    Column("level"),
    Column("area", required=False),
    Column("ozg_id"),
    Column("title", required=False),
    Column("theme", required=False),
)
_VERDICT = (
    Column("status"),
    Column("reason", required=False),
    Column("satisfied_level", required=False),
    Column("operator", required=False),
    Column("online_url", required=False),
    Column("competent"),
    Column("competent_tier", required=False),
    Column("competent_ars", required=False),
    Column("competence_rule", required=False),
    Column("confidence", required=False),
    Column("voluntary", "boolean"),
    Column("own", "boolean"),
    Column("stale", "boolean"),
    Column("leaves_online", "integer"),
    Column("leaves", "integer"),
    Column("share", "number", required=False),
    Column("maturity", "integer", required=False),
    Column("maturity_rules", required=False),
    Column("since", "moment"),
    Column("sources", "list"),
)
_COUNTED = (Column("ars", required=False), Column("level"), Column("scope"))

VERDICT_TABLES: Final = (
    Table(
        "cells",
        (*_PLACE, *_VERDICT, Column("gap", "boolean")),
        ("ars", "level", "ozg_id"),
        _cells,
        remembered=True,
    ),
    Table("gaps", (*_PLACE, *_VERDICT), ("ars", "level", "ozg_id"), _gaps, remembered=True),
    Table(
        "coverage",
        (
            *_COUNTED,
            Column("definition"),
            Column("whole", "integer"),
            Column("counted", "integer", required=False),
            Column("share", "number", required=False),
            Column("upper_share", "number", required=False),
        ),
        ("ars", "level", "scope", "definition"),
        _coverage,
        remembered=True,
    ),
    Table(
        "statuses",
        (*_COUNTED, Column("status"), Column("reason", required=False), Column("cells", "integer")),
        ("ars", "level", "scope", "status", "reason"),
        _statuses,
        remembered=True,
    ),
    Table(
        "changes",
        (
            Column("change", "integer"),
            Column("at", "moment"),
            Column("run", "integer"),
            Column("ars"),
            Column("level"),
            Column("ozg_id"),
            Column("old_status", required=False),
            Column("new_status", required=False),
            Column("old_reason", required=False),
            Column("new_reason", required=False),
            Column("field"),
            Column("cause"),
            Column("source", required=False),
        ),
        ("change",),
        _changes,
        remembered=True,
    ),
)
