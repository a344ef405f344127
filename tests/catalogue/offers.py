"""Offers for tests of entries, conflicts and signals: a city below its Kreis, its Land and the Bund."""

from __future__ import annotations

from typing import Any

from catalogue.details import NOT_JUDGED
from catalogue.entries_offers import Offer
from catalogue.evidence import ONLINE
from catalogue.verdict import Level

__all__ = ["BUND", "CITY", "KEY", "KREIS", "LAND", "LEVELS", "OZG", "make_offer"]

CITY, KREIS, LAND, BUND = 1, 2, 3, 4
LEVELS = (
    Level(CITY, "gemeinde", True),
    Level(KREIS, "kreis", False),
    Level(LAND, "land", False),
    Level(BUND, "bund", False),
)
OZG = "10110"
KEY = "99001009004000"
#: Sources by number, as they were configured one after the other.
SOURCES = {1: "portal", 2: "pvog", 3: "webseite", 4: "umfrage"}


def make_offer(source_id: int = 1, rank: int = ONLINE, **fields: Any) -> Offer:
    """Return an offer of the city's own; ``fields`` replace what it says."""
    said: dict[str, Any] = {
        "area_id": CITY,
        "source_id": source_id,
        "source": SOURCES[source_id],
        "source_kind": "list",
        "trust": 50,
        "ref": f"{SOURCES[source_id]}-1",
        "title": "Sperrmüll",
        "ozg_id": OZG,
        "leika_key": KEY,
        "accepted": True,
        "rank": rank,
        "url": "https://stadt.example/sperrmuell" if rank == ONLINE else "",
        "page": "",
        "unit": "",
        "operator": "",
        "maturity": NOT_JUDGED,
        "flags": (),
        "link_kind": "",
        "as_of": "2026-11-01",
    }
    return Offer(**(said | fields))
