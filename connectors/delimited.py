"""Delimited text (CSV and its relatives): encoding, delimiter and rows, in bounded memory.

A declared encoding is never overruled. Bytes that do not fit it reject the delivery and name the line:
a table with a few wrong letters would be compared as if it were right.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import ClassVar, TextIO

from connectors.errors import RejectDelivery
from connectors.tabular import TableOptions, Value, count_known_headers

__all__ = ["DELIMITERS", "ENCODINGS", "DelimitedFile", "open_delimited"]

#: Names an operator may use for a delimiter, and what they stand for.
DELIMITERS = {",": ",", ";": ";", "|": "|", "tab": "\t"}

#: Encodings an operator may declare; each maps every ASCII letter to itself or is a form of Unicode.
ENCODINGS = frozenset(
    {
        "ascii",
        "cp1252",
        "cp437",
        "cp850",
        "iso8859-1",
        "iso8859-15",
        "mac-roman",
        "utf-16",
        "utf-16-be",
        "utf-16-le",
        "utf-8",
        "utf-8-sig",
    }
)

CHUNK = 1 << 16
MAX_LINE = 1 << 20  # characters
MAX_ROW = 4 << 20  # characters, quoted line breaks included
PROOF_OF_UTF8 = 3  # so many sequences of several bytes are no accident of a one-byte encoding
SEPARATOR_LINE = re.compile(r"\ufeff?sep=([,;|\t])\r?\n?", re.IGNORECASE)


def open_delimited(path: Path, name: str, options: TableOptions, columns: Mapping[str, str]) -> DelimitedFile:
    """Return the rows of a delimited file. Raise RejectDelivery if it cannot be decoded."""
    encoding = _find_encoding(path, name, options.encoding)
    delimiter = options.delimiter
    if delimiter == "auto":
        delimiter = _find_delimiter(path, name, encoding, options.header_row, columns)
    return DelimitedFile(path, name, encoding, DELIMITERS.get(delimiter, delimiter))


class DelimitedFile:
    """The rows of a delimited file whose encoding and delimiter are known."""

    ragged_rows_matter: ClassVar[bool] = True

    def __init__(self, path: Path, name: str, encoding: str, delimiter: str) -> None:
        self._path = path
        self._name = name
        self.encoding = encoding
        self.delimiter = delimiter

    def rows(self) -> Iterator[Sequence[Value]]:
        """Yield every row; the line ``sep=;`` that Excel understands is not a row."""
        with self._path.open(encoding=self.encoding, newline="") as stream:
            lines = _Lines(stream, self._name)
            reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
            while True:
                lines.start_row()
                try:
                    row = next(reader)
                except StopIteration:
                    return
                except csv.Error:
                    raise RejectDelivery("list_quotes_broken", file=self._name, line=lines.row_line) from None
                except UnicodeError:
                    raise self._undecodable() from None
                yield row

    def _undecodable(self) -> RejectDelivery:
        line = _find_undecodable_line(self._path, self.encoding)
        return RejectDelivery(
            "list_undecodable", file=self._name, line=line, encoding=self.encoding.removesuffix("-sig")
        )


class _Lines:
    """The lines of a text, none of them and no row endless."""

    def __init__(self, stream: TextIO, name: str) -> None:
        self._stream = stream
        self._name = name
        self._line = 0
        self._taken = 0
        self.row_line = 1

    def start_row(self) -> None:
        self._taken = 0
        self.row_line = self._line + 1

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._stream.readline(MAX_LINE + 1)
        if self._line == 0 and SEPARATOR_LINE.fullmatch(line):
            line = self._stream.readline(MAX_LINE + 1)
        if not line:
            raise StopIteration
        self._line += 1
        self._taken += len(line)
        if len(line) > MAX_LINE or self._taken > MAX_ROW:
            raise RejectDelivery("list_row_endless", file=self._name, line=self.row_line)
        if "\0" in line:
            raise RejectDelivery("list_binary", file=self._name, line=self._line)
        return line


def _find_delimiter(path: Path, name: str, encoding: str, header_row: int, columns: Mapping[str, str]) -> str:
    """Return the delimiter that shows most of the configured columns in the header row."""
    found = ""
    best = (-1, 1)
    failure: RejectDelivery | None = None
    for delimiter in DELIMITERS.values():
        rows = DelimitedFile(path, name, encoding, delimiter).rows()
        try:
            header = next(islice(rows, header_row - 1, None), ())
        except RejectDelivery as error:
            failure = error
            continue
        # A single column counts as no delimiter at all: then nothing may split its cells.
        score = (count_known_headers(header, columns), len(header))
        if len(header) > 1 and score > best:
            found, best = delimiter, score
    if failure is not None and not found:
        raise failure
    return found or "\t"


def _find_encoding(path: Path, name: str, declared: str) -> str:
    with path.open("rb") as stream:
        mark = stream.read(3)
    has_utf8_mark = mark == codecs.BOM_UTF8
    has_utf16_mark = mark[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}
    if declared != "auto":
        encoding = codecs.lookup(declared).name
        _refuse_contradiction(path, name, encoding)
        return "utf-8-sig" if encoding == "utf-8" else encoding
    if has_utf8_mark:
        return "utf-8-sig"
    if has_utf16_mark:
        return "utf-16"
    whole, broken = _count_utf8(path)
    # Text in a one-byte encoding hardly ever holds a whole sequence of UTF-8; a few stray bytes in
    # UTF-8 must not turn every umlaut of the file into two letters.
    return "cp1252" if broken > whole else "utf-8"


def _refuse_contradiction(path: Path, name: str, encoding: str) -> None:
    """Raise RejectDelivery where a declared one-byte encoding would turn umlauts into pairs."""
    if encoding.startswith("utf"):
        return
    whole, broken = _count_utf8(path)
    if whole >= PROOF_OF_UTF8 and not broken:
        raise RejectDelivery("list_encoding_contradicted", file=name, encoding=encoding)


def _count_utf8(path: Path) -> tuple[int, int]:
    """Return how many characters beyond ASCII are whole in UTF-8, and how many bytes are not."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    whole = broken = 0
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            text = decoder.decode(chunk)
            if text.isascii():
                continue
            beyond = len(text) - len(text.encode("ascii", "ignore"))
            escaped = len(text) - len(text.encode("utf-8", "ignore").decode("utf-8"))
            whole += beyond - escaped
            broken += escaped
    rest = decoder.decode(b"", final=True)
    return whole, broken + len(rest)


def _find_undecodable_line(path: Path, encoding: str) -> int:
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with path.open("rb") as stream:
        while True:
            chunk = stream.read(CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                before = error.object[: error.start].decode(encoding, "ignore")
                return line + _count_breaks(before)
            except UnicodeError:  # UTF-16 without its mark
                return line
            if not chunk:
                return line
            line += _count_breaks(text)


def _count_breaks(text: str) -> int:
    return text.count("\n") or text.count("\r")
