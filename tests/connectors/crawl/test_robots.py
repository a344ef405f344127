from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.crawl.robots import LONGEST_DELAY, LONGEST_ROBOTS, fetch_robots, read_robots
from connectors.errors import RetryLater
from connectors.fetch import Fetcher
from tests.faultserver import FaultServer

HOST = "https://www.stadt.example"
TOWN = b"""\
User-agent: *
Disallow: /suche
Disallow: /*?print=
Disallow: /*;jsessionid=
Allow: /suche/dienstleistungen$
Crawl-delay: 7

User-agent: SomeoneElse
Disallow: /

Sitemap: https://www.stadt.example/sitemap.xml
Sitemap: /sitemap-zwei.xml
"""


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/", True),
        ("/dienstleistung/hund", True),
        ("/suche?wort=hund", False),
        ("/suche/-/egov-bis-detail/dienstleistung/3/show", False),
        ("/suche/dienstleistungen", True),
        ("/suche/dienstleistungen/3", False),
        ("/d/hund?print=1", False),
        ("/d/hund;jsessionid=AA", False),
    ],
)
def test_the_longest_rule_counts_and_stars_are_understood(path: str, allowed: bool) -> None:
    assert read_robots(TOWN, HOST + "/robots.txt").allows(HOST + path) is allowed


def test_sitemaps_and_the_gap_between_requests_are_read() -> None:
    robots = read_robots(TOWN, HOST + "/robots.txt")
    assert robots.sitemaps == (HOST + "/sitemap.xml", HOST + "/sitemap-zwei.xml")
    assert robots.delay == 7


def test_rules_for_us_by_name_count_instead_of_those_for_all() -> None:
    robots = read_robots(
        b"User-agent: *\nDisallow: /\n\nUser-agent: Lueckenlos/1.0\nDisallow: /intern\n", HOST
    )
    assert robots.allows(HOST + "/d")
    assert not robots.allows(HOST + "/intern/a")


def test_rules_for_another_robot_do_not_count_even_if_it_is_named_alike() -> None:
    assert read_robots(b"User-agent: Luecke\nDisallow: /\n", HOST).allows(HOST + "/d")


def test_a_gap_that_a_night_does_not_suffice_for_is_cut_and_kept_in_mind() -> None:
    robots = read_robots(b"User-agent: *\nCrawl-delay: 600\n", HOST)
    assert (robots.delay, robots.asked_delay) == (LONGEST_DELAY, 600)


def test_what_lies_within_the_first_500_kibibytes_is_read() -> None:
    filler = b"# nothing to see here\n" * (500 * 1024 // 22 - 5)
    assert not read_robots(filler + b"User-agent: *\nDisallow: /\n", HOST).allows(HOST + "/d")


def test_thousands_of_names_before_thousands_of_rules_take_no_time() -> None:
    names = b"".join(b"User-agent: bot%d\n" % number for number in range(12_000))
    body = (names + b"User-agent: *\n" + b"Disallow: /x\n" * 25_000)[:LONGEST_ROBOTS]
    begun = time.monotonic()
    robots = read_robots(body, HOST)
    assert not robots.allows(HOST + "/x/1")
    assert robots.allows(HOST + "/d")
    assert time.monotonic() - begun < 5


def test_a_host_without_rules_allows_everything(server: FaultServer, fetcher: Fetcher) -> None:
    robots = fetch_robots(fetcher, server.url("/d"))
    assert robots.is_known
    assert robots.allows(server.url("/anything"))


@pytest.mark.parametrize("status", [401, 403, 404, 410, 451])
def test_an_answer_of_the_400s_means_that_there_are_no_rules(
    server: FaultServer, fetcher: Fetcher, status: int
) -> None:
    server.misbehave("/robots.txt", f"status={status}")
    assert fetch_robots(fetcher, server.url("/d")).allows(server.url("/d"))


@pytest.mark.parametrize(
    "fault",
    [
        "status=500",
        "status=503",
        "status=429",
        "busy=86400",
        "hang",
        "reset=0",
        "redirect-loop",
        "gzip-corrupt",
    ],
)
def test_where_rules_cannot_be_had_nothing_is_allowed(
    server: FaultServer, make_fetcher: Callable[..., Fetcher], fault: str
) -> None:
    server.add("/robots.txt", b"User-agent: *\nAllow: /\n")
    server.misbehave("/robots.txt", fault)
    robots = fetch_robots(make_fetcher(deadline=0.3, attempts=1), server.url("/d"))
    assert not robots.is_known
    assert not robots.allows(server.url("/d"))
    assert robots.problem


def test_rules_that_moved_are_followed(server: FaultServer, fetcher: Fetcher) -> None:
    server.add("/robots.txt", b"User-agent: *\nDisallow: /intern\n")
    server.misbehave("/robots.txt", "redirect=3")
    robots = fetch_robots(fetcher, server.url("/d"))
    assert robots.is_known


def test_a_page_instead_of_rules_allows_everything(server: FaultServer, fetcher: Fetcher) -> None:
    server.add("/robots.txt", b"<html><body>Seite nicht gefunden</body></html>")
    assert fetch_robots(fetcher, server.url("/d")).allows(server.url("/d"))


def test_a_cancelled_run_is_not_taken_for_a_host_without_rules(server: FaultServer) -> None:
    def cancel(seconds: float) -> None:
        raise RetryLater("cancelled")

    from connectors.fetch import FetchPolicy

    server.misbehave("/robots.txt", "status=503")
    with (
        Fetcher(FetchPolicy(allow_private=True), sleep=cancel) as fetcher,
        pytest.raises(RetryLater) as caught,
    ):
        fetch_robots(fetcher, server.url("/d"))
    assert caught.value.code == "cancelled"


@given(st.binary(max_size=2_000))
def test_no_file_makes_it_fail(body: bytes) -> None:
    robots = read_robots(body, HOST + "/robots.txt")
    assert robots.allows(HOST + "/d") in {True, False}
