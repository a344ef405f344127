"""The first half of reading a source: fetch, compare by hash, stage. Nothing here touches the catalogue."""

from __future__ import annotations

import errno
import logging
import sqlite3
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from threading import Semaphore

from catalogue.staging import StageSummary, merge_stages, stage_records
from connectors.assignment import NOTHING, Assignment
from connectors.contract import Delivery, Part, SourceSettings, find_kind
from connectors.errors import ConnectorError, RejectDelivery, RetryLater
from connectors.fetch import Fetcher, FetchPolicy
from sync.executor import ExecutorKind, open_executor

__all__ = ["Prepared", "prepare", "stage_part"]

log = logging.getLogger(__name__)

#: Deliveries below this size are parsed in the calling process: starting others takes longer.
SMALL_DELIVERY = 8 << 20  # bytes
_processes = Semaphore(1)


@dataclass
class Prepared:
    """A source's delivery, staged and ready to be judged and applied; or why there is none.

    ``stage`` is None if the delivery is byte for byte the applied one, or if ``error`` says what failed.
    """

    settings: SourceSettings
    digest: str = ""
    stage: Path | None = None
    summary: StageSummary = field(default_factory=StageSummary)
    error: ConnectorError | None = None


def prepare(
    settings: SourceSettings,
    folder: Path,
    applied_digest: str,
    executor: ExecutorKind | None,
    assignment: Assignment = NOTHING,
) -> Prepared:
    """Fetch and stage one source into ``folder``; every failure is part of the result.

    ``applied_digest`` is the hash of the delivery the catalogue holds, read with the same settings; empty
    if there is none. ``executor`` None means: by size.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        policy = FetchPolicy(allow_private=settings.allow_private)
        with Fetcher(policy, sleep=assignment.pause) as fetcher:
            delivery = find_kind(settings.type)(settings, fetcher).acquire(folder, assignment)
        assignment.check()
        if delivery.digest == applied_digest:
            return Prepared(settings, delivery.digest)
        return _stage(settings, delivery, folder, executor)
    except ConnectorError as error:
        return Prepared(settings, error=error)
    except (OSError, sqlite3.OperationalError) as error:
        log.exception("source %s", settings.id)
        code = "disk_full" if _says_disk_full(error) else "io_failed"
        why = error.strerror if isinstance(error, OSError) else str(error)
        return Prepared(settings, error=RetryLater(code, why=why or type(error).__name__))
    except Exception as error:  # a defect in one connector must not stop the other sources
        log.exception("source %s", settings.id)
        return Prepared(settings, error=RetryLater("defect", why=type(error).__name__))


def _says_disk_full(error: OSError | sqlite3.OperationalError) -> bool:
    if isinstance(error, OSError):
        return error.errno in {errno.ENOSPC, errno.EDQUOT}
    return error.sqlite_errorcode == sqlite3.SQLITE_FULL


def _stage(
    settings: SourceSettings, delivery: Delivery, folder: Path, executor: ExecutorKind | None
) -> Prepared:
    parts = delivery.parts
    stages = [folder / f"stage-{number:05d}.sqlite" for number in range(len(parts))]
    size = sum(part.size for part in parts)
    heavy = find_kind(settings.type).heavy and size > SMALL_DELIVERY
    kind = executor or ("processes" if heavy else "inline")
    total = StageSummary()
    dumped = settings.model_dump_json()
    if not parts:
        raise RejectDelivery("delivery_without_files")
    with _processes, open_executor(kind) as pool:
        futures = [
            pool.submit(stage_part, settings.type, dumped, part, stage)
            for part, stage in zip(parts, stages, strict=True)
        ]
        try:
            for future in futures:
                total.include(future.result())
        except BrokenProcessPool:
            raise RetryLater("worker_died") from None
        finally:
            for future in futures:
                future.cancel()
    return Prepared(settings, delivery.digest, merge_stages(stages, total), total)


def stage_part(kind: str, settings_json: str, part: Part, stage: Path) -> StageSummary:
    """Parse one file into its stage; runs in any process. Raise ConnectorError."""
    connector_class = find_kind(kind)
    settings = connector_class.settings_model.model_validate_json(settings_json)
    with Fetcher(FetchPolicy()) as fetcher:
        return stage_records(connector_class(settings, fetcher).read(part), stage)
