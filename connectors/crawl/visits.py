"""Opening one page: asked for by memory's validators, followed with care, and judged by what came back."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Final, NamedTuple

from connectors.assignment import Assignment
from connectors.crawl.coverage import State
from connectors.crawl.directives import read_directives
from connectors.crawl.frontier import Item
from connectors.crawl.job import Job
from connectors.crawl.memory import Memories, validators_of
from connectors.crawl.pages import LIST, SITEMAP, Page
from connectors.crawl.patterns import host_of
from connectors.crawl.politeness import Pace
from connectors.crawl.robots import LONGEST_TRUST, Robots, fetch_robots
from connectors.crawl.sitemap import LARGEST_SITEMAP
from connectors.errors import ConnectorError
from connectors.fetch import Answer, Fetcher
from connectors.urls import redact

__all__ = ["Visit", "Visitor"]

GONE: Final = frozenset({404, 410})
#: Media types that say nothing; what comes under them is looked at.
VAGUE: Final = frozenset({"", "application/octet-stream", "text/plain"})
MOST_HOPS: Final = 5
TAG: Final = re.compile(rb"<[!?a-zA-Z]")
BYTE_ORDER_MARKS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


class Visit(NamedTuple):
    """What became of a page. ``moved_to`` is where a page of another host of ours is to be asked for.

    ``error`` is what went wrong where something did.
    """

    state: State
    page: Page | None = None
    detail: str = ""
    moved_to: str = ""
    error: ConnectorError | None = None


@dataclass
class _Rules:
    robots: Robots
    asked_at: float


@dataclass
class Visitor:
    """Opens the pages of one crawl; shared by its threads, of which one at a time works on a host."""

    job: Job
    fetcher: Fetcher
    assignment: Assignment
    memories: Memories
    pace: Pace
    claim: Callable[[str], bool]
    say: Callable[[str, str, str], None]
    _rules: dict[str, _Rules] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def robots_of(self, url: str) -> Robots:
        """Return the rules of the host of an address; asked for once a day. Raise RetryLater if stopped."""
        origin = url.partition("://")[0] + "://" + host_of(url)
        now = self.pace.clock()
        with self._lock:
            known = self._rules.get(origin)
        if known is None or now - known.asked_at > LONGEST_TRUST:
            self.assignment.check()
            with self.pace.turn(host_of(url)):
                known = _Rules(fetch_robots(self.fetcher, url), now)
            if known.robots.asked_delay > known.robots.delay:
                self.say("crawl_delay_capped", host_of(url), f"{known.robots.asked_delay:g}")
            with self._lock:
                self._rules[origin] = known
        return known.robots

    def visit(self, item: Item) -> Visit:
        """Open a page, or find out why not. Raise RetryLater only if nobody waits for it any more."""
        self.assignment.check()
        robots = self.robots_of(item.url)
        if not robots.is_known:
            return Visit(State.UNASKED, detail=robots.problem)
        if not robots.allows(item.url) and item.target.kind != SITEMAP:
            return Visit(State.BLOCKED)
        redirects = _Redirects(self.job, item, robots)
        blank = Page(item.url, *item.target, final_url=item.url)
        known = self.memories.recall(blank)
        limit = LARGEST_SITEMAP if item.target.kind == SITEMAP else self.job.limits.max_bytes
        try:
            with self.pace.turn(host_of(item.url), robots.delay):
                answer = self.fetcher.visit(
                    item.url,
                    limit=limit,
                    may_follow=redirects.may_follow,
                    validators=validators_of(known) if known else None,
                )
        except ConnectorError as error:
            if error.code == "cancelled":
                raise
            return redirects.refused or _failed(error)
        return self._judge(item, answer, known, blank)

    def _judge(self, item: Item, answer: Answer, known: Page | None, blank: Page) -> Visit:
        if answer.url != item.url and not item.is_start:
            if self._is_start(answer.url):
                return Visit(State.GONE, detail=redact(answer.url))
            if not self._is_own(item, answer.url):
                return Visit(State.DUPLICATE)
        if answer.not_modified and known:
            return Visit(_state_of(known), replace(known, final_url=answer.url))
        if item.target.kind == SITEMAP:
            return Visit(State.READ, _filled(blank, answer, known))
        if not self._is_suitable(answer):
            return Visit(State.UNSUITABLE, detail=answer.content_type[:80])
        if _is_cut_off(answer):
            return Visit(State.CUT_OFF)
        asked = read_directives(answer.headers.get("X-Robots-Tag", ""), answer.body)
        page = replace(_filled(blank, answer, known), noindex=asked.noindex, nofollow=asked.nofollow)
        if known and (known.digest, known.noindex, known.nofollow) == (page.digest, *asked):
            page = replace(page, body=None, outcome=known.outcome, links=known.links)
        return Visit(_state_of(page), page)

    def _is_own(self, item: Item, url: str) -> bool:
        """Tell whether a redirect led to the same page, or to one that nobody else is to read."""
        target = self.job.strategy.judge(url, "", item.target.group)
        if target is None or target.identity == item.target.identity:
            return True
        return self.claim(target.identity)

    def _is_start(self, url: str) -> bool:
        path = url.partition("://")[2].partition("/")[2]
        return not path or any(start.url.partition("#")[0] == url for start in self.job.starts)

    def _is_suitable(self, answer: Answer) -> bool:
        if answer.content_type in self.job.media_types:
            return TAG.search(_beginning(answer.body)) is not None
        return answer.content_type in VAGUE and _beginning(answer.body).lstrip().startswith(b"<")


class _Redirects:
    """Decides for one page where it may be followed to, and keeps why not."""

    def __init__(self, job: Job, item: Item, robots: Robots) -> None:
        self._strategy = job.strategy
        self._item = item
        self._robots = robots
        self.refused: Visit | None = None

    def may_follow(self, url: str) -> bool:
        """Tell whether a redirect to an address is followed at once."""
        target = self._strategy.judge(url, "", self._item.target.group)
        if target is None:
            self.refused = Visit(State.FOREIGN, detail=host_of(url))
        elif host_of(url) != host_of(self._item.url):
            # Another host has rules and a gate of its own; the page is queued there.
            is_loop = self._item.hops >= MOST_HOPS
            self.refused = (
                Visit(State.FAILED, detail=redact(url)) if is_loop else Visit(State.MOVED, moved_to=url)
            )
        elif not self._robots.allows(url):
            self.refused = Visit(State.BLOCKED, detail=redact(url))
        return self.refused is None


def _state_of(page: Page) -> State:
    if page.nofollow and page.kind == LIST:
        return State.NOFOLLOW
    return State.NOINDEX if page.noindex else State.READ


def _failed(error: ConnectorError) -> Visit:
    status = error.params.get("status")
    if error.code == "http_status" and status in GONE:
        return Visit(State.GONE, error=error, detail=str(status))
    return Visit(State.FAILED, error=error, detail=f"{error.code} {status or ''}".strip())


def _filled(blank: Page, answer: Answer, known: Page | None) -> Page:
    digest = hashlib.blake2b(answer.body, digest_size=16).hexdigest()
    came_twice = known is not None and known.digest == digest
    return replace(
        blank,
        final_url=answer.url,
        content_type=answer.content_type,
        charset=answer.charset,
        etag=answer.validators.etag,
        last_modified=answer.validators.last_modified,
        digest=digest,
        confirmed=came_twice or answer.url.startswith("https://"),
        body=answer.body,
    )


def _beginning(body: bytes) -> bytes:
    """Return the first bytes without byte order mark; of UTF-16 what is ASCII in it."""
    start = body[:65_536]
    for mark in BYTE_ORDER_MARKS:
        start = start.removeprefix(mark)
    return start.replace(b"\0", b"")


def _is_cut_off(answer: Answer) -> bool:
    """Tell whether a page may have ended too early: nothing said where it ends, neither HTTP nor the page."""
    headers = answer.headers
    is_delimited = (
        headers.get("Content-Length", "").isdigit()
        or "chunked" in headers.get("Transfer-Encoding", "").lower()
        or headers.get("Content-Encoding", "identity").lower() != "identity"
    )
    if is_delimited:
        return False
    end = answer.body[-2_000:].replace(b"\0", b"").lower()
    return not any(mark in end for mark in (b"</html", b"</rss", b"</feed", b"</urlset", b"</sitemapindex"))
