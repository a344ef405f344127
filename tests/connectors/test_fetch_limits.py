"""Whatever a server does, the client ends in time, in bounds, and with an error that says so."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from connectors.errors import ConnectorError, RejectDelivery, RetryLater
from connectors.fetch import Fetcher
from tests.faultserver import FaultServer
from tests.misbehaviours import BROKEN, HUGE, REFUSING, SLOW

MakeFetcher = Callable[..., Fetcher]
FEED = b"<feed>" + b"<leistung/>" * 20_000 + b"</feed>"
MEBIBYTE = 1_048_576


@pytest.fixture(autouse=True)
def feed(server: FaultServer) -> str:
    return server.add("/feed.xml", FEED)


@contextmanager
def ends_within(seconds: float) -> Iterator[None]:
    start = time.monotonic()
    yield
    assert time.monotonic() - start < seconds


@contextmanager
def allocates_at_most(size: int) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < size
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_answer_is_never_taken_for_a_whole_one(
    make_fetcher: MakeFetcher,
    server: FaultServer,
    pauses: list[float],
    tmp_path: Path,
    fault: str,
) -> None:
    target = tmp_path / "feed.xml"
    target.write_bytes(b"yesterday")
    fetcher = make_fetcher(deadline=10.0)
    url = server.url("/feed.xml", fault=fault)
    with pytest.raises(RetryLater) as caught:
        fetcher.download(url, target)
    assert (caught.value.code, caught.value.params) == ("connection_broken", {"url": url})
    assert (sum(server.hits.values()), len(pauses)) == (4, 3)
    assert target.read_bytes() == b"yesterday"
    assert list(tmp_path.iterdir()) == [target]
    with pytest.raises(RetryLater, match="connection_broken"):
        fetcher.get(url)


@pytest.mark.parametrize("fault", SLOW)
def test_no_server_can_hold_the_client_beyond_its_deadline(
    make_fetcher: MakeFetcher, server: FaultServer, tmp_path: Path, fault: str
) -> None:
    fetcher = make_fetcher(deadline=0.4, download_deadline=0.6, attempts=1)
    url = server.url("/feed.xml", fault=fault)
    with ends_within(1.4), pytest.raises(RetryLater) as caught:
        fetcher.get(url)
    assert caught.value.code in {"too_slow", "timed_out"}
    with ends_within(1.6), pytest.raises(RetryLater) as caught:
        fetcher.download(url, tmp_path / "feed.xml")
    assert caught.value.code in {"too_slow", "timed_out"}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fault", ["slow-head=0.05", "slow-body=0.05"])
def test_a_server_that_drips_is_not_asked_again(
    make_fetcher: MakeFetcher, server: FaultServer, pauses: list[float], fault: str
) -> None:
    with ends_within(1.5), pytest.raises(RetryLater, match="too_slow"):
        make_fetcher(deadline=0.5).get(server.url("/feed.xml", fault=fault))
    assert (sum(server.hits.values()), pauses) == (1, [])


def test_a_server_that_hangs_is_asked_again(
    make_fetcher: MakeFetcher, server: FaultServer, pauses: list[float]
) -> None:
    with ends_within(2.0), pytest.raises(RetryLater, match="timed_out"):
        make_fetcher(deadline=0.2).get(server.url("/feed.xml", fault="hang"))
    assert (sum(server.hits.values()), len(pauses)) == (4, 3)


def test_a_server_that_hangs_before_encryption_is_given_up(
    make_fetcher: MakeFetcher, server: FaultServer
) -> None:
    # The plain server waits for a request line that never comes.
    fetcher = make_fetcher(deadline=0.4, attempts=1)
    with ends_within(1.4), pytest.raises(RetryLater) as caught:
        fetcher.get(server.url("/feed.xml").replace("http:", "https:"))
    assert caught.value.code in {"timed_out", "too_slow"}


def test_a_download_that_is_too_slow_is_given_up_before_its_deadline(
    make_fetcher: MakeFetcher, server: FaultServer, tmp_path: Path
) -> None:
    fetcher = make_fetcher(download_deadline=60.0, rate_window=0.3)
    with ends_within(1.5), pytest.raises(RetryLater, match="rate_too_low"):
        fetcher.download(server.url("/feed.xml", fault="slow-body=0.01"), tmp_path / "feed.xml")
    assert list(tmp_path.iterdir()) == []


def test_a_download_that_stalls_is_given_up_after_one_window(
    make_fetcher: MakeFetcher, server: FaultServer, tmp_path: Path
) -> None:
    fetcher = make_fetcher(download_deadline=60.0, rate_window=0.3, min_rate=100)
    with ends_within(1.5), pytest.raises(RetryLater, match="rate_too_low"):
        fetcher.download(server.url("/feed.xml", fault="stall=50"), tmp_path / "feed.xml")


@pytest.mark.parametrize("fault", [fault for fault in HUGE if fault != "gzip-empty"])
def test_too_much_is_stopped_at_the_limit_in_bounded_memory(
    make_fetcher: MakeFetcher, server: FaultServer, tmp_path: Path, fault: str
) -> None:
    fetcher = make_fetcher(
        deadline=20.0, download_deadline=20.0, max_bytes=MEBIBYTE, max_download=2 * MEBIBYTE
    )
    url = server.url("/feed.xml", fault=fault)
    with allocates_at_most(12 * MEBIBYTE):
        with pytest.raises(ConnectorError):
            fetcher.get(url)
        with pytest.raises(ConnectorError):
            fetcher.download(url, tmp_path / "feed.xml")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("endless", "too_large"),
        ("huge-length", "too_large"),
        ("gzip-empty", "too_large"),
        ("gzip-bomb=64", "decompression_bomb"),
        ("gzip-endless", "decompression_bomb"),
        ("brotli", "encoding_unknown"),
        ("chunked-gzip", "encoding_unknown"),
    ],
)
def test_a_delivery_beyond_the_limits_is_rejected_at_once(
    make_fetcher: MakeFetcher, server: FaultServer, pauses: list[float], fault: str, code: str
) -> None:
    fetcher = make_fetcher(deadline=20.0, max_bytes=2 * MEBIBYTE)
    with pytest.raises(RejectDelivery) as caught:
        fetcher.get(server.url("/feed.xml", fault=fault))
    assert caught.value.code == code
    assert pauses == []


def test_the_limit_itself_is_allowed(make_fetcher: MakeFetcher, feed: str) -> None:
    assert len(make_fetcher(max_bytes=len(FEED)).get(feed).body) == len(FEED)
    with pytest.raises(RejectDelivery) as caught:
        make_fetcher(max_bytes=len(FEED) - 1).get(feed)
    assert caught.value.params["limit"] == len(FEED) - 1


@pytest.mark.parametrize("fault", ["gzip", "no-length=100"])
def test_the_limit_counts_what_really_came(
    make_fetcher: MakeFetcher, server: FaultServer, fault: str
) -> None:
    url = server.url("/feed.xml", fault=fault)
    with pytest.raises(RejectDelivery, match="too_large"):
        make_fetcher(max_bytes=len(FEED) - 1).get(url)


def test_the_body_of_a_redirect_is_never_read(make_fetcher: MakeFetcher, server: FaultServer) -> None:
    fetcher = make_fetcher(deadline=20.0)
    with allocates_at_most(12 * MEBIBYTE), pytest.raises(RetryLater, match="too_many_redirects"):
        fetcher.get(server.url("/feed.xml", fault="redirect-bomb"))


@pytest.mark.parametrize("fault", REFUSING)
def test_every_refusal_is_an_error_with_a_name(
    make_fetcher: MakeFetcher, server: FaultServer, tmp_path: Path, fault: str
) -> None:
    fetcher = make_fetcher()
    url = server.url("/feed.xml", fault=fault)
    with pytest.raises(ConnectorError):
        fetcher.get(url)
    with pytest.raises(ConnectorError):
        fetcher.download(url, tmp_path / "feed.xml")
    assert list(tmp_path.iterdir()) == []
    assert max(server.hits.values()) <= 12
