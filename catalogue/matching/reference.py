"""The catalogue as matching needs it: from the database, or from the tables that come with the program."""

from __future__ import annotations

import csv
import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, select

from catalogue.matching.wordings import Wording
from catalogue.tables import leika_service, ozg_service

__all__ = ["Owners", "Reference", "packaged_reference", "stored_reference"]

_DATA = Path(__file__).parent.parent / "data"
OBJECT_DIGITS = 8


@dataclass(frozen=True)
class Reference:
    """The catalogue's services: LeiKa key, name and OZG id (may be empty); OZG id and title."""

    leika: tuple[tuple[str, str, str], ...]
    ozg: tuple[tuple[str, str], ...]

    def digest(self) -> str:
        """Return a hash of everything that is in it."""
        return hashlib.sha256(repr((self.leika, self.ozg)).encode()).hexdigest()


@cache
def packaged_reference() -> Reference:
    """Return the services of the tables that come with the program."""
    leika = [(row["leika_key"], row["name"], row["ozg_id"]) for row in _rows("leika_services.csv")]
    ozg = [(row["ozg_id"], row["title"]) for row in _rows("ozg_services.csv")]
    return Reference(tuple(sorted(leika)), tuple(sorted(ozg)))


def stored_reference(connection: Connection) -> Reference:
    """Return the services of the database."""
    keys = select(leika_service.c.leika_key, leika_service.c.name, leika_service.c.ozg_id)
    leika = [(key, name, ozg_id or "") for key, name, ozg_id in connection.execute(keys)]
    titles = connection.execute(select(ozg_service.c.ozg_id, ozg_service.c.title))
    return Reference(tuple(sorted(leika)), tuple(sorted((ozg_id, title) for ozg_id, title in titles)))


def _rows(name: str) -> list[dict[str, str]]:
    with (_DATA / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@dataclass
class Owners:
    """Which OZG services of a catalogue a wording belongs to.

    The LeiKa object leads, so that a wording follows its object into another bundle. Without an object, the
    bundle must still have the title it had when the wording was written, as ids may mean something else.
    """

    of_object: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    same: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, reference: Reference) -> Owners:
        """Take them from a catalogue."""
        owners = cls()
        for key, _, ozg_id in reference.leika:
            if ozg_id:
                owners.of_object[key[:OBJECT_DIGITS]].add(ozg_id)
        written = dict(packaged_reference().ozg)
        owners.same = {ozg_id for ozg_id, title in reference.ozg if written.get(ozg_id) == title}
        return owners

    def find(self, wording: Wording) -> tuple[str, ...]:
        """Return the ids of the services, most likely first; none where the catalogue lacks them."""
        by_object = {ozg_id for key in wording.lo_keys for ozg_id in self.of_object.get(key, ())}
        stated = tuple(one for one in wording.ozg_ids if one in by_object or one in self.same)
        if stated and (not by_object or by_object & set(stated)):
            return stated
        return tuple(sorted(by_object))[:1] if len(by_object) == 1 else ()
