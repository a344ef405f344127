"""What the HTTP client brings home, and how it behaves towards servers."""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import responses

from connectors.errors import AbortRun, RetryLater
from connectors.fetch import Fetcher, FetchPolicy, Validators
from tests.faultserver import FaultServer
from tests.misbehaviours import DATE

MakeFetcher = Callable[..., Fetcher]
FEED = b"<feed>" + b"<leistung/>" * 20_000 + b"</feed>"
PUBLIC = "93.184.215.14"


def digest_of(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


@pytest.fixture(autouse=True)
def feed(server: FaultServer) -> str:
    return server.add("/feed.xml", FEED, content_type="application/xml; charset=UTF-8")


def test_a_small_answer_comes_with_type_and_charset(fetcher: Fetcher, feed: str) -> None:
    answer = fetcher.get(feed)
    assert (answer.url, answer.status, answer.body) == (feed, 200, FEED)
    assert (answer.content_type, answer.charset) == ("application/xml", "utf-8")
    assert answer.headers["etag"]


@pytest.mark.parametrize(
    ("header", "media_type", "charset"),
    [
        ("text/CSV;header=present;Charset='Windows-1252'", "text/csv", "windows-1252"),
        ("text/csv; charset=klingon", "text/csv", None),
        ("text/csv; charset=hex", "text/csv", None),
        ("text/csv", "text/csv", None),
        ("", "", None),
    ],
)
def test_a_charset_is_reported_only_if_it_exists(
    fetcher: Fetcher, server: FaultServer, header: str, media_type: str, charset: str | None
) -> None:
    answer = fetcher.get(server.url(fault=f"typed={header}"))
    assert (answer.content_type, answer.charset) == (media_type, charset)


def test_a_download_is_stored_with_size_digest_and_validators(
    fetcher: Fetcher, feed: str, tmp_path: Path
) -> None:
    download = fetcher.download(feed, tmp_path / "feed.xml")
    assert download.path.read_bytes() == FEED
    assert (download.size, download.digest) == (len(FEED), digest_of(FEED))
    assert download.validators.etag
    assert download.validators.last_modified == DATE
    assert (download.final_url, download.content_type) == (feed, "application/xml")
    assert not download.not_modified
    assert list(tmp_path.iterdir()) == [download.path]


def test_a_download_replaces_what_was_there(fetcher: Fetcher, feed: str, tmp_path: Path) -> None:
    target = tmp_path / "feed.xml"
    target.write_bytes(b"yesterday")
    fetcher.download(feed, target)
    assert target.read_bytes() == FEED


@pytest.mark.parametrize(
    "fault", ["gzip", "gzip-members", "deflate", "deflate-raw", "chunks-tiny", "no-length=100"]
)
def test_content_is_the_same_however_it_was_wrapped(
    make_fetcher: MakeFetcher, server: FaultServer, tmp_path: Path, fault: str
) -> None:
    fetcher = make_fetcher(deadline=20.0, download_deadline=20.0)
    url = server.url("/feed.xml", fault=fault)
    assert fetcher.get(url).body == FEED
    download = fetcher.download(url, tmp_path / "feed.xml")
    assert (download.digest, download.path.read_bytes()) == (digest_of(FEED), FEED)


def test_a_download_says_whether_the_server_marked_its_end(
    fetcher: Fetcher, server: FaultServer, feed: str, tmp_path: Path
) -> None:
    target = tmp_path / "feed.xml"
    assert fetcher.download(feed, target).delimited
    assert fetcher.download(server.url("/feed.xml", fault="gzip"), target).delimited
    assert not fetcher.download(server.url("/feed.xml", fault="no-length=50"), target).delimited


def test_a_probe_takes_the_first_bytes_only(make_fetcher: MakeFetcher, server: FaultServer) -> None:
    fetcher = make_fetcher(max_bytes=1_000)
    answer = fetcher.probe(server.url("/feed.xml"))
    assert (answer.status, answer.body) == (200, FEED[:4_096])
    assert fetcher.probe(server.url("/feed.xml", fault="reset=50"), size=10).body == FEED[:10]
    assert fetcher.probe(server.url(fault="endless"), size=4).body == b"<x/>"


def test_a_probe_of_something_small_takes_all_of_it(fetcher: Fetcher, server: FaultServer) -> None:
    assert fetcher.probe(server.add("/small.xml", b"<feed/>")).body == b"<feed/>"


def test_an_unchanged_file_is_left_alone(fetcher: Fetcher, feed: str, tmp_path: Path) -> None:
    first = fetcher.download(feed, tmp_path / "feed.xml")
    before = first.path.stat()
    second = fetcher.download(feed, first.path, validators=first.validators)
    assert second.not_modified
    assert (second.size, second.digest) == (first.size, first.digest)
    assert second.validators == first.validators
    after = first.path.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_date_alone_is_enough_to_ask_for_changes(fetcher: Fetcher, feed: str, tmp_path: Path) -> None:
    download = fetcher.download(feed, tmp_path / "feed.xml", validators=Validators(last_modified=DATE))
    assert download.not_modified
    assert (download.size, download.digest) == (0, "")


def test_a_changed_file_is_fetched_again(
    fetcher: Fetcher, server: FaultServer, feed: str, tmp_path: Path
) -> None:
    first = fetcher.download(feed, tmp_path / "feed.xml")
    server.add("/feed.xml", b"<feed>new</feed>")
    etag_only = Validators(etag=first.validators.etag)
    second = fetcher.download(feed, first.path, validators=etag_only)
    assert not second.not_modified
    assert first.path.read_bytes() == b"<feed>new</feed>"


def test_validators_that_cannot_be_sent_back_are_dropped(fetcher: Fetcher, tmp_path: Path) -> None:
    with responses.RequestsMock() as mock:
        mock.get("http://stadt.example/", body=b"x", headers={"ETag": '"' + "x" * 2_000 + '"'})
        download = fetcher.download("http://stadt.example/", tmp_path / "feed.xml")
    assert download.validators == Validators()


def test_the_client_says_who_it_is_and_keeps_no_cookies(fetcher: Fetcher, server: FaultServer) -> None:
    fetcher.get(server.url(fault="echo"))
    told = json.loads(fetcher.get(server.url(fault="echo"), headers={"X-Key": "1"}).body)
    assert told["user-agent"].startswith("Lueckenlos/")
    assert told["accept-encoding"] == "gzip"
    assert told["x-key"] == "1"
    assert "cookie" not in told


def test_the_environment_has_no_say(
    fetcher: Fetcher, server: FaultServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login anna password geheim\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert "authorization" not in json.loads(fetcher.get(server.url(fault="echo")).body)


def test_a_name_and_password_in_the_address_are_used_but_never_shown(
    fetcher: Fetcher, server: FaultServer
) -> None:
    host = f"anna:geheim@127.0.0.1:{server.port}"
    answer = fetcher.get(f"http://{host}/~echo")
    assert json.loads(answer.body)["authorization"].startswith("Basic ")
    assert "geheim" not in answer.url
    with pytest.raises(RetryLater) as caught:
        fetcher.get(f"http://{host}/missing?token=geheim")
    assert "geheim" not in str(caught.value)


def test_connections_are_used_again(fetcher: Fetcher, server: FaultServer, feed: str) -> None:
    for _ in range(3):
        fetcher.get(feed)
    assert (server.hits["/feed.xml"], server.connections) == (3, 1)


def test_a_client_may_be_shared_between_threads(
    fetcher: Fetcher, server: FaultServer, tmp_path: Path
) -> None:
    def fetch(number: int) -> bytes:
        url = server.add(f"/{number}.xml", b"%d" % number)
        return fetcher.download(url, tmp_path / f"{number}.xml").path.read_bytes()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(fetch, range(32))) == [b"%d" % number for number in range(32)]


def test_a_copy_for_another_process_has_the_same_policy(make_fetcher: MakeFetcher, feed: str) -> None:
    with pickle.loads(pickle.dumps(make_fetcher(max_bytes=len(FEED)))) as copy:
        assert copy.policy.max_bytes == len(FEED)
        assert copy.get(feed).body == FEED


def test_closing_closes_the_connections(server: FaultServer, feed: str) -> None:
    with Fetcher(FetchPolicy(allow_private=True)) as fetcher:
        fetcher.get(feed)
    fetcher.get(feed)
    fetcher.close()
    assert server.connections == 2


@pytest.mark.parametrize(
    "url", ["stadt.example", "ftp://stadt.example/", "file:///etc/passwd", "http://", "http://*/"]
)
def test_an_address_that_cannot_be_fetched_is_a_wrong_configuration(
    fetcher: Fetcher, tmp_path: Path, url: str
) -> None:
    with pytest.raises(AbortRun, match="bad_url"):
        fetcher.get(url)
    with pytest.raises(AbortRun, match="bad_url"):
        fetcher.download(url, tmp_path / "feed.xml")


@pytest.mark.parametrize("status", [206, 300, 304, 400, 401, 403, 404, 410, 451, 501])
def test_statuses_without_the_data_are_errors(fetcher: Fetcher, server: FaultServer, status: int) -> None:
    url = server.url(fault=f"status={status}")
    with pytest.raises(RetryLater) as caught:
        fetcher.get(url)
    assert caught.value.code == "http_status"
    assert caught.value.params == {"url": url, "status": status}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_refusals_are_not_tried_again(
    fetcher: Fetcher, server: FaultServer, pauses: list[float], status: int
) -> None:
    with pytest.raises(RetryLater):
        fetcher.get(server.url(fault=f"status={status}"))
    assert (sum(server.hits.values()), pauses) == (1, [])


@pytest.mark.parametrize("fault", ["flaky=3", "flaky=3,500", "flaky=3,429", "flaky-reset=3"])
def test_a_server_that_recovers_is_asked_four_times(
    fetcher: Fetcher, server: FaultServer, pauses: list[float], tmp_path: Path, fault: str
) -> None:
    download = fetcher.download(server.url("/feed.xml", fault=fault), tmp_path / "feed.xml")
    assert download.digest == digest_of(FEED)
    assert sum(server.hits.values()) == 4
    assert len(pauses) == 3


@pytest.mark.parametrize("fault", ["status=500", "status=503", "status=408", "busy=soon"])
def test_a_server_that_does_not_recover_is_given_up_after_four_requests(
    fetcher: Fetcher, server: FaultServer, pauses: list[float], fault: str
) -> None:
    with pytest.raises(RetryLater, match="http_status"):
        fetcher.get(server.url(fault=fault))
    assert (sum(server.hits.values()), len(pauses)) == (4, 3)


@pytest.mark.parametrize(("retry_after", "pause"), [("2", 2.0), ("Tue, 06 Jan 2026 02:31:00 GMT", 60.0)])
def test_a_server_s_wish_for_a_pause_is_granted(
    fetcher: Fetcher, server: FaultServer, pauses: list[float], retry_after: str, pause: float
) -> None:
    url = server.url("/feed.xml", fault=f"busy-once={retry_after}")
    assert fetcher.get(url).body == FEED
    assert pauses == [pause]


def test_a_date_is_understood_without_the_server_s_clock(fetcher: Fetcher, pauses: list[float]) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    with responses.RequestsMock() as mock:
        mock.get("http://stadt.example/", status=429, headers={"Retry-After": later})
        mock.get("http://stadt.example/", body=b"done")
        assert fetcher.get("http://stadt.example/").body == b"done"
    assert 50 < pauses[0] <= 60


@pytest.mark.parametrize("retry_after", ["86400", "Wed, 07 Jan 2026 02:30:00 GMT"])
def test_a_wish_for_a_long_pause_postpones_the_source(
    fetcher: Fetcher, server: FaultServer, pauses: list[float], retry_after: str
) -> None:
    url = server.url(fault=f"busy={retry_after}")
    with pytest.raises(RetryLater) as caught:
        fetcher.get(url)
    assert caught.value.code == "postponed"
    assert caught.value.params == {"url": url, "status": 429, "retry_after": 86_400}
    assert (sum(server.hits.values()), pauses) == (1, [])


def test_a_download_needs_its_folder(fetcher: Fetcher, feed: str, tmp_path: Path) -> None:
    with pytest.raises(RetryLater, match="storage_failed"):
        fetcher.download(feed, tmp_path / "missing" / "feed.xml")


def test_a_host_that_accepts_no_connection_is_tried_again(fetcher: Fetcher, pauses: list[float]) -> None:
    with FaultServer() as gone:
        url = gone.url("/feed.xml")
    with pytest.raises(RetryLater) as caught:
        fetcher.get(url)
    assert (caught.value.code, caught.value.params) == ("unreachable", {"host": "127.0.0.1"})
    assert len(pauses) == 3


def test_a_final_address_is_where_relative_names_start(fetcher: Fetcher, server: FaultServer) -> None:
    answer = fetcher.get(server.url("/feed.xml", fault="redirect=5"))
    assert urlsplit(answer.url).path == "/~redirect=0/feed.xml"
    assert answer.body == FEED
