"""``lueckenlos entry``: one service in one area as all sources together show it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from catalogue.reports.entries import ChoiceRow, EntryRow, SaidRow, entries
from cli.blocks import Block, Facts, Heading, Line
from cli.help import Command
from cli.meta import describe_question
from cli.options import FormatOption, LevelOption, OutOption, read_level
from cli.output import Output, Result, field_names
from cli.remarks import remark_in_full
from cli.session import session_of
from cli.texts import Texts, printable
from cli.view import Column, area_words, grid

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("entry", cls=Command)(_entry)


def _entry(
    context: typer.Context,
    area: Annotated[str, typer.Argument()],
    service: Annotated[str, typer.Argument()],
    level: LevelOption = "",
    output_format: FormatOption = "",
    out: OutOption = None,
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out)
    text = session.text
    with session.reading() as connection:
        found = entries(connection, area, service, session.now(), level=read_level(level))
        meta = describe_question(connection, session, "entry")
    output.write(Result(field_names(EntryRow), found, lambda rows: _blocks(rows, text), meta), text)


def _blocks(rows: Sequence[EntryRow], text: Texts) -> list[Block]:
    if not rows:
        return [Line(text("view.no_entry"))]
    blocks: list[Block] = []
    for row in rows:
        name = printable(row.name) or text("view.entry_bundle", title=printable(row.bundle))
        place = area_words(row.area, row.level, text)
        blocks += [
            Heading(f"{place}: {row.leika_key or row.ozg_id} {name}"),
            grid(_CHOICE_COLUMNS, row.chosen, text),
            Line(""),
            *(block for one in row.said for block in _said(one, text)),
        ]
    said = remark_in_full(rows[0], text)
    if said:
        blocks.append(Line(f"{text('column.annotation_remark')}: {said}"))
    return blocks


def _value(text: Texts, choice: ChoiceRow) -> str:
    """Return a value in words where it is a code."""
    section = {"status": "status", "operator": "operator"}.get(choice.attribute)
    return text.word(section, choice.value) if section else printable(choice.value)


def _said(one: SaidRow, text: Texts) -> list[Block]:
    """Return what one offer says, below the others."""
    status = text.word("status", one.status)
    facts = [
        (text("column.area"), area_words(one.area, one.level, text)),
        (text("column.url"), one.url),
        (text("column.page"), "" if one.page == one.url else one.page),
        (text("column.unit"), one.unit),
        (text("column.operator"), text.word("operator", one.operator) if one.operator else ""),
        (text("column.maturity"), "" if one.maturity is None else str(one.maturity)),
        (text("column.as_of"), _as_of(one, text)),
        (text("column.ref"), one.ref),
    ]
    title = text("explain.offering", title=printable(one.title), status=status, source=one.source)
    return [Line(f"  {title}"), Facts([(name, value) for name, value in facts if value])]


def _as_of(one: SaidRow, text: Texts) -> str:
    """Return of which day a source says it, and what the last reading of the source is worth."""
    return f"{text.day(one.as_of)} ({text.word('standing', one.standing)})"


_CHOICE_COLUMNS: tuple[Column[ChoiceRow], ...] = (
    Column("attribute", section="attribute"),
    Column("value", _value),
    Column("source"),
    Column("rule", section="entry_rule"),
    Column("as_of", lambda text, row: text.day(row.as_of) if row.as_of else "–"),
)
