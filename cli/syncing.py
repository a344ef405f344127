"""``lueckenlos sync``: read the sources of a region and bring the catalogue up to date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from catalogue.matching.upgrade import outdated_sources
from catalogue.reports.remarks import open_remarks
from catalogue.reports.runs import IssueRow, Params
from catalogue.reports.sources import next_command
from catalogue.store import Store
from cli.blocks import Block, Heading, Line
from cli.calling import REGION_FILE
from cli.help import Command
from cli.meta import describe_call
from cli.options import FormatOption, OutOption
from cli.output import Output, Result, field_names
from cli.progress import show_progress
from cli.regionfile import region_of
from cli.review_notice import upgrade_line
from cli.session import Session, session_of
from cli.texts import Texts
from cli.view import Column, grid, issue_line, next_line
from sync.report import RunReport, SourceOutcome
from sync.run import Options, sync

__all__ = ["OutcomeRow", "add_to"]


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """One source's part of a sync; docs/data-dictionary.md explains every field."""

    source: str
    state: str
    message: str
    message_text: str
    params: Params
    scope: str
    read: int
    new: int
    changed: int
    unchanged: int
    vanished: int
    withdrawn: int
    rejected: int
    orphans: int
    dangling: int
    accepted_by_hand: bool
    seconds: float
    issues: tuple[IssueRow, ...]
    open_issues: int | None
    next_command: str


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("sync", cls=Command)(_sync)


def _sync(
    context: typer.Context,
    region: Annotated[Path, typer.Option("--region", envvar="LUECKENLOS_REGION")] = Path(REGION_FILE),
    source: Annotated[list[str] | None, typer.Option("--source")] = None,
    accept: Annotated[list[str] | None, typer.Option("--accept")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    output_format: FormatOption = "",
    out: OutOption = None,
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out)
    options = Options(only=frozenset(source or ()), accept=frozenset(accept or ()), dry_run=dry_run)
    known = region_of(session, region)
    with (
        session.open_store() as store,
        show_progress(session, len(options.only) or len(known.sources)) as listener,
    ):
        report = sync(store, known, options, listener)
        remarks = None if dry_run else _open_issues(store)
        with store.read() as connection:
            outdated = outdated_sources(connection)
    rows = [_row(outcome, remarks, session.text) for outcome in report.sources]
    meta = _meta(session, report, known.name) | {"matcher_waits": [one.source for one in outdated]}
    view = Result(field_names(OutcomeRow), rows, lambda shown: _blocks(report, shown, session.text), meta)
    output.write(view, session.text)
    if outdated:
        session.say(upgrade_line(outdated, session.text))
    if session.hides_password and any(row.next_command for row in rows):
        session.say(session.text("view.password_left_out"))
    if report.exit_code:
        raise typer.Exit(report.exit_code)


def _open_issues(store: Store) -> dict[str, int]:
    """Return how much is irregular about the state of each source, by its key."""
    with store.read() as connection:
        found = open_remarks(connection)
    return {key: sum(row.count for row in rows) for key, rows in found.items()}


def _row(outcome: SourceOutcome, remarks: dict[str, int] | None, text: Texts) -> OutcomeRow:
    counts, summary = outcome.counts, outcome.summary
    return OutcomeRow(
        source=outcome.source,
        state=outcome.state,
        message=outcome.message,
        message_text=text.error(outcome.message, outcome.params) if outcome.message else "",
        params=dict(outcome.params),
        scope=summary.scope,
        read=summary.read,
        new=counts.new,
        changed=counts.changed,
        unchanged=counts.unchanged,
        vanished=counts.vanished,
        withdrawn=counts.withdrawn,
        rejected=summary.rejected,
        orphans=counts.orphans,
        dangling=counts.dangling,
        accepted_by_hand=outcome.accepted_by_hand,
        seconds=outcome.seconds,
        issues=tuple(
            IssueRow(outcome.source, severity, kind, count, tuple(samples))
            for (severity, kind), (count, samples) in sorted(summary.issues.items())
        ),
        open_issues=None if remarks is None else remarks.get(outcome.source, 0),
        next_command=next_command(outcome.source, outcome.state, outcome.message, text.commands["sync"]),
    )


def _meta(session: Session, report: RunReport, region: str) -> dict[str, object]:
    return {
        **describe_call(session, "sync"),
        "region": region,
        "run": report.run_id or None,
        "dry_run": report.dry_run,
        "state": "empty" if report.empty else report.state,
        "exit_code": report.exit_code,
        "started_at": report.started_at,
        "finished_at": report.finished_at,
        "cells_new": report.cells_new,
        "cells_changed": report.cells_changed,
    }


def _blocks(report: RunReport, rows: Sequence[OutcomeRow], text: Texts) -> list[Block]:
    blocks: list[Block] = [grid(_COLUMNS, rows, text)]
    for row in rows:
        blocks += [Line(f"{row.source}: {row.message_text}")] if row.message_text else []
        blocks += [next_line(row.source, row.next_command, text)] if row.next_command else []
    issues = [issue for row in rows for issue in row.issues]
    if issues:
        blocks.append(Heading(text("view.issues")))
        blocks += [
            Line(f"{one.source}: {issue_line(one.kind, one.count, one.samples, text)}") for one in issues
        ]
    for row in rows:
        if row.open_issues and row.open_issues != sum(issue.count for issue in row.issues):
            said = text("view.open_issues", count=text.number(row.open_issues))
            blocks.append(Line(f"{row.source}: {said}"))
    good = sum(outcome.good for outcome in report.sources)
    code = ("dry_run" if report.dry_run else "finished") + ("_empty" if report.empty and rows else "")
    blocks.append(
        Line(
            text(
                f"sync.{code}",
                run=report.run_id,
                good=good,
                all=len(rows),
                new=text.number(report.cells_new),
                changed=text.number(report.cells_changed),
            )
        )
    )
    if not rows:
        blocks.append(Line(text("sync.no_sources")))
    return blocks


_COLUMNS: tuple[Column[OutcomeRow], ...] = (
    Column("source"),
    Column("state", section="state"),
    Column("read", right=True),
    Column("new", right=True),
    Column("changed", right=True, optional=True),
    Column("unchanged", right=True),
    Column("vanished", right=True, optional=True),
    Column("withdrawn", right=True, optional=True),
    Column("rejected", right=True, optional=True),
    Column("dangling", right=True, optional=True),
)
