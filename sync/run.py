"""One run: read every source, judge, apply, and compute the cells that moved."""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Protocol

from sqlalchemy import Connection, select, update

from catalogue import tables
from catalogue.cells import Recomputed, recompute
from catalogue.errors import StoreError
from catalogue.matching.ledger import match_source, newest_release
from catalogue.objects import Delivered, withdraw_vanished
from catalogue.offerings import mark_areas_due, resolve_references
from catalogue.staged import write_with_stage
from catalogue.store import Store
from connectors.contract import SourceSettings
from connectors.errors import RetryLater
from sync.apply import apply_delivery, last_applied, shows_nowhere
from sync.assign import assign
from sync.executor import ExecutorKind
from sync.guard import Standing, object_to
from sync.lock import only_one
from sync.prepare import Prepared, prepare
from sync.record import close_dead_runs, finish_run, record_outcome, start_run
from sync.region import Region
from sync.register import Plan, plan, register, settings_digest
from sync.report import RunReport, SourceOutcome

__all__ = ["Options", "Progress", "Silent", "UnknownSource", "refresh", "sync"]

log = logging.getLogger(__name__)

#: Sources fetched at the same time; applying is one after the other.
SOURCES_AT_ONCE = 8


class Progress(Protocol):
    """Told what happens, in the order in which it happens."""

    def source_started(self, source: str) -> None:
        """Take note that a source is being read."""

    def source_advanced(self, source: str, done: int, total: int) -> None:
        """Take note that so many requests of a source are done, of how many (0: nobody knows).

        Comes from the thread that reads the source.
        """

    def source_done(self, outcome: SourceOutcome) -> None:
        """Take note that a source is done, well or not."""

    def cells_started(self) -> None:
        """Take note that the cells are being computed."""


