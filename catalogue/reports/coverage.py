"""Coverage: how much is online, by four definitions side by side, each with its denominator.

Every share is a lower bound. What is unknown may be online as well; the upper bound says how much that
would make. ``checked`` counts links that answered lately; while no links are checked it is not measured,
which is something else than zero. Its upper bound has all but the broken ones, as a link that was not checked
may answer.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, case, func, select

from catalogue.annotations import local_day
from catalogue.errors import NotFound
from catalogue.reports.annotation_counts import remarked_gaps
from catalogue.reports.checked import CheckedCounts, count_checked
from catalogue.reports.filters import EVERYTHING, Filters, Selection, select_cells
from catalogue.reports.signals import Deduction, deductions
from catalogue.signals_rules import SignalRules
from catalogue.verdict import GAP_STATUSES, STATUSES

__all__ = ["DEFINITIONS", "REASONS", "SCOPES", "CoverageRow", "coverage", "share"]

#: The definitions of "online", in the order in which they are shown.
DEFINITIONS = ("any", "own", "share", "checked")
#: Whose cells are the denominator: those whose area is competent, or all.
SCOPES = ("competent", "all")
#: Why a cell is unknown.
REASONS = (
    "never_asked",
    "source_failed",
    "source_stale",
    "list_incomplete",
    "catalogue_incomplete",
    "competence_unresolved",
    "match_under_review",
)


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """The coverage of one area or of all chosen ones; docs/data-dictionary.md explains every field."""

    ars: str
    area: str
    level: str
    scope: str
    cells: int
    any_count: int
    any_share: float | None
    any_upper: float | None
    own_count: int
    own_share: float | None
    own_upper: float | None
    leaves: int
    leaves_online: int
    leaves_share: float | None
    leaves_upper: float | None
    checked_count: int | None
    checked_share: float | None
    checked_upper: float | None
    checked_broken: int | None
    online: int
    form: int
    described: int
    missing: int
    not_competent: int
    unknown: int
    unknown_never_asked: int
    unknown_source_failed: int
    unknown_source_stale: int
    unknown_list_incomplete: int
    unknown_catalogue_incomplete: int
    unknown_competence_unresolved: int
    unknown_match_under_review: int
    unresolved: int
    gaps: int
    voluntary: int
    voluntary_gaps: int
    stale: int
    unresolved_online: int
    unresolved_nothing: int
    inflated: int | None
    inflated_own: int | None
    inflated_leaves: int | None
    planned_gaps: int
    overdue_gaps: int
    not_offered_gaps: int
    covered_by_gaps: int


Counts = Counter[str]


def coverage(
    connection: Connection,
    filters: Filters = EVERYTHING,
    scope: str = "competent",
    without: SignalRules | None = None,
) -> list[CoverageRow]:
    """Return the coverage of each area in the order of the region, then of all of them together.

    The last row's level is ``region``, or ``selection`` if the filters left out areas. By the rules
    ``without``, inflated cells do not count as online; denominators and statuses stay. That cannot be told
    of a moment of the past. Raise NotFound.
    """
    if scope not in SCOPES:
        raise NotFound("scope_unknown", given=scope, known=", ".join(SCOPES))
    if filters.statuses:
        raise NotFound("coverage_status")
    if filters.as_of is not None and without is not None:
        raise NotFound("as_of_without")
    chosen = select_cells(connection, filters, past=True)
    cell = chosen.cells
    query = (
        select(
            cell.c.area_id,
            cell.c.status,
            cell.c.reason,
            cell.c.competent,
            cell.c.voluntary,
            cell.c.own,
            func.count(),
            func.sum(cell.c.leaves),
            func.sum(cell.c.leaves_online),
            func.sum(case((cell.c.stale, 1), else_=0)),
        )
        .where(chosen.condition())
        .group_by(
            cell.c.area_id,
            cell.c.status,
            cell.c.reason,
            cell.c.competent,
            cell.c.voluntary,
            cell.c.own,
        )
    )
    of_area: dict[int, Counts] = defaultdict(Counter)
    for area_id, *group in connection.execute(query):
        _count(of_area[area_id], _Group(*group), scope)
    if without is not None:
        left_out = deductions(connection, chosen, without, only_competent=scope == "competent")
        for area_id, deduction in left_out.items():
            _deduct(of_area[area_id], deduction)
    for area_id, counts in remarked_gaps(connection, chosen, local_day(filters.as_of)).items():
        of_area[area_id].update({f"{name}_gaps": count for name, count in counts._asdict().items()})
    if without is None:  # which of the inflated cells have a link that answers is not known
        _count_links(connection, chosen, scope, of_area)
    total: Counts = Counter()
    for one in chosen.areas:
        total.update(of_area[one.id])
    rows = [_row(one.ars, one.label, one.level, scope, of_area[one.id]) for one in chosen.areas]
    return [*rows, _row("", "", "selection" if chosen.limited else "region", scope, total)]


def _count_links(connection: Connection, chosen: Selection, scope: str, of_area: dict[int, Counts]) -> None:
    """Add what is known of links; nothing if none was ever checked."""
    checked = count_checked(connection, chosen, scope)
    for one in chosen.areas if checked is not None else ():
        found = (checked or {}).get(one.id, CheckedCounts())
        of_area[one.id].update({"measured": 1, "answered": found.answered, "broken": found.broken})


@dataclass(frozen=True)
class _Group:
    """Cells of one area that have all of this in common."""

    status: str
    reason: str
    competent: str
    voluntary: bool
    own: bool
    cells: int
    leaves: int
    leaves_online: int
    stale: int


def _count(counts: Counts, group: _Group, scope: str) -> None:
    if group.competent == "unresolved":
        counts["unresolved"] += group.cells
        if group.status == "online":
            counts["unresolved_online"] += group.cells
        if group.reason == "competence_unresolved":
            counts["unresolved_nothing"] += group.cells
    if scope == "competent" and group.competent != "yes":
        return
    counts["cells"] += group.cells
    counts[group.status] += group.cells
    counts["leaves"] += int(group.leaves)
    counts["leaves_online"] += int(group.leaves_online)
    counts["stale"] += int(group.stale)
    if group.own:
        counts["own"] += group.cells
    if group.status == "unknown":
        counts[f"unknown_{group.reason}"] += group.cells
        counts["leaves_unknown"] += int(group.leaves) - int(group.leaves_online)
    is_gap = group.competent == "yes" and group.status in GAP_STATUSES
    if is_gap:
        counts["gaps"] += group.cells
    if group.voluntary:
        counts["voluntary"] += group.cells
        counts["voluntary_gaps"] += group.cells if is_gap else 0


def _deduct(counts: Counts, deduction: Deduction) -> None:
    """Note what does not count, also where that is nothing."""
    counts["without"] = 1
    counts["inflated"] = deduction.cells
    counts["inflated_own"] = deduction.own
    counts["inflated_leaves"] = deduction.leaves


def _row(ars: str, name: str, level: str, scope: str, counts: Counts) -> CoverageRow:
    every, unknown, leaves = counts["cells"], counts["unknown"], counts["leaves"]
    online = counts["online"] - counts["inflated"]
    own = counts["own"] - counts["inflated_own"]
    leaves_online = counts["leaves_online"] - counts["inflated_leaves"]
    return CoverageRow(
        ars=ars,
        area=name,
        level=level,
        scope=scope,
        cells=every,
        any_count=online,
        any_share=share(online, every),
        any_upper=share(online + unknown, every),
        own_count=own,
        own_share=share(own, every),
        own_upper=share(own + unknown, every),
        leaves=leaves,
        leaves_online=leaves_online,
        leaves_share=share(leaves_online, leaves),
        leaves_upper=share(leaves_online + counts["leaves_unknown"], leaves),
        **_checked(counts),
        unresolved=counts["unresolved"],
        unresolved_online=counts["unresolved_online"],
        unresolved_nothing=counts["unresolved_nothing"],
        gaps=counts["gaps"],
        voluntary=counts["voluntary"],
        voluntary_gaps=counts["voluntary_gaps"],
        stale=counts["stale"],
        inflated=counts["inflated"] if counts["without"] else None,
        inflated_own=counts["inflated_own"] if counts["without"] else None,
        inflated_leaves=counts["inflated_leaves"] if counts["without"] else None,
        planned_gaps=counts["planned_gaps"],
        overdue_gaps=counts["overdue_gaps"],
        not_offered_gaps=counts["not_offered_gaps"],
        covered_by_gaps=counts["covered_by_gaps"],
        **{status: counts[status] for status in STATUSES},
        **{f"unknown_{reason}": counts[f"unknown_{reason}"] for reason in REASONS},
    )


def _checked(counts: Counts) -> dict[str, Any]:
    every, measured = counts["cells"], bool(counts["measured"])
    upper = counts["online"] - counts["broken"] + counts["unknown"]
    return {
        "checked_count": counts["answered"] if measured else None,
        "checked_share": share(counts["answered"], every) if measured else None,
        "checked_upper": share(upper, every) if measured else None,
        "checked_broken": counts["broken"] if measured else None,
    }


def share(part: int, whole: int) -> float | None:
    """Return a share of 0 to 1; None if there is nothing to have a share of."""
    return round(part / whole, 4) if whole else None
