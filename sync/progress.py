"""Who is told what a run is doing."""

from __future__ import annotations

from typing import Protocol

from sync.report import SourceOutcome

__all__ = ["Progress", "Silent"]


class Progress(Protocol):
    """Told what happens, in the order in which it happens."""

    def source_started(self, source: str) -> None:
        """Take note that a source is being read."""

    def source_advanced(self, source: str, done: int, total: int) -> None:
        """Take note that so many requests of a source are done, of how many (0: nobody knows).

        Comes from the thread that reads the source.
        """

    def source_done(self, outcome: SourceOutcome) -> None:
        """Take note that a source is done, well or not."""

    def cells_started(self) -> None:
        """Take note that the cells are being computed."""


class Silent:
    """A progress that tells nobody."""

    def source_started(self, source: str) -> None:
        """Say nothing."""

    def source_advanced(self, source: str, done: int, total: int) -> None:
        """Say nothing."""

    def source_done(self, outcome: SourceOutcome) -> None:
        """Say nothing."""

    def cells_started(self) -> None:
        """Say nothing."""
