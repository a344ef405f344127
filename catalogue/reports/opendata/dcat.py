"""The description of all data sets as JSON-LD in the words of DCAT-AP.de.

Each table is a data set of its own with one distribution for each format, since all distributions of a
data set have to hold the same data. The context stands in the file: nobody has to fetch one to read it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from catalogue.messages import LANGUAGES, text
from catalogue.reports.opendata.columns import Table
from catalogue.reports.opendata.files import CATALOGUE, FORMATS, Format, PublishedFile
from catalogue.reports.opendata.geocoding import Geocoding
from catalogue.reports.opendata.metadata import Metadata

__all__ = ["Described", "dataset_title", "dcat_of", "keywords_of"]

Node = dict[str, Any]

_EU: Final = "http://publications.europa.eu/resource/authority/"
_IANA: Final = "https://www.iana.org/assignments/media-types/"
_CONTEXT: Final[Node] = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dcatde": "http://dcat-ap.de/def/dcatde/",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


@dataclass(frozen=True)
class Described:
    """What the description is about: the region, of when it is, and what was written.

    ``spans`` gives the first and last day each table speaks of, by the table's name.
    """

    region: str
    moment: datetime
    geocoding: Geocoding
    spans: Mapping[str, tuple[date, date]]
    files: Mapping[str, Sequence[PublishedFile]]


def dcat_of(metadata: Metadata, about: Described, tables: Sequence[Table]) -> Node:
    """Return the catalogue with all data sets and distributions."""
    base = metadata.publication.base_url
    catalogue = f"{base}{CATALOGUE}"
    node: Node = {
        "@id": f"{catalogue}#catalogue",
        "@type": "dcat:Catalog",
        "dcterms:title": _title(metadata, about),
        "dcterms:description": _own_or_ours(metadata.publication.description, "open_page.about", about),
        "dcterms:publisher": {"@id": f"{catalogue}#publisher"},
        "dcterms:language": [_eu("language/DEU"), _eu("language/ENG")],
        "dcterms:modified": _moment(about.moment),
        "dcterms:spatial": [{"@id": one} for one in about.geocoding.areas],
        "dcat:themeTaxonomy": {"@id": f"{_EU}data-theme"},
        "dcat:dataset": [{"@id": f"{base}#{table.name}"} for table in tables],
    }
    if metadata.publication.homepage:
        node["foaf:homepage"] = _document(metadata.publication.homepage)
    graph = [node, _publisher(metadata, f"{catalogue}#publisher")]
    for table in tables:
        graph.append(_dataset(metadata, about, table))
        graph += [_distribution(metadata, about, one, form) for one, form in _files(about, table)]
    return {"@context": _CONTEXT, "@graph": graph}


def dataset_title(table: Table, region: str, language: str) -> str:
    """Return what a data set is called; the region is named, as titles stand alone in a portal."""
    title = text(language, f"open_table.{table.name}")
    return text(language, "open_page.dataset", title=title, region=region)


def keywords_of(metadata: Metadata) -> list[str]:
    """Return the keywords of every data set: ours, then the publisher's."""
    ours = text("de", "open_page.keywords").split(", ")
    return list(dict.fromkeys([*ours, *metadata.dcat.keywords]))


def _files(about: Described, table: Table) -> list[tuple[PublishedFile, Format]]:
    forms = {one.media_type: one for one in FORMATS}
    return [(one, forms[one.media_type]) for one in about.files[table.name] if one.media_type in forms]


def _title(metadata: Metadata, about: Described) -> list[Node]:
    return _own_or_ours(metadata.publication.title, "open_page.title", about)


def _own_or_ours(own: str | None, key: str, about: Described) -> list[Node]:
    if own is not None:
        return [_in("de", own)]
    return [_in(language, text(language, key, region=about.region)) for language in LANGUAGES]


def _publisher(metadata: Metadata, identity: str) -> Node:
    publisher = metadata.publisher
    node: Node = {
        "@id": identity,
        "@type": ["foaf:Agent", "foaf:Organization"],
        "foaf:name": publisher.name,
    }
    if publisher.homepage:
        node["foaf:homepage"] = _document(publisher.homepage)
    if publisher.type:
        node["dcterms:type"] = {"@id": publisher.type}
    return node


