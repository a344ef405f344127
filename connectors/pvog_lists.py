"""Lists that PVOG gives out in pages, read to their end or to the point where they stop making sense.

A list counts as read only if every page came, every item could be read, and as many items came as were
announced. Everything less keeps what was found and says what is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from catalogue.records import Issue, Severity
from connectors.errors import ConnectorError, RejectDelivery
from connectors.pvog_answers import (
    Description,
    OnlinePage,
    OnlineService,
    ServicePage,
    read_answer,
    read_items,
)
from connectors.pvog_desk import Desk, Reply
from connectors.pvog_settings import PvogSettings

__all__ = ["Listing", "list_online_services", "list_services", "note_failed"]

Item = TypeVar("Item", Description, OnlineService)
MOST_OF_LIST = 32 << 20  # bytes
LONGEST_RECORD = 160  # characters


@dataclass
class Listing(Generic[Item]):
    """What a list holds; ``whole`` is true only if nothing of it is missing."""

    record: str  # what was asked for, for messages
    keys: tuple[str, ...] = ()
    items: list[Item] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    whole: bool = True
    torn: bool = False  # it ended with an error, which may be gone the next time
    count: int = 0
    size: int = 0  # bytes

    def weigh(self, reply: Reply) -> None:
        """Raise RejectDelivery if all pages together are more than any list is."""
        self.size += reply.size
        if self.size > MOST_OF_LIST:
            raise RejectDelivery("pvog_too_large", url=reply.url, limit=MOST_OF_LIST)

    def take(self, found: tuple[list[Item], list[tuple[str, str]]]) -> None:
        """Add the items of a page, and an issue for each that could not be read."""
        items, faults = found
        self.items += items
        self.count += len(items) + len(faults)
        for name, why in faults:
            self.whole = False
            self.issues.append(Issue(Severity.SKIPPED, "pvog_item_unreadable", name or self.record, why))

    def fail(self, error: ConnectorError) -> None:
        """Take note that the list could not be read to its end."""
        self.whole, self.torn = False, True
        self.issues.append(note_failed(self.record, error))

    def end(self, announced: int | None) -> None:
        """Compare with the number of items that PVOG announced."""
        if announced is not None and self.count < announced:
            self.whole = False
            detail = f"{self.count} / {announced}"
            self.issues.append(Issue(Severity.NOTICE, "pvog_incomplete", self.record, detail))

    def cut(self, pages: int) -> None:
        """Take note that there are more pages than may be asked for."""
        self.whole = False
        self.issues.append(Issue(Severity.NOTICE, "pvog_capped", self.record, str(pages)))


def note_failed(record: str, error: ConnectorError) -> Issue:
    """Return the issue for a request that failed: what it was for, and why it failed."""
    status = error.params.get("status")
    detail = error.code if status is None else f"{error.code} {status}"
    return Issue(Severity.NOTICE, "pvog_request_failed", record, detail)


def list_services(desk: Desk, settings: PvogSettings, area: str, keys: Sequence[str]) -> Listing[Description]:
    """Return the descriptions for keys in an area. Raise ConnectorError if there is no sense in going on."""
    listing: Listing[Description] = Listing(_record(area, keys), tuple(keys))
    try:
        _read_services(desk, settings, area, listing)
        desk.note_success()
    except ConnectorError as error:
        desk.note_failure(error)
        listing.fail(error)
    return listing


def _read_services(desk: Desk, settings: PvogSettings, area: str, listing: Listing[Description]) -> None:
    for number in range(settings.max_pages):
        reply = desk.ask(
            settings.services_path,
            keys=",".join(listing.keys),
            ars=area,
            page=str(number),
            size=str(settings.page_size),
        )
        if not reply.found and number == 0:
            return
        listing.weigh(reply)
        page = read_answer(ServicePage, reply.answer, reply.url)
        content = _content(page, reply.url)
        if page.number not in (None, number) or (number and not content and page.last is False):
            # Whoever gets the same page again and again must not take it for the next one.
            raise RejectDelivery("pvog_pages_confused", url=reply.url)
        listing.take(read_items(Description, content))
        if _is_last(page, number, listing.count, content):
            listing.end(page.total_elements)
            return
    listing.cut(settings.max_pages)


def _content(page: ServicePage, url: str) -> list[object]:
    """Return the items of a page; a page without any list must say that there is nothing."""
    if page.content is not None:
        return page.content
    nothing = page.empty or page.total_elements == 0 or page.total_pages == 0
    if not nothing or page.total_elements or page.total_pages:
        raise RejectDelivery("pvog_shape", url=url, why="content: missing")
    return []


def _is_last(page: ServicePage, number: int, count: int, content: list[object]) -> bool:
    if page.last is not None:
        return page.last
    if page.total_pages is not None:
        return number + 1 >= page.total_pages
    if page.total_elements is not None:
        return count >= page.total_elements
    # Nothing tells: only a page without items is the end.
    return not content


def list_online_services(
    desk: Desk, settings: PvogSettings, area: str, keys: Sequence[str]
) -> Listing[OnlineService]:
    """Return the online services of an area, or those for keys there. Raise as :func:`list_services`."""
    listing: Listing[OnlineService] = Listing(_record(area, keys), tuple(keys))
    try:
        _read_online(desk, settings, area, listing)
        desk.note_success()
    except ConnectorError as error:
        desk.note_failure(error)
        listing.fail(error)
    return listing


def _read_online(desk: Desk, settings: PvogSettings, area: str, listing: Listing[OnlineService]) -> None:
    token = ""
    seen: set[str] = set()
    for number in range(settings.max_pages):
        reply = desk.ask(
            settings.online_path,
            ars=area,
            keys=",".join(listing.keys),
            size=str(settings.page_size),
            token=token,
        )
        if not reply.found and number == 0:
            return
        listing.weigh(reply)
        page = read_answer(OnlinePage, reply.answer, reply.url)
        if page.hits and not page.onlineservices:
            raise RejectDelivery("pvog_shape", url=reply.url, why="hits: not empty")
        if page.onlineservices is None and page.total_hits != 0:
            raise RejectDelivery("pvog_shape", url=reply.url, why="onlineservices: missing")
        listing.take(read_items(OnlineService, page.onlineservices or []))
        token = page.next_page_token or ""
        if not token:
            listing.end(page.total_hits)
            return
        if token in seen:
            raise RejectDelivery("pvog_pages_confused", url=reply.url)
        seen.add(token)
    listing.cut(settings.max_pages)


def _record(area: str, keys: Sequence[str]) -> str:
    return f"{area} {','.join(keys)}".strip()[:LONGEST_RECORD]
