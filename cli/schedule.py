"""``lueckenlos schedule``: do what the region file says, when it says so."""

from __future__ import annotations

import logging
import platform
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import sleep
from typing import Annotated, Final, NoReturn

import typer
from sqlalchemy import Connection

from catalogue.errors import StoreError
from catalogue.store import Store
from cli import exits
from cli.blocks import Block
from cli.calling import REGION_FILE
from cli.children import environment_of, run_child
from cli.failures import failure_of
from cli.help import Command
from cli.meta import describe_call
from cli.nightalarm import ALREADY_TOLD, sound_alarm
from cli.nighttargets import say_unusable, unusable_targets
from cli.options import FormatOption, OutOption
from cli.output import Output, Result, field_names
from cli.problems import UsageProblem
from cli.regionfile import region_of
from cli.session import Session, session_of
from cli.texts import Texts
from cli.view import Column, due_words, grid
from sync.logcontext import log_event
from sync.nightrun import Order
from sync.region import Region, RegionFileError, read_region
from sync.schedule import book
from sync.schedule.clock import written
from sync.schedule.decide import Question, decide
from sync.schedule.jobs import Job, Timetable, job_named, timetable_of
from sync.schedule.keeper import LOOK_SECONDS, Keeper, Tools
from sync.schedule.unkept import Unkept

__all__ = ["JobRow", "add_to"]

#: When a file was changed last, its size and its number.
Stamp = tuple[int, int, int]
#: What is wrong with a database that no waiting mends: how it is named.
_FOR_GOOD: Final = frozenset({"database_url", "database_setting"})
#: Seconds after the time limit of a night until its process is ended from outside; it keeps the limit itself.
BEYOND_LIMIT = 600.0


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job of the schedule; docs/data-dictionary.md explains every field."""

    job: str
    cron: str
    steps: tuple[str, ...]
    sources: tuple[str, ...]
    next_due: str
    starts_at: str
    last_due: str
    last_state: str
    last_exit_code: int | None


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("schedule", cls=Command)(_schedule)


def _schedule(
    context: typer.Context,
    region: Annotated[Path, typer.Option("--region", envvar="LUECKENLOS_REGION")] = Path(REGION_FILE),
    only_list: Annotated[bool, typer.Option("--list")] = False,
    forget: Annotated[bool, typer.Option("--forget")] = False,
    output_format: FormatOption = "",
    out: OutOption = None,
) -> None:
    session = session_of(context)
    output = Output.choose(output_format, out)
    if forget:
        if only_list:
            raise UsageProblem("schedule_forget")
        _forget(session)
        return
    known = region_of(session, region)
    timetable = timetable_of(known, platform.node())
    if not timetable.jobs:
        raise UsageProblem("schedule_nothing")
    if only_list:
        with session.open_store() as store:
            _write_list(session, output, known, _rows(store, timetable, session.now()))
        return
    session.say(session.text("schedule.serving"))
    _warn_of_targets(session, known, timetable)
    _serve(session, _Work(session, region, known), timetable)


def _serve(session: Session, work: _Work, timetable: Timetable) -> NoReturn:
    """Keep the timetable for ever, also while there is no database yet: its moments have to be told."""
    tools = Tools(work.read, work.begin, _Listener(session), session.now, Unkept(work.alarm))
    trouble = ""
    while True:
        try:
            with session.open_store() as store:
                keeper = Keeper(store, tools, timetable)
                while True:
                    keeper.look()
                    sleep(LOOK_SECONDS)
        except StoreError as error:
            if error.code in _FOR_GOOD:
                raise
            if trouble != str(error):
                tools.listener.troubled(error)
            trouble = str(error)
            with suppress(RegionFileError):  # told as soon as there is a database
                timetable = work.read()
            tools.unkept.look(timetable, session.now(), error)
        sleep(LOOK_SECONDS)


def _warn_of_targets(session: Session, region: Region, timetable: Timetable) -> None:
    """Say by day which folders nights could not write; they begin all the same, for their sync."""
    steps = dict.fromkeys(step for job in timetable.jobs for step in job.steps)
    say_unusable(session, unusable_targets(steps, region.schedule), logging.WARNING)


def _forget(session: Session) -> None:
    """Delete the appointments of a schedule that nobody runs any more; one that runs notes them again."""
    with session.open_store() as store, store.write() as connection:
        jobs = sorted(book.appointments(connection))
        book.make_appointments(connection, {}, session.now())
    if not jobs:
        session.say(session.text("schedule.nothing_to_forget"))
        return
    session.say(session.text("schedule.forgotten", count=len(jobs), jobs=", ".join(jobs)))


class _Work:
    """What a keeper works with: the region file, read anew each time, and processes that do the jobs."""

    def __init__(self, session: Session, path: Path, known: Region) -> None:
        self._session = session
        self._path = path
        self._known = known
        self._timetable = timetable_of(known, platform.node())
        self._stamp: Stamp | None = None
        self._told: set[tuple[str, datetime]] = set()  # that the database could not be used then

    def read(self) -> Timetable:
        """Return the timetable as the file says it now. Raise RegionFileError if it has errors."""
        stamp = _stamp_of(self._path)
        if stamp is None or stamp != self._stamp:
            self._timetable = self._read()
            self._stamp = stamp
        return self._timetable

    def _read(self) -> Timetable:
        region = read_region(self._path)
        timetable = timetable_of(region, platform.node())
        if region.text != self._known.text:
            text = self._session.text
            self._session.say(text("schedule.region_changed" if timetable.jobs else "schedule.empty"))
            _warn_of_targets(self._session, region, timetable)
        self._known = region
        return timetable

    def begin(self, job: str, due: datetime) -> int:
        """Do a job in a process of its own and return its exit code; that of a file if none can begin."""
        arguments = ["nightly", "--region", str(self._path), "--job", job, "--due", written(due)]
        seconds = self._known.schedule.time_limit_hours * 3600 + BEYOND_LIMIT
        try:
            code = run_child(arguments, self._environment(job, due), seconds, self._session.say).exit_code
        except OSError as error:  # no memory or no more processes just now
            for line in failure_of(error, self._session.text).lines:
                self._session.say(line, logging.ERROR)
            return exits.FAILED
        if code == exits.DATABASE:  # which the night told itself
            self._told.add((job, due))
        return code

    def _environment(self, job: str, due: datetime) -> dict[str, str]:
        told = {ALREADY_TOLD: "1"} if (job, due) in self._told else {}
        return {**environment_of(self._session), **told}

    def alarm(self, job: str, due: datetime, error: StoreError) -> None:
        """Tell the recipients that a job is due and the database cannot be used."""
        self._told.add((job, due))
        found = job_named(self._known, job)
        if found is not None:
            sound_alarm(self._session, self._known, Order(found, written(due)), error)


def _stamp_of(path: Path) -> Stamp | None:
    """Return what is another one when a file was changed; None if there is no such file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