def _dataset(metadata: Metadata, about: Described, table: Table) -> Node:
    base = metadata.publication.base_url
    first, last = about.spans[table.name]
    coding = metadata.dcat.geocoding
    levels = metadata.dcat.geocoding_level
    areas = [{"@id": one} for one in (about.geocoding.areas if coding is None else coding)]
    node: Node = {
        "@id": f"{base}#{table.name}",
        "@type": "dcat:Dataset",
        "dcterms:identifier": f"{base}#{table.name}",
        "dcterms:title": [
            _in(language, dataset_title(table, about.region, language)) for language in LANGUAGES
        ],
        "dcterms:description": [
            _in(language, text(language, f"open_about.{table.name}")) for language in LANGUAGES
        ],
        "dcterms:publisher": {"@id": f"{base}{CATALOGUE}#publisher"},
        "dcterms:modified": _moment(about.moment),
        "dcterms:language": [_eu("language/DEU")],
        "dcterms:accessRights": _eu("access-right/PUBLIC"),
        "dcterms:provenance": {
            "@type": "dcterms:ProvenanceStatement",
            "rdfs:label": [_in(language, text(language, "open_page.provenance")) for language in LANGUAGES],
        },
        "dcterms:temporal": {
            "@type": "dcterms:PeriodOfTime",
            "dcat:startDate": {"@value": first.isoformat(), "@type": "xsd:date"},
            "dcat:endDate": {"@value": last.isoformat(), "@type": "xsd:date"},
        },
        "dcterms:spatial": areas,
        "dcatde:politicalGeocodingURI": areas,
        "dcatde:politicalGeocodingLevelURI": [
            {"@id": one} for one in (about.geocoding.levels if levels is None else levels)
        ],
        "dcat:keyword": [_in("de", one) for one in keywords_of(metadata)],
        "dcat:theme": [_eu(f"data-theme/{theme}") for theme in metadata.dcat.themes],
        "foaf:page": _document(f"{base}{table.name}.csv-metadata.json"),
        "dcat:distribution": [{"@id": f"{base}{one.file}#distribution"} for one, _ in _files(about, table)],
    }
    return node | _if_said(metadata)


def _if_said(metadata: Metadata) -> Node:
    """Return the properties of a data set that only the publisher can know."""
    node: Node = {}
    if metadata.contact is not None:
        contact = metadata.contact
        card: Node = {"@type": ["vcard:Kind", "vcard:Organization"]}
        card["vcard:fn"] = contact.name or metadata.publisher.name
        if contact.email:
            card["vcard:hasEmail"] = {"@id": f"mailto:{contact.email}"}
        if contact.url:
            card["vcard:hasURL"] = {"@id": contact.url}
        node["dcat:contactPoint"] = card
    if metadata.dcat.contributor_id:
        node["dcatde:contributorID"] = {"@id": metadata.dcat.contributor_id}
    if metadata.dcat.frequency:
        node["dcterms:accrualPeriodicity"] = _eu(f"frequency/{metadata.dcat.frequency}")
    return node | _availability(metadata)


def _availability(metadata: Metadata) -> Node:
    said = metadata.dcat.availability
    return {"dcatap:availability": _eu(f"planned-availability/{said}")} if said else {}


def _distribution(metadata: Metadata, about: Described, one: PublishedFile, form: Format) -> Node:
    """Return one file of a data set; it is reached by the address under which it is downloaded."""
    address = f"{metadata.publication.base_url}{one.file}"
    node: Node = {
        "@id": f"{address}#distribution",
        "@type": "dcat:Distribution",
        "dcterms:title": one.file,
        "dcat:accessURL": {"@id": address},
        "dcat:downloadURL": {"@id": address},
        "dcterms:format": _eu(f"file-type/{form.file_type}"),
        "dcat:mediaType": {"@id": f"{_IANA}{form.media_type}"},
        "dcat:byteSize": {"@value": str(one.bytes), "@type": "xsd:nonNegativeInteger"},
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            "spdx:checksumValue": {"@value": one.sha256, "@type": "xsd:hexBinary"},
        },
        "dcterms:license": {"@id": metadata.terms.licence},
        "dcterms:modified": _moment(about.moment),
        "adms:status": {"@id": "http://purl.org/adms/status/Completed"},
    }
    if metadata.terms.attribution:
        node["dcatde:licenseAttributionByText"] = metadata.terms.attribution
    return node | _availability(metadata)


def _in(language: str, written: str) -> Node:
    return {"@value": written, "@language": language}


def _eu(name: str) -> Node:
    return {"@id": f"{_EU}{name}"}


def _document(address: str) -> Node:
    return {"@id": address, "@type": "foaf:Document"}


def _moment(moment: datetime) -> Node:
    return {"@value": f"{moment:%Y-%m-%dT%H:%M:%SZ}", "@type": "xsd:dateTime"}
