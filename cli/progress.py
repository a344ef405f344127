"""What a running sync tells: bars on a terminal, quiet lines elsewhere; always on standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from cli.session import Session
from cli.texts import Texts, printable
from sync.report import SourceOutcome
from sync.run import Progress as Listener

__all__ = ["outcome_line", "show_progress"]


@contextmanager
def show_progress(session: Session, sources: int) -> Iterator[Listener]:
    """Give a listener for a sync of so many sources."""
    if not sys.stderr.isatty():
        yield _Lines(session)
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        yield _Bars(session, bars, sources)


class _Lines:
    """One line for each source when it is done."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def source_started(self, source: str) -> None:
        """Say nothing: a line for each source that is done is enough."""

    def source_advanced(self, source: str, done: int, total: int) -> None:
        """Say nothing: lines are for what is done."""

    def source_done(self, outcome: SourceOutcome) -> None:
        self.session.say(outcome_line(outcome, self.session.text))

    def cells_started(self) -> None:
        self.session.say(self.session.text("sync.cells"))


class _Bars(_Lines):
    """A bar for all sources, and a line above it for each that is done."""

    def __init__(self, session: Session, bars: Progress, sources: int) -> None:
        super().__init__(session)
        self.bars = bars
        self.task: TaskID = bars.add_task(session.text("sync.reading"), total=sources)
        self.of_source: dict[str, TaskID] = {}

    def source_advanced(self, source: str, done: int, total: int) -> None:
        # Each source is read by one thread, and the display has a lock of its own.
        if source not in self.of_source:
            self.of_source[source] = self.bars.add_task(source, total=total or None)
        self.bars.update(self.of_source[source], completed=done, total=total or None)

    def source_done(self, outcome: SourceOutcome) -> None:
        if outcome.source in self.of_source:
            self.bars.remove_task(self.of_source.pop(outcome.source))
        self.bars.console.print(outcome_line(outcome, self.session.text), markup=False, highlight=False)
        self.bars.advance(self.task)

    def cells_started(self) -> None:
        self.bars.update(self.task, description=self.session.text("sync.cells"))


def outcome_line(outcome: SourceOutcome, text: Texts) -> str:
    """Return what became of a source in one line."""
    counts = {name: text.number(value) for name, value in vars(outcome.counts).items()}
    line = text(
        f"sync.line_{outcome.state}",
        source=outcome.source,
        read=text.number(outcome.summary.read),
        rejected=text.number(outcome.summary.rejected),
        seconds=text.number(round(outcome.seconds, 1)),
        **counts,
    )
    said = text.error(outcome.message, outcome.params) if outcome.message else ""
    return printable(f"{line} {said}".rstrip())
