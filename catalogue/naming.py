"""What areas are called, so that a Kreis and a city of one name can be told apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection

from catalogue.lookup import AreaIndex

__all__ = ["NamedArea", "full_name", "labels_of"]

#: Names with one of these in them say already that they are no city: Märkischer Kreis, Region Hannover.
_TELLING = ("kreis", "region", "reg.-bez.", "verband", "gemeinschaft", "vgem", "vvg", "gvv")


class NamedArea(NamedTuple):
    """What is needed to call an area by its name."""

    id: int
    ars: str
    name: str
    type: str
    level: str


def full_name(name: str, kind: str, level: str) -> str:
    """Return the name of an area with its kind before it, unless it is a Gemeinde or says so itself.

    ``kind`` is the area's type as the table of areas has it: "Kreis Recklinghausen", "Recklinghausen".
    """
    if level in {"gemeinde", "bund"} or not kind:
        return name
    if any(word in name.lower() for word in _TELLING):
        return name
    return f"{kind} {name}"


def labels_of(connection: Connection, areas: Iterable[NamedArea]) -> dict[int, str]:
    """Return a name for each area by number; several Gemeinden of one name get their Kreis behind it."""
    known = list(areas)
    labels = {one.id: full_name(one.name, one.type, one.level) for one in known}
    shared = _shared(labels)
    if not shared:
        return labels
    index = AreaIndex.load(connection)
    for one in known:
        kreis = index.ancestor(one.id, "kreis")
        if labels[one.id] in shared and kreis is not None:
            labels[one.id] += f" ({full_name(kreis.name, kreis.type, kreis.level)})"
    shared = _shared(labels)
    return {
        one.id: f"{labels[one.id]} ({one.ars})" if labels[one.id] in shared else labels[one.id]
        for one in known
    }


def _shared(labels: dict[int, str]) -> set[str]:
    return {label for label, count in Counter(labels.values()).items() if count > 1}
