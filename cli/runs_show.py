"""``lueckenlos runs show``: the morning's report about a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from catalogue.reports.morning import Morning, morning
from catalogue.reports.morning_sources import SourceLine
from catalogue.reports.morning_words import (
    compared_words,
    deviation_words,
    duration_words,
    headline,
    sections,
)
from cli.blocks import Block, Heading, Line
from cli.help import Command
from cli.meta import describe_question
from cli.options import FormatOption, OutOption
from cli.output import Output, Result, field_names, plain
from cli.problems import UsageProblem
from cli.session import session_of
from cli.texts import Texts
from cli.view import Column, grid

__all__ = ["add_to", "run_number"]

LONGEST_NUMBER = 9
SHOWN = 40  # of what cannot be a number
#: What is asked for by this word is the last sync.
LAST = "last"


def add_to(group: typer.Typer) -> None:
    """Add the command."""
    group.command("show", cls=Command)(_show)


def run_number(written: str) -> int:
    """Return the number of a run. Raise UsageProblem if it is none."""
    if not (written.isascii() and written.isdigit()) or len(written) > LONGEST_NUMBER:
        raise UsageProblem("number", option="RUN", given=written[:SHOWN])
    return int(written)


def _show(
    context: typer.Context,
    run: Annotated[str, typer.Argument()] = LAST,
    output_format: FormatOption = "",
    out: OutOption = None,
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out)
    number = None if run.strip().lower() == LAST else run_number(run)
    with session.reading() as connection:
        found = morning(connection, number, session.text.commands["sync"], now=session.now())
        meta = describe_question(connection, session, "runs show")
    text = session.text
    meta |= {
        "standing": found.standing,
        "good": found.good,
        "headline": headline(found, text),
        "this": plain(found.run) if found.run else None,
        "runs": list(found.runs),
        "failed_elsewhere": list(found.failed_elsewhere),
        "before": plain(found.before) if found.before else None,
        "held": [plain(one) for one in found.held],
        "moved": plain(found.moved) if found.moved else None,
        "unknown": [plain(one) for one in found.unknown],
        "links": plain(found.links) if found.links else None,
        "night": plain(found.night) if found.night else None,
    }
    result = Result(field_names(SourceLine), found.sources, lambda rows: _blocks(found, rows, text), meta)
    output.write(result, text)
    if session.hides_password and any(line.next_command for line in found.sources):
        session.say(text("view.password_left_out"))


def _blocks(found: Morning, rows: Sequence[SourceLine], text: Texts) -> list[Block]:
    blocks: list[Block] = [Line(headline(found, text))]
    blocks += [Line(line) for line in compared_words(found, text)]
    for section in sections(found, text, figures=False):
        blocks.append(Heading(section.title))
        if section.name == "sources":
            blocks.append(grid(_COLUMNS, [row for row in rows if row.state != "unread"], text))
        blocks += [Line(line) for line in section.lines]
    if found.run is not None and found.run.kind == "sync":
        said = [Line(text("morning.issues", run=number)) for number in found.runs]
        blocks += [Line(""), *said]
    return blocks


def _usual(value: float | None, text: Texts) -> str:
    return "–" if value is None else text.number(int(value) if value == int(value) else value)


def _duration(seconds: float | None, text: Texts) -> str:
    return "–" if seconds is None else duration_words(round(seconds), text)


_COLUMNS: tuple[Column[SourceLine], ...] = (
    Column("source"),
    Column("state", section="state"),
    Column("read", right=True),
    Column("usual_read", lambda text, row: _usual(row.usual_read, text), right=True, optional=True),
    Column("new", right=True),
    Column("changed", right=True, optional=True),
    Column("unchanged", right=True),
    Column("vanished", right=True, optional=True),
    Column("withdrawn", right=True, optional=True),
    Column("rejected", right=True, optional=True),
    Column("duration", lambda text, row: _duration(row.seconds, text), right=True),
    Column("usual_seconds", lambda text, row: _duration(row.usual_seconds, text), right=True, optional=True),
    Column("remarkable", lambda text, row: deviation_words(row.deviations, text), optional=True),
)
