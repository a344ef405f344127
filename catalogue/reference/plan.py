"""Compare a file with the table it is for: what is new, changed, unchanged or no longer there.

Nothing is written here; every error of the file is found before anything is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from sqlalchemy import Connection, select

from catalogue.levels import LEVELS
from catalogue.reference.csvfile import CsvFile, ErrorList
from catalogue.reference.fields import Field, FieldError, Value
from catalogue.reference.specs import Row, TableSpec
from catalogue.tables import area, leika_service, ozg_service

__all__ = ["Key", "Plan", "make_plan", "parse_rows"]

Key: TypeAlias = tuple[Value, ...]

#: Columns that no file says: they follow from the import itself or from all rows together.
_NOT_COMPARED = frozenset({"id", "parent_id", "release_id", "leaf"})


@dataclass
class Plan:
    """What an import will do. Rows hold values by column name, areas also ``parent``, a key."""

    existing: dict[Key, Row]
    new: list[Row] = field(default_factory=list)
    changed: list[Row] = field(default_factory=list)
    unchanged: list[Row] = field(default_factory=list)
    removed: list[Row] = field(default_factory=list)

    @property
    def moves(self) -> bool:
        """Tell whether the import changes any row."""
        return bool(self.new or self.changed or self.removed)


def parse_rows(spec: TableSpec, file: CsvFile, errors: ErrorList) -> list[tuple[int, Row]]:
    """Read the cells of a file; errors go to ``errors``."""
    if not _header_is_right(spec, file.header, errors):
        return []
    by_name = {item.name: item for item in spec.fields}
    columns = [by_name[name] for name in file.header]
    parsed: list[tuple[int, Row]] = []
    for line, cells in file.rows:
        if len(cells) != len(columns):
            errors.add(line, "import_row_length", expected=len(columns), found=len(cells))
            continue
        row = _parse_row(line, columns, cells, errors)
        if row is not None:
            parsed.append((line, row))
    return parsed


def _header_is_right(spec: TableSpec, header: tuple[str, ...], errors: ErrorList) -> bool:
    before = errors.total
    for name in header:
        if name not in spec.columns:
            known = ", ".join(item.name for item in spec.fields)
            errors.add(1, "import_unknown_column", column=name[:60], known=known)
    for name in sorted({name for name in header if header.count(name) > 1}):
        errors.add(1, "import_duplicate_column", column=name[:60])
    for name in sorted(spec.required - set(header)):
        errors.add(1, "import_missing_column", column=name)
    return errors.total == before


def _parse_row(line: int, columns: list[Field], cells: list[str], errors: ErrorList) -> Row | None:
    row: Row = {}
    for column, cell in zip(columns, cells, strict=True):
        try:
            row[column.name] = column.read(cell)
        except FieldError as error:
            errors.add(line, error.code, **{"column": column.name, **error.params})
    return row if len(row) == len(columns) else None


def make_plan(
    connection: Connection,
    spec: TableSpec,
    parsed: list[tuple[int, Row]],
    errors: ErrorList,
    *,
    replace: bool,
) -> Plan:
    """Compare the rows of a file with the table; errors go to ``errors``."""
    plan = Plan(_existing(connection, spec))
    rows = _merge(spec, parsed, plan.existing, errors)
    listed = {key for key, (_, row) in rows.items()}
    if replace:
        plan.removed = [row for key, row in plan.existing.items() if key not in listed and _may_go(spec, row)]
    if spec.table is area:
        _find_parents(rows, plan, errors)
    elif spec.table is leika_service:
        _require_ozg_services(connection, rows, errors)
    elif spec.table is ozg_service:
        _forbid_orphans(connection, plan.removed, errors)
    for key, (_, row) in rows.items():
        before = plan.existing.get(key)
        if before is None:
            plan.new.append(row)
        elif any(before[name] != row[name] for name in before.keys() - _NOT_COMPARED):
            plan.changed.append(row)
        else:
            plan.unchanged.append(row)
    return plan


def _existing(connection: Connection, spec: TableSpec) -> dict[Key, Row]:
    rows: list[Row] = [dict(row) for row in connection.execute(select(spec.table)).mappings()]
    if spec.table is area:
        by_id = {row["id"]: row for row in rows}
        for row in rows:
            parent = by_id.get(row["parent_id"])
            row["parent_ars"] = parent["ars"] if parent else ""
            row["parent_level"] = parent["level"] if parent else ""
    return {spec.key_of(row): row for row in rows}


def _merge(
    spec: TableSpec,
    parsed: list[tuple[int, Row]],
    existing: dict[Key, Row],
    errors: ErrorList,
) -> dict[Key, tuple[int, Row]]:
    """Complete each row from what is known of it and check it as a whole."""
    defaults: Row = {item.name: item.default for item in spec.fields if not item.required}
    merged: dict[Key, tuple[int, Row]] = {}
    for line, given in parsed:
        key = spec.key_of(given)
        if key in merged:
            shown = "/".join(str(part) for part in key)
            errors.add(line, "import_duplicate_key", key=shown, first=merged[key][0])
            continue
        row = {**defaults, **existing.get(key, {}), **given}
        try:
            spec.complete(row)
        except FieldError as error:
            errors.add(line, error.code, **error.params)
        merged[key] = (line, row)
    return merged


def _may_go(spec: TableSpec, row: Row) -> bool:
    # Areas stay for ever; the Bund's row is the project's own and in nobody's table.
    return spec.table is not area or (row["level"] != "bund" and row["abolished_on"] is None)


def _find_parents(rows: dict[Key, tuple[int, Row]], plan: Plan, errors: ErrorList) -> None:
    """Find each area's parent: the row with the parent's key on the nearest level above."""
    gone = {(row["level"], row["ars"]) for row in plan.removed}
    known = {key for key, row in plan.existing.items() if key not in gone and row["abolished_on"] is None}
    known.update(rows)
    for line, row in rows.values():
        row["abolished_on"] = None
        row["parent_level"] = ""
        if row["level"] == "bund" or not row["parent_ars"]:
            continue
        above = LEVELS[: LEVELS.index(str(row["level"]))]
        found = next((level for level in reversed(above) if (level, row["parent_ars"]) in known), None)
        if found is None:
            errors.add(line, "import_unknown_parent", ars=str(row["ars"]), parent=str(row["parent_ars"]))
        else:
            row["parent_level"] = found


def _require_ozg_services(
    connection: Connection, rows: dict[Key, tuple[int, Row]], errors: ErrorList
) -> None:
    known = set(connection.scalars(select(ozg_service.c.ozg_id)))
    for line, row in rows.values():
        if row["ozg_id"] is not None and row["ozg_id"] not in known:
            errors.add(line, "import_unknown_ozg", ozg_id=str(row["ozg_id"]))


def _forbid_orphans(connection: Connection, removed: list[Row], errors: ErrorList) -> None:
    used = set(connection.scalars(select(leika_service.c.ozg_id).distinct()))
    for row in removed:
        if row["ozg_id"] in used:
            errors.add(1, "import_in_use", ozg_id=str(row["ozg_id"]))
