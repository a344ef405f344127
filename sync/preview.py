"""What a source would yield: acquired and staged as in a run, judged and looked at, and thrown away."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event

from sqlalchemy import Connection, select

from catalogue.lookup import AreaIndex
from catalogue.reports.recordpreview import PreviewRow, preview_stage
from catalogue.reports.recordstage import Audience
from catalogue.reports.recordtotals import Services
from catalogue.staging import StageSummary
from catalogue.stake import stake_in_file
from catalogue.store import Store
from catalogue.tables import source
from connectors.assignment import Assignment
from connectors.contract import SourceSettings
from connectors.errors import ConnectorError
from sync.apply import last_applied
from sync.assign import assign
from sync.guard import Objection, Standing, object_to
from sync.prepare import Prepared, prepare
from sync.record import remark_repetitions
from sync.region import Region
from sync.register import Plan, plan, settings_digest

__all__ = ["Preview", "preview_source"]

Report = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Preview:
    """What a source would yield.

    ``state`` is ok, held (the guard would keep the last good state) or failed (``error`` says why).
    ``unchanged`` tells that the catalogue stands on this very delivery, ``before`` how many objects the last
    complete one had, None if there is none.
    """

    settings: SourceSettings
    state: str
    summary: StageSummary = field(default_factory=StageSummary)
    rows: list[PreviewRow] = field(default_factory=list)
    classes: dict[str, int] = field(default_factory=dict)
    services: Services = field(default_factory=Services)
    objections: list[Objection] = field(default_factory=list)
    error: ConnectorError | None = None
    unchanged: bool = False
    before: int | None = None
    areas: int = 0
    seconds: float = 0.0


def preview_source(
    store: Store, region: Region, settings: SourceSettings, count: int, report: Report
) -> Preview:
    """Acquire and stage one source of a region and return its first ``count`` records and what they mean.

    Nothing is written to the database. Raise RegionFileError or StoreError; what fails about the source is
    part of the result.
    """
    begun = time.monotonic()
    stop = Event()
    with store.read() as connection:
        planned = plan(connection, region)
        assigned = assign(connection, planned, [settings], stop, report)[settings.id]
    with tempfile.TemporaryDirectory(prefix="lueckenlos-", ignore_cleanup_errors=True) as folder:
        prepared = _prepare(settings, Path(folder), replace(assigned, limit=count), stop)
        with store.read() as connection:
            found = _look(connection, planned, prepared, count)
    return replace(found, areas=len(assigned.areas), seconds=round(time.monotonic() - begun, 3))


def _prepare(settings: SourceSettings, folder: Path, assignment: Assignment, stop: Event) -> Prepared:
    """Do the long work in a thread, so that Ctrl-C is heard at once and stops it."""
    threads = ThreadPoolExecutor(1)
    try:
        # Without the hash of what the catalogue has, even an unchanged delivery is read.
        return threads.submit(prepare, settings, folder / settings.id, "", None, assignment).result()
    except BaseException:
        stop.set()
        raise
    finally:
        threads.shutdown(wait=False, cancel_futures=True)


def _look(connection: Connection, planned: Plan, prepared: Prepared, count: int) -> Preview:
    settings, summary = prepared.settings, prepared.summary
    if prepared.stage is None:
        return Preview(settings, "failed", summary, error=prepared.error)
    row = connection.execute(select(source).where(source.c.key == settings.id)).first()
    standing, before = Standing(0, ""), None
    if row is not None:
        scope, before = last_applied(connection, row.id, "everything")
        standing = Standing(before, row.delivered_at or "", bool(row.applied_digest))
        if standing.applied and summary.scope == "everything":
            offers, kept = stake_in_file(connection, row.id, prepared.stage)
            standing = replace(standing, offers=offers, kept=kept)
        before = before if scope else None
    objections = object_to(summary, settings, standing)
    found = preview_stage(connection, prepared.stage, _audience(connection, planned, settings), count)
    remark_repetitions(summary)
    for kind, irregular in found.notices.items():
        summary.issues["notice", kind] = irregular
    return Preview(
        settings,
        "held" if any(objection.holds for objection in objections) else "ok",
        summary,
        found.rows,
        found.classes,
        found.services,
        objections,
        unchanged=row is not None
        and row.applied_digest == prepared.digest
        and row.settings_digest == settings_digest(settings),
        before=before,
    )


def _audience(connection: Connection, planned: Plan, settings: SourceSettings) -> Audience:
    areas = AreaIndex.load(connection)
    named = planned.of_source[settings.id] if settings.areas else []
    limits = {below for area_id in named for below in (area_id, *areas.descendants(area_id))}
    region = {above for area_id in planned.areas for above in areas.closure(area_id)}
    return Audience(
        settings.id, frozenset(limits) if settings.areas else None, frozenset(region), settings.is_advisory
    )
