"""How an area stands among those of its kind and size: never against others, and never as a rank."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup
from sqlalchemy import Connection

from catalogue.lookup import AreaIndex
from catalogue.priority_rules import packaged_priority_rules
from catalogue.reports.coverage import CoverageRow
from catalogue.reports.filters import RegionArea
from catalogue.reports.page.frame import Figure, Frame, figure_of
from catalogue.reports.page.setting import Setting
from catalogue.solutions_peers import Group, Peers

__all__ = ["Comparisons"]

#: Definitions that are compared; a share of single services depends on the bundle, links are checked apart.
COMPARED = ("any", "own", "share")
#: So many others are listed; with fewer than so many nothing is compared.
MOST_LISTED = 60
FEWEST = 2


class Line(NamedTuple):
    """One figure: the area's own, and the lower bounds of the others."""

    definition: str
    own: Figure
    low: float
    middle: float
    high: float


@dataclass(frozen=True)
class Comparisons:
    """The groups of comparable areas of a region."""

    frame: Frame
    peers: Peers

    @classmethod
    def load(cls, connection: Connection, index: AreaIndex, frame: Frame) -> Comparisons:
        """Read which areas are comparable."""
        areas = [one.id for one in frame.chosen.areas]
        return cls(frame, Peers.load(connection, index, areas, packaged_priority_rules()))

    def part(self, setting: Setting, area: RegionArea) -> Markup:
        """Return the part of an area's page that compares it."""
        group = self.peers.group(area.id)
        known = {one.id: one for one in self.frame.chosen.areas}
        others = [known[number] for number in self.peers.members(group) if number != area.id]
        rows = [self.frame.rows[one.ars, one.level] for one in others]
        return setting.part(
            "_comparison.html",
            kind=setting.text.word("area_kind", group.kind),
            size=_size(setting, group),
            lines=self._lines(self.frame.rows[area.ars, area.level], rows),
            others=[
                {"row": row, "any": figure_of(row, "any"), "own": figure_of(row, "own")}
                for row in rows[:MOST_LISTED]
            ],
            count=len(others),
            more=max(0, len(others) - MOST_LISTED),
            enough=len(others) >= FEWEST,
        )

    def _lines(self, own: CoverageRow, rows: Sequence[CoverageRow]) -> list[Line]:
        lines = []
        for definition in COMPARED:
            shares = [one for one in (figure_of(row, definition).low for row in rows) if one is not None]
            figure = figure_of(own, definition)
            if len(shares) >= FEWEST and figure.low is not None:
                middle = statistics.median(shares)
                lines.append(Line(definition, figure, min(shares), middle, max(shares)))
        return lines


def _size(setting: Setting, group: Group) -> str:
    """Return a size class in words."""
    text = setting.text
    if group.size is None:
        return text("page.size_unknown")
    least, below = group.size
    if below is None:
        return text("page.size_from", least=text.number(least))
    return text("page.size_between", least=text.number(least), below=text.number(below))
