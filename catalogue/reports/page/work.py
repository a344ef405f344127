"""One share of a site's pages: those of some areas or of some services, written by whichever process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import Connection

from catalogue.annotations import CellKey, Remark, local_day, remarks
from catalogue.reports.cells import CellRow, read_cells
from catalogue.reports.filters import RegionArea
from catalogue.reports.page.areas import AreaFacts, area_pages
from catalogue.reports.page.comparison import Comparisons
from catalogue.reports.page.evidence import (
    MOST_OFFERINGS,
    AreaEvidence,
    evidence_pages,
    histories,
    source_places,
)
from catalogue.reports.page.folder import write_page
from catalogue.reports.page.frame import Frame, Service
from catalogue.reports.page.region import ServiceCounts
from catalogue.reports.page.services import ServiceFacts, read_matching, service_pages
from catalogue.reports.page.setting import Setting
from catalogue.reports.trail import TrailReader
from catalogue.reports.worklist import WorkRow, worklists
from catalogue.situations import Situations
from catalogue.solutions_peers import populations
from catalogue.verdict import GAP_STATUSES
from catalogue.voices import load_voices

__all__ = ["Builder", "Written", "setting_of"]

#: So many areas, or services, are read at once; what is in memory does not grow with the region.
AREAS_AT_ONCE = 8
SERVICES_AT_ONCE = 8
#: The parts of the site in the order of the navigation, with their pages.
NAVIGATION = (
    ("region", "index.html"),
    ("areas", "gebiete.html"),
    ("services", "leistungen.html"),
    ("changes", "aenderungen.html"),
    ("morning", "nacht.html"),
    ("sources", "quellen.html"),
    ("method", "methode.html"),
)


@dataclass
class Written:
    """What was written: pages, bytes, the largest page, and what the services' pages counted."""

    pages: int = 0
    bytes: int = 0
    largest: int = 0
    largest_page: str = ""
    counts: dict[str, ServiceCounts] = field(default_factory=dict)

    def add(self, other: Written) -> None:
        """Take in what somebody else wrote."""
        self.pages += other.pages
        self.bytes += other.bytes
        if other.largest > self.largest:
            self.largest, self.largest_page = other.largest, other.largest_page
        self.counts |= other.counts


def setting_of(frame: Frame) -> Setting:
    """Return how the pages of a region are set."""
    setting = Setting(frame.options.language, {})
    text, as_of = setting.text, frame.options.filters.as_of
    past = text.moment(as_of.isoformat()) if as_of else ""
    setting.environment.globals.update(
        site=frame.title or text("page.region_title"),
        standing=text("page.standing", moment=past or text.moment(frame.as_of)),
        past=past,
        navigation=NAVIGATION,
        version=frame.options.version,
    )
    return setting


