"""Offerings as lists of plain values and back, for outcomes that are kept as JSON."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, Final

from catalogue.records import Evidence, Link, Offering, Service, Status

__all__ = ["FORMAT", "dump_offerings", "load_offerings"]

#: Changes whenever a field is added to one of the records, so that what was kept before is not used.
FORMAT: Final = hashlib.blake2b(
    "|".join(",".join(kind._fields) for kind in (Offering, Service, Link, Evidence)).encode(), digest_size=8
).hexdigest()


def dump_offerings(offerings: Iterable[Offering]) -> list[Sequence[object]]:
    """Return offerings as lists that JSON can hold: named tuples are written as what they contain."""
    return [tuple(offering) for offering in offerings]


def load_offerings(rows: Iterable[Sequence[Any]]) -> list[Offering]:
    """Return the offerings that ``dump_offerings`` wrote with the same FORMAT."""
    return [_offering(row) for row in rows]


def _offering(row: Sequence[Any]) -> Offering:
    plain = Offering(*row)
    service = Service(*row[Offering._fields.index("service")])
    return plain._replace(
        service=service._replace(
            keys=tuple(service.keys), types=tuple(service.types), valid_areas=tuple(service.valid_areas)
        ),
        status=Status(plain.status),
        links=tuple(Link(*link) for link in plain.links),
        evidence=tuple(Evidence(*evidence) for evidence in plain.evidence),
        acts=tuple(plain.acts),
    )
