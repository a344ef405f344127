"""``lueckenlos lint``: the quality of a source's delivery, to be handed back to its editors."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from catalogue.lint.report import LintReport, lint
from catalogue.lint.rules import LintRules, packaged_lint_rules, read_lint_rules
from catalogue.lint.subject import Subject, applied_subject, fresh_subject
from catalogue.store import Store
from cli import exits
from cli.blocks import Line
from cli.calling import REGION_FILE
from cli.help import Command
from cli.lintview import FindingRow, FindingRows, report_blocks
from cli.meta import describe_call
from cli.options import FormatOption, OutOption
from cli.output import Output, Result, field_names
from cli.problems import UsageProblem
from cli.progress import show_progress
from cli.regionfile import region_of
from cli.session import Session, session_of
from cli.sourcefile import find_settings
from connectors.errors import AbortRun, ConnectorError, RejectDelivery
from sync.fresh import fresh_delivery

__all__ = ["add_to"]

USUAL_SAMPLES = "5"


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("lint", cls=Command)(_lint)


def _lint(
    context: typer.Context,
    source: Annotated[str, typer.Argument()],
    fresh: Annotated[bool, typer.Option("--fresh")] = False,
    region: Annotated[Path, typer.Option("--region", envvar="LUECKENLOS_REGION")] = Path(REGION_FILE),
    samples: Annotated[str, typer.Option("--samples")] = USUAL_SAMPLES,
    rules: Annotated[Path | None, typer.Option("--rules")] = None,
    output_format: FormatOption = "",
    out: OutOption = None,
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out)
    shown = _read_samples(samples)
    judged = read_lint_rules(rules) if rules is not None else packaged_lint_rules()
    with ExitStack() as stack:
        store = stack.enter_context(session.open_store())
        if fresh:
            found = stack.enter_context(_fresh(session, store, region, source))
        else:
            found = stack.enter_context(_applied(session, store, source))
        if isinstance(found, ConnectorError):
            code = _say_unread(session, output, source, found, judged)
        else:
            with store.read() as connection:
                report = stack.enter_context(lint(connection, found, judged, session.now()))
            code = exits.SOME if report.musts else exits.OK
            _write(session, output, found, report, judged, shown)
    if code:
        raise typer.Exit(code)


def _read_samples(written: str) -> int:
    """Return how many samples are shown, -1 for all. Raise UsageProblem."""
    if not written.isascii() or not written.isdigit() or len(written) > 9:
        raise UsageProblem("number", option="--samples", given=written)
    return int(written) or -1


@contextmanager
def _applied(session: Session, store: Store, source: str) -> Iterator[Subject]:
    """Give the applied state of a source as long as it is looked at."""
    with tempfile.TemporaryDirectory(prefix="lueckenlos-", ignore_cleanup_errors=True) as folder:
        with store.read() as connection:
            session.use_region_of(connection)
            subject = applied_subject(connection, source.strip(), Path(folder) / "applied.sqlite")
        yield subject


@contextmanager
def _fresh(session: Session, store: Store, region: Path, source: str) -> Iterator[Subject | ConnectorError]:
    """Give a fresh delivery of a source as long as it is looked at, or why there is none."""
    known = region_of(session, region)
    settings = find_settings(known, source)
    session.say(session.text("sources.reading", source=settings.id))
    with ExitStack() as stack:
        with show_progress(session, 1) as listener:
            delivery = fresh_delivery(store, known, settings, listener.source_advanced)
            prepared = stack.enter_context(delivery)
        if prepared.stage is None:
            yield prepared.error or RejectDelivery("delivery_without_files")
        else:
            with store.read() as connection:
                subject = fresh_subject(connection, settings.id, prepared.stage, prepared.summary)
            yield subject


def _write(
    session: Session, output: Output, subject: Subject, report: LintReport, rules: LintRules, shown: int
) -> None:
    text = session.text
    shoulds = sum(one.findings for one in report.results) - report.musts
    meta = {
        **_meta(session, subject.source, rules),
        "state": "ok",
        "exit_code": exits.SOME if report.musts else exits.OK,
        "fresh": subject.fresh,
        "whole": subject.whole,
        "delivered_at": subject.delivered_at,
        "must": report.musts,
        "should": shoulds,
        "checks": report.results,
    }
    rows = FindingRows(report, subject.source, text)
    output.write(
        Result(
            field_names(FindingRow),
            rows,
            lambda _: report_blocks(report, subject, rules.rules, shown, text),
            meta,
        ),
        text,
    )


def _meta(session: Session, source: str, rules: LintRules) -> dict[str, object]:
    return {**describe_call(session, "lint"), "source": source, "rules": rules.rules}


def _say_unread(
    session: Session, output: Output, source: str, error: ConnectorError, rules: LintRules
) -> int:
    """Say why there is no delivery to look at; return the exit code."""
    text = session.text
    code = exits.USAGE if isinstance(error, AbortRun) else exits.NONE
    said = text.error(error.code, error.params)
    nothing: list[FindingRow] = []
    meta = {
        **_meta(session, source, rules),
        "state": "failed",
        "exit_code": code,
        "message": error.code,
        "message_text": said,
        "params": dict(error.params),
    }
    unread = [Line(text("lint_view.unread", source=source))]
    output.write(Result(field_names(FindingRow), nothing, lambda _: unread, meta), text)
    session.say(f"{text('failure.prefix')} {said}")
    return code
