"""What every connector is: settings, ``check``, ``acquire`` and ``read``.

A connector works in two steps. ``acquire`` does the network's part: it puts the payload as files into
a work folder and says what they are. ``read`` does the parsing: it turns one of these files into
records, without network, in bounded memory, in any process. Both raise only the errors of
``connectors.errors``. Every stream of records ends with its :class:`Completeness`.

A kind of source is a module in this package with a class named ``CONNECTOR``; nothing central lists them.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import ClassVar, Literal, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field

import connectors
from catalogue.records import Completeness, Issue, Memory, Record
from connectors.assignment import NOTHING, Assignment
from connectors.errors import AbortRun
from connectors.fetch import Fetcher
from connectors.hosts import HostPattern
from connectors.policy import FetchPolicy

__all__ = [
    "Check",
    "Connector",
    "Delivery",
    "Divisible",
    "Part",
    "SourceSettings",
    "fetch",
    "find_kind",
    "kinds",
    "preview",
]

SILENCE_ABSENCE: Literal["absence"] = "absence"
SILENCE_NOTHING: Literal["nothing"] = "nothing"


class SourceSettings(BaseModel):
    """What the region file may say about any source; each kind adds its own settings."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    default_silence: ClassVar[Literal["absence", "nothing"]] = "nothing"
    default_advisory: ClassVar[bool] = False
    #: Settings that change nothing of what is read, so that nothing is read again because of them.
    access: ClassVar[frozenset[str]] = frozenset(
        {"allowed_hosts", "ca_bundle", "name", "stale_after_hours", "time_limit_minutes", "trust"}
    )
    #: Settings that may name a file: where a value looks like a path, it is meant from the region file.
    local_files: ClassVar[tuple[str, ...]] = ("ca_bundle",)

    id: str = Field(
        pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$",
        description="Short name of the source: lower-case letters, digits, - and _.",
    )
    type: str = Field(description="Kind of source, e.g. xzufi or list.")
    name: str = Field(default="", description="Name shown in reports; the id if empty.")
    trust: int = Field(
        default=50, ge=0, le=100, description="0 to 100; the higher one wins where sources differ."
    )
    areas: tuple[str, ...] = Field(
        default=(),
        description="Area keys (ARS or AGS) the source is about; all areas of the region if empty.",
    )
    minimum: int = Field(default=1, ge=0, description="A complete delivery with fewer records is held.")
    allowed_shrink: float = Field(
        default=0.3,
        ge=0,
        le=1,
        description="A complete delivery that lost more than this share of its records is held.",
    )
    allowed_growth: float = Field(
        default=10.0,
        gt=1,
        description="A complete delivery that grew by more than this factor gets a warning.",
    )
    silence: Literal["absence", "nothing"] | None = Field(
        default=None,
        description=(
            "What it means when the source does not show a service: absence (it would show it) or "
            "nothing. The default depends on the kind of source."
        ),
    )
    silence_themes: tuple[str, ...] = Field(
        default=(),
        description="OZG themes the silence speaks for; all themes if empty.",
    )
    advisory: bool | None = Field(
        default=None,
        description=(
            "true: a second opinion only, kept and compared but never part of a cell. The default depends on "
            "the kind of source."
        ),
    )
    stale_after_hours: int = Field(
        default=72, ge=1, le=87_600, description="A source not read for longer counts as stale."
    )
    time_limit_minutes: int = Field(
        default=120,
        ge=1,
        le=10_080,
        description="Reading the source is given up after so many minutes; the last good state stays.",
    )
    allow_private: bool = Field(
        default=False,
        description="Allow addresses in private networks and on this machine.",
    )
    allowed_hosts: tuple[HostPattern, ...] = Field(
        default=(),
        description=(
            "The only hosts that may be asked, redirects included; *.name stands for all hosts below a name. "
            "Any public host if empty."
        ),
    )
    ca_bundle: str = Field(
        default="",
        description=(
            "PEM file of the certificate authorities to trust instead of the public ones, for servers with "
            "certificates of an own authority."
        ),
    )

    def policy(self) -> FetchPolicy:
        """Return what the HTTP client may do for this source."""
        return FetchPolicy(self.allow_private, self.allowed_hosts, ca_bundle=self.ca_bundle or None)

    @property
    def speaks(self) -> bool:
        """Tell whether the source's silence about a service means that it is absent."""
        return (self.silence or self.default_silence) == SILENCE_ABSENCE

    @property
    def is_advisory(self) -> bool:
        """Tell whether the source is only a second opinion that never counts for a cell."""
        return self.default_advisory if self.advisory is None else self.advisory

    @property
    def label(self) -> str:
        """Return the name to show."""
        return self.name or self.id


