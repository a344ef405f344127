"""One run: read every source, judge, apply, and compute the cells that moved."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Final, TypeVar

from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from catalogue import tables
from catalogue.cells import Recomputed, recompute
from catalogue.errors import StoreError
from catalogue.matching.ledger import match_source, newest_release
from catalogue.staged import write_with_stage
from catalogue.store import Store
from connectors.contract import SourceSettings
from connectors.errors import RetryLater
from sync.assign import assign
from sync.executor import ExecutorKind
from sync.judging import Judge, is_recorded
from sync.keeping import forget_old, keep_delivery
from sync.lock import Hold, only_one
from sync.logcontext import log_context, log_event
from sync.prepare import Prepared, prepare
from sync.progress import Progress, Silent
from sync.reading import Reading, Took, run_time_limit
from sync.record import abort_run, close_dead_runs, finish_run, start_run
from sync.region import Region
from sync.register import Plan, plan, register, settings_digest
from sync.report import RunReport, SourceOutcome
from sync.workfolder import work_folder

__all__ = ["Options", "Progress", "Silent", "UnknownSource", "refresh", "sync"]

log = logging.getLogger(__name__)

#: How long a run waits for a database that went away, and how often it looks whether it is back (seconds).
RETURN_SECONDS: Final = 30.0
LOOK_SECONDS: Final = 0.5
T = TypeVar("T")


class UnknownSource(Exception):
    """The region file has no source of this id."""

    def __init__(self, source: str, known: list[str]) -> None:
        super().__init__(source, known)
        self.source = source
        self.known = known


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Options:
    """How to run. ``only`` and ``accept`` name sources; ``executor`` None chooses by size.

    A source to be accepted is read as well, even if ``only`` names others. Sources that are not applied
    within the ``time_limit`` (seconds, None for any time) fail; what is applied counts.
    """

    only: frozenset[str] = frozenset()
    accept: frozenset[str] = frozenset()
    dry_run: bool = False
    executor: ExecutorKind | None = None
    now: Callable[[], datetime] = field(default=_utc_now)
    time_limit: float | None = None


def sync(
    store: Store, region: Region, options: Options, progress: Progress, hold: Hold | None = None
) -> RunReport:
    """Read the sources of a region and bring the catalogue up to date.

    Sources are independent: one that fails or is held stops no other. Whoever has the lock of a sync
    already hands it over as ``hold``. Raise LockHeld if another sync runs, LockLost if another process has
    taken the lock, RegionFileError or UnknownSource before anything is touched, StoreError if the database
    fails.
    """
    _require_known(region, options)
    with store.read() as connection:
        planned = plan(connection, region)
    with only_one(store) if hold is None else nullcontext(hold) as held:
        return _Run(store, planned, options, progress).perform(held)


def refresh(store: Store, now: datetime | None = None) -> Recomputed:
    """Compute what is due without reading any source, for example after a reference import.

    Matches rest on the reference tables, so all sources are matched again where these are newer.
    """
    moment = now or _utc_now()
    with only_one(store) as hold, store.write() as connection:
        close_dead_runs(connection)
        run_id = start_run(connection, "", moment)
        _match_again(connection, run_id, moment)
        done = recompute(connection, run_id, moment)
        at = _utc_now().isoformat(timespec="seconds")
        report = RunReport(
            run_id, moment.isoformat(timespec="seconds"), at, False, [], done.new, done.changed
        )
        finish_run(connection, report)
        hold.confirm(connection)
    return done


def _require_known(region: Region, options: Options) -> None:
    known = [settings.id for settings in region.sources]
    for source in sorted(options.only | options.accept):
        if source not in known:
            raise UnknownSource(source, known)


def _match_again(connection: Connection, run_id: int, now: datetime) -> None:
    outdated = tables.source.c.matched_release != newest_release(connection)
    for source_id in connection.scalars(select(tables.source.c.id).where(outdated)).all():
        match_source(connection, source_id, run_id, now.isoformat(timespec="seconds"))


class _Run:
    """The state of one run."""

    def __init__(self, store: Store, planned: Plan, options: Options, progress: Progress) -> None:
        self.store = store
        self.planned = planned
        self.options = options
        self.progress = progress
        self.started = self.source_began = options.now()
        self.run_id = 0
        self.cells = Recomputed()
        self.rehearsed: dict[tuple[int, str], bool] = {}  # cells a dry run would write, and if as new ones
        self.sources = [
            settings
            for settings in planned.region.sources
            if not options.only or settings.id in options.only | options.accept
        ]
        self.reading = Reading(self.sources, self._read)

    def perform(self, hold: Hold) -> RunReport:
        self.hold = hold
        if self.options.dry_run:
            return self._perform()
        try:
            with self.store.write() as connection:
                close_dead_runs(connection)
                self._begin(connection)
            hold.note_run(self.run_id)
            with log_context(run=self.run_id):
                return self._perform()
        except (Exception, KeyboardInterrupt, SystemExit):
            self._abort()
            raise

    def _perform(self) -> RunReport:
        with closing(self._prepared()) as deliveries:
            outcomes = [self._finish(prepared, took) for prepared, took in deliveries]
        self.progress.cells_started()
        if self.options.dry_run:
            self._sum_up_rehearsal()
        else:
            self.cells = self._insist(self._compute)
        report = RunReport(
            run_id=self.run_id,
            started_at=self.started.isoformat(timespec="seconds"),
            finished_at=self.options.now().isoformat(timespec="seconds"),
            dry_run=self.options.dry_run,
            sources=outcomes,
            cells_new=self.cells.new,
            cells_changed=self.cells.changed,
        )
        if not self.options.dry_run:
            forget_old(self.store, self.planned.region.payloads, self.started)
            self._insist(lambda: self._write_end(report))
        return report

    def _write_end(self, report: RunReport) -> None:
        with self.store.write() as connection:
            finish_run(connection, report)
            self.hold.confirm(connection)

    def _abort(self) -> None:
        """Close the run that breaks off, if the database lets us; else the next run does."""
        if not self.run_id:
            return
        with suppress(StoreError, SQLAlchemyError), self.store.write() as connection:
            abort_run(connection, self.run_id, self.options.now())

    def _insist(self, work: Callable[[], T]) -> T:
        """Do a piece of work in the database; if that goes away meanwhile, once more when it is back."""
        self.hold.require()
        try:
            return work()
        except StoreError as error:
            if error.code != "database_unreachable":
                raise
            log.warning("the database went away; waiting for it", exc_info=True)
        self._await_database()
        self.hold.check()
        return work()

    def _await_database(self) -> None:
        """Wait until the database is back. Raise StoreError if it stays away."""
        begun, waiting = monotonic(), threading.Event()
        while True:
            try:
                with self.store.read():
                    return
            except StoreError as error:
                if error.code != "database_unreachable" or monotonic() - begun > RETURN_SECONDS:
                    raise
            waiting.wait(LOOK_SECONDS)

    def _begin(self, connection: Connection) -> None:
        self.run_id = start_run(connection, self.planned.region.name, self.started)
        register(connection, self.planned, self.run_id, self.started)

    def _compute(self) -> Recomputed:
        with self.store.write() as connection:
            cells = self._recompute(connection)
            self.hold.confirm(connection)
        return cells

    def _recompute(self, connection: Connection) -> Recomputed:
        _match_again(connection, self.run_id, self.started)
        return recompute(connection, self.run_id, self.options.now())

    def _rehearse(self, connection: Connection) -> None:
        """Compute the cells as they would be after one source alone, and note which would be written."""
        self._recompute(connection)
        change = tables.cell_change.c
        query = select(change.area_id, change.ozg_id, change.old_status).where(
            change.run_id == self.run_id, change.new_status != ""
        )
        for area_id, ozg_id, old_status in connection.execute(query):
            self.rehearsed[area_id, ozg_id] = not old_status

    def _sum_up_rehearsal(self) -> None:
        if not self.sources:
            with self.store.write(keep=False) as connection:
                self._begin(connection)
                self._rehearse(connection)
        self.run_id = 0
        new = sum(self.rehearsed.values())
        self.cells = Recomputed(0, new, len(self.rehearsed) - new)

    def _prepared(self) -> Generator[tuple[Prepared, Took], None, None]:
        """Yield the sources in the order of the region file; they are fetched side by side."""
        self.applied = self._applied_digests()
        with self.store.read() as connection:
            never, progress = threading.Event(), self.progress.source_advanced
            self.assignments = assign(connection, self.planned, self.sources, never, progress)
        with work_folder() as self.folder:
            for settings in self.sources:
                self.progress.source_started(settings.id)
            try:
                self.reading.start(self.options.time_limit)
                for prepared, took in self.reading.in_order(self.hold.require):
                    yield prepared, took
                    for stage in prepared.stages:
                        stage.unlink(missing_ok=True)
            finally:
                self.reading.stop()

    def _read(self, settings: SourceSettings, stop: threading.Event) -> Prepared:
        """Fetch and stage a source; called in a thread of its own."""
        with log_context(run=self.run_id, source=settings.id):
            return prepare(
                settings,
                self.folder / settings.id,
                self.applied.get(settings.id, ""),
                self.options.executor,
                replace(self.assignments[settings.id], stop=stop),
                as_one=self.store.is_sqlite,
            )

    def _applied_digests(self) -> dict[str, str]:
        """Return the hash of the delivery each source stands on, if it was read with these settings."""
        columns = tables.source.c
        query = select(columns.key, columns.applied_digest, columns.settings_digest)
        with self.store.read() as connection:
            known = {key: (applied, read_with) for key, applied, read_with in connection.execute(query)}
        return {
            settings.id: known[settings.id][0] or ""
            for settings in self.sources
            if settings.id in known and known[settings.id][1] == settings_digest(settings)
        }

    def _finish(self, prepared: Prepared, took: Took) -> SourceOutcome:
        if self.reading.limit_reached.is_set() and prepared.stage is not None:
            error = run_time_limit(self.options.time_limit or 0.0)
            prepared = Prepared(prepared.settings, error=error)
        # Sources are read side by side and applied one after the other: each began when its own thread did,
        # and the waiting in between is none of its time.
        self.source_took, self.its_turn = took.seconds, monotonic()
        elapsed = timedelta(seconds=self.its_turn - took.begun)
        self.source_began = max(self.started, self.options.now() - elapsed)
        with log_context(source=prepared.settings.id):
            outcome = self._conclude(prepared)
            if not self.options.dry_run:
                payloads = self.planned.region.payloads
                keep_delivery(self.store, payloads, prepared.parts, outcome, self.run_id)
        outcome.seconds = round(self._own_seconds(), 3)
        _log_outcome(outcome)
        self.progress.source_done(outcome)
        return outcome

    def _own_seconds(self) -> float:
        return self.source_took + monotonic() - self.its_turn

    def _source_ended(self) -> datetime:
        """Return when the source would have ended without waiting; a clock that was set back shows."""
        return min(self.options.now(), self.source_began + timedelta(seconds=self._own_seconds()))

    def _conclude(self, prepared: Prepared) -> SourceOutcome:
        """Judge and apply one delivery; if that fails, write down why. Raise LockLost or StoreError."""
        try:
            return self._try_twice(prepared)
        except StoreError as error:
            if error.code != "database_unreachable":
                raise
            failure = RetryLater("database_lost")
        except Exception as error:  # what the database does not take from one source must stop no other
            log.exception("source %s", prepared.settings.id)
            failure = RetryLater("defect", why=type(error).__name__)
        return self._try_twice(Prepared(prepared.settings, error=failure))

    def _try_twice(self, prepared: Prepared) -> SourceOutcome:
        """Judge and apply one delivery in one transaction; once more if the connection breaks."""
        tried: list[SourceOutcome] = []

        def work() -> SourceOutcome:
            with self._transaction(prepared) as connection:
                if tried and is_recorded(connection, self.run_id, prepared.settings.id):
                    return tried[-1]  # the connection broke when all was kept already
                if self.options.dry_run:
                    self._begin(connection)
                judge = Judge(
                    self.run_id, self.started, self.options.accept, self.source_began, self._source_ended
                )
                untouched = replace(prepared, summary=deepcopy(prepared.summary))
                tried.append(judge.judge(connection, untouched, self.options.now()))
                if self.options.dry_run:
                    self._rehearse(connection)
                else:
                    self.hold.confirm(connection)
            return tried[-1]

        return self._insist(work)

    @contextmanager
    def _transaction(self, prepared: Prepared) -> Iterator[Connection]:
        keep = not self.options.dry_run
        if prepared.stage is None:
            with self.store.write(keep=keep) as connection:
                yield connection
        else:
            with write_with_stage(self.store, *prepared.stages, keep=keep) as connection:
                yield connection


def _log_outcome(outcome: SourceOutcome) -> None:
    level = logging.INFO if outcome.good else logging.WARNING
    log_event(
        "source_done",
        level=level,
        source=outcome.source,
        state=outcome.state,
        code=outcome.message,
        read=outcome.summary.read,
        new=outcome.counts.new,
        changed=outcome.counts.changed,
        vanished=outcome.counts.vanished,
        duration=outcome.seconds,
    )
