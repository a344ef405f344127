"""What a crawl asks of a website: which addresses are lists, which are services, which are never opened."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from connectors.crawl.links import find_links
from connectors.crawl.offerings import FORMAT
from connectors.crawl.pages import DETAIL, LIST, Page, Target
from connectors.crawl.patterns import Wildcards, host_of
from connectors.html.address import Address, identify, tidy_url
from connectors.html.page import read_page
from connectors.html.rules import PageRules
from connectors.site_settings import SiteSettings

__all__ = ["OTHER", "SiteStrategy", "own_tenants"]

#: A page of which only its content can say what it is about.
OTHER: Final = "other"
#: Parameters that make a further page of a list. [inferred from common content management systems]
PAGING: Final = frozenset(
    [
        "seite",
        "page",
        "p",
        "pg",
        "offset",
        "start",
        "from",
        "buchstabe",
        "letter",
        "anfangsbuchstabe",
        "az",
        "char",
    ]
)
#: Addresses that begin a transaction, sign somebody in or manage the site. They are facts about the page
#: that links to them and never opened. [the first three seen on portals; the others inferred]
NEVER: Final = Wildcards(
    [
        "/extension/service/call/",
        "/auth-call",
        "/externe-services/call/",
        "/formcycle/form/",
        "/intelliform/",
        "/form/provide/",
        "/login",
        "/logout",
        "/saml",
        "/oauth",
        "/wp-admin",
        "/wp-login",
    ]
)
#: Kinds of pages that addresses promise and that hold no services.
WITHOUT_SERVICES: Final = frozenset({"unit", "fragment", "news", "form_tool", "booking", "easy_language"})
WITH_SERVICES: Final = frozenset({"service", "multi"})


class SiteStrategy:
    """The strategy of one website."""

    def __init__(self, settings: SiteSettings, rules: PageRules) -> None:
        self._rules = rules
        self._hosts = settings.all_hosts()
        self._include = Wildcards(settings.include)
        self._exclude = Wildcards(settings.exclude)
        self._paging = Wildcards(settings.paging)
        addresses = [identify(start.url, rules) for start in settings.starts()]
        self._starts = {address.identity for address in addresses if address}
        self._paths = {_path(start.url) for start in settings.starts()}
        content = "\0".join([rules.digest, FORMAT, *settings.own_tenants])
        self._digest = hashlib.blake2b(content.encode(), digest_size=16).hexdigest()

    @property
    def digest(self) -> str:
        """Return a hash of the rules and of what an outcome looks like."""
        return self._digest

    def judge(self, url: str, found_on: str, group: str) -> Target | None:
        """Say what an address of the website is; None for those of others, and for what is never opened."""
        if host_of(url) not in self._hosts:
            return None
        address = identify(url, self._rules)
        if address is None:
            return None
        if address.identity in self._starts:
            return Target(LIST, address.identity, group)
        if not found_on:
            return Target(OTHER, address.identity, group)
        kind = None if self._is_closed(address) else self._kind(address, found_on)
        return Target(kind, address.identity, group) if kind else None

    def links(self, page: Page) -> Iterable[str]:
        """Return where a page leads to; pages about services are ends."""
        if page.kind == DETAIL or page.body is None:
            return ()
        found = [tidy_url(url, self._rules) for url in find_links(page.body, page.final_url, page.charset)]
        if any(host_of(url) in self._hosts for url in found):
            return found
        # Some lists are made by scripts out of data in the page; only a closer look finds these.
        reading = read_page(page.body, page.final_url, page.charset, self._rules)
        return [*found, *(link.url for link in reading.links)]

    def _is_closed(self, address: Address) -> bool:
        if self._exclude.fits(address.url) or NEVER.fits(address.url.lower()):
            return True
        if is_foreign(address, self._rules):
            return True
        return self._rules.leads_to_a_person(address.url.lower())

    def _kind(self, address: Address, found_on: str) -> str | None:
        if self._include and self._include.fits(address.url):
            return DETAIL
        if self._paging.fits(address.url):
            return LIST
        if found_on == LIST and (address.kind == LIST or self._is_further(address.url)):
            return LIST
        if self._include or address.kind in WITHOUT_SERVICES:
            return None
        if address.kind in WITH_SERVICES:
            return DETAIL
        return OTHER if found_on in {LIST, OTHER} else None

    def _is_further(self, url: str) -> bool:
        """Tell whether an address is that of a list with nothing but another letter or page."""
        if _path(url) not in self._paths:
            return False
        parameters = url.partition("?")[2].split("&")
        return any(parameter.partition("=")[0].lower() in PAGING for parameter in parameters)


def is_foreign(address: Address, rules: PageRules) -> bool:
    """Tell whether an address names another municipality than ours."""
    if not rules.own_tenants or not address.tenant:
        return False
    return (address.tenant.partition("=")[2] or address.tenant) not in rules.own_tenants


def own_tenants(settings: SiteSettings) -> frozenset[str]:
    """Return what addresses call this municipality."""
    return frozenset(tenant.lower() for tenant in settings.own_tenants)


def _path(url: str) -> str:
    return host_of(url) + (urlsplit(url).path.rstrip("/") or "/")
