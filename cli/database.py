"""``lueckenlos db``: make a database, bring it up to date, look after it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from catalogue.reference import load_packaged
from catalogue.reports.database import TableRow, damage, table_rows
from catalogue.upkeep.check import Finding, findings, sizes, unsound_constraints
from cli import database_copies, database_prune, exits
from cli.blocks import Block, Line
from cli.calling import REGION_FILE, environment
from cli.help import Command, Group
from cli.meta import describe_call
from cli.options import FormatOption, OutOption
from cli.output import Output, Result, field_names
from cli.reference import compute_cells
from cli.session import session_of
from cli.texts import Texts
from cli.view import Column, grid

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(cls=Group)
    group.command("init", cls=Command)(_init)
    group.command("upgrade", cls=Command)(_upgrade)
    group.command("check", cls=Command)(_check)
    database_copies.add_to_group(group)
    database_prune.add_to_group(group)
    app.add_typer(group, name="db", cls=Group)


def _init(context: typer.Context) -> None:
    session = session_of(context)
    with session.open_store(new=True) as store:
        store.upgrade()
        rows = [TableRow(name, count) for name, count in load_packaged(store).items()]
        compute_cells(session, store)
        region = Path(environment("LUECKENLOS_REGION") or REGION_FILE)
        code = "ready_with_region" if region.is_file() else "ready"
        session.say(session.text(f"database.{code}", database=store.shown_url))
    text = session.text
    view = Result(field_names(TableRow), rows, lambda shown: [_reference_grid(shown, text)])
    Output().write(view, text)


def _reference_grid(rows: Sequence[TableRow], text: Texts) -> Block:
    return grid((Column[TableRow]("table", section="reference_table"), _COUNT), rows, text)


def _upgrade(context: typer.Context) -> None:
    session = session_of(context)
    with session.open_store(new=True) as store:
        before = store.current_revision()
        store.upgrade()
        after = store.current_revision()
        code = "unchanged" if before == after else "upgraded"
        session.say(session.text(f"database.{code}", database=store.shown_url, revision=after or "–"))


def _check(context: typer.Context, output_format: FormatOption = "", out: OutOption = None) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out)
    text = session.text
    with session.open_store() as store:
        with store.read() as connection:
            rows = table_rows(connection)
            complaints = damage(connection) or unsound_constraints(connection)
            # Rows of a damaged file may not be readable at all.
            unfit = [] if complaints else findings(connection)
            size = sizes(connection)
        url, revision = store.shown_url, store.current_revision() or ""
    meta = {
        **describe_call(session, "db check"),
        "database": url,
        "revision": revision,
        "sound": not complaints and not unfit,
        "complaints": complaints,
        "findings": unfit,
        "bytes": size.total,
        "free_bytes": size.free,
    }

    def blocks(shown: Sequence[TableRow]) -> list[Block]:
        return [
            grid(_COLUMNS, shown, text),
            Line(text("upkeep.size", megabytes=text.number(round(size.total / 1_000_000, 1)))),
            Line(_verdict(complaints, unfit, text, {"database": url, "revision": revision})),
            *map(Line, complaints),
            *(Line(_finding_line(one, text)) for one in unfit),
        ]

    output.write(Result(field_names(TableRow), rows, blocks, meta), text)
    if not meta["sound"]:
        raise typer.Exit(exits.DATABASE)


def _verdict(complaints: list[str], unfit: list[Finding], text: Texts, where: dict[str, str]) -> str:
    if complaints:
        return text("database.damaged", **where)
    return text("upkeep.unfit", **where) if unfit else text("database.sound", **where)


def _finding_line(one: Finding, text: Texts) -> str:
    place = ".".join(part for part in (one.table, one.column) if part)
    return text(f"upkeep_finding.{one.kind}", place=place, rows=text.number(one.rows))


_COUNT: Column[TableRow] = Column("rows", right=True)
_COLUMNS: tuple[Column[TableRow], ...] = (Column("table"), _COUNT)
