"""The page of sources: when each was read, what its silence is worth, how much is irregular about it.

What messages and samples say is left out: it may name paths and machines, and the page is for everybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from markupsafe import Markup

from catalogue.reports.page.evidence import SourcePlace
from catalogue.reports.page.pieces import cut
from catalogue.reports.page.places import numbered
from catalogue.reports.page.setting import Setting
from catalogue.reports.sources import SourceRow

__all__ = ["good_sources", "source_pages", "troubled_sources"]

PAGE = "quellen.html"
#: So many troubled sources are named on the region's page.
MOST_NAMED = 12


def good_sources(rows: Sequence[SourceRow]) -> int:
    """Return how many sources are up to date."""
    return sum(row.standing == "ok" for row in rows if row.active)


def troubled_sources(
    rows: Sequence[SourceRow], places: Mapping[str, SourcePlace]
) -> tuple[list[dict[str, str]], int]:
    """Return the active sources that are not up to date, the first ones, and how many more there are."""
    found = [
        {"name": row.name, "place": places[row.source].place, "standing": row.standing}
        for row in rows
        if row.active and row.standing != "ok"
    ]
    return found[:MOST_NAMED], max(0, len(found) - MOST_NAMED)


def source_pages(
    setting: Setting, rows: Sequence[SourceRow], places: Mapping[str, SourcePlace]
) -> Iterator[tuple[str, str]]:
    """Yield the pages of sources with their names."""
    source = setting.environment.get_template("_source.html").module.source  # type: ignore[attr-defined]
    pieces: list[Markup] = [
        source(row, places[row.source].place)
        for row in sorted(rows, key=lambda row: (not row.active, row.standing == "ok"))
    ]
    pages = cut(pieces)
    for number, entries in enumerate(pages, start=1):
        name = numbered(PAGE, number)
        yield (
            name,
            setting.page(
                "sources.html",
                name,
                section="sources",
                entries=entries,
                good=good_sources(rows),
                all=sum(row.active for row in rows),
                page=number,
                pages=len(pages),
            ),
        )
