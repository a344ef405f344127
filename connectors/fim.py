"""The FIM portal: the newest catalogue of services, read page by page.

What the portal lists is reference: which services there are, of which types, and to which OZG service they
belong. It says nothing about offers, so this is no kind of source: ``lueckenlos reference fetch fim`` reads
it. Address, pages and order are those of the portal's API description 0.24; the shape of an entry is not
described there, so the fields are read tolerantly (docs/referenztabellen.md says what is confirmed).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeAlias
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError

from catalogue.records import Completeness, Issue, Severity
from connectors.assignment import NOTHING, Assignment
from connectors.errors import AbortRun, RejectDelivery, RetryLater
from connectors.fetch import Fetcher
from connectors.fim_answers import FimOzg, FimPage, FimService, read_page, read_service
from connectors.urls import is_fetchable, redact

__all__ = ["FimItem", "FimOzg", "FimService", "FimSettings", "read_services"]

FimItem: TypeAlias = FimService | Issue | Completeness

#: Statuses by which the portal says that it does not understand the question.
MISUNDERSTOOD: Final = frozenset({400, 422})
GONE: Final = frozenset({404, 410})


class FimSettings(BaseModel):
    """Where the portal's list is, and how it is asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    location: str = "https://fimportal.de/api/v0/leistung-steckbriefe"
    page_size: int = Field(default=200, ge=1, le=200)
    max_pages: int = Field(default=1_000, ge=1, le=10_000)

    @field_validator("location")
    @classmethod
    def _check_location(cls, location: str) -> str:
        if not is_fetchable(location) or "?" in location or "#" in location:
            raise PydanticCustomError("setting_fim_location", "give an address without ? and #")
        return location


def read_services(
    fetcher: Fetcher, settings: FimSettings, since: str = "", assignment: Assignment = NOTHING
) -> Iterator[FimItem]:
    """Yield each service once, what is irregular, and at the end how complete this was.

    ``since`` is an ISO date or date-time; with it only what changed since then is asked for, and the end is
    an increment. Without it the end is everything, or a part where the list moved while it was read, an
    entry could not be read, or fewer came than were announced. Raise RetryLater, RejectDelivery or AbortRun.
    """
    walk = _Walk(fetcher, settings, since, assignment)
    for page in walk.pages():
        for number, item in enumerate(page.items, start=walk.offset + 1):
            service, issues = read_service(item, number)
            walk.unreadable += service is None
            yield from issues
            if service is None or service.key in walk.seen:
                continue
            walk.seen.add(service.key)
            yield service
    yield from walk.end()


class _Walk:
    """The way through the pages of the list, and what it tells about the list as a whole."""

    def __init__(self, fetcher: Fetcher, settings: FimSettings, since: str, assignment: Assignment) -> None:
        self._fetcher = fetcher
        self._settings = settings
        self._since = since
        self._assignment = assignment
        self.offset = 0
        self.seen: set[str] = set()
        self.unreadable = 0
        self._totals: set[int | None] = set()
        self._cut = False

    def pages(self) -> Iterator[FimPage]:
        """Yield the pages up to the last one, or to the most that are asked for."""
        for _ in range(self._settings.max_pages):
            self._assignment.check()
            page = self._ask()
            self._totals.add(page.total)
            yield page
            self.offset += len(page.items)
            self._assignment.progress(self.offset, page.total or 0)
            if self._is_last(page):
                return
        self._cut = True

    def _is_last(self, page: FimPage) -> bool:
        if not page.items:
            return True
        if page.total is None:
            return len(page.items) < self._settings.page_size
        return self.offset >= page.total

    def _ask(self) -> FimPage:
        query = {
            "order_by": "leistungsschluessel_asc",
            "limit": str(self._settings.page_size),
            "offset": str(self.offset),
            **({"updated_since": self._since} if self._since else {}),
        }
        url = f"{self._settings.location}?{urlencode(query)}"
        shown = redact(url)
        try:
            body = self._fetcher.get(url, headers={"Accept": "application/json"}).body
        except RetryLater as error:
            status = error.params.get("status")
            if status in MISUNDERSTOOD:
                raise AbortRun("fim_misunderstood", url=shown, status=int(status or 0)) from error
            if status in GONE:
                raise AbortRun("fim_gone", url=shown, status=int(status or 0)) from error
            raise
        page = read_page(body, shown)
        if page.offset not in (None, self.offset):
            # Whoever gets the same page again and again must not take it for the next one.
            raise RejectDelivery("fim_pages_confused", url=shown)
        return page

    def end(self) -> Iterator[Issue | Completeness]:
        """Yield what is wrong with the list as a whole, and how complete it was read."""
        total = max((count for count in self._totals if count is not None), default=0)
        came = len(self.seen) + self.unreadable
        whole = not self.unreadable
        if self._cut:
            whole = False
            yield Issue(Severity.NOTICE, "fim_capped", "", str(self._settings.max_pages))
        if len(self._totals) > 1 or None in self._totals:
            # An entry that went away moves all others forward: one of them may have been stepped over.
            whole = False
            yield Issue(Severity.NOTICE, "fim_moved", "")
        elif came < total and not self._cut:
            whole = False
            yield Issue(Severity.NOTICE, "fim_incomplete", "", f"{came} / {total}")
        if self._since:
            yield Completeness("increment" if whole else "part", since=self._since)
        else:
            yield Completeness("everything" if whole else "part")
