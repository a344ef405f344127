"""What sources show in areas, offer by offer, with the service each was decided to mean.

Where cells keep only the best of a bundle, comparing sources needs every offering with its source, link,
unit and date. They are read set-based, a group of areas at a time; what is above the areas is read once
and kept as long as it is needed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, Select, and_, select

from catalogue.details import NOT_JUDGED, read_details
from catalogue.evidence import ABSENT, DESCRIBED, FORM, ONLINE
from catalogue.lookup import AreaIndex
from catalogue.tables import match, offering, online_service, service_record, source, statement, unit
from catalogue.verdict import Level

__all__ = ["STATUS_OF_RANK", "Offer", "OfferReader", "accepted", "day_of", "levels_of"]

STATUS_OF_RANK: Final = {ONLINE: "online", FORM: "form", DESCRIBED: "described", ABSENT: "absent"}
_RANK_OF_STATUS: Final = {status: rank for rank, status in STATUS_OF_RANK.items()}


class Offer(NamedTuple):
    """One offering of one source in one area, taken for one service.

    ``leika_key`` is empty where only the bundle is known. An offering taken for several services is
    several offers.
    """

    area_id: int
    source_id: int
    source: str
    source_kind: str
    trust: int
    ref: str
    title: str
    ozg_id: str
    leika_key: str
    accepted: bool  # else it waits under review
    rank: int
    url: str
    page: str
    unit: str
    operator: str  # as the source says; may be empty
    maturity: int  # NOT_JUDGED if nobody judged
    flags: tuple[str, ...]
    link_kind: str  # what the page says the link is: online, form, booking, status …; may be empty
    as_of: str  # ISO day of which the source says this

    @property
    def status(self) -> str:
        """Return what the offer shows: online, form, described or absent."""
        return STATUS_OF_RANK[self.rank]


class OfferReader:
    """Gives the offers of areas and of those above them."""

    def __init__(
        self,
        connection: Connection,
        index: AreaIndex,
        limits: Mapping[int, frozenset[int]],
        services: Collection[str] | None = None,
    ) -> None:
        """``limits`` names the only areas in which some sources count, ``services`` the OZG ids asked for."""
        self._connection = connection
        self._index = index
        self._limits = limits
        self._services = None if services is None else sorted(services)
        self._offers: dict[int, list[Offer]] = {}

    def load(self, area_ids: Sequence[int]) -> None:
        """Read these areas and those above them; forget what is not needed for them."""
        needed = {step for area_id in area_ids for step in self._index.closure(area_id)}
        missing = sorted(needed - self._offers.keys())
        kept = {area_id: offers for area_id, offers in self._offers.items() if area_id in needed}
        self._offers = kept | self._read(missing)

    def of_area(self, area_id: int) -> list[Offer]:
        """Return the offers of a loaded area and of those above it, the area's own first."""
        return [offer for step in self._index.closure(area_id) for offer in self._offers[step]]

    def _read(self, areas: Sequence[int]) -> dict[int, list[Offer]]:
        found: dict[int, list[Offer]] = {area_id: [] for area_id in areas}
        if not areas or self._services == []:
            return found
        for row in self._connection.execute(_query(areas, self._services)):
            limit = self._limits.get(row.source_id)
            if limit is None or row.area_id in limit:
                found[row.area_id].append(_offer(row))
        for offers in found.values():
            offers.sort(key=lambda one: (one.ozg_id, one.leika_key, one.source_id, one.ref))
        return found


def levels_of(index: AreaIndex, area_id: int) -> list[Level]:
    """Return an area and those above it; a kreisfreie Stadt is its own Kreis."""
    own_ars = index[area_id].ars
    return [Level(step, index[step].level, index[step].ars == own_ars) for step in index.closure(area_id)]


