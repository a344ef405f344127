"""The first half of reading a source: fetch, compare by hash, stage. Nothing here touches the catalogue."""

from __future__ import annotations

import errno
import logging
import os
import sqlite3
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Semaphore

from catalogue.staging import StageSummary, join_stages, merge_stages, stage_records
from connectors.assignment import NOTHING, Assignment
from connectors.contract import Connector, Delivery, Divisible, Part, SourceSettings, find_kind
from connectors.errors import ConnectorError, RejectDelivery, RetryLater
from connectors.fetch import Fetcher, FetchPolicy
from sync.executor import ExecutorKind, open_executor

__all__ = ["Prepared", "prepare", "stage_part"]

log = logging.getLogger(__name__)

#: Deliveries below this size are parsed in the calling process: starting others takes longer.
SMALL_DELIVERY = 8 << 20  # bytes
#: Seconds between two looks whether anybody still waits for what processes are working on.
LOOK_SECONDS = 0.2
#: Files from twice this size on are parsed in sections; smaller ones would cost more to merge than they save.
SMALLEST_SECTION = 32 << 20  # bytes
_processes = Semaphore(1)


@dataclass
class Prepared:
    """A source's delivery, staged and ready to be judged and applied; or why there is none.

    ``stage`` is None if the delivery is byte for byte the applied one, or if ``error`` says what failed.
    ``apart`` are further stages with the rest of it, if it was not asked for as one (see join_stages).
    ``parts`` are the files that were delivered, refused ones as well, unless nothing in them is new.
    """

    settings: SourceSettings
    digest: str = ""
    stage: Path | None = None
    summary: StageSummary = field(default_factory=StageSummary)
    error: ConnectorError | None = None
    parts: tuple[Part, ...] = ()
    apart: tuple[Path, ...] = ()

    @property
    def stages(self) -> tuple[Path, ...]:
        """Return the files in which the delivery is staged; none if it is not."""
        return () if self.stage is None else (self.stage, *self.apart)


@dataclass(frozen=True)
class _Task:
    """A file or section that is being staged."""

    stage: Path
    future: Future[StageSummary]


class _Work:
    """The staging of one delivery: what was started, how, and into which folder."""

    def __init__(
        self, settings: SourceSettings, folder: Path, executor: ExecutorKind, assignment: Assignment
    ) -> None:
        self.settings = settings
        self.executor: ExecutorKind = executor
        self._assignment = assignment
        self._folder = folder
        self._dumped = settings.model_dump_json()
        self._tasks: list[_Task] = []

    def start(self, pool: Executor, part: Part) -> _Task:
        """Let a part be staged."""
        stage = self._folder / f"stage-{len(self._tasks):05d}.sqlite"
        task = _Task(stage, pool.submit(stage_part, self.settings.type, self._dumped, part, stage))
        self._tasks.append(task)
        return task

    def await_result(self, task: _Task) -> StageSummary:
        """Return what a task found, or its error. Raise RetryLater if nobody waits for it any more."""
        while True:
            self._assignment.check()
            try:
                return task.future.result(LOOK_SECONDS)
            except TimeoutError:
                if task.future.done():  # it is the task's own error
                    raise

    @contextmanager
    def pool(self) -> Iterator[Executor]:
        """Give the executor; those with processes work one after the other. Raise RetryLater if cancelled.

        What works in its own thread waits for nobody: it could be stuck in a call for ever.
        """
        if self.executor != "processes":
            with open_executor(self.executor) as pool:
                yield pool
            return
        while not _processes.acquire(timeout=LOOK_SECONDS):
            self._assignment.check()
        try:
            with open_executor(self.executor) as pool:
                yield pool
        finally:
            _processes.release()

    def cancel(self) -> None:
        """Give up what has not begun."""
        for task in self._tasks:
            task.future.cancel()

    def remove_all_but(self, stages: Sequence[Path]) -> None:
        """Remove the stages of sections whose file was read as a whole in the end."""
        for task in self._tasks:
            if task.stage not in stages:
                task.stage.unlink(missing_ok=True)


