"""What the demo's sources deliver, before it becomes XML or CSV, with what it is meant to say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from cli.demo.facts import Step

__all__ = [
    "Content",
    "Entry",
    "Id",
    "OnlineService",
    "Responsibility",
    "Row",
    "Service",
    "Shown",
    "Unit",
    "Written",
]


class Id(NamedTuple):
    """The key of an object within its class: the agency that edits it, and its number there."""

    agency: str
    number: str


class Written(NamedTuple):
    """An area as a source writes it, and what is meant; ``step`` is None if there is no such area."""

    text: str
    step: Step | None


@dataclass(frozen=True)
class Service:
    """A Leistung. ``means`` are the OZG services it is, ``may_mean`` those it could be.

    ``known_as`` are the keys of the catalogue it stands for, where they are not its own. ``certain`` is
    sure, or worded where only a name in other words says what it is: then it may as well wait for a
    decision.
    """

    id: Id
    title: str
    keys: tuple[str, ...]
    means: tuple[str, ...]
    may_mean: tuple[str, ...] = ()
    form_url: str = ""
    known_as: tuple[str, ...] = ()
    certain: str = "sure"


@dataclass(frozen=True)
class Unit:
    """An Organisationseinheit."""

    id: Id
    name: str
    ars: str


@dataclass(frozen=True)
class OnlineService:
    """An Onlinedienst."""

    id: Id
    name: str
    url: str


@dataclass(frozen=True)
class Responsibility:
    """A Zuständigkeit of a unit or an online service. ``story`` says why the demo has it."""

    id: Id
    online: bool
    provider: Id
    services: tuple[Id, ...]
    areas: tuple[Written, ...]
    role: str = ""
    embedded: bool = False
    story: str = ""


@dataclass(frozen=True)
class Row:
    """One row of a list: ``status`` is online, form, described or absent."""

    key: str
    title: str
    status: str
    url: str
    ozg_id: str
    step: Step
    story: str = ""

    @property
    def id(self) -> Id:
        """Return the key of the row."""
        return Id("", self.key)


@dataclass(frozen=True)
class Shown:
    """One service as a website, a portal or a search service shows it in one area.

    ``status`` is online, form, described or absent (asked in vain). ``keys`` are the LeiKa keys that go
    with it, ``known_as`` those it counts as. ``means`` is the OZG service it is, ``may_mean`` are those a
    decision might have to choose from; ``certain`` is as for a Leistung. ``told`` says how it compares with
    what is really offered: kept, extra (only sources like this one tell it), outdated, dead_link, state_text.
    """

    id: Id
    title: str
    status: str
    step: Step
    url: str = ""
    keys: tuple[str, ...] = ()
    known_as: tuple[str, ...] = ()
    means: tuple[str, ...] = ()
    may_mean: tuple[str, ...] = ()
    certain: str = "sure"
    operator: str = ""  # land, kreis, bund, efa where it is not the area's own
    unit: str = ""
    told: str = "kept"
    story: str = ""


#: One object of any class.
Entry = Service | Unit | OnlineService | Responsibility | Row | Shown
Kind = TypeVar("Kind", Service, Unit, OnlineService, Responsibility, Row, Shown)


@dataclass
class Content:
    """All objects of a source on one night, in the order of delivery."""

    objects: dict[tuple[str, Id], Entry] = field(default_factory=dict)

    def add(self, entry: Entry) -> None:
        """Add an object, or replace the one of the same class and key."""
        self.objects[type(entry).__name__, entry.id] = entry

    def remove(self, entry: Entry) -> None:
        """Take an object away."""
        del self.objects[type(entry).__name__, entry.id]

    def of(self, kind: type[Kind]) -> list[Kind]:
        """Return the objects of a class."""
        return [entry for entry in self.objects.values() if isinstance(entry, kind)]
