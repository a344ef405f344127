"""``lueckenlos annotations``: what officers say about cells, and which planned days have passed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from catalogue.annotations import KINDS, local_day
from catalogue.reports.annotation_words import fields_of, remark_words
from catalogue.reports.annotations import (
    AnnotationList,
    AnnotationRow,
    HistoryRow,
    history,
    standing_remarks,
)
from cli import annotations_export, annotations_import, annotations_say
from cli.annotations_view import ACT_COLUMNS
from cli.asof import AsOfOption, as_of_notes, read_as_of, write_noted
from cli.blocks import Block, Line
from cli.help import Command, Group
from cli.meta import describe_question
from cli.options import (
    AreaOption,
    FormatOption,
    LevelOption,
    LimitOption,
    OutOption,
    ServiceOption,
    StatusOption,
    ThemeOption,
    code_of,
    filters_of,
    read_level,
)
from cli.output import Output, Result, field_names
from cli.session import session_of
from cli.texts import Texts, printable
from cli.view import Column, area_words, grid, status_words

__all__ = ["add_to"]

TABLE_ROWS = 100


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(cls=Group)
    group.command("list", cls=Command)(_list)
    group.command("history", cls=Command)(_history)
    for module in (annotations_say, annotations_export, annotations_import):
        module.add_to(group)
    app.add_typer(group, name="annotations", cls=Group)


def _list(
    context: typer.Context,
    area: AreaOption = None,
    level: LevelOption = "",
    theme: ThemeOption = None,
    status: StatusOption = None,
    service: ServiceOption = None,
    kind: Annotated[list[str] | None, typer.Option("--kind")] = None,
    overdue: Annotated[bool, typer.Option("--overdue")] = False,
    as_of: AsOfOption = "",
    output_format: FormatOption = "",
    out: OutOption = None,
    limit: LimitOption = "",
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out, limit, default_limit=TABLE_ROWS)
    filters = filters_of(
        area=area, level=level, theme=theme, status=status, service=service, as_of=read_as_of(as_of)
    )
    kinds = tuple(code_of("remark", one, KINDS) for one in kind or ())
    today = local_day(filters.as_of or session.now())
    with session.reading() as connection:
        found = standing_remarks(connection, filters, kinds=kinds, overdue=overdue, today=today)
        meta = describe_question(connection, session, "annotations list", filters)
        past = as_of_notes(connection, filters, session.text)
    meta |= {"kinds": list(kinds), "only_overdue": overdue, "today": today.isoformat()}
    meta |= {"outside": found.outside}
    text = session.text
    result = Result(field_names(AnnotationRow), found.rows, lambda rows: _blocks(found, rows, text), meta)
    write_noted(session, output, result, past)


def _blocks(found: AnnotationList, rows: Sequence[AnnotationRow], text: Texts) -> list[Block]:
    count = text.number(len(found.rows))
    overdue = text.number(sum(row.overdue for row in found.rows))
    blocks: list[Block] = [grid(_COLUMNS, rows, text)] if rows else []
    blocks.append(Line(text("annotation.count", count=count, overdue=overdue)))
    if found.outside:
        blocks.append(Line(text("annotation.outside", count=text.number(found.outside))))
    return blocks


def _said(text: Texts, row: AnnotationRow) -> str:
    said = fields_of(row.remark, row.planned_for, row.unit, row.comment)
    return printable(remark_words(said, text, overdue=row.overdue, unit=False))


_COLUMNS: tuple[Column[AnnotationRow], ...] = (
    Column("area", lambda text, row: area_words(row.area, row.level, text)),
    Column("ozg_id"),
    Column("title", lambda _text, row: printable(row.title)[:60]),
    Column("status", lambda text, row: status_words(text, row.status, row.reason) if row.status else "–"),
    Column("annotation_remark", _said),
    Column("annotation_unit", lambda _text, row: printable(row.unit)),
    Column("annotation_by", lambda text, row: f"{printable(row.by)}, {text.day(row.at)}"),
)


def _history(
    context: typer.Context,
    area: Annotated[str, typer.Argument()],
    service: Annotated[str, typer.Argument()],
    level: LevelOption = "",
    output_format: FormatOption = "",
    out: OutOption = None,
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out)
    with session.reading() as connection:
        rows = history(connection, area, service, level=read_level(level))
        meta = describe_question(connection, session, "annotations history")
    text = session.text

    def blocks(shown: Sequence[HistoryRow]) -> list[Block]:
        if not shown:
            return [Line(text("annotation.no_history"))]
        return [grid(ACT_COLUMNS, shown, text)]

    output.write(Result(field_names(HistoryRow), rows, blocks, meta), text)