def prepare(
    settings: SourceSettings,
    folder: Path,
    applied_digest: str,
    executor: ExecutorKind | None,
    assignment: Assignment = NOTHING,
    *,
    as_one: bool = True,
) -> Prepared:
    """Fetch and stage one source into ``folder``; every failure is part of the result.

    ``applied_digest`` is the hash of the delivery the catalogue holds, read with the same settings; empty
    if there is none. ``executor`` None means: by size. With ``as_one`` the stage is one file.
    """
    parts: tuple[Part, ...] = ()
    try:
        assignment.check()
        folder.mkdir(parents=True, exist_ok=True)
        with Fetcher(settings.policy(), sleep=assignment.pause) as fetcher:
            connector = find_kind(settings.type)(settings, fetcher)
            delivery = connector.acquire(folder, assignment)
        assignment.check()
        if delivery.digest == applied_digest:
            return Prepared(settings, delivery.digest)
        parts = delivery.parts
        kind = executor or _executor_for(connector, delivery)
        return _stage(connector, delivery, _Work(settings, folder, kind, assignment), as_one=as_one)
    except ConnectorError as error:
        return Prepared(settings, error=error, parts=parts)
    except (OSError, sqlite3.OperationalError) as error:
        log.exception("source %s", settings.id)
        code = "disk_full" if _says_disk_full(error) else "io_failed"
        why = error.strerror if isinstance(error, OSError) else str(error)
        return Prepared(settings, error=RetryLater(code, why=why or type(error).__name__), parts=parts)
    except Exception as error:  # a defect in one connector must not stop the other sources
        log.exception("source %s", settings.id)
        return Prepared(settings, error=RetryLater("defect", why=type(error).__name__), parts=parts)


def _says_disk_full(error: OSError | sqlite3.OperationalError) -> bool:
    if isinstance(error, OSError):
        return error.errno in {errno.ENOSPC, errno.EDQUOT}
    return error.sqlite_errorcode == sqlite3.SQLITE_FULL


def _executor_for(connector: Connector, delivery: Delivery) -> ExecutorKind:
    size = sum(part.size for part in delivery.parts)
    return "processes" if connector.heavy and size > SMALL_DELIVERY else "inline"


def _stage(connector: Connector, delivery: Delivery, work: _Work, *, as_one: bool) -> Prepared:
    settings, parts = work.settings, delivery.parts
    if not parts:
        raise RejectDelivery("delivery_without_files")
    total = StageSummary()
    stages: list[Path] = []
    divided = _divide(connector, parts, _workers(work.executor))
    with work.pool() as pool:
        started = [[work.start(pool, section) for section in sections] for sections in divided]
        try:
            for part, tasks in zip(parts, started, strict=True):
                try:
                    total.include(_join(connector, tasks, work))
                except ConnectorError as error:
                    if len(tasks) == 1 or error.code == "cancelled":
                        raise
                    log.info("source %s: %s is read as a whole: %s", settings.id, part.name, error.code)
                    tasks = [work.start(pool, part)]
                    total.include(work.await_result(tasks[0]))
                stages += [task.stage for task in tasks]
        except BrokenProcessPool:
            raise RetryLater("worker_died") from None
        finally:
            work.cancel()
    work.remove_all_but(stages)
    first, *apart = (merge_stages(stages, total),) if as_one else join_stages(stages, total)
    return Prepared(settings, delivery.digest, first, total, parts=parts, apart=tuple(apart))


def _workers(executor: ExecutorKind) -> int:
    """Return how many parts are parsed at the same time; threads take turns."""
    return (os.cpu_count() or 1) if executor == "processes" else 1


def _divide(connector: Connector, parts: Sequence[Part], workers: int) -> list[tuple[Part, ...]]:
    """Return each file's sections: as many as it has a share in the delivery, and none that is small."""
    total = sum(part.size for part in parts)
    divided: list[tuple[Part, ...]] = []
    for part in parts:
        count = min(round(workers * part.size / max(total, 1)), part.size // SMALLEST_SECTION)
        if count > 1 and isinstance(connector, Divisible):
            divided.append(connector.divide(part, count))
        else:
            divided.append((part,))
    return divided


def _join(connector: Connector, tasks: Sequence[_Task], work: _Work) -> StageSummary:
    """Return the summary of a file once all of its sections are staged. Raise ConnectorError."""
    summaries = [work.await_result(task) for task in tasks]
    if len(tasks) == 1 or not isinstance(connector, Divisible):
        return summaries[0]
    joined = StageSummary()
    for summary in summaries:
        joined.extend(summary)
    for record in connector.conclude([summary.claim for summary in summaries]):
        joined.take(record)
    return joined


def stage_part(kind: str, settings_json: str, part: Part, stage: Path) -> StageSummary:
    """Parse one file into its stage; runs in any process. Raise ConnectorError."""
    connector_class = find_kind(kind)
    settings = connector_class.settings_model.model_validate_json(settings_json)
    with Fetcher(FetchPolicy()) as fetcher:
        return stage_records(connector_class(settings, fetcher).read(part), stage)
