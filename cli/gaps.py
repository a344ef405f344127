"""``lueckenlos gaps``: what has to be offered and is not online."""

from __future__ import annotations

from collections.abc import Sequence

import typer

from catalogue.reports.cells import CellRow
from catalogue.reports.gaps import GapList, gaps
from catalogue.verdict import GAP_STATUSES
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
from cli.session import session_of
from cli.signals import SignalRulesOption, rules_of
from cli.texts import Texts, printable
from cli.view import Column, area_words, grid, reasons_line, unresolved_line

__all__ = ["add_to", "gaps_blocks"]

TABLE_ROWS = 100


def _title(text: Texts, row: CellRow) -> str:
    title = printable(row.title)
    return text("view.voluntary", title=title) if row.voluntary else title


_COLUMNS: tuple[Column[CellRow], ...] = (
    Column("area", lambda text, row: area_words(row.area, row.level, text)),
    Column("ozg_id"),
    Column("title", _title),
    Column("theme"),
    Column("status", section="status"),
    Column("maturity", right=True, optional=True),
    Column("confidence", section="confidence"),
    Column("since", lambda text, row: text.day(row.since)),
)


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("gaps", cls=Command)(_gaps)


def _gaps(
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
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out, limit, default_limit=TABLE_ROWS)
    filters = filters_of(area=area, level=level, theme=theme, status=status, service=service)
    rules = rules_of(signal_rules)
    with session.reading() as connection:
        found = gaps(connection, filters, rules)
        meta = describe_question(connection, session, "gaps", filters)
    meta |= {
        "statuses": list(GAP_STATUSES),
        "voluntary": found.voluntary,
        "stale": found.stale,
        "unknown": found.unknown,
        "unresolved": found.unresolved._asdict(),
    }
    text = session.text
    output.write(
        Result(field_names(CellRow), found.rows, lambda rows: gaps_blocks(found, rows, text), meta), text
    )
    if output.format == "csv":
        # A table for programs has no room for them, and a short list must not look like a good one.
        for note in gaps_notes(found, text):
            session.say(note)


def gaps_blocks(found: GapList, rows: Sequence[CellRow], text: Texts) -> list[Block]:
    """Return the gap list as people see it; ``rows`` are those to be shown."""
    return [grid(_COLUMNS, rows, text), *(Line(note) for note in gaps_notes(found, text))]


def gaps_notes(found: GapList, text: Texts) -> list[str]:
    """Return what has to be said beside the list: how many gaps, and what nobody can judge."""
    count = text.number(len(found.rows))
    notes = [text("view.gaps", count=count, voluntary=text.number(found.voluntary))]
    if found.stale:
        notes.append(text("view.stale", count=text.number(found.stale)))
    if found.unknown:
        every = text.number(sum(found.unknown.values()))
        notes.append(text("view.unknown", count=every, reasons=reasons_line(found.unknown, text)))
    if found.unresolved.cells:
        notes.append(unresolved_line("gaps", found.unresolved, text))
    return notes
