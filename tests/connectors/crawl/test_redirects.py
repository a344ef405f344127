from __future__ import annotations

from pathlib import Path

from connectors.fetch import Fetcher
from tests.connectors.crawl.crawling import crawl_once, html
from tests.faultserver import FaultServer

BAND = {"bands": {"": (1, 1_000)}}


def serve(server: FaultServer, pages: dict[str, bytes]) -> None:
    for path, body in pages.items():
        server.add(path, body, "text/html")


def asked(server: FaultServer) -> list[str]:
    return [call.target for call in server.requests]


def test_a_redirect_to_the_start_means_that_the_page_is_gone(
    server: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    serve(server, {"/liste": html("/d/1", "/d/2", "/d/3"), "/d/1": html(), "/": html("/liste")})
    server.add("/d/2", lambda call: call.answer(b"", "302 Found", Location="/"))
    server.add("/d/3", lambda call: call.answer(b"", "301 Moved", Location="/liste"))
    crawled = crawl_once(fetcher, tmp_path, [server.url("/liste")], allowed_gone=1.0, **BAND)
    assert crawled.details == ["d/1"]
    gone = [record for record in crawled.records if getattr(record, "kind", "") == "crawl_page_gone"]
    assert len(gone) == 2


def test_a_redirect_to_a_known_page_adds_nothing(
    server: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    serve(server, {"/liste": html("/d/1", "/d/alt"), "/d/1": html()})
    server.add("/d/alt", lambda call: call.answer(b"", "301 Moved", Location="/d/1"))
    crawled = crawl_once(fetcher, tmp_path, [server.url("/liste")], **BAND)
    assert crawled.details == ["d/1"]
    assert crawled.scope == "everything"


def test_a_redirect_to_somebody_else_is_not_followed(
    server: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    with FaultServer() as stranger:
        serve(stranger, {"/login": html()})
        serve(server, {"/liste": html("/d/1", "/d/2"), "/d/1": html()})
        server.add("/d/2", lambda call: call.answer(b"", "302 Found", Location=stranger.url("/login")))
        crawled = crawl_once(fetcher, tmp_path, [server.url("/liste")], **BAND)
        assert asked(stranger) == []
    assert crawled.issues["crawl_page_foreign"] == f"127.0.0.1:{stranger.port}"
    assert crawled.scope == "part"


def test_a_redirect_within_the_host_to_what_robots_forbid_is_not_followed(
    server: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    serve(server, {"/liste": html("/d/1", "/d/2"), "/d/1": html(), "/d/intern": html()})
    server.add("/robots.txt", b"User-agent: *\nDisallow: /d/intern\n")
    server.add("/d/2", lambda call: call.answer(b"", "302 Found", Location="/d/intern"))
    crawled = crawl_once(fetcher, tmp_path, [server.url("/liste")], **BAND)
    assert "/d/intern" not in asked(server)
    assert "crawl_page_blocked" in crawled.issues


def test_a_redirect_to_another_host_of_ours_asks_its_rules_first(
    server: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    with FaultServer() as portal:
        serve(portal, {"/d/2": html()})
        serve(server, {"/liste": html("/d/2")})
        server.add("/d/2", lambda call: call.answer(b"", "302 Found", Location=portal.url("/d/2")))
        hosts = frozenset({f"127.0.0.1:{server.port}", f"127.0.0.1:{portal.port}"})
        crawled = crawl_once(fetcher, tmp_path, [server.url("/liste")], hosts=hosts, **BAND)
        assert asked(portal) == ["/robots.txt", "/d/2"]
    assert crawled.details == ["d/2"]
    assert crawled.scope == "everything"


def test_two_hosts_that_send_one_to_each_other_come_to_an_end(
    server: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    with FaultServer() as other:
        serve(server, {"/liste": html("/d/1", "/d/2"), "/d/1": html()})
        server.add("/d/2", lambda call: call.answer(b"", "302 Found", Location=other.url("/d/2")))
        other.add("/d/2", lambda call: call.answer(b"", "302 Found", Location=server.url("/d/2")))
        hosts = frozenset({f"127.0.0.1:{server.port}", f"127.0.0.1:{other.port}"})
        crawled = crawl_once(fetcher, tmp_path, [server.url("/liste")], hosts=hosts, **BAND)
        assert len(other.requests) < 6
    assert crawled.scope == "part"
