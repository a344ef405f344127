"""Lists that make a gap more urgent: which services are on them, from CSV files or a mark of the catalogue.

A file has the columns ``ozg_id`` or ``leika_key`` or both, one of them filled in each row, and may have
``list``, ``weight``, ``origin`` and ``confidence``. A LeiKa key puts its OZG service on the list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy import Connection, select

from catalogue.errors import ImportRejected
from catalogue.levels import CONFIDENCES
from catalogue.reference.csvfile import CsvFile, ErrorList, read_csv
from catalogue.reference.fields import Field, FieldError, Value, choice, key, pattern, text
from catalogue.tables import leika_service, ozg_service

__all__ = ["FLAGS", "Entry", "Memberships", "PriorityList", "read_lists", "resolve"]

#: Marks of the catalogue that can be a list.
FLAGS: Final = ("sdg1", "sdg2")
MOST_ROWS: Final = 20_000
LONGEST_NAME: Final = 60
#: Names are separated by blanks where they are shown, and two rows of a list are told apart by them.
_NAME = r"[^\s|;,]{1,60}"
_FIELDS: Final = {
    one.name: one
    for one in (
        Field("ozg_id", key("ozg_id", empty=True), required=False),
        Field("leika_key", key("leika_key", empty=True), required=False),
        Field("list", pattern(f"({_NAME})?", "fokusleistung"), required=False),
        Field("weight", pattern(r"(0([.,][0-9]{1,4})?|1([.,]0{1,4})?)?", "0,5"), required=False),
        Field("origin", text(500, empty=True), required=False),
        Field("confidence", choice(*CONFIDENCES, empty=True), required=False),
    )
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a list; either of the keys is filled. ``weight`` is None where the list's own counts."""

    ozg_id: str
    leika_key: str
    weight: float | None = None
    origin: str = ""
    confidence: str = ""


@dataclass(frozen=True, slots=True)
class PriorityList:
    """One list; with ``flag`` all services that have this mark in the catalogue are on it.

    ``weight`` is what being on it gives of the part, from 0 to 1.
    """

    name: str
    weight: float = 1.0
    flag: str = ""
    origin: str = ""
    inferred: bool = False
    entries: tuple[Entry, ...] = ()


class Memberships(NamedTuple):
    """The lists of each OZG service with their weights, and entries the catalogue does not know."""

    of_service: Mapping[str, tuple[tuple[str, float], ...]]
    unknown: tuple[tuple[str, str], ...]  # list and key


def read_lists(path: Path) -> dict[str, tuple[Entry, ...]]:
    """Return the entries of a file by the name of their list; without one it is the file's name.

    Raise ImportRejected with every faulty line.
    """
    errors = ErrorList()
    file = read_csv(path)
    found: dict[str, list[Entry]] = {}
    if len(file.rows) > MOST_ROWS:
        errors.add(file.rows[MOST_ROWS][0], "list_too_long", limit=MOST_ROWS)
    elif _header_is_right(file, errors):
        for line, cells in file.rows:
            row = _row(line, file.header, cells, errors)
            if row is not None:
                name = str(row.get("list") or "_".join(path.stem.split())[:LONGEST_NAME])
                found.setdefault(name, []).append(_entry(row))
    if errors.total:
        kept = sorted(errors.kept, key=lambda error: error.line)
        raise ImportRejected("list_import", kept, file=str(path), count=errors.total)
    return {name: tuple(entries) for name, entries in found.items()}


def _header_is_right(file: CsvFile, errors: ErrorList) -> bool:
    for name in dict.fromkeys(file.header):
        if name not in _FIELDS:
            errors.add(1, "import_unknown_column", column=name[:LONGEST_NAME], known=", ".join(_FIELDS))
        elif file.header.count(name) > 1:
            errors.add(1, "import_duplicate_column", column=name)
    if not {"ozg_id", "leika_key"} & set(file.header):
        errors.add(1, "import_missing_column", column="ozg_id")
    return not errors.total


def _row(line: int, header: Iterable[str], cells: list[str], errors: ErrorList) -> dict[str, Value] | None:
    """Return the values of a row by column; None if it has errors, which are noted."""
    columns = tuple(header)
    if len(cells) != len(columns):
        errors.add(line, "import_row_length", expected=len(columns), found=len(cells))
        return None
    row: dict[str, Value] = {}
    for name, cell in zip(columns, cells, strict=True):
        try:
            row[name] = _FIELDS[name].read(cell)
        except FieldError as error:
            errors.add(line, error.code, **{"column": name, **error.params})
    if len(row) < len(columns):
        return None
    if not (row.get("ozg_id") or row.get("leika_key")):
        errors.add(line, "import_value_missing", column="ozg_id")
        return None
    return row


def _entry(row: Mapping[str, Value]) -> Entry:
    weight = str(row.get("weight") or "").replace(",", ".")
    return Entry(
        ozg_id=str(row.get("ozg_id") or ""),
        leika_key=str(row.get("leika_key") or ""),
        weight=float(weight) if weight else None,
        origin=str(row.get("origin") or ""),
        confidence=str(row.get("confidence") or ""),
    )


def resolve(connection: Connection, lists: Iterable[PriorityList]) -> Memberships:
    """Find the OZG services that are on lists; of several entries of one list the highest weight counts."""
    known = set(connection.scalars(select(ozg_service.c.ozg_id)))
    columns = leika_service.c
    bundles: dict[str, str | None] = dict(connection.execute(select(columns.leika_key, columns.ozg_id)).all())
    found: dict[str, dict[str, float]] = {}
    unknown: list[tuple[str, str]] = []
    for one in lists:
        for ozg_id in _flagged(connection, one.flag):
            _note(found, ozg_id, one.name, one.weight)
        for entry in one.entries:
            ozg_id = entry.ozg_id or bundles.get(entry.leika_key) or ""
            if ozg_id in known:
                _note(found, ozg_id, one.name, one.weight if entry.weight is None else entry.weight)
            else:
                unknown.append((one.name, entry.ozg_id or entry.leika_key))
    return Memberships(
        {ozg_id: tuple(sorted(weights.items())) for ozg_id, weights in found.items()}, tuple(unknown)
    )


def _flagged(connection: Connection, flag: str) -> list[str]:
    if not flag:
        return []
    query = select(leika_service.c.ozg_id).distinct().order_by(leika_service.c.ozg_id)
    return list(connection.scalars(query.where(leika_service.c[flag], leika_service.c.ozg_id.is_not(None))))


def _note(found: dict[str, dict[str, float]], ozg_id: str, name: str, weight: float) -> None:
    weights = found.setdefault(ozg_id, {})
    weights[name] = max(weight, weights.get(name, 0.0))
