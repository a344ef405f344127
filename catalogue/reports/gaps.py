"""The gap list: services an area has to offer and does not offer online.

What is unknown is no gap. It is counted beside the list, so that a short list is not mistaken for a good one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from sqlalchemy import Connection, case, func, select

from catalogue.annotations import local_day
from catalogue.reports.annotation_counts import RemarkCounts, count_remarks
from catalogue.reports.cells import CellRow, read_cells, with_signals
from catalogue.reports.checked import DeadLink, dead_links
from catalogue.reports.filters import EVERYTHING, Filters, Selection, select_cells
from catalogue.signals_rules import SignalRules
from catalogue.verdict import GAP_STATUSES

__all__ = ["GapList", "Unresolved", "gaps", "unknown_cells", "unresolved_cells"]


class Unresolved(NamedTuple):
    """Cells of the same areas, themes and services for which nobody knows who is competent.

    They are no gaps, whatever they say. Some are online all the same; of ``nothing`` nothing was found, and
    their unresolved competence is the reason why they are unknown.
    """

    cells: int = 0
    online: int = 0
    nothing: int = 0


NONE_UNRESOLVED = Unresolved()
NO_REMARKS = RemarkCounts()


@dataclass(frozen=True)
class GapList:
    """The gaps, and what has to be said beside them."""

    rows: list[CellRow]
    voluntary: int  # gaps in services nobody is obliged to offer
    stale: int  # gaps that rest on a source that was not read lately
    unknown: dict[str, int]  # cells of the same areas, themes and services, by reason
    unresolved: Unresolved = NONE_UNRESOLVED
    remarks: RemarkCounts = NO_REMARKS
    dead_links: tuple[DeadLink, ...] = ()  # no gaps: online by their sources, with a link that is broken


def gaps(connection: Connection, filters: Filters = EVERYTHING, rules: SignalRules | None = None) -> GapList:
    """Return the gaps by area in the order of the region, theme and OZG id. Raise NotFound.

    With ``rules`` each says which signals its offers have, unless the areas are too many for that.
    """
    chosen = select_cells(connection, filters, allowed=GAP_STATUSES, past=True)
    cell = chosen.cells
    rows = with_signals(connection, chosen, read_cells(connection, chosen, cell.c.gap), rules)
    place = {(one.ars, one.level): number for number, one in enumerate(chosen.areas)}
    rows.sort(key=lambda row: (place[row.ars, row.level], row.theme, row.ozg_id))
    return GapList(
        rows=rows,
        voluntary=sum(row.voluntary for row in rows),
        stale=sum(row.stale for row in rows),
        unknown=unknown_cells(connection, chosen),
        unresolved=unresolved_cells(connection, chosen),
        remarks=count_remarks(((row.remark, row.planned_for) for row in rows), local_day(filters.as_of)),
        dead_links=tuple(dead_links(connection, chosen)),
    )


def unknown_cells(connection: Connection, chosen: Selection) -> dict[str, int]:
    """Return how many cells of the chosen areas, themes and services are unknown, by reason."""
    cell = chosen.cells
    query = (
        select(cell.c.reason, func.count())
        .where(replace(chosen, statuses=None).condition(), cell.c.status == "unknown")
        .group_by(cell.c.reason)
        .order_by(func.count().desc(), cell.c.reason)
    )
    return dict(connection.execute(query).all())


def unresolved_cells(connection: Connection, chosen: Selection) -> Unresolved:
    """Return how many cells of the chosen areas, themes and services nobody knows the competence of."""
    cell = chosen.cells
    query = select(
        func.count(),
        func.sum(case((cell.c.status == "online", 1), else_=0)),
        func.sum(case((cell.c.reason == "competence_unresolved", 1), else_=0)),
    ).where(replace(chosen, statuses=None).condition(), cell.c.competent == "unresolved")
    return Unresolved(*(int(count or 0) for count in connection.execute(query).one()))
