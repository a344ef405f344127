"""``lueckenlos demo``: the whole way from a delivery to a gap list, with invented offers."""

from __future__ import annotations

import errno
import shlex
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from catalogue.priority_rules import packaged_priority_rules
from catalogue.reports.cells import CellRow
from catalogue.reports.filters import EVERYTHING
from catalogue.reports.gaps import gaps
from catalogue.verdict import GAP_STATUSES
from cli import exits
from cli.blocks import Block, Heading, Line, print_blocks
from cli.demo.check import read_truth
from cli.demo.folder import DemoFolder
from cli.demo.hints import program
from cli.demo.pages import files_page, hints_page, kinds_page, night_page, region_page
from cli.demo.play import Play
from cli.demo.server import DemoServer
from cli.demo.sources import NIGHTS, SOURCES
from cli.help import Command
from cli.meta import describe_question
from cli.output import Output, Result, field_names
from cli.priorities import with_urgency
from cli.problems import UsageProblem
from cli.session import Session, session_of

__all__ = ["add_to"]

HIGHEST_PORT = 65_535


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo", cls=Command)(_demo)


def _demo(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out")] = Path("demo-out"),
    nights: Annotated[str, typer.Option("--nights")] = "1",
    keep_serving: Annotated[bool, typer.Option("--keep-serving")] = False,
    port: Annotated[str, typer.Option("--port")] = "",
) -> None:
    session = session_of(context)
    last = _number("demo_nights", nights, max(NIGHTS))
    wanted = _number("demo_port", port, HIGHEST_PORT) if port else 0
    folder = DemoFolder(out)
    # The port first: if it is taken, what an earlier demo wrote stays.
    with _server(folder, wanted) as server, folder.claimed():
        with session.open_store(folder.url, new=True) as store:
            play = Play(folder, store)
            good = _nights(session, play, server, last)
            _finish(session, play, last)
        if keep_serving:
            _keep_serving(session, folder, server)
    if not good:
        raise typer.Exit(exits.FAILED)


def _number(code: str, given: str, largest: int) -> int:
    number = int(given) if given.isascii() and given.isdigit() and len(given) <= len(str(largest)) else 0
    if not 0 < number <= largest:
        raise UsageProblem(code, given=given)
    return number


@contextmanager
def _server(folder: DemoFolder, port: int) -> Iterator[DemoServer]:
    try:
        server = DemoServer(folder.deliveries, port=port)
    except OSError as error:
        if error.errno in {errno.EADDRINUSE, errno.EACCES}:
            raise UsageProblem("demo_port_taken", port=port) from None
        raise
    with server:
        yield server


def _nights(session: Session, play: Play, server: DemoServer, last: int) -> bool:
    """Play the nights; return whether every cell said what it must on each of them."""
    text = session.text
    _show([Heading(text("demo.invented")), *kinds_page(text), Line("")])
    session.say(text("demo.preparing"))
    play.prepare(last)
    readme = text("demo.readme", invented=text("demo.invented")).strip()
    play.folder.readme.write_text(f"{readme}\n", encoding="utf-8")
    good = True
    for night in range(1, last + 1):
        session.say(text("demo.reading", night=night, sources=len(SOURCES)))
        result = play.night(server, night)
        _show(night_page(result, text))
        good = good and not result.check.differences
    return good


def _finish(session: Session, play: Play, night: int) -> None:
    """Show what is known now, write the gap list, and say what to try next."""
    text, folder = session.text, play.folder
    with play.store.read() as connection:
        found = gaps(connection)
        found = with_urgency(connection, EVERYTHING, found, packaged_priority_rules(), session.now())
        meta = describe_question(connection, session, "gaps")
        _show(region_page(connection, found, text))
    notes = {
        "statuses": list(GAP_STATUSES),
        "voluntary": found.voluntary,
        "stale": found.stale,
        "unknown": found.unknown,
    }
    whole = {"note": text("demo.invented"), **meta, **notes}
    result = Result(field_names(CellRow), found.rows, lambda _: [], whole)
    for path in (folder.gaps_csv, folder.gaps_json):
        Output.choose("", path).write(result, text)
    _show(files_page(folder, night, text))
    _show(hints_page(folder, read_truth(play.truth(night)), night, text))


def _keep_serving(session: Session, folder: DemoFolder, server: DemoServer) -> None:
    text = session.text
    database, region = shlex.quote(folder.url), shlex.quote(str(folder.region))
    _show(
        [
            Line(""),
            Line(text("demo.serving", url=server.url, night=server.night)),
            Line(f"# {text('demo.try_sync')}"),
            Line(f"  {program()} --db {database} sync --region {region}"),
        ]
    )
    try:
        server.wait()
    except KeyboardInterrupt:
        session.say("")


def _show(blocks: Iterable[Block]) -> None:
    sys.stdout.flush()
    print_blocks(list(blocks), sys.stdout.buffer, on_terminal=sys.stdout.isatty())
    sys.stdout.buffer.flush()
