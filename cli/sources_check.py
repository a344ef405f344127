"""``lueckenlos sources check``: which sources of the region file are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from catalogue.errors import StoreError
from catalogue.reports.runs import Params
from cli import exits
from cli.blocks import Block, Line
from cli.calling import REGION_FILE
from cli.help import Command
from cli.meta import describe_call
from cli.options import FormatOption, OutOption
from cli.output import Output, Result, field_names
from cli.regionfile import region_of
from cli.session import Session, session_of
from cli.sourcefile import find_settings, source_command
from cli.texts import Texts, printable
from cli.view import Column, grid, next_line
from connectors.contract import SourceSettings
from sync.check import CheckOutcome, check_sources
from sync.region import Region
from sync.register import plan

__all__ = ["CheckRow", "add_to"]


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One source and what it answered; docs/data-dictionary.md explains every field."""

    source: str
    kind: str
    state: str
    message: str
    message_text: str
    params: Params
    areas: int | None
    seconds: float
    next_command: str


def add_to(group: typer.Typer) -> None:
    """Add the command to its group."""
    group.command("check", cls=Command)(_check)


def _check(
    context: typer.Context,
    source: Annotated[list[str] | None, typer.Argument()] = None,
    region: Annotated[Path, typer.Option("--region", envvar="LUECKENLOS_REGION")] = Path(REGION_FILE),
    output_format: FormatOption = "",
    out: OutOption = None,
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out)
    known = region_of(session, region)
    wanted = _wanted(known, source or ())
    areas = _assigned(session, known)
    text = session.text
    outcomes = check_sources(wanted, lambda outcome: session.say(_told(outcome, text)))
    rows = [
        _row(settings, outcome, areas.get(settings.id), session, region)
        for settings, outcome in zip(wanted, outcomes, strict=True)
    ]
    good = sum(outcome.ok for outcome in outcomes)
    code = exits.OK if good == len(rows) else exits.SOME if good else exits.NONE
    meta = {**describe_call(session, "sources check"), "region": known.name, "exit_code": code}
    output.write(Result(field_names(CheckRow), rows, lambda shown: _blocks(shown, text), meta), text)
    if session.hides_password:
        session.say(text("view.password_left_out"))
    if code:
        raise typer.Exit(code)


def _wanted(region: Region, given: Sequence[str]) -> list[SourceSettings]:
    """Return the settings of the sources that are named, each once; of all if none is."""
    if not given:
        return list(region.sources)
    return list(
        {settings.id: settings for settings in (find_settings(region, one) for one in given)}.values()
    )


def _assigned(session: Session, region: Region) -> dict[str, int]:
    """Return how many areas each source would be read for; nothing, with a word, without a database.

    Raise RegionFileError if the region file names areas or themes that nobody knows.
    """
    try:
        with session.open_store() as store, store.read() as connection:
            return {key: len(areas) for key, areas in plan(connection, region).of_source.items()}
    except StoreError as error:
        why = session.text.error(error.code, error.params)
        session.say(session.text("sources.areas_unchecked", why=why))
        return {}


def _told(outcome: CheckOutcome, text: Texts) -> str:
    state = text.word("check_state", "ok" if outcome.ok else "failed")
    return f"{outcome.source}: {state}"


def _row(
    settings: SourceSettings, outcome: CheckOutcome, areas: int | None, session: Session, region: Path
) -> CheckRow:
    shown = {name: printable(str(value)) for name, value in outcome.params.items()}
    said = session.text(f"{outcome.section}.{outcome.code}", **shown)
    if outcome.section == "error":
        said = session.text.error(outcome.code, outcome.params)
    return CheckRow(
        source=settings.id,
        kind=settings.type,
        state="ok" if outcome.ok else "failed",
        message=outcome.code,
        message_text=said,
        params=outcome.params,
        areas=areas,
        seconds=outcome.seconds,
        next_command=source_command(session, "preview" if outcome.ok else "check", region, settings.id),
    )


def _blocks(rows: Sequence[CheckRow], text: Texts) -> list[Block]:
    if not rows:
        return [Line(text("sync.no_sources"))]
    good = sum(row.state == "ok" for row in rows)
    blocks: list[Block] = [grid(_COLUMNS, rows, text)]
    blocks += [_next(row, text) for row in rows]
    blocks.append(Line(text("sources.checked", good=text.number(good), all=text.number(len(rows)))))
    return blocks


def _next(row: CheckRow, text: Texts) -> Line:
    if row.state == "ok":
        return next_line(row.source, row.next_command, text)
    return Line(text("sources.check_again", source=row.source, command=row.next_command))


_COLUMNS: tuple[Column[CheckRow], ...] = (
    Column("source"),
    Column("kind"),
    Column("state", section="check_state"),
    Column("areas", right=True, optional=True),
    Column("message", lambda _text, row: row.message_text),
)
