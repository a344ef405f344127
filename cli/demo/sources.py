"""The sources of the demo: who delivers, how, for which bodies, and what happens on which night.

Feeds and lists come first. What websites, portals and services retell is made of what the feeds have.
"""

from __future__ import annotations

from dataclasses import dataclass

from cli.demo.cast import Cast
from cli.demo.cities import Scene, write_city
from cli.demo.desk import area_of, desk_of
from cli.demo.facts import KREIS, Facts, Place
from cli.demo.objects import Content
from cli.demo.survey import write_survey
from cli.demo.upper import write_federal, write_kreis, write_land

__all__ = [
    "BROKEN_TENANTS",
    "BUILDING",
    "FEEDS",
    "INCREMENTAL",
    "LOG",
    "NIGHTS",
    "ROOF_HOST",
    "SOURCES",
    "TROUBLE",
    "SourceSpec",
    "all_hosts",
    "content_of",
    "hosts_of",
    "kind_of",
    "place_of",
    "state_of",
]

NIGHTS = (1, 2, 3)
BUILDING = "Bauen & Wohnen"
#: The source that sends everything on the first night and later only what changed.
INCREMENTAL = "bottrop"
#: The source that goes on every night where it stopped.
LOG = "bereitstelldienst"


@dataclass(frozen=True)
class SourceSpec:
    """One source. ``cities`` are names; ``packing`` is what the delivery looks like from outside."""

    id: str
    name: str
    packing: str  # xml, gz, zip, folder, csv; else a service, portal or website
    cities: tuple[str, ...] = ()
    speaks: bool = True
    themes: tuple[str, ...] = ()
    written: str = "ars"  # how areas are written: ars, ags or kreis
    dialect: str = ""  # cdata, default_namespace, latin1, bom
    named: bool = True  # the region file says which bodies it is about
    product: str = ""  # of portals and websites: whose addresses they have


FEEDS = (
    SourceSpec("bund", "Bundesredaktion", "gz", speaks=False),
    SourceSpec("land-nrw", "Landesredaktion", "folder", speaks=False),
    SourceSpec("kreis-recklinghausen", "Kreis Recklinghausen", "zip", ("Kreis",), written="kreis"),
    SourceSpec(
        "ost-vest",
        "Gemeinsame Redaktion im Ostvest",
        "folder",
        ("Datteln", "Haltern am See", "Oer-Erkenschwick", "Waltrop"),
        named=False,
    ),
    SourceSpec("castrop-rauxel", "Stadt Castrop-Rauxel", "gz", ("Castrop-Rauxel",), dialect="bom"),
    SourceSpec("dorsten", "Stadt Dorsten", "zip", ("Dorsten",), written="ags"),
    SourceSpec("gladbeck", "Stadt Gladbeck", "xml", ("Gladbeck",), dialect="default_namespace"),
    SourceSpec("herten", "Stadt Herten", "gz", ("Herten",), dialect="latin1"),
    SourceSpec("marl", "Stadt Marl", "xml", ("Marl",), written="ags", dialect="cdata"),
    SourceSpec("recklinghausen", "Stadt Recklinghausen", "xml", ("Recklinghausen",)),
    SourceSpec(INCREMENTAL, "Stadt Bottrop", "xml", ("Bottrop",), written="kreis"),
    SourceSpec("gelsenkirchen", "Umfrage in Gelsenkirchen", "csv", ("Gelsenkirchen",), speaks=False),
    SourceSpec(
        "gelsenkirchen-bau",
        "Bauverwaltung Gelsenkirchen",
        "xml",
        ("Gelsenkirchen",),
        themes=(BUILDING,),
        written="ags",
    ),
    SourceSpec("herne", "Stadt Herne", "xml", ("Herne",)),
)

#: The host of the page that forwards to the portals of one product.
ROOF_HOST = "serviceportal.region.example"
_KINDS = {
    "csv": "list",
    "log": "bereitstelldienst",
    "pvog": "pvog",
    "citko": "portal",
    "liferay": "portal",
    "participation": "portal",
    "site": "site",
    "dashboard": "dashboard",
}
_HOSTS = {
    "log": "bereitstelldienst.example",
    "pvog": "pvog.example",
    "participation": "beteiligung.example",
    "dashboard": "dashboard.example",
}
#: Cities by the product of their portals.
_CITKO = ("Bottrop", "Castrop-Rauxel", "Dorsten", "Gladbeck", "Herten", "Recklinghausen")
_LIFERAY = ("Haltern am See", "Herne", "Marl")
#: The families of addresses that the websites have.
_WEBSITES = {
    "Kreis": "optigov",
    "Bottrop": "vv",
    "Castrop-Rauxel": "angebot",
    "Datteln": "ikiss",
    "Dorsten": "slug",
    "Gelsenkirchen": "slug",
    "Gladbeck": "ikiss",
    "Haltern am See": "angebot",
    "Herne": "vv",
    "Herten": "ikiss",
    "Marl": "optigov",
    "Oer-Erkenschwick": "angebot",
    "Recklinghausen": "slug",
    "Waltrop": "angebot",
}


