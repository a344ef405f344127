"""``lueckenlos nightly``: do once what there is to do in a night."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from catalogue.errors import StoreError
from catalogue.reports.runs import Params
from catalogue.store import Store
from cli import exits
from cli.blocks import Block, Line
from cli.calling import REGION_FILE
from cli.help import Command
from cli.meta import describe_call
from cli.nightalarm import sound_alarm
from cli.nightsteps import arguments_of, command_steps, target_of
from cli.nighttargets import Unusable, say_unusable, unusable_targets
from cli.nightunread import keep_unread_night
from cli.notify import mail_commands
from cli.options import FormatOption, OutOption
from cli.output import Output, Result, field_names
from cli.problems import UsageProblem
from cli.progress import show_progress
from cli.regionfile import region_of
from cli.session import Session, session_of
from cli.texts import Texts, printable
from cli.view import Column, due_words, grid
from sync.night import NightReport, StepOutcome
from sync.nightrun import AlreadyDone, Order, Tools, exit_code_of, perform
from sync.nightsync import named
from sync.notify import Sent, send_notices, step_of, told_of_database
from sync.region import Region, RegionFileError
from sync.schedule.book import Standing
from sync.schedule.clock import local_of, read_zone, written
from sync.schedule.jobs import Job, job_named
from sync.schedulesettings import NIGHTLY, ScheduleSettings

__all__ = ["PlanRow", "StepRow", "add_to"]


@dataclass(frozen=True, slots=True)
class StepRow:
    """What became of one step of a night; docs/data-dictionary.md explains every field."""

    step: str
    state: str
    message: str
    message_text: str
    params: Params
    seconds: float


@dataclass(frozen=True, slots=True)
class PlanRow:
    """What one step of a night would do; docs/data-dictionary.md explains every field."""

    step: str
    sources: tuple[str, ...]
    target: str
    arguments: tuple[str, ...]
    message: str
    message_text: str
    params: Params


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("nightly", cls=Command)(_nightly)


def _nightly(
    context: typer.Context,
    region: Annotated[Path, typer.Option("--region", envvar="LUECKENLOS_REGION")] = Path(REGION_FILE),
    job: Annotated[str, typer.Option("--job")] = NIGHTLY,
    due: Annotated[str, typer.Option("--due")] = "",
    once: Annotated[bool, typer.Option("--once")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run")] = False,
    output_format: FormatOption = "",
    out: OutOption = None,
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out)
    try:
        known = region_of(session, region)
    except RegionFileError as error:
        if not dry_run:
            with suppress(UsageProblem):  # mistakes in the file come first
                due_at = _due_at(session, ScheduleSettings().timezone, due.strip(), once=once)
                keep_unread_night(session, job.strip(), due_at, error)
        raise
    due_at = _due_at(session, known.schedule.timezone, due.strip(), once=once)
    order = Order(_job(known, job.strip()), due_at)
    if dry_run:
        if _write_plan(session, output, order, known):
            raise typer.Exit(exits.USAGE)
        return
    told: list[Sent] = []
    try:
        with session.open_store() as store:
            report = perform(store, known, order, _tools(session, store, known, told))
    except StoreError as error:
        if not told_of_database(told):
            sound_alarm(session, known, order, error)
        raise
    except AlreadyDone as error:
        _write_before(session, output, order, error.before)
        raise typer.Exit(exits.LOCKED if error.before.exit_code is None else error.before.exit_code) from None
    _write_report(session, output, report)
    if code := exit_code_of(report):
        raise typer.Exit(code)


def _job(region: Region, name: str) -> Job:
    found = job_named(region, name)
    if found is None:
        known = [NIGHTLY, *(one.name for one in region.schedule.job)]
        raise UsageProblem("job_unknown", given=name, known=", ".join(known))
    return found


def _due_at(session: Session, zone: str, given: str, *, once: bool) -> str:
    """Return the local moment that is meant, as the table keeps it."""
    if given and once:
        raise UsageProblem("job_due_once")
    if given:
        try:
            moment = datetime.fromisoformat(given)
        except ValueError:
            raise UsageProblem("job_due", given=given) from None
        if moment.tzinfo is not None:
            raise UsageProblem("job_due", given=given)
        return written(moment.replace(microsecond=0))
    local_now = local_of(session.now(), read_zone(zone))
    return local_now.date().isoformat() if once else local_now.isoformat(timespec="seconds")


def _tools(session: Session, store: Store, region: Region, told: list[Sent]) -> Tools:
    def notify(report: NightReport) -> StepOutcome:
        told.extend(
            send_notices(store, region, report, session.now(), commands=mail_commands(session, region))
        )
        return step_of(told)

    return Tools(
        progress=partial(show_progress, session),
        listener=_Listener(session),
        command=command_steps(session, region),
        notify=notify,
        now=session.now,
        ticks=time.monotonic,
        wait=time.sleep,
    )


class _Listener:
    """Says on the error output how far the night is."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def step_began(self, step: str) -> None:
        text = self._session.text
        self._session.say(text("night.step_begins", step=text.word("night_step", step)))

    def step_ended(self, outcome: StepOutcome) -> None:
        level = logging.WARNING if outcome.state in {"partial", "failed"} else logging.INFO
        self._session.say(_step_line(outcome, self._session.text), level)

    def again(self, sources: list[str], seconds: float) -> None:
        text = self._session.text
        minutes = text.number(round(seconds / 60, 1))
        said = text("night.again", count=len(sources), minutes=minutes, sources=", ".join(sources))
        self._session.say(said)


