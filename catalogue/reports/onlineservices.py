"""Which online services the catalogue knows where, row by row, as the federal dashboard's data lists them.

A row is a link that sources show for a LeiKa service in an area, whoever is competent. It stands with the
area that shows it: what a Land offers for all is one row of the Land. Offers that were only matched with a
bundle have no LeiKa key and no row. Second opinions are left out, as nobody should get the
dashboard's own data back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, or_, select

from catalogue.errors import NotFound
from catalogue.levels import LEVEL_RANK
from catalogue.lookup import Area, AreaIndex
from catalogue.reports.filters import EVERYTHING, select_cells
from catalogue.tables import (
    area,
    leika_service,
    match,
    offering,
    online_service,
    ozg_service,
    service_record,
    source,
    statement,
)
from catalogue.voices import load_limits

__all__ = ["OnlineRow", "OnlineServices"]


@dataclass(frozen=True, slots=True)
class OnlineRow:
    """One online service in one area; the fields are named as the dashboard names them."""

    leika_key: str
    leika_name: str
    ars: str
    ars_name: str
    ars_federal_state: str
    bundesland: str
    leika_bezeichnung: str
    ozgid: int | None
    ozg_bezeichnung: str
    url: str
    online_status: str
    aktiv: str
    art_flaechendeckung: str


#: By the level of the area that shows a service. The dashboard judges whether all areas have it; we do not.
COVERAGE = {
    "bund": "bundesweit flächendeckend",
    "land": "landesweit flächendeckend",
    "kreis": "kreisweit flächendeckend",
}
SOMEWHERE = "in mind. einer Kommune verfügbar"
#: What a row says about the link: the catalogue takes it for a way to apply online.
WORKING = "ok"
IN_USE = "ja"

_URL = case(
    (offering.c.kind == "direct", func.coalesce(statement.c.url, "")),
    else_=func.coalesce(online_service.c.url, ""),
)


class OnlineServices:
    """The rows of the region and of what is above it, at the moment of one connection's snapshot."""

    def __init__(self, connection: Connection) -> None:
        """Read the areas. Raise NotFound if there is no region."""
        self._index = AreaIndex.load(connection)
        limits = load_limits(connection, self._index)
        self._counted = [_is_online(), *(_only_in(key, areas) for key, areas in limits.items())]
        self._region = {one.id for one in select_cells(connection, EVERYTHING).areas}
        self._areas: dict[str, list[Area]] = {}
        for area_id in self._region.union(*(self._index.ancestors(one) for one in self._region)):
            found = self._index[area_id]
            self._areas.setdefault(found.ars, []).append(found)
        self._counts: dict[str, int] = {}

    def area_names(self) -> list[tuple[str, str]]:
        """Return the regional keys of the region and what is above it, with their names, by key.

        Of several levels with one key the lowest gives the name.
        """
        return [(ars, self._name(ars)) for ars in sorted(self._areas)]

    def keys(self, ars: str = "", *, above: bool = True, below: bool = True) -> list[str]:
        """Return the regional keys whose rows are asked for; all of them without a key.

        With ``above`` and ``below`` these include the areas that hold the one named and those within it.
        Raise NotFound if the catalogue has nothing to say about that area.
        """
        if not ars:
            return sorted(self._areas)
        if ars not in self._areas:
            raise NotFound("area_outside_region", given=ars, known=", ".join(sorted(self._areas)[:5]))
        wanted = {ars}
        for one in self._areas[ars]:
            if above:
                wanted.update(self._index.ars(step) for step in self._index.ancestors(one.id))
            if below:
                wanted.update(
                    self._index.ars(step) for step in self._region if one.id in self._index.ancestors(step)
                )
        return sorted(wanted & self._areas.keys())

    def total(self, connection: Connection, keys: Collection[str]) -> int:
        """Return how many rows the areas with these keys have."""
        missing = [ars for ars in keys if ars not in self._counts]
        if missing:
            self._counts |= dict.fromkeys(missing, 0) | self._count(connection, missing)
        return sum(self._counts[ars] for ars in keys)

    def read(
        self, connection: Connection, keys: Sequence[str], *, start: int, count: int, falling: bool = False
    ) -> list[OnlineRow]:
        """Return some rows of these areas by regional key, LeiKa key and link, or the other way round."""
        self.total(connection, keys)  # so that all of them are counted
        ordered = sorted(keys, reverse=falling)
        ends = list(accumulate(self._counts[ars] for ars in ordered))
        begins = [0, *ends]
        needed = [
            ars
            for ars, begin, end in zip(ordered, begins, ends, strict=False)
            if begin < start + count and end > start
        ]
        if not needed:
            return []
        rows = sorted(self._rows(connection, needed), key=_order, reverse=falling)
        first = start - begins[ordered.index(needed[0])]
        return rows[first : first + count]

    def _count(self, connection: Connection, keys: Iterable[str]) -> dict[str, int]:
        """Return how many rows there are, by the regional keys that have any."""
        ids = [one.id for ars in keys for one in self._areas[ars]]
        each = _joined(area.c.ars, match.c.leika_key, _URL.label("url")).where(
            *self._counted, match.c.leika_key != "", offering.c.area_id.in_(ids)
        )
        single = each.distinct().subquery()
        query = select(single.c.ars, func.count()).group_by(single.c.ars)
        return dict(connection.execute(query).all())

    def _rows(self, connection: Connection, keys: Sequence[str]) -> list[OnlineRow]:
        ids = [one.id for ars in keys for one in self._areas[ars]]
        query = (
            _joined(
                offering.c.area_id,
                match.c.leika_key,
                _URL.label("url"),
                service_record.c.title,
                leika_service.c.name,
                match.c.ozg_id,
                ozg_service.c.title.label("bundle"),
            )
            .outerjoin(leika_service, leika_service.c.leika_key == match.c.leika_key)
            .outerjoin(ozg_service, ozg_service.c.ozg_id == match.c.ozg_id)
            .where(*self._counted, match.c.leika_key != "", offering.c.area_id.in_(ids))
            .order_by(source.c.trust, source.c.id.desc(), offering.c.ref.desc(), offering.c.n.desc())
        )
        # Of several offers of one row the last one speaks: that of the most trusted source.
        found = {
            (self._index.ars(row.area_id), row.leika_key, row.url): row for row in connection.execute(query)
        }
        return [self._row(ars, row) for (ars, _, _), row in found.items()]

    def _row(self, ars: str, row: Any) -> OnlineRow:
        land = self._land(ars)
        return OnlineRow(
            leika_key=row.leika_key,
            leika_name=row.title or row.name or "",
            ars=ars,
            ars_name=self._name(ars),
            ars_federal_state=land.land if land else "",
            bundesland=land.name if land else "",
            leika_bezeichnung=row.name or "",
            ozgid=int(row.ozg_id) if row.ozg_id.isdigit() else None,
            ozg_bezeichnung=row.bundle or "",
            url=row.url,
            online_status=WORKING,
            aktiv=IN_USE,
            art_flaechendeckung=COVERAGE.get(self._index[row.area_id].level, SOMEWHERE),
        )

    def _name(self, ars: str) -> str:
        return max(self._areas[ars], key=lambda one: LEVEL_RANK[one.level]).name

    def _land(self, ars: str) -> Area | None:
        one = self._areas[ars][0]
        return one if one.level == "land" else self._index.ancestor(one.id, "land")


