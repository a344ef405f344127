"""Asking PVOG: one place through which all requests of a source go, however many areas and threads.

It keeps to the rate, knows what each kind of failure means here, and notices what single requests cannot
tell: that nothing works at all, or that an endpoint's version was switched off.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

from connectors.assignment import Assignment
from connectors.credentials import read_secret
from connectors.errors import AbortRun, ConnectorError, RejectDelivery, RetryLater
from connectors.fetch import Fetcher
from connectors.pvog_answers import read_json
from connectors.pvog_settings import PvogSettings, fill
from connectors.urls import redact

__all__ = ["Desk", "Pace", "Reply"]

NOT_FOUND: Final = 404
REFUSED: Final = frozenset({401, 403})
#: Failures after which the next request would fare no better.
FINAL: Final = frozenset({"cancelled", "postponed", "storage_failed", "pvog_gone"})
#: So many failures without a success in between, and the source is given up.
MOST_FAILURES: Final = 5
#: So many times nothing was found before anything was: nobody needs to ask on for an hour to be sure.
MOST_ABSENT: Final = 300


class Reply(NamedTuple):
    """What a request brought, and from where; nothing was found if the server said so (404)."""

    answer: object
    url: str
    size: int = 0  # bytes
    found: bool = True


class Pace:
    """Lets requests begin one after the other, evenly, whatever thread they come from."""

    def __init__(
        self, per_second: float, pause: Callable[[float], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._interval = 1 / per_second
        self._pause = pause
        self._clock = clock
        self._next = clock()
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Wait for one's turn. Raise what the pause raises."""
        with self._lock:
            now = self._clock()
            turn = max(now, self._next)
            self._next = turn + self._interval
        if turn > now:
            self._pause(turn - now)


class Desk:
    """Sends the requests of one source in one run; may be shared between threads."""

    def __init__(self, settings: PvogSettings, fetcher: Fetcher, assignment: Assignment) -> None:
        self._settings = settings
        self._fetcher = fetcher
        self._assignment = assignment
        self._pace = Pace(settings.per_second, assignment.pause)
        self._headers = _headers(settings)
        self._today = datetime.now(UTC).date().isoformat()
        self._lock = threading.Lock()
        self._answered: Counter[str] = Counter()
        self._absent: dict[str, str] = {}
        self._absences: Counter[str] = Counter()
        self._failures = self._successes = 0
        self._last_failure: ConnectorError | None = None

    def ask(self, template: str, **values: str) -> Reply:
        """Send one request. Raise ConnectorError; AbortRun if there is no sense in going on."""
        self._assignment.check()
        self._pace.wait()
        url = self._settings.location + fill(template, {"date": self._today, **values})
        try:
            body = self._fetcher.get(url, headers=self._headers).body
            answer = read_json(body, redact(url))
        except RetryLater as error:
            if error.params.get("status") == NOT_FOUND:
                return self._nothing(template, redact(url))
            if error.params.get("status") in REFUSED:
                status = error.params["status"]
                raise AbortRun("pvog_refused", url=redact(url), status=status) from error
            raise
        with self._lock:
            self._answered[template] += 1
        return Reply(answer, redact(url), len(body))

    def _nothing(self, template: str, url: str) -> Reply:
        with self._lock:
            self._absent.setdefault(template, url)
            self._absences[template] += 1
            if self._absences[template] >= MOST_ABSENT and not self._answered[template]:
                raise RejectDelivery("pvog_gone", url=url)
        return Reply(None, url, found=False)

    def note_success(self) -> None:
        """Take note that something was read."""
        with self._lock:
            self._failures = 0
            self._successes += 1

    def note_failure(self, error: ConnectorError) -> None:
        """Take note of a failure that the survey survives. Raise it if it is one too many."""
        if isinstance(error, AbortRun) or error.code in FINAL:
            raise error
        with self._lock:
            self._failures += 1
            self._last_failure = error
            if self._failures >= MOST_FAILURES:
                raise error

    def conclude(self, *templates: str) -> None:
        """Raise an error if nothing was read, or one of these endpoints never answered but with 404."""
        if self._last_failure is not None and not self._successes:
            raise self._last_failure
        for template in templates:
            if template in self._absent and not self._answered[template]:
                raise RejectDelivery("pvog_gone", url=self._absent[template])


def _headers(settings: PvogSettings) -> Mapping[str, str]:
    headers = {"Accept": "application/json"}
    named = "client_id_env" if settings.client_id_env else "client_id_file"
    client = read_secret(named, variable=settings.client_id_env, file=settings.client_id_file)
    if client:
        headers[settings.client_id_header] = client
    return headers
