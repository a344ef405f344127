"""Lists: a CSV or XLSX file with one row per area and service, read by a mapping of its columns.

The file may be one that somebody keeps by hand, or the export of a survey that also says what was asked
and not found. It is read twice: once to find rows that share a ref, once to yield them.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from catalogue.records import Completeness, Issue, Offering, Record, Severity
from connectors.assignment import NOTHING, Assignment
from connectors.contract import Check, Delivery, Part, SourceSettings
from connectors.errors import AbortRun, RejectDelivery, RetryLater
from connectors.fetch import Fetcher
from connectors.fileformat import open_table
from connectors.listing_repeats import HeldRows, RepeatedRefs
from connectors.listing_rows import RowReader
from connectors.listing_settings import ListSettings
from connectors.replacement import Replacement
from connectors.tabular import Row, Table
from connectors.urls import redact

__all__ = ["CONNECTOR", "ListConnector"]

CHUNK = 1 << 20
UNSAFE_IN_NAMES = re.compile(r"[^\w.-]+")
NAME_LENGTH = 100


class ListConnector:
    """Reads a CSV or XLSX list."""

    kind: ClassVar[str] = "list"
    settings_model: ClassVar[type[SourceSettings]] = ListSettings
    reader_version: ClassVar[int] = 1
    heavy: ClassVar[bool] = False

    def __init__(self, settings: SourceSettings, fetcher: Fetcher) -> None:
        if not isinstance(settings, ListSettings):
            raise TypeError(f"{type(settings).__name__} are not the settings of a list")
        self._settings = settings
        self._fetcher = fetcher

    def check(self) -> Check:
        """Look whether the file is there. Raise RetryLater or AbortRun if it is not."""
        location = self._settings.location
        if not self._settings.is_remote:
            size = _size_of(_local_path(location))
            return Check(ok=True, code="list_found", params={"path": location, "size": size})
        url = redact(location)
        try:
            self._fetcher.get(location)
        except RejectDelivery as error:
            # More than a small answer is still an answer.
            if error.code != "too_large":
                raise RetryLater(error.code, **error.params) from error
        return Check(ok=True, code="list_reachable", params={"url": url})

    def acquire(self, folder: Path, _assignment: Assignment = NOTHING, /) -> Delivery:
        """Put the file into ``folder``: a list is read twice and must not change in between."""
        name = _file_name(self._settings)
        target = folder / (UNSAFE_IN_NAMES.sub("_", name)[-NAME_LENGTH:] or "list")
        if self._settings.is_remote:
            download = self._fetcher.download(self._settings.location, target)
            part = Part(name, download.path, download.digest, download.size)
        else:
            part = _copy(_local_path(self._settings.location), target, name, self._max_bytes)
        if part.size > self._max_bytes:
            raise RejectDelivery("list_too_large", file=name, limit=self._max_bytes)
        return Delivery((part,), _digest_names_and_contents(part))

    def read(self, part: Part) -> Iterator[Record]:
        """Yield the offerings of the list, what is irregular, and whether it was everything."""
        try:
            yield from self._read(part)
        except OSError as error:
            raise _unreadable(part.name, error) from error

    @property
    def _max_bytes(self) -> int:
        return self._settings.max_bytes

    def _read(self, part: Part) -> Iterator[Record]:
        settings = self._settings
        table = open_table(part.path, part.name, settings.table_options(), settings.headers())
        reader = RowReader(settings.meanings(), settings.fixed_values())
        repeated = RepeatedRefs(part.name)
        for row in self._rows(table, part.name):
            repeated.add(reader.read_ref(row))
        held = HeldRows(part.name)
        last: Row | None = None
        unread = False
        for last in self._rows(table, part.name):
            for record in _row_records(last, reader, repeated, held):
                unread = unread or (isinstance(record, Issue) and record.severity is Severity.SKIPPED)
                yield record
        yield from held.release()
        complete = settings.complete
        if complete and unread:
            # What an unreadable row says is not absent.
            yield Issue(Severity.NOTICE, "list_partly_read", "")
            complete = False
        # Nothing else in a text file shows that a transfer ended too early.
        if last is not None and last.shape == "short" and _ends_within_line(part.path):
            yield Issue(Severity.NOTICE, "row_cut_off", str(last.number))
            complete = False
        yield Completeness("everything" if complete else "part")

    def _rows(self, table: Table, name: str) -> Iterator[Row]:
        limit = self._settings.max_rows
        for count, row in enumerate(table.rows(), start=1):
            if count > limit:
                raise RejectDelivery("list_too_many_rows", file=name, limit=limit)
            yield row


CONNECTOR = ListConnector


def _row_records(
    row: Row, reader: RowReader, repeated: RepeatedRefs, held: HeldRows
) -> Iterator[Offering | Issue]:
    offering, issues = reader.read(row)
    yield from issues
    if offering is None:
        return
    if offering.ref not in repeated:
        yield offering
        return
    issue = held.hold(row.number, offering)
    if issue is not None:
        yield issue


def _ends_within_line(path: Path) -> bool:
    with path.open("rb") as stream:
        stream.seek(-min(2, path.stat().st_size), os.SEEK_END)
        return not stream.read().strip(b"\0").endswith((b"\n", b"\r"))


def _file_name(settings: ListSettings) -> str:
    """Return the name that messages use; of an address only its path, which holds no secrets."""
    if settings.is_remote:
        parts = urlsplit(settings.location)
        return Path(parts.path).name or parts.hostname or "list"
    return Path(settings.location).name or settings.location


def _local_path(location: str) -> Path:
    try:
        return Path(location).expanduser()
    except RuntimeError:  # nobody has the home folder that is asked for
        return Path(location)


def _size_of(path: Path) -> int:
    """Return the size of a file. Raise RetryLater or AbortRun if it is no readable file."""
    try:
        if path.exists() and not path.is_file():
            raise AbortRun("list_is_no_file", path=str(path))
        with path.open("rb"):
            return path.stat().st_size
    except FileNotFoundError:
        raise RetryLater("list_not_found", path=str(path)) from None
    except (OSError, ValueError) as error:
        raise _unreadable(str(path), error) from error


def _copy(source: Path, target: Path, name: str, limit: int) -> Part:
    size = _size_of(source)
    if size > limit:
        raise RejectDelivery("list_too_large", file=name, limit=limit)
    with Replacement(target) as copy:
        try:
            with source.open("rb") as stream:
                while copy.size <= limit and (chunk := stream.read(CHUNK)):
                    copy.write(chunk)
        except OSError as error:
            raise _unreadable(name, error) from error
        copy.commit()
    return Part(name, target, copy.digest, copy.size)


def _unreadable(file: str, error: Exception) -> RetryLater:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
    return RetryLater("list_unreadable", file=file, reason=reason)


def _digest_names_and_contents(part: Part) -> str:
    return hashlib.blake2b(f"{part.name}\0{part.digest}".encode(), digest_size=16).hexdigest()
