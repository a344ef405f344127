"""Apply staged offerings and derive by SQL what their references stand for.

An offering is one (service, area) of a Zuständigkeit, or what a list or a page states itself. References
are agency-qualified: they resolve within the source first, else in any other source;
those that resolve nowhere yet are kept, counted and resolved when the object arrives.
"""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    MetaData,
    Select,
    Table,
    Text,
    and_,
    case,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    update,
)

from catalogue import tables
from catalogue.due import note_due
from catalogue.objects import Counts, Delivered, count_objects, differs, withdraw_missing
from catalogue.offerings_meaning import (
    Resolver,
    find_meanings,
    forget_meanings,
    joined,
    meant,
    meant_one_by_one,
)
from catalogue.staged import STAGED

__all__ = ["apply_offerings", "mark_areas_due", "resolve_references"]

offering = tables.offering
stage = STAGED["stage_offering"]
said = STAGED["stage_statement"]

_temporary = MetaData()
#: The staged offerings that differ from the catalogue.
difference = Table(
    "difference",
    _temporary,
    Column("ref", Text, primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("known", Integer, nullable=False),  # 0 new, 1 known and active, 2 known but gone
    prefixes=["TEMPORARY"],
)


def apply_offerings(connection: Connection, delivered: Delivered, resolve: Resolver) -> Counts:
    """Apply the offerings of the attached stage; ``resolve`` tells an area's id from its spelling."""
    counts = Counts()
    forget_meanings(connection)
    _temporary.drop_all(connection)
    _temporary.create_all(connection)
    first = not connection.scalar(select(exists().where(offering.c.source_id == delivered.source_id)))
    concerned = stage.c.op == 1
    if not first:
        _find_differences(connection, delivered)
        concerned = and_(concerned, _in_difference(true()))
    find_meanings(connection, delivered.source_id, resolve, concerned)
    if not first:
        counts.changed = _update_known(connection, delivered)
    _insert_new(connection, delivered, first=first)
    _write_statements(connection, delivered, first=first)
    written = _count(connection, and_(stage.c.op == 1, stage.c.n == 0))
    fresh = and_(difference.c.known == 0, difference.c.n == 0)
    counts.new = written if first else _differences(connection, fresh)
    counts.unchanged = written - counts.changed - counts.new
    if not first or delivered.scope != "everything":
        _retire(connection, delivered, counts)
    _temporary.drop_all(connection)
    forget_meanings(connection)
    return counts


def _count(connection: Connection, condition: ColumnElement[bool]) -> int:
    return connection.scalar(select(func.count()).select_from(stage).where(condition)) or 0


def _count_active(connection: Connection, delivered: Delivered) -> int:
    return (
        connection.scalar(
            select(func.count())
            .select_from(offering)
            .where(
                offering.c.source_id == delivered.source_id,
                offering.c.withdrawn_run.is_(None),
                offering.c.vanished_run.is_(None),
            )
        )
        or 0
    )


def _same(delivered: Delivered) -> ColumnElement[bool]:
    return and_(
        offering.c.source_id == delivered.source_id,
        offering.c.ref == stage.c.ref,
        offering.c.n == stage.c.n,
    )


def _find_differences(connection: Connection, delivered: Delivered) -> None:
    connection.execute(
        insert(difference).from_select(
            ["ref", "n", "known"],
            select(stage.c.ref, stage.c.n, _how_known())
            .select_from(stage.outerjoin(offering, _same(delivered)))
            .where(stage.c.op == 1, or_(offering.c.ref.is_(None), differs(offering, stage))),
        )
    )
    # Without statistics the planners take this small table for a large one and walk the stage instead.
    connection.exec_driver_sql(f"ANALYZE {difference.name}")


def _how_known() -> ColumnElement[int]:
    gone = or_(offering.c.vanished_run.is_not(None), offering.c.withdrawn_run.is_not(None))
    return case((offering.c.ref.is_(None), 0), (gone, 2), else_=1)


def _differences(connection: Connection, condition: ColumnElement[bool]) -> int:
    return connection.scalar(select(func.count()).select_from(difference).where(condition)) or 0


def _in_difference(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(difference.c.ref == stage.c.ref, difference.c.n == stage.c.n, condition)


_CONTENT = ("kind", "service_ref", "provider_ref", "area_raw", "role", "fingerprint")


def _update_known(connection: Connection, delivered: Delivered) -> int:
    """Write the changed offerings; return how many objects they belong to.

    The areas they had before are due as well: an offering may have moved.
    """
    # Said twice, so that the planner begins with the few differences and not with all offerings.
    touched = offering.c.ref.in_(select(difference.c.ref))
    before = (
        select(offering.c.area_id)
        .distinct()
        .where(
            offering.c.source_id == delivered.source_id,
            offering.c.ref == difference.c.ref,
            offering.c.n == difference.c.n,
            touched,
            offering.c.area_id.is_not(None),
        )
    )
    note_due(connection, connection.scalars(before).all(), "offers", delivered.source_id)
    connection.execute(
        update(offering)
        .values(
            {name: stage.c[name] for name in _CONTENT}
            | meant_one_by_one()
            | {"changed_run": delivered.run_id, "vanished_run": None, "withdrawn_run": None}
        )
        .where(_same(delivered), _in_difference(difference.c.known > 0), touched)
    )
    return _differences(connection, and_(difference.c.known > 0, difference.c.n == 0))


def _insert_new(connection: Connection, delivered: Delivered, *, first: bool) -> None:
    derived = meant()
    query = (
        select(
            literal(delivered.source_id),
            stage.c.ref,
            stage.c.n,
            *(stage.c[name] for name in _CONTENT),
            *derived.values(),
            literal(delivered.run_id),
            literal(delivered.run_id),
        )
        .select_from(joined() if first else joined(stage.join(difference, _in_difference(true()))))
        .where(stage.c.op == 1)
    )
    if not first:
        query = query.where(difference.c.known == 0)
    if connection.dialect.name == "sqlite":
        # Its stage is read in this order anyway; elsewhere it was copied in it, and sorting would cost more.
        query = query.order_by(stage.c.ref, stage.c.n)
    names = ["source_id", "ref", "n", *_CONTENT, *derived, "first_run", "changed_run"]
    connection.execute(insert(offering).from_select(names, query))


def _write_statements(connection: Connection, delivered: Delivered, *, first: bool) -> None:
    names = [
        "ref",
        "status",
        "url",
        "unit",
        "operator",
        "observed_at",
        "note",
        "details",
        "level",
        "level_rules",
    ]
    query = select(literal(delivered.source_id), *(said.c[name] for name in names)).where(said.c.op == 1)
    if not first:
        changed = select(difference.c.ref)
        statement = tables.statement
        connection.execute(
            statement.delete().where(
                statement.c.source_id == delivered.source_id, statement.c.ref.in_(changed)
            )
        )
        query = query.where(said.c.ref.in_(changed))
    connection.execute(insert(tables.statement).from_select(["source_id", *names], query))


def _retire(connection: Connection, delivered: Delivered, counts: Counts) -> None:
    """Mark what is gone; looked for only where the counts tell that something is."""
    present = exists().where(stage.c.ref == offering.c.ref, stage.c.n == offering.c.n, stage.c.op == 1)
    if delivered.scope == "everything":
        rewritten = select(difference.c.ref).where(difference.c.known > 0, difference.c.n == 0)
        _withdraw_rows(connection, delivered, rewritten, present)
        staged = _count(connection, stage.c.op == 1)
        if staged != _count_active(connection, delivered) or _has_vanished(connection, delivered):
            withdraw_missing(connection, delivered, offering, ~present, counts)
        return
    deleted = _count(connection, stage.c.op == 0)
    if deleted:
        known = exists().where(offering.c.source_id == delivered.source_id, offering.c.ref == stage.c.ref)
        counts.orphans += deleted - _count(connection, and_(stage.c.op == 0, known))
    withdrawn = _withdraw_rows(connection, delivered, select(stage.c.ref), present)
    gone = and_(
        offering.c.source_id == delivered.source_id,
        offering.c.ref.in_(select(stage.c.ref).where(stage.c.op == 0)),
        offering.c.withdrawn_run == delivered.run_id,
    )
    counts.withdrawn += count_objects(connection, offering, gone, withdrawn)


def _withdraw_rows(
    connection: Connection, delivered: Delivered, refs: Select[tuple[str]], present: ColumnElement[bool]
) -> int:
    """Give up the rows that these objects no longer have: what is written replaces the whole object."""
    own = and_(offering.c.source_id == delivered.source_id, offering.c.withdrawn_run.is_(None))
    return connection.execute(
        update(offering).values(withdrawn_run=delivered.run_id).where(own, offering.c.ref.in_(refs), ~present)
    ).rowcount


def _has_vanished(connection: Connection, delivered: Delivered) -> bool:
    gone = and_(
        offering.c.source_id == delivered.source_id,
        offering.c.vanished_run.is_not(None),
        offering.c.withdrawn_run.is_(None),
    )
    return bool(connection.scalar(select(exists().where(gone))))


#: Tables that offerings refer to, with the reference, what it was resolved to, and where it counts.
_REFERENCES = (
    (tables.service_record, offering.c.service_ref, offering.c.record_id, offering.c.kind != "direct"),
    (tables.unit, offering.c.provider_ref, offering.c.unit_id, offering.c.kind == "unit"),
    (tables.online_service, offering.c.provider_ref, offering.c.online_id, offering.c.kind == "online"),
)


def resolve_references(connection: Connection, delivered: Delivered) -> None:
    """Resolve references, of any source, that this run's objects can answer or no longer answer.

    The source's own older offerings now mean its own new object; other sources' dangling ones find one.
    Where an object is withdrawn but another source still has it, that one is meant.
    """
    older = and_(offering.c.source_id == delivered.source_id, offering.c.first_run < delivered.run_id)
    has_older = connection.scalar(select(exists().where(older)))
    others = _other_sources(connection, delivered)
    for table, ref, column, wanted in _REFERENCES:
        fresh = and_(table.c.first_run == delivered.run_id, table.c.source_id == delivered.source_id)
        if connection.scalar(select(exists().where(fresh))):
            dangling = and_(offering.c.source_id.in_(others), column.is_(None), ref.not_like(":%"))
            for concerned in (older, dangling) if has_older else (dangling,):
                if connection.scalar(select(exists().where(wanted, concerned))):
                    connection.execute(
                        update(offering)
                        .values({column.name: table.c.id})
                        .where(wanted, concerned, fresh, table.c.ref == ref)
                    )
        _prefer_living(connection, delivered, table, column, wanted)


def _prefer_living(
    connection: Connection,
    delivered: Delivered,
    table: Table,
    column: ColumnElement[int],
    wanted: ColumnElement[bool],
) -> None:
    """Turn from objects to their namesakes where this run made these the better ones."""
    meant, better = table.alias("meant"), table.alias("better")
    namesakes = and_(
        meant.c.ref == better.c.ref, meant.c.ref.not_like(":%"), better.c.withdrawn_run.is_(None)
    )
    arrived = better.c.changed_run == delivered.run_id
    gone = and_(meant.c.withdrawn_run.is_not(None), or_(meant.c.withdrawn_run == delivered.run_id, arrived))
    back = and_(arrived, better.c.source_id == delivered.source_id, meant.c.source_id != delivered.source_id)
    own = offering.c.source_id == delivered.source_id
    for condition, concerned in ((gone, wanted), (back, and_(wanted, own))):
        pairs = (
            select(meant.c.id.label("meant_id"), func.min(better.c.id).label("better_id"))
            .where(namesakes, condition)
            .group_by(meant.c.id)
            .subquery("pairs")
        )
        if connection.scalar(select(exists().select_from(pairs))):
            moved = and_(concerned, column == pairs.c.meant_id)
            areas = select(offering.c.area_id).distinct().where(moved, offering.c.area_id.is_not(None))
            note_due(connection, connection.scalars(areas).all(), "offers", delivered.source_id)
            connection.execute(update(offering).values({column.key: pairs.c.better_id}).where(moved))


def mark_areas_due(connection: Connection, delivered: Delivered) -> None:
    """Note the areas whose cells this run's differences may have moved."""
    moved = [
        column.in_(of_run)
        for table, column in (
            (tables.service_record, offering.c.record_id),
            (tables.online_service, offering.c.online_id),
        )
        for of_run in [
            select(table.c.id).where(table.c.source_id == delivered.source_id, _of_run(table, delivered))
        ]
        if connection.scalar(select(of_run.exists()))
    ]
    own = and_(offering.c.source_id == delivered.source_id, or_(_of_run(offering, delivered), *moved))
    touched = [own]
    if moved:
        others = _other_sources(connection, delivered)
        touched.append(and_(offering.c.source_id.in_(others), or_(*moved)))
    areas: set[int] = set()
    for condition in touched:
        query = select(offering.c.area_id).distinct().where(condition, offering.c.area_id.is_not(None))
        areas.update(connection.scalars(query))
    note_due(connection, areas, "offers", delivered.source_id)


def _other_sources(connection: Connection, delivered: Delivered) -> list[int]:
    """Return the numbers of the other sources: named one by one, nothing is searched where there are none."""
    query = select(tables.source.c.id).where(tables.source.c.id != delivered.source_id)
    return list(connection.scalars(query))


def _of_run(table: Table, delivered: Delivered) -> ColumnElement[bool]:
    return or_(table.c.changed_run == delivered.run_id, table.c.withdrawn_run == delivered.run_id)
