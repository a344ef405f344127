"""The sources behind a workbook, each with what it means here that it does not show a service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from catalogue.lookup import AreaIndex
from catalogue.reports.sources import SourceRow, sources
from catalogue.tables import source
from catalogue.voices import Voice, load_voices

__all__ = ["WORTHS", "SourceLine", "SourceLines"]

#: What the silence of a source is worth: it proves absence; it would, but not in this state; it proves
#: nothing; it is a second opinion; it is no longer read.
WORTHS = ("absence", "doubt", "nothing", "opinion", "inactive")


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A source and what its silence is worth, one of ``WORTHS``."""

    row: SourceRow
    worth: str


@dataclass(frozen=True)
class SourceLines:
    """All sources, and which of them are heard in each area."""

    rows: Sequence[SourceRow]
    advisory: frozenset[str]
    voices: Mapping[int, Mapping[str, Voice]]

    @classmethod
    def load(cls, connection: Connection, now: datetime, areas: Sequence[int]) -> SourceLines:
        """Read the sources and who is heard in which of the areas."""
        index = AreaIndex.load(connection)
        heard = load_voices(connection, now, {area_id: index.ancestors(area_id) for area_id in areas})
        second = select(source.c.key).where(source.c.advisory)
        return cls(
            rows=sources(connection, now),
            advisory=frozenset(connection.scalars(second)),
            voices={area_id: {voice.key: voice for voice in voices} for area_id, voices in heard.items()},
        )

    def everywhere(self) -> list[SourceLine]:
        """Return all sources, those no longer read last."""
        return [SourceLine(row, self._worth(row, speaks=row.speaks)) for row in self.rows]

    def of_area(self, area_id: int) -> list[SourceLine]:
        """Return the sources heard in one area, and the second opinions, which are heard nowhere."""
        voices = self.voices[area_id]
        return [
            SourceLine(row, self._worth(row, speaks=row.source in voices and voices[row.source].speaks))
            for row in self.rows
            if row.source in voices or (row.active and row.source in self.advisory)
        ]

    def _worth(self, row: SourceRow, *, speaks: bool) -> str:
        if not row.active:
            return "inactive"
        if row.source in self.advisory:
            return "opinion"
        if not speaks:
            # While it cannot be read at all, it could still show anything.
            return "doubt" if row.standing in {"never", "unread", "torn"} else "nothing"
        return "absence" if row.standing == "ok" else "doubt"
