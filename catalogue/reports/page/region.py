"""The region's pages: heat maps by definition of online, and the lists of all areas and all services."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final, NamedTuple, TypeVar

from markupsafe import Markup

from catalogue.levels import LEVELS
from catalogue.reports.coverage import DEFINITIONS, CoverageRow
from catalogue.reports.page.frame import Figure, Frame, Service, figure_of
from catalogue.reports.page.places import REGION_PAGES, numbered, slugs
from catalogue.reports.page.setting import Setting

__all__ = ["RegionParts", "ServiceCounts", "area_list", "region_pages", "service_lists"]

#: Rows of a heat map, or of the list of areas, that have room on one page.
MOST_ROWS: Final = 500
T = TypeVar("T")


class ServiceCounts(NamedTuple):
    """What the cells of one service say: competent areas, and of these who has it, lacks it, is unknown."""

    cells: int
    online: int
    gaps: int
    unknown: int
    tier: str  # of most of the cells


@dataclass(frozen=True)
class RegionParts:
    """Parts of the region's page that were made elsewhere; the trend by definition."""

    trends: Mapping[str, Markup]
    movement: Markup
    troubled: Sequence[Mapping[str, str]]
    troubled_more: int
    sources_good: int
    sources_all: int


class _Row(NamedTuple):
    ars: str
    level: str
    area: str
    figures: Sequence[Figure]


def region_pages(setting: Setting, frame: Frame, parts: RegionParts) -> Iterator[tuple[str, str]]:
    """Yield the region's page by each definition; large regions fill several."""
    ordered = sorted(frame.rows.values(), key=lambda row: -LEVELS.index(row.level))
    chunks = _chunks(ordered, MOST_ROWS)
    for definition, first in REGION_PAGES.items():
        for number, rows in enumerate(chunks, start=1):
            name = numbered(first, number)
            yield (
                name,
                setting.page(
                    "index.html",
                    name,
                    section="region",
                    definition=definition,
                    total=frame.total,
                    areas_count=len(frame.rows),
                    services_count=len(frame.services),
                    figures=[(code, figure_of(frame.total, code)) for code in DEFINITIONS],
                    measured=figure_of(frame.total, definition).counted is not None,
                    themes=frame.themes,
                    groups=_groups(frame, rows, definition),
                    total_figures=_figures(frame.total, frame.covered_total, frame, definition),
                    page=number,
                    pages=len(chunks),
                    pages_name=first,
                    trend_part=parts.trends[definition],
                    movement_part=parts.movement,
                    troubled=parts.troubled,
                    troubled_more=parts.troubled_more,
                    sources_good=parts.sources_good,
                    sources_all=parts.sources_all,
                ),
            )


def _chunks(rows: Sequence[T], size: int) -> list[Sequence[T]]:
    return [rows[start : start + size] for start in range(0, len(rows), size)] or [rows]


def _groups(frame: Frame, rows: Sequence[CoverageRow], definition: str) -> list[dict[str, object]]:
    """Return the rows of a heat map by level: a Kreis is not to be compared with its cities."""
    groups = []
    for level, members in groupby(rows, key=lambda row: row.level):
        shown = [
            _Row(
                row.ars,
                row.level,
                row.area,
                _figures(row, frame.covered.get((row.ars, row.level), {}), frame, definition),
            )
            for row in members
        ]
        groups.append({"level": level, "rows": sorted(shown, key=lambda row: _letters(row.area))})
    return groups


def _figures(
    whole: CoverageRow, of_theme: Mapping[str, CoverageRow], frame: Frame, definition: str
) -> list[Figure]:
    """Return the figure of all themes together, then of each."""
    return [
        figure_of(whole, definition),
        *(figure_of(of_theme[theme.name], definition) for theme in frame.themes),
    ]


def area_list(setting: Setting, frame: Frame) -> Iterator[tuple[str, str]]:
    """Yield the list of all areas, by level and name."""
    kinds = {(one.ars, one.level): one.type for one in frame.chosen.areas}
    ordered = sorted(frame.rows.values(), key=lambda row: (-LEVELS.index(row.level), _letters(row.area)))
    chunks = _chunks(ordered, MOST_ROWS)
    for number, rows in enumerate(chunks, start=1):
        groups = []
        for level, members in groupby(rows, key=lambda row: row.level):
            letters = _by_letter(list(members), lambda row: row.area)
            groups.append(
                {
                    "level": level,
                    "place": f"e-{level}",
                    "letters": [
                        {
                            "letter": letter,
                            "slug": slug,
                            "rows": [
                                {
                                    "row": row,
                                    "kind": kinds.get((row.ars, row.level), ""),
                                    "any": figure_of(row, "any"),
                                    "own": figure_of(row, "own"),
                                }
                                for row in found
                            ],
                        }
                        for letter, slug, found in letters
                    ],
                }
            )
        name = numbered("gebiete.html", number)
        yield (
            name,
            setting.page("areas.html", name, section="areas", groups=groups, page=number, pages=len(chunks)),
        )


def service_lists(
    setting: Setting, frame: Frame, counts: Mapping[str, ServiceCounts]
) -> Iterator[tuple[str, str]]:
    """Yield the lists of all services, by theme and by letter."""
    nothing = ServiceCounts(0, 0, 0, 0, "")
    groups = [
        {
            "slug": theme.slug,
            "name": theme.name,
            "rows": [
                {
                    "ozg_id": one.ozg_id,
                    "title": one.title,
                    **counts.get(one.ozg_id, nothing)._asdict(),
                    "tier": setting.text.word("tier", counts.get(one.ozg_id, nothing).tier) or "–",
                }
                for one in sorted(frame.services, key=lambda one: _letters(one.title))
                if one.theme == theme.slug
            ],
        }
        for theme in frame.themes
    ]
    shared = {"section": "services", "services_count": len(frame.services)}
    yield "leistungen.html", setting.page("services.html", "leistungen.html", groups=groups, **shared)
    letters = [
        {"letter": letter, "slug": f"a-z-{slug}", "rows": found}
        for letter, slug, found in _by_letter(
            sorted(frame.services, key=lambda one: _letters(one.title)), _title
        )
    ]
    yield (
        "leistungen-a-z.html",
        setting.page("services_az.html", "leistungen-a-z.html", letters=letters, **shared),
    )


def _title(service: Service) -> str:
    return service.title


def _letters(name: str) -> str:
    """Return a name as German lists order it: umlauts with their letters."""
    folded = name.casefold().translate(_UMLAUTS)
    return "".join(one for one in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(one))


_UMLAUTS = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "ss"})


def _by_letter(rows: Sequence[T], name: Callable[[T], str]) -> list[tuple[str, str, list[T]]]:
    """Return sorted rows by their first letter, with the letter as it is shown and as part of an address."""
    found: dict[str, list[T]] = {}
    for row in rows:
        first = _letters(name(row))[:1].upper()
        found.setdefault(first if first.isalpha() else "0–9", []).append(row)
    places = slugs(found)
    return [(letter, places[letter], members) for letter, members in found.items()]
