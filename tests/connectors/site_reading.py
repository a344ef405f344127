"""Reading a website in a test: a connector for a served town, its nights, and what came of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from catalogue.records import Completeness, Issue, Memory, Offering, Record
from connectors.assignment import Assignment
from connectors.contract import Delivery
from connectors.fetch import Fetcher
from connectors.site import SiteConnector
from connectors.site_settings import SiteSettings
from tests.faultserver import FaultServer

__all__ = ["AREA", "Night", "Town", "settings"]

AREA = "055620032032"


def settings(**given: object) -> SiteSettings:
    """Return settings that need nothing else and wait for nothing."""
    own = {"id": "stadt", "type": "site", "areas": [AREA], "allow_private": True, "delay": 0}
    return SiteSettings.model_validate({**own, **given})


@dataclass
class Night:
    """What a website delivered in one night."""

    delivery: Delivery
    records: list[Record]

    @property
    def offerings(self) -> list[Offering]:
        """Return its offerings in order of their titles."""
        found = [record for record in self.records if isinstance(record, Offering)]
        return sorted(found, key=lambda offering: offering.service.title)

    @property
    def titles(self) -> list[str]:
        """Return the titles of its services."""
        return [offering.service.title for offering in self.offerings]

    @property
    def scope(self) -> str:
        """Return the weakest scope of its parts."""
        scopes = {record.scope for record in self.records if isinstance(record, Completeness)}
        return "part" if "part" in scopes else next(iter(scopes))

    @property
    def issues(self) -> list[str]:
        """Return the kinds of its issues."""
        return [record.kind for record in self.records if isinstance(record, Issue)]

    @property
    def memory(self) -> dict[str, str]:
        """Return what it wants to be remembered."""
        return {record.key: record.value for record in self.records if isinstance(record, Memory)}


@dataclass
class Town:
    """A website on a server, read night after night."""

    server: FaultServer
    fetcher: Fetcher
    folder: Path
    given: dict[str, object] = field(default_factory=dict)
    nights: int = 0

    def serve(self, pages: Mapping[str, bytes], content_type: str = "text/html; charset=utf-8") -> None:
        """Serve pages by path."""
        for path, body in pages.items():
            self.server.add(path, body, content_type)

    def read(self, memory: Mapping[str, str] | None = None, **given: object) -> Night:
        """Read the website once more; the list is at /leistungen unless settings say otherwise."""
        self.nights += 1
        folder = self.folder / str(self.nights)
        folder.mkdir()
        usual = {"lists": self.server.url("/leistungen"), "expected": [1, 1_000], "sitemap": "off"}
        connector = SiteConnector(settings(**{**usual, **self.given, **given}), self.fetcher)
        delivery = connector.acquire(folder, Assignment(memory=memory or {}))
        records = [record for part in delivery.parts for record in connector.read(part)]
        return Night(delivery, records)

    @property
    def asked(self) -> list[str]:
        """Return the addresses that were asked for."""
        return [call.target for call in self.server.requests]
