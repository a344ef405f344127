"""``lueckenlos annotations export``: gaps and remarks as a sheet to be filled in, XLSX or CSV."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from catalogue.reports.annotation_sheet import OfficerCells
from catalogue.reports.annotations import SheetRow, sheet_rows
from cli.blocks import Block
from cli.help import Command
from cli.meta import describe_call
from cli.options import AreaOption, LevelOption, ServiceOption, StatusOption, ThemeOption, filters_of
from cli.output import Output, Result, field_names, write_file
from cli.problems import UsageProblem
from cli.session import session_of
from cli.texts import Texts

__all__ = ["add_to", "workbook"]

SUFFIXES = (".xlsx", ".csv")


def add_to(group: typer.Typer) -> None:
    """Add the command."""
    group.command("export", cls=Command)(_export)


def _export(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out")],
    area: AreaOption = None,
    level: LevelOption = "",
    theme: ThemeOption = None,
    status: StatusOption = None,
    service: ServiceOption = None,
    remarks: Annotated[bool, typer.Option("--remarks")] = False,
) -> None:
    session = session_of(context)
    if out.suffix.lower() not in SUFFIXES:
        raise UsageProblem("annotation_suffix", given=out.name)
    filters = filters_of(area=area, level=level, theme=theme, status=status, service=service)
    with session.reading() as connection:
        rows = sheet_rows(connection, filters, only_remarks=remarks)
    text = session.text
    if out.suffix.lower() == ".xlsx":
        write_file(out, workbook(rows, text))
    else:
        meta = describe_call(session, "annotations export")
        Output("csv", out).write(Result(field_names(SheetRow), rows, _no_blocks, meta), text)
    session.say(text("annotation.exported", count=text.number(len(rows)), path=out.name))


def _no_blocks(_rows: Sequence[SheetRow]) -> list[Block]:
    return []


def workbook(rows: Sequence[SheetRow], text: Texts) -> bytes:
    """Return a workbook with one sheet, made like those of the gap list."""
    # Both take time to load, and only this needs them.
    import xlsxwriter  # type: ignore[import-untyped]  # has no types

    from catalogue.reports.workbook.officer import hidden_columns, officer_columns
    from catalogue.reports.workbook.sheet import Column, Look, Sheet
    from catalogue.reports.workbook.styles import Styles

    def column(name: str, width: float, kind: Any = "wrapped") -> Column[SheetRow]:
        return Column(
            name, width, lambda _, row: getattr(row, name), kind, heading=text(f"column.{name}"), printed=True
        )

    stream = io.BytesIO()
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(stream, {"in_memory": True, **plain}) as book:
        title = text("annotation.sheet")
        sheet = Sheet(
            book.add_worksheet(title),
            [
                column("area", 24),
                column("ozg_id", 8, "id"),
                column("title", 42),
                column("theme", 22),
                Column(
                    "status",
                    14,
                    lambda text, row: text.word("status", row.status),
                    heading=text("column.status"),
                ),
                *officer_columns(text, _cells),
                *hidden_columns(text, _cells),
            ],
            Look(Styles(book), text, title, ""),
            3,
        )
        for row in rows:
            sheet.add(row)
        sheet.finish(text("annotation.count", count=0, overdue=0))
    return stream.getvalue()


def _cells(text: Texts, row: SheetRow) -> OfficerCells:
    """Return what officers see of a row, words in their language."""
    return OfficerCells(
        id=row.id,
        remark=text.word("remark", row.remark) if row.remark not in {"", "comment"} else "",
        planned_for=date.fromisoformat(row.planned_for) if row.planned_for else None,
        unit=row.unit,
        comment=row.comment,
        stamp=row.stamp,
    )
