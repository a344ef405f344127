"""What the catalogue is about: the areas of the region, and the services they may have to offer."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import Connection, select

from catalogue.reports.filters import EVERYTHING, Filters, select_cells
from catalogue.tables import area, leika_service, ozg_service

__all__ = ["AreaRow", "ServiceRow", "area_rows", "service_rows"]


@dataclass(frozen=True, slots=True)
class AreaRow:
    """One area of the region; docs/data-dictionary.md explains every field."""

    ars: str
    ags: str
    level: str
    area: str
    name: str
    type: str
    kreisfrei: bool
    population: int | None
    parent_ars: str
    parent_level: str


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """One OZG service; docs/data-dictionary.md explains every field."""

    ozg_id: str
    title: str
    theme: str
    situation: str
    leika_keys: tuple[str, ...]
    leaves: int


def area_rows(connection: Connection, filters: Filters = EVERYTHING) -> list[AreaRow]:
    """Return the chosen areas of the region by regional key and level. Raise NotFound."""
    chosen = select_cells(connection, filters)
    parent = area.alias()
    query = (
        select(area.c.id, area.c.kreisfrei, area.c.population, parent.c.ars, parent.c.level)
        .outerjoin(parent, parent.c.id == area.c.parent_id)
        .where(area.c.id.in_([one.id for one in chosen.areas]))
    )
    facts = {number: rest for number, *rest in connection.execute(query)}
    rows = []
    for one in sorted(chosen.areas, key=lambda place: (place.ars, place.level)):
        kreisfrei, population, parent_ars, parent_level = facts[one.id]
        rows.append(
            AreaRow(
                ars=one.ars,
                ags=one.ags,
                level=one.level,
                area=one.label,
                name=one.name,
                type=one.type,
                kreisfrei=kreisfrei,
                population=population,
                parent_ars=parent_ars or "",
                parent_level=parent_level or "",
            )
        )
    return rows


def service_rows(connection: Connection, filters: Filters = EVERYTHING) -> list[ServiceRow]:
    """Return the chosen services by OZG id, with the LeiKa services of each. Raise NotFound.

    ``leaves`` counts those LeiKa services that have no part of their own in the catalogue.
    """
    chosen = select_cells(connection, filters)
    keys: dict[str, list[str]] = defaultdict(list)
    leaves: dict[str, int] = defaultdict(int)
    leika = select(leika_service.c.ozg_id, leika_service.c.leika_key, leika_service.c.leaf)
    for ozg_id, key, leaf in connection.execute(leika.order_by(leika_service.c.leika_key)):
        if ozg_id is not None:
            keys[ozg_id].append(key)
            leaves[ozg_id] += leaf
    query = select(ozg_service.c.ozg_id, ozg_service.c.title, ozg_service.c.theme, ozg_service.c.situation)
    return [
        ServiceRow(*row, tuple(keys[row.ozg_id]), leaves[row.ozg_id])
        for row in connection.execute(query.order_by(ozg_service.c.ozg_id))
        if (chosen.themes is None or row.theme in chosen.themes)
        and (chosen.services is None or row.ozg_id in chosen.services)
    ]
