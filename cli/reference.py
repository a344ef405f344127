"""``lueckenlos reference``: what the catalogue rests on, and newer tables for it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from catalogue.errors import ImportRejected
from catalogue.reference import Release, import_reference, releases
from cli.blocks import Block
from cli.doubts import doubts_about
from cli.failures import line_of_file
from cli.help import Command, Group
from cli.imported import compute_cells, counts_line
from cli.meta import describe_call
from cli.options import FormatOption, OutOption, read_day
from cli.output import Output, Result
from cli.reference_fetch import add_fetch
from cli.session import session_of
from cli.texts import Texts
from cli.view import Column, grid

__all__ = ["add_to", "compute_cells"]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(cls=Group)
    group.command("import", cls=Command)(_import)
    group.command("list", cls=Command)(_list)
    add_fetch(group)
    app.add_typer(group, name="reference", cls=Group)


def _import(
    context: typer.Context,
    file: Annotated[Path, typer.Argument()],
    origin: Annotated[str, typer.Option("--origin")],
    licence: Annotated[str, typer.Option("--licence")],
    as_of: Annotated[str, typer.Option("--as-of")],
    table: Annotated[str, typer.Option("--table")] = "",
    replace: Annotated[bool, typer.Option("--replace")] = False,
    yes: Annotated[bool, typer.Option("--yes")] = False,
) -> None:
    session = session_of(context)
    day = read_day("--as-of", as_of)
    with session.open_store() as store:
        with store.read() as connection:
            doubts = doubts_about(connection, table or None, file, day)
        if doubts and not yes:
            raise ImportRejected("import_doubtful", doubts)
        for doubt in doubts:
            session.say(line_of_file(doubt, session.text))
        done = import_reference(
            store, table or None, file, origin=origin, licence=licence, as_of=day, replace=replace
        )
        session.say(counts_line(done, session.text))
        compute_cells(session, store)


def _list(context: typer.Context, output_format: FormatOption = "", out: OutOption = None) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out)
    with session.reading() as connection:
        found = releases(connection)
    text = session.text
    meta = describe_call(session, "reference list")
    output.write(Result(Release._fields, found, lambda rows: _blocks(rows, text), meta), text)


def _blocks(rows: Sequence[Release], text: Texts) -> list[Block]:
    return [grid(_COLUMNS, rows, text)]


_COLUMNS: tuple[Column[Release], ...] = (
    Column("id", right=True),
    Column("table", section="reference_table"),
    Column("as_of"),
    Column("rows", right=True),
    Column("origin"),
    Column("licence"),
    Column("imported_at", lambda text, row: text.moment(row.imported_at)),
)
