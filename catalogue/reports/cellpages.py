"""Cells and gaps in pages: in the order of their keys, so that a page begins where another one ended.

A region has some hundred thousand cells. A page is read area by area and no further than it is long.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, case, func, select

from catalogue.annotations import local_day
from catalogue.reports.annotation_counts import RemarkCounts, remarked_gaps
from catalogue.reports.cells import CellRow, read_cells
from catalogue.reports.filters import (
    EVERYTHING,
    Filters,
    RegionArea,
    Selection,
    select_among,
    select_cells,
)
from catalogue.reports.gaps import Unresolved, unknown_cells, unresolved_cells
from catalogue.verdict import GAP_STATUSES, STATUSES

__all__ = ["CellKey", "CellPage", "GapPage", "cell_page", "gap_page"]

#: Areas that are read at once, in the end; the first ones singly, as they may fill the page.
MOST_AREAS_AT_ONCE = 64


class CellKey(NamedTuple):
    """What identifies a cell, and the order of pages."""

    ars: str
    level: str
    ozg_id: str


@dataclass(frozen=True)
class CellPage:
    """Some cells by regional key, level and OZG id; ``next`` is the last one's key if there are more."""

    rows: Sequence[CellRow]
    next: CellKey | None
    statuses: dict[str, int]  # of all cells, not of this page


@dataclass(frozen=True)
class GapPage:
    """Some gaps as :class:`CellPage`, and what has to be said beside all of them."""

    rows: Sequence[CellRow]
    next: CellKey | None
    total: int
    voluntary: int  # gaps in services nobody is obliged to offer
    stale: int  # gaps that rest on a source that was not read lately
    unknown: dict[str, int]  # cells of the same areas, themes and services, by reason
    unresolved: Unresolved
    remarks: RemarkCounts


def cell_page(
    connection: Connection,
    filters: Filters = EVERYTHING,
    *,
    after: CellKey | None = None,
    limit: int,
    region: list[RegionArea] | None = None,
) -> CellPage:
    """Return the first ``limit`` cells after a key. Raise NotFound for what does not exist.

    ``region`` is what :func:`areas_now` returns, where the caller has it already.
    """
    chosen = _chosen(connection, filters, region, STATUSES)
    cells = chosen.cells
    counts = select(cells.c.status, func.count()).where(chosen.condition()).group_by(cells.c.status)
    rows, following = _page(connection, chosen, after, limit)
    return CellPage(rows, following, dict(sorted(connection.execute(counts).all())))


def gap_page(
    connection: Connection,
    filters: Filters = EVERYTHING,
    *,
    after: CellKey | None = None,
    limit: int,
    region: list[RegionArea] | None = None,
) -> GapPage:
    """Return the first ``limit`` gaps after a key, as :func:`cell_page`. Raise NotFound."""
    chosen = _chosen(connection, filters, region, GAP_STATUSES)
    cells = chosen.cells
    gaps = select(
        func.count(),
        func.sum(case((cells.c.voluntary, 1), else_=0)),
        func.sum(case((cells.c.stale, 1), else_=0)),
    ).where(chosen.condition(), cells.c.gap)
    total, voluntary, stale = (int(count or 0) for count in connection.execute(gaps).one())
    rows, following = _page(connection, chosen, after, limit, cells.c.gap)
    remarked = remarked_gaps(connection, chosen, local_day(filters.as_of))
    return GapPage(
        rows=rows,
        next=following,
        total=total,
        voluntary=voluntary,
        stale=stale,
        unknown=unknown_cells(connection, chosen),
        unresolved=unresolved_cells(connection, chosen),
        remarks=RemarkCounts(*map(sum, zip(*remarked.values(), strict=True))),
    )


def _chosen(
    connection: Connection, filters: Filters, region: list[RegionArea] | None, allowed: Sequence[str]
) -> Selection:
    if region and filters.as_of is None:
        return select_among(connection, filters, region, allowed=allowed)
    return select_cells(connection, filters, allowed=allowed, past=True)


def _page(
    connection: Connection,
    chosen: Selection,
    after: CellKey | None,
    limit: int,
    condition: ColumnElement[bool] | None = None,
) -> tuple[list[CellRow], CellKey | None]:
    """Return the rows of a page, and the key of the last one if others follow."""
    rows: list[CellRow] = []
    for group in _groups(chosen.areas, after):
        found = read_cells(connection, replace(chosen, areas=tuple(group), limited=True), condition)
        rows += [row for row in found if after is None or _key(row) > after]
        if len(rows) > limit:
            return rows[:limit], _key(rows[limit - 1])
    return rows, None


def _groups(areas: Sequence[RegionArea], after: CellKey | None) -> Iterator[list[RegionArea]]:
    """Yield the areas from that of a key on, in the order of keys: more and more of them at once."""
    ordered = sorted(areas, key=lambda one: (one.ars, one.level))
    waiting = iter(one for one in ordered if after is None or (one.ars, one.level) >= after[:2])
    size = 1
    while group := list(islice(waiting, size)):
        yield group
        size = min(2 * size, MOST_AREAS_AT_ONCE)


def _key(row: CellRow) -> CellKey:
    return CellKey(row.ars, row.level, row.ozg_id)
