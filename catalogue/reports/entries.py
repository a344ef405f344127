"""Entries of the catalogue: what all sources together say about a service, with the source of each part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from catalogue.annotations import NO_REMARK, remarks
from catalogue.details import NOT_JUDGED
from catalogue.entries import Entry, merge
from catalogue.entries_offers import Offer, OfferReader, accepted, levels_of
from catalogue.keys import KeyFormatError, LeikaKey
from catalogue.lookup import AreaIndex
from catalogue.naming import full_name
from catalogue.reports.filters import RegionArea, find_area, find_service
from catalogue.tables import leika_service, ozg_service
from catalogue.voices import load_limits, load_sources

__all__ = ["ChoiceRow", "EntryRow", "SaidRow", "entries"]


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    """One attribute of an entry: its value, who says so, and by which rule it was chosen."""

    attribute: str
    value: str
    source: str
    ref: str
    as_of: str
    rule: str


@dataclass(frozen=True, slots=True)
class SaidRow:
    """What one offer says; ``standing`` is what the last reading of its source is worth."""

    source: str
    standing: str
    ref: str
    area: str
    level: str
    status: str
    url: str
    operator: str
    unit: str
    maturity: int | None
    title: str
    page: str
    as_of: str
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One service in one area, merged; docs/data-dictionary.md explains every field."""

    ars: str
    area: str
    level: str
    ozg_id: str
    bundle: str
    leika_key: str
    name: str
    status: str
    satisfied_level: str
    url: str
    operator: str
    unit: str
    maturity: int | None
    title: str
    page: str
    as_of: str
    sources: tuple[str, ...]
    chosen: tuple[ChoiceRow, ...]
    said: tuple[SaidRow, ...]
    remark: str = ""
    planned_for: str = ""
    remark_unit: str = ""
    remark_comment: str = ""


def entries(
    connection: Connection, area: str, service: str, now: datetime, *, level: str = ""
) -> list[EntryRow]:
    """Return the entries of a bundle in an area, or those of a LeiKa key and of what covers it.

    Both are named as people do. Raise NotFound if there is no such area or service.
    """
    place = find_area(connection, area, level)
    ozg_id = find_service(connection, service)
    concerns = _concerns(service)
    index = AreaIndex.load(connection)
    reader = OfferReader(connection, index, load_limits(connection, index), {ozg_id})
    reader.load([place.id])
    levels = levels_of(index, place.id)
    view = _View(connection, place, index, now, ozg_id)
    return [
        view.row(merge(levels, offers))
        for (_, key), offers in accepted(reader.of_area(place.id)).items()
        if concerns(key)
    ]


def _concerns(given: str) -> Callable[[str], bool]:
    """Tell which keys concern what was asked for: all of a bundle, or a key and what covers it."""
    try:
        wanted = LeikaKey.parse(given)
    except KeyFormatError:
        return lambda _: True
    above = {"", wanted.object_key.value, wanted.act_key.value, wanted.value}
    begin = wanted.value[: {"lo": 8, "lov": 11, "lovd": 14}[wanted.level]]
    return lambda key: key in above or key.startswith(begin)


class _View:
    """Shows entries in words."""

    def __init__(
        self, connection: Connection, place: RegionArea, index: AreaIndex, now: datetime, ozg_id: str
    ) -> None:
        self._place = place
        self._index = index
        self._standing = {
            number: voice.state.value for number, voice in load_sources(connection, now).items()
        }
        self._bundle = (
            connection.scalar(select(ozg_service.c.title).where(ozg_service.c.ozg_id == ozg_id)) or ""
        )
        self._remark = remarks(connection, [place.id]).get((place.ars, place.level, ozg_id), NO_REMARK)
        names = select(leika_service.c.leika_key, leika_service.c.name)
        self._names: dict[str, str] = dict(
            connection.execute(names.where(leika_service.c.ozg_id == ozg_id)).all()
        )

    def row(self, entry: Entry) -> EntryRow:
        """Return an entry as people read it."""
        maturity = entry.value("maturity")
        return EntryRow(
            ars=self._place.ars,
            area=self._place.label,
            level=self._place.level,
            ozg_id=entry.ozg_id,
            bundle=self._bundle,
            leika_key=entry.leika_key,
            name=self._names.get(entry.leika_key, ""),
            status=entry.value("status"),
            satisfied_level=entry.satisfied_level,
            url=entry.value("link"),
            operator=entry.value("operator"),
            unit=entry.value("unit"),
            maturity=int(maturity) if maturity else None,
            title=entry.value("title"),
            page=entry.value("page"),
            as_of=entry.choices["status"].as_of,
            sources=tuple(dict.fromkeys(offer.source for offer in entry.offers)),
            chosen=tuple(ChoiceRow(name, *choice) for name, choice in entry.choices.items()),
            said=tuple(self._said(offer) for offer in entry.offers),
            remark=self._remark.kind,
            planned_for=self._remark.planned_for,
            remark_unit=self._remark.unit,
            remark_comment=self._remark.comment,
        )

    def _said(self, offer: Offer) -> SaidRow:
        place = self._index[offer.area_id]
        return SaidRow(
            source=offer.source,
            standing=self._standing.get(offer.source_id, ""),
            ref=offer.ref,
            area=full_name(place.name, place.type, place.level),
            level=place.level,
            status=offer.status,
            url=offer.url,
            operator=offer.operator,
            unit=offer.unit,
            maturity=None if offer.maturity == NOT_JUDGED else offer.maturity,
            title=offer.title,
            page=offer.page,
            as_of=offer.as_of,
            flags=offer.flags,
        )
