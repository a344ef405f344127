"""Ready services: what Bund, Land or another Land for all (EfA) already runs for the same OZG service.

They are known from the cells of the region, and from offers of other areas that say who operates them, as
the pages of one municipality often show a service that the others could use as well. What the Bund runs is
ready everywhere, what a Land or EfA runs in the Land in which somebody shows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, and_, select

from catalogue.entries_links import normal_link
from catalogue.products import READY_KINDS
from catalogue.reports.worklist_region import Ground, Region
from catalogue.solutions import Ready
from catalogue.tables import match, offering, ozg_service, service_record, source, statement
from catalogue.voices import load_limits

__all__ = ["MOST_READY", "ReadyServices", "load_ready"]

#: So many ready services are named with a gap.
MOST_READY: Final = 5
#: So many values fit into one statement on every database.
REFS_AT_ONCE: Final = 500
#: The Land of what is ready everywhere.
_EVERYWHERE: Final = "00"


class _Seen(NamedTuple):
    """A link for a service as seen in a Land."""

    land: str
    ozg_id: str
    url: str
    operator: str
    title: str


class ReadyServices:
    """Gives the ready services of an OZG service in a Land."""

    def __init__(self, found: dict[tuple[str, str], dict[str, Ready]]) -> None:
        self._found = found

    def of(self, ozg_id: str, land: str, most: int = MOST_READY) -> tuple[Ready, ...]:
        """Return what is ready for a service in a Land (two digits): Bund, Land, then EfA, by link."""
        links = {**self._found.get((ozg_id, land), {}), **self._found.get((ozg_id, _EVERYWHERE), {})}
        ordered = sorted(links.values(), key=lambda one: (READY_KINDS.index(one.level), one.url))
        return tuple(ordered[:most])


def load_ready(ground: Ground, region: Region, services: frozenset[str] | None = None) -> ReadyServices:
    """Read the ready services of these OZG services or of all; of a moment in the past from cells only."""
    found: dict[tuple[str, str], dict[str, Ready]] = {}
    for one in (*_in_cells(ground, region), *(_in_offers(ground, services) if region.is_now else ())):
        product = region.products.recognise(one.url)
        kind = product.kind if product else ""
        # A recognised service tells whose it is better than the page that shows it.
        level = kind if kind in READY_KINDS else one.operator
        if level in READY_KINDS and one.url:
            land = _EVERYWHERE if level == "bund" else one.land
            title = product.name if product else one.title
            links = found.setdefault((one.ozg_id, land), {})
            links.setdefault(normal_link(one.url), Ready(level, one.operator or level, one.url, title))
    return ReadyServices(found)


def _in_cells(ground: Ground, region: Region) -> Iterator[_Seen]:
    """Yield the links of cells; the bundle's title is all they know."""
    titles: dict[str, str] = dict(
        ground.connection.execute(select(ozg_service.c.ozg_id, ozg_service.c.title)).all()
    )
    for ozg_id, links in sorted(region.from_above.items()):
        for land, url, operator in sorted(links):
            yield _Seen(land, ozg_id, url, operator, titles.get(ozg_id, ""))
    for ozg_id, holders in sorted(region.holders.items()):
        for holder in (one for one in holders.values() if one.is_ready):
            land = ground.index[holder.area_id].land
            yield _Seen(land, ozg_id, holder.url, holder.operator, titles.get(ozg_id, ""))


def _in_offers(ground: Ground, services: frozenset[str] | None) -> Iterator[_Seen]:
    """Yield the links of offers that somebody says are operated above, and which no cell need show."""
    said = _statements(ground)
    limits = load_limits(ground.connection, ground.index)
    for source_id, statements in said.items():
        limit = limits.get(source_id)
        refs = sorted(statements)
        for start in range(0, len(refs), REFS_AT_ONCE):
            query = _offers(source_id, refs[start : start + REFS_AT_ONCE], services)
            for area_id, ref, ozg_id, title in ground.connection.execute(query):
                if area_id is not None and (limit is None or area_id in limit):
                    yield _Seen(ground.index[area_id].land, ozg_id, *statements[ref], title)


def _statements(ground: Ground) -> dict[int, dict[str, tuple[str, str]]]:
    """Return link and operator of what is online and operated above, by source and reference."""
    said = statement.c
    query = (
        select(said.source_id, said.ref, said.url, said.operator)
        .join(source, source.c.id == said.source_id)
        .where(
            said.status == "online",
            said.operator.in_(READY_KINDS),
            said.url != "",
            source.c.active,
            ~source.c.advisory,
        )
        .order_by(said.source_id)
    )
    found: dict[int, dict[str, tuple[str, str]]] = {}
    for source_id, ref, url, operator in ground.connection.execute(query):
        found.setdefault(source_id, {})[ref] = url, operator
    return found


def _offers(source_id: int, refs: Sequence[str], services: frozenset[str] | None) -> Select[Any]:
    """Return the query for the areas and services of these references.

    Joined with all statements, the database would begin with all offerings instead of these few.
    """
    query = (
        select(offering.c.area_id, offering.c.ref, match.c.ozg_id, service_record.c.title)
        .join(service_record, service_record.c.id == offering.c.record_id)
        .join(
            match,
            and_(match.c.source_id == service_record.c.source_id, match.c.pattern == service_record.c.ref),
        )
        .where(
            offering.c.source_id == source_id,
            offering.c.ref.in_(refs),
            offering.c.withdrawn_run.is_(None),
            service_record.c.withdrawn_run.is_(None),
            match.c.state == "accepted",
            match.c.ozg_id != "",
        )
        .order_by(offering.c.ref, offering.c.n, match.c.ozg_id)
    )
    return query if services is None else query.where(match.c.ozg_id.in_(sorted(services)))
