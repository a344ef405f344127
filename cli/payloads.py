"""``lueckenlos payloads``: which delivered files are kept, and getting one back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from catalogue.payloads import stream_content
from catalogue.reports.payloads import PayloadRow, one_payload, payload_rows
from cli.blocks import Block, Line
from cli.calling import REGION_FILE
from cli.help import Command, Group
from cli.meta import describe_question
from cli.options import FormatOption, LimitOption, OutOption
from cli.output import Output, Result, field_names, opened
from cli.problems import UsageProblem
from cli.regionfile import region_of
from cli.session import Session, session_of
from cli.texts import Texts
from cli.view import Column, grid

__all__ = ["add_to", "folder_of"]

TABLE_ROWS = 20
_MOST_DIGITS = 15


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(cls=Group)
    group.command("list", cls=Command)(_list)
    group.command("get", cls=Command)(_get)
    app.add_typer(group, name="payloads", cls=Group)


def folder_of(session: Session, region: Path) -> tuple[Path, int]:
    """Return the folder of kept files and for how many days they are kept. Raise UsageProblem if none are."""
    settings = region_of(session, region).payloads
    if settings is None:
        raise UsageProblem("payloads_off", region=str(region))
    return Path(settings.folder), settings.keep_days


def _list(
    context: typer.Context,
    source: Annotated[str, typer.Option("--source")] = "",
    output_format: FormatOption = "",
    out: OutOption = None,
    limit: LimitOption = "",
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out, limit, default_limit=TABLE_ROWS)
    with session.reading() as connection:
        rows = payload_rows(connection, source.strip())
        meta = describe_question(connection, session, "payloads list")
    text = session.text

    def blocks(shown: Sequence[PayloadRow]) -> list[Block]:
        return [grid(_COLUMNS, shown, text) if shown else Line(text("payloads.none"))]

    output.write(Result(field_names(PayloadRow), rows, blocks, meta), text)


def _get(
    context: typer.Context,
    payload: Annotated[str, typer.Argument()],
    out: Annotated[Path, typer.Option("--out")],
    region: Annotated[Path, typer.Option("--region", envvar="LUECKENLOS_REGION")] = Path(REGION_FILE),
) -> None:
    session = session_of(context)
    number = _number(payload)
    folder, _ = folder_of(session, region)
    with session.reading() as connection:
        row = one_payload(connection, number)
    with stream_content(folder, row.sha256, row.size) as chunks, opened(out) as stream:
        for chunk in chunks:
            stream.write(chunk)
    text = session.text
    session.say(text("payloads.got", file=str(out), name=row.name, megabytes=_megabytes(text, row.size)))


def _number(written: str) -> int:
    given = written.strip()
    if not (given.isascii() and given.isdigit()) or len(given) > _MOST_DIGITS:
        raise UsageProblem("number", option="PAYLOAD", given=written[:_MOST_DIGITS])
    return int(given)


def _megabytes(text: Texts, size: int) -> str:
    return text.number(round(size / 1_000_000, 3))


_COLUMNS: tuple[Column[PayloadRow], ...] = (
    Column("payload", right=True),
    Column("source"),
    Column("run", right=True),
    Column("state", section="state"),
    Column("kept_at", lambda text, row: text.moment(row.kept_at)),
    Column("name"),
    Column("payload_size", lambda text, row: _megabytes(text, row.size), right=True),
    Column("payload_stored", lambda text, row: _megabytes(text, row.stored), right=True),
)
