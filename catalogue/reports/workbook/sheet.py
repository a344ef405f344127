"""One sheet of a workbook: columns, rows written one after the other, and how it is used and printed.

Rows go to a temporary file at once and cannot be changed any more; what concerns all of them (filter,
lists of choices, colours, print layout) is added at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, NamedTuple, TypeVar

from xlsxwriter.utility import xl_rowcol_to_cell as cell_name  # type: ignore[import-untyped]  # has no types

from catalogue.reports.workbook.safety import MOST_LINKS, MOST_ROWS, clean, heading, label_of, link_of
from catalogue.reports.workbook.styles import WARNING, Kind, Styles
from catalogue.reports.workbook.words import lines_of
from catalogue.texts import Texts

__all__ = ["Column", "Look", "Sheet", "Value", "WebLink", "print_layout", "row_height"]

R = TypeVar("R")

#: Paper sizes are numbers: 9 is A4. Margins are inches.
A4 = 9
MARGINS = {"left": 0.4, "right": 0.4, "top": 0.75, "bottom": 0.6}
LINE_HEIGHT = 12.8  # points
HEADER_HEIGHT = 44  # points: three lines
FIRST_DAY = date(1900, 3, 1)  # spreadsheets disagree about the days before


class WebLink(NamedTuple):
    """A text that leads to an address; both are shown where the address is no link a workbook may have."""

    label: str
    url: str


Value = str | int | float | date | datetime | WebLink | None


@dataclass(frozen=True)
class Column(Generic[R]):
    """One column: the code of its header (section ``workbook_column``), how wide it is, what it shows.

    ``heading`` replaces the header; ``width`` is in characters. ``rule`` says what may be entered, in
    XlsxWriter's words for a data validation.
    """

    key: str
    width: float
    show: Callable[[Texts, R], Value]
    kind: Kind = "text"
    heading: str = ""
    officer: bool = False
    printed: bool = False
    hidden: bool = False
    rule: Mapping[str, object] = field(default_factory=dict)
    #: Words that give their cell colours, with paper and ink.
    colours: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    #: How a day is shown once it has passed; empty: as before.
    passed: str = ""


class Look(NamedTuple):
    """What all sheets of a workbook share: styles, words, and what the printed page says above and below."""

    styles: Styles
    text: Texts
    above: str
    below: str


class Sheet(Generic[R]):
    """A sheet with a header, a filter and rows. Columns that are printed come first."""

    def __init__(self, sheet: Any, columns: Sequence[Column[R]], look: Look, frozen: int) -> None:
        self.sheet = sheet
        self.rows = 0
        self.left_out = 0
        self.links_left_out = 0
        self._links = 0
        self._of_column: dict[int, Any] = {}
        self._columns = tuple(columns)
        self._look = look
        styles, text = look.styles, look.text
        sheet.freeze_panes(1, frozen)
        sheet.set_row(0, HEADER_HEIGHT)
        for place, one in enumerate(columns):
            # What officers may fill in keeps its style below the last row as well.
            style = styles.value(one.kind, officer=True) if one.officer else None
            sheet.set_column(place, place, one.width, style, {"hidden": one.hidden})
        for place, one in enumerate(columns):
            said = one.heading or text(f"workbook_column.{one.key}")
            sheet.write_string(0, place, clean(said), styles.head(officer=one.officer))

    def add(self, row: R, *, bold: bool = False) -> None:
        """Write a row; what no longer fits onto a sheet is counted, and said in its last row."""
        if self.rows >= MOST_ROWS - 2:
            self.left_out += 1
            return
        self.rows += 1
        shown = [one.show(self._look.text, row) for one in self._columns]
        lines = max(map(_lines, self._columns, shown))
        if lines > 1:
            # Not every program makes rows as high as their texts when it opens a file.
            self.sheet.set_row(self.rows, row_height(lines))
        for place, (one, value) in enumerate(zip(self._columns, shown, strict=True)):
            self._write(place, one, value, bold)

    def finish(self, empty: str, total: R | None = None) -> None:
        """Add what concerns all rows; ``empty`` is said in place of rows if there are none.

        ``total`` stands below the rows and is neither filtered nor sorted with them.
        """
        sheet, text, styles = self.sheet, self._look.text, self._look.styles
        last, wide = max(self.rows, 1), len(self._columns) - 1
        sheet.autofilter(0, 0, last, wide)
        if not self.rows:
            sheet.write_string(1, 0, clean(empty), styles.note())
        if self.left_out:
            said = text("workbook.rows_left_out", count=text.number(self.left_out))
            sheet.write_string(self.rows + 1, 0, clean(said), styles.note())
        for place, one in enumerate(self._columns):
            self._assist(place, one, last)
        ids = [place for place, one in enumerate(self._columns) if one.kind == "id"]
        if ids:
            # Keys are texts though they look like numbers; the program need not warn of that.
            sheet.ignore_errors({"number_stored_as_text": _ranges(ids, last)})
        if total is not None:
            self.add(total, bold=True)
        print_layout(sheet, self._look)
        sheet.repeat_rows(0)
        printed = sum(one.printed for one in self._columns)
        sheet.print_area(0, 0, max(last, self.rows + bool(self.left_out)), printed - 1)

    def _assist(self, place: int, one: Column[R], last: int) -> None:
        if one.rule:
            self.sheet.data_validation(1, place, last, place, dict(one.rule))
        for word, pair in one.colours.items():
            condition = {
                "type": "cell",
                "criteria": "==",
                "value": '"' + word.replace('"', '""') + '"',
                "format": self._look.styles.colours(pair),
            }
            self.sheet.conditional_format(1, place, last, place, condition)
        if one.passed:
            style = self._look.styles.colours(WARNING, one.passed)
            first = cell_name(1, place)
            formula = f"=AND(ISNUMBER({first}),{first}<TODAY())"
            condition = {"type": "formula", "criteria": formula, "format": style}
            self.sheet.conditional_format(1, place, last, place, condition)

    def _write(self, place: int, one: Column[R], value: Value, bold: bool) -> None:
        at, style = self.rows, self._style(place, one, bold)
        if isinstance(value, WebLink):
            self._write_link(place, value, one)
        elif isinstance(value, bool):
            raise TypeError(one.key)  # yes and no are words
        elif value is None or value == "":
            self.sheet.write_blank(at, place, None, style)
        elif isinstance(value, str):
            self.sheet.write_string(at, place, _as_lines(one, clean(value)), style)
        elif isinstance(value, int | float):
            self.sheet.write_number(at, place, value, style)
        elif (value.date() if isinstance(value, datetime) else value) < FIRST_DAY:
            self.sheet.write_string(at, place, value.isoformat(), style)
        else:
            self.sheet.write_datetime(at, place, value, style)

    def _style(self, place: int, one: Column[R], bold: bool) -> Any:
        """Return the style of a cell; that of ordinary rows is made once for each column."""
        if bold:
            return self._look.styles.value(one.kind, officer=one.officer, bold=True)
        if place not in self._of_column:
            self._of_column[place] = self._look.styles.value(one.kind, officer=one.officer)
        return self._of_column[place]

    def _write_link(self, place: int, value: WebLink, one: Column[R]) -> None:
        styles, at = self._look.styles, self.rows
        label, url = label_of(value.label), link_of(value.url)
        if url and self._links < MOST_LINKS:
            self._links += 1
            style = styles.value("link", officer=one.officer)
            self.sheet.write_url(at, place, url, style, label or label_of(url))
            return
        self.links_left_out += bool(url)
        both = label if value.url in label else f"{label} ({value.url})" if label else value.url
        self.sheet.write_string(
            at, place, _as_lines(one, clean(both)), styles.value("text", officer=one.officer)
        )


def print_layout(sheet: Any, look: Look) -> None:
    """Lay a sheet out for A4 landscape, as wide as the page, with page numbers."""
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.set_margins(**MARGINS)
    sheet.fit_to_pages(1, 0)
    sheet.set_header(f"&L&B{heading(look.above)}&R&A")
    page = look.text("workbook.page", page="&P", pages="&N")
    sheet.set_footer(f"&L{heading(look.below)}&R{page}")


def row_height(lines: int) -> float:
    """Return how high a row of so many lines is, in points; no row can be higher than 409."""
    return min(409.0, LINE_HEIGHT * lines + 2)


def _is_wrapped(column: Column[R]) -> bool:
    return column.kind == "wrapped" or column.officer


def _as_lines(column: Column[R], written: str) -> str:
    """Return a text on one line unless it is wrapped: some programs would break it over the next rows."""
    return written if _is_wrapped(column) else written.replace("\n", " ")


def _lines(column: Column[R], value: Value) -> int:
    """Return how many lines a cell takes; texts that are not wrapped take one."""
    return lines_of(value, column.width) if _is_wrapped(column) and isinstance(value, str) else 1


def _ranges(places: Sequence[int], last: int) -> str:
    return " ".join(f"{cell_name(1, place)}:{cell_name(last, place)}" for place in places)
