"""A whole crawl, from its starts to the files of a delivery."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path
from typing import Final

from connectors.assignment import Assignment
from connectors.contract import Delivery
from connectors.crawl.coverage import FAILURES, State, Tally, conclude
from connectors.crawl.frontier import Frontier, Item
from connectors.crawl.job import Job
from connectors.crawl.memory import Memories
from connectors.crawl.pages import LIST, SITEMAP, Start, Target
from connectors.crawl.patterns import LONGEST_ADDRESS, clean, host_of, is_document
from connectors.crawl.politeness import Pace
from connectors.crawl.sitemap import read_sitemap
from connectors.crawl.spool import SpoolWriter
from connectors.crawl.visits import Visit, Visitor
from connectors.errors import ConnectorError, RejectDelivery, RetryLater
from connectors.fetch import Fetcher
from connectors.urls import is_fetchable, redact

__all__ = ["crawl"]

MOST_THREADS: Final = 16
#: Links whose verdict is remembered, to save time.
MOST_JUDGED: Final = 100_000
USUAL_SITEMAP: Final = "/sitemap.xml"
#: An index may lead to sitemaps, and these to pages.
SITEMAP_DEPTH: Final = 2


def crawl(
    job: Job, fetcher: Fetcher, folder: Path, assignment: Assignment, pace: Pace | None = None
) -> Delivery:
    """Read what a job describes, politely, and return its pages as the parts of a delivery.

    Raise RetryLater or RejectDelivery if not even one list could be read. Everything less than that makes
    the delivery a part, and issues say why.
    """
    limits = job.limits
    own_pace = pace or Pace(assignment, limits.delay, limits.provider)
    spool = SpoolWriter(folder, job.name, whole_groups=job.whole_groups)
    try:
        return _Crawl(job, fetcher, assignment, own_pace, spool).perform()
    finally:
        spool.close()


class _Crawl:
    """The state of one crawl, shared by its threads."""

    def __init__(
        self, job: Job, fetcher: Fetcher, assignment: Assignment, pace: Pace, spool: SpoolWriter
    ) -> None:
        self.job = job
        self.assignment = assignment
        self.spool = spool
        self.frontier = Frontier(job.limits.max_pages, job.limits.depth, assignment.limit)
        self.memories = Memories(assignment.memory, job.strategy.digest)
        self.tally = Tally()
        self.visitor = Visitor(
            job, fetcher, assignment, self.memories, pace, self.frontier.claim, self.tally.say
        )
        self.lock = threading.Lock()
        self.pace = pace
        self.until = pace.clock() + job.limits.longest
        self.failures: Counter[str] = Counter()
        self.done = 0
        self.leads_anywhere = False
        self.judged: dict[tuple[str, str, str], tuple[str, Target] | None] = {}
        self.guessed: set[str] = set()  # sitemaps at the usual place, which nobody promised
        self.first_error: ConnectorError | None = None
        # A page that is https at its start is https everywhere: links that say otherwise are old.
        self.secure = {host_of(start.url) for start in job.starts if start.url.startswith("https://")}

    def perform(self) -> Delivery:
        for start in self.job.starts:
            self._start(start)
        for sitemap in self._sitemaps():
            self.frontier.add(Item(sitemap.url, Target(SITEMAP, sitemap.url, sitemap.group)))
        self._run_threads()
        if not self.tally.lists_read:
            raise self.first_error or RetryLater("crawl_nothing_read", source=self.job.name)
        if not self.leads_anywhere:
            raise RejectDelivery("crawl_without_links", url=redact(self.job.starts[0].url))
        conclusion = conclude(self.job, self.tally, self.frontier, self.memories)
        return self.spool.finish(conclusion, self.job.strategy.digest)

    def _start(self, start: Start) -> None:
        url = clean(start.url)
        judged = self.job.strategy.judge(url, "", start.group)
        identity = judged.identity if judged else url
        target = Target(LIST, identity, start.group)
        self.frontier.add(Item(url, target, is_start=True, is_required=start.required))

    def _sitemaps(self) -> Iterable[Start]:
        """Yield the sitemaps to be read; those that robots.txt names, else the one at the usual place."""
        yield from self.job.sitemaps
        if not self.job.look_for_sitemaps:
            return
        first = {host_of(start.url): start for start in reversed(self.job.starts)}
        for start in first.values():
            robots = self.visitor.robots_of(start.url)
            if robots.is_known and not robots.sitemaps:
                usual = start.url.partition("://")[0] + "://" + host_of(start.url) + USUAL_SITEMAP
                self.guessed.add(usual)
                yield Start(usual, start.group)
            for url in robots.sitemaps:
                if is_fetchable(url) and self._is_ours(url, start.group):
                    yield Start(self._tidy(url), start.group)

    def _is_ours(self, url: str, group: str) -> bool:
        return host_of(url) in {host_of(start.url) for start in self.job.starts if start.group == group}

    def _run_threads(self) -> None:
        hosts = {host_of(start.url) for start in self.job.starts}
        if len(hosts) == 1:
            self._work()
            return
        with ThreadPoolExecutor(min(len(hosts), MOST_THREADS)) as threads:
            futures: list[Future[None]] = [
                threads.submit(self._work) for _ in range(min(len(hosts), MOST_THREADS))
            ]
            try:
                wait(futures, return_when=FIRST_EXCEPTION)
            finally:
                self.frontier.stop()
            for future in futures:
                future.result()

    def _work(self) -> None:
        while item := self.frontier.take():
            try:
                self._open(item)
            except BaseException:
                self.frontier.stop()
                raise
            finally:
                self.frontier.done(item)

    def _open(self, item: Item) -> None:
        if self.pace.clock() > self.until:
            self.frontier.give_up(host_of(item.url))
            self.tally.note(item, State.FAILED, "crawl_too_long")
            return
        visit = self.visitor.visit(item)
        self._watch(host_of(item.url), visit)
        if visit.moved_to:
            self.frontier.add_again(item._replace(url=self._tidy(visit.moved_to), hops=item.hops + 1))
            self.tally.note(item, State.MOVED)
        elif item.target.kind == SITEMAP:
            self._take_sitemap(item, visit)
        else:
            self._take_page(item, visit)
        with self.lock:
            self.done += 1
            self.assignment.progress(self.done, 0)

    def _watch(self, host: str, visit: Visit) -> None:
        """Leave a host alone that fails again and again, or that asks to be left alone."""
        if visit.state not in FAILURES:
            self.failures[host] = 0
            return
        self.failures[host] += 1
        wants_rest = visit.error is not None and "retry_after" in visit.error.params
        if self.failures[host] >= self.job.limits.most_failures or wants_rest or visit.state is State.UNASKED:
            self.frontier.give_up(host)

    def _take_page(self, item: Item, visit: Visit) -> None:
        self.tally.note(item, visit.state, visit.detail)
        page = visit.page
        if page is None:
            if item.is_start and item.is_required:
                self._remember_error(item, visit)
            return
        if not page.nofollow:
            is_known = page.outcome is not None
            found = page.links if is_known else tuple(self.job.strategy.links(page))
            page = replace(page, links=self._follow(item, found))
        self.spool.add(page)

    def _remember_error(self, item: Item, visit: Visit) -> None:
        """Keep why the first start could not be read, in case that none can."""
        if self.first_error is not None:
            return
        url = redact(item.url)
        self.first_error = visit.error or {
            State.BLOCKED: RetryLater("crawl_start_blocked", url=url),
            State.UNASKED: RetryLater("crawl_robots_unreachable", url=url),
            State.FOREIGN: RetryLater("crawl_start_foreign", url=url, host=visit.detail),
            State.UNSUITABLE: RejectDelivery("crawl_start_no_page", url=url),
            State.CUT_OFF: RejectDelivery("crawl_start_cut_off", url=url),
        }.get(visit.state)

    def _follow(self, item: Item, links: Iterable[str]) -> tuple[str, ...]:
        """Queue what a page leads to; return the addresses that its strategy has a use for."""
        kind, group = item.target.kind, item.target.group
        kept = []
        for link in links:
            self.leads_anywhere = True
            judged = self._judge(link, kind, group)
            if judged is None:
                continue
            url, target = judged
            kept.append(url)
            # A list leads to further lists without getting deeper: letters, then pages of a letter.
            depth = item.depth + (0 if kind == target.kind == LIST else 1)
            self.frontier.add(Item(url, target, depth))
        return tuple(kept)

    def _judge(self, link: str, found_on: str, group: str) -> tuple[str, Target] | None:
        """Return what to fetch for a link, and as what; the same few hundred links are on every page."""
        key = (link, found_on, group)
        if key in self.judged:
            return self.judged[key]
        judged = None
        if is_fetchable(link) and len(link) <= LONGEST_ADDRESS and not is_document(link):
            url = self._tidy(link)
            target = self.job.strategy.judge(url, found_on, group)
            judged = (url, target) if target is not None else None
        if len(self.judged) < MOST_JUDGED:
            self.judged[key] = judged
        return judged

    def _tidy(self, url: str) -> str:
        address = clean(url)
        if address.startswith("http://") and host_of(address) in self.secure:
            return "https" + address[4:]
        return address

    def _take_sitemap(self, item: Item, visit: Visit) -> None:
        page = visit.page
        if page is None:
            if item.url not in self.guessed or visit.state is not State.GONE:
                self.tally.note(item, visit.state, visit.detail)
            return
        if page.outcome is None:
            try:
                sitemap = read_sitemap(page.body or b"", redact(item.url))
            except RejectDelivery as error:
                # Where a sitemap was only guessed, many servers show some page instead of saying no.
                if item.url not in self.guessed:
                    self.tally.note(item, State.FAILED, error.code)
                return
            if sitemap.is_cut:
                self.tally.say("crawl_sitemap_cut", redact(item.url))
            page = replace(
                page, links=sitemap.addresses, body=None, outcome="index" if sitemap.is_index else ""
            )
        self.tally.note(item, State.READ)
        follow = self._follow_index if page.outcome == "index" else self._follow
        self.spool.add(replace(page, links=follow(item, page.links)))

    def _follow_index(self, item: Item, addresses: Iterable[str]) -> tuple[str, ...]:
        group = item.target.group
        kept = tuple(
            url for url in map(self._tidy, addresses) if is_fetchable(url) and self._is_ours(url, group)
        )
        if item.depth + 1 < SITEMAP_DEPTH:
            for url in kept:
                self.frontier.add(Item(url, Target(SITEMAP, url, group), item.depth + 1))
        return kept
