"""Results as files and streams: CSV for spreadsheets, JSON for programs, tables for people.

Field names are English and stable, docs/data-dictionary.md lists them. A file appears under its name only
when it is complete.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, is_dataclass
from dataclasses import fields as fields_of
from functools import lru_cache
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import BinaryIO, Generic, TypeVar

from cli.blocks import Block, Line, print_blocks
from cli.problems import UsageProblem
from cli.texts import Texts

__all__ = [
    "FORMATS",
    "Output",
    "Result",
    "Value",
    "field_names",
    "opened",
    "plain",
    "write_csv",
    "write_file",
    "write_json",
]

FORMATS = ("table", "csv", "json")
#: Spreadsheets take a cell that begins with one of these for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
CSV_DELIMITER = ";"
CSV_BATCH = 1_000  # rows

Value = object
R = TypeVar("R")


@dataclass(frozen=True)
class Result(Generic[R]):
    """What a command has to say.

    ``rows`` are frozen dataclasses of one type, ``fields`` their names. ``meta`` is what JSON says beside
    the rows, ``blocks`` makes the view for people, given the rows to be shown.
    """

    fields: Sequence[str]
    rows: Sequence[R]
    blocks: Callable[[Sequence[R]], Sequence[Block]]
    meta: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Output:
    """Where and how a result is written."""

    format: str = "table"
    path: Path | None = None
    limit: int = 0  # rows; 0: all

    @classmethod
    def choose(
        cls,
        name: str,
        path: Path | None,
        limit: str = "",
        *,
        default_limit: int = 0,
        more: Sequence[str] = (),
    ) -> Output:
        """Read the options; without a format the file's suffix decides. Raise UsageProblem.

        ``more`` are formats that only this command knows, and that it writes itself.
        """
        known = (*FORMATS, *more)
        if not name and path is not None:
            suffix = path.suffix.lower().removeprefix(".")
            name = "table" if suffix in {"", "txt"} else suffix
        name = name or "table"
        if name not in known:
            raise UsageProblem("format", given=name, known=", ".join(known))
        if limit:
            return cls(name, path, _whole_number(limit))
        return cls(name, path, default_limit if name == "table" and path is None else 0)

    def write(self, result: Result[R], text: Texts) -> None:
        """Write a result. Raise OSError if that is not possible."""
        rows = result.rows[: self.limit] if self.limit else result.rows
        with opened(self.path) as stream:
            if self.format == "csv":
                write_csv(stream, result.fields, rows)
            elif self.format == "json":
                counts = {"rows": len(result.rows), "shown": len(rows)}
                write_json(stream, {**result.meta, "counts": counts}, result.fields, rows)
            else:
                blocks = [*result.blocks(rows), *_rest(len(result.rows) - len(rows), text)]
                print_blocks(blocks, stream, on_terminal=self.path is None and sys.stdout.isatty())

    def write_array(self, fields: Sequence[str], rows: Sequence[object]) -> None:
        """Write rows as a bare JSON array, where a command promises one. Raise OSError."""
        shown = rows[: self.limit] if self.limit else rows
        with opened(self.path) as stream:
            _write_rows(stream, b"[", fields, shown)
            stream.write(b"\n]\n")


def _rest(more: int, text: Texts) -> list[Block]:
    return [Line(text("view.more", count=text.number(more)))] if more else []


def _whole_number(written: str) -> int:
    if not written.isascii() or not written.isdigit() or len(written) > 9:
        raise UsageProblem("number", option="--limit", given=written)
    return int(written)


def field_names(row_type: type) -> tuple[str, ...]:
    """Return the names of a row's fields in their order."""
    if not is_dataclass(row_type):
        raise TypeError(row_type.__name__)
    return tuple(one.name for one in fields_of(row_type))


def plain(row: object) -> dict[str, Value]:
    """Return a row as a dictionary of what its fields hold."""
    return {name: getattr(row, name) for name in field_names(type(row))}


def write_file(path: Path, content: bytes) -> None:
    """Write a file as a whole. Raise OSError if that is not possible; then the old one stays."""
    with opened(path) as stream:
        stream.write(content)


@contextmanager
def opened(path: Path | None) -> Iterator[BinaryIO]:
    """Give the standard output, or a file that replaces ``path`` when everything was written."""
    if path is None:
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        handle, name = tempfile.mkstemp(prefix=".lueckenlos-", suffix=".tmp", dir=path.parent)
        draft = Path(name)
    except OSError as error:
        raise _named(error, path) from None
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        draft.chmod(0o666 & ~_umask())
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise _named(error, path) from None
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _named(error: OSError, path: Path) -> OSError:
    """Return an error that names the file that was asked for, not the draft of it."""
    return OSError(error.errno, error.strerror or type(error).__name__, str(path))


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_csv(stream: BinaryIO, fields: Sequence[str], rows: Sequence[object]) -> None:
    """Write rows for spreadsheets: a header, `;` between cells, no cell that could be a formula."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=CSV_DELIMITER, lineterminator="\r\n")
    writer.writerow(fields)
    stream.write(codecs.BOM_UTF8)
    values = _values(fields, rows)
    while batch := list(islice(values, CSV_BATCH)):
        writer.writerows([_cell(value) for value in row] for row in batch)
        _empty_into(text, stream)
    _empty_into(text, stream)


def _empty_into(text: io.StringIO, stream: BinaryIO) -> None:
    stream.write(text.getvalue().encode(errors="replace"))
    text.seek(0)
    text.truncate()


def _values(fields: Sequence[str], rows: Sequence[object]) -> Iterator[tuple[Value, ...]]:
    """Return the values of each row's fields."""
    if len(fields) == 1:
        return ((getattr(row, fields[0]),) for row in rows)
    return map(attrgetter(*fields), rows)


def _cell(value: Value) -> str:
    """Return a value for a spreadsheet in a German office."""
    if isinstance(value, str):
        return _harmless(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value}".replace(".", ",")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, tuple) and all(isinstance(one, str) for one in value):
        return _harmless("|".join(value))
    return json.dumps(value, ensure_ascii=False, default=plain)


@lru_cache(maxsize=10_000)  # most texts of a long list occur again and again
def _harmless(written: str) -> str:
    text = written
    if not text.isprintable():
        text = "".join(one for one in text if one.isprintable() or one in "\t\r\n")
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def write_json(
    stream: BinaryIO, meta: Mapping[str, Value], fields: Sequence[str], rows: Sequence[object]
) -> None:
    """Write one object with ``meta`` and ``rows``; each row on its own line, so that files compare well."""
    head = json.dumps(meta, ensure_ascii=False, indent=2, default=plain)
    _write_rows(stream, f'{{\n"meta": {head},\n"rows": ['.encode(errors="replace"), fields, rows)
    stream.write(b"\n]\n}\n")


def _write_rows(stream: BinaryIO, opening: bytes, fields: Sequence[str], rows: Sequence[object]) -> None:
    stream.write(opening)
    encode = json.JSONEncoder(ensure_ascii=False, default=plain).encode
    for number, values in enumerate(_values(fields, rows)):
        line = encode(dict(zip(fields, values, strict=True)))
        stream.write(f"{',' if number else ''}\n{line}".encode(errors="replace"))
