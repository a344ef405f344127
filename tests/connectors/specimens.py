"""What the contract suite needs to know about a kind of source: good payloads, and how to set it up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from connectors.assignment import NOTHING, Assignment
from connectors.contract import Connector, SourceSettings
from connectors.fetch import Fetcher
from tests.faultserver import Call

__all__ = ["PERSONAL", "Specimen"]

#: What a payload should hold somewhere, and no record may.
PERSONAL = ("Erika Mustermann", "erika.mustermann@stadt.example", "02361 501234")


@dataclass(frozen=True)
class Specimen:
    """A payload of a kind of source, and the settings to read it.

    ``make`` returns what a delivery with about so many records is made of: by path the bytes, or a function
    that answers requests. ``entry`` is the path that the setting ``place`` names. ``spared`` are paths that
    faults leave alone, so that what they lead to is reached. ``has_end`` tells whether the format itself
    shows that a file was cut off. ``large`` is the number of records at which a reader that keeps them all
    would be noticed.

    A source that is asked step by step makes up its own addresses: ``steps`` are the paths that are made
    to misbehave one at a time, instead of everything behind the entry. Such a source may call what it got a
    part, or end in a named error, as it sees fit; it is never everything. ``secrets`` are texts that no
    message, record or log line may hold, ``environment`` what the settings take from there.
    """

    name: str
    kind: type[Connector]
    settings: Mapping[str, object]
    make: Callable[[int], Mapping[str, bytes | Callable[[Call], None]]]
    entry: str
    scope: str = "everything"
    spared: tuple[str, ...] = ()
    has_end: bool = True
    large: int = 20_000
    place: str = "location"
    steps: tuple[str, ...] = ()
    assignment: Assignment = NOTHING
    secrets: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    def build(self, location: str, fetcher: Fetcher) -> Connector:
        """Return a connector for a location."""
        given = {"id": "quelle", "type": self.kind.kind, self.place: location, **self.settings}
        settings: SourceSettings = self.kind.settings_model.model_validate(given)
        return self.kind(settings, fetcher)
