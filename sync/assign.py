"""Put together what a run asks of its sources: areas, keys, and what they remember."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Event

from sqlalchemy import Connection, select

from catalogue.levels import MUNICIPAL_TIERS
from catalogue.lookup import AreaIndex
from catalogue.memory import load_memory
from catalogue.tables import competence, leika_service, source
from connectors.assignment import AssignedArea, Assignment
from connectors.contract import SourceSettings
from sync.register import Plan, settings_digest

__all__ = ["assign"]

Report = Callable[[str, int, int], None]


def assign(
    connection: Connection, planned: Plan, sources: list[SourceSettings], stop: Event, report: Report
) -> Mapping[str, Assignment]:
    """Return the assignment of each source by its id.

    ``report`` is told the source, how many requests are done and of how many. A source remembers only
    what it was told with the same settings.
    """
    index = AreaIndex.load(connection)
    keys = _municipal_keys(connection)
    known = {row.key: row for row in connection.execute(select(source)).all()}
    assignments = {}
    for settings in sources:
        row = known.get(settings.id)
        trusted = row is not None and row.settings_digest == settings_digest(settings)
        areas = [index[area_id] for area_id in planned.of_source[settings.id]]
        assignments[settings.id] = Assignment(
            areas=tuple(AssignedArea(area.ars, area.level, area.name) for area in areas),
            keys=keys,
            memory=load_memory(connection, row.id) if row is not None and trusted else {},
            stop=stop,
            progress=_reporter(report, settings.id),
        )
    return assignments


def _reporter(report: Report, source_id: str) -> Callable[[int, int], None]:
    return lambda done, total: report(source_id, done, total)


def _municipal_keys(connection: Connection) -> tuple[str, ...]:
    """Return the LeiKa leaves of all services that no table gives to Bund, Land or others alone."""
    municipal = competence.c.primary_tier.in_(MUNICIPAL_TIERS) | competence.c.secondary_tier.in_(
        MUNICIPAL_TIERS
    )
    elsewhere = select(competence.c.ozg_id).where(
        competence.c.ozg_id.not_in(select(competence.c.ozg_id).where(municipal))
    )
    query = select(leika_service.c.leika_key).where(
        leika_service.c.leaf,
        leika_service.c.ozg_id.is_not(None),
        leika_service.c.ozg_id.not_in(elsewhere),
    )
    return tuple(connection.scalars(query.order_by(leika_service.c.leika_key)))
