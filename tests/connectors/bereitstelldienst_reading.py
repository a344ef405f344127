"""What the tests of the Bereitstelldienst share: a source that reads a log, and one night's reading."""

from __future__ import annotations

from pathlib import Path

from catalogue.records import Completeness, Deletion, Issue, Memory, Record, Unit
from connectors.assignment import Assignment
from connectors.bereitstelldienst import BereitstelldienstConnector, BereitstelldienstSettings
from connectors.fetch import Fetcher
from tests.connectors.bereitstelldienst_server import LogServer, delete, unit

__all__ = ["LOG", "Read", "connector", "remembering"]

LOG = [unit(1), unit(2), delete(1), unit(3), unit(2, "Bauamt")]


def connector(service: LogServer, fetcher: Fetcher, **settings: object) -> BereitstelldienstConnector:
    given = {"id": "pvog", "type": "bereitstelldienst", **service.settings, **settings}
    return BereitstelldienstConnector(BereitstelldienstSettings.model_validate(given), fetcher)


def remembering(cursor: int) -> Assignment:
    return Assignment(memory={"cursor": str(cursor)})


class Read:
    """What one delivery says."""

    def __init__(self, source: BereitstelldienstConnector, folder: Path, assignment: Assignment) -> None:
        folder.mkdir()
        self.delivery = source.acquire(folder, assignment)
        self.streams = [list(source.read(part)) for part in self.delivery.parts]
        self.records: list[Record] = [record for stream in self.streams for record in stream]
        self.ends = [stream[-1] for stream in self.streams]
        self.last: Completeness = next(end for end in self.ends[-1:] if isinstance(end, Completeness))
        self.memory = [record for record in self.records if isinstance(record, Memory)]
        self.issues = [record for record in self.records if isinstance(record, Issue)]
        self.objects = [record for record in self.records if isinstance(record, Unit | Deletion)]
