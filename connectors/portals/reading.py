"""What one page of a portal says: the services it lists, or the one it describes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from catalogue.records import Offering
from connectors.crawl.links import find_links
from connectors.crawl.pages import DETAIL, Page
from connectors.crawl.patterns import host_of
from connectors.errors import RejectDelivery
from connectors.html.hosts import Operators
from connectors.html.page import PageReading, read_page
from connectors.html.personal import clean_label, is_person
from connectors.html.rules import PageRules
from connectors.portals.addresses import ROOF, PortalMap
from connectors.portals.feeds import feed_items, looks_like_feed
from connectors.portals.items import (
    Item,
    Markup,
    find_all,
    first_text,
    items_of,
    parse_markup,
    text_of,
)
from connectors.portals.outcome import Listed, Outcome, Way
from connectors.portals.profile import Items, PageParts, Profile, split_selector

__all__ = ["BROKEN", "PageReader"]

#: The kind of a page of which nothing could be read, and that of a feed or list that is damaged.
BROKEN = "error"
_DESCRIBING = frozenset({"service", "multi"})
#: Other operators whose hosts tell who they are.
_OTHERS = frozenset({"kreis", "land", "bund", "efa", "shared"})


class PageReader:
    """Reads pages by a profile and the general rules for pages."""

    def __init__(self, profile: Profile, portal: PortalMap, rules: PageRules) -> None:
        self._profile = profile
        self._portal = portal
        self._rules = rules
        #: On a detail page, ways into services are looked for wherever they stand.
        self._anywhere = Items(origin="-", online_label=profile.items.online_label)

    def read(self, page: Page) -> Outcome:
        """Return what a page with a body says."""
        if page.group == ROOF:
            return self._roof(page)
        if looks_like_feed(page.body or b"", page.content_type):
            return self._feed(page)
        markup = parse_markup(page.body or b"", page.final_url or page.url, page.charset)
        if page.kind != DETAIL:
            return self._list(page, items_of(markup, self._profile.items, self._rules))
        if self._profile.assign:
            return self._entry(markup)
        return self._detail(page, markup)

    def _roof(self, page: Page) -> Outcome:
        """Return the addresses of the portals that the roof forwards to, as its profile tells them."""
        if self._profile.roof is None:
            return Outcome()
        hosts = re.compile(self._profile.roof.instances)
        links = find_links(page.body or b"", page.final_url or page.url, page.charset)
        return Outcome(instances=tuple(url for url in links if hosts.fullmatch(host_of(url))))

    def _feed(self, page: Page) -> Outcome:
        try:
            return self._list(page, list(feed_items(page.body or b"", page.url)))
        except RejectDelivery:
            return Outcome(kind=BROKEN)

    def _list(self, page: Page, items: Iterable[Item]) -> Outcome:
        operators = Operators(page.url, self._rules)
        listed: list[Listed] = []
        foreign = 0
        for item in items:
            service, others = self._listed(item, page.group, operators)
            foreign += others
            # A link to Land or Bund in the middle of a text is a hint and no service.
            if service is not None and (service.detail or _has_start(service) or item.in_list):
                listed.append(service)
        return Outcome(listed=tuple(listed), foreign=foreign)

    def _listed(self, item: Item, area: str, operators: Operators) -> tuple[Listed | None, int]:
        """Return what an item shows (None if nothing of the tenant), and how many links are others'."""
        service = Listed(
            title=clean_label(item.title, self._rules),
            category=item.category,
            unit=self._unit(item.unit),
            status=item.status,
            labelled_online=item.labelled_online,
            synonyms=tuple(clean_label(word, self._rules) for word in item.synonyms),
        )
        ways: list[Way] = []
        foreign = 0
        for link in item.links:
            sight = self._portal.see(link.url, area)
            label = clean_label(link.label, self._rules)
            if sight.kind == "detail" and not service.detail:
                service = service._replace(detail=sight.identity, page=link.url)
            elif sight.meaning == "online":
                ways.append(Way(link.url, label, sight.identity, sight.shared, sight.flags, sight.operator))
            elif sight.kind == "foreign":
                foreign += 1
            elif sight.kind == "outside" and operators.of(link.url) in _OTHERS:
                ways.append(Way(link.url, label, operator=operators.of(link.url)))
        if not service.title or not (service.detail or ways):
            return None, foreign
        return service._replace(ways=tuple(dict.fromkeys(ways))), foreign

    def _entry(self, markup: Markup) -> Outcome:
        """Return title and status of an entry that is no service itself, such as a project."""
        parts = self._profile.page
        title = first_text(markup.root, parts.title if parts and parts.title else "h1")
        status = first_text(markup.root, parts.status) if parts else ""
        return Outcome(
            kind="entry" if title else BROKEN, title=clean_label(title, self._rules), status=status
        )

    def _detail(self, page: Page, markup: Markup) -> Outcome:
        url = page.final_url or page.url
        reading = read_page(page.body or b"", url, page.charset, self._rules)
        starts = self._starts(page, markup)
        if reading.kind not in _DESCRIBING:
            return Outcome(kind=reading.kind, listed=starts, title=reading.title)
        return Outcome(
            kind=reading.kind,
            listed=starts,
            offerings=tuple(self._offerings(page, reading, markup)),
            title=reading.title,
        )

    def _starts(self, page: Page, markup: Markup) -> tuple[Listed, ...]:
        """Return the ways into online services that stand on a detail page, each with what is beside it."""
        operators = Operators(page.url, self._rules)
        found: list[Listed] = []
        for item in items_of(markup, self._anywhere, self._rules):
            service, _ = self._listed(item, page.group, operators)
            if service is not None and _has_start(service):
                own = tuple(way for way in service.ways if way.identity)
                found.append(service._replace(detail="", page="", ways=own))
        parts = self._profile.page
        if parts is not None and parts.online:
            ways = tuple(self._ways_at(parts.online, page, markup, operators))
            found += [Listed(title="", ways=ways)] if ways else []
        return tuple(found)

    def _ways_at(self, selector: str, page: Page, markup: Markup, operators: Operators) -> Iterator[Way]:
        for anchor in find_all(markup.root, split_selector(selector)[0]):
            url = markup.joiner.join((anchor.get("href") or "").strip())
            if url:
                sight = self._portal.see(url, page.group)
                label = clean_label(text_of(anchor), self._rules)
                if sight.meaning == "online":
                    yield Way(url, label, sight.identity, sight.shared, sight.flags, sight.operator)
                else:
                    yield Way(url, label, operator=operators.of(url))

    def _offerings(self, page: Page, reading: PageReading, markup: Markup) -> Iterator[Offering]:
        parts = self._profile.page
        for service in reading.services:
            offering = service.offering(page.group, page.identity)._replace(page=page.url)
            single = len(reading.services) == 1
            yield self._corrected(offering, parts, markup) if parts is not None and single else offering

    def _corrected(self, offering: Offering, parts: PageParts, markup: Markup) -> Offering:
        """Return an offering with what the profile knows better than the general rules."""
        title = clean_label(first_text(markup.root, parts.title), self._rules)
        unit = self._unit(first_text(markup.root, parts.unit))
        modified = first_text(markup.root, parts.modified)
        service = offering.service._replace(title=title) if title else offering.service
        return offering._replace(
            service=service, unit=unit or offering.unit, observed_at=modified or offering.observed_at
        )

    def _unit(self, text: str) -> str:
        """Return the name of a unit without contacts; empty if it is that of a person."""
        return "" if not text or is_person(text, self._rules) else clean_label(text, self._rules)


def _has_start(service: Listed) -> bool:
    return any(way.identity for way in service.ways)
