"""What a crawl asks of a portal: which addresses to open, and where its lists lead."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from connectors.crawl.links import find_links
from connectors.crawl.offerings import FORMAT
from connectors.crawl.pages import LIST, Page, Target
from connectors.errors import RejectDelivery
from connectors.portals.addresses import ROOF, PortalMap
from connectors.portals.feeds import feed_items, looks_like_feed

__all__ = ["PortalStrategy"]

#: Links of a list without any service; kept so that it is not taken for an empty page.
MOST_OTHERS = 50


class PortalStrategy:
    """Follows lists to further lists and to the pages that describe services, within each tenant."""

    def __init__(self, portal: PortalMap, *digests: str) -> None:
        self._portal = portal
        self._digest = hashlib.blake2b("\0".join((FORMAT, *digests)).encode(), digest_size=16).hexdigest()

    @property
    def digest(self) -> str:
        """Return a hash of everything that decides what is made of a page."""
        return self._digest

    def judge(self, url: str, found_on: str, group: str) -> Target | None:
        """Say what an address is; None: never open it."""
        return self._portal.judge(url, found_on, group)

    def links(self, page: Page) -> Iterable[str]:
        """Return the addresses a list leads to; descriptions and the roof lead nowhere."""
        if page.kind != LIST or page.body is None:
            return ()
        url = page.final_url or page.url
        if looks_like_feed(page.body, page.content_type):
            found = _feed_links(page.body, url)
        else:
            found = find_links(page.body, url, page.charset)
        if page.group == ROOF:
            return found[:MOST_OTHERS]
        return self._portal.to_open(found, page.group) or found[:MOST_OTHERS]


def _feed_links(body: bytes, url: str) -> tuple[str, ...]:
    try:
        return tuple(link.url for item in feed_items(body, url) for link in item.links)
    except RejectDelivery:
        return ()  # what is wrong with it is said when it is read
