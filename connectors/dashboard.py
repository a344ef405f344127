"""The federal dashboard: which online services it counts where, as a second opinion.

It is compared with the cells and never part of them (``lueckenlos crosscheck``). A row says that an online
service is known for an area; it never says that there is none. What the parts of a row mean:

================================  ======================================================
row                               offering
================================  ======================================================
link, ``online_status`` ok        online
link, ``nicht ok`` or not stated  described: counted there, but its link did not work
link, ``aktiv`` nein              described: not active any more, or not yet
no usable link                    described
================================  ======================================================

``acquire`` asks, or reads a downloaded file, and writes what it learnt line by line; ``read`` turns these
lines into records. Which areas were read to their end is remembered, so that nobody takes the dashboard's
silence about an area that it was not asked for as its opinion.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar, Final

from catalogue.records import Completeness, Issue, Memory, Record, Severity
from connectors.assignment import NOTHING, Assignment
from connectors.contract import Check, Delivery, Part, SourceSettings
from connectors.dashboard_files import find_file, read_file
from connectors.dashboard_lines import AskedLine, IssueLine, RowLine, read_lines
from connectors.dashboard_notebook import Notebook, Surroundings
from connectors.dashboard_pages import Desk, Walk
from connectors.dashboard_rows import offering_of
from connectors.dashboard_settings import DashboardSettings
from connectors.errors import AbortRun, ConnectorError, RejectDelivery, RetryLater
from connectors.fetch import Fetcher
from connectors.pvog_places import steps_of
from connectors.replacement import Replacement
from connectors.urls import redact

__all__ = ["ASKED", "CONNECTOR", "DashboardConnector"]

#: Under this and the area's key is remembered how many rows an area had that was read to its end.
ASKED: Final = "asked"
FILE_NAME: Final = "dashboard.jsonl"
REGIONAL_KEY = re.compile(r"[0-9]{12}\Z")
#: Failures after which the next request would fare no better.
FINAL: Final = frozenset({"cancelled", "postponed", "storage_failed"})
#: So many failures without a success in between, and the source is given up.
MOST_FAILURES: Final = 5


class DashboardConnector:
    """Asks the federal dashboard, or reads a file downloaded from it."""

    kind: ClassVar[str] = "dashboard"
    settings_model: ClassVar[type[SourceSettings]] = DashboardSettings
    reader_version: ClassVar[int] = 1
    heavy: ClassVar[bool] = True

    def __init__(self, settings: SourceSettings, fetcher: Fetcher) -> None:
        if not isinstance(settings, DashboardSettings):
            raise TypeError(f"{type(settings).__name__} are not the settings of the dashboard")
        self._settings = settings
        self._fetcher = fetcher

    def check(self) -> Check:
        """Look whether the file is there or the interface answers. Raise RetryLater or AbortRun."""
        location = self._settings.location
        if not self._settings.is_remote:
            path = find_file(location)
            return Check(ok=True, code="dashboard_file", params={"path": str(path)})
        try:
            desk = Desk(self._settings, self._fetcher, NOTHING, Path())
            desk.ask_json(self._settings.check_path)
        except RejectDelivery as error:
            raise RetryLater(error.code, **error.params) from error
        return Check(ok=True, code="dashboard_reachable", params={"url": redact(location)})

    def acquire(self, folder: Path, assignment: Assignment = NOTHING, /) -> Delivery:
        """Ask for the areas, or read the file, and write it down. Raise any ConnectorError."""
        areas = self._areas(assignment)
        target = folder / FILE_NAME
        with Replacement(target) as file:
            notebook = Notebook(file.write)
            if not self._settings.is_remote:
                self._read_file(notebook, areas)
            elif not areas:
                raise AbortRun("dashboard_no_areas")
            else:
                desk = Desk(self._settings, self._fetcher, assignment, folder)
                self._ask(desk, notebook, areas, assignment)
            notebook.end()
            file.commit()
        part = Part(FILE_NAME, target, file.digest, file.size)
        return Delivery((part,), file.digest)

    def read(self, part: Part) -> Iterator[Record]:
        """Yield the offerings, what is irregular and to be remembered, and how complete it is."""
        for line in read_lines(part.path, part.name):
            if isinstance(line, RowLine):
                yield offering_of(line)
            elif isinstance(line, AskedLine):
                yield Memory(f"{ASKED}|{line.area}", str(line.rows))
            elif isinstance(line, IssueLine):
                yield line.issue
            else:
                yield Completeness(line.scope)

    def _areas(self, assignment: Assignment) -> Sequence[str]:
        """Return the keys of the areas to ask about; outside of a run those that the settings name."""
        named = [area.ars for area in assignment.areas] or list(self._settings.areas)
        # A kreisfreie Stadt may be assigned on two levels; the dashboard knows it by its one key.
        return list(dict.fromkeys(ars for ars in named if REGIONAL_KEY.match(ars)))

    def _read_file(self, notebook: Notebook, areas: Sequence[str]) -> None:
        """Take over a file; it was made for the areas that it shows, or that are named."""
        name = Path(self._settings.location).name
        near = Surroundings(areas)
        faults = read_file(self._settings, lambda rows, first: notebook.take(rows, name, near, first))
        notebook.doubt(*faults)
        if not notebook.whole:
            return
        named = [ars for ars in self._settings.areas if REGIONAL_KEY.match(ars)]
        notebook.asked(*named, *notebook.own)

    def _ask(self, desk: Desk, notebook: Notebook, areas: Sequence[str], assignment: Assignment) -> None:
        if self._settings.ask == "all":
            walk = Walk(desk, self._settings.all_path, {}, "")
            if self._take(walk, notebook, Surroundings(areas), assignment):
                notebook.asked(*areas, *(step for area in areas for step in steps_of(area)))
            return
        failures: list[ConnectorError] = []
        read = 0
        for number, area in enumerate(areas, start=1):
            try:
                self._ask_area(desk, notebook, area)
                read += 1
                failures.clear()
            except ConnectorError as error:
                failures.append(error)
                if isinstance(error, AbortRun) or error.code in FINAL or len(failures) >= MOST_FAILURES:
                    raise
                notebook.doubt(_note_failed(area, error))
            assignment.progress(number, len(areas))
            assignment.check()
        if failures and not read:
            raise failures[-1]

    def _ask_area(self, desk: Desk, notebook: Notebook, area: str) -> None:
        settings = self._settings
        values = {
            "ars": area,
            "filetype": "" if settings.filetype == "json" else settings.filetype,
            "above": str(settings.include_above).lower(),
            "below": str(settings.include_below).lower(),
        }
        walk = Walk(desk, settings.area_path, values, area)
        if self._take(walk, notebook, Surroundings([area]), NOTHING):
            notebook.asked(*(steps_of(area) if settings.include_above else (area,)))

    def _take(self, walk: Walk, notebook: Notebook, near: Surroundings, assignment: Assignment) -> bool:
        """Write down a list; tell whether it was read to its end with nothing left out."""
        first = 1
        whole = True
        for rows in walk.pages():
            whole = notebook.take(rows, walk.record, near, first) and whole
            first += len(rows)
            assignment.progress(walk.came, walk.total or 0)
            assignment.check()
        faults = walk.faults()
        notebook.doubt(*faults)
        return whole and not faults


CONNECTOR = DashboardConnector


def _note_failed(area: str, error: ConnectorError) -> Issue:
    status = error.params.get("status")
    detail = error.code if status is None else f"{error.code} {status}"
    return Issue(Severity.NOTICE, "dashboard_area_failed", area, detail)
