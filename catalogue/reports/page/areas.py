"""An area's page: its figures, gaps by priority, what others cover, what is unknown, who is comparable."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from markupsafe import Markup

from catalogue.annotations import Remark, is_overdue
from catalogue.reports.cells import CellRow
from catalogue.reports.coverage import DEFINITIONS, REASONS
from catalogue.reports.filters import RegionArea
from catalogue.reports.page.frame import Frame, figure_of
from catalogue.reports.page.pieces import MOST_BYTES, cut, size_of
from catalogue.reports.page.places import anchor, area_page, evidence_page, numbered, root_of, service_page
from catalogue.reports.page.setting import Setting
from catalogue.reports.worklist import WorkRow
from catalogue.verdict import GAP_STATUSES

__all__ = ["AreaFacts", "area_pages"]

#: What the head, the foot and the tables of an area's page take, roughly, and each entry of its lists.
FRAME_BYTES = 30_000
ENTRY_BYTES = 160
#: At least so many bytes are left for gaps on the first page.
LEAST_ROOM = 60_000


class Entry(NamedTuple):
    """One service in a list: its title, its evidence, and the link to the offer."""

    title: str
    place: str
    url: str = ""


class Group(NamedTuple):
    """Services that have something in common, as ``name`` says."""

    name: str
    entries: list[Entry]


@dataclass(frozen=True)
class AreaFacts:
    """Everything an area's page needs; ``work`` are its gaps by OZG id, None if no list was made."""

    area: RegionArea
    population: int | None
    cells: Sequence[CellRow]
    work: Mapping[str, WorkRow] | None
    remarks: Mapping[str, Remark]
    comparison: Markup
    workbook: str
    today: date


def area_pages(setting: Setting, frame: Frame, facts: AreaFacts) -> Iterator[tuple[str, str]]:
    """Yield the page of an area, and further ones for the gaps that have no room on it."""
    view = _View(setting, frame, facts)
    first = area_page(facts.area.ars, facts.area.level)
    cells = _gaps(facts)
    pieces = [view.gap(cell) for cell in cells]
    lists = view.lists()
    others = FRAME_BYTES + size_of(facts.comparison) + view.size_of_lists()
    room = max(LEAST_ROOM, MOST_BYTES - others - 40_000)
    pages = cut(pieces, room)
    shared = {"area": facts.area, "gaps_count": len(cells), "section": "areas"}
    place = 1
    for number, gaps in enumerate(pages, start=1):
        name = numbered(first, number)
        more = numbered(first, number + 1).rpartition("/")[2] if number < len(pages) else ""
        if number == 1:
            yield name, view.first_page(name, {**shared, **lists, "gaps": gaps, "more_gaps": more})
        else:
            page = setting.page(
                "more_gaps.html", name, **shared, gaps=gaps, more_gaps=more, page=number, first=place
            )
            yield name, page
        place += len(gaps)


def _gaps(facts: AreaFacts) -> list[CellRow]:
    """Return the gaps, the most urgent first; without a work list by theme."""
    cells = [one for one in facts.cells if one.competent == "yes" and one.status in GAP_STATUSES]
    if facts.work is None:
        return sorted(cells, key=lambda one: (one.theme, one.ozg_id))
    order = {ozg_id: number for number, ozg_id in enumerate(facts.work)}
    return sorted(cells, key=lambda one: (order.get(one.ozg_id, len(order)), one.ozg_id))


