from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.crawl.sitemap import MOST_ENTRIES, read_sitemap
from connectors.errors import RejectDelivery

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def urlset(*entries: str) -> bytes:
    return f"{HEAD}<urlset {SPACE}>{''.join(entries)}</urlset>".encode()


def entry(url: str, more: str = "") -> str:
    return f"<url><loc>{url}</loc>{more}</url>"


def test_all_addresses_are_read_with_or_without_a_date() -> None:
    body = urlset(
        entry(" https://s.example/a?x=1&amp;y=2 ", "<lastmod>2026-03-14</lastmod><priority>0.5</priority>"),
        entry("http://s.example/b"),
        entry("https://s.example/a?x=1&amp;y=2"),
    )
    sitemap = read_sitemap(body, "s")
    assert sitemap.addresses == ("https://s.example/a?x=1&y=2", "http://s.example/b")
    assert not sitemap.is_index


def test_an_index_names_further_sitemaps() -> None:
    body = f"<sitemapindex {SPACE}><sitemap><loc>https://s.example/1.xml</loc></sitemap></sitemapindex>"
    sitemap = read_sitemap(body.encode(), "s")
    assert sitemap == (True, ("https://s.example/1.xml",), False)


def test_extensions_and_a_missing_namespace_do_no_harm() -> None:
    body = (
        b'<urlset xmlns:image="http://x.example/i"><url><image:image><image:loc>https://s.example/i.png'
        b"</image:loc></image:image><loc>https://s.example/a</loc></url></urlset>"
    )
    assert read_sitemap(body, "s").addresses == ("https://s.example/a",)


def test_a_packed_sitemap_is_unpacked() -> None:
    assert read_sitemap(gzip.compress(urlset(entry("https://s.example/a"))), "s").addresses == (
        "https://s.example/a",
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"<!DOCTYPE html><html><body>404</body></html>", "html_instead_of_xml"),
        (b'<!DOCTYPE urlset [<!ENTITY a "b">]><urlset><url><loc>&a;</loc></url></urlset>', "xml_doctype"),
        (b"<feed><entry/></feed>", "sitemap_unknown_root"),
        (urlset(entry("https://s.example/a"))[:-12], "xml_truncated"),
        (gzip.compress(urlset(entry("https://s.example/a")))[:-9], "sitemap_packed_badly"),
        (gzip.compress(bytes(80_000_000)), "sitemap_packed_badly"),
    ],
)
def test_what_is_no_sitemap_is_refused(body: bytes, code: str) -> None:
    with pytest.raises(RejectDelivery) as caught:
        read_sitemap(body, "s")
    assert caught.value.code == code


def test_a_sitemap_with_too_many_entries_is_cut_and_says_so() -> None:
    body = urlset(*(entry(f"https://s.example/{number}") for number in range(MOST_ENTRIES + 10)))
    sitemap = read_sitemap(body, "s")
    assert len(sitemap.addresses) == MOST_ENTRIES
    assert sitemap.is_cut


@given(st.binary(max_size=500))
def test_whatever_it_is_it_is_read_or_refused(body: bytes) -> None:
    try:
        read_sitemap(body, "s")
    except RejectDelivery:
        return
