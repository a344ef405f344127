"""Apply staged objects: compare with what is known, write only differences, never delete.

A row of the catalogue is new, changed (other fingerprint), unchanged (not touched), vanished (a complete
delivery lacks it for the first time) or withdrawn (two complete deliveries lacked it, or the source
deleted it). A vanished or withdrawn object that comes back is changed.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    and_,
    case,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.sql.selectable import Exists

from catalogue import tables
from catalogue.runs_unbroken import reading_before
from catalogue.staged import STAGED
from catalogue.stagetables import STAGE_TABLES

__all__ = [
    "OBJECTS",
    "Counts",
    "Delivered",
    "apply_objects",
    "count_objects",
    "count_orphans",
    "differs",
    "withdraw_missing",
    "withdraw_vanished",
]

#: The catalogue's table of each staged class of objects.
OBJECTS = {
    "stage_service": tables.service_record,
    "stage_unit": tables.unit,
    "stage_online": tables.online_service,
    "stage_specialisation": tables.specialisation,
}


@dataclass(frozen=True)
class Delivered:
    """Which delivery is applied: numbers of source and run, and its scope (see Completeness)."""

    source_id: int
    run_id: int
    scope: str


@dataclass
class Counts:
    """What applying a delivery did, in objects (a Zuständigkeit is one, whatever its areas)."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    vanished: int = 0
    withdrawn: int = 0
    orphans: int = 0
    dangling: int = 0

    def add(self, other: Counts) -> None:
        """Add another table's counts."""
        for name in vars(self):
            setattr(self, name, getattr(self, name) + getattr(other, name))


def apply_objects(connection: Connection, delivered: Delivered) -> Counts:
    """Apply services, units, online services and specialisations of the attached stage."""
    total = Counts()
    for stage_name, table in OBJECTS.items():
        total.add(_apply(connection, delivered, stage_name, table))
    return total


def _apply(connection: Connection, delivered: Delivered, stage_name: str, table: Table) -> Counts:
    stage = STAGED[stage_name]
    own = table.c.source_id == delivered.source_id
    columns = STAGE_TABLES[stage_name][1]
    counts = Counts()
    written = connection.scalar(select(func.count()).select_from(stage).where(stage.c.op == 1)) or 0
    counts.changed = connection.execute(
        update(table)
        .values(
            {
                **{name: stage.c[name] for name in columns},
                "changed_run": delivered.run_id,
                "vanished_run": None,
                "withdrawn_run": None,
            }
            | _boolean(stage, columns)
        )
        .where(own, table.c.ref == stage.c.ref, stage.c.op == 1, differs(table, stage))
    ).rowcount
    names = ["ref", *columns, "source_id", "first_run", "changed_run"]
    known = exists().where(own, table.c.ref == stage.c.ref)
    selected = [stage.c.ref, *(_boolean(stage, columns).get(name, stage.c[name]) for name in columns)]
    numbers = [literal(value) for value in (delivered.source_id, delivered.run_id, delivered.run_id)]
    counts.new = connection.execute(
        insert(table).from_select(
            names,
            select(*selected, *numbers).where(stage.c.op == 1, ~known).order_by(stage.c.ref),
        ),
        execution_options={"preserve_rowcount": True},
    ).rowcount
    counts.unchanged = written - counts.changed - counts.new
    gone = exists().where(stage.c.ref == table.c.ref, stage.c.op == 1)
    withdraw_missing(connection, delivered, table, ~gone, counts)
    if delivered.scope != "everything":
        _delete(connection, delivered, stage, table, counts)
    return counts


def _boolean(stage: Table, columns: tuple[str, ...]) -> dict[str, ColumnElement[bool]]:
    return {"has_text": stage.c.has_text == 1} if "has_text" in columns else {}


def differs(table: Table, stage: Table) -> ColumnElement[bool]:
    """Return the condition that a known row is not as the stage has it, or had gone."""
    return or_(
        table.c.fingerprint != stage.c.fingerprint,
        table.c.vanished_run.is_not(None),
        table.c.withdrawn_run.is_not(None),
    )