def _slug(city: str) -> str:
    return city.lower().replace(" ", "-")


def _title(city: str) -> str:
    return "Kreis Recklinghausen" if city == "Kreis" else f"Stadt {city}"


SOURCES = (
    *FEEDS,
    SourceSpec(LOG, "Bereitstelldienst", "log", ("Dorsten", "Herne", "Marl", "Recklinghausen"), named=False),
    SourceSpec("pvog", "PVOG", "pvog", speaks=False),
    SourceSpec("serviceportale", "Serviceportale im Verbund", "citko", _CITKO, speaks=False),
    *(
        SourceSpec(f"portal-{_slug(city)}", f"Serviceportal {city}", "liferay", (city,), product="liferay")
        for city in _LIFERAY
    ),
    SourceSpec("beteiligung", "Beteiligungsplattform", "participation", _CITKO[2:5], speaks=False),
    *(
        SourceSpec(
            f"web-{_slug(city)}", f"Website {_title(city)}", "site", (city,), speaks=False, product=family
        )
        for city, family in _WEBSITES.items()
    ),
    SourceSpec("dashboard", "Dashboard Digitale Verwaltung", "dashboard", speaks=False),
)

#: What goes wrong. ``down``: no answer; ``shrunk``: half of it is gone; ``cut``: the end is missing;
#: ``gone``: the old version of the interface is switched off; ``part``: one portal shows an error page;
#: ``blocked``: robots.txt cannot be had.
TROUBLE = {
    ("herne", 1): "down",
    ("gladbeck", 2): "shrunk",
    ("pvog", 2): "gone",
    ("serviceportale", 2): "part",
    ("portal-haltern-am-see", 2): "part",
    ("web-herten", 2): "down",
    ("marl", 3): "cut",
    ("web-gladbeck", 3): "blocked",
}
#: Whose portal shows an error page.
BROKEN_TENANTS = {"serviceportale": "Bottrop", "portal-haltern-am-see": "Haltern am See"}


def kind_of(spec: SourceSpec) -> str:
    """Return the kind of a source as the region file names it."""
    return _KINDS.get(spec.packing, "xzufi")


def hosts_of(spec: SourceSpec) -> list[str]:
    """Return the invented hosts of a source; in the order of its bodies where each has one of its own."""
    if spec.packing in _HOSTS:
        return [_HOSTS[spec.packing]]
    if spec.packing in {"citko", "liferay"}:
        return [f"serviceportal.{_slug(city)}.example" for city in spec.cities]
    if spec.packing == "site":
        return [f"www.{_slug(_title(city).removeprefix('Stadt '))}.example" for city in spec.cities]
    return []


def all_hosts() -> list[str]:
    """Return the invented hosts of all websites, portals and services."""
    return [ROOF_HOST, *(host for spec in SOURCES for host in hosts_of(spec))]


def place_of(facts: Facts, name: str) -> Place:
    """Return the body of a name; the Kreis is called so."""
    return facts.places[KREIS] if name == "Kreis" else facts.named(name)


def state_of(source: str, night: int) -> str:
    """Return what happens to a source on a night: ok, or a word of TROUBLE."""
    return TROUBLE.get((source, night), "ok")


def content_of(facts: Facts, cast: Cast, spec: SourceSpec, night: int) -> Content:
    """Return everything a feed or list has on a night, whatever of it arrives."""
    content = Content()
    if spec.id == "bund":
        write_federal(cast, facts, content, night)
    elif spec.id == "land-nrw":
        write_land(cast, facts, content)
    elif spec.id == "kreis-recklinghausen":
        write_kreis(cast, desk_of(facts, facts.places[KREIS], 0, content), night)
    elif spec.packing == "csv":
        write_survey(cast, facts, facts.named(spec.cities[0]), content, night)
    else:
        _write_cities(facts, cast, spec, content, night)
    return content


def _write_cities(facts: Facts, cast: Cast, spec: SourceSpec, content: Content, night: int) -> None:
    only = None
    if spec.themes:
        only = [ozg_id for ozg_id, service in facts.services.items() if service.theme in spec.themes]
    for name in spec.cities:
        place = facts.named(name)
        number = 1 + facts.cities.index(place)
        desk = desk_of(facts, place, number, content)
        write_city(cast, Scene(desk, place, area_of(place, spec.written), night), only)
