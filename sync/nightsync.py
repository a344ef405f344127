"""The sync of a night: what failed is read again, with longer and longer pauses, as long as there is time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from catalogue.errors import StoreError
from catalogue.store import Store
from sync.lock import LockHeld
from sync.night import StepOutcome
from sync.region import Region, RegionFileError
from sync.report import RunReport
from sync.run import Options, Progress, sync

__all__ = ["Attempts", "merged", "named", "sync_again_and_again"]

log = logging.getLogger(__name__)

#: Sources that are named in one message.
MOST_NAMED: Final = 10
#: A step has failed for one of these reasons, and may do better in a while.
Trouble = LockHeld | StoreError | RegionFileError


@dataclass(frozen=True)
class Attempts:
    """How often sources are read: ``only`` these (none: all), within so many ``seconds`` all together.

    ``pause`` is that before the first retry, in seconds; each later one is twice as long. ``again`` is told
    before each what was done so far (None if no sync could begin), what is read again, and the pause.
    """

    only: frozenset[str]
    retries: int
    pause: float
    seconds: float
    again: Callable[[RunReport | None, list[str], float], None]
    ticks: Callable[[], float]
    wait: Callable[[float], None]
    now: Callable[[], datetime]


def sync_again_and_again(
    store: Store,
    region: Region,
    attempts: Attempts,
    progress: Callable[[int], AbstractContextManager[Progress]],
) -> tuple[RunReport | None, StepOutcome]:
    """Read the sources of a region, and those that failed again.

    Return what all attempts together did (None if no sync could begin) and what is to say about it.
    """
    until = attempts.ticks() + attempts.seconds
    report: RunReport | None = None
    only, pause = attempts.only, attempts.pause
    for left in reversed(range(attempts.retries + 1)):
        with progress(len(only) or len(region.sources)) as listener:
            options = Options(only=only, now=attempts.now, time_limit=until - attempts.ticks())
            done = _once(store, region, options, listener)
        trouble = None if isinstance(done, RunReport) else done
        if isinstance(done, RunReport):
            report = done if report is None else merged(report, done)
        failed = _failed(report) if trouble is None else sorted(only)
        if not left or not (failed or trouble) or attempts.ticks() + pause >= until:
            break
        if isinstance(trouble, RegionFileError):
            break  # it will not mend itself
        attempts.again(report, failed or [one.id for one in region.sources], pause)
        attempts.wait(pause)
        only, pause = frozenset(failed), pause * 2
    return report, _outcome(report, trouble)


def _once(store: Store, region: Region, options: Options, progress: Progress) -> RunReport | Trouble:
    try:
        return sync(store, region, options, progress)
    except (LockHeld, StoreError, RegionFileError) as error:
        log.warning("sync: %s", type(error).__name__)
        return error


def _failed(report: RunReport | None) -> list[str]:
    """Return the sources that may do better in a while; one that is held waits for a person."""
    return [one.source for one in report.sources if one.state == "failed"] if report else []


def merged(first: RunReport, later: RunReport) -> RunReport:
    """Return two runs as one: the number of the first, and the last word about each source."""
    last = {one.source: one for one in later.sources}
    return replace(
        first,
        finished_at=later.finished_at,
        sources=[last.get(one.source, one) for one in first.sources],
        cells_new=first.cells_new + later.cells_new,
        cells_changed=first.cells_changed + later.cells_changed,
    )


def _outcome(report: RunReport | None, trouble: Trouble | None) -> StepOutcome:
    if report is None and trouble is not None:
        return StepOutcome("sync", "failed", *_said(trouble))
    if report is None or not report.sources:
        return StepOutcome("sync", "failed", "night_no_sources")
    bad = [one.source for one in report.sources if not one.good]
    if not bad:
        return StepOutcome("sync", "failed", "night_empty") if report.empty else StepOutcome("sync", "ok")
    params: dict[str, str | int] = {
        "good": len(report.sources) - len(bad),
        "all": len(report.sources),
        "sources": named(bad),
    }
    some = len(bad) < len(report.sources)
    return StepOutcome("sync", "partial" if some else "failed", "night_failed_sources", params)


def named(sources: Sequence[str]) -> str:
    """Return the names of sources for a message; of many the first ones, and how many more there are."""
    more = len(sources) - MOST_NAMED
    shown = ", ".join(sources[:MOST_NAMED])
    return f"{shown} (+{more})" if more > 0 else shown


def _said(trouble: Trouble) -> tuple[str, dict[str, str | int]]:
    """Return a message and its parameters for what kept a sync from beginning."""
    if isinstance(trouble, LockHeld):
        return "night_locked", {"host": trouble.host, "pid": trouble.pid, "start": trouble.started_at}
    if isinstance(trouble, RegionFileError):
        return "night_region_file", {"file": str(trouble.path), "count": len(trouble.errors)}
    params = trouble.params.items()
    return trouble.code, {name: value if isinstance(value, int) else str(value) for name, value in params}
