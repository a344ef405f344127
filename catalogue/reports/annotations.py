"""The standing remarks of the region, how a cell came to its own, and rows to be filled in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, or_, select

from catalogue.annotations import (
    FIELDS,
    KINDS,
    NO_REMARK,
    Remark,
    histories,
    is_overdue,
    standing,
)
from catalogue.errors import NotFound
from catalogue.reports.annotation_counts import is_remarked, remarks_of
from catalogue.reports.annotation_sheet import row_id
from catalogue.reports.cells import CellRow, read_cells
from catalogue.reports.filters import (
    EVERYTHING,
    Filters,
    RegionArea,
    Selection,
    find_area,
    find_service,
    select_cells,
)
from catalogue.tables import ozg_service
from catalogue.verdict import GAP_STATUSES

__all__ = [
    "AnnotationList",
    "AnnotationRow",
    "HistoryRow",
    "SheetRow",
    "history",
    "history_of",
    "is_gap",
    "sheet_rows",
    "standing_remarks",
]


@dataclass(frozen=True, slots=True)
class AnnotationRow:
    """One standing remark; docs/data-dictionary.md explains every field."""

    id: str
    ars: str
    area: str
    level: str
    ozg_id: str
    title: str
    theme: str
    status: str
    reason: str
    gap: bool
    remark: str
    planned_for: str
    overdue: bool
    unit: str
    comment: str
    by: str
    at: str
    stamp: str


@dataclass(frozen=True)
class AnnotationList:
    """The remarks, and how many stand about areas that are not in the region now."""

    rows: list[AnnotationRow]
    outside: int


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One field that an act changed; docs/data-dictionary.md explains every field."""

    number: int
    at: str
    by: str
    via: str
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One cell as a row to be filled in; docs/data-dictionary.md explains every field."""

    ars: str
    area: str
    level: str
    ozg_id: str
    title: str
    theme: str
    status: str
    since: str
    remark: str
    planned_for: str
    unit: str
    comment: str
    by: str
    at: str
    id: str
    stamp: str


def standing_remarks(
    connection: Connection,
    filters: Filters = EVERYTHING,
    *,
    kinds: Collection[str] = (),
    overdue: bool = False,
    today: date,
) -> AnnotationList:
    """Return the remarks by area in the order of the region, and by OZG id. Raise NotFound.

    ``kinds`` and ``overdue`` limit them; ``today`` says which days have passed.
    """
    for kind in kinds:
        if kind not in KINDS:
            raise NotFound("annotation_kind_unknown", given=kind, known=", ".join(KINDS))
    chosen = select_cells(connection, filters, past=True)
    said: dict[tuple[str, str], dict[str, Remark]] = defaultdict(dict)
    for (ars, level, ozg_id), remark in remarks_of(connection, chosen).items():
        said[ars, level][ozg_id] = remark
    view = _View(connection, chosen, today)
    rows = [
        view.row(place, ozg_id, remark)
        for place in chosen.areas
        for ozg_id, remark in sorted(said.pop((place.ars, place.level), {}).items())
    ]
    kept = [
        row
        for row in rows
        if view.concerns(row) and (not kinds or row.remark in kinds) and (row.overdue or not overdue)
    ]
    return AnnotationList(kept, sum(map(len, said.values())))


def sheet_rows(connection: Connection, filters: Filters, *, only_remarks: bool = False) -> list[SheetRow]:
    """Return the gaps, and all cells with a remark, in the order of the list. Raise NotFound."""
    chosen = select_cells(connection, filters, past=True)
    said = remarks_of(connection, chosen)
    remarked = is_remarked(chosen.cells)
    wanted = remarked if only_remarks else or_(chosen.cells.c.gap, remarked)
    rows = read_cells(connection, chosen, wanted)
    return [
        _sheet_row(row, said.get((row.ars, row.level, row.ozg_id)))
        for row in rows
        if (row.ars, row.level, row.ozg_id) in said or (is_gap(row) and not only_remarks)
    ]


def _sheet_row(row: CellRow, remark: Remark | None) -> SheetRow:
    said = remark or NO_REMARK
    return SheetRow(
        ars=row.ars,
        area=row.area,
        level=row.level,
        ozg_id=row.ozg_id,
        title=row.title,
        theme=row.theme,
        status=row.status,
        since=row.since,
        remark=said.kind,
        planned_for=said.planned_for,
        unit=said.unit,
        comment=said.comment,
        by=said.actor,
        at=said.at,
        id=row_id(row.ars, row.level, row.ozg_id),
        stamp=said.stamp,
    )


def is_gap(row: CellRow) -> bool:
    """Tell whether a cell is a gap: its area is competent, and its status says that it is not online."""
    return row.competent == "yes" and row.status in GAP_STATUSES


def history(connection: Connection, area: str, service: str, *, level: str = "") -> list[HistoryRow]:
    """Return what was said about a cell, field by field, the oldest first. Raise NotFound."""
    return history_of(connection, find_area(connection, area, level), find_service(connection, service))


def history_of(connection: Connection, place: RegionArea, ozg_id: str) -> list[HistoryRow]:
    """Return the same for an area and a service that were found."""
    acts = histories(connection, [place.id]).get((place.ars, place.level, ozg_id), ())
    return [
        HistoryRow(
            number=act.number,
            at=act.at,
            by=act.actor,
            via=act.via,
            field="remark" if field == "kind" else field,
            before=getattr(standing(acts[:count]), field),
            after=getattr(act, field),
        )
        for count, act in enumerate(acts)
        for field in FIELDS
        if getattr(act, field) is not None
    ]


class _View:
    """Shows remarks beside what their cells say."""

    def __init__(self, connection: Connection, chosen: Selection, today: date) -> None:
        self._chosen = chosen
        self._today = today
        services = select(ozg_service.c.ozg_id, ozg_service.c.title, ozg_service.c.theme)
        self._services = {ozg_id: (title, theme) for ozg_id, title, theme in connection.execute(services)}
        cells = chosen.cells
        columns = (cells.c[name] for name in ("area_id", "ozg_id", "status", "reason", "gap"))
        query = select(*columns).where(is_remarked(cells))
        if chosen.limited:
            query = query.where(cells.c.area_id.in_([one.id for one in chosen.areas]))
        self._cells = {(row[0], row[1]): row[2:] for row in connection.execute(query)}

    def row(self, place: RegionArea, ozg_id: str, remark: Remark) -> AnnotationRow:
        """Return a remark as people read it; of a cell that is not there the status is empty."""
        title, theme = self._services.get(ozg_id, ("", ""))
        status, reason, gap = self._cells.get((place.id, ozg_id), ("", "", False))
        return AnnotationRow(
            id=row_id(place.ars, place.level, ozg_id),
            ars=place.ars,
            area=place.label,
            level=place.level,
            ozg_id=ozg_id,
            title=title,
            theme=theme,
            status=status,
            reason=reason,
            gap=gap,
            remark=remark.kind,
            planned_for=remark.planned_for,
            overdue=is_overdue(remark.planned_for, status, self._today),
            unit=remark.unit,
            comment=remark.comment,
            by=remark.actor,
            at=remark.at,
            stamp=remark.stamp,
        )

    def concerns(self, row: AnnotationRow) -> bool:
        """Tell whether a remark is about what was asked for."""
        chosen = self._chosen
        return (
            (chosen.themes is None or row.theme in chosen.themes)
            and (chosen.services is None or row.ozg_id in chosen.services)
            and (chosen.statuses is None or row.status in chosen.statuses)
        )
