"""The services that tests put on simulated portals: one of each sort that portals have."""

from __future__ import annotations

from cli.demo.portals.content import PortalService

__all__ = ["SERVICES", "of"]

SERVICES = (
    PortalService("Hundesteuer Anmeldung", "online", "99102013104000", unit="Steueramt", category="Steuern"),
    PortalService("Gewerbe anmelden", "online", group="Gewerbe", category="Wirtschaft"),
    PortalService("Gewerbe ummelden", "online", group="Gewerbe", category="Wirtschaft", login=True),
    PortalService("Gewerbe abmelden", "online", group="Gewerbe", category="Wirtschaft"),
    PortalService("Geburtsurkunde", "online", shared=169, category="Standesamt", page=False),
    PortalService("Sterbeurkunde", "online", shared=169, category="Standesamt", page=False),
    PortalService(
        "Wohnsitz anmelden", "online", link="https://wohnsitzanmeldung.gov.de/", category="Wohnen", page=False
    ),
    PortalService("Wohnberechtigungsschein", "form", unit="Wohnungsamt", category="Wohnen"),
    PortalService("Sondernutzung", category="Verkehr"),
    PortalService(
        "Bewohnerparkausweis",
        "online",
        login=True,
        category="Verkehr",
        synonyms=("Anwohnerparken", "Parkausweis"),
    ),
    PortalService("Änderung der Lohnsteuerklasse", category="Steuern"),
)


def of(*titles: str) -> tuple[PortalService, ...]:
    """Return the services with these titles."""
    return tuple(service for service in SERVICES if service.title in titles)
