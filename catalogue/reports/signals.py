"""Signals of cells: which online offers may be less than they say, and what is left without them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from catalogue.entries import best_offer
from catalogue.entries_offers import OfferReader, levels_of
from catalogue.errors import NotFound
from catalogue.levels import FOREIGN_OPERATORS
from catalogue.lookup import AreaIndex
from catalogue.reports.filters import EVERYTHING, Filters, RegionArea, Selection, select_cells
from catalogue.signals import CellSignals, area_signals
from catalogue.signals_rules import SIGNALS, SignalRules
from catalogue.tables import cell, leika_service, ozg_service
from catalogue.voices import load_limits

__all__ = ["MOST_AREAS_SHOWN", "Deduction", "SignalRow", "deductions", "signal_codes", "signals"]

AREAS_AT_ONCE = 20
#: Signals are read beside cells and gaps of so many areas at most; beyond that they would slow them down.
MOST_AREAS_SHOWN = 100
CellKey = tuple[int, str]


@dataclass(frozen=True, slots=True)
class SignalRow:
    """One signal of one offer behind a cell; docs/data-dictionary.md explains every field."""

    ars: str
    area: str
    level: str
    ozg_id: str
    bundle: str
    theme: str
    status: str
    competent: str
    signal: str
    detail: str
    excluding: bool
    inflated: bool
    source: str
    ref: str
    leika_key: str
    title: str
    url: str
    as_of: str


@dataclass(frozen=True, slots=True)
class Deduction:
    """What inflated cells of one area take away from its coverage."""

    cells: int = 0
    own: int = 0
    leaves: int = 0


def signals(
    connection: Connection, rules: SignalRules, filters: Filters = EVERYTHING, kinds: Sequence[str] = ()
) -> list[SignalRow]:
    """Return the signals by area in the order of the region, OZG id, source and reference.

    Raise NotFound for what does not exist.
    """
    for kind in kinds:
        if kind not in SIGNALS:
            raise NotFound("signal_unknown", given=kind, known=", ".join(SIGNALS))
    chosen = select_cells(connection, filters)
    columns = select(cell.c.area_id, cell.c.ozg_id, cell.c.status, cell.c.competent)
    said: dict[CellKey, tuple[str, str]] = {
        (area_id, ozg_id): (status, competent)
        for area_id, ozg_id, status, competent in connection.execute(columns.where(chosen.condition()))
    }
    named = {
        ozg_id: (title, theme)
        for ozg_id, title, theme in connection.execute(
            select(ozg_service.c.ozg_id, ozg_service.c.title, ozg_service.c.theme)
        )
    }
    rows: list[SignalRow] = []
    for place, of_area in _of_areas(connection, chosen, rules):
        for ozg_id, found in sorted(of_area.items()):
            stored = said.get((place.id, ozg_id))
            if stored is not None:
                rows += _rows(place, found, stored, named.get(ozg_id, ("", "")), rules)
    return [row for row in rows if not kinds or row.signal in kinds]


def _rows(
    place: RegionArea,
    found: CellSignals,
    stored: tuple[str, str],
    named: tuple[str, str],
    rules: SignalRules,
) -> Iterator[SignalRow]:
    for offer, signal in sorted(found.found, key=lambda pair: (pair[0].source, pair[0].ref)):
        yield SignalRow(
            ars=place.ars,
            area=place.label,
            level=place.level,
            ozg_id=offer.ozg_id,
            bundle=named[0],
            theme=named[1],
            status=stored[0],
            competent=stored[1],
            signal=signal.code,
            detail=signal.detail,
            excluding=signal.code in rules.excluding,
            inflated=found.inflated and stored[0] == "online",
            source=offer.source,
            ref=offer.ref,
            leika_key=offer.leika_key,
            title=offer.title,
            url=offer.url,
            as_of=offer.as_of,
        )


def signal_codes(
    connection: Connection, chosen: Selection, rules: SignalRules
) -> dict[tuple[str, str, str], tuple[str, ...]] | None:
    """Return the signals of cells by regional key, level and OZG id; None where the areas are too many."""
    if len(chosen.areas) > MOST_AREAS_SHOWN:
        return None
    return {
        (place.ars, place.level, ozg_id): found.codes
        for place, of_area in _of_areas(connection, chosen, rules)
        for ozg_id, found in of_area.items()
        if found.found
    }


def deductions(
    connection: Connection, chosen: Selection, rules: SignalRules, *, only_competent: bool
) -> Mapping[int, Deduction]:
    """Return what is to be left out of the coverage of each area that has inflated cells, by its number.

    A cell stays as long as one online offer without an excluding signal is behind it; it stays an own one
    if the best of these is, and keeps the leaves that these cover.
    """
    condition = chosen.condition() & (cell.c.status == "online")
    if only_competent:
        condition &= cell.c.competent == "yes"
    query = select(cell.c.area_id, cell.c.ozg_id, cell.c.own, cell.c.leaves_online).where(condition)
    online: dict[int, list[tuple[str, bool, int]]] = defaultdict(list)
    for area_id, ozg_id, own, leaves in connection.execute(query):
        online[area_id].append((ozg_id, own, leaves))
    known = frozenset(connection.scalars(select(leika_service.c.leika_key).where(leika_service.c.leaf)))
    index = AreaIndex.load(connection)
    totals: dict[int, Deduction] = {}
    for place, of_area in _of_areas(connection, chosen, rules, index):
        lost: Counter[str] = Counter()
        for ozg_id, own, leaves in online[place.id]:
            found = of_area.get(ozg_id)
            if found is not None and found.online:
                kept = {offer.leika_key for offer in found.sound} & known
                lost["cells"] += found.inflated
                lost["own"] += own and not _is_own(index, place.id, found)
                lost["leaves"] += max(0, leaves - len(kept))
        totals[place.id] = Deduction(**lost)
    return totals


def _is_own(index: AreaIndex, area_id: int, found: CellSignals) -> bool:
    """Tell whether the best offer without excluding signals is the area's own, as the cells do."""
    if not found.sound:
        return False
    levels = levels_of(index, area_id)
    best = best_offer(levels, found.sound)
    return best.operator not in FOREIGN_OPERATORS and next(
        level.own for level in levels if level.area_id == best.area_id
    )


def _of_areas(
    connection: Connection, chosen: Selection, rules: SignalRules, index: AreaIndex | None = None
) -> Iterator[tuple[RegionArea, dict[str, CellSignals]]]:
    """Yield the signals of each area; all services are read, as links are counted over all of them."""
    index = index or AreaIndex.load(connection)
    reader = OfferReader(connection, index, load_limits(connection, index))
    for start in range(0, len(chosen.areas), AREAS_AT_ONCE):
        group = chosen.areas[start : start + AREAS_AT_ONCE]
        reader.load([place.id for place in group])
        for place in group:
            yield place, area_signals(index, place.id, reader.of_area(place.id), rules)
