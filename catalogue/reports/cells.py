"""The cells: what is known about each service in each area of the region."""

from __future__ import annotations

from dataclasses import dataclass, replace
from sys import intern
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, null, select

from catalogue.details import NOT_JUDGED
from catalogue.naming import full_name
from catalogue.priority import PriorityPart
from catalogue.reports.annotation_counts import remarks_of
from catalogue.reports.filters import EVERYTHING, Filters, Selection, select_cells
from catalogue.reports.signals import signal_codes
from catalogue.signals_rules import SignalRules
from catalogue.tables import area, ozg_service, statement

__all__ = ["CellRow", "cells", "read_cells", "with_signals"]


@dataclass(frozen=True, slots=True)
class CellRow:
    """One cell; docs/data-dictionary.md explains every field."""

    ars: str
    area: str
    level: str
    ozg_id: str
    title: str
    theme: str
    status: str
    reason: str
    satisfied_level: str
    operator: str
    online_url: str
    competent: str
    competent_tier: str
    competent_area: str
    competent_ars: str
    competence_rule: str
    confidence: str
    voluntary: bool
    own: bool
    stale: bool
    share: float | None
    leaves_online: int
    leaves: int
    since: str
    sources: tuple[str, ...]
    maturity: int | None
    maturity_rules: str
    signals: tuple[str, ...] | None = None
    remark: str = ""
    planned_for: str = ""
    remark_unit: str = ""
    remark_comment: str = ""
    priority: float | None = None
    priority_parts: tuple[PriorityPart, ...] = ()


_COLUMNS = (
    "area_id",
    "ozg_id",
    "status",
    "reason",
    "satisfied_level",
    "operator",
    "online_url",
    "competent",
    "competent_tier",
    "competent_area_id",
    "competence_rule",
    "confidence",
    "voluntary",
    "own",
    "stale",
    "leaves_online",
    "leaves",
    "since",
    "sources",
)
#: Places of the columns that hold few different texts: all rows share one copy of each.
_SHARED = frozenset({1, 2, 3, 4, 5, 7, 8, 10, 11, 17})


def cells(
    connection: Connection, filters: Filters = EVERYTHING, rules: SignalRules | None = None
) -> list[CellRow]:
    """Return the cells of the region, by area in its order and by OZG id. Raise NotFound.

    With ``rules`` each says which signals its offers have, unless the areas are too many for that. Of a
    moment of the past neither signals nor maturity are known.
    """
    chosen = select_cells(connection, filters, past=True)
    return with_signals(connection, chosen, read_cells(connection, chosen), rules)


def with_signals(
    connection: Connection, chosen: Selection, rows: list[CellRow], rules: SignalRules | None
) -> list[CellRow]:
    """Return rows of the chosen areas with their signals, as far as rules are given and areas are few.

    Offers are not kept as they were, so that there are none for a moment of the past.
    """
    now = chosen.as_of is None
    codes = signal_codes(connection, chosen, rules) if rules and rows and now else None
    if codes is None:
        return rows
    return [replace(row, signals=codes.get((row.ars, row.level, row.ozg_id), ())) for row in rows]


def read_cells(
    connection: Connection, chosen: Selection, condition: ColumnElement[bool] | None = None
) -> list[CellRow]:
    """Return the chosen cells by area in the order of the region, and by OZG id.

    Names are looked up here and not joined: a country's cells would carry millions of copies of them.
    """
    query = _query(chosen).where(chosen.condition())
    if condition is not None:
        query = query.where(condition)
    query = query.order_by(chosen.cells.c.area_id, chosen.cells.c.ozg_id)
    names = _Names(connection, chosen)
    of_area: dict[int, list[CellRow]] = {one.id: [] for one in chosen.areas}
    for row in connection.execute(query, execution_options={"yield_per": 10_000}):
        found = of_area.get(row[0])
        if found is not None:
            found.append(names.row(list(row)))
    return _with_remarks(connection, chosen, [row for rows in of_area.values() for row in rows])


def _with_remarks(connection: Connection, chosen: Selection, rows: list[CellRow]) -> list[CellRow]:
    """Return rows with what officers say about their cells, now or at the moment of the past."""
    said = remarks_of(connection, chosen)
    for place, row in enumerate(rows) if said else ():
        remark = said.get((row.ars, row.level, row.ozg_id))
        if remark is not None:
            rows[place] = replace(
                row,
                remark=remark.kind,
                planned_for=remark.planned_for,
                remark_unit=remark.unit,
                remark_comment=remark.comment,
            )
    return rows


def _query(chosen: Selection) -> Select[*tuple[Any, ...]]:
    """Return the query for cells with the maturity that the offering behind each states itself.

    Nothing is stated where its source delivers XZuFi, nor of a moment of the past.
    """
    cell = chosen.cells.c
    columns = [cell[name] for name in _COLUMNS]
    if chosen.as_of is not None:
        return select(*columns, null(), null())
    stated = and_(statement.c.source_id == cell.evidence_source, statement.c.ref == cell.evidence_ref)
    return select(*columns, statement.c.level, statement.c.level_rules).select_from(
        chosen.cells.outerjoin(statement, stated)
    )


class _Names:
    """What the numbers and ids in a cell stand for."""

    def __init__(self, connection: Connection, chosen: Selection) -> None:
        self.places = {one.id: (one.ars, one.label, one.level) for one in chosen.areas}
        services = select(ozg_service.c.ozg_id, ozg_service.c.title, ozg_service.c.theme)
        self.services = {ozg_id: (title, theme) for ozg_id, title, theme in connection.execute(services)}
        competent = select(area.c.id, area.c.ars, area.c.name, area.c.type, area.c.level).where(
            area.c.id.in_(select(chosen.cells.c.competent_area_id).where(chosen.condition()).distinct())
        )
        labels = {one.id: one.label for one in chosen.areas}
        self.competent = {
            area_id: (labels.get(area_id) or full_name(*named), ars)
            for area_id, ars, *named in connection.execute(competent)
        }
        self.sources: dict[str, tuple[str, ...]] = {}

    def row(self, values: list[Any]) -> CellRow:
        """Return a row of the table ``cell`` (its ``_COLUMNS``) as people read it."""
        for place in _SHARED:
            values[place] = intern(values[place])
        online, leaves, since, sources, level, rules = values[15:]
        # Of an unknown cell no offering decided anything.
        judged = level is not None and level != NOT_JUDGED and values[2] != "unknown"
        facts: tuple[Any, ...] = (
            *self.places[values[0]],
            values[1],
            *self.services.get(values[1], ("", "")),
            *values[2:9],
            *self.competent.get(values[9], ("", "")),
            *values[10:15],
            round(online / leaves, 4) if leaves else None,
            online,
            leaves,
            since,
            self.sources.get(sources) or self.sources.setdefault(sources, tuple(sources.split())),
            level if judged else None,
            intern(rules) if judged else "",
        )
        return CellRow(*facts)
