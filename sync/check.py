"""Ask sources whether they are there, side by side, without reading them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import dataclass, field, replace
from threading import Event
from typing import Final

from connectors.assignment import Assignment
from connectors.contract import SourceSettings, find_kind
from connectors.errors import ConnectorError, RetryLater
from connectors.fetch import Fetcher
from sync.reading import SOURCES_AT_ONCE
from sync.report import Params

__all__ = ["CheckOutcome", "check_sources"]

log = logging.getLogger(__name__)

#: How long one source may take in all (seconds): it is only asked whether it is there.
LONGEST_CHECK: Final = 120.0
ATTEMPTS: Final = 2
DEADLINE: Final = 20.0  # seconds for each answer
LONGEST_WAIT: Final = 10.0  # seconds between two attempts


@dataclass(frozen=True)
class CheckOutcome:
    """What a source answered.

    ``section`` and ``code`` name a message of the catalogue: what it looks like from outside (section
    ``check``), or why it cannot be read (section ``error``).
    """

    source: str
    ok: bool
    section: str
    code: str
    params: Params = field(default_factory=dict)
    seconds: float = 0.0


def check_sources(
    sources: Sequence[SourceSettings], told: Callable[[CheckOutcome], None], longest: float = LONGEST_CHECK
) -> list[CheckOutcome]:
    """Return what each source answered, in the given order; ``told`` hears of each in the same order.

    Each may take ``longest`` seconds. Whoever has not answered by then counts as failed, and nobody waits
    for it any more.
    """
    stop = Event()
    threads = ThreadPoolExecutor(SOURCES_AT_ONCE)
    futures = [threads.submit(_check, settings, stop, longest) for settings in sources]
    outcomes = []
    rounds = 1 + (len(sources) - 1) // SOURCES_AT_ONCE
    end = time.monotonic() + longest * rounds  # some may have to wait for the place of another
    try:
        for settings, future in zip(sources, futures, strict=True):
            try:
                outcome = future.result(max(0.0, end - time.monotonic()))
            except TookTooLong:
                outcome = _failed(settings, RetryLater("check_too_long", seconds=round(longest)), longest)
            outcomes.append(outcome)
            told(outcome)
    finally:
        stop.set()
        threads.shutdown(wait=False, cancel_futures=True)
    return outcomes


def _check(settings: SourceSettings, stop: Event, longest: float) -> CheckOutcome:
    begun = time.monotonic()
    assignment = Assignment(stop=stop)
    policy = replace(
        settings.policy(),
        attempts=ATTEMPTS,
        deadline=min(DEADLINE, longest),
        download_deadline=longest,
        max_wait=LONGEST_WAIT,
    )
    try:
        with Fetcher(policy, sleep=assignment.pause) as fetcher:
            found = find_kind(settings.type)(settings, fetcher).check()
    except ConnectorError as error:
        return _failed(settings, error, time.monotonic() - begun)
    except OSError as error:
        why = error.strerror or type(error).__name__
        return _failed(settings, RetryLater("io_failed", why=why), time.monotonic() - begun)
    except Exception as error:  # a defect in one connector must not hide what the others answered
        log.exception("source %s", settings.id)
        defect = RetryLater("defect", why=type(error).__name__)
        return _failed(settings, defect, time.monotonic() - begun)
    seconds = round(time.monotonic() - begun, 3)
    return CheckOutcome(settings.id, found.ok, "check", found.code, dict(found.params), seconds)


def _failed(settings: SourceSettings, error: ConnectorError, seconds: float) -> CheckOutcome:
    return CheckOutcome(settings.id, False, "error", error.code, dict(error.params), round(seconds, 3))
