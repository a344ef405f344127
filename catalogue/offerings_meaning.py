"""What the references of staged offerings mean: each distinct one is looked up once.

A delivery of a million offerings names a few thousand services, units and areas. They are resolved into
small temporary tables first, to which the offerings are then joined.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    FromClause,
    MetaData,
    Select,
    Table,
    Text,
    and_,
    case,
    func,
    insert,
    null,
    select,
)

from catalogue.bulk import insert_rows
from catalogue.staged import STAGED
from catalogue.tables import online_service, service_record, unit

__all__ = ["Resolver", "find_meanings", "forget_meanings", "joined", "meant", "meant_one_by_one"]

#: Tells an area's id from the way a source writes it.
Resolver = Callable[[str], int | None]

stage = STAGED["stage_offering"]

_temporary = MetaData()
_area = Table(
    "area_meaning",
    _temporary,
    Column("ref", Text, primary_key=True),
    Column("id", BigInteger),
    prefixes=["TEMPORARY"],
)
_service = Table(
    "service_meaning",
    _temporary,
    Column("direct", Boolean, primary_key=True, autoincrement=False),
    Column("ref", Text, primary_key=True),
    Column("id", BigInteger),
    prefixes=["TEMPORARY"],
)
_provider = Table(
    "provider_meaning",
    _temporary,
    Column("kind", Text, primary_key=True),  # unit or online: what the reference is to
    Column("ref", Text, primary_key=True),
    Column("id", BigInteger),
    prefixes=["TEMPORARY"],
)
_PROVIDERS = {"unit": unit, "online": online_service}

#: How a staged offering finds what it means.
_OF_AREA = _area.c.ref == stage.c.area_raw
_OF_SERVICE = and_(_service.c.direct == (stage.c.kind == "direct"), _service.c.ref == stage.c.service_ref)
_OF_PROVIDER = and_(_provider.c.kind == stage.c.kind, _provider.c.ref == stage.c.provider_ref)


def find_meanings(
    connection: Connection, source_id: int, resolve: Resolver, concerned: ColumnElement[bool]
) -> None:
    """Look up what the staged offerings that are ``concerned`` refer to."""
    _temporary.create_all(connection)
    spelled = select(stage.c.area_raw).distinct().where(concerned)
    insert_rows(
        connection, _area, ("ref", "id"), [(raw, resolve(raw)) for (raw,) in connection.execute(spelled)]
    )
    direct = (stage.c.kind == "direct").label("direct")
    named = _distinct(concerned, direct, stage.c.service_ref.label("ref"))
    own = select(service_record.c.id).where(
        service_record.c.source_id == source_id, service_record.c.ref == named.c.ref
    )
    found = case(
        (named.c.direct, own.scalar_subquery()), else_=_resolved(service_record, named.c.ref, source_id)
    )
    _keep(connection, _service, select(named.c.direct, named.c.ref, found))
    of_providers = and_(concerned, stage.c.kind.in_(_PROVIDERS))
    named = _distinct(of_providers, stage.c.kind, stage.c.provider_ref.label("ref"))
    found = case(
        *(
            (named.c.kind == kind, _resolved(table, named.c.ref, source_id))
            for kind, table in _PROVIDERS.items()
        )
    )
    _keep(connection, _provider, select(named.c.kind, named.c.ref, found))
    for table in _temporary.sorted_tables:
        # Without statistics the planners would look each offering's references up one by one.
        connection.exec_driver_sql(f"ANALYZE {table.name}")


def forget_meanings(connection: Connection) -> None:
    """Drop what was looked up."""
    _temporary.drop_all(connection)


def joined(offerings: FromClause = stage) -> FromClause:
    """Return staged offerings, joined to others or not, with what they mean where that is known."""
    placed = offerings.outerjoin(_area, _OF_AREA).outerjoin(_service, _OF_SERVICE)
    return placed.outerjoin(_provider, _OF_PROVIDER)


def meant() -> dict[str, ColumnElement[int]]:
    """Return the derived columns of offerings that are read from :func:`joined`."""
    provider = {kind: case((stage.c.kind == kind, _provider.c.id), else_=null()) for kind in _PROVIDERS}
    return {
        "area_id": _area.c.id,
        "record_id": _service.c.id,
        "unit_id": provider["unit"],
        "online_id": provider["online"],
    }


def meant_one_by_one() -> dict[str, ColumnElement[int]]:
    """Return the same columns for statements that read from the stage alone."""
    provider = {
        kind: select(_provider.c.id).where(_OF_PROVIDER, stage.c.kind == kind).scalar_subquery()
        for kind in _PROVIDERS
    }
    return {
        "area_id": select(_area.c.id).where(_OF_AREA).scalar_subquery(),
        "record_id": select(_service.c.id).where(_OF_SERVICE).scalar_subquery(),
        "unit_id": provider["unit"],
        "online_id": provider["online"],
    }


def _distinct(condition: ColumnElement[bool], *columns: ColumnElement[Any]) -> FromClause:
    return select(*columns).distinct().where(condition).subquery("named")


def _keep(connection: Connection, table: Table, found: Select[*tuple[Any, ...]]) -> None:
    connection.execute(insert(table).from_select([column.name for column in table.c], found))


def _resolved(table: Table, ref: ColumnElement[str], source_id: int) -> ColumnElement[int]:
    """Return the id behind an agency-qualified reference: the source's own object, else another's.

    A withdrawn object is meant only where there is no other.
    """
    own = select(table.c.id).where(table.c.source_id == source_id, table.c.ref == ref)
    other = select(func.min(table.c.id)).where(table.c.ref == ref, ref.not_like(":%"))
    living = table.c.withdrawn_run.is_(None)
    choices = (own.where(living), other.where(living), own, other)
    return func.coalesce(*(choice.scalar_subquery() for choice in choices))
