"""What the demo's portals show, and their pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, cast

from cli.demo.facts import Facts, Place
from cli.demo.objects import Id, Shown
from cli.demo.portals import citko, liferay, participation
from cli.demo.portals.content import Page, Pages, PortalService, PortalTenant, Project
from cli.demo.web.markup import STAFF
from cli.demo.web.retelling import Recipe, retell, state_texts
from cli.demo.web.world import World

__all__ = [
    "BROKEN",
    "PROJECTS",
    "broken_pages",
    "citko_pages",
    "liferay_pages",
    "participation_pages",
    "portal_shows",
    "projects_show",
    "roof_pages",
]

_CATEGORIES = ("Bauen und Wohnen", "Familie", "Ausweise und Meldewesen", "Steuern", "Wirtschaft")
_RECIPE = Recipe(10, keyed=0.25, outdated=0.1, wrong=0.0, worded=1, untold=3)
Way = Literal["online", "form", "described"]
#: What a portal answers, with status 200, while something behind it is broken.
BROKEN = (
    "<!DOCTYPE html><html lang='de'><head><title>Fehler</title></head><body><main><h1>Fehler</h1>"
    "<p>Ein technischer Fehler ist aufgetreten.</p></main>"
    "<footer><a href='/impressum'>Impressum</a></footer></body></html>"
)
#: Projects of the participation platform: title, the LeiKa key that its profile reports (empty: none).
PROJECTS = (
    ("Mängelmelder", "99089014014000"),
    ("12. Änderung des Flächennutzungsplans", "99012012011000"),
    ("Bebauungsplan Nr. 71 „Am Hafen“", ""),
    ("Einwohnerversammlung zur Haushaltslage", "99030006058000"),
)


def portal_shows(world: World, place: Place, source: str, host: str, product: str) -> list[Shown]:
    """Return what a body's portal shows; online services are started by links of the portal itself."""
    tenant = PortalTenant(place.name, ())
    start = citko.call_of if product == "citko" else liferay.form_of
    found = []
    for shown in retell(world, place, source, _RECIPE):
        if shown.status == "online":
            path = start(tenant, _service(shown, host))
            shown = replace(shown, url=f"https://{host}{path}")
        found.append(shown)
    if product == "citko":
        found += [shown for shown in state_texts(world, place, source) if shown.status == "online"]
    return found


def _service(shown: Shown, host: str) -> PortalService:
    number = sum(map(ord, shown.title))
    foreign = bool(shown.url) and not shown.url.startswith(f"https://{host}/")
    return PortalService(
        shown.title,
        cast("Way", shown.status),
        key=shown.keys[0] if shown.keys else "",
        link=shown.url if foreign else "",
        unit="Bürgerbüro",
        category=_CATEGORIES[number % len(_CATEGORIES)],
        page=not foreign,
    )


def _tenant(place: Place, shown: Sequence[Shown], host: str) -> PortalTenant:
    services = tuple(_service(each, host) for each in sorted(shown, key=lambda each: each.title))
    return PortalTenant(place.name, services, staff=STAFF)


def citko_pages(place: Place, shown: Sequence[Shown], host: str) -> Pages:
    """Return the pages of an instance of the citkoPortal."""
    return citko.render(_tenant(place, shown, host))


def liferay_pages(place: Place, shown: Sequence[Shown], host: str) -> Pages:
    """Return the pages of a portal on Liferay."""
    return liferay.render(_tenant(place, shown, host))


def broken_pages(pages: Pages) -> Pages:
    """Return pages of which only robots.txt is still what it was."""
    return {
        target: page if target == "/robots.txt" else Page(BROKEN.encode()) for target, page in pages.items()
    }


def roof_pages(instances: Sequence[tuple[str, str]]) -> Pages:
    """Return the pages of the portal that forwards to all instances, given as (name, address)."""
    return citko.roof(instances)


def projects_show(facts: Facts, place: Place, number: int, source: str, host: str) -> list[Shown]:
    """Return what the participation platform shows of a body: the services that its projects prove."""
    found = []
    for project, (_, key) in zip(_projects(number), PROJECTS, strict=True):
        if not key:
            continue
        path = f"/portal/{tenant_of(place)}/beteiligung/themen/{project.number}"
        owner = next(service for service in facts.services.values() if key in service.keys)
        found.append(
            Shown(
                Id(source, f"{place.ars}-{project.number}"),
                project.title,
                "online" if project.running else "described",
                (place.level, place.ars),
                f"https://{host}{path}" if project.running else "",
                (key,),
                means=(owner.ozg_id,),
                story="participation",
            )
        )
    return found


def tenant_of(place: Place) -> str:
    """Return what the platform calls a body in its addresses."""
    return place.host.removeprefix("www.").removesuffix(".example")


def _projects(number: int) -> list[Project]:
    """Return the projects of the body with this number; one in two is over."""
    return [
        Project(1000 * (number + 1) + place, title, running=(number + place) % 2 == 0)
        for place, (title, _) in enumerate(PROJECTS)
    ]


def participation_pages(places: Sequence[Place]) -> Pages:
    """Return the pages of the participation platform with a tenant for each body."""
    return participation.render({tenant_of(place): _projects(number) for number, place in enumerate(places)})