def _joined(*columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(offering)
        .join(area, area.c.id == offering.c.area_id)
        .join(source, source.c.id == offering.c.source_id)
        .join(service_record, service_record.c.id == offering.c.record_id)
        .join(
            match,
            and_(match.c.source_id == service_record.c.source_id, match.c.pattern == service_record.c.ref),
        )
        .outerjoin(
            statement, and_(statement.c.source_id == offering.c.source_id, statement.c.ref == offering.c.ref)
        )
        .outerjoin(online_service, online_service.c.id == offering.c.online_id)
    )


def _is_online() -> ColumnElement[bool]:
    """Return the condition that an offering counts and is online, as the cells judge it."""
    stated = and_(offering.c.kind == "direct", statement.c.status == "online")
    linked = and_(
        offering.c.kind == "online", online_service.c.withdrawn_run.is_(None), online_service.c.url != ""
    )
    return and_(
        offering.c.withdrawn_run.is_(None),
        service_record.c.withdrawn_run.is_(None),
        source.c.active,
        ~source.c.advisory,
        match.c.state == "accepted",
        match.c.ozg_id != "",
        or_(stated, linked),
    )


def _only_in(source_id: int, areas: frozenset[int]) -> ColumnElement[bool]:
    """Return the condition that a source counts only in some areas."""
    return or_(offering.c.source_id != source_id, offering.c.area_id.in_(areas))


def _order(row: OnlineRow) -> tuple[str, str, str]:
    return row.ars, row.leika_key, row.url
