"""Write what an import's plan says, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, exists, insert, literal, select, update
from sqlalchemy.sql.elements import BindParameter, ColumnElement

from catalogue.levels import LEVELS
from catalogue.reference.csvfile import CsvFile, ErrorList
from catalogue.reference.fields import Value
from catalogue.reference.plan import Key, Plan, make_plan, parse_rows
from catalogue.reference.releases import ReleaseNote, add_release, releases
from catalogue.reference.specs import Row, TableSpec
from catalogue.tables import (
    area,
    area_due,
    competence,
    competence_rule,
    leika_service,
    ozg_service,
    region_area,
    youth_office,
)
from catalogue.unplaced import place_again

__all__ = ["ImportResult", "apply_file"]

#: Rows whose key points into another table, where it may be unknown.
_POINTS_TO = {
    competence.name: (competence.c.ozg_id, ozg_service.c.ozg_id),
    competence_rule.name: (competence_rule.c.ozg_id, ozg_service.c.ozg_id),
    youth_office.name: (youth_office.c.ars, area.c.ars),
}


class ImportResult(NamedTuple):
    """What an import did, counted by row."""

    table: str
    new: int
    changed: int
    unchanged: int
    removed: int  # areas are not removed but marked as abolished
    unknown: int  # rows of the whole table about something the local catalogue does not know


def apply_file(
    connection: Connection, spec: TableSpec, file: CsvFile, note: ReleaseNote, *, replace: bool
) -> ImportResult:
    """Bring a table to what a file says; raise ImportRejected, with nothing written, on any error."""
    errors = ErrorList()
    parsed = parse_rows(spec, file, errors)
    errors.reject(spec.name)
    plan = make_plan(connection, spec, parsed, errors, replace=replace)
    errors.reject(spec.name)
    if plan.moves or not _is_latest(connection, spec, file, note):
        release = add_release(connection, spec.name, note, rows=len(parsed), digest=file.digest)
        _write(connection, spec, plan, release, note.as_of)
    if plan.moves:
        if spec.table is leika_service:
            _mark_leaves(connection)
        if spec.table is area:
            place_again(connection)
        _mark_areas_due(connection)
    return ImportResult(
        spec.name,
        len(plan.new),
        len(plan.changed),
        len(plan.unchanged),
        len(plan.removed),
        _count_unknown(connection, spec),
    )


def _is_latest(connection: Connection, spec: TableSpec, file: CsvFile, note: ReleaseNote) -> bool:
    known = releases(connection, spec.name)
    return bool(known) and (known[-1].digest, *known[-1][2:5]) == (file.digest, *note)


def _write(connection: Connection, spec: TableSpec, plan: Plan, release: int, as_of: str) -> None:
    for row in (*plan.new, *plan.changed, *plan.unchanged):
        row["release_id"] = release
    if spec.table is area:
        _write_areas(connection, spec, plan)
        _abolish(connection, plan.removed, as_of)
    else:
        _delete(connection, spec, plan.removed)
        if spec.table is leika_service:
            for row in plan.new:
                row["leaf"] = False
        _insert(connection, spec, plan.new)
        _update(connection, spec, plan.changed)
    _confirm(connection, spec, plan.unchanged)


def _write_areas(connection: Connection, spec: TableSpec, plan: Plan) -> None:
    """Insert areas from the whole to its parts, so that each finds its parent's id."""
    ids = {key: row["id"] for key, row in plan.existing.items()}
    for level in LEVELS:
        rows = [row for row in plan.new if row["level"] == level]
        _set_parents(rows, ids)
        _insert(connection, spec, rows)
        if rows:
            query = select(area.c.level, area.c.ars, area.c.id).where(area.c.level == level)
            ids.update({(row.level, row.ars): row.id for row in connection.execute(query)})
    _set_parents(plan.changed, ids)
    _update(connection, spec, plan.changed)


def _set_parents(rows: Iterable[Row], ids: dict[Key, Value]) -> None:
    for row in rows:
        parent = ids.get((row["parent_level"], row["parent_ars"]))
        row["parent_id"] = parent if isinstance(parent, int) else None


def _insert(connection: Connection, spec: TableSpec, rows: list[Row]) -> None:
    if rows:
        names = [column.name for column in spec.table.c if column.name in rows[0]]
        connection.execute(insert(spec.table), [{name: row[name] for name in names} for row in rows])


def _update(connection: Connection, spec: TableSpec, rows: list[Row]) -> None:
    names = [name.name for name in spec.table.c if name.name not in {*spec.key, "id", "leaf"}]
    _update_columns(connection, spec, rows, names)


def _confirm(connection: Connection, spec: TableSpec, rows: list[Row]) -> None:
    """Let unchanged rows belong to the release that says them again."""
    _update_columns(connection, spec, rows, ["release_id"])


def _update_columns(connection: Connection, spec: TableSpec, rows: list[Row], names: list[str]) -> None:
    if rows:
        values: dict[str, BindParameter[Value]] = {name: bindparam(f"new_{name}") for name in names}
        connection.execute(
            update(spec.table).where(*_key_matches(spec)).values(values),
            [
                {f"key_{name}": row[name] for name in spec.key} | {f"new_{name}": row[name] for name in names}
                for row in rows
            ],
        )


def _delete(connection: Connection, spec: TableSpec, rows: list[Row]) -> None:
    if rows:
        keys = [{f"key_{name}": row[name] for name in spec.key} for row in rows]
        connection.execute(delete(spec.table).where(*_key_matches(spec)), keys)


def _key_matches(spec: TableSpec) -> list[ColumnElement[bool]]:
    return [spec.table.c[name] == bindparam(f"key_{name}") for name in spec.key]


def _abolish(connection: Connection, rows: list[Row], as_of: str) -> None:
    if rows:
        connection.execute(
            update(area).where(area.c.id == bindparam("key_id")).values(abolished_on=as_of),
            [{"key_id": row["id"]} for row in rows],
        )


def _mark_leaves(connection: Connection) -> None:
    """Mark the LeiKa services that have no descendant in the table."""
    rows = connection.execute(select(leika_service.c.leika_key, leika_service.c.leaf)).all()
    parents = {key[:8] + "000000" for key, _ in rows if key[8:] != "000000"}
    parents |= {key[:11] + "000" for key, _ in rows if key[11:] != "000"}
    wrong = [{"key": key, "value": key not in parents} for key, leaf in rows if leaf == (key in parents)]
    if wrong:
        statement = update(leika_service).where(leika_service.c.leika_key == bindparam("key"))
        connection.execute(statement.values(leaf=bindparam("value")), wrong)


def _mark_areas_due(connection: Connection) -> None:
    """Have the cells of every area of the region computed again: all rest on these tables."""
    cause, no_source = literal("reference"), literal(0)
    known = exists().where(
        area_due.c.area_id == region_area.c.area_id,
        area_due.c.cause == cause,
        area_due.c.source_id == no_source,
    )
    connection.execute(
        insert(area_due).from_select(
            ["area_id", "cause", "source_id"],
            select(region_area.c.area_id, cause, no_source).where(~known),
        )
    )


def _count_unknown(connection: Connection, spec: TableSpec) -> int:
    if spec.name not in _POINTS_TO:
        return 0
    pointing, target = _POINTS_TO[spec.name]
    rows = set(connection.scalars(select(pointing)))
    return len(rows - set(connection.scalars(select(target))))
