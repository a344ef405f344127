from __future__ import annotations

from pathlib import Path

import pytest

from connectors.crawl.pages import Start
from connectors.fetch import Fetcher
from tests.connectors.crawl.crawling import crawl_once, html
from tests.faultserver import FaultServer

BAND = {"bands": {"": (1, 1_000)}}
SITEMAPS = "http://www.sitemaps.org/schemas/sitemap/0.9"


def serve(server: FaultServer, pages: dict[str, bytes]) -> None:
    for path, body in pages.items():
        server.add(path, body, "text/html")


def asked(server: FaultServer) -> list[str]:
    return [call.target for call in server.requests]


def sitemap(*urls: str) -> bytes:
    entries = "".join(f"<url><loc>{url}</loc></url>" for url in urls)
    return f'<urlset xmlns="{SITEMAPS}">{entries}</urlset>'.encode()


def test_sitemaps_that_robots_txt_names_lead_to_details(
    server: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    index = f"<sitemapindex xmlns='{SITEMAPS}'><sitemap><loc>{server.url('/s1.xml')}</loc></sitemap>"
    index += "<sitemap><loc>http://fremd.example/s.xml</loc></sitemap></sitemapindex>"
    server.add("/robots.txt", b"Sitemap: /sitemaps.xml\n")
    server.add("/sitemaps.xml", index.encode())
    server.add("/s1.xml", sitemap(server.url("/d/1"), server.url("/d/2"), "https://preview.example/d/3"))
    serve(server, {"/liste": html("/d/1"), "/d/1": html(), "/d/2": html()})
    crawled = crawl_once(fetcher, tmp_path, [server.url("/liste")], look_for_sitemaps=True, **BAND)
    assert crawled.details == ["d/1", "d/2"]
    assert crawled.scope == "everything"


def test_an_index_of_indexes_is_not_followed_for_ever(
    server: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    for number in range(5):
        body = (
            f"<sitemapindex><sitemap><loc>{server.url(f'/i{number + 1}.xml')}</loc></sitemap></sitemapindex>"
        )
        server.add(f"/i{number}.xml", body.encode())
    serve(server, {"/liste": html("/d/1"), "/d/1": html()})
    crawl_once(fetcher, tmp_path, [server.url("/liste")], sitemaps=(Start(server.url("/i0.xml")),), **BAND)
    assert "/i1.xml" in asked(server)
    assert "/i2.xml" not in asked(server)


@pytest.mark.parametrize("body", [None, b"<!DOCTYPE html><html><body>404</body></html>"])
def test_no_sitemap_at_the_usual_place_is_no_doubt(
    server: FaultServer, fetcher: Fetcher, tmp_path: Path, body: bytes | None
) -> None:
    if body:
        server.add("/sitemap.xml", body)
    serve(server, {"/liste": html("/d/1"), "/d/1": html()})
    crawled = crawl_once(fetcher, tmp_path, [server.url("/liste")], look_for_sitemaps=True, **BAND)
    assert "/sitemap.xml" in asked(server)
    assert crawled.scope == "everything"


def test_a_sitemap_that_was_promised_and_is_broken_makes_a_part(
    server: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    server.add("/robots.txt", b"Sitemap: /s.xml\n")
    server.add("/s.xml", b"<urlset><url>")
    serve(server, {"/liste": html("/d/1"), "/d/1": html()})
    crawled = crawl_once(fetcher, tmp_path, [server.url("/liste")], look_for_sitemaps=True, **BAND)
    assert crawled.scope == "part"
