"""Asking the dashboard in tests: a small one, a function that reads it, and what to look at of records."""

from __future__ import annotations

from catalogue.records import Issue, Memory, Offering, Record
from connectors.assignment import AssignedArea, Assignment
from connectors.dashboard import ASKED, DashboardConnector
from connectors.dashboard_settings import DashboardSettings
from connectors.fetch import Fetcher

__all__ = [
    "BOTTROP",
    "CITIES",
    "DOGS",
    "GLADBECK",
    "KREIS",
    "LAND",
    "PASS",
    "WASTE",
    "asked",
    "connector",
    "issues",
    "offerings",
]

GLADBECK, KREIS, LAND, BOTTROP = "055620014014", "055620000000", "050000000000", "055120000000"
WASTE, DOGS, PASS = "99001009004000", "99102013104000", "99008001012012"
CITIES = Assignment(
    areas=(AssignedArea(GLADBECK, "gemeinde", "Gladbeck"), AssignedArea(BOTTROP, "kreis", "Bottrop"))
)


def connector(fetcher: Fetcher, **settings: object) -> DashboardConnector:
    given = {"id": "dashboard", "type": "dashboard", "allow_private": True, **settings}
    return DashboardConnector(DashboardSettings.model_validate(given), fetcher)


def offerings(records: list[Record]) -> list[Offering]:
    return [record for record in records if isinstance(record, Offering)]


def issues(records: list[Record]) -> list[str]:
    return [record.kind for record in records if isinstance(record, Issue)]


def asked(records: list[Record], *, above: bool = False) -> dict[str, str]:
    """Return which areas were read to their end, and their rows; those above only if wanted."""
    found = {
        record.key.removeprefix(f"{ASKED}|"): record.value for record in records if isinstance(record, Memory)
    }
    return {area: rows for area, rows in found.items() if above or area in {GLADBECK, BOTTROP}}
