"""Where an XZuFi delivery comes from: a file, a folder or an archive here, or a web address.

Whatever it is, plain XML files come out, in the order in which they are to be read. A delivery is
whole or not there at all: if one file of it is missing, none is used.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from connectors.archive import is_archive, unpack
from connectors.contract import Delivery, Part
from connectors.errors import RejectDelivery, RetryLater
from connectors.fetch import Fetcher
from connectors.replacement import describe
from connectors.urls import redact
from connectors.xmlprolog import shorten

__all__ = ["fetch_delivery", "is_index", "local_files", "open_delivery", "read_index"]

#: Files of a folder that belong to a delivery.
SUFFIXES = (".xml", ".xml.gz", ".zip")
INDEX = re.compile(r"(?:index[^/]*\.txt)?\Z", re.IGNORECASE)
#: A plain name: no folder, no host, nothing that an address treats specially.
PLAIN_NAME = re.compile(r"(?!\.)[^\x00-\x20\x7f/\\:?#]+(?: [^\x00-\x20\x7f/\\:?#]+)*\Z")
MAX_FILES = 10_000
LONGEST_NAME = 120


def open_delivery(location: Path, folder: Path) -> Delivery:
    """Take a file, archive or folder of this machine. Raise RetryLater if it is not there."""
    files = local_files(location)
    # Hashing and unpacking let other threads run, and may be all there is to do in a night.
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        found = threads.map(lambda file: list(_parts(file, file.name, folder)), files)
        return _assemble(chain.from_iterable(found))


def local_files(location: Path) -> list[Path]:
    """Return the files at a place on this machine, by name. Raise RetryLater or RejectDelivery."""
    try:
        if not location.is_dir():
            with location.open("rb"):
                return [location]
        files = [file for file in location.iterdir() if file.name.lower().endswith(SUFFIXES)]
        files = sorted((file for file in files if file.is_file()), key=lambda file: file.name)
    except FileNotFoundError:
        raise RetryLater("xzufi_not_found", path=str(location)) from None
    except (OSError, ValueError) as error:
        raise _unreadable(str(location), error) from error
    if not files:
        raise RejectDelivery("xzufi_folder_empty", path=str(location))
    return files


def fetch_delivery(location: str, folder: Path, fetcher: Fetcher) -> Delivery:
    """Fetch a file, an archive or all files that an index names. Raise any ConnectorError."""
    if not is_index(location):
        name = Path(urlsplit(location).path).name or "delivery.xml"
        return _assemble(_download(location, name, folder / "000001", fetcher))
    names = dict.fromkeys(read_index(location, fetcher))
    return _assemble(
        part
        for number, name in enumerate(names, start=1)
        for part in _download(_beside(location, name), name, folder / f"{number:06d}", fetcher)
    )


def is_index(location: str) -> bool:
    """Tell whether an address is that of a folder or of the index in one."""
    return bool(INDEX.match(urlsplit(location).path.rpartition("/")[2]))


def read_index(location: str, fetcher: Fetcher) -> list[str]:
    """Return the names in an index, one per line. Raise RejectDelivery for anything else in it."""
    address = location if urlsplit(location).path.rpartition("/")[2] else _beside(location, "index.txt")
    shown = redact(address)
    body = fetcher.get(address).body
    if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise RejectDelivery("xzufi_index_is_markup", url=shown)
    names = []
    for number, line in enumerate(_decoded(body).splitlines(), start=1):
        name = line.strip()
        if name and not PLAIN_NAME.match(name):
            raise RejectDelivery("xzufi_index_line", url=shown, line=number, entry=shorten(name))
        names.append(name)
    names = [name for name in names if name]
    if not names:
        raise RejectDelivery("empty_index", url=shown)
    if len(names) > MAX_FILES:
        raise RejectDelivery("xzufi_index_too_long", url=shown, limit=MAX_FILES)
    return names


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("latin-1")


def _beside(location: str, name: str) -> str:
    """Return the address of a name in the folder of an address; the host stays the same."""
    parts = urlsplit(location)
    path = parts.path.rpartition("/")[0] + "/" + quote(name, safe="")
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))


def _download(url: str, name: str, target: Path, fetcher: Fetcher) -> Iterator[Part]:
    download = fetcher.download(url, target)
    if not is_archive(target):
        yield Part(shorten(name, LONGEST_NAME), target, download.digest, download.size)
        return
    yield from _parts(target, name, target.parent)
    target.unlink()


def _parts(file: Path, name: str, folder: Path) -> Iterator[Part]:
    """Yield a file as it is, or the XML files of an archive by name."""
    try:
        packed = is_archive(file)
        if not packed:
            size, digest = describe(file)
            yield Part(shorten(name, LONGEST_NAME), file, digest, size)
            return
    except RetryLater as error:
        reason = str(error.params["reason"])
        raise RetryLater("xzufi_unreadable", path=str(file), reason=reason) from error
    unpacked = unpack(file, folder)
    files = [inner for inner in unpacked if inner.name.lower().endswith(".xml")]
    if len(unpacked) == 1:
        files = unpacked
    if not files:
        raise RejectDelivery("xzufi_archive_without_xml", archive=shorten(name, LONGEST_NAME))
    for inner in sorted(files, key=lambda inner: inner.name):
        shown = name if len(unpacked) == 1 else f"{name}/{inner.name}"
        yield Part(shorten(shown, LONGEST_NAME), inner.path, inner.digest, inner.size)


def _assemble(parts: Iterable[Part]) -> Delivery:
    """Return the delivery; a file with the same content as an earlier one is left out."""
    by_content: dict[str, Part] = {}
    for part in parts:
        by_content.setdefault(part.digest, part)
    digest = hashlib.blake2b(digest_size=16)
    for part in by_content.values():
        digest.update(f"{part.name}\0{part.digest}\n".encode())
    return Delivery(tuple(by_content.values()), digest.hexdigest())


def _unreadable(path: str, error: Exception) -> RetryLater:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
    return RetryLater("xzufi_unreadable", path=path, reason=reason)
