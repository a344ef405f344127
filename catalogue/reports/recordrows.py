"""What reports on single records have in common: keys, decisions, and what a page shows, as rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from catalogue.details import NOT_JUDGED, Details
from catalogue.keys import KeyFormatError, LeikaKey
from catalogue.tables import leika_service, ozg_service

__all__ = [
    "ELSEWHERE",
    "EvidenceRow",
    "KeyRow",
    "LinkRow",
    "MatchRow",
    "Names",
    "evidence_rows",
    "link_rows",
    "maturity_of",
]

#: Operators whose offerings are never an area's own.
ELSEWHERE = frozenset({"kreis", "land", "bund"})


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A reported LeiKa key; ``state`` is known, not_in_catalogue or malformed."""

    key: str
    state: str
    name: str
    ozg_id: str


@dataclass(frozen=True, slots=True)
class MatchRow:
    """One service that a record is, or may be; an empty key means the bundle as a whole."""

    ozg_id: str
    title: str
    leika_key: str
    name: str
    method: str
    score: float
    state: str
    actor: str
    by_person: bool
    decided_at: str
    reason: str


@dataclass(frozen=True, slots=True)
class LinkRow:
    """One link of a service's page."""

    kind: str
    url: str
    label: str
    operator: str


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One thing that a page shows, with the words that show it; ``url`` only where another page does."""

    flag: str
    snippet: str
    url: str


class Names:
    """What keys and ids of services are called."""

    def __init__(self, connection: Connection) -> None:
        """Read the names from the database."""
        query = select(ozg_service.c.ozg_id, ozg_service.c.title)
        self.titles: dict[str, str] = dict(connection.execute(query).all())
        keys = select(leika_service.c.leika_key, leika_service.c.name, leika_service.c.ozg_id)
        self.keys: dict[str, tuple[str, str]] = {
            key: (name, ozg_id or "") for key, name, ozg_id in connection.execute(keys)
        }

    def key_rows(self, reported: Iterable[str]) -> tuple[KeyRow, ...]:
        """Return what the catalogue says of reported keys."""
        return tuple(self._key(raw) for raw in reported)

    def _key(self, raw: str) -> KeyRow:
        try:
            key = str(LeikaKey.parse(raw))
        except KeyFormatError:
            return KeyRow(raw, "malformed", "", "")
        if key not in self.keys:
            return KeyRow(key, "not_in_catalogue", "", "")
        return KeyRow(key, "known", *self.keys[key])

    def title(self, ozg_id: str) -> str:
        """Return the title of an OZG service; empty if it is no longer in the catalogue."""
        return self.titles.get(ozg_id, "")

    def name(self, leika_key: str) -> str:
        """Return the name of a LeiKa service; empty if there is none."""
        return self.keys.get(leika_key, ("", ""))[0]


def link_rows(details: Details) -> tuple[LinkRow, ...]:
    """Return the links of a page."""
    return tuple(LinkRow(*link) for link in details.links)


def evidence_rows(details: Details) -> tuple[EvidenceRow, ...]:
    """Return what a page shows."""
    return tuple(EvidenceRow(*evidence) for evidence in details.evidence)


def maturity_of(level: int | None) -> int | None:
    """Return a level of maturity as it is stored; None if nobody judged."""
    return None if level is None or level == NOT_JUDGED else level
