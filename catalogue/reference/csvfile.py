"""Read a reference table from CSV: whole and strict, every error with its line."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from catalogue.errors import ImportRejected, LineError

__all__ = ["CsvFile", "ErrorList", "read_csv"]

MAX_BYTES = 64 * 1024 * 1024
DELIMITERS = (",", ";")


class ErrorList:
    """Errors of one file: all are counted, the first of them kept."""

    KEPT = 200

    def __init__(self) -> None:
        self.kept: list[LineError] = []
        self.total = 0

    def add(self, line: int, code: str, **params: str | int | float) -> None:
        """Note an error; line 1 is the header."""
        self.total += 1
        if len(self.kept) < self.KEPT:
            self.kept.append(LineError(line, code, params))

    def reject(self, table: str) -> None:
        """Raise ImportRejected if there is any error."""
        if self.total:
            kept = sorted(self.kept, key=lambda error: error.line)
            raise ImportRejected("import_rejected", kept, table=table, count=self.total)


@dataclass(frozen=True)
class CsvFile:
    """The cells of a CSV file, with the line on which each row begins."""

    header: tuple[str, ...]
    rows: tuple[tuple[int, list[str]], ...]
    digest: str  # SHA-256 of the bytes


def read_csv(source: Path | bytes | Iterable[str]) -> CsvFile:
    """Read a file, its bytes or its lines.

    UTF-8 with or without byte order mark; comma or semicolon, whichever the header uses. Raise
    ImportRejected if it cannot be read as such.
    """
    data = _bytes_of(source)
    if len(data) > MAX_BYTES:
        raise _rejected("import_too_large", 1, limit_mb=MAX_BYTES // 1024**2)
    text = _decode(data)
    rows = tuple(_rows(text))
    if not rows:
        raise _rejected("import_empty", 1)
    (_, header), *body = rows
    names = tuple(name.strip().lower() for name in header)
    return CsvFile(names, tuple(body), hashlib.sha256(data).hexdigest())


def _bytes_of(source: Path | bytes | Iterable[str]) -> bytes:
    if isinstance(source, bytes):
        return source
    if isinstance(source, Path):
        try:
            with source.open("rb") as file:
                return file.read(MAX_BYTES + 1)
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise ImportRejected("import_file", [], path=str(source), why=why) from None
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in source).encode()


def _decode(data: bytes) -> str:
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _rejected("import_not_utf8", data.count(b"\n", 0, error.start) + 1) from None


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    head = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for row in reader:
            if any(map(str.strip, row)):
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise _rejected("import_csv", line, why=str(error)) from None


def _rejected(code: str, line: int, **params: str | int | float) -> ImportRejected:
    return ImportRejected("import_unreadable", [LineError(line, code, params)])
