"""Writes the demo's region file."""

from __future__ import annotations

from collections.abc import Iterable

from cli.demo.facts import KREIS, Facts
from cli.demo.generator import INVENTED, address_of
from cli.demo.sources import INCREMENTAL, SOURCES, SourceSpec

__all__ = ["region_file"]

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
_REMARKS = {
    "bund": "Beschreibt, was der Bund anbietet. Dass hier etwas fehlt, sagt über eine Stadt nichts.",
    "land-nrw": "Das Gleiche für das Land; ein Ordner mit index.txt und mehreren Dateien.",
    "kreis-recklinghausen": "Spricht nur für den Kreis, zeigt aber auch, was er für seine Städte betreibt.",
    "ost-vest": "Vier Städte mit gemeinsamer Redaktion; welche, zeigt die Lieferung selbst.",
    "gladbeck": "In der zweiten Nacht fehlt die Hälfte: die Lieferung wird angehalten.",
    "marl": "In der dritten Nacht bricht die Datei in der Mitte ab.",
    INCREMENTAL: "Liefert in der ersten Nacht alles, danach nur noch Änderungen.",
    "gelsenkirchen": "Eine Umfrage. Was sie nicht enthält, wurde nie gefragt.",
    "gelsenkirchen-bau": "Vollständig, aber nur für ein Thema.",
    "herne": "In der ersten Nacht gestört: niemand weiß, was Herne anbietet.",
}
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


def region_file(facts: Facts, base: str, night: int) -> str:
    """Return the region file for sources below an address, as it is meant on a night."""
    cities = "".join(
        f'  "{place.ars}",  # {place.name}\n' for place in facts.cities if not place.ars.startswith(KREIS[:5])
    )
    head = _HEAD.format(invented=INVENTED, kreis=KREIS, cities=cities)
    return head + "".join(_source(facts, spec, base, night) for spec in SOURCES)


def _source(facts: Facts, spec: SourceSpec, base: str, night: int) -> str:
    lines = ["", ""] if not _REMARKS.get(spec.id) else ["", f"# {_REMARKS[spec.id]}"]
    lines += [
        "[[source]]",
        f'id = "{spec.id}"',
        f'type = "{"list" if spec.packing == "csv" else "xzufi"}"',
        f'name = "{spec.name} (erfunden)"',
        f'location = "{base}{address_of(spec)}"',
        "allow_private = true  # der Server der Demo läuft auf diesem Rechner",
    ]
    if spec.cities and spec.named:
        keys = [KREIS if name == "Kreis" else facts.named(name).ars for name in spec.cities]
        lines.append(f"areas = {_listed(keys)}")
    lines.append(f'silence = "{"absence" if spec.speaks else "nothing"}"')
    if spec.themes:
        lines.append(f"silence_themes = {_listed(spec.themes)}")
    if spec.id == INCREMENTAL and night > 1:
        lines.append('delivery = "increment"')
    text = "\n".join(lines) + "\n"
    return text + _LIST_COLUMNS if spec.packing == "csv" else text


def _listed(values: Iterable[str]) -> str:
    quoted = ", ".join(f'"{value}"' for value in values)
    return f"[{quoted}]"
