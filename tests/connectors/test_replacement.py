"""Files that are replaced at once and completely, or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path
from typing import IO

import pytest

from connectors.errors import RetryLater
from connectors.replacement import Replacement, describe


def test_a_file_appears_only_with_the_commit(tmp_path: Path) -> None:
    target = tmp_path / "feed.xml"
    with Replacement(target) as replacement:
        replacement.write(b"neu")
        assert not target.exists()
        replacement.commit()
    assert target.read_bytes() == b"neu"
    assert replacement.size == 3
    assert replacement.digest == hashlib.blake2b(b"neu", digest_size=16).hexdigest()
    assert list(tmp_path.iterdir()) == [target]


def write(target: Path, data: bytes) -> None:
    with Replacement(target) as replacement:
        replacement.write(data)
        replacement.commit()


def interrupt(target: Path) -> None:
    with Replacement(target) as replacement:
        replacement.write(b"half of it")
        raise KeyboardInterrupt


def test_without_a_commit_the_old_file_stays_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "feed.xml"
    target.write_bytes(b"alt")
    with pytest.raises(KeyboardInterrupt):
        interrupt(target)
    assert target.read_bytes() == b"alt"
    assert list(tmp_path.iterdir()) == [target]


def test_a_missing_folder_is_an_error_of_this_machine(tmp_path: Path) -> None:
    with pytest.raises(RetryLater, match="storage_failed"):
        write(tmp_path / "missing" / "feed.xml", b"neu")


def test_a_full_disk_is_an_error_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RetryLater) as caught:
        write(tmp_path / "feed.xml", b"neu")
    assert caught.value.code == "storage_failed"
    assert caught.value.params["reason"] == os.strerror(errno.ENOSPC)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_up_while_writing_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def open_full(handle: int, mode: str) -> IO[bytes]:
        os.close(handle)
        return Path("/dev/full").open(mode)

    monkeypatch.setattr(os, "fdopen", open_full)
    with pytest.raises(RetryLater, match="storage_failed"):
        write(tmp_path / "feed.xml", bytes(1_000_000))
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_described_by_size_and_digest(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_bytes(b"neu")
    assert describe(path) == (3, hashlib.blake2b(b"neu", digest_size=16).hexdigest())


def test_a_missing_file_has_no_description(tmp_path: Path) -> None:
    assert describe(tmp_path / "feed.xml") == (0, "")


def test_what_is_no_file_cannot_be_described(tmp_path: Path) -> None:
    with pytest.raises(RetryLater, match="storage_failed"):
        describe(tmp_path)
