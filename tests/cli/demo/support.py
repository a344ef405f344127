"""What the tests of the demo share."""

from __future__ import annotations

from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from cli.demo.facts import Facts
from cli.demo.history import Night
from cli.demo.regionfile import region_file
from cli.demo.server import DemoServer
from sync.region import Region, read_region

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
    "review",
    # ways in which deliveries are irregular
    "title_only",
    "two_keys",
    "act_key",
    "foreign_service",
    "late_service",
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


def region_of(generated: Generated, base: str, night: int, path: Path) -> Region:
    path.write_text(region_file(generated.facts, base, night), encoding="utf-8")
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
