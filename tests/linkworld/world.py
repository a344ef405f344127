"""The labelled web on the loopback interface: one server for plain hosts, one for each certificate."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.faultserver import Call, FaultServer
from tests.linkworld.alive import alive_sites
from tests.linkworld.dead import dead_sites
from tests.linkworld.site import Site, Visit

__all__ = ["CERTIFICATES", "World", "all_sites"]

SAMPLES = Path(__file__).parents[1] / "samples"
CERTIFICATES = {
    "other": SAMPLES / "fetch" / "feeds.example.pem",
    "expired": SAMPLES / "links" / "abgelaufen.example.pem",
}
LISTENS, SILENT = "127.0.0.1", "127.0.0.2"


def all_sites(*, most: int | None = None) -> list[Site]:
    """Return the whole web, or no more than so many of each kind."""
    return [
        make(number)
        for _, count, make in chain(alive_sites(), dead_sites())
        for number in range(count if most is None else min(most, count))
    ]


class _Server(FaultServer):
    """A server that looks at the name it was asked by."""

    world: World

    def _answer(self, call: Call) -> bool:
        host = call.headers.get("host", "").partition(":")[0]
        self.hits[host] += 1
        self.requests.append(call)
        self.world.visited(host, call)
        self.world.sites[host].serve(Visit(call, self.world.night, self.world.sites[host]))
        # A client may keep the connection only if it got a whole answer to read.
        return call.connection.fileno() >= 0


class World:
    """Serves the sites; a context manager. ``night`` is which night it is, from 1 on."""

    def __init__(self, sites: list[Site]) -> None:
        self.night = 1
        self.sites = {site.host: site for site in sites}
        self.asked: Counter[tuple[int, str, str, str]] = Counter()  # night, method, host, target
        self.outage = ""  # what is wrong with our own network
        self._servers = {"": _Server()} | {name: _Server(tls=path) for name, path in CERTIFICATES.items()}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        for server in self._servers.values():
            server.world = self
            self._stack.enter_context(server)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def visited(self, host: str, call: Call) -> None:
        """Take note of a request."""
        self.asked[self.night, call.method, host, call.target] += 1

    def url(self, site: Site) -> str:
        """Return the address of a site's link."""
        scheme = "https" if site.tls else "http"
        return f"{scheme}://{site.host}:{self._servers[site.tls].port}{site.path}"

    def links(self) -> Iterator[tuple[str, Site]]:
        """Yield the links to be checked."""
        return ((self.url(site), site) for site in self.sites.values())

    def resolve(self, host: str, _port: int) -> list[str]:
        """Answer as the name system does in this night."""
        site = self.sites.get(host)
        trouble = self.outage or ("nxdomain" if site is None else site.network(self.night))
        if trouble == "nxdomain":
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        if trouble == "again":
            raise socket.gaierror(socket.EAI_AGAIN, "try again")
        return [SILENT if trouble == "refused" else LISTENS]