def withdraw_missing(
    connection: Connection,
    delivered: Delivered,
    table: Table,
    missing: ColumnElement[bool] | Exists,
    counts: Counts,
) -> None:
    """After a complete delivery: withdraw what was missing before, mark what is missing now."""
    if delivered.scope != "everything":
        return
    before = reading_before(connection, delivered.source_id, delivered.run_id)
    own = table.c.source_id == delivered.source_id
    active = and_(own, table.c.withdrawn_run.is_(None))
    withdrawn = connection.execute(
        update(table)
        .values(withdrawn_run=delivered.run_id)
        .where(active, table.c.vanished_run <= before, missing)
    ).rowcount
    vanished = connection.execute(
        update(table)
        .values(vanished_run=delivered.run_id)
        .where(active, table.c.vanished_run.is_(None), missing)
    ).rowcount
    gone = and_(own, table.c.vanished_run < delivered.run_id, table.c.withdrawn_run == delivered.run_id)
    counts.withdrawn += count_objects(connection, table, gone, withdrawn)
    counts.vanished += count_objects(
        connection, table, and_(own, table.c.vanished_run == delivered.run_id), vanished
    )


def count_objects(connection: Connection, table: Table, condition: ColumnElement[bool], rows: int) -> int:
    """Return how many objects these rows are: those of one offering, one for each area, count once."""
    if not rows or "n" not in table.c:
        return rows
    return connection.scalar(select(func.count()).select_from(table).where(condition, table.c.n == 0)) or 0


def _delete(connection: Connection, delivered: Delivered, stage: Table, table: Table, counts: Counts) -> None:
    """Withdraw what the source deleted itself; deletions of unknown objects are counted."""
    deleted = connection.scalar(select(func.count()).select_from(stage).where(stage.c.op == 0)) or 0
    if not deleted:
        return
    own = table.c.source_id == delivered.source_id
    known = connection.scalar(
        select(func.count())
        .select_from(stage)
        .where(stage.c.op == 0, exists().where(own, table.c.ref == stage.c.ref))
    )
    counts.orphans += deleted - (known or 0)
    counts.withdrawn += connection.execute(
        update(table)
        .values(withdrawn_run=delivered.run_id)
        .where(
            own,
            table.c.withdrawn_run.is_(None),
            exists().where(stage.c.ref == table.c.ref, stage.c.op == 0),
        )
    ).rowcount


def count_orphans(connection: Connection, delivered: Delivered) -> int:
    """Return how many objects the attached stage only deletes and the source never showed."""
    total = 0
    for stage_name, table in {**OBJECTS, "stage_offering": tables.offering}.items():
        stage = STAGED[stage_name]
        known = exists().where(table.c.source_id == delivered.source_id, table.c.ref == stage.c.ref)
        query = select(func.count()).select_from(stage).where(stage.c.op == 0, ~known)
        total += connection.scalar(query) or 0
    return total


def withdraw_vanished(connection: Connection, source_id: int, run_id: int) -> int:
    """Give up what an unchanged complete delivery lacks for the second time; return how many objects.

    Nothing is written where nothing had vanished. Services that come along with direct offerings are not
    counted besides these.
    """
    total = 0
    before = reading_before(connection, source_id, run_id)
    direct = exists().where(tables.offering.c.source_id == source_id, tables.offering.c.kind == "direct")
    for table in (*OBJECTS.values(), tables.offering):
        own = table.c.source_id == source_id
        gone = and_(own, table.c.vanished_run <= before, table.c.withdrawn_run.is_(None))
        if connection.scalar(select(case((exists().where(gone), 1), else_=0))):
            rows = connection.execute(update(table).values(withdrawn_run=run_id).where(gone)).rowcount
            given_up = and_(own, table.c.vanished_run < run_id, table.c.withdrawn_run == run_id)
            if table is tables.offering or not connection.scalar(select(direct)):
                total += count_objects(connection, table, given_up, rows)
    return total
