"""``lueckenlos review export``: records as a sheet to be filled in, XLSX or CSV.

Everything in a workbook is text, marked as such, so that nothing is taken for a formula or a number.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from catalogue.reports.review_sheet import SheetRow, sheet_rows
from cli.blocks import Block
from cli.help import Command
from cli.meta import describe_call
from cli.options import AreaOption, LevelOption, ThemeOption
from cli.output import Output, Result, field_names, write_file
from cli.problems import UsageProblem
from cli.review_view import filters_of_review
from cli.session import session_of
from cli.texts import Texts

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

__all__ = ["add_to", "workbook"]

SUFFIXES = (".xlsx", ".csv")
#: What a cell of a workbook can hold; longer texts are cut, as nobody decides by their end.
LONGEST_CELL = 32_000
WIDTHS = {"record": 32, "title": 44, "official_title": 30, "candidates": 60, "reason": 30, "services": 24}
FILLED_IN = ("decision", "services", "applies_to", "reason")
#: Column of figures; all others are text.
FIGURES = ("accept_cells", "reject_cells", "release_cells", "areas", "similar")


def add_to(group: typer.Typer) -> None:
    """Add the command."""
    group.command("export", cls=Command)(_export)


def _export(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out")],
    area: AreaOption = None,
    level: LevelOption = "",
    theme: ThemeOption = None,
    source: Annotated[list[str] | None, typer.Option("--source")] = None,
    state: Annotated[list[str] | None, typer.Option("--state")] = None,
) -> None:
    session = session_of(context)
    if out.suffix.lower() not in SUFFIXES:
        raise UsageProblem("review_suffix", given=out.name)
    filters = filters_of_review(area, level, theme, source, state)
    with session.reading() as connection:
        rows = sheet_rows(connection, session.now(), filters)
    text = session.text
    if out.suffix.lower() == ".xlsx":
        write_file(out, workbook(rows, text))
    else:
        meta = describe_call(session, "review export")
        Output("csv", out).write(Result(field_names(SheetRow), rows, _no_blocks, meta), text)
    session.say(text("review.exported", count=text.number(len(rows)), path=out.name))


def _no_blocks(_rows: Sequence[SheetRow]) -> list[Block]:
    return []


def workbook(rows: Sequence[SheetRow], text: Texts) -> bytes:
    """Return a workbook: a sheet to be filled in, and one that explains its columns."""
    from openpyxl import Workbook
    from openpyxl.styles import PatternFill

    book = Workbook(write_only=True)
    sheet: Worksheet = book.create_sheet(text("review.sheet"))
    names = field_names(SheetRow)
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = f"A1:{_letter(len(names))}{len(rows) + 1}"
    for place, name in enumerate(names, start=1):
        sheet.column_dimensions[_letter(place)].width = WIDTHS.get(name, 14)
    filled = PatternFill("solid", start_color="FFF2CC")
    fills = dict.fromkeys(FILLED_IN, filled)
    sheet.append([_cell(sheet, name, fill=fills.get(name), bold=True) for name in names])
    for row in rows:
        sheet.append([_value(sheet, name, getattr(row, name), fills) for name in names])
    explained: Worksheet = book.create_sheet(text("review.explanation"))
    explained.column_dimensions["A"].width, explained.column_dimensions["B"].width = 18, 110
    for name in names:
        explained.append([_cell(explained, name, bold=True), _cell(explained, text(f"review_column.{name}"))])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _value(sheet: Worksheet, name: str, value: Any, fills: Mapping[str, Any]) -> Any:
    if name in FIGURES:
        return value
    written = " ".join(value) if isinstance(value, tuple) else str(value)
    return _cell(sheet, written, fill=fills.get(name))


def _cell(sheet: Worksheet, written: str, *, fill: Any = None, bold: bool = False) -> Any:
    """Return a cell that is text whatever it looks like."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    clean = "".join(one for one in written[:LONGEST_CELL] if one.isprintable() or one in "\t\n")
    cell: Any = WriteOnlyCell(sheet, clean)
    cell.data_type = "s"
    cell.number_format = "@"
    cell.quotePrefix = True
    if fill is not None:
        cell.fill = fill
    if bold:
        cell.font = Font(bold=True)
    return cell


def _letter(place: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(place))
