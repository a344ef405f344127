"""What passes between a crawl and the connector that asked for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

__all__ = ["DETAIL", "LIST", "SITEMAP", "Page", "Start", "Strategy", "Target"]

#: A page that leads to others; whether it was read decides if the delivery can be everything.
LIST = "list"
#: A page about services; these are counted against the expected band.
DETAIL = "detail"
#: A sitemap; read by the crawl itself.
SITEMAP = "sitemap"


class Start(NamedTuple):
    """An address at which a crawl begins, always opened as a list.

    ``group`` is what completeness is judged by: a tenant of a portal, or nothing for a single website. One
    that is not ``required`` may fail without making its group a part; the failure is an issue all the same.
    """

    url: str
    group: str = ""
    required: bool = True


class Target(NamedTuple):
    """An address that may be opened, as its strategy sees it.

    ``kind`` is LIST, DETAIL or any other word of the strategy. Addresses of the same ``identity`` are the
    same page; only the first one found is opened.
    """

    kind: str
    identity: str
    group: str = ""


@dataclass(frozen=True)
class Page:
    """A page that was fetched, or that is known from an earlier run.

    ``url`` is the address that was asked for and ``final_url`` where the answer came from. ``digest`` is
    the BLAKE2b-128 hash (hex) of the body. ``links`` are the addresses it leads to that the strategy has a
    use for. A ``noindex`` page must make no records, and of a ``nofollow`` one no link is opened. It is
    ``confirmed`` once it is certain that these are the bytes the server sent: encryption vouches for them, or
    they came twice.
    Exactly one of ``body`` and ``outcome`` is there: ``outcome`` is what the connector made of the same bytes
    on an earlier run, by the same rules.
    """

    url: str
    kind: str
    identity: str
    group: str
    final_url: str
    content_type: str = ""
    charset: str | None = None
    etag: str = ""
    last_modified: str = ""
    digest: str = ""
    noindex: bool = False
    nofollow: bool = False
    confirmed: bool = False
    links: tuple[str, ...] = ()
    body: bytes | None = None
    outcome: str | None = None


class Strategy(Protocol):
    """What a crawl asks of the connector: pure, picklable, without network."""

    @property
    def digest(self) -> str:
        """Return a hash of everything that decides what is made of a page; memory of others is not used."""
        ...

    def judge(self, url: str, found_on: str, group: str) -> Target | None:
        """Say what an address is that a page of kind ``found_on`` of a group leads to; None: never open it.

        ``found_on`` is empty for the start of a group. Called once per link, so it has to be quick.
        """
        ...

    def links(self, page: Page) -> Iterable[str]:
        """Return the absolute addresses a page leads to; of kinds that are not followed, none.

        The page has a body. Called while crawling, so it should look no closer than it must;
        ``connectors.crawl.links.find_links`` does that for HTML. Raise nothing, whatever the bytes are.
        """
        ...
