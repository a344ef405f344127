"""``lueckenlos report``: the page about the region as a folder of files."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import Connection

from catalogue.reports.filters import select_cells
from cli.app_version import program_version
from cli.asof import AsOfOption, read_as_of
from cli.help import Command
from cli.options import AreaOption, LevelOption, ThemeOption, filters_of
from cli.problems import UsageProblem
from cli.session import Session, session_of
from cli.writing import writing_to

if TYPE_CHECKING:
    from catalogue.reports.page.frame import Options
    from catalogue.reports.page.site import Listener, Workbooks

__all__ = ["add_to"]

#: Where the workbooks lie in the site.
WORKBOOKS = "arbeitsmappen"
MOST_PROCESSES = 64
#: Without a terminal the progress is told so many times.
LINES = 10


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("report", cls=Command)(_report)


def _report(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out")],
    area: AreaOption = None,
    level: LevelOption = "",
    theme: ThemeOption = None,
    as_of: AsOfOption = "",
    base_title: Annotated[str, typer.Option("--base-title")] = "",
    workbooks: Annotated[bool, typer.Option("--workbooks")] = False,
    processes: Annotated[str, typer.Option("--processes")] = "",
) -> None:
    # Templates take time to load, which no other command should pay for.
    from catalogue.reports.page.frame import Options
    from catalogue.reports.page.site import build_site

    session = session_of(context)
    text = session.text
    options = Options(
        language=session.language,
        title=base_title.strip(),
        filters=filters_of(area=area, level=level, theme=theme, as_of=read_as_of(as_of)),
        version=program_version(),
        processes=_processes(processes),
    )
    with writing_to(out), session.open_store() as store, _progress(session) as listener:
        books = _workbooks(session, options) if workbooks else None
        report = build_site(store, out, options, session.now(), listener, books)
    session.say(
        text(
            "report.done",
            pages=text.number(report.pages),
            folder=out,
            areas=text.number(report.areas),
            services=text.number(report.services),
            megabytes=text.number(round(report.bytes / 1e6, 1)),
            largest=text.number(round(report.largest / 1000)),
        )
    )
    session.say(text("report.open", file=out / "index.html"))


def _processes(written: str) -> int:
    if not written:
        return 0
    if not (written.isascii() and written.isdigit() and 1 <= int(written[:9]) <= MOST_PROCESSES):
        raise UsageProblem("processes", given=written, most=MOST_PROCESSES)
    return int(written)


def _workbooks(session: Session, options: Options) -> Workbooks:
    """Return what writes the workbooks of the same areas and the same moment into the site."""
    from catalogue.reports.workbook.material import Question
    from catalogue.reports.workbook.writing import file_name, write_workbooks

    def write(connection: Connection, folder: Path) -> Mapping[tuple[str, str], str]:
        place = folder / WORKBOOKS
        place.mkdir()
        question = Question(
            now=session.now(), version=options.version, filters=options.filters, published=True
        )
        chosen = select_cells(connection, options.filters, past=True)
        for _ in write_workbooks(
            connection, question, session.text, lambda name: (place / name).open("wb"), whole=False
        ):
            pass
        return {(one.ars, one.level): f"{WORKBOOKS}/{file_name(one)}" for one in chosen.areas}

    return write


@contextmanager
def _progress(session: Session) -> Iterator[Listener]:
    """Give a listener: a bar on a terminal, some lines elsewhere."""
    if not sys.stderr.isatty():
        yield _Lines(session)
        return
    columns = (TextColumn("report"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("report", total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


class _Lines:
    """Says a line for each tenth that is done."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.said = 0

    def __call__(self, done: int, total: int) -> None:
        part = LINES * done // max(1, total)
        if part > self.said:
            self.said = part
            text = self.session.text
            self.session.say(text("report.progress", done=text.number(done), total=text.number(total)))