class Silent:
    """A progress that tells nobody."""

    def source_started(self, source: str) -> None:
        """Say nothing."""

    def source_advanced(self, source: str, done: int, total: int) -> None:
        """Say nothing."""

    def source_done(self, outcome: SourceOutcome) -> None:
        """Say nothing."""

    def cells_started(self) -> None:
        """Say nothing."""


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

    A source to be accepted is read as well, even if ``only`` names others.
    """

    only: frozenset[str] = frozenset()
    accept: frozenset[str] = frozenset()
    dry_run: bool = False
    executor: ExecutorKind | None = None
    now: Callable[[], datetime] = field(default=_utc_now)


def sync(store: Store, region: Region, options: Options, progress: Progress) -> RunReport:
    """Read the sources of a region and bring the catalogue up to date.

    Sources are independent: one that fails or is held stops no other. Raise LockHeld if another sync
    runs, RegionFileError or UnknownSource before anything is touched, StoreError if the database fails.
    """
    _require_known(region, options)
    with store.read() as connection:
        planned = plan(connection, region)
    with only_one(store):
        return _Run(store, planned, options, progress).perform()


def refresh(store: Store, now: datetime | None = None) -> Recomputed:
    """Compute what is due without reading any source, for example after a reference import.

    Matches rest on the reference tables, so all sources are matched again where these are newer.
    """
    moment = now or _utc_now()
    with only_one(store), store.write() as connection:
        close_dead_runs(connection)
        run_id = start_run(connection, "", moment)
        _match_again(connection, run_id, moment)
        done = recompute(connection, run_id, moment)
        at = _utc_now().isoformat(timespec="seconds")
        report = RunReport(
            run_id, moment.isoformat(timespec="seconds"), at, False, [], done.new, done.changed
        )
        finish_run(connection, report)
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
        self.started = options.now()
        self.run_id = 0
        self.stop = Event()
        self.cells = Recomputed()
        self.rehearsed: dict[tuple[int, str], bool] = {}  # cells a dry run would write, and if as new ones
        self.sources = [
            settings
            for settings in planned.region.sources
            if not options.only or settings.id in options.only | options.accept
        ]

    def perform(self) -> RunReport:
        if not self.options.dry_run:
            with self.store.write() as connection:
                close_dead_runs(connection)
                self._begin(connection)
        with closing(self._prepared()) as deliveries:
            outcomes = [self._finish(prepared, begun) for prepared, begun in deliveries]
        self.progress.cells_started()
        if self.options.dry_run:
            self._sum_up_rehearsal()
        else:
            with self.store.write() as connection:
                self.cells = self._recompute(connection)
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
            with self.store.write() as connection:
                finish_run(connection, report)
        return report

    def _begin(self, connection: Connection) -> None:
        self.run_id = start_run(connection, self.planned.region.name, self.started)
        register(connection, self.planned, self.run_id, self.started)

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

    def _prepared(self) -> Generator[tuple[Prepared, float], None, None]:
        """Yield the sources in the order of the region file; they are fetched side by side."""
        applied = self._applied_digests()
        with self.store.read() as connection:
            progress = self.progress.source_advanced
            assignments = assign(connection, self.planned, self.sources, self.stop, progress)
        with (
            tempfile.TemporaryDirectory(prefix="lueckenlos-", ignore_cleanup_errors=True) as folder,
            ThreadPoolExecutor(SOURCES_AT_ONCE) as threads,
        ):
            futures: list[tuple[Future[Prepared], float]] = []
            for settings in self.sources:
                self.progress.source_started(settings.id)
                future = threads.submit(
                    prepare,
                    settings,
                    Path(folder) / settings.id,
                    applied.get(settings.id, ""),
                    self.options.executor,
                    assignments[settings.id],
                )
                futures.append((future, time.monotonic()))
            try:
                for future, begun in futures:
                    prepared = future.result()
                    yield prepared, begun
                    if prepared.stage is not None:
                        prepared.stage.unlink(missing_ok=True)
            except BaseException:
                self.stop.set()
                threads.shutdown(wait=False, cancel_futures=True)
                raise

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

    def _finish(self, prepared: Prepared, begun: float) -> SourceOutcome:
        try:
            outcome = self._conclude(prepared)
        except StoreError:
            raise
        except Exception as error:  # what the database does not take from one source must stop no other
            log.exception("source %s", prepared.settings.id)
            defect = RetryLater("defect", why=type(error).__name__)
            outcome = self._conclude(Prepared(prepared.settings, error=defect))
        outcome.seconds = round(time.monotonic() - begun, 3)
        self.progress.source_done(outcome)
        return outcome

    def _conclude(self, prepared: Prepared) -> SourceOutcome:
        """Judge and apply one delivery in one transaction; a dry run keeps nothing of it."""
        with self._transaction(prepared) as connection:
            if self.options.dry_run:
                self._begin(connection)
            outcome = self._judge(connection, prepared)
            if self.options.dry_run:
                self._rehearse(connection)
        return outcome

    @contextmanager
    def _transaction(self, prepared: Prepared) -> Iterator[Connection]:
        keep = not self.options.dry_run
        if prepared.stage is None:
            with self.store.write(keep=keep) as connection:
                yield connection
        else:
            with write_with_stage(self.store, prepared.stage, keep=keep) as connection:
                yield connection

    def _judge(self, connection: Connection, prepared: Prepared) -> SourceOutcome:
        """Decide what becomes of a delivery, and write the source's part of the run."""
        settings = prepared.settings
        row = connection.execute(select(tables.source).where(tables.source.c.key == settings.id)).one()
        outcome = SourceOutcome(settings.id, "ok", summary=prepared.summary)
        delivered = Delivered(row.id, self.run_id, prepared.summary.scope)
        _, last_complete = last_applied(connection, row.id, "everything")
        now = self.options.now()
        standing: dict[str, str | int | bool | None] = {"attempted_at": now.isoformat()}
        if prepared.error is not None:
            outcome.state = "failed"
            outcome.message, outcome.params = prepared.error.code, dict(prepared.error.params)
        elif prepared.stage is None:
            outcome.state = "unchanged"
            scope, outcome.counts.unchanged = last_applied(connection, row.id)
            standing |= {"state": "ok", "applied_at": now.isoformat()}
            if scope == "everything":
                outcome.counts.withdrawn = _give_up_vanished(connection, delivered)
                standing["complete"] = not shows_nowhere(connection, row.id)
        elif self._held(
            outcome, settings, Standing(last_complete, row.delivered_at or "", bool(row.applied_digest))
        ):
            outcome.state = "held"
        else:
            apply_delivery(connection, delivered, outcome, self.started)
            if prepared.summary.reach == "caught_up":
                # The log was looked at a second time, and did not bring back what its replay had lacked.
                outcome.counts.withdrawn += _give_up_vanished(connection, delivered)
            standing |= self._new_standing(row.complete, row.objects, prepared, now)
            if standing["complete"] and shows_nowhere(connection, row.id):
                standing["complete"] = False
        if not outcome.good:
            standing["state"] = outcome.state
        connection.execute(update(tables.source).values(standing).where(tables.source.c.id == row.id))
        record_outcome(connection, self.run_id, row.id, outcome, prepared.digest, self.started, now)
        return outcome

    def _held(self, outcome: SourceOutcome, settings: SourceSettings, standing: Standing) -> bool:
        objections = object_to(outcome.summary, settings, standing)
        for objection in objections:
            outcome.message, outcome.params = objection.code, dict(objection.params)
            if not objection.holds:
                continue
            if settings.id not in self.options.accept or objection.code == "delivery_unfinished":
                return True
            outcome.accepted_by_hand = True
        return False

    def _new_standing(
        self, was_complete: bool, objects: int, prepared: Prepared, now: datetime
    ) -> dict[str, str | int | bool | None]:
        summary = prepared.summary
        complete = summary.scope == "everything"
        if summary.scope == "increment":
            complete = summary.reach == "caught_up" if summary.reach else was_complete
        return {
            "state": "ok",
            "applied_at": now.isoformat(),
            "applied_digest": prepared.digest,
            "settings_digest": settings_digest(prepared.settings),
            "delivered_at": summary.created_at or None,
            "complete": complete,
            "objects": objects if summary.scope == "increment" else summary.objects,
        }


def _give_up_vanished(connection: Connection, delivered: Delivered) -> int:
    """Withdraw what the source lacks for the second time; return how many objects."""
    count = withdraw_vanished(connection, delivered.source_id, delivered.run_id)
    if count:
        resolve_references(connection, delivered)
        mark_areas_due(connection, delivered)
    return count
