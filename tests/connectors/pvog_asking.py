"""What the tests of the PVOG connector share: asking a small PVOG, and looking at what comes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from catalogue.records import Completeness, Issue, Memory, Offering, Record
from connectors.assignment import AssignedArea, Assignment
from connectors.fetch import Fetcher
from connectors.pvog import PvogConnector
from connectors.pvog_settings import PvogSettings
from tests.connectors.pvog_server import PATHS, PvogServer, online
from tests.faultserver import FaultServer

__all__ = ["BUND", "CITY", "KREIS", "LAND", "NEIGHBOUR", "TOWN", "Asking", "Heard", "settings"]

CITY, TOWN, NEIGHBOUR = "055130000000", "055620012012", "055620014014"
KREIS, LAND, BUND = "055620000000", "050000000000", "000000000000"


def settings(**given: object) -> PvogSettings:
    """Return settings for the small PVOG, or for whatever ``location`` says."""
    base = {"id": "pvog", "type": "pvog", "location": "http://localhost/api", "per_second": 1_000.0}
    return PvogSettings.model_validate({**base, **PATHS, **given})


@dataclass
class Heard:
    """The records of one survey."""

    records: list[Record]
    digest: str

    @property
    def offerings(self) -> dict[str, Offering]:
        """Return the offerings by ref; each ref comes once."""
        found = [record for record in self.records if isinstance(record, Offering)]
        by_ref = {offering.ref: offering for offering in found}
        assert len(by_ref) == len(found)
        return by_ref

    @property
    def issues(self) -> list[tuple[str, str, str]]:
        """Return kind, record and detail of what is irregular."""
        return [(each.kind, each.record, each.detail) for each in self.records if isinstance(each, Issue)]

    @property
    def kinds(self) -> list[str]:
        """Return the kinds of what is irregular."""
        return [kind for kind, _, _ in self.issues]

    @property
    def memory(self) -> dict[str, str]:
        """Return what is to be remembered."""
        return {record.key: record.value for record in self.records if isinstance(record, Memory)}

    @property
    def reach(self) -> str:
        """Return what it says of questions without an answer."""
        return [record.reach for record in self.records if isinstance(record, Completeness)][-1]

    @property
    def scope(self) -> str:
        """Return how complete it was."""
        last = self.records[-1]
        assert isinstance(last, Completeness)
        return last.scope

    def shown(self) -> dict[str, tuple[str, str, str]]:
        """Return area-wise what the offerings say: ref to status, link and operator."""
        return {
            ref: (offering.status.value, offering.url, offering.operator)
            for ref, offering in self.offerings.items()
        }


@dataclass
class Asking:
    """Asks a small PVOG on a misbehaving server."""

    server: FaultServer
    fetcher: Fetcher
    folder: Path
    pvog: PvogServer = field(default_factory=PvogServer)
    rounds: int = 0

    def ask(
        self,
        ars: Sequence[str],
        leika: Sequence[str],
        memory: Mapping[str, str] | None = None,
        /,
        **given: object,
    ) -> Heard:
        """Ask about areas and keys, with these settings. Raise what the connector raises."""
        self.rounds += 1
        folder = self.folder / str(self.rounds)
        folder.mkdir()
        location = self.pvog.serve(self.server)
        connector = PvogConnector(settings(**{"location": location, **given}), self.fetcher)
        assigned = tuple(AssignedArea(each, "gemeinde", "Stadt") for each in ars)
        assignment = Assignment(areas=assigned, keys=tuple(leika), memory=memory or {})
        delivery = connector.acquire(folder, assignment)
        (part,) = delivery.parts
        return Heard(list(connector.read(part)), delivery.digest)

    def asked(self, path: str) -> list[str]:
        """Return the targets of all requests for a path so far."""
        return [call.target for call in self.server.requests if call.target.partition("?")[0] == path]


@pytest.fixture
def asking(server: FaultServer, fetcher: Fetcher, tmp_path: Path) -> Asking:
    """Give somebody who asks a PVOG that knows nothing but what the Bund offers everywhere."""
    everywhere = online("B.OD.7", "https://www.fuehrungszeugnis.bund.de/", "B.LB.577649", ars=[BUND])
    return Asking(server, fetcher, tmp_path, PvogServer(online=[everywhere]))
