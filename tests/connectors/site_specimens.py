"""A good website for the contract suite: a list of services, and a page for each."""

from __future__ import annotations

from connectors.site import SiteConnector
from tests.connectors.site_pages import described, list_page
from tests.connectors.specimens import Specimen

__all__ = ["SITE"]

AREA = "055620032032"
SETTINGS = {
    "areas": [AREA],
    "include": ["/dienstleistung/"],
    "expected": [1, 100_000],
    "allowed_gone": 0,
    "allow_private": True,
    "delay": 0,
    "max_pages": 100_000,
}


def _website(count: int) -> dict[str, bytes]:
    details = {
        f"/dienstleistung/{number}": described(number, f"Hund Nummer {number} anmelden")
        for number in range(1, count + 1)
    }
    # Relative, so that the pages misbehave together with the list.
    listed = list_page(f"dienstleistung/{number}" for number in range(1, count + 1))
    return {"/leistungen": listed, **details}


SITE = (
    Specimen(
        "site",
        SiteConnector,
        SETTINGS,
        _website,
        "/leistungen",
        place="lists",
        steps=("/leistungen", "/dienstleistung/3"),
        large=1_500,
    ),
)
