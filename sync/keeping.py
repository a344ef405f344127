"""Keep the files that sources delivered, if the region file says so, and forget them in time.

What one wants to look at is most of all what was held or refused, so these are kept as well. Nothing here
makes a run fail: what could not be kept is a notice of the run.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, insert, select

from catalogue import tables
from catalogue.errors import StoreError
from catalogue.payloads import keep_file
from catalogue.payloads_book import KeptFile, forget_payloads, note_kept
from catalogue.records import Severity
from catalogue.stagesummary import StageSummary
from catalogue.store import Store
from connectors.contract import Part
from sync.payloadsettings import PayloadSettings
from sync.report import SourceOutcome

__all__ = ["forget_old", "keep_delivery"]

log = logging.getLogger(__name__)

MEGABYTE = 1_000_000
NAME_LENGTH = 200


def keep_delivery(
    store: Store,
    settings: PayloadSettings | None,
    parts: Sequence[Part],
    outcome: SourceOutcome,
    run_id: int,
) -> None:
    """Keep the files of a delivery that was applied, held or refused; note in ``outcome`` what was not kept.

    To be called when the source's own transaction is over, by the holder of the lock.
    """
    if settings is None or not parts or outcome.state == "unchanged":
        return
    missed = StageSummary()
    try:
        kept = _keep(settings, parts, missed)
        with store.write() as connection:
            _note(connection, outcome.source, run_id, kept, missed)
    except StoreError as error:  # the next step of the run meets it as well, and says so
        log.warning("source %s: kept files could not be noted: %s", outcome.source, error.code)
    except Exception:  # a defect here must not cost a run
        log.exception("source %s: its files could not be kept", outcome.source)
    outcome.summary.issues |= missed.issues


def forget_old(store: Store, settings: PayloadSettings | None, now: datetime) -> None:
    """Forget kept files that are older than the region file wants; to be called by the holder of the lock."""
    if settings is None:
        return
    try:
        gone = forget_payloads(store, Path(settings.folder), now - timedelta(days=settings.keep_days))
    except (OSError, StoreError) as error:
        log.warning("old kept files could not be removed from %s: %s", settings.folder, error)
        return
    if gone.rows or gone.files:
        log.info("%d kept files forgotten, %d bytes freed", gone.files, gone.freed)


def _keep(settings: PayloadSettings, parts: Sequence[Part], missed: StageSummary) -> list[KeptFile]:
    folder, limit = Path(settings.folder), settings.largest_mb * MEGABYTE
    kept: list[KeptFile] = []
    for part in parts:
        name = _storable(part.name)
        try:
            size = part.path.stat().st_size
            if size > limit:
                shown = f"{size / MEGABYTE:.0f} > {settings.largest_mb} MB"
                missed.add_issue(Severity.NOTICE.value, "payload_too_large", name, shown)
                continue
            kept.append(KeptFile(name, keep_file(folder, part.path)))
        except OSError as error:
            why = error.strerror or type(error).__name__
            log.warning("%s could not be kept in %s: %s", name, folder, why)
            missed.add_issue(Severity.NOTICE.value, "payload_not_kept", name, why)
    return kept


def _storable(name: str) -> str:
    """Return a file's name as every database can hold it."""
    return name.encode("utf-8", "replace").decode().replace("\0", "?")[:NAME_LENGTH]


def _note(
    connection: Connection, source: str, run_id: int, kept: Sequence[KeptFile], missed: StageSummary
) -> None:
    source_id = connection.scalar(select(tables.source.c.id).where(tables.source.c.key == source))
    if source_id is None:  # nothing was recorded of this source either
        return
    note_kept(connection, source_id, run_id, kept)
    part_of_run = select(tables.source_run.c.id).where(
        tables.source_run.c.run_id == run_id, tables.source_run.c.source_id == source_id
    )
    source_run_id = connection.scalar(part_of_run)
    rows = [
        {
            "source_run_id": source_run_id,
            "severity": severity,
            "kind": kind,
            "record": record,
            "detail": detail,
            "count": 0 if number else count,
        }
        for (severity, kind), (count, samples) in missed.issues.items()
        for number, (record, detail) in enumerate(samples)
    ]
    if rows and source_run_id is not None:
        connection.execute(insert(tables.issue), rows)
