"""Websites: the services a municipality describes on its own pages, found from lists and sitemaps.

Every record belongs to the one area that the settings name. What a page says is up to ``connectors.html``,
which pages are opened to ``connectors.crawl``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Final

from catalogue.records import Issue, Offering, Record, Severity
from connectors.assignment import NOTHING, Assignment
from connectors.contract import Check, Delivery, Part, SourceSettings
from connectors.crawl.engine import crawl
from connectors.crawl.job import Job
from connectors.crawl.memory import remember
from connectors.crawl.pages import DETAIL, LIST, SITEMAP, Page
from connectors.crawl.robots import fetch_robots
from connectors.crawl.rules import known_rules
from connectors.crawl.spool import open_spool
from connectors.errors import RetryLater
from connectors.fetch import Fetcher
from connectors.html.rules import PageRules
from connectors.site_outcome import Outcome, merge, read_outcome
from connectors.site_settings import SiteSettings
from connectors.site_strategy import SiteStrategy, own_tenants
from connectors.urls import redact

__all__ = ["CONNECTOR", "SiteConnector"]

#: Kinds of pages that are as they should be, whether or not they hold services.
USUAL: Final = frozenset({"service", "multi", "list"})
ERROR: Final = "error"


class SiteConnector:
    """Reads a municipality's website."""

    kind: ClassVar[str] = "site"
    settings_model: ClassVar[type[SourceSettings]] = SiteSettings
    reader_version: ClassVar[int] = 1
    heavy: ClassVar[bool] = True

    def __init__(self, settings: SourceSettings, fetcher: Fetcher) -> None:
        if not isinstance(settings, SiteSettings):
            raise TypeError(f"{type(settings).__name__} are not the settings of a website")
        self._settings = settings
        self._fetcher = fetcher

    def check(self) -> Check:
        """Look whether the first page is there and may be opened. Raise RetryLater or RejectDelivery."""
        url = self._settings.starts()[0].url
        robots = fetch_robots(self._fetcher, url)
        if not robots.is_known:
            raise RetryLater("crawl_robots_unreachable", url=redact(url))
        if not robots.allows(url):
            return Check(ok=False, code="site_blocked", params={"url": redact(url)})
        self._fetcher.visit(url, limit=self._settings.max_bytes, may_follow=lambda _target: True)
        params: dict[str, str | int | float] = {
            "url": redact(url),
            "delay": max(self._settings.delay, robots.delay),
            "lists": len(self._settings.starts()),
        }
        return Check(ok=True, code="site_reachable", params=params)

    def acquire(self, folder: Path, assignment: Assignment = NOTHING, /) -> Delivery:
        """Crawl the website. Raise RetryLater or RejectDelivery if none of its lists could be read."""
        settings = self._settings
        job = Job(
            name=settings.label,
            strategy=SiteStrategy(settings, self._rules),
            starts=settings.starts(),
            sitemaps=settings.sitemaps(),
            look_for_sitemaps=settings.sitemap == "auto",
            limits=settings.limits(),
            expectation=settings.expectation(),
        )
        return crawl(job, self._fetcher, folder, assignment)

    def read(self, part: Part) -> Iterator[Record]:
        """Yield the offerings of the pages in a file, what is irregular, and whether it was everything."""
        spool = open_spool(part)
        rules_digest = SiteStrategy(self._settings, self._rules).digest
        reader = _Reader(self._settings.areas[0], self._rules)
        for page in spool.pages():
            known = page.outcome
            if page.kind == SITEMAP:
                yield remember(page, known or "", rules_digest)
                continue
            outcome = read_outcome(page, reader.area, reader.rules) if known is None else Outcome.load(known)
            yield remember(page, outcome.dump() if known is None else known, rules_digest)
            if not page.noindex:
                yield from reader.take(page, outcome)
        yield from merge(reader.offerings)
        yield from reader.conclude(self._settings.allowed_gone)
        yield from spool.conclusion(complete=not reader.doubts)

    @cached_property
    def _rules(self) -> PageRules:
        rules = known_rules(self._settings.extra_rules)
        tenants = own_tenants(self._settings)
        return replace(rules, own_tenants=rules.own_tenants | tenants) if tenants else rules


CONNECTOR = SiteConnector


class _Reader:
    """What is found in the pages of one file, until all of them were read."""

    def __init__(self, area: str, rules: PageRules) -> None:
        self.area = area
        self.rules = rules
        self.offerings: list[Offering] = []
        self.doubts: list[Issue] = []
        self._foreign: set[str] = set()
        self._details = 0
        self._errors = 0

    def take(self, page: Page, outcome: Outcome) -> Iterator[Issue]:
        """Take over what a page holds; yield what is odd about it."""
        self.offerings.extend(outcome.offerings)
        self._foreign.update(outcome.foreign)
        if page.kind == DETAIL:
            self._details += 1
            self._errors += outcome.kind == ERROR
        if page.kind == LIST and outcome.kind == ERROR:
            self.doubts.append(Issue(Severity.NOTICE, "site_list_broken", redact(page.url), outcome.reason))
        elif outcome.kind not in USUAL and page.kind != LIST:
            yield Issue(Severity.NOTICE, f"site_page_{outcome.kind}", redact(page.url), outcome.reason)

    def conclude(self, allowed_errors: float) -> Iterator[Issue]:
        """Yield what is odd about all pages together."""
        for identity in sorted(self._foreign):
            yield Issue(Severity.NOTICE, "site_tenant_foreign", identity)
        if self._errors > allowed_errors * self._details:
            share = f"{self._errors}/{self._details}"
            self.doubts.append(Issue(Severity.NOTICE, "site_many_errors", "", share))
        yield from self.doubts
