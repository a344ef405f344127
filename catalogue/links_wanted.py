"""Which links are worth checking: those that cells rest on, and what else is online in the region."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, and_, select, union

from catalogue.links import request_url
from catalogue.tables import (
    cell,
    match,
    offering,
    online_service,
    region_area,
    service_record,
    source,
    statement,
)

__all__ = ["wanted_links"]


def wanted_links(connection: Connection, area_ids: Collection[int] | None = None) -> list[str]:
    """Return the addresses behind what is online in the region, or in some of its areas, each once.

    What waits for a decision, second opinions and sources that left the region file are left out.
    """
    areas = select(region_area.c.area_id)
    if area_ids is not None:
        areas = areas.where(region_area.c.area_id.in_(sorted(area_ids)))
    of_cells = select(cell.c.online_url).where(
        cell.c.status == "online", cell.c.online_url != "", cell.c.area_id.in_(areas)
    )
    decided = and_(match.c.source_id == service_record.c.source_id, match.c.pattern == service_record.c.ref)
    offers = (
        select(offering.c.source_id)
        .join(source, source.c.id == offering.c.source_id)
        .join(service_record, service_record.c.id == offering.c.record_id)
        .join(match, decided)
        .where(
            offering.c.area_id.in_(areas),
            offering.c.withdrawn_run.is_(None),
            service_record.c.withdrawn_run.is_(None),
            source.c.active,
            ~source.c.advisory,
            match.c.state == "accepted",
            match.c.ozg_id != "",
        )
    )
    stated = (
        offers.join(
            statement, and_(statement.c.source_id == offering.c.source_id, statement.c.ref == offering.c.ref)
        )
        .with_only_columns(statement.c.url)
        .where(statement.c.status == "online", statement.c.url != "")
    )
    served = (
        offers.join(online_service, online_service.c.id == offering.c.online_id)
        .with_only_columns(online_service.c.url)
        .where(online_service.c.withdrawn_run.is_(None), online_service.c.url != "")
    )
    return _requested(connection.scalars(union(of_cells, stated, served)))


def _requested(written: Iterable[str]) -> list[str]:
    return sorted({url for one in written if (url := request_url(one))})