def _query(areas: Sequence[int], services: Sequence[str] | None) -> Select[Any]:
    query = (
        select(
            offering.c.area_id,
            offering.c.source_id,
            offering.c.ref,
            offering.c.kind,
            source.c.key.label("source"),
            source.c.kind.label("source_kind"),
            source.c.trust,
            source.c.applied_at,
            source.c.delivered_at,
            service_record.c.title,
            service_record.c.form_url,
            match.c.ozg_id,
            match.c.leika_key,
            match.c.state,
            statement.c.status,
            statement.c.url,
            statement.c.unit,
            statement.c.operator,
            statement.c.observed_at,
            statement.c.details,
            statement.c.level,
            unit.c.name.label("unit_name"),
            online_service.c.url.label("online_url"),
            online_service.c.withdrawn_run.label("online_withdrawn"),
        )
        .join(source, source.c.id == offering.c.source_id)
        .join(service_record, service_record.c.id == offering.c.record_id)
        .join(
            match,
            and_(match.c.source_id == service_record.c.source_id, match.c.pattern == service_record.c.ref),
        )
        .outerjoin(
            statement, and_(statement.c.source_id == offering.c.source_id, statement.c.ref == offering.c.ref)
        )
        .outerjoin(unit, unit.c.id == offering.c.unit_id)
        .outerjoin(online_service, online_service.c.id == offering.c.online_id)
        .where(
            offering.c.area_id.in_(areas),
            offering.c.withdrawn_run.is_(None),
            service_record.c.withdrawn_run.is_(None),
            source.c.active,
            ~source.c.advisory,
            match.c.state.in_(("accepted", "review")),
            match.c.ozg_id != "",
        )
    )
    return query if services is None else query.where(match.c.ozg_id.in_(services))


def _offer(row: Row[Any]) -> Offer:
    rank, url = _shown(row)
    details = read_details(row.details or "")
    link_kind = next((link.kind for link in details.links if url and link.url == url), "")
    return Offer(
        area_id=row.area_id,
        source_id=row.source_id,
        source=row.source,
        source_kind=row.source_kind,
        trust=row.trust,
        ref=row.ref,
        title=row.title,
        ozg_id=row.ozg_id,
        leika_key=row.leika_key,
        accepted=row.state == "accepted",
        rank=rank,
        url=url,
        page=details.page,
        unit=row.unit or row.unit_name or "",
        operator=row.operator or "",
        maturity=NOT_JUDGED if row.level is None else row.level,
        flags=tuple(dict.fromkeys(evidence.flag for evidence in details.evidence)),
        link_kind=link_kind,
        as_of=_as_of((row.observed_at or "", row.delivered_at or "", row.applied_at or "")),
    )


def _shown(row: Row[Any]) -> tuple[int, str]:
    """Return what an offering shows and its link, by the same rules as the cells."""
    if row.kind == "direct":
        return _RANK_OF_STATUS.get(row.status or "", DESCRIBED), row.url or ""
    if row.kind == "online":
        url = "" if row.online_withdrawn is not None else row.online_url or ""
        return (ONLINE if url else DESCRIBED), url
    return (FORM if row.form_url or row.kind == "form" else DESCRIBED), row.form_url


@lru_cache(maxsize=4_096)
def _as_of(moments: tuple[str, str, str]) -> str:
    """Return the first of these days that is not after the last, on which all of it was read."""
    days = [day for day in map(day_of, moments) if day]
    return next((day for day in days if day <= days[-1]), "")


def day_of(written: str) -> str:
    """Return the day of an ISO date or moment in UTC; empty if it is none."""
    try:
        moment = datetime.fromisoformat(written)
        return (moment if moment.tzinfo is None else moment.astimezone(UTC)).date().isoformat()
    except (ValueError, OverflowError):
        return ""


def accepted(offers: Iterable[Offer]) -> dict[tuple[str, str], list[Offer]]:
    """Return the offers whose meaning is decided, by OZG id and LeiKa key in their order."""
    found: dict[tuple[str, str], list[Offer]] = defaultdict(list)
    for offer in offers:
        if offer.accepted:
            found[offer.ozg_id, offer.leika_key].append(offer)
    return dict(sorted(found.items()))
