"""``lueckenlos runs``: what the runs did, what was irregular about it, and the morning's report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from catalogue.reports.morning_carried import Carriers
from catalogue.reports.morning_night import repetitions
from catalogue.reports.runs import RunDetail, RunRow, SourceRunRow, run_detail, runs
from cli import runs_show
from cli.blocks import Block, Facts, Heading, Line
from cli.help import Command, Group
from cli.meta import describe_question
from cli.options import FormatOption, LimitOption, OutOption
from cli.output import Output, Result, field_names, plain
from cli.runs_show import run_number
from cli.session import Session, session_of
from cli.texts import Texts
from cli.view import Column, grid, issue_line

__all__ = ["add_to", "message_of"]

TABLE_ROWS = 20


class RunsGroup(Group):
    """The commands about runs; without the name of one it is the list that is meant."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments; ``runs`` and ``runs 17`` are short for ``runs list`` and ``runs list 17``."""
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = ["list", *args]
        return super().parse_args(ctx, args)


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(cls=RunsGroup)
    group.command("list", cls=Command)(_runs)
    runs_show.add_to(group)
    app.add_typer(group, name="runs", cls=RunsGroup)


def _runs(
    context: typer.Context,
    run: Annotated[str, typer.Argument()] = "",
    output_format: FormatOption = "",
    out: OutOption = None,
    limit: LimitOption = "",
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out, limit, default_limit=TABLE_ROWS)
    if run:
        _one(session, output, run_number(run))
        return
    with session.reading() as connection:
        found = runs(connection)
        again = repetitions(connection, found, Carriers.read(connection, session.now()))
        meta = describe_question(connection, session, "runs")
    text = session.text
    output.write(Result(field_names(RunRow), found, lambda rows: _list_blocks(rows, again, text), meta), text)


def _one(session: Session, output: Output, number: int) -> None:
    with session.reading() as connection:
        detail = run_detail(connection, number)
        again = repetitions(connection, [detail.run], Carriers.read(connection, session.now()))
        meta = describe_question(connection, session, "runs")
    meta |= {"run": plain(detail.run), "issues": [plain(issue) for issue in detail.issues]}
    text = session.text
    blocks = lambda rows: _detail_blocks(detail, rows, again, text)  # noqa: E731 - as short as it gets
    output.write(Result(field_names(SourceRunRow), detail.sources, blocks, meta), text)


def _list_blocks(rows: Sequence[RunRow], again: Mapping[int, int], text: Texts) -> list[Block]:
    state = Column[RunRow]("state", lambda text, row: _state(row, again, text))
    columns = [state if one.key == "state" else one for one in _COLUMNS]
    return [grid(columns, rows, text) if rows else Line(text("view.no_runs"))]


def _state(row: RunRow, again: Mapping[int, int], text: Texts) -> str:
    """Return the state of a run; of a repetition it says nothing about all other sources of its night."""
    state = text.word("state", row.state)
    return text("morning.repetition", state=state, run=again[row.run]) if row.run in again else state


def _detail_blocks(
    detail: RunDetail, rows: Sequence[SourceRunRow], again: Mapping[int, int], text: Texts
) -> list[Block]:
    row = detail.run
    facts = [
        (text("column.started_at"), text.moment(row.started_at)),
        (text("column.finished_at"), text.moment(row.finished_at)),
        (text("column.kind"), text.word("run_kind", row.kind)),
        (text("column.state"), _state(row, again, text)),
        (text("column.region"), row.region or "–"),
        (text("column.cells_changed"), text.number(row.cells_changed)),
        (text("column.host"), f"{row.host} ({row.pid})"),
    ]
    blocks: list[Block] = [Heading(text("view.run", run=row.run)), Facts(facts)]
    if not rows:
        return [*blocks, Line(text("view.run_without_sources"))]
    blocks += [Heading(text("view.sources")), grid(_SOURCE_COLUMNS, rows, text)]
    for source in rows:
        said = message_of(source.message, source.params, text)
        if said:
            blocks.append(Line(f"{source.source}: {said}"))
    blocks += _standing_lines(rows, text)
    if detail.issues:
        blocks.append(Heading(text("view.issues")))
        for issue in detail.issues:
            line = issue_line(issue.kind, issue.count, issue.samples, text)
            blocks.append(Line(f"{issue.source}: {line}"))
    return blocks


def _standing_lines(rows: Sequence[SourceRunRow], text: Texts) -> list[Block]:
    """Return which sources stand on a delivery of an earlier run: what was irregular is told there."""
    of_run: dict[int, list[str]] = defaultdict(list)
    for row in rows:
        if row.stands_on is not None and row.stands_on != row.run:
            of_run[row.stands_on].append(row.source)
    return [
        Line(text("view.stands_on", sources=", ".join(keys), count=len(keys), run=run))
        for run, keys in sorted(of_run.items())
    ]


def _good(text: Texts, row: RunRow) -> str:
    """Return how many sources were applied; a run that reads none has no such figure."""
    return text.number(row.sources_ok) if row.kind == "sync" else "–"


def message_of(code: str, params: dict[str, str | int | float], text: Texts) -> str:
    """Return what is to say about a source's part of a run; empty if nothing is."""
    return text.error(code, params) if code else ""


_COLUMNS: tuple[Column[RunRow], ...] = (
    Column("run", right=True),
    Column("started_at", lambda text, row: text.moment(row.started_at)),
    Column("finished_at", lambda text, row: text.moment(row.finished_at)),
    Column("kind", section="run_kind"),
    Column("state", section="state"),
    Column("sources_ok", _good, right=True),
    Column("sources_unchanged", right=True, optional=True),
    Column("sources_failed", right=True, optional=True),
    Column("sources_held", right=True, optional=True),
    Column("cells_changed", right=True),
)
_SOURCE_COLUMNS: tuple[Column[SourceRunRow], ...] = (
    Column("source"),
    Column("state", section="state"),
    Column("scope", section="scope"),
    Column("read", right=True),
    Column("new", right=True),
    Column("changed", right=True, optional=True),
    Column("unchanged", right=True),
    Column("vanished", right=True, optional=True),
    Column("withdrawn", right=True, optional=True),
    Column("rejected", right=True, optional=True),
    Column("orphans", right=True, optional=True),
    Column("dangling", right=True, optional=True),
    Column("accepted_by_hand"),
)
