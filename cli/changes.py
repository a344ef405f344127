"""``lueckenlos changes``: what moved in a period, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, NamedTuple

import typer
from sqlalchemy import Connection

from catalogue.errors import NotFound
from catalogue.history import editions
from catalogue.reports.changes import ChangeRow, Movement, changes, movements
from catalogue.reports.filters import Filters
from catalogue.reports.movement import Explained, explained
from cli.asof import write_noted
from cli.blocks import Block, Heading, Line
from cli.help import Command
from cli.meta import describe_question
from cli.movement import FigureRow, figure_grid, figure_rows, total_grid
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
from cli.problems import UsageProblem
from cli.session import Session, session_of
from cli.texts import Texts
from cli.view import Column, area_words, grid, status_words

__all__ = ["add_to"]

TABLE_ROWS = 50

Period = tuple[datetime, datetime | None]


class Listed(NamedTuple):
    """The changes of a period, their sums by cause, the figures of all areas, and what to say beside them."""

    rows: list[ChangeRow]
    moved: list[Movement]
    total: list[Explained]
    notes: list[str]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("changes", cls=Command)(_changes)


def _changes(
    context: typer.Context,
    since: Annotated[str, typer.Option("--from", "--since")],
    until: Annotated[str, typer.Option("--to", "--until")] = "",
    area: AreaOption = None,
    level: LevelOption = "",
    theme: ThemeOption = None,
    status: StatusOption = None,
    service: ServiceOption = None,
    scope: Annotated[str, typer.Option("--scope")] = "competent",
    figures: Annotated[bool, typer.Option("--figures")] = False,
    output_format: FormatOption = "",
    out: OutOption = None,
    limit: LimitOption = "",
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out, limit, default_limit=TABLE_ROWS)
    filters = filters_of(area=area, level=level, theme=theme, status=status, service=service)
    begin = read_moment("--from", since)
    end = read_moment("--to", until, end_of_day=True) if until else None
    if end is not None and end <= begin:
        raise UsageProblem("period", since=since, until=until)
    period = (begin, end)
    with session.reading() as connection:
        meta = describe_question(connection, session, "changes", filters)
        meta["since"] = begin.isoformat(timespec="seconds")
        meta["until"] = (end or session.now()).isoformat(timespec="seconds")
        meta["scope"] = scope
        notes = _before_history(connection, end, session.text)
        if figures:
            moved = [] if notes else explained(connection, filters, begin, end, scope)
        else:
            found = changes(connection, filters, since=begin, until=end)
            total: list[Explained] = []
            if not notes:
                total, notes = _of_all(connection, filters, period, scope, session.text)
    if figures:
        _write_figures(session, output, moved, notes, meta)
    else:
        _write_changes(session, output, Listed(found, movements(found), total, notes), meta)


def _before_history(connection: Connection, end: datetime | None, text: Texts) -> list[str]:
    """Return that nothing is known of a period, if it ended before there was any state."""
    first = next(iter(editions(connection)), None)
    if first is None or end is None or end > datetime.fromisoformat(first.at):
        return []
    return [text("view.before_history", first=text.moment(first.at))]


def _of_all(
    connection: Connection, filters: Filters, period: Period, scope: str, text: Texts
) -> tuple[list[Explained], list[str]]:
    """Return the movement of the figures of all chosen areas together, or why it is not known."""
    if filters.statuses:
        return [], [text("view.figures_without_status")]
    try:
        found = explained(connection, filters, *period, scope)
    except NotFound as error:
        if error.code != "history_begins":
            raise
        return [], [text.error(error.code, error.params)]
    return [row for row in found if not row.ars], []


def _write_figures(
    session: Session,
    output: Output,
    moved: Sequence[Explained],
    notes: Sequence[str],
    meta: dict[str, object],
) -> None:
    text = session.text
    rows = figure_rows(row for row in moved if row.contributions or not row.ars)
    lines = [Line(text("view.figures_add_up")), Line(text(f"denominator.{meta['scope']}"))]

    def blocks(shown: Sequence[FigureRow]) -> list[Block]:
        return [figure_grid(shown, text), *lines] if shown else []

    write_noted(session, output, Result(field_names(FigureRow), rows, blocks, meta), notes)


def _write_changes(session: Session, output: Output, found: Listed, meta: dict[str, object]) -> None:
    text, moved = session.text, found.moved
    meta |= {
        "counted": text("counted.changes"),
        "online": sum(move.online for move in moved),
        "competent_rows": sum(move.competent_count for move in moved),
        "competent_online": sum(move.competent_online for move in moved),
        "movements": [plain(move) for move in moved],
        "figures": [plain(row) for row in figure_rows(found.total)],
    }
    notes = list(found.notes)
    unknown = sum(not row.knows_competence for row in found.rows)
    if unknown:
        notes.append(text("view.competence_not_kept", count=text.number(unknown)))
    result = Result(field_names(ChangeRow), found.rows, lambda rows: _blocks(rows, found, text), meta)
    write_noted(session, output, result, notes)


def _blocks(rows: Sequence[ChangeRow], found: Listed, text: Texts) -> list[Block]:
    moved = found.moved
    every, net = sum(move.count for move in moved), sum(move.online for move in moved)
    ours, ours_net = (
        sum(move.competent_count for move in moved),
        sum(move.competent_online for move in moved),
    )
    if not found.rows and not found.total and found.notes:
        return []  # the note says it all
    blocks: list[Block] = [
        grid(_COLUMNS, rows, text),
        Heading(text("view.movements")),
        grid(_MOVEMENT_COLUMNS, moved, text),
        Line(text("view.net", count=text.number(every), net=text.signed(net))),
        Line(text("view.net_competent", count=text.number(ours), net=text.signed(ours_net))),
    ]
    if found.total:
        blocks += [Heading(text("view.figures")), total_grid(found.total, text)]
        blocks += [Line(text("view.figures_add_up")), Line(text(f"denominator.{found.total[0].scope}"))]
    return blocks


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
