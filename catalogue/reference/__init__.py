"""Reference tables: what should be offered, where, and by whom; loaded, imported, and with origin."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from catalogue.errors import ImportRejected
from catalogue.reference.apply import ImportResult, apply_file
from catalogue.reference.csvfile import read_csv
from catalogue.reference.fields import is_date
from catalogue.reference.packaged import load_packaged
from catalogue.reference.releases import Release, ReleaseNote, origin_of, releases
from catalogue.reference.specs import SPECS, spec_of, table_of
from catalogue.store import Store

__all__ = [
    "TABLES",
    "ImportResult",
    "Release",
    "columns_of",
    "import_reference",
    "load_packaged",
    "origin_of",
    "releases",
    "table_of",
]

#: The reference tables by name.
TABLES = tuple(SPECS)


def columns_of(table: str) -> tuple[tuple[str, bool], ...]:
    """Return the columns of a table's files, each with whether it must be there."""
    return tuple((field.name, field.required) for field in spec_of(table).fields)


def import_reference(
    store: Store,
    table: str | None,
    source: Path | bytes | Iterable[str],
    *,
    origin: str,
    licence: str,
    as_of: str,
    replace: bool,
) -> ImportResult:
    """Extend or replace a reference table from a CSV file, wholly or not at all.

    ``table`` None means that the header tells. With ``replace`` the table is afterwards what the file
    says; areas are never deleted but marked as abolished. ``as_of`` is the ISO date of the facts.
    Raise ImportRejected, with the errors by line, if anything about the file is wrong.
    """
    note = ReleaseNote(origin.strip(), licence.strip(), as_of)
    if not is_date(as_of):
        raise ImportRejected("import_as_of", [], value=as_of[:60])
    if not note.origin or not note.licence:
        raise ImportRejected("import_origin", [])
    explicit = spec_of(table) if table is not None else None
    file = read_csv(source)
    spec = explicit or spec_of(table_of(file.header))
    with store.write() as connection:
        return apply_file(connection, spec, file, note, replace=replace)
