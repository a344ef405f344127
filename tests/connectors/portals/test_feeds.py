from __future__ import annotations

import pytest

from connectors.errors import RejectDelivery
from connectors.portals import feeds
from connectors.portals.feeds import feed_items, looks_like_feed
from connectors.portals.items import Item, ItemLink

URL = "https://stadt.example/feed"
RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0"><channel><title>Alles</title><link>https://stadt.example/</link>
<item><title>Parken &amp;amp; &lt;b&gt;Laden&lt;/b&gt;</title>
<link> /t/1?a=1&amp;b=2#x </link><category>Verkehr</category></item>
<item><title>Ohne Link</title></item>
<item><title>Kein Weg</title><link>javascript:alert(1)</link></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Alles</title>
<entry><title>Parken</title><link rel="self" href="/self"/><link rel="alternate" href="/t/1"/>
<category term="Verkehr"/></entry>
</feed>"""


def test_entries_of_rss_are_items_with_link_and_category() -> None:
    link = ItemLink("https://stadt.example/t/1?a=1&b=2", "")
    expected = Item("Parken & Laden", (link,), category="Verkehr", status="Verkehr")
    assert list(feed_items(RSS.encode(), URL)) == [expected]


@pytest.mark.parametrize("count", [1, 2, 3, 500])
def test_every_entry_is_found_once(count: int) -> None:
    entries = "".join(f"<item><title>{n}</title><link>/{n}</link></item>" for n in range(count))
    feed = f"<rss><channel><title>Alles</title>{entries}</channel></rss>"
    assert [item.title for item in feed_items(feed.encode(), URL)] == [str(n) for n in range(count)]


def test_entries_of_atom_lead_to_their_page() -> None:
    (item,) = feed_items(ATOM.encode(), URL)
    assert (item.title, item.links[0].url, item.category) == (
        "Parken",
        "https://stadt.example/t/1",
        "Verkehr",
    )


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        (RSS.encode(), "text/html", True),
        (ATOM.encode(), "application/xml", True),
        (b"\n\n<channel>", "application/rss+xml", True),
        (b"<!DOCTYPE html><html><body>", "application/rss+xml", False),
        (b"<html><body>", "text/html", False),
    ],
)
def test_a_feed_is_told_from_a_page(body: bytes, content_type: str, expected: bool) -> None:
    assert looks_like_feed(body, content_type) is expected


@pytest.mark.parametrize(
    "body",
    [
        '<!DOCTYPE rss [<!ENTITY a "b">]><rss><channel><item><title>&a;</title></item></channel></rss>',
        RSS[:-20],
        "<rss><channel><item>",
        "",
    ],
)
def test_a_feed_with_a_document_type_or_cut_off_is_refused(body: str) -> None:
    with pytest.raises(RejectDelivery):
        list(feed_items(body.encode(), URL))


def test_a_feed_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "MOST_ENTRIES", 2)
    entry = "<item><title>a</title><link>/1</link></item>"
    with pytest.raises(RejectDelivery) as caught:
        list(feed_items(f"<rss><channel>{entry * 3}</channel></rss>".encode(), URL))
    assert caught.value.code == "portal_feed_too_long"
