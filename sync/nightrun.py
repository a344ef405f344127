"""Does one night: step by step, each on its own, and tells the truth about every one of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from catalogue.errors import StoreError
from catalogue.store import Store
from sync.lock import only_one
from sync.logcontext import log_context, log_event
from sync.night import NightReport, StepOutcome
from sync.nightsync import Attempts, named, sync_again_and_again
from sync.region import Region
from sync.report import EXIT_NONE, EXIT_OK, EXIT_SOME, RunReport
from sync.run import Progress
from sync.schedule import book
from sync.schedule.jobs import Job

__all__ = ["EXIT_LOCKED", "AlreadyDone", "NightListener", "Order", "Tools", "exit_code_of", "perform"]

log = logging.getLogger(__name__)

SECONDS_PER_HOUR: Final = 3600
#: Exit code of a night whose sync could not begin because another one ran all the time.
EXIT_LOCKED: Final = 75


class AlreadyDone(Exception):
    """The job was begun for this moment before; ``before`` tells what became of it."""

    def __init__(self, before: book.Standing) -> None:
        super().__init__(before)
        self.before = before


class NightListener(Protocol):
    """Told how far a night is."""

    def step_began(self, step: str) -> None:
        """Take note that a step begins."""

    def step_ended(self, outcome: StepOutcome) -> None:
        """Take note that a step has ended, well or not."""

    def again(self, sources: list[str], seconds: float) -> None:
        """Take note that sources are read again after a pause."""


@dataclass(frozen=True)
class Order:
    """A job, and the local moment it is done for."""

    job: Job
    due_at: str


@dataclass(frozen=True)
class Tools:
    """What a night works with.

    ``command`` does a step that is a command of its own (links, report, export, publish) within so many
    seconds, ``notify`` tells whoever wants to know of the night so far. ``progress`` gives a listener for a
    sync of so many sources. ``ticks`` is the monotonic clock,
    ``wait`` waits so many seconds.
    """

    progress: Callable[[int], AbstractContextManager[Progress]]
    listener: NightListener
    command: Callable[[str, float], StepOutcome]
    notify: Callable[[NightReport], StepOutcome]
    now: Callable[[], datetime]
    ticks: Callable[[], float]
    wait: Callable[[float], None]


def perform(store: Store, region: Region, order: Order, tools: Tools) -> NightReport:
    """Do a job once and keep what became of it in the table ``night``.

    Raise AlreadyDone if it was begun for this moment before and not broken off, LockHeld if another night
    runs, StoreError if the database cannot be read or written at the beginning or the end.
    """
    with only_one(store, "night"), log_context(job=order.job.name):
        with store.write() as connection:
            book.close_dead(connection, tools.now())
            before = book.claim(connection, order.job.name, order.due_at, tools.now())
        if before is not None:
            raise AlreadyDone(before)
        return _Night(store, region, order, tools).perform()


class _Night:
    """The state of one night."""

    def __init__(self, store: Store, region: Region, order: Order, tools: Tools) -> None:
        self.store, self.region, self.order, self.tools = store, region, order, tools
        self.started = tools.now()
        self.until = tools.ticks() + region.schedule.time_limit_hours * SECONDS_PER_HOUR
        self.sync: RunReport | None = None
        self.steps: list[StepOutcome] = []

    def perform(self) -> NightReport:
        log_event("night_started", due_at=self.order.due_at)
        with self._closed_at_last():
            for step in self.order.job.steps:
                self._do(step)
        report = self._report()
        log_event("night_finished", due_at=self.order.due_at, state=report.state)
        return report

    @contextmanager
    def _closed_at_last(self) -> Iterator[None]:
        """Write the end of the night, also if it is broken off by a signal."""
        try:
            yield
        except BaseException as error:
            code = error.code if isinstance(error, SystemExit) and isinstance(error.code, int) else 130
            try:
                self._finish("aborted", code)
            except StoreError as trouble:
                log.warning("night: %s", trouble.code)  # the next night closes it
            raise
        report = self._report()
        self._finish(report.state, exit_code_of(report))

    def _finish(self, state: str, exit_code: int) -> None:
        with self.store.write() as connection:
            book.finish(connection, self._report(), state, exit_code)

    def _do(self, step: str) -> None:
        """Do one step; whatever goes wrong in it is told and stops no other."""
        self.tools.listener.step_began(step)
        began = self.tools.ticks()
        with log_context(step=step):
            try:
                outcome = self._outcome(step, self.until - began)
            except Exception as error:
                log.exception("night: %s", step)
                outcome = StepOutcome(step, "failed", "night_defect", {"why": type(error).__name__})
            outcome = replace(outcome, seconds=round(self.tools.ticks() - began, 1))
            level = logging.INFO if outcome.state == "ok" else logging.WARNING
            log_event(
                "step_done", level=level, state=outcome.state, code=outcome.code, duration=outcome.seconds
            )
        self.steps.append(outcome)
        self._note()
        self.tools.listener.step_ended(outcome)

    def _outcome(self, step: str, left: float) -> StepOutcome:
        if step == "notify":  # takes little time, and matters most if the rest took too much
            return self.tools.notify(self._report())
        if left <= 0:
            hours = f"{self.region.schedule.time_limit_hours:g}"
            return StepOutcome(step, "failed", "night_time_limit", {"hours": hours})
        if step == "sync":
            return self._read_sources(left)
        if step == "publish" and any(one.step == "sync" and one.state == "failed" for one in self.steps):
            return StepOutcome(step, "skipped", "night_nothing_new")
        return self.tools.command(step, left)

    def _read_sources(self, left: float) -> StepOutcome:
        settings = self.region.schedule
        began = self.tools.ticks()

        def again(report: RunReport | None, sources: list[str], seconds: float) -> None:
            self.sync = report
            self._note(self._waiting(sources, seconds, self.tools.ticks() - began))
            self.tools.listener.again(sources, seconds)

        attempts = Attempts(
            only=self.order.job.sources,
            retries=settings.retries,
            pause=settings.retry_pause_minutes * 60,
            seconds=left,
            again=again,
            ticks=self.tools.ticks,
            wait=self.tools.wait,
            now=self.tools.now,
        )
        self.sync, outcome = sync_again_and_again(self.store, self.region, attempts, self.tools.progress)
        return outcome

    def _waiting(self, sources: list[str], pause: float, seconds: float) -> StepOutcome:
        """Return the sync as it stands in a pause: whoever asks shall not take the night for over."""
        due = self.tools.now() + timedelta(seconds=pause)
        params: dict[str, str | int] = {
            "count": len(sources),
            "sources": named(sources),
            "due": due.isoformat(timespec="seconds"),
        }
        return StepOutcome("sync", "waiting", "night_again", params, round(seconds, 1))

    def _note(self, *now: StepOutcome) -> None:
        """Write what was done so far, and what is being done now if that is to be told."""
        try:
            with self.store.write() as connection:
                run_id = self.sync.run_id if self.sync else 0
                steps = [*self.steps, *now]
                book.note_steps(connection, self.order.job.name, self.order.due_at, steps, run_id)
        except StoreError as error:
            log.warning("night: %s", error.code)  # the end of the night writes it again

    def _report(self) -> NightReport:
        return NightReport(
            job=self.order.job.name,
            due_at=self.order.due_at,
            started_at=self.started.isoformat(timespec="seconds"),
            finished_at=self.tools.now().isoformat(timespec="seconds"),
            sync=self.sync,
            steps=tuple(self.steps),
        )


def exit_code_of(report: NightReport) -> int:
    """Return the exit code that tells the truth about a night; a sync that never got its turn is locked."""
    if report.state == "failed" and any(one.code == "night_locked" for one in report.steps):
        return EXIT_LOCKED
    return {"ok": EXIT_OK, "partial": EXIT_SOME}.get(report.state, EXIT_NONE)
