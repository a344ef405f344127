from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.crawl.job import MARKUP_TYPES
from connectors.crawl.pages import Start
from connectors.errors import RejectDelivery, RetryLater
from connectors.fetch import Fetcher
from tests.connectors.crawl.crawling import crawl_once, html
from tests.faultserver import Call, FaultServer

BAND = {"bands": {"": (1, 1_000)}}


def serve(server: FaultServer, pages: dict[str, bytes]) -> None:
    for path, body in pages.items():
        server.add(path, body, "text/html")


def asked(server: FaultServer) -> list[str]:
    return [call.target for call in server.requests]


def test_lists_lead_to_further_lists_and_to_details(
    server: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    serve(
        server,
        {
            "/liste": html("/liste/a", "/liste/b", "/kontakt"),
            "/liste/a": html("/d/1"),
            "/liste/b": html("/d/2", "/d/1"),
            "/d/1": html("/d/3"),
            "/d/2": html(),
        },
    )
    crawled = crawl_once(fetcher, tmp_path, [server.url("/liste")], **BAND)
    assert crawled.details == ["d/1", "d/2"]
    assert crawled.scope == "everything"
    assert asked(server) == ["/robots.txt", "/liste", "/liste/a", "/liste/b", "/d/1", "/d/2"]


def test_a_page_under_three_addresses_is_opened_once(
    server: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    serve(
        server,
        {"/liste": html("/d/1;jsessionid=AB", "/d/1?PHPSESSID=x", "/d/1/#gebuehren", "/d/1"), "/d/1": html()},
    )
    crawled = crawl_once(fetcher, tmp_path, [server.url("/liste")], **BAND)
    assert crawled.details == ["d/1"]
    assert asked(server).count("/d/1") == 1


def test_files_are_never_fetched(server: FaultServer, fetcher: Fetcher, tmp_path: Path) -> None:
    serve(server, {"/liste": html("/d/antrag.pdf", "/d/vordruck.DOCX", "/d/1"), "/d/1": html()})
    crawl_once(fetcher, tmp_path, [server.url("/liste")], **BAND)
    assert asked(server) == ["/robots.txt", "/liste", "/d/1"]


def test_a_file_behind_the_address_of_a_page_is_not_read_and_makes_a_part(
    server: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    serve(server, {"/liste": html("/d/1", "/d/2"), "/d/1": html()})
    server.add("/d/2", b"%PDF-1.7 ...", "application/pdf")
    crawled = crawl_once(fetcher, tmp_path, [server.url("/liste")], **BAND)
    assert crawled.issues["crawl_page_unsuitable"] == "application/pdf"
    assert crawled.scope == "part"


def test_what_robots_forbid_is_not_opened_and_counts_as_not_checked(
    server: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    serve(server, {"/liste": html("/d/1", "/d/geheim"), "/d/1": html(), "/d/geheim": html()})
    server.add("/robots.txt", b"User-agent: *\nDisallow: /d/geheim\n")
    crawled = crawl_once(fetcher, tmp_path, [server.url("/liste")], **BAND)
    assert "/d/geheim" not in asked(server)
    assert crawled.details == ["d/1"]
    assert {"crawl_page_blocked", "crawl_details_unread"} <= set(crawled.issues)
    assert crawled.scope == "part"


def test_where_robots_txt_fails_no_page_is_asked_for(
    server: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    serve(server, {"/liste": html("/d/1"), "/d/1": html()})
    server.misbehave("/robots.txt", "status=503")
    with pytest.raises(RetryLater) as caught:
        crawl_once(fetcher, tmp_path, [server.url("/liste")], **BAND)
    assert caught.value.code == "crawl_robots_unreachable"
    assert set(asked(server)) == {"/robots.txt"}


def test_one_host_whose_robots_txt_fails_makes_its_group_a_part_and_names_it(
    server: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    with FaultServer() as other:
        serve(server, {"/liste": html("/d/1"), "/d/1": html()})
        serve(other, {"/liste": html("/d/1"), "/d/1": html()})
        other.misbehave("/robots.txt", "status=503")
        starts = [Start(server.url("/liste"), "good"), Start(other.url("/liste"), "broken")]
        crawled = crawl_once(fetcher, tmp_path, starts, bands={"good": (1, 9), "broken": (1, 9)})
        assert set(asked(other)) == {"/robots.txt"}
    reasons = {record for record in crawled.records if getattr(record, "kind", "") == "crawl_lists_unread"}
    assert [reason.record for reason in reasons] == ["broken"]
    assert crawled.details == ["d/1"]
    assert crawled.scope == "part"


def test_a_start_that_robots_forbid_is_an_error_that_says_so(
    server: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    server.add("/robots.txt", b"User-agent: *\nDisallow: /\n")
    with pytest.raises(RetryLater) as caught:
        crawl_once(fetcher, tmp_path, [server.url("/liste")])
    assert caught.value.code == "crawl_start_blocked"


def test_a_list_that_forbids_to_follow_its_links_is_unread(
    server: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    serve(
        server,
        {
            "/liste": html("/liste/a", "/d/1"),
            "/liste/a": html("/d/2", head='<meta name="robots" content="nofollow">'),
            "/d/1": html(),
            "/d/2": html(),
        },
    )
    crawled = crawl_once(fetcher, tmp_path, [server.url("/liste")], **BAND)
    assert "/d/2" not in asked(server)
    assert crawled.issues["crawl_lists_unread"] == "1"
    assert crawled.scope == "part"


def test_a_page_that_does_not_want_to_be_kept_is_handed_on_with_that_and_makes_a_part(
    server: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    serve(
        server,
        {"/liste": html("/d/1", "/d/2", head='<meta name="robots" content="noindex">'), "/d/1": html()},
    )
    server.add("/d/2", lambda call: call.answer(html(), Content_Type="text/html", X_Robots_Tag="noindex"))
    crawled = crawl_once(fetcher, tmp_path, [server.url("/liste")], **BAND)
    assert {page.url.rpartition("/")[2]: page.noindex for page in crawled.pages} == {
        "liste": True,
        "1": False,
        "2": True,
    }
    # The list was read for its links all the same, and says nothing itself.
    assert "crawl_lists_unread" not in crawled.issues
    assert crawled.issues["crawl_details_unread"] == "1"


@pytest.mark.parametrize(("gone", "scope"), [(0, "everything"), (1, "everything"), (3, "part")])
def test_a_few_dead_links_are_no_doubt_but_many_are(
    server: FaultServer, fetcher: Fetcher, tmp_path: Path, gone: int, scope: str
) -> None:
    alive = [f"/d/{number}" for number in range(20)]
    serve(server, {"/liste": html(*alive, *(f"/d/tot{number}" for number in range(gone)))})
    serve(server, dict.fromkeys(alive, html()))
    assert crawl_once(fetcher, tmp_path, [server.url("/liste")], **BAND).scope == scope


def test_a_missing_page_of_a_list_is_always_a_doubt(
    server: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    serve(server, {"/liste": html("/liste/2", "/d/1"), "/d/1": html()})
    assert crawl_once(fetcher, tmp_path, [server.url("/liste")], **BAND).issues["crawl_lists_unread"] == "1"


def test_a_host_that_fails_five_times_in_a_row_is_left_alone(
    server: FaultServer, make_fetcher: Callable[..., Fetcher], tmp_path: Path
) -> None:
    serve(server, {"/liste": html(*(f"/d/{number}" for number in range(50)))})
    for number in range(50):
        server.misbehave(f"/d/{number}", "status=500")
    crawled = crawl_once(make_fetcher(attempts=1), tmp_path, [server.url("/liste")], **BAND)
    assert len([path for path in asked(server) if path.startswith("/d/")]) == 5
    assert crawled.issues["crawl_given_up"] == "45"
    assert crawled.scope == "part"


def test_failures_that_are_not_in_a_row_do_not_end_a_crawl(
    server: FaultServer, make_fetcher: Callable[..., Fetcher], tmp_path: Path
) -> None:
    serve(server, {"/liste": html(*(f"/d/{number}" for number in range(20)))})
    for number in range(20):
        server.add(f"/d/{number}", html(), "text/html")
        if number % 2:
            server.misbehave(f"/d/{number}", "status=500")
    crawled = crawl_once(make_fetcher(attempts=1), tmp_path, [server.url("/liste")], **BAND)
    assert crawled.issues["crawl_details_unread"] == "10"
    assert len(crawled.details) == 10


def test_pages_that_fail_tear_a_reading_as_another_one_may_bring_them(
    server: FaultServer, make_fetcher: Callable[..., Fetcher], tmp_path: Path
) -> None:
    serve(server, {"/liste": html("/d/1", "/d/2"), "/d/1": html(), "/d/2": html()})
    server.misbehave("/d/2", "status=500")
    assert crawl_once(make_fetcher(attempts=1), tmp_path, [server.url("/liste")], **BAND).reach == "torn"


@pytest.mark.parametrize("robots", [b"", b"User-agent: *\nDisallow: /d/2\n"], ids=["whole", "forbidden"])
def test_what_a_site_does_not_want_to_be_read_tears_nothing(
    server: FaultServer, fetcher: Fetcher, tmp_path: Path, robots: bytes
) -> None:
    serve(server, {"/liste": html("/d/1", "/d/2"), "/d/1": html(), "/d/2": html()})
    server.add("/robots.txt", robots)
    assert crawl_once(fetcher, tmp_path, [server.url("/liste")], **BAND).reach == ""


def test_a_host_that_asks_for_a_long_rest_gets_it_at_once(
    server: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    serve(server, {"/liste": html(*(f"/d/{number}" for number in range(9)))})
    server.misbehave("/d/0", "busy=86400")
    crawled = crawl_once(fetcher, tmp_path, [server.url("/liste")], **BAND)
    assert len(asked(server)) == 3
    assert crawled.issues["crawl_given_up"] == "8"


def test_no_more_pages_than_allowed_are_opened(server: FaultServer, fetcher: Fetcher, tmp_path: Path) -> None:
    pages = [f"/d/{number}" for number in range(10)]
    serve(server, {"/liste": html(*pages), **dict.fromkeys(pages, html())})
    crawled = crawl_once(fetcher, tmp_path, [server.url("/liste")], max_pages=4, **BAND)
    assert len(crawled.details) == 3
    assert crawled.issues["crawl_capped"] == "7"
    assert crawled.scope == "part"


def test_a_trap_of_ever_deeper_lists_is_left(server: FaultServer, fetcher: Fetcher, tmp_path: Path) -> None:
    def endless(call: Call) -> None:
        call.answer(html(f"{call.path}x", "/d/1"), Content_Type="text/html")

    serve(server, {"/d/1": html(), "/liste": html("/liste/x")})
    for length in range(60):
        server.add("/liste/" + "x" * length, endless)
    crawled = crawl_once(fetcher, tmp_path, [server.url("/liste")], max_pages=30, **BAND)
    assert len(asked(server)) == 31
    assert crawled.scope == "part"


def test_a_page_that_is_too_large_is_not_read(server: FaultServer, fetcher: Fetcher, tmp_path: Path) -> None:
    serve(server, {"/liste": html("/d/1", "/d/2"), "/d/1": html(), "/d/2": html("x" * 5_000)})
    crawled = crawl_once(fetcher, tmp_path, [server.url("/liste")], max_bytes=4_000, **BAND)
    assert crawled.details == ["d/1"]
    assert crawled.issues["crawl_page_failed"].startswith("too_large")


def test_a_list_without_any_details_is_never_everything(
    server: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    serve(server, {"/liste": html("/kontakt")})
    crawled = crawl_once(fetcher, tmp_path, [server.url("/liste")])
    assert crawled.scope == "part"
    assert "crawl_no_details" in crawled.issues


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"<html><body>Wartung</body></html>", "crawl_without_links"),
        (b"", "crawl_start_no_page"),
        (b"\x00\xff", "crawl_start_no_page"),
    ],
)
def test_a_start_that_leads_nowhere_is_rejected(
    server: FaultServer, fetcher: Fetcher, tmp_path: Path, body: bytes, code: str
) -> None:
    serve(server, {"/liste": body})
    with pytest.raises(RejectDelivery) as caught:
        crawl_once(fetcher, tmp_path, [server.url("/liste")])
    assert caught.value.code == code


def test_a_page_of_which_nobody_says_where_it_ends_is_believed_only_with_an_end(
    server: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    serve(server, {"/liste": html("/d/1", "/d/2"), "/d/1": html(), "/d/2": html("/x")})
    server.misbehave("/d/1", "no-length=100")
    server.misbehave("/d/2", "no-length=70")
    crawled = crawl_once(fetcher, tmp_path, [server.url("/liste")], **BAND)
    assert crawled.details == ["d/1"]
    assert "crawl_page_cut_off" in crawled.issues


def test_a_start_that_is_not_required_may_fail(server: FaultServer, fetcher: Fetcher, tmp_path: Path) -> None:
    serve(server, {"/liste": html("/d/1"), "/d/1": html()})
    starts = [Start(server.url("/liste")), Start(server.url("/liste/feed"), required=False)]
    crawled = crawl_once(fetcher, tmp_path, starts, **BAND)
    assert crawled.scope == "everything"
    assert "crawl_page_gone" in crawled.issues


def test_a_feed_is_read_where_the_job_says_so(server: FaultServer, fetcher: Fetcher, tmp_path: Path) -> None:
    server.add("/liste", b'<?xml version="1.0"?><rss><a href="/d/1"/></rss>', "application/rss+xml")
    serve(server, {"/d/1": html()})
    crawled = crawl_once(fetcher, tmp_path, [server.url("/liste")], media_types=MARKUP_TYPES, **BAND)
    assert crawled.details == ["d/1"]


def test_progress_is_told_and_a_stop_ends_the_crawl(
    server: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    from connectors.assignment import Assignment
    from connectors.crawl.engine import crawl
    from connectors.crawl.job import Job, Limits
    from tests.connectors.crawl.crawling import PathStrategy

    with FaultServer() as other:
        for one in (server, other):
            serve(one, {"/liste": html(*(f"/d/{number}" for number in range(9)))})
        hosts = frozenset({f"127.0.0.1:{server.port}", f"127.0.0.1:{other.port}"})
        starts = (Start(server.url("/liste"), "a"), Start(other.url("/liste"), "b"))
        told: list[tuple[int, int]] = []

        def progress(done: int, total: int) -> None:
            told.append((done, total))
            if done == 3:
                assignment.stop.set()

        assignment = Assignment(progress=progress)
        job = Job("probe", PathStrategy(hosts), starts, limits=Limits(delay=0))
        with pytest.raises(RetryLater) as caught:
            crawl(job, fetcher, tmp_path, assignment)
    assert caught.value.code == "cancelled"
    assert told[0] == (1, 0)
    assert list(tmp_path.iterdir()) == []


def test_a_crawl_that_takes_too_long_ends_as_a_part(
    server: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    hours = [0.0]

    def slow(call: Call) -> None:
        hours[0] += 9
        call.answer(html(), Content_Type="text/html")

    serve(server, {"/liste": html("/d/1", "/d/2", "/d/3")})
    server.add("/d/1", slow)
    crawled = crawl_once(fetcher, tmp_path, [server.url("/liste")], clock=lambda: hours[0] * 3_600, **BAND)
    assert crawled.details == ["d/1"]
    assert asked(server) == ["/robots.txt", "/liste", "/d/1"]
    assert crawled.issues["crawl_page_failed"] == "crawl_too_long"
    assert crawled.issues["crawl_given_up"] == "1"
    assert crawled.scope == "part"


def test_rules_of_a_host_are_asked_for_again_after_a_day(
    server: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    hours = [0.0]

    def slow(call: Call) -> None:
        hours[0] += 25
        call.answer(html(), Content_Type="text/html")

    serve(server, {"/liste": html("/d/1", "/d/2"), "/d/2": html()})
    server.add("/d/1", slow)
    crawl_once(fetcher, tmp_path, [server.url("/liste")], clock=lambda: hours[0] * 3_600, longest=1e9, **BAND)
    assert asked(server) == ["/robots.txt", "/liste", "/d/1", "/robots.txt", "/d/2"]
