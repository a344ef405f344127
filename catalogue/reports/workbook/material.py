"""What a workbook is made of: the areas one after the other, and what is said about all of them together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection

from catalogue.annotations import CellKey, Remark, is_overdue, local_day, remarks
from catalogue.priority_rules import PriorityRules, packaged_priority_rules
from catalogue.reference.releases import Release, releases
from catalogue.reports.cells import CellRow, read_cells, with_signals
from catalogue.reports.coverage import CoverageRow, coverage
from catalogue.reports.filters import EVERYTHING, Filters, RegionArea, Selection, select_cells
from catalogue.reports.region import RegionRow, region_now
from catalogue.reports.workbook.sourcelines import SourceLine, SourceLines
from catalogue.reports.worklist import WorkList, worklists
from catalogue.signals_rules import SignalRules, packaged_rules
from catalogue.verdict import GAP_STATUSES

__all__ = ["AreaPart", "Common", "Question", "RemarkLine", "read_common", "read_parts"]

#: So many areas are read together: their names, signals and remarks cost as much as those of one.
AREAS_AT_ONCE = 20


@dataclass(frozen=True)
class Question:
    """What to write a workbook about; ``now`` has an offset, ``version`` is the program's.

    Where no rules are given those of this version are used. A ``published`` workbook has no columns about
    who wrote a remark and what sources reported: these may name people, hosts and paths.
    """

    now: datetime
    version: str
    filters: Filters = EVERYTHING
    priority_rules: PriorityRules = field(default_factory=packaged_priority_rules)
    signal_rules: SignalRules = field(default_factory=packaged_rules)
    published: bool = False


@dataclass(frozen=True, slots=True)
class RemarkLine:
    """A cell with what officers said about it, and whether the day they named has passed."""

    cell: CellRow
    remark: Remark
    overdue: bool


@dataclass(frozen=True)
class AreaPart:
    """Everything a workbook says about one area; ``cells`` are all of them, the gaps included."""

    place: RegionArea
    work: WorkList
    cells: list[CellRow]
    remarks: list[RemarkLine]


@dataclass(frozen=True)
class Common:
    """What is said beside the areas: the region, where the figures come from, and the figures themselves."""

    chosen: Selection
    region: RegionRow
    releases: list[Release]
    coverage: Mapping[tuple[str, str], CoverageRow]  # by regional key and level
    total: CoverageRow
    sources: SourceLines

    def lines_of(self, place: RegionArea | None) -> list[SourceLine]:
        """Return the sources heard in an area, or all of them."""
        return self.sources.everywhere() if place is None else self.sources.of_area(place.id)


def read_common(connection: Connection, question: Question) -> Common:
    """Read what is said beside the areas. Raise NotFound for what the filters name in vain."""
    asked = question.filters
    chosen = select_cells(connection, asked, allowed=GAP_STATUSES, past=True)
    *rows, total = coverage(connection, replace(asked, statuses=()))
    return Common(
        chosen=chosen,
        region=region_now(connection),
        releases=_in_force(releases(connection)),
        coverage={(row.ars, row.level): row for row in rows},
        total=total,
        sources=SourceLines.load(connection, question.now, [place.id for place in chosen.areas]),
    )


def _in_force(known: list[Release]) -> list[Release]:
    """Return the last release of each table."""
    return list({one.table: one for one in known}.values())


def read_parts(connection: Connection, question: Question, chosen: Selection) -> Iterator[AreaPart]:
    """Yield the chosen areas in the order of the region; a few of them are in memory at a time."""
    work = worklists(
        connection,
        question.filters,
        priority_rules=question.priority_rules,
        signal_rules=question.signal_rules,
        today=question.now,
    )
    for start in range(0, len(chosen.areas), AREAS_AT_ONCE):
        group = chosen.areas[start : start + AREAS_AT_ONCE]
        part = replace(chosen, areas=group, limited=True, statuses=None)
        rows = with_signals(connection, part, read_cells(connection, part), question.signal_rules)
        said = remarks(connection, [one.id for one in group], as_of=question.filters.as_of)
        of_area: dict[tuple[str, str], list[CellRow]] = {(one.ars, one.level): [] for one in group}
        for row in rows:
            of_area[row.ars, row.level].append(row)
        for place in group:
            cells = of_area.pop((place.ars, place.level))
            yield AreaPart(place, next(work), cells, _lines(cells, said, question))


def _lines(cells: list[CellRow], said: Mapping[CellKey, Remark], question: Question) -> list[RemarkLine]:
    today = local_day(question.filters.as_of or question.now)
    found = ((row, said.get((row.ars, row.level, row.ozg_id))) for row in cells)
    return [
        RemarkLine(row, remark, is_overdue(remark.planned_for, row.status, today))
        for row, remark in found
        if remark is not None
    ]
