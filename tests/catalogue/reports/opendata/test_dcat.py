"""The description is read by an RDF library that nothing of this project has touched, without a network."""

from __future__ import annotations

import hashlib
import json
import socket
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF, XSD
from rdflib.term import Node

from catalogue.reports.opendata.files import CATALOGUE
from catalogue.reports.opendata.tables import TABLES
from catalogue.store import Store
from tests.catalogue.reports.opendata.publishing import BASE, metadata, publish

ADMS = Namespace("http://www.w3.org/ns/adms#")
DCATAP = Namespace("http://data.europa.eu/r5r/")
DCATDE = Namespace("http://dcat-ap.de/def/dcatde/")
SPDX = Namespace("http://spdx.org/rdf/terms#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
EU = "http://publications.europa.eu/resource/authority/"
EVERYTHING_SAID: dict[str, Any] = {
    "publication": {"base_url": BASE, "homepage": "https://kreis.example.org/daten"},
    "publisher": {"name": "Kreis <Muster>", "type": "http://purl.org/adms/publishertype/LocalAuthority"},
    "terms": {"licence": "dl-de/by-2-0", "attribution": 'Kreis "Muster" \\ 2026'},
    "contact": {"name": "Open-Data-Team", "email": "opendata@kreis.example.org"},
    "dcat": {
        "contributor_id": "http://dcat-ap.de/def/contributors/kreisMuster",
        "themes": ["GOVE", "REGI"],
        "keywords": ["Muster"],
        "frequency": "DAILY",
        "availability": "AVAILABLE",
    },
}

pytestmark = pytest.mark.parametrize("region_store", ["sqlite"], indirect=True)


@dataclass(frozen=True)
class Described:
    """A folder that was published, and its description as a graph."""

    folder: Path
    graph: Graph


def described(store: Store, folder: Path, **sections: Any) -> Described:
    publish(store, folder / "out", metadata(**sections))

    def no_network(*_arguments: object) -> None:
        raise AssertionError("the description must be readable without a network")

    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of the library about itself
        patch.setattr(socket.socket, "connect", no_network)
        return Described(folder / "out", Graph().parse(folder / "out" / CATALOGUE, format="json-ld"))


@pytest.fixture(scope="module")
def least(region_store: Store, tmp_path_factory: pytest.TempPathFactory) -> Described:
    """A publication of which nothing more is said than has to be."""
    return described(region_store, tmp_path_factory.mktemp("least"))


@pytest.fixture(scope="module")
def most(region_store: Store, tmp_path_factory: pytest.TempPathFactory) -> Described:
    """A publication of which everything is said that can be."""
    return described(region_store, tmp_path_factory.mktemp("most"), **EVERYTHING_SAID)


def one(graph: Graph, subject: Node, predicate: Node) -> Node:
    values = list(graph.objects(subject, predicate))
    assert len(values) == 1, (predicate, values)
    return values[0]


def test_every_table_is_a_data_set_with_what_must_be_said(
    least: Described,
) -> None:
    graph = least.graph
    catalogue = one_of(graph, DCAT.Catalog)
    datasets = set(graph.objects(catalogue, DCAT.dataset))
    assert datasets == {URIRef(f"{BASE}#{table.name}") for table in TABLES}
    for node in (catalogue, *datasets):
        titles = {
            title.language for title in graph.objects(node, DCTERMS.title) if isinstance(title, Literal)
        }
        assert titles == {"de", "en"}
        assert list(graph.objects(node, DCTERMS.description))
        publisher = one(graph, node, DCTERMS.publisher)
        assert (publisher, RDF.type, FOAF.Agent) in graph
        assert one(graph, publisher, FOAF.name) == Literal("Kreis Muster")


def one_of(graph: Graph, kind: Node) -> Node:
    found = list(graph.subjects(RDF.type, kind))
    assert len(found) == 1
    return found[0]


def test_every_distribution_is_a_file_with_its_size_and_hash(
    least: Described,
) -> None:
    graph = least.graph
    distributions = list(graph.subjects(RDF.type, DCAT.Distribution))
    assert len(distributions) == 3 * len(TABLES)
    for node in distributions:
        address = str(one(graph, node, DCAT.downloadURL))
        assert one(graph, node, DCAT.accessURL) == URIRef(address)
        content = (least.folder / address.removeprefix(BASE)).read_bytes()
        size = one(graph, node, DCAT.byteSize)
        assert size == Literal(str(len(content)), datatype=XSD.nonNegativeInteger)
        checksum = one(graph, node, SPDX.checksum)
        assert one(graph, checksum, SPDX.algorithm) == SPDX.checksumAlgorithm_sha256
        value = one(graph, checksum, SPDX.checksumValue)
        assert isinstance(value, Literal)
        assert value.value == hashlib.sha256(content).digest()
        assert one(graph, node, DCTERMS.license) == URIRef("http://dcat-ap.de/def/licenses/dl-zero-de/2.0")
        ending = address.rpartition(".")[2]
        assert one(graph, node, DCTERMS.format) == URIRef(f"{EU}file-type/{ending.upper()}")
        assert str(one(graph, node, DCAT.mediaType)).startswith(
            "https://www.iana.org/assignments/media-types/"
        )
        assert one(graph, node, ADMS.status) == URIRef("http://purl.org/adms/status/Completed")


def test_areas_and_days_are_those_of_the_region(
    least: Described,
) -> None:
    graph = least.graph
    cells = URIRef(f"{BASE}#cells")
    areas = set(graph.objects(cells, DCATDE.politicalGeocodingURI))
    assert URIRef("http://dcat-ap.de/def/politicalGeocoding/regionalKey/055120000000") in areas
    assert areas == set(graph.objects(cells, DCTERMS.spatial))
    levels = set(graph.objects(cells, DCATDE.politicalGeocodingLevelURI))
    assert URIRef("http://dcat-ap.de/def/politicalGeocoding/Level/municipality") in levels
    period = one(graph, cells, DCTERMS.temporal)
    assert (period, RDF.type, DCTERMS.PeriodOfTime) in graph
    assert one(graph, period, DCAT.endDate) == Literal("2026-11-02", datatype=XSD.date)


def test_what_only_the_publisher_knows_is_said_where_it_is_known(
    most: Described,
) -> None:
    graph = most.graph
    gaps = URIRef(f"{BASE}#gaps")
    contact = one(graph, gaps, DCAT.contactPoint)
    assert (contact, RDF.type, VCARD.Kind) in graph
    assert one(graph, contact, VCARD.hasEmail) == URIRef("mailto:opendata@kreis.example.org")
    assert one(graph, gaps, DCATDE.contributorID) == URIRef("http://dcat-ap.de/def/contributors/kreisMuster")
    assert one(graph, gaps, DCTERMS.accrualPeriodicity) == URIRef(f"{EU}frequency/DAILY")
    assert one(graph, gaps, DCATAP.availability) == URIRef(f"{EU}planned-availability/AVAILABLE")
    assert {str(theme) for theme in graph.objects(gaps, DCAT.theme)} == {
        f"{EU}data-theme/GOVE",
        f"{EU}data-theme/REGI",
    }
    assert Literal("Muster", lang="de") in set(graph.objects(gaps, DCAT.keyword))
    csv = URIRef(f"{BASE}gaps.csv#distribution")
    assert one(graph, csv, DCATDE.licenseAttributionByText) == Literal('Kreis "Muster" \\ 2026')
    assert one(graph, one(graph, gaps, DCTERMS.publisher), FOAF.name) == Literal("Kreis <Muster>")


def test_what_nobody_said_is_not_made_up(
    least: Described,
) -> None:
    graph = least.graph
    unsaid = (
        DCAT.contactPoint,
        DCATDE.contributorID,
        DCTERMS.accrualPeriodicity,
        DCATAP.availability,
        DCATDE.licenseAttributionByText,
    )
    assert [term for term in unsaid if list(graph.subject_objects(term))] == []


def test_no_context_has_to_be_fetched(least: Described) -> None:
    document = json.loads((least.folder / CATALOGUE).read_text(encoding="utf-8"))
    assert all(isinstance(value, str) for value in document["@context"].values())
    assert "@context" not in json.dumps(document["@graph"])
