"""What changed lately and why, and the share over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from markupsafe import Markup
from sqlalchemy import Connection

from catalogue.errors import NotFound
from catalogue.history import first_whole_edition
from catalogue.reports.changes import ChangeRow, changes
from catalogue.reports.filters import Filters
from catalogue.reports.movement import Explained, explained
from catalogue.reports.page.charts import Point, chart_of
from catalogue.reports.page.frame import Frame
from catalogue.reports.page.places import REGION_PAGES, anchor, evidence_page
from catalogue.reports.page.setting import Setting
from catalogue.reports.trend import TrendPoint, trend

__all__ = ["changes_page", "movement_of", "movement_part", "trend_parts"]

#: The period that is explained, and the one whose changes are listed singly.
DAYS: Final = 7
#: So many changes are listed, the newest first; the rest is counted.
MOST_LISTED: Final = 800
#: Figures whose movement is shown: on the region's page, and on the page of changes.
BRIEF: Final = ("any_count",)
FULL: Final = ("any_count", "own_count", "leaves_online", "checked_count", "gaps", "unknown", "cells")
#: A year has room in a drawing.
TREND_DAYS: Final = 365


class TrendRow(NamedTuple):
    """One point of a line: its bounds, the count behind the lower one, and of how many."""

    date: date
    low: float
    high: float
    counted: int
    of: int
    unknown: int
    breaks: tuple[str, ...]


@dataclass(frozen=True)
class Moved:
    """The movement of the region's figures in a period; ``problem`` says why it cannot be told."""

    since: date
    until: date
    figures: Sequence[Explained]
    problem: str = ""


def movement_of(setting: Setting, frame: Frame, connection: Connection, names: Sequence[str]) -> Moved:
    """Return how the region's figures moved in the last days. What was not kept cannot be explained."""
    since, until = _period(frame, connection)
    days = since.astimezone().date(), until.astimezone().date()
    filters = _without_moment(frame.options.filters)
    try:
        rows = explained(connection, filters, since, until)
    except NotFound as error:
        return Moved(*days, (), setting.text.error(error.code, error.params))
    totals = {row.figure: row for row in rows if row.level in {"region", "selection"}}
    return Moved(*days, [totals[name] for name in names if _is_measured(totals[name])])


def _period(frame: Frame, connection: Connection) -> tuple[datetime, datetime]:
    """Return the last days, or what of them is kept: history may have begun later."""
    until = frame.options.filters.as_of or frame.now
    since = until - timedelta(days=DAYS)
    first = first_whole_edition(connection)
    if first is None:
        return since, until
    return max(since, datetime.fromisoformat(first.at) + timedelta(seconds=1)), until


def _is_measured(row: Explained) -> bool:
    return row.before is not None and row.after is not None


def _without_moment(filters: Filters) -> Filters:
    return replace(filters, as_of=None)


def movement_part(setting: Setting, moved: Moved, *, brief: bool) -> Markup:
    """Return the part of a page that explains the movement."""
    return setting.part("_movement.html", moved=moved, brief=brief)


def trend_parts(setting: Setting, frame: Frame, connection: Connection) -> dict[str, Markup]:
    """Return the share of the region over time, by definition."""
    filters = _without_moment(frame.options.filters)
    # What happened at the very moment of the page belongs to it.
    until = frame.options.filters.as_of or frame.now + timedelta(seconds=1)
    points = trend(connection, filters, days=TREND_DAYS, until=until)
    of_region = [one for one in points if one.level in {"region", "selection"}]
    last = (until - timedelta(seconds=1)).astimezone().date()
    return {code: _trend_part(setting, _rows(of_region, code), code, last) for code in REGION_PAGES}


def _rows(points: Sequence[TrendPoint], definition: str) -> list[TrendRow]:
    rows = []
    for one in points:
        count, of = {
            "any": (one.any_count, one.cells),
            "own": (one.own_count, one.cells),
            "share": (one.leaves_online, one.leaves),
            "checked": (one.checked_count, one.cells),
        }[definition]
        if count is not None and of:
            # Of single LeiKa services nobody counts how many are unknown.
            unknown = one.unknown if definition in {"any", "own"} else 0
            rows.append(
                TrendRow(
                    date.fromisoformat(one.date),
                    round(count / of, 4),
                    round((count + unknown) / of, 4),
                    count,
                    of,
                    one.unknown,
                    one.breaks,
                )
            )
    return rows


def _trend_part(setting: Setting, rows: Sequence[TrendRow], definition: str, last: date) -> Markup:
    points = [Point(row.date, row.low, row.high, row.breaks) for row in rows]
    return setting.part(
        "_trend.html",
        chart=chart_of(points, last) if len(points) > 1 else None,
        rows=rows,
        rows_with_breaks=[row for row in rows if row.breaks],
        definition=definition,
    )


def changes_page(setting: Setting, frame: Frame, connection: Connection) -> tuple[str, str]:
    """Return the page of changes with its name."""
    since, until = _period(frame, connection)
    rows = changes(connection, _without_moment(frame.options.filters), since=since, until=until)
    moved = [row for row in rows if row.old_status != row.new_status]
    slug_of = {theme.name: theme.slug for theme in frame.themes}
    name = "aenderungen.html"
    page = setting.page(
        "changes.html",
        name,
        section="changes",
        movement_part=movement_part(setting, movement_of(setting, frame, connection, FULL), brief=False),
        since=since.astimezone().date(),
        rows=[_listed(setting, frame, row, slug_of) for row in reversed(moved[-MOST_LISTED:])],
        rows_count=len(moved),
    )
    return name, page


def _listed(setting: Setting, frame: Frame, row: ChangeRow, slug_of: Mapping[str, str]) -> dict[str, object]:
    """Return one change with the place of its evidence, which areas that left the region do not have."""
    known = (row.ars, row.level) in frame.rows and row.theme in slug_of
    place = f"{evidence_page(row.ars, row.level, slug_of[row.theme])}#{anchor(row.ozg_id)}" if known else ""
    word = setting.text.word

    def status(code: str, reason: str) -> str:
        shown = word("status", code) if code else setting.text("word.no_cell")
        return f"{shown} ({word('reason', reason)})" if reason else shown

    return {
        "at": row.at,
        "area": row.area,
        "title": row.title,
        "place": place,
        "old": status(row.old_status, row.old_reason),
        "new": status(row.new_status, row.new_reason),
        "cause": row.cause,
        "source": row.source,
    }
