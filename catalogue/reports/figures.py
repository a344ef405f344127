"""The figures of coverage as sums over cells, for whoever adds them up by area, cause or run."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, FromClause, Integer, and_, case, func, literal, select, union
from sqlalchemy.sql.elements import ColumnElement

from catalogue.errors import NotFound
from catalogue.history import Period, editions, not_kept
from catalogue.reports.coverage import SCOPES
from catalogue.reports.filters import Filters, Selection, areas_with, select_among
from catalogue.tables import cell_change, region_area

__all__ = ["FIGURES", "SUMMED", "end_of", "require_countable", "require_whole", "select_ever", "sums"]

#: Figures that are sums over cells, by their names in CoverageRow: counts, and what they are counted of.
SUMMED = ("cells", "any_count", "own_count", "leaves", "leaves_online", "unknown", "gaps")
#: All figures whose movement is explained. While no links are checked the last one is not measured.
FIGURES = (*SUMMED, "checked_count")


#: What a cell counts if it is just there.
ONE = literal(1, Integer)


def sums(rows: FromClause, scope: str, sign: ColumnElement[int] = ONE) -> list[ColumnElement[Any]]:
    """Return the sum of each of ``SUMMED`` over rows of cells; ``sign`` is what a row counts."""
    counted = rows.c.competent == "yes" if scope == "competent" else rows.c.competent != ""
    parts: dict[str, tuple[ColumnElement[bool], ColumnElement[int]]] = {
        "cells": (counted, sign),
        "any_count": (and_(counted, rows.c.status == "online"), sign),
        "own_count": (and_(counted, rows.c.own), sign),
        "leaves": (counted, rows.c.leaves * sign),
        "leaves_online": (counted, rows.c.leaves_online * sign),
        "unknown": (and_(counted, rows.c.status == "unknown"), sign),
        "gaps": (rows.c.gap, sign),
    }
    return [func.sum(case((parts[name][0], parts[name][1]), else_=0)).label(name) for name in SUMMED]


def require_countable(filters: Filters, scope: str) -> None:
    """Raise NotFound, as coverage does, for what its figures cannot be counted by."""
    if scope not in SCOPES:
        raise NotFound("scope_unknown", given=scope, known=", ".join(SCOPES))
    if filters.statuses:
        raise NotFound("coverage_status")


def select_ever(connection: Connection, filters: Filters) -> Selection:
    """Find what filters name among all areas that are or were in the region. Raise NotFound.

    ``as_of`` chooses no areas here: these reports see a whole period.
    """
    ever = union(select(region_area.c.area_id), select(cell_change.c.area_id).distinct()).subquery("ever")
    region = areas_with(connection, select(ever.c.area_id))
    if not region:
        raise NotFound("region_empty")
    return select_among(connection, filters, region)


def end_of(filters: Filters, until: datetime | None) -> datetime | None:
    """Return the moment before which a period ends: the one given, else just after that of the filters."""
    if until is None and filters.as_of is not None:
        return filters.as_of + timedelta(seconds=1)
    return until


def require_whole(connection: Connection, period: Period, given: datetime | None) -> None:
    """Raise NotFound unless the state before a period is known: no cells at all, or whole rows."""
    partial = [one for one in editions(connection) if not one.is_whole]
    if partial and period.after < partial[-1].run_id:
        raise not_kept(given or datetime.fromisoformat(partial[0].at), partial[-1])
