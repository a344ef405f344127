"""The gap list: services an area has to offer and does not offer online.

What is unknown is no gap. It is counted beside the list, so that a short list is not mistaken for a good one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, case, func, select

from catalogue.reports.cells import CellRow, read_cells, with_signals
from catalogue.reports.filters import EVERYTHING, Filters, select_cells
from catalogue.signals_rules import SignalRules
from catalogue.tables import cell
from catalogue.verdict import GAP_STATUSES

__all__ = ["GapList", "Unresolved", "gaps"]


class Unresolved(NamedTuple):
    """Cells of the same areas, themes and services for which nobody knows who is competent.

    They are no gaps, whatever they say. Some are online all the same; of ``nothing`` nothing was found, and
    their unresolved competence is the reason why they are unknown.
    """

    cells: int = 0
    online: int = 0
    nothing: int = 0


NONE_UNRESOLVED = Unresolved()


@dataclass(frozen=True)
class GapList:
    """The gaps, and what has to be said beside them."""

    rows: list[CellRow]
    voluntary: int  # gaps in services nobody is obliged to offer
    stale: int  # gaps that rest on a source that was not read lately
    unknown: dict[str, int]  # cells of the same areas, themes and services, by reason
    unresolved: Unresolved = NONE_UNRESOLVED


def gaps(connection: Connection, filters: Filters = EVERYTHING, rules: SignalRules | None = None) -> GapList:
    """Return the gaps by area in the order of the region, theme and OZG id. Raise NotFound.

    With ``rules`` each says which signals its offers have, unless the areas are too many for that.
    """
    chosen = select_cells(connection, filters, allowed=GAP_STATUSES)
    rows = with_signals(connection, chosen, read_cells(connection, chosen, cell.c.gap), rules)
    place = {(one.ars, one.level): number for number, one in enumerate(chosen.areas)}
    rows.sort(key=lambda row: (place[row.ars, row.level], row.theme, row.ozg_id))
    whole = replace(chosen, statuses=None).condition()
    unknown = (
        select(cell.c.reason, func.count())
        .where(whole, cell.c.status == "unknown")
        .group_by(cell.c.reason)
        .order_by(func.count().desc(), cell.c.reason)
    )
    return GapList(
        rows=rows,
        voluntary=sum(row.voluntary for row in rows),
        stale=sum(row.stale for row in rows),
        unknown=dict(connection.execute(unknown).all()),
        unresolved=_unresolved(connection, whole),
    )


def _unresolved(connection: Connection, condition: ColumnElement[bool]) -> Unresolved:
    query = select(
        func.count(),
        func.sum(case((cell.c.status == "online", 1), else_=0)),
        func.sum(case((cell.c.reason == "competence_unresolved", 1), else_=0)),
    ).where(condition, cell.c.competent == "unresolved")
    return Unresolved(*(int(count or 0) for count in connection.execute(query).one()))
