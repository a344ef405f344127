"""The published files: their names, their types, their sizes and hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from catalogue.messages import LANGUAGES, has_text, text
from catalogue.reports.opendata.columns import Table

__all__ = ["CATALOGUE", "FORMATS", "MANIFEST", "Format", "PublishedFile", "column_text", "describe_file"]

#: The description of all data sets, and the list of all files with their hashes.
CATALOGUE: Final = "catalogue.jsonld"
MANIFEST: Final = "manifest.json"


@dataclass(frozen=True, slots=True)
class Format:
    """A format of data: ending, media type, and its name in the EU's list of file types."""

    ending: str
    media_type: str
    file_type: str


FORMATS: Final = (
    Format("csv", "text/csv", "CSV"),
    Format("json", "application/json", "JSON"),
    Format("parquet", "application/vnd.apache.parquet", "PARQUET"),
)
_MEDIA_TYPES: Final = {one.ending: one.media_type for one in FORMATS} | {"jsonld": "application/ld+json"}


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """One file: ``table`` is empty for those that describe, ``rows`` None for them.

    ``bytes`` is its size, ``sha256`` its hash in hexadecimal digits.
    """

    file: str
    table: str
    media_type: str
    rows: int | None
    bytes: int
    sha256: str


def describe_file(path: Path, table: str = "", rows: int | None = None) -> PublishedFile:
    """Return what is true of a written file. Raise OSError if it cannot be read."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    media_type = _MEDIA_TYPES[path.suffix.removeprefix(".")]
    if path.name.endswith("-metadata.json"):
        media_type = "application/csvm+json"
    return PublishedFile(path.name, table, media_type, rows, path.stat().st_size, digest)


def column_text(table: Table, column: str) -> Mapping[str, str]:
    """Return what a column means, by language; the table's own words before those all tables share."""
    own = f"open_column.{table.name}_{column}"
    key = own if has_text(own) else f"open_column.{column}"
    return {language: text(language, key) for language in LANGUAGES}
