"""PVOG: what the search service of the Portalverbund shows for each area, key by key.

The modules ``pvog_*`` hold its parts: settings, requests, answers, lists, details, the survey of a region,
and what the answers mean. ``acquire`` asks and writes the answers down, one JSON object per line; ``read``
turns these lines into records.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel

from catalogue.records import Completeness, Record
from connectors.assignment import NOTHING, Assignment
from connectors.contract import Check, Delivery, Part, SourceSettings
from connectors.errors import AbortRun, RejectDelivery, RetryLater
from connectors.fetch import Fetcher
from connectors.pvog_desk import Desk
from connectors.pvog_facts import AreaLine, EndLine, IssueLine, ServiceLine, read_line
from connectors.pvog_links import LinkOwners
from connectors.pvog_records import RecordMaker
from connectors.pvog_settings import PvogSettings
from connectors.pvog_survey import Survey
from connectors.replacement import Replacement
from connectors.urls import redact

__all__ = ["CONNECTOR", "PvogConnector"]

FILE_NAME = "pvog.jsonl"
REGIONAL_KEY = re.compile(r"[0-9]{12}\Z")
LONGEST_LINE = 16 << 20  # bytes


class PvogConnector:
    """Asks the search service of PVOG."""

    kind: ClassVar[str] = "pvog"
    settings_model: ClassVar[type[SourceSettings]] = PvogSettings
    reader_version: ClassVar[int] = 1
    heavy: ClassVar[bool] = True

    def __init__(self, settings: SourceSettings, fetcher: Fetcher) -> None:
        if not isinstance(settings, PvogSettings):
            raise TypeError(f"{type(settings).__name__} are not the settings of a PVOG source")
        self._settings = settings
        self._fetcher = fetcher

    def check(self) -> Check:
        """Send one cheap request. Raise RetryLater or AbortRun if it is not answered as by PVOG."""
        try:
            reply = Desk(self._settings, self._fetcher, NOTHING).ask(self._settings.locations_path)
        except RejectDelivery as error:
            raise RetryLater(error.code, **error.params) from error
        if not reply.found:
            raise RetryLater("pvog_gone", url=reply.url)
        if not isinstance(reply.answer, list):
            raise RetryLater("pvog_shape", url=reply.url, why="-: list_type")
        params: dict[str, str | int | float] = {"url": redact(self._settings.location)}
        return Check(ok=True, code="pvog_reachable", params=params)

    def acquire(self, folder: Path, assignment: Assignment = NOTHING, /) -> Delivery:
        """Ask about all areas and keys and write the answers into ``folder``. Raise any ConnectorError."""
        areas = self._areas(assignment)
        keys = self._settings.keys or tuple(dict.fromkeys(assignment.keys))
        if not areas:
            raise AbortRun("pvog_no_areas")
        if not keys:
            raise AbortRun("pvog_no_keys")
        target = folder / FILE_NAME
        desk = Desk(self._settings, self._fetcher, assignment)
        with Replacement(target) as file:

            def write(line: BaseModel) -> None:
                file.write(line.model_dump_json().encode() + b"\n")

            Survey(self._settings, desk, assignment, write).run(areas, keys)
            file.commit()
        part = Part(FILE_NAME, target, file.digest, file.size)
        return Delivery((part,), file.digest)

    def read(self, part: Part) -> Iterator[Record]:
        """Yield what the answers mean, what is irregular and to be remembered, and how complete it is."""
        maker = RecordMaker(LinkOwners(self._settings.operators))
        end: EndLine | None = None
        try:
            with part.path.open("rb") as stream:
                for number, raw in enumerate(iter(lambda: stream.readline(LONGEST_LINE), b""), start=1):
                    line = read_line(raw, part.name, number)
                    if isinstance(line, ServiceLine):
                        yield from maker.service(line)
                    elif isinstance(line, AreaLine):
                        yield from maker.area(line)
                    elif isinstance(line, IssueLine):
                        yield line.issue
                    else:
                        end = line
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise RejectDelivery("file_unreadable", file=part.name, reason=reason) from error
        if end is None:
            raise RejectDelivery("pvog_file_damaged", file=part.name, line=0)
        yield Completeness(end.scope, reach="torn" if end.torn else "")

    def _areas(self, assignment: Assignment) -> Sequence[str]:
        """Return the keys of the areas to ask about; outside of a run those that the settings name."""
        named = [area.ars for area in assignment.areas] or list(self._settings.areas)
        # A kreisfreie Stadt may be assigned on two levels; PVOG knows it by its one key.
        return list(dict.fromkeys(ars for ars in named if REGIONAL_KEY.match(ars)))


CONNECTOR = PvogConnector
