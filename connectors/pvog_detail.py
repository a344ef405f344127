"""What the details of a description say: whether there is a text, since when it holds, who is responsible."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from connectors.cellvalues import remove_contacts
from connectors.errors import RejectDelivery
from connectors.plaintext import meaningful_text, plain_text
from connectors.pvog_answers import Description, Detail, Link, Module, Unit, read_answer, read_items
from connectors.pvog_desk import Desk
from connectors.pvog_facts import Facts, ShownLink
from connectors.pvog_settings import PvogSettings

__all__ = ["facts_of", "fetch_detail", "shown_links", "stamp_of"]

RESPONSIBLE: Final = "01"
#: Who released a text, and the portal it comes from: both say nothing about the service itself.
NO_TEXT: Final = frozenset({"93", "94"})
PORTAL: Final = "94"
MOST_LINKS: Final = 50
MOST_UNITS: Final = 10
LONGEST_NAME: Final = 300
LONGEST_URL: Final = 4_000
LONGEST_DATE: Final = 40
MOST_MODULES: Final = 1_000


def stamp_of(description: Description) -> str:
    """Return what changes when a description does, by its own dates and units; empty without any date."""
    dates = (description.last_update or "", description.external_last_update or "")
    if not any(dates):
        return ""
    return "|".join((*dates, *sorted(description.organisation_ids or ())))[:2_000]


def fetch_detail(desk: Desk, settings: PvogSettings, area: str, identifier: str) -> Detail:
    """Return the details of a description as they are for an area. Raise ConnectorError."""
    reply = desk.ask(settings.detail_path, id=identifier, ars=area)
    if not reply.found:
        raise RejectDelivery("pvog_detail_missing", url=reply.url)
    detail = read_answer(Detail, reply.answer, reply.url)
    if detail.id != identifier:
        raise RejectDelivery("pvog_shape", url=reply.url, why="id: another one")
    if not detail.organisations and detail.organisation_ids:
        units = _fetch_units(desk, settings, area, identifier)
        return detail.model_copy(update={"organisations": units})
    return detail


def _fetch_units(desk: Desk, settings: PvogSettings, area: str, identifier: str) -> list[Unit]:
    reply = desk.ask(settings.units_path, id=identifier, ars=area)
    if not reply.found:
        # The description has just said that there are some.
        raise RejectDelivery("pvog_detail_missing", url=reply.url)
    if not isinstance(reply.answer, list):
        raise RejectDelivery("pvog_shape", url=reply.url, why="-: list_type")
    units, faults = read_items(Unit, reply.answer)
    if faults:
        raise RejectDelivery("pvog_shape", url=reply.url, why=faults[0][1])
    return units


def facts_of(detail: Detail, listed: Description) -> Facts:
    """Return what is kept of the details of a listed description: no text, no person, no contact data."""
    starts = [period.valid_from or "" for period in detail.validity_periods or ()]
    ends = [period.valid_to or "" for period in detail.validity_periods or ()]
    return Facts(
        stamp=stamp_of(listed),
        has_text=_says_something(detail.details or ()),
        valid_from=min(starts, default="")[:LONGEST_DATE],
        valid_to="" if "" in ends else max(ends, default="")[:LONGEST_DATE],
        page=_page(detail),
        units=tuple(_responsible(detail.organisations or ())),
        links=shown_links(detail.online_service_links or ()) if listed.online_service_links is None else (),
    )


def shown_links(links: Iterable[Link]) -> tuple[ShownLink, ...]:
    """Return the links of a list that lead anywhere; what they lead to is judged later."""
    found = [
        ShownLink(id=link.id or "", title=(link.title or "")[:LONGEST_NAME], urls=(link.uri[:LONGEST_URL],))
        for link in links
        if link.uri and link.uri.strip()
    ]
    return tuple(found[:MOST_LINKS])


def _says_something(modules: Sequence[Module]) -> bool:
    """Look for any text that is not a placeholder, in modules and in the pieces of modules."""
    waiting = [module for module in modules if module.code not in NO_TEXT]
    looked_at = 0
    while waiting and looked_at < MOST_MODULES:
        module = waiting.pop()
        looked_at += 1
        if module.placeholder:
            continue
        if module.text and meaningful_text(module.text):
            return True
        waiting += module.details or ()
    return False


def _page(detail: Detail) -> str:
    """Return the first page that the source names as the description's own."""
    portals = list(detail.source_portals or ())
    for module in detail.details or ():
        if module.code == PORTAL:
            portals += module.links or ()
    found = (portal.uri.strip() for portal in portals if portal.uri)
    return next((uri for uri in found if uri), "")[:LONGEST_URL]


def _responsible(units: Iterable[Unit]) -> list[tuple[str, str]]:
    """Return identifier and name of the units that are responsible, in a fixed order."""
    found: dict[str, str] = {}
    for unit in units:
        name = remove_contacts(plain_text(unit.title or ""))[:LONGEST_NAME]
        if name and unit.role is not None and unit.role.code == RESPONSIBLE:
            found.setdefault(unit.id, name)
    return sorted(found.items())[:MOST_UNITS]
