"""The addresses an HTML page leads to, found quickly and nothing else."""

from __future__ import annotations

from typing import Final
from urllib.parse import urljoin

from lxml import etree

from connectors.crawl.patterns import LONGEST_ADDRESS

__all__ = ["MOST_LINKS", "find_links"]

#: Links of one page that are looked at; no list of services has more.
MOST_LINKS: Final = 20_000
NOT_WEB: Final = ("#", "javascript:", "mailto:", "tel:", "data:", "fax:", "callto:")
_HREFS: Final = etree.XPath("//a/@href | //area/@href", smart_strings=False)
_RELATIONS: Final = etree.XPath("//link[@rel='next' or @rel='prev']/@href", smart_strings=False)
_BASES: Final = etree.XPath("//base/@href", smart_strings=False)


def find_links(body: bytes, url: str, charset: str | None = None) -> tuple[str, ...]:
    """Return the web addresses a page leads to, absolute, each once, in their order.

    Raise nothing: of a page that cannot be parsed at all, none are returned.
    """
    root = _parse(body, charset)
    if root is None:
        return ()
    own = url
    for stated in _texts(_BASES, root)[:1]:
        own = _join(url, stated) or url
    found = dict.fromkeys([*_texts(_RELATIONS, root), *_texts(_HREFS, root)][:MOST_LINKS])
    hrefs = (href.strip() for href in found)
    addresses = (_join(own, href) for href in hrefs if href and not href.lower().startswith(NOT_WEB))
    return tuple(dict.fromkeys(address for address in addresses if address))


def _parse(body: bytes, charset: str | None) -> etree._Element | None:
    try:
        return etree.fromstring(body, _parser(charset))
    except (etree.LxmlError, ValueError):
        return None


def _parser(charset: str | None) -> etree.HTMLParser:
    try:
        return etree.HTMLParser(
            encoding=charset, no_network=True, remove_comments=True, remove_pis=True, collect_ids=False
        )
    except LookupError:
        return _parser(None)


def _texts(expression: etree.XPath, root: etree._Element) -> list[str]:
    return expression(root)  # type: ignore[return-value]  # all of them ask for attributes


def _join(base: str, href: str) -> str:
    """Return the absolute address without fragment, empty if it is none of the web."""
    if len(href) > LONGEST_ADDRESS:
        return ""
    try:
        address = urljoin(base, href.partition("#")[0])
    except ValueError:
        return ""
    fits = address.startswith(("http://", "https://")) and len(address) <= LONGEST_ADDRESS
    return address if fits else ""
