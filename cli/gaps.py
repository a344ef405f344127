"""``lueckenlos gaps``: what has to be offered and is not online."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from catalogue.priority_words import parts_words
from catalogue.reports.cells import CellRow
from catalogue.reports.gaps import GapList, gaps
from catalogue.verdict import GAP_STATUSES
from cli.asof import AsOfOption, as_of_notes, read_as_of, write_noted
from cli.blocks import Block, Line
from cli.deadlinks import dead_link_notes
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
from cli.priorities import (
    ListOption,
    PriorityRulesOption,
    describe_rules,
    priority_rules_of,
    unknown_entries,
    with_urgency,
)
from cli.remarks import remark_notes, said_in_row
from cli.session import session_of
from cli.signals import SignalRulesOption, rules_of
from cli.texts import Texts, printable
from cli.view import Column, area_words, grid, reasons_line, unresolved_line
from cli.workbook import XLSX, write_gaps

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
    Column("priority", right=True, optional=True),
    Column("annotation_remark", said_in_row, optional=True),
)
_URGENT_COLUMNS: tuple[Column[CellRow], ...] = (
    *(column for column in _COLUMNS if column.key in {"area", "ozg_id", "title", "status", "priority"}),
    Column("priority_parts", lambda text, row: parts_words(text, row.priority_parts)),
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
    as_of: AsOfOption = "",
    priority_rules: PriorityRulesOption = None,
    lists: ListOption = None,
    by_priority: Annotated[bool, typer.Option("--by-priority")] = False,
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out, limit, default_limit=TABLE_ROWS, more=(XLSX,))
    filters = filters_of(
        area=area, level=level, theme=theme, status=status, service=service, as_of=read_as_of(as_of)
    )
    rules, urgency = rules_of(signal_rules), priority_rules_of(priority_rules, lists)
    if output.format == XLSX:
        write_gaps(session, output, filters, rules, urgency)
        return
    with session.reading() as connection:
        found = gaps(connection, filters, rules)
        found = with_urgency(connection, filters, found, urgency, session.now())
        unknown = unknown_entries(connection, urgency, session.text)
        meta = describe_question(connection, session, "gaps", filters)
        meta["priority"] = describe_rules(connection, urgency)
        past = as_of_notes(connection, filters, session.text)
    if by_priority:
        found.rows.sort(key=lambda row: (-(row.priority or 0), row.ozg_id))
    meta |= {
        "statuses": list(GAP_STATUSES),
        "voluntary": found.voluntary,
        "stale": found.stale,
        "unknown": found.unknown,
        "unresolved": found.unresolved._asdict(),
        "remarks": found.remarks._asdict(),
        "dead_links": [one._asdict() for one in found.dead_links],
    }
    text = session.text
    result = Result(
        field_names(CellRow), found.rows, lambda rows: gaps_blocks(found, rows, text, why=by_priority), meta
    )
    write_noted(session, output, result, past)
    for line in unknown:
        session.say(line)
    if output.format == "csv":
        # A table for programs has no room for them, and a short list must not look like a good one.
        for note in gaps_notes(found, text):
            session.say(note)


def gaps_blocks(found: GapList, rows: Sequence[CellRow], text: Texts, *, why: bool = False) -> list[Block]:
    """Return the gap list as people see it; ``rows`` are those to be shown, ``why`` tells their urgency."""
    return [
        grid(_URGENT_COLUMNS if why else _COLUMNS, rows, text),
        *(Line(note) for note in gaps_notes(found, text)),
    ]


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
    notes += remark_notes(found.remarks, text)
    return notes + dead_link_notes(found.dead_links, text)
