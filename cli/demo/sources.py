"""The sources of the demo: who delivers, how, for which bodies, and what happens on which night."""

from __future__ import annotations

from dataclasses import dataclass

from cli.demo.cast import Cast
from cli.demo.cities import Scene, write_city
from cli.demo.desk import area_of, desk_of
from cli.demo.facts import KREIS, Facts
from cli.demo.objects import Content
from cli.demo.survey import write_survey
from cli.demo.upper import write_federal, write_kreis, write_land

__all__ = ["BUILDING", "INCREMENTAL", "NIGHTS", "SOURCES", "TROUBLE", "SourceSpec", "content_of", "state_of"]

NIGHTS = (1, 2, 3)
BUILDING = "Bauen & Wohnen"
#: The source that sends everything on the first night and later only what changed.
INCREMENTAL = "bottrop"


@dataclass(frozen=True)
class SourceSpec:
    """One source. ``cities`` are names; ``packing`` is what the delivery looks like from outside."""

    id: str
    name: str
    packing: str  # xml, gz, zip, folder, csv
    cities: tuple[str, ...] = ()
    speaks: bool = True
    themes: tuple[str, ...] = ()
    written: str = "ars"  # how areas are written: ars, ags or kreis
    dialect: str = ""  # cdata, default_namespace, latin1, bom
    named: bool = True  # the region file says which bodies it is about


SOURCES = (
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

#: What goes wrong. ``down``: no answer; ``shrunk``: half of it is gone; ``cut``: the end is missing.
TROUBLE = {("herne", 1): "down", ("gladbeck", 2): "shrunk", ("marl", 3): "cut"}


def state_of(source: str, night: int) -> str:
    """Return what happens to a source on a night: ok, down, shrunk or cut."""
    return TROUBLE.get((source, night), "ok")


def content_of(facts: Facts, cast: Cast, spec: SourceSpec, night: int) -> Content:
    """Return everything a source has on a night, whatever of it arrives."""
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
