"""What the contract suite needs to know about a kind of source: good payloads, and how to set it up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from connectors.contract import Connector, SourceSettings
from connectors.fetch import Fetcher

__all__ = ["PERSONAL", "Specimen"]

#: What a payload should hold somewhere, and no record may.
PERSONAL = ("Erika Mustermann", "erika.mustermann@stadt.example", "02361 501234")


@dataclass(frozen=True)
class Specimen:
    """A payload of a kind of source, and the settings to read it.

    ``make`` returns the files of a delivery with about so many records, by path; ``entry`` is the path that
    the source's location names. ``spared`` are paths that faults leave alone, so that what they lead to is
    reached. ``has_end`` tells whether the format itself shows that a file was cut off. ``large`` is
    the number of records at which a reader that keeps them all would be noticed.
    """

    name: str
    kind: type[Connector]
    settings: Mapping[str, object]
    make: Callable[[int], dict[str, bytes]]
    entry: str
    scope: str = "everything"
    spared: tuple[str, ...] = ()
    has_end: bool = True
    large: int = 20_000

    def build(self, location: str, fetcher: Fetcher) -> Connector:
        """Return a connector for a location."""
        given = {"id": "quelle", "type": self.kind.kind, "location": location, **self.settings}
        settings: SourceSettings = self.kind.settings_model.model_validate(given)
        return self.kind(settings, fetcher)
