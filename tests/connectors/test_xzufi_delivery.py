"""Where an XZuFi delivery comes from, and that it is whole or not there at all."""

from __future__ import annotations

import gzip
import hashlib
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.contract import Check, Delivery, fetch
from connectors.errors import RejectDelivery, RetryLater
from connectors.fetch import Fetcher
from connectors.xzufi import XzufiConnector, XzufiSettings
from connectors.xzufi_delivery import MAX_FILES
from tests.connectors.xzufi_reading import message, write
from tests.faultserver import FaultServer


def feed(name: str) -> bytes:
    return message(write(f"<leistung><id>{name}</id></leistung>")).encode()


def zipped(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return buffer.getvalue()


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture
def here(tmp_path: Path) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    return folder


def at(location: object, fetcher: Fetcher) -> XzufiConnector:
    settings = XzufiSettings(id="quelle", type="xzufi", location=str(location), allow_private=True)
    return XzufiConnector(settings, fetcher)


def contents(delivery: Delivery) -> dict[str, bytes]:
    for part in delivery.parts:
        content = part.path.read_bytes()
        assert part.size == len(content)
        assert part.digest == hashlib.blake2b(content, digest_size=16).hexdigest()
    return {part.name: part.path.read_bytes() for part in delivery.parts}


class TestOnThisMachine:
    def test_a_file_is_read_where_it_is(self, here: Path, work: Path, fetcher: Fetcher) -> None:
        (here / "feed.xml").write_bytes(feed("A"))
        delivery = at(here / "feed.xml", fetcher).acquire(work)
        assert contents(delivery) == {"feed.xml": feed("A")}
        assert delivery.parts[0].path == here / "feed.xml"
        assert list(work.iterdir()) == []

    def test_a_folder_is_read_by_name(self, here: Path, work: Path, fetcher: Fetcher) -> None:
        (here / "3.XML").write_bytes(feed("C"))
        (here / "2.xml.gz").write_bytes(gzip.compress(feed("B")))
        (here / "1.zip").write_bytes(zipped(b_xml=feed("E"), a_xml=feed("D"), LIESMICH=b"?"))
        (here / "index.txt").write_bytes(b"1.zip\n")
        (here / "0.xml").mkdir()
        assert contents(at(here, fetcher).acquire(work)) == {
            "1.zip/a.xml": feed("D"),
            "1.zip/b.xml": feed("E"),
            "2.xml.gz": feed("B"),
            "3.XML": feed("C"),
        }

    def test_an_archive_shows_in_its_first_bytes_not_in_its_name(
        self, here: Path, work: Path, fetcher: Fetcher
    ) -> None:
        (here / "feed.xml").write_bytes(zipped(inhalt=feed("A")))
        assert contents(at(here / "feed.xml", fetcher).acquire(work)) == {"feed.xml": feed("A")}

    def test_files_of_the_same_content_are_read_once(self, here: Path, work: Path, fetcher: Fetcher) -> None:
        for name, content in {"1.xml": "A", "2.xml": "B", "3.xml": "A"}.items():
            (here / name).write_bytes(feed(content))
        assert list(contents(at(here, fetcher).acquire(work))) == ["1.xml", "2.xml"]

    def test_the_digest_tells_names_order_and_contents(
        self, here: Path, work: Path, fetcher: Fetcher
    ) -> None:
        digests = set()
        for names in (("1", "2"), ("2", "1"), ("1", "3")):
            for old in here.iterdir():
                old.unlink()
            for name, content in zip(names, ("A", "B"), strict=True):
                (here / f"{name}.xml").write_bytes(feed(content))
            digests |= {at(here, fetcher).acquire(work).digest for _ in range(2)}
        assert len(digests) == 3

    @pytest.mark.parametrize("place", ["feed.xml", "nirgends/feed.xml"])
    def test_what_is_not_there_may_come_back(
        self, here: Path, work: Path, fetcher: Fetcher, place: str
    ) -> None:
        with pytest.raises(RetryLater) as caught:
            at(here / place, fetcher).acquire(work)
        assert (caught.value.code, caught.value.params) == ("xzufi_not_found", {"path": str(here / place)})

    def test_a_folder_without_delivery_is_refused(self, here: Path, work: Path, fetcher: Fetcher) -> None:
        (here / "LIESMICH.txt").write_text("leer")
        with pytest.raises(RejectDelivery, match="xzufi_folder_empty"):
            at(here, fetcher).acquire(work)

    def test_an_archive_without_xml_is_refused(self, here: Path, work: Path, fetcher: Fetcher) -> None:
        (here / "feed.zip").write_bytes(zipped(a_txt=b"1", b_txt=b"2"))
        with pytest.raises(RejectDelivery, match="xzufi_archive_without_xml"):
            at(here / "feed.zip", fetcher).acquire(work)

    def test_what_cannot_be_opened_may_be_repaired(
        self, here: Path, work: Path, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(path: Path, *_: object) -> None:
            raise PermissionError(13, "Permission denied", str(path))

        (here / "feed.xml").write_bytes(feed("A"))
        monkeypatch.setattr(Path, "open", refuse)
        for place in (here / "feed.xml", here):
            with pytest.raises(RetryLater) as caught:
                at(place, fetcher).acquire(work)
            assert caught.value.code == "xzufi_unreadable"
            assert caught.value.params["reason"] == "Permission denied"

    def test_a_path_that_no_system_has_is_named(self, work: Path, fetcher: Fetcher) -> None:
        with pytest.raises(RetryLater) as caught:
            at("feed\0.xml", fetcher).acquire(work)
        assert caught.value.params["reason"] == "ValueError"
        with pytest.raises(RetryLater, match="xzufi_not_found"):
            at("~niemand-dieses-namens/feed.xml", fetcher).acquire(work)


class TestOverTheNetwork:
    @pytest.mark.parametrize(
        ("path", "content"),
        [
            ("/feed.xml", feed("A")),
            ("/export", feed("A")),
            ("/feed.xml.gz", gzip.compress(feed("A"))),
            ("/export?format=zip", zipped(a_xml=feed("A"))),
            ("/feed.zip", feed("A")),
        ],
    )
    def test_a_file_is_fetched_and_unpacked_whatever_it_is_called(
        self, server: FaultServer, fetcher: Fetcher, work: Path, path: str, content: bytes
    ) -> None:
        server.add(path.partition("?")[0], content)
        (only,) = contents(at(server.url(path), fetcher).acquire(work)).values()
        assert only == feed("A")

    def test_only_what_is_to_be_read_stays_in_the_folder(
        self, server: FaultServer, fetcher: Fetcher, work: Path
    ) -> None:
        server.add("/feed.zip", zipped(a_xml=feed("A"), b_xml=feed("B")))
        delivery = at(server.url("/feed.zip"), fetcher).acquire(work)
        files = [path for path in work.rglob("*") if path.is_file()]
        assert sorted(files) == sorted(part.path for part in delivery.parts)

    @pytest.mark.parametrize("entry", ["/feed/", "/feed/index.txt", "/feed/INDEX-2026.txt"])
    def test_an_index_names_the_files(
        self, server: FaultServer, fetcher: Fetcher, work: Path, entry: str
    ) -> None:
        listed = "\ufeff1 neu.xml\r\n\r\n  ü.xml.gz \r\n1 neu.xml\n".encode()
        for name in ("index.txt", "INDEX-2026.txt"):
            server.add(f"/feed/{name}", listed)
        server.add("/feed/1%20neu.xml", feed("A"))
        server.add("/feed/%C3%BC.xml.gz", gzip.compress(feed("B")))
        delivery = at(server.url(entry), fetcher).acquire(work)
        assert contents(delivery) == {"1 neu.xml": feed("A"), "ü.xml.gz": feed("B")}
        assert server.hits["/feed/1%20neu.xml"] == 1

    def test_an_index_may_be_in_an_old_encoding(
        self, server: FaultServer, fetcher: Fetcher, work: Path
    ) -> None:
        server.add("/feed/index.txt", "ü.xml".encode("latin-1"))
        server.add("/feed/%C3%BC.xml", feed("A"))
        assert list(contents(at(server.url("/feed/"), fetcher).acquire(work))) == ["ü.xml"]

    @pytest.mark.parametrize("listed", [b"", b"\r\n \r\n\n", b"\xef\xbb\xbf\n"])
    def test_an_empty_index_is_refused(
        self, server: FaultServer, fetcher: Fetcher, work: Path, listed: bytes
    ) -> None:
        server.add("/feed/index.txt", listed)
        with pytest.raises(RejectDelivery, match="empty_index"):
            at(server.url("/feed/"), fetcher).acquire(work)

    @pytest.mark.parametrize(
        "line",
        [
            "../feed.xml",
            "..",
            ".versteckt.xml",
            "unter/feed.xml",
            "unter\\feed.xml",
            "/feed.xml",
            "//anderswo.example/feed.xml",
            "https://anderswo.example/feed.xml",
            "feed.xml?a=b",
            "feed.xml#a",
            "feed\x00.xml",
            "feed\t.xml",
        ],
    )
    def test_an_index_may_name_only_plain_files(
        self, server: FaultServer, fetcher: Fetcher, work: Path, line: str
    ) -> None:
        server.add("/feed/index.txt", f"1.xml\r\n{line}\r\n".encode())
        server.add("/feed/1.xml", feed("A"))
        with pytest.raises(RejectDelivery) as caught:
            at(server.url("/feed/"), fetcher).acquire(work)
        assert (caught.value.code, caught.value.params["line"]) == ("xzufi_index_line", 2)
        assert str(caught.value.params["entry"]).isprintable()
        assert server.hits["/feed/1.xml"] == 0

    @pytest.mark.parametrize("page", [b"<!DOCTYPE html><html>", b" \n<?xml version='1.0'?><index/>"])
    def test_a_page_instead_of_an_index_is_refused(
        self, server: FaultServer, fetcher: Fetcher, work: Path, page: bytes
    ) -> None:
        server.add("/feed/index.txt", page)
        with pytest.raises(RejectDelivery, match="xzufi_index_is_markup"):
            at(server.url("/feed/"), fetcher).acquire(work)

    def test_an_index_of_too_many_files_is_refused(
        self, server: FaultServer, fetcher: Fetcher, work: Path
    ) -> None:
        server.add("/feed/index.txt", b"".join(b"%d.xml\n" % number for number in range(MAX_FILES + 1)))
        with pytest.raises(RejectDelivery, match="xzufi_index_too_long"):
            at(server.url("/feed/"), fetcher).acquire(work)

    def test_a_file_that_is_missing_makes_the_whole_delivery_unusable(
        self, server: FaultServer, fetcher: Fetcher, work: Path
    ) -> None:
        server.add("/feed/index.txt", b"1.xml\n2.xml\n3.xml\n")
        for name in ("1", "3"):
            server.add(f"/feed/{name}.xml", feed(name))
        records: list[object] = []
        with pytest.raises(RetryLater) as caught:
            records.extend(fetch(at(server.url("/feed/"), fetcher), work))
        assert caught.value.params["status"] == 404
        assert records == []

    def test_access_words_in_the_address_go_to_the_files_as_well(
        self, server: FaultServer, fetcher: Fetcher, work: Path
    ) -> None:
        server.add("/feed/index.txt", b"1.xml\n")
        server.add("/feed/1.xml", feed("A"))
        at(server.url("/feed/index.txt?token=geheim"), fetcher).acquire(work)
        assert [call.target for call in server.requests] == [
            "/feed/index.txt?token=geheim",
            "/feed/1.xml?token=geheim",
        ]


class TestChecks:
    def test_files_of_this_machine_are_counted(self, here: Path, fetcher: Fetcher) -> None:
        for name in ("1.xml", "2.zip"):
            (here / name).touch()
        assert at(here, fetcher).check() == Check(True, "xzufi_found", {"path": str(here), "files": 2})

    def test_files_of_an_index_are_counted_without_being_fetched(
        self, server: FaultServer, fetcher: Fetcher
    ) -> None:
        server.add("/feed/index.txt", b"1.xml\n2.xml\n1.xml\n")
        url = server.url("/feed/")
        assert at(url, fetcher).check() == Check(True, "xzufi_index_found", {"url": url, "files": 2})
        assert server.hits["/feed/1.xml"] == 0

    def test_a_file_may_be_larger_than_a_check_fetches(
        self, server: FaultServer, make_fetcher: Callable[..., Fetcher]
    ) -> None:
        server.add("/feed.xml", feed("A" * 1000))
        url = server.url("/feed.xml")
        for limit in (500, 5000):
            check = at(url, make_fetcher(max_bytes=limit)).check()
            assert check == Check(True, "xzufi_reachable", {"url": url})

    @pytest.mark.parametrize("entry", ["/feed/", "/leer/", "/fehlt.xml", "/fehlt/"])
    def test_what_is_wrong_with_a_source_may_be_put_right(
        self, server: FaultServer, fetcher: Fetcher, entry: str
    ) -> None:
        server.add("/feed/index.txt", b"../1.xml\n")
        server.add("/leer/index.txt", b"")
        with pytest.raises(RetryLater):
            at(server.url(entry), fetcher).check()
