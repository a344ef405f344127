"""``lueckenlos changes``: what moved in a period, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from catalogue.reports.changes import ChangeRow, Movement, changes, movements
from cli.blocks import Block, Heading, Line
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
    read_moment,
)
from cli.output import Output, Result, field_names, plain
from cli.session import session_of
from cli.texts import Texts
from cli.view import Column, area_words, grid, status_words

__all__ = ["add_to"]

TABLE_ROWS = 50


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("changes", cls=Command)(_changes)


def _changes(
    context: typer.Context,
    since: Annotated[str, typer.Option("--since")],
    until: Annotated[str, typer.Option("--until")] = "",
    area: AreaOption = None,
    level: LevelOption = "",
    theme: ThemeOption = None,
    status: StatusOption = None,
    service: ServiceOption = None,
    output_format: FormatOption = "",
    out: OutOption = None,
    limit: LimitOption = "",
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out, limit, default_limit=TABLE_ROWS)
    filters = filters_of(area=area, level=level, theme=theme, status=status, service=service)
    begin = read_moment("--since", since)
    end = read_moment("--until", until, end_of_day=True) if until else None
    with session.reading() as connection:
        found = changes(connection, filters, since=begin, until=end)
        meta = describe_question(connection, session, "changes", filters)
    moved = movements(found)
    text = session.text
    meta |= {
        "since": begin.isoformat(timespec="seconds"),
        "until": (end or session.now()).isoformat(timespec="seconds"),
        "counted": text("counted.changes"),
        "online": sum(move.online for move in moved),
        "competent_rows": sum(move.competent_count for move in moved),
        "competent_online": sum(move.competent_online for move in moved),
        "movements": [plain(move) for move in moved],
    }
    output.write(Result(field_names(ChangeRow), found, lambda rows: _blocks(rows, moved, text), meta), text)


def _blocks(rows: Sequence[ChangeRow], moved: Sequence[Movement], text: Texts) -> list[Block]:
    every, net = sum(move.count for move in moved), sum(move.online for move in moved)
    ours, ours_net = (
        sum(move.competent_count for move in moved),
        sum(move.competent_online for move in moved),
    )
    return [
        grid(_COLUMNS, rows, text),
        Heading(text("view.movements")),
        grid(_MOVEMENT_COLUMNS, moved, text),
        Line(text("view.net", count=text.number(every), net=text.signed(net))),
        Line(text("view.net_competent", count=text.number(ours), net=text.signed(ours_net))),
    ]


def _old(text: Texts, row: ChangeRow | Movement) -> str:
    reason = row.old_reason if isinstance(row, ChangeRow) else ""
    return status_words(text, row.old_status, reason) if row.old_status else text("word.no_cell")


def _new(text: Texts, row: ChangeRow | Movement) -> str:
    reason = row.new_reason if isinstance(row, ChangeRow) else ""
    return status_words(text, row.new_status, reason) if row.new_status else text("word.no_cell")


_COLUMNS: tuple[Column[ChangeRow], ...] = (
    Column("at", lambda text, row: text.moment(row.at)),
    Column("area", lambda text, row: area_words(row.area, row.level, text)),
    Column("ozg_id"),
    Column("title"),
    Column("old_status", _old),
    Column("new_status", _new),
    Column("cause", section="cause"),
    Column("source"),
)
_MOVEMENT_COLUMNS: tuple[Column[Movement], ...] = (
    Column("cause", section="cause"),
    Column("old_status", _old),
    Column("new_status", _new),
    Column("count", right=True),
    Column("online", lambda text, row: text.signed(row.online), right=True),
    Column("competent_count", right=True),
    Column("competent_online", lambda text, row: text.signed(row.competent_online), right=True),
)
