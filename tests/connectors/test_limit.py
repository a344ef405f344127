"""Sources that are asked step by step stop early where somebody only wants to look at a few records."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from catalogue.records import Completeness, Issue, Offering, Record
from connectors.assignment import AssignedArea, Assignment
from connectors.crawl.engine import crawl
from connectors.crawl.job import Expectation, Job, Limits
from connectors.crawl.pages import DETAIL, LIST, Start
from connectors.crawl.politeness import Gates, Pace
from connectors.crawl.spool import open_spool
from connectors.fetch import Fetcher
from connectors.pvog import PvogConnector
from tests.connectors.bereitstelldienst_reading import LOG, Read, connector
from tests.connectors.bereitstelldienst_server import SECRET, LogServer
from tests.connectors.crawl.crawling import PathStrategy, html
from tests.connectors.portal_specimens import PORTALS
from tests.connectors.pvog_asking import BUND, CITY, TOWN, settings
from tests.connectors.pvog_server import DETAIL as DETAILS
from tests.connectors.pvog_server import SERVICES, PvogServer, Text, online
from tests.connectors.pvog_specimens import PVOG
from tests.connectors.site_specimens import SITE
from tests.connectors.specimens import Specimen
from tests.faultserver import FaultServer

KEYS = tuple(f"99{number:012d}" for number in range(1, 101))


class Sample:
    """What a crawl opened and delivered that was only to take so many pages."""

    def __init__(self, server: FaultServer, fetcher: Fetcher, folder: Path, limit: int, *starts: str) -> None:
        begun = tuple(Start(server.url(start)) for start in starts)
        strategy = PathStrategy(frozenset({f"127.0.0.1:{server.port}"}))
        limits = Limits(delay=0.0)
        expectation = Expectation(lists_are_complete=True, bands={"": (1, 1_000)})
        job = Job("probe", strategy, begun, limits=limits, expectation=expectation)
        assignment = Assignment(limit=limit)
        pace = Pace(assignment, 0.0, "", gates=Gates(), rng=random.Random(1))
        delivery = crawl(job, fetcher, folder, assignment, pace)
        spools = [open_spool(part) for part in delivery.parts]
        self.kinds = [page.kind for spool in spools for page in spool.pages()]
        self.records: list[Record] = [record for spool in spools for record in spool.conclusion()]
        self.scope = next(record.scope for record in self.records if isinstance(record, Completeness))
        self.issues = {record.kind for record in self.records if isinstance(record, Issue)}


def serve_lists(server: FaultServer, lists: int, details: int) -> None:
    """Serve lists that a first one leads to, each with so many details of its own."""
    server.add("/liste", html(*(f"/liste/{n}" for n in range(lists))), "text/html")
    for n in range(lists):
        server.add(f"/liste/{n}", html(*(f"/d/{n}-{m}" for m in range(details))), "text/html")
        for m in range(details):
            server.add(f"/d/{n}-{m}", html(), "text/html")


def test_a_sample_of_a_website_ends_with_enough_details(
    server: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    serve_lists(server, 30, 10)
    sample = Sample(server, fetcher, tmp_path, 5, "/liste")
    assert sample.kinds.count(DETAIL) == 5
    assert sample.kinds.count(LIST) == 2
    assert (sample.scope, "crawl_sampled" in sample.issues) == ("part", True)


def test_a_sample_does_not_search_through_endless_lists(
    server: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    serve_lists(server, 200, 0)
    sample = Sample(server, fetcher, tmp_path, 3, "/liste")
    assert len(sample.kinds) <= 16
    assert sample.scope == "part"


@pytest.mark.parametrize("limit", [7, 0])
def test_a_website_with_fewer_pages_than_wanted_is_read_completely(
    server: FaultServer, fetcher: Fetcher, tmp_path: Path, limit: int
) -> None:
    serve_lists(server, 2, 3)
    sample = Sample(server, fetcher, tmp_path, limit, "/liste")
    assert sample.kinds.count(DETAIL) == 6
    assert (sample.scope, "crawl_sampled" in sample.issues) == ("everything", False)


def survey(server: FaultServer, fetcher: Fetcher, folder: Path, limit: int, **given: object) -> list[Record]:
    """Ask a PVOG with a hundred texts in each of two towns."""
    texts = [Text(f"L.LB.{key}", [key], [CITY, TOWN]) for key in KEYS]
    services = [online("B.OD.7", "https://www.fuehrungszeugnis.bund.de/", "B.LB.577649", ars=[BUND])]
    services += [online(f"L.OD.{key}", "https://stadt.example/", f"L.LB.{key}", ars=[CITY]) for key in KEYS]
    location = PvogServer(texts, services, online_per_page=50).serve(server)
    areas = tuple(AssignedArea(ars, "gemeinde", "Stadt") for ars in (CITY, TOWN))
    assignment = Assignment(areas=areas, keys=KEYS, limit=limit)
    pvog = PvogConnector(settings(location=location, keys_per_request=10, **given), fetcher)
    (part,) = pvog.acquire(folder, assignment).parts
    return list(pvog.read(part))


def shown(records: list[Record]) -> set[tuple[str, str]]:
    """Return the texts that offerings are about, each with the town it was asked for."""
    found = (record for record in records if isinstance(record, Offering))
    return {(offering.ref.partition("|")[0], offering.service.ref) for offering in found}


def test_a_sample_of_pvog_asks_for_no_more_than_it_shows(
    server: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    records = survey(server, fetcher, tmp_path, 4)
    assert len(shown(records)) == 4
    assert server.hits[DETAILS] == 4
    assert server.hits[SERVICES] <= 10  # the second town is not asked at all
    assert records[-1] == Completeness("part")
    assert "pvog_sampled" in {record.kind for record in records if isinstance(record, Issue)}


def test_a_sample_of_online_services_alone_looks_up_no_more_than_it_shows(
    server: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    records = survey(server, fetcher, tmp_path, 4, services=False)
    assert 1 <= len(shown(records)) <= 4
    assert server.hits[DETAILS] <= 8  # four for each town
    assert isinstance(records[-1], Completeness)
    assert records[-1].scope == "part"


def test_without_a_limit_pvog_is_asked_for_everything(
    server: FaultServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    records = survey(server, fetcher, tmp_path, 0)
    assert len(shown(records)) == 200
    assert records[-1] == Completeness("everything")


def test_a_sample_of_a_log_is_its_next_block(
    server: FaultServer, fetcher: Fetcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOG_SECRET", SECRET)
    service = LogServer(server, log=LOG)
    read = Read(connector(service, fetcher), tmp_path / "sample", Assignment(limit=20))
    assert service.indexes == [0]
    assert (read.last.scope, read.last.reach) == ("increment", "begun")


@pytest.mark.parametrize("specimen", [*PORTALS, *SITE, *PVOG], ids=lambda specimen: specimen.name)
def test_every_kind_that_asks_step_by_step_shows_some_records_of_many_and_calls_them_a_part(
    server: FaultServer, fetcher: Fetcher, tmp_path: Path, specimen: Specimen, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in specimen.environment.items():
        monkeypatch.setenv(name, value)
    for path, content in specimen.make(200).items():
        server.add(path, content, "text/html")
    source = specimen.build(server.url(specimen.entry), fetcher)
    delivery = source.acquire(tmp_path, replace(specimen.assignment, limit=5))
    records = [record for part in delivery.parts for record in source.read(part)]
    # One text of PVOG may be several services.
    assert 1 <= len([record for record in records if isinstance(record, Offering)]) <= 20
    assert {record.scope for record in records if isinstance(record, Completeness)} == {"part"}
    assert len(server.requests) < 40
