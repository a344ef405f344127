"""Portals: the services municipalities show on portals of a known product, read by a profile that is data.

Lists are read from end to end and the page of each service once. Addresses that start an online service are
never opened: that a portal shows such a link is what there is to know. Every record belongs to one tenant.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from catalogue.records import Issue, Memory, Record, Severity
from connectors.assignment import NOTHING, Assignment
from connectors.contract import Check, Delivery, Part, SourceSettings
from connectors.crawl.engine import crawl
from connectors.crawl.job import MARKUP_TYPES, Expectation, Job
from connectors.crawl.memory import remember
from connectors.crawl.pages import DETAIL, LIST, Page, Start
from connectors.crawl.patterns import host_of
from connectors.crawl.robots import fetch_robots
from connectors.crawl.rules import known_rules
from connectors.crawl.spool import Spool, open_spool
from connectors.errors import RejectDelivery, RetryLater
from connectors.fetch import Fetcher
from connectors.portal_settings import PortalSettings
from connectors.portals.addresses import ROOF, PortalMap
from connectors.portals.items import parse_markup
from connectors.portals.loading import LoadedProfile
from connectors.portals.offers import Portfolio
from connectors.portals.outcome import Outcome
from connectors.portals.reading import PageReader
from connectors.portals.strategy import PortalStrategy
from connectors.portals.tenants import Tenants
from connectors.urls import redact

__all__ = ["CONNECTOR", "PortalConnector"]

#: Names of what is remembered of a tenant: how many services it had when it was read completely.
COUNT = "services:"
#: A tenant whose services lost or gained more than this share is not believed to be complete.
TOLERANCE = 0.3


class PortalConnector:
    """Reads the portals of one product."""

    kind: ClassVar[str] = "portal"
    settings_model: ClassVar[type[SourceSettings]] = PortalSettings
    reader_version: ClassVar[int] = 1
    heavy: ClassVar[bool] = True

    def __init__(self, settings: SourceSettings, fetcher: Fetcher) -> None:
        if not isinstance(settings, PortalSettings):
            raise TypeError(f"{type(settings).__name__} are not the settings of a portal")
        self._settings = settings
        self._fetcher = fetcher

    def check(self) -> Check:
        """Look whether the first list of the first tenant is there. Raise RetryLater or RejectDelivery."""
        first = next(iter(self._starts()))
        robots = fetch_robots(self._fetcher, first.url)
        if not robots.is_known:
            raise RetryLater("crawl_robots_unreachable", url=redact(first.url), reason=robots.problem)
        if not robots.allows(first.url):
            return Check(ok=False, code="portal_blocked", params={"url": redact(first.url)})
        answer = self._fetcher.visit(
            first.url,
            limit=self._settings.max_bytes,
            may_follow=lambda url: self._strategy.judge(url, LIST, first.group) is not None,
        )
        links = parse_markup(answer.body, answer.url, answer.charset).root.iter("a", "item", "entry", "link")
        if not any(True for _ in links):
            raise RejectDelivery("portal_without_list", url=redact(first.url))
        params: dict[str, str | int | float] = {
            "url": redact(first.url),
            "tenants": len(self._tenants.all),
            "profile": self._loaded.profile.description,
        }
        return Check(ok=True, code="portal_reachable", params=params)

    def acquire(self, folder: Path, assignment: Assignment = NOTHING, /) -> Delivery:
        """Crawl the portals of all tenants. Raise RetryLater or RejectDelivery if nothing could be read."""
        known = {key: value for key, value in assignment.memory.items() if key.startswith(COUNT)}
        job = Job(
            name=self._settings.label,
            strategy=self._strategy,
            starts=self._starts(),
            limits=self._settings.limits(),
            expectation=self._expectation(),
            media_types=MARKUP_TYPES,
            whole_groups=True,
            notes=known,
        )
        return crawl(job, self._fetcher, folder, assignment)

    def read(self, part: Part) -> Iterator[Record]:
        """Yield the offerings of the tenants in a file, what is irregular, and whether it was everything."""
        spool = open_spool(part)
        reader = PageReader(self._loaded.profile, self._portal, known_rules(self._settings.extra_rules))
        portfolios: dict[str, Portfolio] = {}
        for page in spool.pages():
            remembered = page.outcome
            outcome = reader.read(page) if remembered is None else Outcome.load(remembered)
            yield remember(page, outcome.dump() if remembered is None else remembered, self._strategy.digest)
            if page.group == ROOF:
                yield from self._unknown_instances(outcome)
            elif not page.noindex:
                _add(portfolios.setdefault(page.group, self._portfolio(page.group)), page, outcome)
        complete = True
        for portfolio in portfolios.values():
            complete = (yield from self._tenant(portfolio, spool)) and complete
        yield from spool.conclusion(complete=complete)

    def _portfolio(self, area: str) -> Portfolio:
        return Portfolio(area, self._loaded.profile, self._settings.allowed_gone)

    def _tenant(self, portfolio: Portfolio, spool: Spool) -> Generator[Record, None, bool]:
        """Yield the records of one tenant; return whether they can be all it has."""
        count = 0
        for offering in portfolio.offerings():
            count += 1
            yield offering
        yield from portfolio.issues()
        place = self._tenants.by_area[portfolio.area].address
        low, high = self._band(spool.notes.get(COUNT + portfolio.area, ""))
        if not low <= count <= high:
            yield Issue(Severity.NOTICE, "portal_count_unexpected", place, f"{count} ({low}–{high})")
            return False
        if portfolio.broken:
            yield Issue(Severity.NOTICE, "portal_page_broken", place, portfolio.broken[0])
            return False
        if portfolio.area in spool.whole:
            yield Memory(COUNT + portfolio.area, str(count))
        return True

    def _band(self, known: str) -> tuple[int, int]:
        """Return between how many services a tenant should have, given how many it had."""
        if self._settings.expected is not None:
            return self._settings.expected
        band = self._loaded.profile.band
        low, high = band.services if band else (0, self._settings.max_pages)
        if known.isdigit() and int(known):
            low = max(low, round(int(known) * (1 - TOLERANCE)))
            high = min(high, round(int(known) * (1 + TOLERANCE)) + 1)
        return low, high

    def _unknown_instances(self, outcome: Outcome) -> Iterator[Issue]:
        hosts = {host_of(url) for url in outcome.instances if not self._tenants.shares_host(url)}
        for host in sorted(hosts):
            yield Issue(Severity.NOTICE, "portal_instance_unknown", host)

    @cached_property
    def _loaded(self) -> LoadedProfile:
        return self._settings.load()

    @cached_property
    def _tenants(self) -> Tenants:
        return self._settings.everybody()

    @cached_property
    def _portal(self) -> PortalMap:
        return PortalMap(self._loaded.profile, self._tenants)

    @cached_property
    def _strategy(self) -> PortalStrategy:
        rules = known_rules(self._settings.extra_rules)
        return PortalStrategy(self._portal, self._loaded.digest, rules.digest)

    def _starts(self) -> tuple[Start, ...]:
        lists = self._loaded.profile.list
        starts = [
            Start(tenant.absolute(address), tenant.area, required=page.required)
            for tenant in self._tenants.all
            for page in lists
            for address in page.addresses
        ]
        if self._settings.roof:
            starts.append(Start(self._settings.roof, ROOF, required=False))
        return tuple(starts)

    def _expectation(self) -> Expectation:
        # How many services a list shows is known only when it is read; pages alone may be none at all.
        bands = {tenant.area: (0, self._settings.max_pages) for tenant in self._tenants.all}
        return Expectation(
            lists_are_complete=True,
            bands={**bands, ROOF: (0, 0)},
            allowed_gone=self._settings.allowed_gone,
        )


CONNECTOR = PortalConnector


def _add(portfolio: Portfolio, page: Page, outcome: Outcome) -> None:
    if page.kind == DETAIL:
        portfolio.add_detail(page.identity, page.url, outcome)
    else:
        portfolio.add_list(page.url, outcome)
