"""Writes the demo's region file, with the files that it names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from cli.demo.facts import KREIS, Facts
from cli.demo.generator import address_of
from cli.demo.regionremarks import OF_KIND, OF_SOURCE
from cli.demo.sources import INCREMENTAL, ROOF_HOST, SOURCES, SourceSpec, hosts_of, kind_of, place_of
from cli.demo.truthfile import INVENTED
from cli.demo.web.answers import CLIENT, SECRET
from cli.demo.web.dashboard import NOT_ASKED
from cli.demo.web.portals import tenant_of
from cli.demo.web.pvog import EFA_HOST, asked_keys
from cli.demo.web.retelling import LAND_HOST
from cli.demo.web.sites import FAMILIES

__all__ = ["Addresses", "region_file", "write_region"]

#: Returns the address of an invented host on this machine, without a slash at its end.
Addresses = Callable[[str], str]

ACCESS_FILE = "zugang.txt"
RULES_FILE = "seitenregeln.toml"
_HEAD = """\
# Die Region der Demo von Lückenlos.
# {invented}

[region]
name = "Emscher-Lippe und Herne (Demo)"
areas = [
  "{kreis}",  # Kreis Recklinghausen
  {{ children_of = "{kreis}" }},  # seine zehn Städte
{cities}]
"""
_LIST_COLUMNS = """\
encoding = "cp1252"

[source.columns]
area = "AGS"
key = "LeiKa-Schlüssel"
title = "Leistung"
url = "Adresse"
status = "Art"
found = "Gefunden"
"""
_RULES = f"""\
# Was auf den Seiten dieser Region anders ist, als die mitgelieferten Regeln es kennen (docs/merkmale.md).
# {INVENTED}

[[host]]
operator = "land"
hosts = ["{LAND_HOST}"]
origin = "erfundener Rechner des Landes"

