"""A good portal for the contract suite."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cli.demo.portals import citko
from cli.demo.portals.content import PortalService, PortalTenant
from connectors.portal import PortalConnector
from tests.connectors.portals.serving import answering
from tests.connectors.specimens import PERSONAL, Specimen
from tests.faultserver import Call

__all__ = ["PORTALS"]

AREA = "055620032032"
WAYS = ("online", "form", "described")
SETTINGS = {
    "areas": [AREA],
    "expected": [1, 100_000],
    "allowed_gone": 0,
    "allow_private": True,
    "delay": 0,
    "max_pages": 100_000,
}


def _tenant(count: int) -> PortalTenant:
    services = (
        PortalService(f"Hund Nummer {number} anmelden", WAYS[number % len(WAYS)])  # type: ignore[arg-type]
        for number in range(count)
    )
    return PortalTenant("Recklinghausen", tuple(services), staff=(PERSONAL,))


def _portal(count: int) -> Mapping[str, Callable[[Call], None]]:
    pages = citko.render(_tenant(count))
    answer = answering(pages)
    return {target.partition("?")[0]: answer for target in pages}


FIRST = _tenant(1)
CITKO_PAGE = citko.page_of(FIRST, FIRST.services[0])

PORTALS = (
    Specimen(
        "portal_citko",
        PortalConnector,
        {**SETTINGS, "profile": "citkoportal"},
        _portal,
        "/",
        steps=("/services", CITKO_PAGE),
        large=1_500,
    ),
)
