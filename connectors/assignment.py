"""What a run tells a connector beside its settings: for which areas and keys, and what it remembers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event
from types import MappingProxyType
from typing import NamedTuple

from connectors.errors import RetryLater

__all__ = ["NOTHING", "AssignedArea", "Assignment"]


def _tell_nobody(done: int, total: int) -> None:
    """Take note of nothing."""


class AssignedArea(NamedTuple):
    """An area the source is read for: its regional key (12 digits), level and name."""

    ars: str
    level: str
    name: str


@dataclass(frozen=True)
class Assignment:
    """What is asked of a source in one run.

    ``keys`` are the LeiKa keys that municipalities of the areas may have to offer, for sources that have to
    be asked for each. ``memory`` holds what the connector's :class:`~catalogue.records.Memory` records
    said when the state that the catalogue has was applied; empty if that was read with other settings.
    ``progress`` is told how many requests are done and of how many, 0 if nobody knows. With a ``limit``
    somebody only wants to look at so many records: whoever asks step by step stops soon after that many, and
    calls what was read a part.
    """

    areas: tuple[AssignedArea, ...] = ()
    keys: tuple[str, ...] = ()
    memory: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    stop: Event = field(default_factory=Event)
    progress: Callable[[int, int], None] = _tell_nobody
    limit: int = 0  # records; 0: all

    def check(self) -> None:
        """Raise RetryLater if nobody waits for the result any more."""
        if self.stop.is_set():
            raise RetryLater("cancelled")

    def pause(self, seconds: float) -> None:
        """Wait so many seconds. Raise RetryLater as soon as nobody waits for the result any more."""
        if self.stop.wait(max(0.0, seconds)):
            raise RetryLater("cancelled")


#: The assignment of a source that is read on its own, outside of a run.
NOTHING = Assignment()
