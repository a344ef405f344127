"""Which cells have a remark, and how many gaps have which."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, FromClause, exists, select

from catalogue.annotations import CellKey, Remark, is_overdue, remarks
from catalogue.reports.filters import Selection
from catalogue.tables import annotation

__all__ = ["RemarkCounts", "count_remarks", "is_remarked", "remarked_gaps", "remarks_of"]


class RemarkCounts(NamedTuple):
    """How many gaps have a remark of which kind; no gap is less of a gap for it.

    ``planned`` counts those with a day, whatever else is said, ``overdue`` those of them whose day is over.
    """

    planned: int = 0
    overdue: int = 0
    not_offered: int = 0
    covered_by: int = 0


def remarks_of(connection: Connection, chosen: Selection) -> dict[CellKey, Remark]:
    """Return the remarks of the chosen areas, now or then, whatever their services and statuses."""
    places = [one.id for one in chosen.areas] if chosen.limited else None
    return remarks(connection, places, as_of=chosen.as_of)


def is_remarked(cells: FromClause) -> ColumnElement[bool]:
    """Return the condition that somebody has said something about a cell, be it taken back or not."""
    return exists().where(annotation.c.area_id == cells.c.area_id, annotation.c.ozg_id == cells.c.ozg_id)


def count_remarks(said: Iterable[tuple[str, str]], today: date) -> RemarkCounts:
    """Count the remarks of gaps, given as kind and day each."""
    listed = list(said)
    kinds = Counter(kind for kind, _ in listed)
    return RemarkCounts(
        planned=sum(bool(day) for _, day in listed),
        overdue=sum(is_overdue(day, "", today) for _, day in listed),
        not_offered=kinds["not_offered"],
        covered_by=kinds["covered_by"],
    )


def remarked_gaps(connection: Connection, chosen: Selection, today: date) -> dict[int, RemarkCounts]:
    """Return how many chosen gaps of each area, by its number, have a remark of which kind."""
    said = remarks_of(connection, chosen)
    places = {one.id: (one.ars, one.level) for one in chosen.areas}
    cells = chosen.cells
    query = select(cells.c.area_id, cells.c.ozg_id).where(chosen.condition(), cells.c.gap, is_remarked(cells))
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for area_id, ozg_id in connection.execute(query):
        remark = said.get((*places[area_id], ozg_id)) if area_id in places else None
        if remark is not None:
            found[area_id].append((remark.kind, remark.planned_for))
    return {area_id: count_remarks(listed, today) for area_id, listed in found.items()}
