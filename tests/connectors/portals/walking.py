"""Reads simulated portals without network: the crawl's part is played by a short loop."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from catalogue.records import Issue, Offering
from cli.demo.portals.content import Page as Answer
from cli.demo.portals.content import find_page
from connectors.crawl.pages import DETAIL, Page
from connectors.html.rules import load_rules
from connectors.portal_settings import PortalSettings
from connectors.portals.addresses import PortalMap
from connectors.portals.offers import Portfolio
from connectors.portals.outcome import Outcome
from connectors.portals.reading import PageReader
from connectors.portals.strategy import PortalStrategy

__all__ = ["AREA", "Walk", "settings_of", "walk"]

AREA = "055620012012"
RULES = load_rules()


class Walk(NamedTuple):
    """What a walk through a portal brought: offerings by ref, issues, and the targets that were opened."""

    offerings: dict[str, Offering]
    issues: list[Issue]
    opened: list[str]

    def titled(self, title: str) -> Offering:
        """Return the one offering with a title."""
        (found,) = [each for each in self.offerings.values() if each.service.title == title]
        return found


def settings_of(profile: str | Path, address: str = "https://portal.stadt.example/") -> PortalSettings:
    """Return the settings of a portal of one area."""
    given = {
        "id": "portal",
        "type": "portal",
        "profile": str(profile),
        "location": address,
        "areas": [AREA],
    }
    return PortalSettings.model_validate(given)


def walk(settings: PortalSettings, pages: Mapping[str, Answer]) -> Walk:
    """Open everything that the strategy lets a crawl open, and put together what the pages say."""
    loaded = settings.load()
    portal = PortalMap(loaded.profile, settings.everybody())
    strategy = PortalStrategy(portal, loaded.digest, RULES.digest)
    reader = PageReader(loaded.profile, portal, RULES)
    opened: list[str] = []
    found: dict[str, tuple[Page, Outcome]] = {}
    waiting = deque(
        (tenant.absolute(address), "", tenant.area)
        for tenant in settings.everybody().all
        for page in loaded.profile.list
        for address in page.addresses
    )
    while waiting:
        url, found_on, group = waiting.popleft()
        target = strategy.judge(url, found_on, group)
        if target is None or target.identity in found:
            continue
        parts = urlsplit(url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        opened.append(path)
        answer = find_page(pages, path)
        if answer is None or answer.status != 200:
            continue
        page = Page(
            url,
            target.kind,
            target.identity,
            group,
            url,
            answer.content_type.partition(";")[0],
            body=answer.body,
        )
        outcome = reader.read(page)
        assert Outcome.load(outcome.dump()) == outcome  # what is remembered is what was read
        found[target.identity] = (page, outcome)
        waiting.extend((link, target.kind, group) for link in strategy.links(page))
    return _put_together(settings, found, opened)


def _put_together(
    settings: PortalSettings, found: Mapping[str, tuple[Page, Outcome]], opened: list[str]
) -> Walk:
    portfolios = {
        tenant.area: Portfolio(tenant.area, settings.load().profile) for tenant in settings.everybody().all
    }
    for page, outcome in sorted(found.values(), key=lambda pair: pair[0].kind == DETAIL):
        portfolio = portfolios[page.group]
        if page.kind == DETAIL:
            portfolio.add_detail(page.identity, page.url, outcome)
        else:
            portfolio.add_list(page.url, outcome)
    offerings = [offering for portfolio in portfolios.values() for offering in portfolio.offerings()]
    issues = [issue for portfolio in portfolios.values() for issue in portfolio.issues()]
    assert len({offering.ref for offering in offerings}) == len(offerings)
    return Walk({offering.ref: offering for offering in offerings}, issues, opened)