@dataclass(frozen=True)
class Part:
    """One file of a delivery, on this machine, or a section of it.

    ``digest`` is the BLAKE2b-128 hash (hex) of the content that ``read`` will see, ``size`` its length
    in bytes. ``name`` is what the source calls it, for messages. A section begins at byte ``start`` and ends
    before byte ``end``, or where the file does; hash and size are those of the file all the same.
    """

    name: str
    path: Path
    digest: str
    size: int
    start: int = 0
    end: int | None = None

    @property
    def is_section(self) -> bool:
        """Tell whether this is less than a whole file."""
        return self.start > 0 or self.end is not None


@dataclass(frozen=True)
class Delivery:
    """All files of a delivery in reading order; ``digest`` covers their names and contents."""

    parts: tuple[Part, ...]
    digest: str


@dataclass(frozen=True)
class Check:
    """What a source looks like from outside: a code of the message catalogue and its parameters."""

    ok: bool
    code: str
    params: dict[str, str | int | float]


class Connector(Protocol):
    """One kind of source."""

    kind: ClassVar[str]
    settings_model: ClassVar[type[SourceSettings]]
    #: Raised whenever the connector reads the same bytes differently; part of change detection.
    reader_version: ClassVar[int]
    #: Files are parsed in worker processes if true, else in the calling one.
    heavy: ClassVar[bool]

    def __init__(self, settings: SourceSettings, fetcher: Fetcher) -> None: ...

    def check(self) -> Check:
        """Look whether the source is there, without reading it. Raise RetryLater or AbortRun."""
        ...

    def acquire(self, folder: Path, assignment: Assignment = NOTHING, /) -> Delivery:
        """Put the payload into ``folder`` (or point at local files). Raise any ConnectorError.

        Work that takes long calls ``assignment.check`` now and then and waits only by ``assignment.pause``.
        """
        ...

    def read(self, part: Part) -> Iterator[Record]:
        """Yield the records of one file, then its Completeness. Raise RejectDelivery."""
        ...


@runtime_checkable
class Divisible(Protocol):
    """A connector whose large files can be read in sections, by several processes at once.

    ``read`` ends a section with what that alone would claim. If any of them is refused, the caller reads
    the whole file instead: only that tells what is wrong, and where.
    """

    def divide(self, part: Part, count: int) -> tuple[Part, ...]:
        """Return up to ``count`` sections of a file in reading order, or the file if it cannot be cut."""
        ...

    def conclude(self, claims: Sequence[Completeness]) -> Iterator[Issue | Completeness]:
        """Yield what reading the whole file would end with, given what its sections claim."""
        ...


@cache
def kinds() -> dict[str, type[Connector]]:
    """Return all kinds of sources by name, found among the modules of this package."""
    found: dict[str, type[Connector]] = {}
    for module_info in pkgutil.iter_modules(connectors.__path__):
        connector = _connector_of(module_info.name)
        if connector is not None:
            found[connector.kind] = connector
    return found


def find_kind(kind: str) -> type[Connector]:
    """Return the connector class of a kind. Raise AbortRun if there is none.

    Most kinds live in a module of the same name, so that a worker need not load the others.
    """
    if kind in {module.name for module in pkgutil.iter_modules(connectors.__path__)}:
        namesake = _connector_of(kind)
        if namesake is not None and namesake.kind == kind:
            return namesake
    try:
        return kinds()[kind]
    except KeyError:
        known = ", ".join(sorted(kinds()))
        raise AbortRun("unknown_source_type", type=kind, known=known) from None


def _connector_of(module: str) -> type[Connector] | None:
    found: type[Connector] | None = getattr(
        importlib.import_module(f"connectors.{module}"), "CONNECTOR", None
    )
    return found


def fetch(connector: Connector, folder: Path, assignment: Assignment = NOTHING) -> Iterator[Record]:
    """Yield every record of a source, each file's Completeness included; one file after the other."""
    for part in connector.acquire(folder, assignment).parts:
        yield from connector.read(part)


def preview(
    connector: Connector, folder: Path, count: int = 20, assignment: Assignment = NOTHING
) -> list[Record]:
    """Return the first ``count`` records of a source; Completeness and Memory are left out."""
    records: list[Record] = []
    for record in fetch(connector, folder, assignment):
        if isinstance(record, Completeness | Memory):
            continue
        records.append(record)
        if len(records) >= count:
            break
    return records
