"""Files of deliveries, kept for a while: compressed, each content once, in a folder beside the database.

A file lies at ``<first two digits>/<SHA-256 of its content>.gz`` and can be read by its owner only: what is
delivered may name people, whom the catalogue itself does not know. Nothing else in the folder is touched.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from catalogue.errors import NotFound

__all__ = ["Content", "keep_file", "kept_files", "left_drafts", "place_of", "stream_content"]

LEVEL = 6
CHUNK = 1 << 20  # bytes
_KEPT = re.compile(r"[0-9a-f]{64}\.gz")
_DRAFT = ".payload-"


class Content(NamedTuple):
    """What a file holds: its SHA-256 (hex), its length and that of the compressed one, in bytes."""

    digest: str
    size: int
    stored: int


def place_of(folder: Path, digest: str) -> Path:
    """Return where a content lies."""
    return folder / digest[:2] / f"{digest}.gz"


def keep_file(folder: Path, path: Path) -> Content:
    """Keep what a file holds, unless it is kept already. Raise OSError; then nothing is left behind."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        place = place_of(folder, digest)
        if place.exists():
            os.utime(place)  # an orphan goes by its age
            return Content(digest, stream.tell(), place.stat().st_size)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        stream.seek(0)
        return _compress(stream, folder)


def _compress(stream: BinaryIO, folder: Path) -> Content:
    # Hashed anew: a file that is not ours may have changed since.
    digest, size = hashlib.sha256(), 0
    handle, name = tempfile.mkstemp(prefix=_DRAFT, suffix=".tmp", dir=folder)  # for its owner only
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as raw:
            with gzip.GzipFile("", "wb", LEVEL, raw, mtime=0) as packed:
                while chunk := stream.read(CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
                    packed.write(chunk)
            raw.flush()
            os.fsync(raw.fileno())
        place = place_of(folder, digest.hexdigest())
        place.parent.mkdir(mode=0o700, exist_ok=True)
        stored = draft.stat().st_size
        draft.replace(place)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return Content(digest.hexdigest(), size, stored)


@contextmanager
def stream_content(folder: Path, digest: str, size: int) -> Iterator[Iterator[bytes]]:
    """Give a content of a known size piece by piece.

    Raise NotFound if it is not there, or, in the end, if it is not what was kept; OSError if it cannot be
    read.
    """
    try:
        raw = place_of(folder, digest).open("rb")
    except FileNotFoundError:
        raise NotFound("payload_gone", digest=digest, folder=str(folder)) from None
    with raw, gzip.GzipFile(fileobj=raw) as packed:
        yield _checked(packed, digest, size)


def _checked(packed: gzip.GzipFile, digest: str, size: int) -> Iterator[bytes]:
    seen, left = hashlib.sha256(), size
    try:
        while chunk := packed.read(min(CHUNK, left + 1)):
            left -= len(chunk)
            if left < 0:
                break
            seen.update(chunk)
            yield chunk
    except (EOFError, gzip.BadGzipFile, zlib.error):
        left = -1
    if left or seen.hexdigest() != digest:
        raise NotFound("payload_damaged", digest=digest)


def kept_files(folder: Path) -> Iterator[Path]:
    """Yield the files that are kept in a folder, and no others. Raise OSError."""
    for shelf in sorted(folder.glob("[0-9a-f][0-9a-f]")):
        if shelf.is_dir() and not shelf.is_symlink():
            for path in sorted(shelf.iterdir()):
                if _KEPT.fullmatch(path.name) and path.name.startswith(shelf.name):
                    yield path


def left_drafts(folder: Path) -> Iterator[Path]:
    """Yield what was left half-written when a process was killed."""
    yield from sorted(folder.glob(f"{_DRAFT}*.tmp"))
