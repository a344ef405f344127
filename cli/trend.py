"""``lueckenlos trend``: coverage over time, with the days on which its lines break."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from catalogue.reports.trend import TrendPoint, trend
from cli.asof import AsOfOption, read_as_of
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
    ThemeOption,
    filters_of,
)
from cli.output import Output, Result, field_names
from cli.problems import UsageProblem
from cli.session import session_of
from cli.texts import Texts
from cli.view import Column, area_words, grid

__all__ = ["add_to"]

TABLE_ROWS = 100
LONGEST_NUMBER = 5  # digits of a number of days
SHOWN = 40  # of what cannot be a number


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("trend", cls=Command)(_trend)


def _trend(
    context: typer.Context,
    area: AreaOption = None,
    level: LevelOption = "",
    theme: ThemeOption = None,
    service: ServiceOption = None,
    days: Annotated[str, typer.Option("--days")] = "",
    by_area: Annotated[bool, typer.Option("--by-area")] = False,
    scope: Annotated[str, typer.Option("--scope")] = "competent",
    as_of: AsOfOption = "",
    output_format: FormatOption = "",
    out: OutOption = None,
    limit: LimitOption = "",
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out, limit, default_limit=TABLE_ROWS)
    filters = filters_of(area=area, level=level, theme=theme, service=service, as_of=read_as_of(as_of))
    with session.reading() as connection:
        points = trend(connection, filters, scope, days=_number(days), until=None)
        meta = describe_question(connection, session, "trend", filters)
    text = session.text
    shown = points if by_area else _without_areas(points, named=bool(area))
    meta |= {"scope": scope, "days": _number(days), "denominator": text(f"denominator.{scope}")}
    result = Result(field_names(TrendPoint), shown, lambda rows: _blocks(rows, scope, text), meta)
    output.write(result, text)


def _number(written: str) -> int | None:
    """Return the number of days; None if none is given. Raise UsageProblem if it is none from 1."""
    if not written:
        return None
    digits = written.isascii() and written.isdigit() and len(written) <= LONGEST_NUMBER
    if not digits or int(written) == 0:
        raise UsageProblem("number", option="--days", given=written[:SHOWN])
    return int(written)


def _without_areas(points: Sequence[TrendPoint], *, named: bool) -> list[TrendPoint]:
    """Return the line of all areas together; of areas that are named, theirs as well, but none twice."""
    places = {(point.ars, point.level) for point in points if point.ars}
    if named and len(places) == 1:
        return [point for point in points if point.ars]
    return [point for point in points if named or not point.ars]


def _blocks(rows: Sequence[TrendPoint], scope: str, text: Texts) -> list[Block]:
    blocks: list[Block] = [grid(_COLUMNS, rows, text), Line(text(f"denominator.{scope}"))]
    if any(row.breaks for row in rows):
        blocks.append(Line(text("view.trend_breaks")))
    return blocks


def _counted(count: int, share: float | None, text: Texts) -> str:
    return f"{text.number(count)} = {text.percent(share)}"


_COLUMNS: tuple[Column[TrendPoint], ...] = (
    Column("day", lambda text, row: text.day(row.date)),
    Column("area", lambda text, row: area_words(row.area, row.level, text)),
    Column("cells", right=True),
    Column("any", lambda text, row: _counted(row.any_count, row.any_share, text), right=True),
    Column("own", lambda text, row: _counted(row.own_count, row.own_share, text), right=True),
    Column("share", lambda text, row: _counted(row.leaves_online, row.leaves_share, text), right=True),
    Column("gaps", right=True),
    Column("unknown", right=True),
    Column(
        "breaks",
        lambda text, row: ", ".join(text.word("break", code) for code in row.breaks),
        optional=True,
    ),
)