[[host]]
operator = "efa"
hosts = ["{EFA_HOST}"]
origin = "erfundener Rechner eines Landes, das einen Dienst für die anderen betreibt"
"""


def write_region(path: Path, facts: Facts, base: str, night: int, address: Addresses) -> None:
    """Write the region file of a night, and beside it the secret and the rules that it names."""
    path.write_text(region_file(facts, base, night, address), encoding="utf-8")
    path.with_name(ACCESS_FILE).write_text(f"{SECRET}\n", encoding="utf-8")
    path.with_name(RULES_FILE).write_text(_RULES, encoding="utf-8")


def region_file(facts: Facts, base: str, night: int, address: Addresses) -> str:
    """Return the region file for deliveries below ``base`` and hosts at their addresses on a night."""
    cities = "".join(
        f'  "{place.ars}",  # {place.name}\n' for place in facts.cities if not place.ars.startswith(KREIS[:5])
    )
    writer = _Writer(facts, base, night, address)
    head = _HEAD.format(invented=INVENTED, kreis=KREIS, cities=cities)
    return head + "".join(writer.source(spec) for spec in SOURCES)


class _Writer:
    """Writes sources; the first one of each kind with an explanation."""

    def __init__(self, facts: Facts, base: str, night: int, address: Addresses) -> None:
        self.facts = facts
        self.base = base
        self.night = night
        self.address = address
        self.explained: set[str] = set()

    def source(self, spec: SourceSpec) -> str:
        lines = [""]
        if spec.packing in OF_KIND and spec.packing not in self.explained:
            lines += [f"# {line}" for line in OF_KIND[spec.packing]] + ["#"]
        self.explained.add(spec.packing)
        if spec.id in OF_SOURCE:
            lines.append(f"# {OF_SOURCE[spec.id]}")
        elif lines[-1] == "#":
            lines.pop()
        lines += [
            "[[source]]",
            f'id = "{spec.id}"',
            f'type = "{kind_of(spec)}"',
            f'name = "{spec.name} (erfunden)"',
            "allow_private = true  # der Server der Demo läuft auf diesem Rechner",
            *self._own(spec),
        ]
        text = "\n".join(lines) + "\n"
        return text + _LIST_COLUMNS if spec.packing == "csv" else text

    def _own(self, spec: SourceSpec) -> list[str]:
        match spec.packing:
            case "log":
                return self._log(spec)
            case "pvog":
                return self._pvog(spec)
            case "site":
                return self._site(spec)
            case "dashboard":
                return self._dashboard(spec)
            case "citko" | "liferay" | "participation":
                return self._portal(spec)
            case _:
                return self._feed(spec)

    def _feed(self, spec: SourceSpec) -> list[str]:
        lines = [f'location = "{self.base}{address_of(spec)}"']
        if spec.cities and spec.named:
            lines.append(f"areas = {_listed(self._areas(spec))}")
        lines.append(f'silence = "{"absence" if spec.speaks else "nothing"}"')
        if spec.themes:
            lines.append(f"silence_themes = {_listed(spec.themes)}")
        if spec.id == INCREMENTAL and self.night > 1:
            lines.append('delivery = "increment"')
        return lines

    def _log(self, spec: SourceSpec) -> list[str]:
        return [
            f'location = "{self._host(spec)}/api/v3/verwaltungsobjekte"',
            'filter = "05%"  # alle Gebiete, deren Schlüssel so beginnt',
            'token_url = "/token"',
            f'client_id = "{CLIENT}"',
            f'client_secret_file = "./{ACCESS_FILE}"  # nie das Geheimnis selbst in diese Datei schreiben',
        ]

    def _pvog(self, spec: SourceSpec) -> list[str]:
        lines = [f'location = "{self._host(spec)}/suchdienst/api"']
        if self.night > 2:
            path = "/v4/servicedescriptions/leikaid?leikaIds={keys}&ars={ars}&page={page}&size={size}"
            lines.append(f'services_path = "{path}"  # die Version 3 wurde in Nacht 2 abgeschaltet')
        lines += [
            "per_second = 1000  # nur hier: der echte Dienst wird langsam gefragt",
            f'operators = {{ "{LAND_HOST}" = "land", "{EFA_HOST}" = "efa" }}',
            "keys = [  # nur diese Schlüssel; ohne Angabe alle, die Kommunen betreffen",
            *(f'  "{key}",' for key in asked_keys(self.facts)),
            "]",
        ]
        return lines

    def _dashboard(self, spec: SourceSpec) -> list[str]:
        asked = [place.ars for place in self.facts.places.values() if place.name != NOT_ASKED]
        return [
            f'location = "{self._host(spec)}/api"',
            "per_second = 1000  # nur hier: der echte Dienst wird langsam gefragt",
            f"areas = {_listed(asked)}  # alle außer {NOT_ASKED}",
        ]

    def _portal(self, spec: SourceSpec) -> list[str]:
        profiles = {"citko": "citkoportal", "liferay": "liferay-bis", "participation": "beteiligung-nrw"}
        lines = [f'profile = "{profiles[spec.packing]}"', *_CRAWLED]
        if spec.packing == "liferay":
            return [
                *lines,
                f'location = "{self._host(spec)}/"',
                f"areas = {_listed(self._areas(spec))}",
            ]
        if spec.packing == "citko":
            lines.append(f'location = "{self.address(ROOF_HOST)}/"  # das Dachportal; kann entfallen')
        return [*lines, "", "[source.tenants]  # Adresse = Gebiet", *self._tenants(spec)]

    def _tenants(self, spec: SourceSpec) -> list[str]:
        hosts = hosts_of(spec)
        lines = []
        for number, city in enumerate(spec.cities):
            place = place_of(self.facts, city)
            start = self.address(hosts[min(number, len(hosts) - 1)])
            path = f"/portal/{tenant_of(place)}/" if spec.packing == "participation" else "/"
            lines.append(f'"{start}{path}" = "{place.ars}"  # {city}')
        return lines

    def _site(self, spec: SourceSpec) -> list[str]:
        family = FAMILIES[spec.product]
        lines = [
            f'lists = ["{self._host(spec)}/{family.lists}"]',
            f"areas = {_listed(self._areas(spec))}",
            *_CRAWLED,
            "expected = [10, 60]  # so viele Seiten mit Leistungen gelten als vollständig",
            "allowed_gone = 0.2",
        ]
        if family.include:
            lines.append(f"include = {_listed(family.include)}")
        return lines

    def _host(self, spec: SourceSpec) -> str:
        return self.address(hosts_of(spec)[0])

    def _areas(self, spec: SourceSpec) -> list[str]:
        return [place_of(self.facts, city).ars for city in spec.cities]


_CRAWLED = (
    "delay = 0  # nur auf eigenen Rechnern erlaubt; sonst wenigstens eine Sekunde",
    f'rules = "./{RULES_FILE}"',
)


def _listed(values: Iterable[str]) -> str:
    quoted = ", ".join(f'"{value}"' for value in values)
    return f"[{quoted}]"
