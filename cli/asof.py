"""``--as-of``: looking at a moment of the past, and what has to be said about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, TypeVar

import typer
from sqlalchemy import Connection

from catalogue.history import edition_at
from catalogue.reports.filters import Filters
from cli.blocks import Line
from cli.options import read_moment
from cli.output import Output, Result
from cli.problems import UsageProblem
from cli.session import Session
from cli.texts import Texts

__all__ = ["AsOfOption", "as_of_notes", "read_as_of", "write_noted"]

R = TypeVar("R")

AsOfOption = Annotated[str, typer.Option("--as-of")]

FLAG = "--as-of"


def read_as_of(written: str) -> datetime | None:
    """Return the moment the option names: a moment with its time, or the last second of a day.

    Days are those of this machine's calendar. Raise UsageProblem if it is none, or a day to come.
    """
    if not written:
        return None
    begin = read_moment(FLAG, written)
    end = read_moment(FLAG, written, end_of_day=True)
    if begin > datetime.now(UTC):
        raise UsageProblem("as_of_future", given=written)
    return begin if begin == end else end - timedelta(seconds=1)


def as_of_notes(connection: Connection, filters: Filters, text: Texts) -> list[str]:
    """Return which state is shown and what is left out of it; nothing about the present."""
    if filters.as_of is None:
        return []
    shown = edition_at(connection, filters.as_of)
    return [text("view.as_of", moment=text.moment(shown.at), run=shown.run_id)]


def write_noted(session: Session, output: Output, result: Result[R], notes: Sequence[str]) -> None:
    """Write a result with notes: below a table, in JSON's ``notes``, beside CSV, which has no room for them.

    Raise OSError if that is not possible.
    """
    if notes:
        blocks, lines = result.blocks, [Line(note) for note in notes]
        result = replace(
            result,
            meta={**result.meta, "notes": list(notes)},
            blocks=lambda rows: [*blocks(rows), *lines],
        )
    output.write(result, session.text)
    if output.format == "csv":
        for note in notes:
            session.say(note)
