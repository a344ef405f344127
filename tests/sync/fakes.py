"""A kind of source that does whatever a test wants, from success to every misbehaviour."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from pydantic import field_validator

from catalogue.records import Completeness, Offering, Record, Service, Status
from connectors.assignment import NOTHING, Assignment
from connectors.contract import Check, Delivery, Part, SourceSettings
from connectors.fetch import Fetcher

__all__ = ["EVERYTHING", "FakeConnector", "Script", "offer", "offers"]

EVERYTHING = Completeness("everything")


def offer(area: str, key: str, status: str = "online", **other: str) -> Offering:
    """Return an offering; online ones have a link of their own."""
    url = f"https://{area}.example/{key}" if status == "online" else ""
    said = {"url": url, **other}
    return Offering(f"{area}|{key}", area, Service(key, "", keys=(key,)), Status(status), **said)


def offers(count: int, area: str = "055120000000") -> list[Record]:
    """Return any number of offerings of one area, whatever their services."""
    return [offer(area, f"{99_900_000_000_000 + number}", "described") for number in range(count)]


@dataclass
class Script:
    """What a fake source does: deliver records, or raise what it is told to, or wait first."""

    records: list[Record] = field(default_factory=list)
    end: Completeness | None = EVERYTHING
    acquiring: Callable[[], object] | None = None  # called in acquire
    reading: Callable[[], object] | None = None  # called after the last record
    parts: int = 1
    read: int = 0  # how often its files were read
    assignment: Assignment = NOTHING  # what the last run asked for
    lock: threading.Lock = field(default_factory=threading.Lock)


class FakeSettings(SourceSettings):
    """Settings of a fake source; it may speak of absence only where a test says so."""

    colour: str = ""

    @field_validator("colour")
    @classmethod
    def _check_colour(cls, colour: str) -> str:
        if colour:
            raise ValueError("sources have no colour")
        return colour


class FakeConnector:
    """Plays the script of its source."""

    kind: ClassVar[str] = "fake"
    settings_model: ClassVar[type[SourceSettings]] = FakeSettings
    reader_version: ClassVar[int] = 1
    heavy: ClassVar[bool] = False
    scripts: ClassVar[dict[str, Script]] = {}

    def __init__(self, settings: SourceSettings, fetcher: Fetcher) -> None:
        self._script = self.scripts[settings.id]

    def check(self) -> Check:
        """Nobody asks."""
        return Check(ok=True, code="", params={})

    def acquire(self, folder: Path, assignment: Assignment = NOTHING, /) -> Delivery:
        """Deliver what the script holds, dealt out over its parts."""
        self._script.assignment = assignment
        if self._script.acquiring:
            self._script.acquiring()
        content = repr((self._script.records, self._script.end)).encode()
        digest = hashlib.blake2b(content, digest_size=16).hexdigest()
        parts = [Part(f"{number}", folder, f"{number}", 1) for number in range(self._script.parts)]
        return Delivery(tuple(parts), digest)

    def read(self, part: Part) -> Iterator[Record]:
        """Play the script."""
        with self._script.lock:
            self._script.read += 1
        yield from self._script.records[int(part.name) :: self._script.parts]
        if self._script.reading:
            self._script.reading()
        if self._script.end is not None:
            yield self._script.end