class _Listener:
    """Says on the error output, and to the log, what the schedule does."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def planned(self, job: str, due: datetime) -> None:
        self._say("waiting", job=job, at=self._moment(due))

    def missed(self, job: str, due: datetime) -> None:
        log_event("job_missed", level=logging.WARNING, job=job, due_at=written(due))
        self._say("missed", job=job, due=self._moment(due))

    def broken_off(self, job: str, due_at: str) -> None:
        log_event("job_broken_off", level=logging.WARNING, job=job, due_at=due_at)
        self._say("dead", job=job, due=due_words(due_at, self._session.text))

    def began(self, job: str, due: datetime, attempt: int) -> None:
        log_event("job_started", job=job, due_at=written(due), attempt=attempt)
        self._say("started" if attempt == 1 else "again", job=job, due=self._moment(due), tries=attempt)

    def ended(self, job: str, due: datetime, exit_code: int) -> None:
        level = logging.WARNING if exit_code else logging.INFO
        log_event("job_ended", level=level, job=job, due_at=written(due), exit_code=exit_code)
        self._say("finished", job=job, due=self._moment(due), exit_code=exit_code)

    def not_begun(self, job: str, due: datetime, exit_code: int) -> None:
        elsewhere = exit_code == exits.LOCKED  # another schedule was faster, which is no trouble
        level = logging.INFO if elsewhere else logging.WARNING
        log_event("job_not_started", level=level, job=job, due_at=written(due), exit_code=exit_code)
        self._say("elsewhere" if elsewhere else "not_started", job=job, exit_code=exit_code)

    def troubled(self, error: RegionFileError | StoreError) -> None:
        log_event("schedule_trouble", level=logging.WARNING, why=type(error).__name__)
        self._say("region_bad" if isinstance(error, RegionFileError) else "database_away")
        for line in failure_of(error, self._session.text).lines:
            self._session.say(line, logging.WARNING)

    def _say(self, code: str, **params: object) -> None:
        self._session.say(self._session.text(f"schedule.{code}", **params))

    def _moment(self, due: datetime) -> str:
        return f"{self._session.text.day(due.date().isoformat())} {due:%H:%M}"


def _rows(store: Store, timetable: Timetable, now: datetime) -> list[JobRow]:
    """Return all jobs by the moment at which they begin next."""
    with store.read() as connection:
        noted, last = book.appointments(connection), book.last_nights(connection)
        due = {
            job.name: decide(_question(connection, timetable, job, now), noted.get(job.name)).appointment
            for job in timetable.jobs
        }
    rows = [_row(timetable, job, due[job.name], last.get(job.name)) for job in timetable.jobs]
    return sorted(rows, key=lambda row: row.starts_at)


def _question(connection: Connection, timetable: Timetable, job: Job, now: datetime) -> Question:
    def begun(due: datetime) -> book.Standing | None:
        return book.standing(connection, job.name, written(due))

    return Question(timetable, job.name, job.cron, begun, now)


def _row(timetable: Timetable, job: Job, due: datetime, last: book.Standing | None) -> JobRow:
    starts = timetable.start_of(job.name, due).astimezone(timetable.zone)
    return JobRow(
        job=job.name,
        cron=job.cron.expression,
        steps=job.steps,
        sources=tuple(sorted(job.sources)),
        next_due=written(due),
        starts_at=starts.isoformat(timespec="seconds"),
        last_due=last.due_at if last else "",
        last_state=last.state if last else "",
        last_exit_code=last.exit_code if last else None,
    )


def _write_list(session: Session, output: Output, region: Region, rows: Sequence[JobRow]) -> None:
    text = session.text
    meta = {
        **describe_call(session, "schedule"),
        "region": region.name,
        "timezone": region.schedule.timezone,
        "grace_hours": region.schedule.grace_hours,
    }

    def blocks(shown: Sequence[JobRow]) -> list[Block]:
        return [grid(_COLUMNS, shown, text)]

    output.write(Result(field_names(JobRow), rows, blocks, meta), text)


def _words(text: Texts, row: JobRow) -> str:
    return ", ".join(text.word("night_step", step) for step in row.steps)


_COLUMNS: tuple[Column[JobRow], ...] = (
    Column("job"),
    Column("cron"),
    Column("starts_at", lambda text, row: f"{text.day(row.starts_at[:10])} {row.starts_at[11:16]}"),
    Column("steps", _words),
    Column("last_due", lambda text, row: due_words(row.last_due, text)),
    Column(
        "last_state", lambda text, row: text.word("night_state", row.last_state) if row.last_state else "–"
    ),
)
