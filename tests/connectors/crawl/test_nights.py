"""What a crawl knows from the night before: conditional requests, unchanged pages, numbers to compare."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.crawl.memory import Memories
from connectors.crawl.pages import Page
from connectors.fetch import Fetcher, FetchPolicy
from tests.connectors.crawl.crawling import Crawled, crawl_once, html
from tests.faultserver import FaultServer

CERTIFICATE = Path(__file__).parents[2] / "samples" / "fetch" / "feeds.example.pem"
BAND = {"bands": {"": (1, 1_000)}}


@pytest.fixture
def website(server: FaultServer) -> FaultServer:
    pages = {f"/d/{number}": html(f"/x/{number}") for number in range(10)}
    for path, body in {"/liste": html(*pages), **pages}.items():
        server.add(path, body, "text/html")
    return server


def bodies(server: FaultServer) -> int:
    """Return how many requests were not conditional since this was last asked, and forget them."""
    count = sum("if-none-match" not in call.headers for call in server.requests)
    server.requests.clear()
    return count


def test_pages_that_did_not_change_come_from_memory_and_the_delivery_is_the_same(
    website: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    first = crawl_once(fetcher, tmp_path / "1", [website.url("/liste")], **BAND)
    assert bodies(website) == 12
    second = crawl_once(fetcher, tmp_path / "2", [website.url("/liste")], first.memory, **BAND)
    assert bodies(website) == 12  # nothing vouches for what came once, unencrypted
    third = crawl_once(fetcher, tmp_path / "3", [website.url("/liste")], second.memory, **BAND)
    assert bodies(website) == 1  # robots.txt
    for night in (second, third):
        assert night.delivery.digest == first.delivery.digest
        assert all(page.body is None and page.outcome is not None for page in night.pages)
        assert night.details == first.details
    assert third.memory == second.memory


def test_what_was_spoilt_on_its_way_is_asked_for_again_whatever_the_server_says(
    website: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    sound = website.find("/d/3")
    assert sound is not None
    spoilt = html("/spoilt")
    website.add("/d/3", lambda call: call.answer(spoilt, Content_Type="text/html", ETag=sound.etag))
    first = crawl_once(fetcher, tmp_path / "1", [website.url("/liste")], **BAND)
    website.add("/d/3", sound.body, "text/html")
    second = crawl_once(fetcher, tmp_path / "2", [website.url("/liste")], first.memory, **BAND)
    assert [page.body for page in second.pages if page.body is not None] == [sound.body]
    assert second.delivery.digest != first.delivery.digest


def test_what_came_encrypted_need_not_come_twice(tmp_path: Path) -> None:
    policy = FetchPolicy(allow_private=True, ca_bundle=str(CERTIFICATE))
    at_home = Fetcher(policy, resolver=lambda host, port: ["127.0.0.1"])
    with FaultServer(tls=CERTIFICATE) as server, at_home as fetcher:
        server.add("/liste", html("/d/1"), "text/html")
        server.add("/d/1", html("/x"), "text/html")
        start = server.url("/liste", host="feeds.example")
        first = crawl_once(fetcher, tmp_path / "1", [start], **BAND)
        assert bodies(server) == 3
        crawl_once(fetcher, tmp_path / "2", [start], first.memory, **BAND)
        assert bodies(server) == 1  # robots.txt


def test_pages_whose_server_knows_no_validators_are_told_by_their_content(
    website: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    def plain(path: str) -> None:
        body = website.find(path).body  # type: ignore[union-attr]
        website.add(path, lambda call: call.answer(body, Content_Type="text/html"))

    for path in ("/liste", *(f"/d/{number}" for number in range(10))):
        plain(path)
    first = crawl_once(fetcher, tmp_path / "1", [website.url("/liste")], **BAND)
    second = crawl_once(fetcher, tmp_path / "2", [website.url("/liste")], first.memory, **BAND)
    assert second.delivery.digest == first.delivery.digest
    assert all(page.body is None for page in second.pages)


def test_a_page_that_changed_is_read_again_and_only_that_one(
    website: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    first = crawl_once(fetcher, tmp_path / "1", [website.url("/liste")], **BAND)
    website.add("/d/3", html("/neu"), "text/html")
    second = crawl_once(fetcher, tmp_path / "2", [website.url("/liste")], first.memory, **BAND)
    assert [page.url for page in second.pages if page.body is not None] == [website.url("/d/3")]
    assert second.delivery.digest != first.delivery.digest


def test_other_rules_ask_for_everything_again(website: FaultServer, fetcher: Fetcher, tmp_path: Path) -> None:
    first = crawl_once(fetcher, tmp_path / "1", [website.url("/liste")], **BAND)
    bodies(website)
    second = crawl_once(
        fetcher, tmp_path / "2", [website.url("/liste")], first.memory, digest="newer", **BAND
    )
    assert bodies(website) == 12
    assert all(page.body is not None for page in second.pages)
    assert second.delivery.digest != first.delivery.digest


def test_a_page_that_is_gone_today_is_another_delivery(
    website: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    first = crawl_once(fetcher, tmp_path / "1", [website.url("/liste")], **BAND)
    website.misbehave("/d/3", "status=404")
    second = crawl_once(fetcher, tmp_path / "2", [website.url("/liste")], first.memory, **BAND)
    assert second.delivery.digest != first.delivery.digest
    assert "d/3" not in second.details


def test_a_list_that_forbids_following_stays_unread_when_it_does_not_change(
    website: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    head = '<meta name="robots" content="nofollow">'
    website.add("/liste", html("/liste/a", "/d/1"), "text/html")
    website.add("/liste/a", html("/d/2", head=head), "text/html")
    crawled: list[Crawled] = []
    for night in "12":
        memory = crawled[-1].memory if crawled else {}
        crawled.append(crawl_once(fetcher, tmp_path / night, [website.url("/liste")], memory, **BAND))
    assert [night.scope for night in crawled] == ["part", "part"]
    assert crawled[0].delivery.digest == crawled[1].delivery.digest


def test_a_first_night_is_a_part_and_a_second_like_it_is_everything(
    website: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    nights: list[Crawled] = []
    for night in "123":
        memory = nights[-1].memory if nights else {}
        nights.append(crawl_once(fetcher, tmp_path / night, [website.url("/liste")], memory))
    assert [night.scope for night in nights] == ["part", "everything", "everything"]
    assert "crawl_first_run" in nights[0].issues
    assert nights[0].delivery.digest != nights[1].delivery.digest == nights[2].delivery.digest


@pytest.mark.parametrize(
    ("left", "scope"), [(7, "everything"), (6, "part"), (13, "everything"), (14, "part")]
)
def test_a_number_far_from_the_one_before_is_not_believed(
    website: FaultServer, fetcher: Fetcher, tmp_path: Path, left: int, scope: str
) -> None:
    first = crawl_once(fetcher, tmp_path / "1", [website.url("/liste")])
    pages = {f"/d/{number}": html() for number in range(left)}
    for path, body in {"/liste": html(*pages), **pages}.items():
        website.add(path, body, "text/html")
    second = crawl_once(fetcher, tmp_path / "2", [website.url("/liste")], first.memory)
    assert second.scope == scope
    # What is not believed is not remembered either, or it would be the measure on the night after.
    assert ("count:" in second.memory) is (scope == "everything")


def test_an_incomplete_night_is_no_measure_for_the_next(
    website: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    website.misbehave("/d/3", "status=403")
    assert "count:" not in crawl_once(fetcher, tmp_path, [website.url("/liste")]).memory


@pytest.mark.parametrize(("band", "scope"), [((10, 10), "everything"), ((11, 20), "part"), ((1, 9), "part")])
def test_a_band_that_is_set_counts_from_the_first_night_on(
    website: FaultServer, fetcher: Fetcher, tmp_path: Path, band: tuple[int, int], scope: str
) -> None:
    crawled = crawl_once(fetcher, tmp_path, [website.url("/liste")], bands={"": band})
    assert crawled.scope == scope


def test_without_a_list_of_everything_nothing_is_ever_complete(
    website: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    crawled = crawl_once(fetcher, tmp_path, [website.url("/liste")], lists_are_complete=False)
    assert crawled.scope == "part"
    assert list(crawled.issues) == ["crawl_no_list"]


def test_memory_holds_no_body(website: FaultServer, fetcher: Fetcher, tmp_path: Path) -> None:
    crawled = crawl_once(fetcher, tmp_path, [website.url("/liste")], **BAND)
    assert not any("<body>" in value or "<a" in value for value in crawled.memory.values())


@pytest.mark.parametrize("kept", ["", "[]", "null", "{", '{"links": 3}', "[" * 100_000, '{"links":[1]}'])
def test_memory_that_cannot_be_understood_is_none(kept: str) -> None:
    page = Page("https://s.example/", "detail", "x", "", "https://s.example/")
    assert Memories({"page:https://s.example/": kept}, "rules").recall(page) is None
    assert Memories({"count:": kept}, "rules").count("") is None
