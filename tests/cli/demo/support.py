"""What the tests of the demo share."""

from __future__ import annotations

from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from catalogue.store import Store
from cli.demo.check import Check
from cli.demo.facts import Facts
from cli.demo.history import Night
from cli.demo.regionfile import write_region
from cli.demo.server import DemoServer
from cli.demo.web.hosts import Request
from sync.region import Region, read_region
from sync.report import RunReport

#: The words of the truth files for what the demo is there to show.
STORIES = {
    # online, by whom
    "own_online",
    "no_key",
    "kreis_online",
    "land_online",
    "bund_online",
    "regierungsbezirk_online",
    # less than online
    "form",
    "described",
    "land_text",
    "kreis_described",
    "silence",
    "asked_in_vain",
    # not the area's own task
    "kreis_task",
    "grosse_task",
    "mittlere_task",
    "gemeinde_task",
    "land_task",
    "bund_task",
    "sonstige_task",
    "mentioned",
    # not known
    "unresolved",
    "source_failed",
    "held",
    "never_asked",
    "list_incomplete",
    "part_read",
    "review",
    # ways in which deliveries are irregular
    "title_only",
    "two_keys",
    "act_key",
    "foreign_service",
    "late_service",
    "worded",
    # what websites, portals and services tell
    "state_text",
    "dead_link",
    "participation",
    # from night to night
    "new_offer",
    "improved",
    "vanished",
    "withdrawn",
    "recovered",
}


@dataclass(frozen=True)
class Generated:
    facts: Facts
    folder: Path
    nights: list[Night]


@dataclass(frozen=True)
class Played:
    """A demo of three nights: its database, and what each night did."""

    store: Store
    reports: list[RunReport]
    checks: list[Check]
    requests: list[Request]
    names: dict[str, str]  # invented addresses by those on this machine

    def state(self, night: int, source: str) -> str:
        return next(one.state for one in self.reports[night - 1].sources if one.source == source)


def region_of(generated: Generated, server: DemoServer, night: int, path: Path) -> Region:
    write_region(path, generated.facts, server.url, night, server.hosts.address)
    return read_region(path)


def answer(
    server: DemoServer, path: str, method: str = "GET", headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    port = int(server.url.rpartition(":")[2].rstrip("/"))
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, headers=headers or {})
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


def contents_of(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
