"""One demo from the empty folder to the last night, without a word to anybody."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from catalogue.reference import load_packaged
from catalogue.store import Store
from cli.demo.check import Check, check
from cli.demo.facts import Facts
from cli.demo.folder import DemoFolder
from cli.demo.generator import generate
from cli.demo.regionfile import write_region
from cli.demo.server import DemoServer
from cli.demo.truthfile import truth_path
from sync.region import read_region
from sync.report import RunReport
from sync.run import Options, Silent, sync

__all__ = ["NightResult", "Play"]


@dataclass(frozen=True)
class NightResult:
    """What one night did, and how its cells compare with the truth."""

    night: int
    report: RunReport
    seconds: float
    check: Check


class Play:
    """A demo in its folder."""

    def __init__(self, folder: DemoFolder, store: Store) -> None:
        self.folder = folder
        self.store = store

    def prepare(self, last: int) -> None:
        """Make the database with the reference tables, and the deliveries of all nights."""
        self.store.upgrade()
        load_packaged(self.store)
        self.facts = Facts.load(self.store)
        generate(self.facts, self.folder.deliveries, last)

    def night(self, server: DemoServer, night: int) -> NightResult:
        """Read what the sources deliver on a night and compare every cell with the truth."""
        server.night = night
        write_region(self.folder.region, self.facts, server.url, night, server.hosts.address)
        begun = time.monotonic()
        report = sync(self.store, read_region(self.folder.region), Options(), Silent())
        seconds = round(time.monotonic() - begun, 1)
        return NightResult(night, report, seconds, check(self.store, self.truth(night), server.hosts.names))

    def truth(self, night: int) -> Path:
        """Return the truth file of a night."""
        return truth_path(self.folder.deliveries, night)
