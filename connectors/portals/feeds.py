"""RSS and Atom feeds that list services or projects, read without DTD, entities and repair."""

from __future__ import annotations

import io
from collections.abc import Iterator
from urllib.parse import urljoin

from lxml import etree

from connectors.errors import RejectDelivery
from connectors.html.wording import one_line
from connectors.plaintext import plain_text
from connectors.portals.items import LONGEST_TEXT, Item, ItemLink
from connectors.xmlstream import XmlStream

__all__ = ["feed_items", "looks_like_feed"]

MOST_ENTRIES = 20_000
MAX_ENTRY = 1 << 20  # bytes
_ENTRIES = frozenset({"item", "entry"})
_MARKS = (b"<rss", b"<feed", b"<rdf:rdf")


def looks_like_feed(body: bytes, content_type: str) -> bool:
    """Tell a feed from a page by its first bytes, whatever the server calls it."""
    start = body[:1_000].lower()
    if any(mark in start for mark in _MARKS):
        return True
    return content_type in {"application/rss+xml", "application/atom+xml"} and b"<html" not in start


def feed_items(body: bytes, url: str) -> Iterator[Item]:
    """Yield the entries of a feed. Raise RejectDelivery where it cannot be read on."""
    stream = XmlStream(io.BytesIO(body), url[-100:], max_element=MAX_ENTRY)
    count = 0
    for container, ready in stream.batches(lambda tag: _local(tag) in _ENTRIES):
        # What is handed out last is the root, with the last entry somewhere below it.
        for element in (below for child in list(container)[:ready] for below in child.iter()):
            if _local(element.tag) not in _ENTRIES:
                continue
            count += 1
            if count > MOST_ENTRIES:
                raise RejectDelivery("portal_feed_too_long", file=url[-100:], limit=MOST_ENTRIES)
            item = _item(element, url)
            if item.title and item.links:
                yield item


def _item(element: etree._Element, url: str) -> Item:
    texts: dict[str, str] = {}
    link = ""
    for child in element:
        name = _local(child.tag)
        if name == "link" and (not link or child.get("rel") == "alternate"):
            link = (child.get("href") or child.text or "").strip()
        elif name == "category":
            texts.setdefault("category", child.get("term") or child.text or "")
        elif name == "title":
            texts.setdefault("title", child.text or "")
    address = _joined(url, link)
    return Item(
        title=_short(texts.get("title", "")),
        links=(ItemLink(address, ""),) if address else (),
        category=_short(texts.get("category", "")),
        status=_short(texts.get("category", "")),
    )


def _joined(url: str, link: str) -> str:
    try:
        address = urljoin(url, link) if link else ""
    except ValueError:
        return ""
    return address.partition("#")[0] if address.startswith(("http://", "https://")) else ""


def _short(text: str) -> str:
    return one_line(plain_text(text))[:LONGEST_TEXT]


def _local(tag: object) -> str:
    """Return the name of an element without namespace; comments and the like have none."""
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""
