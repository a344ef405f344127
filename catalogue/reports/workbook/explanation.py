"""The last sheet: what the figures mean, where they come from, and how the list is sent back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from catalogue.priority_rules import PriorityRules
from catalogue.reports.coverage import REASONS, CoverageRow
from catalogue.reports.workbook.gapsheet import gap_columns
from catalogue.reports.workbook.material import Common, Question
from catalogue.reports.workbook.safety import clean
from catalogue.reports.workbook.sheet import Look, Sheet, print_layout, row_height
from catalogue.reports.workbook.styles import Kind
from catalogue.reports.workbook.words import lines_of
from catalogue.texts import Texts
from catalogue.verdict import STATUSES

__all__ = ["Explained", "write_explanation"]

WIDTHS = (34, 92, 12, 12, 12, 12)
#: Texts that explain, in their order (messages, section ``workbook_note``).
RETURNING = ("return_fill", "return_sort", "return_ids", "return_send", "return_privacy", "return_conflict")
AREAS_NAMED = 20
#: Counts of a row of coverage that are told, in their order.
COUNTS = (
    "gaps",
    "voluntary_gaps",
    "planned_gaps",
    "overdue_gaps",
    "not_offered_gaps",
    "covered_by_gaps",
    "stale",
    "unknown",
)
READING = ("lower_bound", "unknown", "voluntary", "inherited", "priority", "peers", "printing")


@dataclass(frozen=True)
class Explained:
    """What the sheet is about; ``sheets`` are the finished ones by name."""

    title: str
    question: Question
    common: Common
    total: CoverageRow
    sheets: Mapping[str, Sheet[Any]]
    several: bool


class _Figure(NamedTuple):
    """A count with its denominator and what would be the most."""

    code: str
    counted: int | None
    whole: int
    share: float | None
    upper: float | None


def write_explanation(sheet: Any, look: Look, explained: Explained) -> None:
    """Write the sheet."""
    page = _Page(sheet, look)
    text = look.text
    page.title(text("workbook.title", area=explained.title))
    _origin(page, explained)
    page.section(text("workbook_part.figures"), figures=True)
    for figure in _figures(explained.total):
        page.figure(figure)
    _counts(page, explained.total)
    page.section(text("workbook_part.sheets"))
    for name, one in explained.sheets.items():
        page.fact(text(f"workbook_sheet.{name}"), text(f"workbook_about.{name}"), one.rows)
    page.section(text("workbook_part.returning"))
    for code in RETURNING:
        page.fact(text(f"workbook_term.{code}"), text(f"workbook_note.{code}"))
    page.section(text("workbook_part.reading"))
    for code in READING:
        page.fact(text(f"workbook_term.{code}"), text(f"workbook_note.{code}"))
    page.section(text("workbook_part.statuses"))
    for status in STATUSES:
        page.fact(text.word("status", status), text(f"workbook_status.{status}"))
    page.section(text("workbook_part.columns"))
    for column in gap_columns(text, {}, several=explained.several):
        if not column.hidden:
            said = column.heading or text(f"workbook_column.{column.key}")
            page.fact(said, text(f"workbook_help.{column.key}"))
    _limits(page, explained)
    page.finish()


class _Page:
    """Writes the sheet line by line: a term, what is said about it, and figures behind it."""

    def __init__(self, sheet: Any, look: Look) -> None:
        self.text = look.text
        self._sheet, self._look, self._row = sheet, look, 0
        sheet.hide_gridlines(2)
        for place, width in enumerate(WIDTHS):
            sheet.set_column(place, place, width)

    def title(self, said: str) -> None:
        """Write the title of the sheet."""
        self._sheet.set_row(self._row, 28)
        self._put(0, said, self._look.styles.title())
        self._row += 1

    def section(self, said: str, *, figures: bool = False) -> None:
        """Begin a part, with headers for its figures if it has any."""
        self._row += 1
        styles = self._look.styles
        headers = ("count", "whole", "share", "upper") if figures else ()
        named = [said, "", *(self.text(f"workbook_figure.{name}") for name in headers)]
        for place, one in enumerate(named):
            self._put(place, one, styles.section(right=place > 1))
        self._row += 1

    def fact(self, term: str, said: str, count: int | None = None) -> None:
        """Write a term with what is said about it, and a figure if there is one."""
        self._explain(term, said)
        if count is not None:
            self._number(2, count, "integer")
        self._row += 1

    def figure(self, one: _Figure) -> None:
        """Write a figure with its definition and denominator."""
        self._explain(self.text(f"workbook_term.{one.code}"), self.text(f"definition.{one.code}"))
        if one.counted is None:
            self._put(2, self.text("workbook.not_measured"), self._look.styles.value("wrapped"))
        else:
            self._number(2, one.counted, "integer")
        self._number(3, one.whole, "integer")
        self._number(4, one.share, "share")
        self._number(5, one.upper, "share")
        self._row += 1

    def finish(self) -> None:
        """Lay the sheet out for printing."""
        print_layout(self._sheet, self._look)

    def _explain(self, term: str, said: str) -> None:
        lines = max(lines_of(term, WIDTHS[0]), lines_of(said, WIDTHS[1]))
        self._sheet.set_row(self._row, row_height(lines))
        self._put(0, term, self._look.styles.value("wrapped", bold=True))
        self._put(1, said, self._look.styles.value("wrapped"))

    def _put(self, place: int, said: str, style: Any) -> None:
        self._sheet.write_string(self._row, place, clean(said), style)

    def _number(self, place: int, value: float | None, kind: Kind) -> None:
        style = self._look.styles.value(kind)
        if value is None:
            self._sheet.write_blank(self._row, place, None, style)
        else:
            self._sheet.write_number(self._row, place, value, style)


def _origin(page: _Page, explained: Explained) -> None:
    text, common, question = page.text, explained.common, explained.question
    page.section(text("workbook_part.origin"))
    page.fact(text("workbook_term.region"), common.region.name or "–")
    page.fact(text("workbook_term.read"), text.moment(common.region.as_of))
    if question.filters.as_of is not None:
        moment = text.moment(question.filters.as_of.isoformat())
        page.fact(text("workbook_term.as_of"), text("workbook_note.as_of", moment=moment))
    page.fact(text("workbook_term.made"), _made(text, question))
    page.fact(text("workbook_term.selection"), _selection(text, common, question))
    _priorities(page, question.priority_rules)
    page.fact(text("workbook_term.signal_rules"), question.signal_rules.rules)
    for one in common.releases:
        said = text(
            "workbook.release",
            origin=one.origin,
            day=text.day(one.as_of),
            imported=text.moment(one.imported_at),
            licence=one.licence,
        )
        page.fact(text("workbook.table", name=text.word("reference_table", one.table)), said)


def _priorities(page: _Page, rules: PriorityRules) -> None:
    """Say by which rules and lists priorities were reckoned, and which of these are inferred."""
    text = page.text
    page.fact(text("workbook_term.priority_rules"), rules.name)
    for one in rules.lists:
        said = text("workbook.list_inferred", origin=one.origin) if one.inferred else one.origin
        page.fact(text("workbook.list", name=text.word("priority_list", one.name)), said)


def _made(text: Texts, question: Question) -> str:
    return text("workbook.made", moment=text.moment(question.now.isoformat()), version=question.version)


def _selection(text: Texts, common: Common, question: Question) -> str:
    asked = question.filters
    areas = common.chosen.areas
    parts = []
    if common.chosen.limited:
        names = [one.label for one in areas[:AREAS_NAMED]]
        if len(areas) > AREAS_NAMED:
            names.append(text("workbook.more", count=text.number(len(areas) - AREAS_NAMED)))
        parts.append(text("workbook.areas", names=", ".join(names)))
    else:
        parts.append(text("workbook.all_areas", count=text.number(len(areas))))
    for name, values in (("themes", asked.themes), ("services", asked.services)):
        if values:
            parts.append(text(f"workbook.{name}", names=", ".join(values)))
    if asked.statuses:
        words = ", ".join(text.word("status", one) for one in asked.statuses)
        parts.append(text("workbook.statuses", names=words))
    return "\n".join(parts)


def _figures(row: CoverageRow) -> list[_Figure]:
    return [
        _Figure("any", row.any_count, row.cells, row.any_share, row.any_upper),
        _Figure("own", row.own_count, row.cells, row.own_share, row.own_upper),
        _Figure("share", row.leaves_online, row.leaves, row.leaves_share, row.leaves_upper),
        _Figure("checked", row.checked_count, row.cells, row.checked_share, row.checked_upper),
    ]


def _counts(page: _Page, row: CoverageRow) -> None:
    text = page.text
    for name in COUNTS:
        page.fact(text(f"workbook_term.{name}"), text(f"workbook_count.{name}"), getattr(row, name))
    for reason in REASONS:
        count = getattr(row, f"unknown_{reason}")
        if count:
            term = text("workbook.of_these", what=text.word("reason", reason))
            page.fact(term, text(f"workbook_step.{reason}"), count)
    page.fact(text("workbook_term.unresolved"), text("workbook_count.unresolved"), row.unresolved)


def _limits(page: _Page, explained: Explained) -> None:
    """Say what did not fit, if anything."""
    text = page.text
    links = {name: sheet.links_left_out for name, sheet in explained.sheets.items() if sheet.links_left_out}
    rows = {name: sheet.left_out for name, sheet in explained.sheets.items() if sheet.left_out}
    if not links and not rows:
        return
    page.section(text("workbook_part.limits"))
    for name, count in links.items():
        said = text("workbook.links_left_out", count=text.number(count))
        page.fact(text(f"workbook_sheet.{name}"), said, count)
    for name, count in rows.items():
        said = text("workbook.rows_left_out", count=text.number(count))
        page.fact(text(f"workbook_sheet.{name}"), said, count)
