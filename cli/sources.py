"""``lueckenlos sources``: the standing of every source, and the group of commands about sources."""

from __future__ import annotations

from collections.abc import Sequence

import typer

from catalogue.reports.sources import SourceRow, sources
from cli import sources_check, sources_preview, sources_record
from cli.blocks import Block, Heading, Line
from cli.help import Command, Group
from cli.meta import describe_question
from cli.options import FormatOption, OutOption
from cli.output import Output, Result, field_names
from cli.runs import message_of
from cli.session import session_of
from cli.texts import Texts
from cli.view import Column, grid, issue_line, next_line

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(cls=Group)
    group.command("list", cls=Command)(_list)
    for module in (sources_check, sources_preview, sources_record):
        module.add_to(group)
    app.add_typer(group, name="sources", cls=Group)


def _list(context: typer.Context, output_format: FormatOption = "", out: OutOption = None) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out)
    with session.reading() as connection:
        found = sources(connection, session.now(), session.text.commands["sync"])
        meta = describe_question(connection, session, "sources list")
    text = session.text
    output.write(Result(field_names(SourceRow), found, lambda rows: _blocks(rows, text), meta), text)
    if session.hides_password and any(row.next_command for row in found):
        session.say(text("view.password_left_out"))


def _blocks(rows: Sequence[SourceRow], text: Texts) -> list[Block]:
    if not rows:
        return [Line(text("view.no_sources"))]
    blocks: list[Block] = [grid(_COLUMNS, rows, text)]
    for row in rows:
        said = message_of(row.message, row.params, text)
        if said and row.active:
            blocks.append(Line(f"{row.source}: {said}"))
        if row.next_command:
            blocks.append(next_line(row.source, row.next_command, text))
    issues = [issue for row in rows for issue in row.issues]
    if issues:
        blocks.append(Heading(text("view.open")))
        for issue in issues:
            line = issue_line(issue.kind, issue.count, issue.samples, text)
            blocks.append(Line(f"{issue.source}: {line}"))
    return blocks


def _standing(text: Texts, row: SourceRow) -> str:
    return text.word("standing", row.standing if row.active else "inactive")


def _age(text: Texts, row: SourceRow) -> str:
    return "–" if row.age_hours is None else text("view.hours", hours=text.number(row.age_hours))


_COLUMNS: tuple[Column[SourceRow], ...] = (
    Column("source"),
    Column("name"),
    Column("standing", _standing),
    Column("speaks"),
    Column("complete"),
    Column("areas", right=True),
    Column("read_at", lambda text, row: text.moment(row.read_at)),
    Column("age", _age, right=True),
    Column("open_issues", right=True),
)