class _View:
    """Shows one area."""

    def __init__(self, setting: Setting, frame: Frame, facts: AreaFacts) -> None:
        self.setting = setting
        self.text = setting.text
        self.frame = frame
        self.facts = facts
        self.key = (facts.area.ars, facts.area.level)
        self.root = root_of(area_page(*self.key))
        self.slug_of = {theme.name: theme.slug for theme in frame.themes}
        environment = setting.environment
        self._gap: Callable[..., Markup] = environment.get_template("_gap.html").module.gap  # type: ignore[attr-defined]

    def place(self, cell: CellRow) -> str:
        """Return where the evidence of a cell is, as seen from this page."""
        page = evidence_page(*self.key, self.slug_of.get(cell.theme, ""))
        return f"{self.root}{page}#{anchor(cell.ozg_id)}"

    def gap(self, cell: CellRow) -> Markup:
        """Return one gap."""
        work = self.facts.work.get(cell.ozg_id) if self.facts.work is not None else None
        remark = self.facts.remarks.get(cell.ozg_id)
        overdue = remark is not None and is_overdue(remark.planned_for, cell.status, self.facts.today)
        service = f"{self.root}{service_page(cell.ozg_id)}"
        return self._gap(cell, self.place(cell), service, work, remark, overdue)

    def lists(self) -> dict[str, object]:
        """Return what is online, unknown or somebody else's."""
        cells = self.facts.cells
        own = [one for one in cells if one.own]
        covered = [one for one in cells if one.status == "online" and not one.own]
        # What nobody knows to be this area's own task is no gap in its knowledge, but counted all the same.
        unknown = [one for one in cells if one.status == "unknown" and one.competent == "yes"]
        unresolved = [one for one in cells if one.competent == "unresolved" and one.status != "online"]
        others = [one for one in cells if one.status == "not_competent"]
        order = {reason: number for number, reason in enumerate(REASONS)}
        return {
            "own": [self._entry(one) for one in own],
            "own_count": len(own),
            "covered": self._groups(covered, lambda one: self.text.word("operator", one.operator)),
            "covered_count": len(covered),
            "unknown": self._groups(
                sorted(unknown, key=lambda one: (order.get(one.reason, 99), one.ozg_id)),
                lambda one: self.text.word("reason", one.reason),
            ),
            "unknown_count": len(unknown),
            "unresolved_count": len(unresolved),
            "others": self._groups(
                others, lambda one: one.competent_area or self.text.word("tier", one.competent_tier)
            ),
            "others_count": len(others),
        }

    def size_of_lists(self) -> int:
        """Return roughly how many bytes the lists will take; links can be long."""
        shown = [one for one in self.facts.cells if one.status in {"online", "unknown", "not_competent"}]
        titles = sum(ENTRY_BYTES + 2 * size_of(one.title) for one in shown)
        return titles + sum(size_of(one.online_url) for one in shown)

    def _entry(self, cell: CellRow) -> Entry:
        return Entry(cell.title, self.place(cell), cell.online_url)

    def _groups(self, cells: Sequence[CellRow], name: Callable[[CellRow], str]) -> list[Group]:
        found: dict[str, list[Entry]] = defaultdict(list)
        for cell in cells:
            found[name(cell)].append(self._entry(cell))
        return [Group(one, entries) for one, entries in found.items()]

    def first_page(self, name: str, facts: Mapping[str, object]) -> str:
        """Return the area's page."""
        row = self.frame.rows[self.key]
        of_theme = self.frame.covered.get(self.key, {})
        by_theme = [
            {
                "name": theme.name,
                "slug": theme.slug,
                "row": of_theme[theme.name],
                "any": figure_of(of_theme[theme.name], "any"),
                "own": figure_of(of_theme[theme.name], "own"),
            }
            for theme in self.frame.themes
            if theme.name in of_theme
        ]
        return self.setting.page(
            "area.html",
            name,
            row=row,
            population=self.facts.population,
            figures=[(code, figure_of(row, code)) for code in DEFINITIONS],
            by_theme=by_theme,
            comparison=self.facts.comparison,
            workbook=self.facts.workbook,
            prioritised=self.facts.work is not None,
            remarks=self._remarks(),
            **facts,
        )

    def _remarks(self) -> list[dict[str, object]]:
        """Return what officers said about cells, what is overdue first."""
        cells = {one.ozg_id: one for one in self.facts.cells}
        found = []
        for ozg_id, remark in self.facts.remarks.items():
            cell = cells.get(ozg_id)
            if cell is not None:
                overdue = is_overdue(remark.planned_for, cell.status, self.facts.today)
                found.append((not overdue, remark.planned_for or "9", cell, remark))
        return [
            {
                "title": cell.title,
                "place": self.place(cell),
                "status": cell.status,
                "kind": remark.kind,
                "comment": remark.comment,
                "planned_for": remark.planned_for,
                "overdue": not in_time,
                "unit": remark.unit,
            }
            for in_time, _, cell, remark in sorted(found, key=lambda one: (*one[:2], one[2].ozg_id))
        ]