class Builder:
    """Writes pages into a folder from one connection, which shows one state of the catalogue."""

    def __init__(self, connection: Connection, frame: Frame, folder: Path) -> None:
        self.connection = connection
        self.frame = frame
        self.folder = folder
        self.setting = setting_of(frame)
        self.sources = source_places(connection)
        self._populations = populations(connection)
        self._past = frame.options.filters.as_of
        self._today = local_day(self._past or frame.now)
        self._situations = Situations(connection, frame.now)
        self._trails = TrailReader(connection, self._situations, MOST_OFFERINGS)
        self._comparisons = Comparisons.load(connection, self._situations.areas, frame)

    def write(self, pages: Iterable[tuple[str, str]]) -> Written:
        """Write pages that are given with their names."""
        written = Written()
        for name, content in pages:
            size = write_page(self.folder, name, content)
            written.add(Written(1, size, size, name))
        return written

    def areas(self, areas: Sequence[RegionArea], advance: Callable[[], None]) -> Written:
        """Write the pages of areas and of their evidence."""
        written = Written()
        work = self._work(areas)
        for start in range(0, len(areas), AREAS_AT_ONCE):
            group = areas[start : start + AREAS_AT_ONCE]
            for facts, evidence in self._facts(group, work):
                written.add(self.write(area_pages(self.setting, self.frame, facts)))
                pages = evidence_pages(self.setting, self.frame, self.sources, evidence)
                written.add(self.write(pages))
                advance()
        return written

    def _work(self, areas: Sequence[RegionArea]) -> Iterable[Mapping[str, WorkRow]]:
        """Yield the work list of each area by OZG id, one after the other."""
        asked = self.frame.options.filters
        filters = replace(asked, areas=tuple(one.ars for one in areas), level="")
        if len({one.ars for one in areas}) < len(areas) or _is_ambiguous(areas, self.frame.chosen.areas):
            for one in areas:
                single = replace(filters, areas=(one.ars,), level=one.level)
                for found in worklists(self.connection, single, today=self.frame.now):
                    yield {row.cell.ozg_id: row for row in found.rows}
            return
        for found in worklists(self.connection, filters, today=self.frame.now):
            yield {row.cell.ozg_id: row for row in found.rows}

    def _facts(
        self, group: Sequence[RegionArea], work: Iterable[Mapping[str, WorkRow]]
    ) -> Iterable[tuple[AreaFacts, AreaEvidence]]:
        connection, frame = self.connection, self.frame
        cells = self._cells(replace_areas(frame, group))
        ids = [one.id for one in group]
        history = histories(connection, ids, self._past)
        said = remarks(connection, ids, as_of=self._past)
        situations = self._situations
        above = {number: situations.areas.ancestors(number) for number in ids}
        voices = {} if self._past else load_voices(connection, frame.now, above)
        lists = iter(work)
        for one in group:
            key = (one.ars, one.level)
            of_area = cells.get(key, [])
            of_cells = {ozg_id: remark for (*place, ozg_id), remark in said.items() if tuple(place) == key}
            facts = AreaFacts(
                area=one,
                population=self._populations.get(one.id),
                cells=of_area,
                work=next(lists, {}),
                remarks=of_cells,
                comparison=self._comparisons.part(self.setting, one),
                workbook=frame.options.workbooks.get(key, ""),
                today=self._today,
            )
            trails = None if self._past else self._trails.of_area(one.id)
            yield (
                facts,
                AreaEvidence(one, of_area, trails, history.get(one.id, {}), of_cells, voices.get(one.id, ())),
            )

    def _cells(self, frame: Frame) -> dict[tuple[str, str], list[CellRow]]:
        found: dict[tuple[str, str], list[CellRow]] = {}
        for cell in read_cells(self.connection, frame.chosen):
            found.setdefault((cell.ars, cell.level), []).append(cell)
        return found

    def services(self, services: Sequence[Service], advance: Callable[[], None]) -> Written:
        """Write the pages of services."""
        written = Written()
        said: Mapping[CellKey, Remark] = remarks(
            self.connection, [one.id for one in self.frame.chosen.areas], as_of=self._past
        )
        for start in range(0, len(services), SERVICES_AT_ONCE):
            group = services[start : start + SERVICES_AT_ONCE]
            ozg_ids = [one.ozg_id for one in group]
            chosen = replace(self.frame.chosen, services=frozenset(ozg_ids))
            matching = read_matching(self.connection, ozg_ids)
            cells: dict[str, list[CellRow]] = {ozg_id: [] for ozg_id in ozg_ids}
            for cell in read_cells(self.connection, chosen):
                cells[cell.ozg_id].append(cell)
            for one in group:
                facts = ServiceFacts(one, cells[one.ozg_id], matching, said, self._today)
                written.add(self.write(service_pages(self.setting, self.frame, facts)))
                written.counts[one.ozg_id] = _counts(cells[one.ozg_id])
                advance()
        return written


def replace_areas(frame: Frame, areas: Sequence[RegionArea]) -> Frame:
    """Return a frame that is limited to some of its areas."""
    return replace(frame, chosen=replace(frame.chosen, areas=tuple(areas), limited=True))


def _is_ambiguous(areas: Sequence[RegionArea], region: Sequence[RegionArea]) -> bool:
    """Tell whether a key of these areas stands on two levels of the region."""
    keys = Counter(one.ars for one in region)
    return any(keys[one.ars] > 1 for one in areas)


def _counts(cells: Sequence[CellRow]) -> ServiceCounts:
    competent = [one for one in cells if one.competent == "yes"]
    tiers = Counter(one.competent_tier for one in cells)
    return ServiceCounts(
        cells=len(competent),
        online=sum(one.status == "online" for one in competent),
        gaps=sum(one.status in GAP_STATUSES for one in competent),
        unknown=sum(one.status == "unknown" for one in competent),
        tier=min(tiers, key=lambda tier: (-tiers[tier], tier), default=""),
    )
