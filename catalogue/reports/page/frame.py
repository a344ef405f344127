"""What all pages share: the region, its services and themes, its coverage, and what was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from catalogue.reports.coverage import CoverageRow, coverage
from catalogue.reports.filters import EVERYTHING, Filters, Selection, select_cells
from catalogue.reports.page.places import slugs
from catalogue.reports.region import region_now
from catalogue.tables import ozg_service

__all__ = ["AreaKey", "Figure", "Frame", "Options", "Service", "Theme", "figure_of", "read_frame"]

AreaKey = tuple[str, str]


class Figure(NamedTuple):
    """A count of a whole, and the share as its bounds; what was not measured counts None."""

    counted: int | None
    of: int
    low: float | None
    high: float | None


class Theme(NamedTuple):
    """A field of services; ``slug`` is its name in addresses."""

    name: str
    slug: str


class Service(NamedTuple):
    """An OZG service; ``theme`` is the slug of its field."""

    ozg_id: str
    title: str
    theme: str


@dataclass(frozen=True)
class Options:
    """What the page is to show and how; ``workbooks`` are their places in the site by key and level."""

    language: str = "de"
    title: str = ""
    filters: Filters = EVERYTHING
    version: str = ""
    workbooks: Mapping[AreaKey, str] = field(default_factory=dict)
    processes: int = 0  # 0: as many as there are processors, one for few areas


@dataclass(frozen=True)
class Frame:
    """The region as all pages see it; ``covered`` is the coverage by area and theme."""

    options: Options
    now: datetime
    region: str
    as_of: str
    chosen: Selection
    themes: tuple[Theme, ...]
    services: tuple[Service, ...]
    total: CoverageRow
    rows: Mapping[AreaKey, CoverageRow]
    covered: Mapping[AreaKey, Mapping[str, CoverageRow]]
    covered_total: Mapping[str, CoverageRow]

    @property
    def title(self) -> str:
        """Return what the site is called; empty if nobody named it."""
        return self.options.title or self.region

    def theme(self, slug: str) -> str:
        """Return the name of a theme."""
        return next(theme.name for theme in self.themes if theme.slug == slug)


def read_frame(connection: Connection, options: Options, now: datetime) -> Frame:
    """Read what all pages share. Raise NotFound for what the filters name and does not exist."""
    filters = options.filters
    chosen = select_cells(connection, filters, past=True)
    titles = select(ozg_service.c.ozg_id, ozg_service.c.title, ozg_service.c.theme)
    known = connection.execute(titles.order_by(ozg_service.c.theme, ozg_service.c.ozg_id)).all()
    wanted = chosen.themes or {theme for _, _, theme in known}
    by_name = slugs(sorted(wanted))
    whole = coverage(connection, filters)
    of_theme = {name: coverage(connection, replace(filters, themes=(name,))) for name in by_name}
    covered: dict[AreaKey, dict[str, CoverageRow]] = {}
    for name, rows in of_theme.items():
        for row in rows[:-1]:
            covered.setdefault((row.ars, row.level), {})[name] = row
    region = region_now(connection)
    return Frame(
        options=options,
        now=now,
        region=region.name,
        as_of=region.as_of,
        chosen=chosen,
        themes=tuple(Theme(name, slug) for name, slug in by_name.items()),
        services=tuple(
            Service(ozg_id, title, by_name[theme]) for ozg_id, title, theme in known if theme in by_name
        ),
        total=whole[-1],
        rows={(row.ars, row.level): row for row in whole[:-1]},
        covered=covered,
        covered_total={name: rows[-1] for name, rows in of_theme.items()},
    )


def figure_of(row: CoverageRow, definition: str) -> Figure:
    """Return a row's figure by one of the definitions of online."""
    if definition == "any":
        return Figure(row.any_count, row.cells, row.any_share, row.any_upper)
    if definition == "own":
        return Figure(row.own_count, row.cells, row.own_share, row.own_upper)
    if definition == "share":
        return Figure(row.leaves_online, row.leaves, row.leaves_share, row.leaves_upper)
    return Figure(row.checked_count, row.cells, row.checked_share, row.checked_upper)
