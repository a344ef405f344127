"""Unpacking deliveries: completely and in order, or not at all."""

from __future__ import annotations

import gzip
import hashlib
import io
import stat
import tracemalloc
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.archive import UnpackLimits, is_archive, unpack
from connectors.errors import RejectDelivery, RetryLater

MEBIBYTE = 1_048_576


def zipped(entries: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def with_entry(info: zipfile.ZipInfo, content: bytes = b"x") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(info, content)
    return buffer.getvalue()


def patched(data: bytes, old: bytes, new: bytes) -> bytes:
    assert old in data
    assert len(old) == len(new)
    return data.replace(old, new)


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """Give the folder to unpack into."""
    return tmp_path / "work"


def save(tmp_path: Path, data: bytes, name: str = "lieferung.zip") -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


def rejection(path: Path, work: Path, limits: UnpackLimits | None = None) -> RejectDelivery:
    """Return why an archive was rejected, after making sure that nothing stayed behind."""
    with pytest.raises(RejectDelivery) as caught:
        unpack(path, work, limits or UnpackLimits())
    assert list(work.iterdir()) == []
    assert sorted(path.parent.iterdir()) == sorted([path, work])
    return caught.value


def test_files_come_in_the_archive_s_order(tmp_path: Path, work: Path) -> None:
    path = save(tmp_path, zipped({"b/2.xml": b"<zwei/>", "a/1.xml": b"<eins/>", "3.XML": b""}))
    files = unpack(path, work)
    assert [(file.name, file.size) for file in files] == [
        ("b/2.xml", 7), ("a/1.xml", 7), ("3.XML", 0),
    ]  # fmt: skip
    assert [file.path.read_bytes() for file in files] == [b"<zwei/>", b"<eins/>", b""]
    assert files[0].digest == hashlib.blake2b(b"<zwei/>", digest_size=16).hexdigest()


def test_files_get_names_of_our_own_that_keep_the_ending(tmp_path: Path, work: Path) -> None:
    names = ["ä/Übersicht.xml", "CON.XML", "x" * 300 + ".csv", "lang.endung_mit_x", "ohne"]
    files = unpack(save(tmp_path, zipped(dict.fromkeys(names, b"x"))), work)
    assert [file.name for file in files] == names
    assert [file.path.name for file in files] == [
        "000001.xml", "000002.xml", "000003.csv", "000004", "000005",
    ]  # fmt: skip
    assert all(file.path.parent.parent == work for file in files)


def test_folders_are_no_files(tmp_path: Path, work: Path) -> None:
    path = save(tmp_path, zipped({"feed/": b"", "feed/1.xml": b"<eins/>"}))
    assert [file.name for file in unpack(path, work)] == ["feed/1.xml"]


def test_backslashes_separate_as_well(tmp_path: Path, work: Path) -> None:
    data = patched(zipped({"feed/1.xml": b"x"}), b"feed/1.xml", b"feed\\1.xml")
    assert [file.name for file in unpack(save(tmp_path, data), work)] == ["feed/1.xml"]


def test_stored_entries_are_read_too(tmp_path: Path, work: Path) -> None:
    path = save(tmp_path, zipped({"1.xml": b"<eins/>"}, zipfile.ZIP_STORED))
    assert unpack(path, work)[0].path.read_bytes() == b"<eins/>"


@pytest.mark.parametrize(
    ("archive", "inner"),
    [("feed.xml.gz", "feed.xml"), ("FEED.XML.GZ", "FEED.XML"), ("feed", "feed")],
)
def test_a_gzip_file_is_one_file(tmp_path: Path, work: Path, archive: str, inner: str) -> None:
    path = save(tmp_path, gzip.compress(b"<feed>") + gzip.compress(b"</feed>"), archive)
    (file,) = unpack(path, work)
    assert (file.name, file.path.read_bytes()) == (inner, b"<feed></feed>")


def test_archives_are_known_by_their_first_bytes(tmp_path: Path) -> None:
    assert is_archive(save(tmp_path, zipped({"1.xml": b""}), "feed.xml"))
    assert is_archive(save(tmp_path, gzip.compress(b""), "feed.xml"))
    assert not is_archive(save(tmp_path, b"<feed/>", "feed.zip"))
    assert not is_archive(save(tmp_path, b"", "feed.zip"))


@pytest.mark.parametrize("data", [b"", b"PK", b"<feed/>", b"<!DOCTYPE html>", b"Rar!\x1a\x07\x00"])
def test_what_is_no_archive_is_rejected(tmp_path: Path, work: Path, data: bytes) -> None:
    error = rejection(save(tmp_path, data), work)
    assert (error.code, error.params) == ("archive_unknown", {"archive": "lieferung.zip"})


def test_an_archive_without_files_is_rejected(tmp_path: Path, work: Path) -> None:
    assert rejection(save(tmp_path, zipped({})), work).code == "archive_empty"
    assert rejection(save(tmp_path, zipped({"feed/": b""})), work).code == "archive_empty"


@pytest.mark.parametrize(
    "name",
    [
        "../1.xml", "feed/../../1.xml", "..", "..\\1.xml", "/etc/passwd", "//server/1.xml",
        "\\1.xml", "C:\\1.xml", "c:1.xml", "1.xml:stream", "1\n.xml", "1\x7f.xml",
    ],
)  # fmt: skip
def test_names_that_reach_out_are_rejected(tmp_path: Path, work: Path, name: str) -> None:
    path = save(tmp_path, zipped({"good.xml": b"<eins/>", name: b"x"}))
    error = rejection(path, work)
    assert error.code == "archive_path"
    assert str(error.params["entry"]).isprintable()


def test_an_entry_without_a_name_is_rejected(tmp_path: Path, work: Path) -> None:
    data = zipped({"1": b"x"}).replace(b"1PK", b"\0PK")
    assert rejection(save(tmp_path, data), work).code == "archive_path"


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices_are_rejected(tmp_path: Path, work: Path, kind: int) -> None:
    info = zipfile.ZipInfo("feed.xml")
    info.external_attr = (kind | 0o777) << 16
    error = rejection(save(tmp_path, with_entry(info, b"/etc/passwd")), work)
    assert (error.code, error.params["entry"]) == ("archive_link", "feed.xml")


def test_encrypted_entries_are_rejected_by_name(tmp_path: Path, work: Path) -> None:
    data = zipped({"feed.xml": b"<eins/>"})
    # the general purpose flags, once in front of the content and once in the table of contents
    data = patched(data, b"PK\x03\x04\x14\x00\x00\x00", b"PK\x03\x04\x14\x00\x01\x00")
    data = patched(data, b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00")
    error = rejection(save(tmp_path, data), work)
    assert (error.code, error.params["entry"]) == ("archive_encrypted", "feed.xml")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_compression_that_cannot_be_bounded_is_rejected(tmp_path: Path, work: Path, method: int) -> None:
    path = save(tmp_path, zipped({"feed.xml": b"<eins/>"}, method))
    assert rejection(path, work).code == "archive_method"


def test_two_entries_of_one_name_are_rejected(tmp_path: Path, work: Path) -> None:
    data = patched(zipped({"1.xml": b"eins", "2.xml": b"zwei"}), b"2.xml", b"1.xml")
    assert rejection(save(tmp_path, data), work).code == "archive_duplicate"


@pytest.mark.parametrize(
    "inner",
    [zipped({"1.xml": b"x"}), zipped({}), gzip.compress(b"x")],
    ids=["zip", "empty zip", "gzip"],
)
def test_archives_inside_archives_are_rejected(tmp_path: Path, work: Path, inner: bytes) -> None:
    path = save(tmp_path, zipped({"good.xml": b"<eins/>", "inner.xml": inner}))
    error = rejection(path, work)
    assert (error.code, error.params["entry"]) == ("archive_nested", "inner.xml")
    path = save(tmp_path, gzip.compress(inner))
    assert rejection(path, work).code == "archive_nested"


def test_a_zip_bomb_is_rejected_before_anything_is_written(tmp_path: Path, work: Path) -> None:
    path = save(tmp_path, zipped({"bomb.xml": bytes(20 * MEBIBYTE)}))
    error = rejection(path, work)
    assert (error.code, error.params["ratio"]) == ("archive_bomb", 200)


def test_a_gzip_bomb_is_stopped_in_bounded_memory(tmp_path: Path, work: Path) -> None:
    path = save(tmp_path, gzip.compress(bytes(20 * MEBIBYTE)))
    tracemalloc.start()
    error = rejection(path, work)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert error.code == "archive_bomb"
    assert peak < 2 * MEBIBYTE


def test_small_archives_may_be_as_repetitive_as_they_like(tmp_path: Path, work: Path) -> None:
    path = save(tmp_path, zipped({"feed.xml": b" " * MEBIBYTE}))
    assert unpack(path, work)[0].size == MEBIBYTE


def test_a_bomb_that_lies_about_its_size_is_corrupt(tmp_path: Path, work: Path) -> None:
    content = bytes(20 * MEBIBYTE)
    data = zipped({"bomb.xml": content})
    data = patched(data, len(content).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    assert rejection(save(tmp_path, data), work).code == "archive_corrupt"


@pytest.mark.parametrize(
    "packed",
    [zipped({"1.xml": b"x" * 60, "2.xml": b"y" * 41}), gzip.compress(b"x" * 101)],
    ids=["zip", "gzip"],
)
def test_the_limit_in_bytes_is_for_the_whole_archive(tmp_path: Path, work: Path, packed: bytes) -> None:
    path = save(tmp_path, packed)
    error = rejection(path, work, UnpackLimits(max_bytes=100))
    assert (error.code, error.params["limit"]) == ("archive_too_large", 100)
    assert sum(file.size for file in unpack(path, work, UnpackLimits(max_bytes=101))) == 101


def test_too_many_entries_are_rejected(tmp_path: Path, work: Path) -> None:
    path = save(tmp_path, zipped({f"{number}.xml": b"" for number in range(11)}))
    error = rejection(path, work, UnpackLimits(max_entries=10))
    assert (error.code, error.params["limit"]) == ("archive_too_many", 10)
    assert len(unpack(path, work, UnpackLimits(max_entries=11))) == 11


def test_a_hundred_thousand_entries_are_not_even_listed(tmp_path: Path, work: Path) -> None:
    # A table of contents of one entry, repeated; no archive writer is this quick.
    data = zipped({"1.xml": b""})
    start, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    table = data[start:end] * 100_000
    tail = bytearray(data[end:])
    tail[12:16] = len(table).to_bytes(4, "little")
    path = save(tmp_path, data[:start] + table + bytes(tail))
    tracemalloc.start()
    error = rejection(path, work)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert error.code == "archive_too_many"
    assert peak < 2 * MEBIBYTE


@pytest.mark.parametrize("share", [5, 30, 60, 90, 99])
def test_a_cut_archive_is_rejected(tmp_path: Path, work: Path, share: int) -> None:
    content = b"".join(b"%d;" % number for number in range(20_000))
    for whole in (zipped({"1.xml": content, "2.xml": content}), gzip.compress(content)):
        path = save(tmp_path, whole[: len(whole) * share // 100])
        assert rejection(path, work).code == "archive_corrupt"


def test_damage_inside_an_entry_is_noticed(tmp_path: Path, work: Path) -> None:
    data = zipped({"1.xml": b"<eins/>", "2.xml": b"<leistung/>"}, zipfile.ZIP_STORED)
    path = save(tmp_path, patched(data, b"<leistung/>", b"<leistunG/>"))
    assert rejection(path, work).code == "archive_corrupt"


WHOLE = zipped({"feed/1.xml": b"<eins/>" * 50, "2.xml": b"<zwei/>"})


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    position=st.integers(min_value=4, max_value=len(WHOLE) - 1),
    garbage=st.binary(min_size=1, max_size=12),
)
def test_no_damage_causes_anything_but_a_rejection(tmp_path: Path, position: int, garbage: bytes) -> None:
    path = save(tmp_path, WHOLE[:position] + garbage + WHOLE[position + len(garbage) :])
    work = tmp_path / "work"
    with suppress(RejectDelivery):
        assert all(file.path.is_relative_to(work) for file in unpack(path, work))


def test_a_missing_archive_is_no_fault_of_the_source(tmp_path: Path, work: Path) -> None:
    with pytest.raises(RetryLater, match="storage_failed"):
        unpack(tmp_path / "missing.zip", work)
    assert list(work.iterdir()) == []


def test_a_folder_that_cannot_be_used_is_no_fault_of_the_source(tmp_path: Path) -> None:
    path = save(tmp_path, zipped({"1.xml": b"x"}))
    with pytest.raises(RetryLater, match="storage_failed"):
        unpack(path, path / "work")


def test_a_full_disk_leaves_nothing_behind(
    tmp_path: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save(tmp_path, zipped({"1.xml": b"x" * 100_000, "2.xml": b"x"}))
    open_really = Path.open

    def open_on_full_disk(self: Path, mode: str = "r") -> object:
        return open_really(Path("/dev/full") if "w" in mode else self, mode)

    monkeypatch.setattr(Path, "open", open_on_full_disk)
    with pytest.raises(RetryLater, match="storage_failed"):
        unpack(path, work)
    assert list(work.iterdir()) == []