def _step_line(outcome: StepOutcome, text: Texts) -> str:
    said = text.error(outcome.code, outcome.params) if outcome.code else ""
    line = text(
        f"night.step_{outcome.state}",
        step=text.word("night_step", outcome.step),
        seconds=text.number(outcome.seconds),
        said=said,
    )
    return printable(line).rstrip()


def _write_plan(session: Session, output: Output, order: Order, region: Region) -> list[Unusable]:
    """Show what a night would do; return the steps of it whose folders cannot be used."""
    text, job, settings = session.text, order.job, region.schedule
    sources = tuple(sorted(job.sources)) or tuple(one.id for one in region.sources)
    unusable = unusable_targets(job.steps, settings)
    troubles = {one.step: one for one in unusable}
    rows = [
        _plan_row(step, sources if step == "sync" else (), settings, troubles.get(step), text)
        for step in job.steps
    ]
    meta = {
        **describe_call(session, "nightly"),
        "dry_run": True,
        "job": job.name,
        "region": region.name,
        "exit_code": exits.USAGE if unusable else exits.OK,
    }
    end = text("night.plan_unusable" if unusable else "night.plan", job=job.name, count=len(unusable))

    def blocks(shown: Sequence[PlanRow]) -> list[Block]:
        return [grid(_PLAN_COLUMNS, shown, text), Line(end)]

    output.write(Result(field_names(PlanRow), rows, blocks, meta), text)
    say_unusable(session, unusable, logging.ERROR)
    return unusable


def _plan_row(
    step: str, sources: tuple[str, ...], settings: ScheduleSettings, trouble: Unusable | None, text: Texts
) -> PlanRow:
    return PlanRow(
        step=step,
        sources=sources,
        target=target_of(step, settings),
        arguments=tuple(arguments_of(step, settings)),
        message=trouble.code if trouble else "",
        message_text=text.error(trouble.code, trouble.params) if trouble else "",
        params=dict(trouble.params) if trouble else {},
    )


def _write_before(session: Session, output: Output, order: Order, before: Standing) -> None:
    text = session.text
    state = text.word("night_state", before.state)
    said = text("night.already", job=before.job, due=due_words(before.due_at, text), state=state)
    meta = {
        **describe_call(session, "nightly"),
        "dry_run": False,
        "job": order.job.name,
        "due_at": order.due_at,
        "already": True,
        "state": before.state,
        "exit_code": before.exit_code,
    }
    rows: list[StepRow] = []
    output.write(Result(field_names(StepRow), rows, lambda _: [Line(said)], meta), text)


def _write_report(session: Session, output: Output, report: NightReport) -> None:
    text = session.text
    rows = [_row(one, text) for one in report.steps]
    meta = {
        **describe_call(session, "nightly"),
        "dry_run": False,
        "job": report.job,
        "due_at": report.due_at,
        "already": False,
        "state": report.state,
        "exit_code": exit_code_of(report),
        "started_at": report.started_at,
        "finished_at": report.finished_at,
        "run": (report.sync.run_id or None) if report.sync else None,
        "sources": {one.source: one.state for one in report.sync.sources} if report.sync else {},
    }

    def blocks(shown: Sequence[StepRow]) -> list[Block]:
        state = text.word("night_state", report.state)
        due = due_words(report.due_at, text)
        said = [
            Line(f"{text.word('night_step', row.step)}: {row.message_text}") for row in shown if row.message
        ]
        summary = Line(text("night.summary", job=report.job, due=due, state=state))
        return [grid(_COLUMNS, shown, text), *said, summary]

    output.write(Result(field_names(StepRow), rows, blocks, meta), text)


def _row(outcome: StepOutcome, text: Texts) -> StepRow:
    said = text.error(outcome.code, outcome.params) if outcome.code else ""
    return StepRow(outcome.step, outcome.state, outcome.code, said, dict(outcome.params), outcome.seconds)


_COLUMNS: tuple[Column[StepRow], ...] = (
    Column("step", section="night_step"),
    Column("state", section="night_state"),
    Column("seconds", right=True),
)
_PLAN_COLUMNS: tuple[Column[PlanRow], ...] = (
    Column("step", section="night_step"),
    Column("sources", lambda _text, row: named(row.sources) or "–"),
    Column("target", lambda _text, row: printable(row.target) or "–"),
)
