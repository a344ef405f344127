from __future__ import annotations

import errno
import gzip
import hashlib
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue import payloads
from catalogue.errors import NotFound
from catalogue.payloads import Content, keep_file, kept_files, left_drafts, place_of, stream_content

DELIVERY = b"<antwort>" + b"Zustaendigkeit " * 5_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "aufgehoben"


@pytest.fixture
def delivered(tmp_path: Path) -> Path:
    path = tmp_path / "lieferung.xml"
    path.write_bytes(DELIVERY)
    return path


def content_of(folder: Path, kept: Content) -> bytes:
    with stream_content(folder, kept.digest, kept.size) as chunks:
        return b"".join(chunks)


def test_a_file_is_kept_compressed_under_the_hash_of_its_content(folder: Path, delivered: Path) -> None:
    kept = keep_file(folder, delivered)
    assert kept.digest == hashlib.sha256(DELIVERY).hexdigest()
    assert kept.size == len(DELIVERY)
    place = place_of(folder, kept.digest)
    assert place.stat().st_size == kept.stored < kept.size / 10
    assert gzip.decompress(place.read_bytes()) == DELIVERY == content_of(folder, kept)


def test_only_its_owner_can_read_what_is_kept(folder: Path, delivered: Path) -> None:
    place = place_of(folder, keep_file(folder, delivered).digest)
    assert [path.stat().st_mode & 0o777 for path in (folder, place.parent, place)] == [0o700, 0o700, 0o600]


def test_the_same_content_is_kept_once_and_counts_as_new(folder: Path, delivered: Path) -> None:
    first = keep_file(folder, delivered)
    place = place_of(folder, first.digest)
    os.utime(place, (1, 1))
    other = delivered.with_name("zweite.xml")
    other.write_bytes(DELIVERY)
    assert keep_file(folder, other) == first
    assert list(kept_files(folder)) == [place]
    assert place.stat().st_mtime > 1


@given(st.binary(max_size=300))
def test_whatever_was_delivered_comes_back(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "x"
        path.write_bytes(content)
        assert content_of(Path(name) / "y", keep_file(Path(name) / "y", path)) == content


def test_a_full_disk_leaves_nothing_half_written(
    folder: Path, delivered: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(payloads.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        keep_file(folder, delivered)
    assert [path for path in folder.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("name", [".", "fehlt.xml"])
def test_what_is_no_file_cannot_be_kept(folder: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(OSError, match=r"directory|No such file"):
        keep_file(folder, tmp_path / name)
    assert not folder.exists()


def test_a_file_that_is_gone_is_told(folder: Path) -> None:
    with pytest.raises(NotFound, match="payload_gone"), stream_content(folder, "0" * 64, 1):
        pytest.fail("nothing is there")


@pytest.mark.parametrize("damage", ["cut", "bit", "other", "longer", "no gzip", "empty"])
def test_what_is_not_what_was_kept_is_told(folder: Path, delivered: Path, damage: str) -> None:
    kept = keep_file(folder, delivered)
    place = place_of(folder, kept.digest)
    packed = place.read_bytes()
    place.write_bytes(
        {
            "cut": packed[:-20],
            "bit": packed[:40] + bytes([packed[40] ^ 1]) + packed[41:],
            "other": gzip.compress(DELIVERY.replace(b"Z", b"X", 1)),
            "longer": gzip.compress(DELIVERY + b"."),
            "no gzip": DELIVERY,
            "empty": b"",
        }[damage]
    )
    with pytest.raises(NotFound, match="payload_damaged"):
        content_of(folder, kept)


def test_what_was_exchanged_for_a_bomb_is_not_unpacked(folder: Path, delivered: Path) -> None:
    kept = keep_file(folder, delivered)
    place_of(folder, kept.digest).write_bytes(gzip.compress(b"0" * 50_000_000))
    seen: list[int] = []
    with stream_content(folder, kept.digest, kept.size) as chunks, pytest.raises(NotFound):
        seen.extend(map(len, chunks))
    assert sum(seen) <= kept.size


def test_files_of_others_in_the_folder_are_not_ours(folder: Path, delivered: Path) -> None:
    kept = keep_file(folder, delivered)
    shelf = folder / kept.digest[:2]
    for foreign in (folder / "notizen.txt", shelf / "notizen.gz", folder / "brief.tmp"):
        foreign.write_text("x")
    (folder / "ff").mkdir(exist_ok=True)
    (folder / "ff" / f"00{'0' * 62}.gz").write_text("not on this shelf")
    (folder / ".payload-abc.tmp").write_text("left behind")
    assert list(kept_files(folder)) == [place_of(folder, kept.digest)]
    assert [path.name for path in left_drafts(folder)] == [".payload-abc.tmp"]
