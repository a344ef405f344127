"""Unpacking ``.zip`` and ``.gz`` deliveries: in bounded memory, within limits, and nowhere else.

Nothing about an archive is believed. What it is shows in its first bytes, not in its name. Files are
written under numbers of our own, so that no name inside it can reach out of the folder, and names
that try are refused all the same. Any doubt rejects the delivery, and then nothing stays behind.
"""

from __future__ import annotations

import hashlib
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from connectors.errors import RejectDelivery
from connectors.inflate import CompressionBroken, Inflater, RatioExceeded
from connectors.replacement import storage_failed

__all__ = ["UnpackLimits", "UnpackedFile", "is_archive", "unpack"]

_BLOCK = 65_536
_DIGEST_SIZE = 16
#: Below this size (bytes) no ratio is suspicious.
_HARMLESS = 1_048_576
#: The table of contents is read at once; a larger one is not needed for any allowed archive.
_LARGEST_DIRECTORY = 4_194_304
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_GZIP = b"\x1f\x8b"
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_LONGEST_SHOWN = 120
_LONGEST_SUFFIX = 8


@dataclass(frozen=True)
class UnpackLimits:
    """How much may come out of one archive: bytes in all, times its own size, and entries."""

    max_bytes: int = 8 * 1_073_741_824
    max_ratio: int = 200
    max_entries: int = 10_000


_DEFAULT_LIMITS = UnpackLimits()


class UnpackedFile(NamedTuple):
    """A file that was unpacked.

    ``name`` is its name inside the archive, ``path`` where it is now, ``digest`` the BLAKE2b-128 hash
    (hex) of its content.
    """

    name: str
    path: Path
    size: int
    digest: str


class _Archive:
    """The archive in hand, with the limits and the folder for its files."""

    def __init__(self, path: Path, folder: Path, limits: UnpackLimits) -> None:
        self.path = path
        self.folder = folder
        self.limits = limits

    def rejected(self, code: str, **params: str | int) -> RejectDelivery:
        return RejectDelivery(code, archive=_shown(self.path.name), **params)

    def store(self, number: int, name: str, content: Iterator[bytes]) -> UnpackedFile:
        """Write one file."""
        digest = hashlib.blake2b(digest_size=_DIGEST_SIZE)
        target = self.folder / f"{number:06d}{_safe_suffix(name)}"
        size = 0
        with _disk_errors(self.folder), target.open("wb") as file:
            for block in content:
                file.write(block)
                digest.update(block)
                size += len(block)
        return UnpackedFile(name, target, size, digest.hexdigest())


def is_archive(path: Path) -> bool:
    """Tell whether a file starts like a .zip or .gz archive, whatever it is called."""
    with _disk_errors(path.parent), path.open("rb") as file:
        return _looks_packed(file.read(4))


def unpack(path: Path, folder: Path, limits: UnpackLimits = _DEFAULT_LIMITS) -> list[UnpackedFile]:
    """Unpack an archive below ``folder`` and return its files in the archive's order.

    Raise RejectDelivery if anything about it is wrong, RetryLater if the disk does not take it.
    """
    with _disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        inner = Path(tempfile.mkdtemp(prefix="unpacked-", dir=folder))
    try:
        return _unpack(_Archive(path, inner, limits))
    except BaseException:
        shutil.rmtree(inner, ignore_errors=True)
        raise


def _unpack(archive: _Archive) -> list[UnpackedFile]:
    with _disk_errors(archive.folder), archive.path.open("rb") as file:
        start = file.read(4)
        file.seek(0)
        if start in _ZIP:
            return _unpack_zip(archive, file)
        if start.startswith(_GZIP):
            return _unpack_gzip(archive, file)
    raise archive.rejected("archive_unknown")


def _unpack_gzip(archive: _Archive, file: IO[bytes]) -> list[UnpackedFile]:
    name = archive.path.name
    inner_name = name[:-3] if name.lower().endswith(".gz") else name
    content = _not_nested(archive, inner_name, _inflated(archive, file))
    return [archive.store(1, inner_name, content)]


def _inflated(archive: _Archive, file: IO[bytes]) -> Iterator[bytes]:
    limits = archive.limits
    inflater = Inflater(limits.max_ratio)
    size = 0
    try:
        while data := file.read(_BLOCK):
            for piece in inflater.feed(data):
                size += len(piece)
                if size > limits.max_bytes:
                    raise archive.rejected("archive_too_large", limit=limits.max_bytes)
                yield piece
        inflater.finish()
    except CompressionBroken as error:
        raise archive.rejected("archive_corrupt") from error
    except RatioExceeded as error:
        raise archive.rejected("archive_bomb", ratio=limits.max_ratio) from error


