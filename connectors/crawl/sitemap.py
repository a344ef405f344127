"""Sitemaps (sitemaps.org): which addresses a site lists for robots.

A sitemap is read by the safe XML reader, so it has no document type and no entities. It may be packed by
gzip. Dates in it (lastmod) are not read: many are the date of the last build, so they could only mislead.
"""

from __future__ import annotations

import io
from itertools import islice
from typing import Final, NamedTuple

from connectors.crawl.patterns import LONGEST_ADDRESS
from connectors.errors import RejectDelivery
from connectors.inflate import CompressionBroken, Inflater, RatioExceeded
from connectors.xmlstream import XmlStream

__all__ = ["LARGEST_SITEMAP", "MOST_ENTRIES", "Sitemap", "read_sitemap"]

#: Limits of the protocol: bytes of a sitemap when unpacked, and its entries.
LARGEST_SITEMAP: Final = 50 * 1024 * 1024
MOST_ENTRIES: Final = 50_000
MOST_RATIO: Final = 200
GZIP: Final = b"\x1f\x8b"


class Sitemap(NamedTuple):
    """What a sitemap lists: pages, or other sitemaps. ``is_cut`` tells that it had too many entries."""

    is_index: bool
    addresses: tuple[str, ...]
    is_cut: bool = False


def read_sitemap(body: bytes, name: str) -> Sitemap:
    """Return the addresses of a sitemap, each once. Raise RejectDelivery for what is none.

    ``name`` is what messages call it.
    """
    stream = XmlStream(io.BytesIO(_unpacked(body, name)), name)
    kind = _local(stream.root)
    if kind not in {"urlset", "sitemapindex"}:
        raise RejectDelivery("sitemap_unknown_root", file=name, root=kind)
    entry = "url" if kind == "urlset" else "sitemap"
    found: dict[str, None] = {}
    entries = 0
    for container, count in stream.batches(lambda tag: _local(tag) == entry):
        for element in islice(container, count):
            if not isinstance(element.tag, str) or _local(element.tag) != entry:
                continue
            entries += 1
            if entries > MOST_ENTRIES:
                continue
            for child in element:
                if isinstance(child.tag, str) and _local(child.tag) == "loc":
                    address = (child.text or "").strip()
                    if 0 < len(address) <= LONGEST_ADDRESS:
                        found[address] = None
                    break
    return Sitemap(kind == "sitemapindex", tuple(found), entries > MOST_ENTRIES)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _unpacked(body: bytes, name: str) -> bytes:
    if not body.startswith(GZIP):
        return body
    inflater = Inflater(MOST_RATIO)
    unpacked = io.BytesIO()
    try:
        for piece in inflater.feed(body):
            unpacked.write(piece)
            if unpacked.tell() > LARGEST_SITEMAP:
                raise RejectDelivery("too_large", url=name, limit=LARGEST_SITEMAP)
        inflater.finish()
    except (CompressionBroken, RatioExceeded) as error:
        raise RejectDelivery("sitemap_packed_badly", file=name) from error
    return unpacked.getvalue()
