"""What simulated portals show: services of a municipality, and projects people may take part in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from types import MappingProxyType
from typing import Literal
from urllib.parse import urlencode

__all__ = [
    "Page",
    "Pages",
    "PortalService",
    "PortalTenant",
    "Project",
    "find_page",
    "number_of",
    "query_of",
    "uuid_of",
]


@dataclass(frozen=True)
class Page:
    """One answer of a portal."""

    body: bytes
    content_type: str = "text/html; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


#: Pages by path on their host; a query is part of the path where it makes another page.
Pages = dict[str, Page]


@dataclass(frozen=True)
class PortalService:
    """One service as its portal shows it.

    ``link`` is the address of somebody else's online service (Land, Bund, EfA); services of the same
    ``group`` stand on one page. ``shared`` is the number of a redirect that several services have in
    common. A service without ``page`` is shown by the list only.
    """

    title: str
    status: Literal["online", "form", "described"] = "described"
    key: str = ""
    link: str = ""
    unit: str = ""
    category: str = "Allgemeines"
    synonyms: tuple[str, ...] = ()
    group: str = ""
    shared: int = 0
    login: bool = False
    page: bool = True

    @property
    def letter(self) -> str:
        """Return the letter under which a list has it; umlauts are letters of their own."""
        return self.title[:1].upper()


@dataclass(frozen=True)
class PortalTenant:
    """One municipality and its services. ``base`` is the beginning of all paths, without slash at the end.

    ``staff`` are (name, mail, phone) of people whom pages show and no reader may keep.
    """

    name: str
    services: tuple[PortalService, ...]
    base: str = ""
    staff: tuple[tuple[str, str, str], ...] = (
        ("Erika Mustermann", "erika.mustermann@stadt.example", "02361 501234"),
    )
    robots: str = ""


@dataclass(frozen=True)
class Project:
    """Something people may take part in, or might until it ended."""

    number: int
    title: str
    kind: str = "Bauleitplanung"
    running: bool = True


def number_of(*about: str) -> int:
    """Return a number that belongs to what it is about, whatever else there is."""
    return 1 + int.from_bytes(blake2b("\x1f".join(about).encode(), digest_size=4).digest()) % 9_999_999


def uuid_of(*about: str) -> str:
    """Return an identifier in the form of a UUID that belongs to what it is about."""
    digits = blake2b("\x1f".join(about).encode(), digest_size=16).hexdigest()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def find_page(pages: Mapping[str, Page], target: str) -> Page | None:
    """Return the page a server would give for the target of a request; None for 404.

    Session ids are ignored, and so are parameters that no page has.
    """
    path, _, query = target.partition("?")
    path = "/".join(segment.partition(";")[0] for segment in path.split("/"))
    for given in (query, *_fewer(query)):
        found = pages.get(f"{path}?{given}" if given else path)
        if found is not None:
            return found
    return None


def _fewer(query: str) -> list[str]:
    """Return the query without each of its last parameters in turn, down to none."""
    parts = query.split("&") if query else []
    return ["&".join(parts[:count]) for count in range(len(parts) - 1, -1, -1)]


def query_of(**parameters: str | int) -> str:
    """Return parameters as a query."""
    return urlencode(parameters)