class _SmallReads:
    """A file for zipfile that refuses to hand out more than a table of contents may need."""

    def __init__(self, archive: _Archive, file: IO[bytes], size: int) -> None:
        self._archive = archive
        self._file = file
        self._size = size

    def read(self, size: int = -1, /) -> bytes:
        wanted = size if size >= 0 else self._size - self._file.tell()
        if wanted > _LARGEST_DIRECTORY:
            raise self._archive.rejected("archive_too_many", limit=self._archive.limits.max_entries)
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True


def _unpack_zip(archive: _Archive, file: IO[bytes]) -> list[UnpackedFile]:
    size = file.seek(0, 2)
    with _zip_errors(archive):
        directory = zipfile.ZipFile(_SmallReads(archive, file, size))
    with directory:
        entries = _checked_entries(archive, directory.infolist(), size)
        return [
            archive.store(number, name, _not_nested(archive, name, _content(archive, directory, entry)))
            for number, (name, entry) in enumerate(entries.items(), start=1)
        ]


def _checked_entries(
    archive: _Archive, infos: list[zipfile.ZipInfo], size: int
) -> dict[str, zipfile.ZipInfo]:
    """Return the files by name. Raise RejectDelivery before anything is written."""
    limits = archive.limits
    if len(infos) > limits.max_entries:
        raise archive.rejected("archive_too_many", limit=limits.max_entries)
    entries: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        name = _checked_name(archive, info)
        if name.endswith("/"):
            continue
        if name in entries:
            raise archive.rejected("archive_duplicate", entry=_shown(name))
        entries[name] = info
    if not entries:
        raise archive.rejected("archive_empty")
    # Reading an entry never yields more than its declared size, so the declared sum is a true limit.
    total = sum(info.file_size for info in entries.values())
    if total > limits.max_bytes:
        raise archive.rejected("archive_too_large", limit=limits.max_bytes)
    if total > max(_HARMLESS, size * limits.max_ratio):
        raise archive.rejected("archive_bomb", ratio=limits.max_ratio)
    return entries


def _checked_name(archive: _Archive, info: zipfile.ZipInfo) -> str:
    name = info.filename.replace("\\", "/")
    code = _fault_of(name, info)
    if code is not None:
        raise archive.rejected(code, entry=_shown(name))
    return name


def _fault_of(name: str, info: zipfile.ZipInfo) -> str | None:
    if not name or name.startswith("/") or ":" in name or ".." in name.split("/"):
        return "archive_path"
    if not _is_printable(name):
        return "archive_path"
    if info.flag_bits & _ENCRYPTED:
        return "archive_encrypted"
    if stat.S_IFMT(info.external_attr >> 16) not in {0, stat.S_IFREG, stat.S_IFDIR}:
        return "archive_link"
    if info.compress_type not in _METHODS:
        return "archive_method"
    return None


def _content(archive: _Archive, directory: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    with _zip_errors(archive), directory.open(entry) as stream:
        while data := stream.read(_BLOCK):
            yield data


def _not_nested(archive: _Archive, name: str, content: Iterator[bytes]) -> Iterator[bytes]:
    start = b""
    for block in content:
        start = (start + block[:4])[:4]
        if _looks_packed(start):
            raise archive.rejected("archive_nested", entry=_shown(name))
        yield block


def _looks_packed(start: bytes) -> bool:
    return start in _ZIP or start.startswith(_GZIP)


def _is_printable(name: str) -> bool:
    return not any(ord(character) < 0x20 or ord(character) == 0x7F for character in name)


def _shown(name: str) -> str:
    return "".join(character for character in name if character.isprintable())[:_LONGEST_SHOWN]


def _safe_suffix(name: str) -> str:
    suffix = PurePosixPath(name).suffix.lower()
    return suffix if suffix[1:].isalnum() and suffix.isascii() and len(suffix) <= _LONGEST_SUFFIX else ""


@contextmanager
def _zip_errors(archive: _Archive) -> Iterator[None]:
    try:
        yield
    except RejectDelivery:
        raise
    except Exception as error:
        # Hostile bytes reach corners of zipfile that raise anything, IndexError included.
        raise archive.rejected("archive_corrupt") from error


@contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise storage_failed(folder, error) from error
