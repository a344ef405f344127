"""``lueckenlos cells``: what is known about each service in each area."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import typer

from catalogue.reports.cells import CellRow, cells
from cli.asof import AsOfOption, as_of_notes, read_as_of, write_noted
from cli.blocks import Block, Line
from cli.help import Command
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
    filters_of,
)
from cli.output import Output, Result, field_names
from cli.remarks import said_in_row
from cli.session import session_of
from cli.signals import SignalRulesOption, rules_of, signal_words
from cli.texts import Texts, printable
from cli.view import Column, area_words, grid, status_words

__all__ = ["add_to"]

TABLE_ROWS = 100


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("cells", cls=Command)(_cells)


def _cells(
    context: typer.Context,
    area: AreaOption = None,
    level: LevelOption = "",
    theme: ThemeOption = None,
    status: StatusOption = None,
    service: ServiceOption = None,
    output_format: FormatOption = "",
    out: OutOption = None,
    limit: LimitOption = "",
    signal_rules: SignalRulesOption = None,
    as_of: AsOfOption = "",
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out, limit, default_limit=TABLE_ROWS)
    filters = filters_of(
        area=area, level=level, theme=theme, status=status, service=service, as_of=read_as_of(as_of)
    )
    rules = rules_of(signal_rules)
    with session.reading() as connection:
        found = cells(connection, filters, rules)
        meta = describe_question(connection, session, "cells", filters)
        past = as_of_notes(connection, filters, session.text)
    statuses = Counter(row.status for row in found)
    meta["statuses"] = dict(sorted(statuses.items()))
    text = session.text
    result = Result(field_names(CellRow), found, lambda rows: _blocks(rows, statuses, text), meta)
    write_noted(session, output, result, past)


def _blocks(rows: Sequence[CellRow], statuses: Counter[str], text: Texts) -> list[Block]:
    counted = ", ".join(
        f"{text.word('status', status)} {text.number(count)}" for status, count in statuses.most_common()
    )
    every = text.number(sum(statuses.values()))
    return [grid(_COLUMNS, rows, text), Line(text("view.cells", count=every, statuses=counted or "–"))]


def _status(text: Texts, row: CellRow) -> str:
    return status_words(text, row.status, row.reason)


def _responsible(text: Texts, row: CellRow) -> str:
    """Return who is competent: the area itself, another one, a kind of body, or nobody knows."""
    if row.competent == "yes":
        return text("word.itself")
    if row.competent == "unresolved":
        return text.word("competent", "unresolved")
    return printable(row.competent_area) or text.word("tier", row.competent_tier)


_COLUMNS: tuple[Column[CellRow], ...] = (
    Column("area", lambda text, row: area_words(row.area, row.level, text)),
    Column("ozg_id"),
    Column("title"),
    Column("status", _status),
    Column("operator", section="operator"),
    Column("maturity", right=True, optional=True),
    Column("competent", _responsible),
    Column("online_url"),
    Column("signals", lambda text, row: signal_words(row.signals, text), optional=True),
    Column("annotation_remark", said_in_row, optional=True),
)
