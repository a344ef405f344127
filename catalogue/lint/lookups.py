"""Ask the catalogue about what the stage refers to and lacks: objects of other sources, and older ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import ColumnElement, Connection, Table, case, false, func, or_, select

from catalogue.lint.bench import Bench
from catalogue.tables import offering, online_service, service_record, specialisation, unit

__all__ = ["ask_about_claims", "ask_about_deletions", "ask_about_references"]

#: So many values fit into one statement on every database.
AT_ONCE: Final = 500
#: References that the stage does not answer itself, by kind.
_MISSING: Final[dict[str, tuple[Table, str]]] = {
    "service": (
        service_record,
        """SELECT DISTINCT service_ref FROM (
          SELECT service_ref FROM stage_offering WHERE op = 1 AND service_ref <> ''
          UNION ALL SELECT service_ref FROM stage_specialisation WHERE op = 1) AS used
        WHERE NOT EXISTS (SELECT 1 FROM stage_service AS s WHERE s.ref = used.service_ref AND s.op = 1)""",
    ),
    "unit": (
        unit,
        """SELECT DISTINCT provider_ref FROM stage_offering AS o WHERE op = 1 AND kind = 'unit'
        AND NOT EXISTS (SELECT 1 FROM stage_unit AS s WHERE s.ref = o.provider_ref AND s.op = 1)""",
    ),
    "online": (
        online_service,
        """SELECT DISTINCT provider_ref FROM stage_offering AS o WHERE op = 1 AND kind = 'online'
        AND NOT EXISTS (SELECT 1 FROM stage_online AS s WHERE s.ref = o.provider_ref AND s.op = 1)""",
    ),
}
_DELETED: Final[dict[str, Table]] = {
    "stage_service": service_record,
    "stage_unit": unit,
    "stage_online": online_service,
    "stage_specialisation": specialisation,
    "stage_offering": offering,
}


def ask_about_references(connection: Connection, bench: Bench) -> None:
    """Note which of the references that the stage lacks are answered by living objects elsewhere.

    Of the source's own objects only those count that this delivery cannot have taken away.
    """
    own_id = bench.subject.own_id
    for kind, (table, query) in _MISSING.items():
        others: ColumnElement[bool] = table.c.ref.not_like(":%")
        if own_id is not None:
            own = table.c.source_id == own_id
            keeps_own = bench.subject.fresh and not bench.subject.whole
            others = or_(~own & others, own) if keeps_own else ~own & others
        _note_known(connection, bench, kind, query, table, others & table.c.withdrawn_run.is_(None))


def ask_about_deletions(connection: Connection, bench: Bench) -> None:
    """Note which of the deleted objects the source ever showed."""
    own_id = bench.subject.own_id
    for stage, table in _DELETED.items():
        own = table.c.source_id == own_id if own_id is not None else false()
        query = f"SELECT ref FROM {stage} WHERE op = 0"  # noqa: S608 - one of our own tables
        if stage == "stage_offering":
            query += " AND n = 0"
        _note_known(connection, bench, f"deleted {stage}", query, table, own)


def _note_known(
    connection: Connection, bench: Bench, kind: str, query: str, table: Table, condition: ColumnElement[bool]
) -> None:
    for refs in _batches(bench, query):
        found = connection.scalars(select(table.c.ref).distinct().where(table.c.ref.in_(refs), condition))
        bench.write("INSERT OR IGNORE INTO known VALUES (?, ?)", [(kind, ref) for ref in found])


def _batches(bench: Bench, query: str) -> Iterator[list[str]]:
    refs: list[str] = []
    for (ref,) in bench.rows(query):
        refs.append(ref)
        if len(refs) == AT_ONCE:
            yield refs
            refs = []
    if refs:
        yield refs


def ask_about_claims(connection: Connection, bench: Bench) -> None:
    """Add the services of this source that other sources say somebody is responsible for.

    That is one walk over all offerings, so it is left out where every service has a claim already.
    """
    unclaimed = (
        "SELECT 1 FROM stage_service AS s LEFT JOIN claim AS c ON c.ref = s.ref "
        "WHERE s.op = 1 AND coalesce(c.unit, 0) = 0 LIMIT 1"
    )
    if not bench.has(unclaimed):
        return
    by_unit = func.max(case((offering.c.kind == "unit", 1), else_=0))
    query = (
        select(offering.c.service_ref, by_unit)
        .where(offering.c.withdrawn_run.is_(None), offering.c.service_ref.not_like(":%"))
        .where(offering.c.source_id != (bench.subject.own_id or 0), offering.c.service_ref != "")
        .group_by(offering.c.service_ref)
    )
    rows = connection.execute(query.execution_options(yield_per=AT_ONCE))
    for batch in rows.partitions():
        bench.write(
            "INSERT INTO claim VALUES (?, ?) ON CONFLICT (ref) DO UPDATE SET unit = max(unit, excluded.unit)",
            [tuple(row) for row in batch],
        )
