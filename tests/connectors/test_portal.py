from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from catalogue.records import Completeness, Issue, Memory, Offering, Record, Status
from cli.demo.portals import citko, liferay, participation
from cli.demo.portals.content import Page, Pages, PortalService, PortalTenant, Project
from connectors.assignment import Assignment
from connectors.contract import Delivery
from connectors.errors import RejectDelivery, RetryLater
from connectors.fetch import Fetcher
from connectors.portal import PortalConnector
from connectors.portal_settings import PortalSettings
from tests.connectors.portals.services import SERVICES, of
from tests.connectors.portals.serving import serve
from tests.faultserver import FaultServer

DORSTEN, GLADBECK = "055620012012", "055620014014"
NAMES = {DORSTEN: "Dorsten", GLADBECK: "Gladbeck"}
LOOPBACK = """
name = "probe"
extends = "citkoportal"
[roof]
instances = '127\\.0\\.0\\.1:[0-9]+'
origin = "Probe"
"""


@pytest.fixture
def servers() -> Iterator[dict[str, FaultServer]]:
    """Give a server for each of two cities, and one for their roof."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(FaultServer()) for name in (DORSTEN, GLADBECK, "roof")}


@pytest.fixture
def connect(make_fetcher: Callable[..., Fetcher]) -> Callable[..., PortalConnector]:
    """Give a maker of connectors."""

    def make(**given: object) -> PortalConnector:
        base = {
            "id": "portal",
            "type": "portal",
            "profile": "citkoportal",
            "delay": 0.0,
            "allow_private": True,
        }
        return PortalConnector(PortalSettings.model_validate({**base, **given}), make_fetcher(attempts=1))

    return make


class Read:
    """What one night brought."""

    def __init__(
        self, connector: PortalConnector, folder: Path, memory: dict[str, str] | None = None
    ) -> None:
        folder.mkdir(parents=True)
        self.delivery: Delivery = connector.acquire(folder, Assignment(memory=memory or {}))
        self.records: list[Record] = [
            record for part in self.delivery.parts for record in connector.read(part)
        ]

    def of(self, area: str) -> dict[str, Offering]:
        """Return the offerings of an area by title."""
        found = [record for record in self.records if isinstance(record, Offering) and record.area == area]
        return {offering.service.title: offering for offering in found}

    @property
    def scopes(self) -> set[str]:
        """Return how complete the parts are."""
        return {record.scope for record in self.records if isinstance(record, Completeness)}

    @property
    def issues(self) -> Counter[str]:
        """Return how often each issue occurs."""
        return Counter(record.kind for record in self.records if isinstance(record, Issue))

    @property
    def memory(self) -> dict[str, str]:
        """Return what is remembered for the next night."""
        return {record.key: record.value for record in self.records if isinstance(record, Memory)}


def portal(area: str, services: tuple[PortalService, ...] = SERVICES) -> Pages:
    """Return a city's citkoPortal."""
    return citko.render(PortalTenant(NAMES[area], services))


def tenants(servers: dict[str, FaultServer]) -> dict[str, str]:
    """Return the setting that names the tenants."""
    return {servers[area].url("/"): area for area in (DORSTEN, GLADBECK)}


def test_the_portals_of_two_cities_are_read_and_nothing_is_mixed(
    servers: dict[str, FaultServer], connect: Callable[..., PortalConnector], tmp_path: Path
) -> None:
    serve(servers[DORSTEN], portal(DORSTEN))
    serve(servers[GLADBECK], portal(GLADBECK, of("Sondernutzung", "Bewohnerparkausweis")))
    read = Read(connect(tenants=tenants(servers)), tmp_path / "1")
    assert set(read.of(DORSTEN)) == {service.title for service in SERVICES}
    assert set(read.of(GLADBECK)) == {"Sondernutzung", "Bewohnerparkausweis"}
    assert read.scopes == {"everything"}
    assert read.issues == {}


def test_nothing_that_starts_a_service_or_a_session_is_ever_requested(
    servers: dict[str, FaultServer], connect: Callable[..., PortalConnector], tmp_path: Path
) -> None:
    serve(servers[DORSTEN], portal(DORSTEN))
    serve(servers[GLADBECK], portal(GLADBECK))
    Read(connect(tenants=tenants(servers)), tmp_path / "1")
    for area in (DORSTEN, GLADBECK):
        assert servers[area].hits["/services"] > 1
        asked = [path for path in servers[area].hits if "call/" in path or "login" in path or ".pdf" in path]
        assert asked == []
        assert {call.method for call in servers[area].requests} == {"GET"}


def test_nobody_of_the_staff_leaves_the_portal(
    servers: dict[str, FaultServer], connect: Callable[..., PortalConnector], tmp_path: Path
) -> None:
    pages = portal(DORSTEN)
    assert any(b"Mustermann" in page.body for page in pages.values())
    serve(servers[DORSTEN], pages)
    read = Read(connect(location=servers[DORSTEN].url("/"), areas=[DORSTEN]), tmp_path / "1")
    assert read.of(DORSTEN)
    for secret in ("Mustermann", "501234", "@stadt.example"):
        assert secret not in repr(read.records)


def test_one_broken_instance_makes_the_delivery_a_part_and_is_named(
    servers: dict[str, FaultServer], connect: Callable[..., PortalConnector], tmp_path: Path
) -> None:
    serve(servers[DORSTEN], portal(DORSTEN))
    servers[GLADBECK].misbehave("/services", "status=503")
    serve(servers[GLADBECK], portal(GLADBECK))
    read = Read(connect(tenants=tenants(servers)), tmp_path / "1")
    assert set(read.of(DORSTEN)) == {service.title for service in SERVICES}
    assert read.of(GLADBECK) == {}
    assert "part" in read.scopes
    named = [record.record for record in read.records if isinstance(record, Issue)]
    assert GLADBECK in named
    assert f"services:{DORSTEN}" in read.memory
    assert f"services:{GLADBECK}" not in read.memory


def test_an_instance_that_answers_with_an_error_page_is_not_taken_for_an_empty_one(
    servers: dict[str, FaultServer], connect: Callable[..., PortalConnector], tmp_path: Path
) -> None:
    sorry = Page(b"<html><body><h1>Wartung</h1><p>Bitte <a href='/'>neu laden</a>.</p></body></html>")
    serve(servers[DORSTEN], portal(DORSTEN))
    robots = {"/robots.txt": Page(b"", "text/plain")}
    serve(servers[GLADBECK], {"/services": sorry, **robots})
    read = Read(connect(tenants=tenants(servers)), tmp_path / "1")
    assert "part" in read.scopes
    assert read.issues["portal_count_unexpected"] == 1


def test_many_broken_descriptions_make_a_tenant_a_part_and_few_do_not(
    servers: dict[str, FaultServer], connect: Callable[..., PortalConnector], tmp_path: Path
) -> None:
    many = tuple(PortalService(f"Hund Nummer {number} anmelden") for number in range(30))
    sorry = Page(b"<html><body><h1>Fehler</h1><p>Die Seite konnte nicht gefunden werden.</p></body></html>")
    for area, broken in ((DORSTEN, 1), (GLADBECK, 2)):
        pages = portal(area, many)
        tenant = PortalTenant(NAMES[area], many)
        pages |= {citko.page_of(tenant, service): sorry for service in many[:broken]}
        serve(servers[area], pages)
    read = Read(connect(tenants=tenants(servers)), tmp_path / "1")
    named = [record.record for record in read.records if isinstance(record, Issue)]
    assert named == [servers[GLADBECK].url("/")]
    assert "part" in read.scopes


def test_details_that_robots_forbid_make_the_tenant_a_part_and_keep_what_the_list_shows(
    servers: dict[str, FaultServer], connect: Callable[..., PortalConnector], tmp_path: Path
) -> None:
    robots = "User-agent: *\nDisallow: /services/\n"
    tenant = PortalTenant("Dorsten", SERVICES, robots=robots)
    serve(servers[DORSTEN], citko.render(tenant))
    read = Read(connect(location=servers[DORSTEN].url("/"), areas=[DORSTEN]), tmp_path / "1")
    assert [path for path in servers[DORSTEN].hits if path.startswith("/services/")] == []
    assert read.scopes == {"part"}
    assert read.of(DORSTEN)["Hundesteuer Anmeldung"].status is Status.ONLINE
    assert "Sondernutzung" not in read.of(DORSTEN)


def test_robots_that_cannot_be_had_forbid_everything(
    servers: dict[str, FaultServer], connect: Callable[..., PortalConnector], tmp_path: Path
) -> None:
    serve(servers[DORSTEN], portal(DORSTEN))
    servers[DORSTEN].misbehave("/robots.txt", "status=503")
    with pytest.raises(RetryLater):
        Read(connect(location=servers[DORSTEN].url("/"), areas=[DORSTEN]), tmp_path / "1")
    assert set(servers[DORSTEN].hits) == {"/robots.txt"}


def test_an_unchanged_night_reads_nothing_again_and_says_the_same(
    servers: dict[str, FaultServer], connect: Callable[..., PortalConnector], tmp_path: Path
) -> None:
    serve(servers[DORSTEN], portal(DORSTEN))
    connector = connect(location=servers[DORSTEN].url("/"), areas=[DORSTEN])
    first = Read(connector, tmp_path / "1")
    second = Read(connector, tmp_path / "2", first.memory)
    third = Read(connector, tmp_path / "3", second.memory)
    for night in (second, third):
        assert night.of(DORSTEN) == first.of(DORSTEN)
        assert night.scopes == {"everything"}
        assert night.delivery.digest == first.delivery.digest
    # The second night made sure of what the first one brought unencrypted.
    conditional = [call for call in servers[DORSTEN].requests if "if-none-match" in call.headers]
    assert len(conditional) == len([key for key in first.memory if key.startswith("page:")])


def test_a_form_that_becomes_an_online_service_is_seen_on_the_next_night(
    servers: dict[str, FaultServer], connect: Callable[..., PortalConnector], tmp_path: Path
) -> None:
    (form,) = of("Wohnberechtigungsschein")
    connector = connect(location=servers[DORSTEN].url("/"), areas=[DORSTEN])
    serve(servers[DORSTEN], portal(DORSTEN))
    first = Read(connector, tmp_path / "1")
    changed = tuple(replace(each, status="online") if each is form else each for each in SERVICES)
    serve(servers[DORSTEN], portal(DORSTEN, changed))
    second = Read(connector, tmp_path / "2", first.memory)
    before, after = first.of(DORSTEN)[form.title], second.of(DORSTEN)[form.title]
    assert (before.status, after.status) == (Status.FORM, Status.ONLINE)
    assert before.ref == after.ref


def test_a_portal_that_lost_many_services_is_not_believed_until_somebody_says_so(
    servers: dict[str, FaultServer], connect: Callable[..., PortalConnector], tmp_path: Path
) -> None:
    where = {"location": servers[DORSTEN].url("/"), "areas": [DORSTEN]}
    serve(servers[DORSTEN], portal(DORSTEN))
    first = Read(connect(**where), tmp_path / "1")
    serve(servers[DORSTEN], portal(DORSTEN, SERVICES[:4]))
    second = Read(connect(**where), tmp_path / "2", first.memory)
    assert (second.scopes, second.issues["portal_count_unexpected"]) == ({"part"}, 1)
    believed = Read(connect(**where, expected=[1, 10]), tmp_path / "3", first.memory)
    assert believed.scopes == {"everything"}


def test_the_roof_tells_of_instances_that_nobody_named(
    servers: dict[str, FaultServer], connect: Callable[..., PortalConnector], tmp_path: Path
) -> None:
    profile = tmp_path / "probe.toml"
    profile.write_text(LOOPBACK, encoding="utf-8")
    serve(servers[DORSTEN], portal(DORSTEN))
    instances = [(NAMES[area], servers[area].url("/")) for area in (DORSTEN, GLADBECK)]
    serve(servers["roof"], citko.roof(instances))
    read = Read(
        connect(
            profile=str(profile),
            location=servers["roof"].url("/"),
            tenants={servers[DORSTEN].url("/"): DORSTEN},
        ),
        tmp_path / "1",
    )
    unknown = [
        record.record
        for record in read.records
        if isinstance(record, Issue) and record.kind == "portal_instance_unknown"
    ]
    assert unknown == [f"127.0.0.1:{servers[GLADBECK].port}"]
    assert set(servers[GLADBECK].hits) == set()


def test_a_roof_that_is_down_takes_nothing_from_the_instances(
    servers: dict[str, FaultServer], connect: Callable[..., PortalConnector], tmp_path: Path
) -> None:
    serve(servers[DORSTEN], portal(DORSTEN))
    read = Read(
        connect(location=servers["roof"].url("/"), tenants={servers[DORSTEN].url("/"): DORSTEN}),
        tmp_path / "1",
    )
    assert read.scopes == {"everything"}
    assert len(read.of(DORSTEN)) == len(SERVICES)


def test_a_liferay_portal_is_read_by_the_same_engine(
    servers: dict[str, FaultServer], connect: Callable[..., PortalConnector], tmp_path: Path
) -> None:
    services = tuple(service for service in SERVICES if service.page and not service.group)
    serve(servers[DORSTEN], liferay.render(PortalTenant("Dorsten", services)))
    read = Read(
        connect(profile="liferay-bis", location=servers[DORSTEN].url("/"), areas=[DORSTEN]), tmp_path / "1"
    )
    assert {title: offering.status.value for title, offering in read.of(DORSTEN).items()} == {
        service.title: service.status for service in services
    }
    assert read.scopes == {"everything"}


def test_a_tenant_of_a_platform_is_told_by_its_path_and_may_be_empty(
    servers: dict[str, FaultServer], connect: Callable[..., PortalConnector], tmp_path: Path
) -> None:
    serve(servers[DORSTEN], participation.render({"dorsten": (Project(7, "Mängelmelder"),), "gladbeck": ()}))
    read = Read(
        connect(
            profile="beteiligung-nrw",
            tenants={
                servers[DORSTEN].url("/portal/dorsten/"): DORSTEN,
                servers[DORSTEN].url("/portal/gladbeck"): GLADBECK,
            },
        ),
        tmp_path / "1",
    )
    assert len(read.of(DORSTEN)) == 1
    assert read.of(GLADBECK) == {}
    assert read.scopes == {"everything"}


def test_a_check_asks_robots_first_and_opens_the_first_list_only(
    servers: dict[str, FaultServer], connect: Callable[..., PortalConnector]
) -> None:
    serve(servers[DORSTEN], portal(DORSTEN))
    check = connect(location=servers[DORSTEN].url("/"), areas=[DORSTEN]).check()
    assert (check.ok, check.code) == (True, "portal_reachable")
    assert set(servers[DORSTEN].hits) == {"/robots.txt", "/services"}


def test_a_check_tells_that_the_list_must_not_be_read(
    servers: dict[str, FaultServer], connect: Callable[..., PortalConnector]
) -> None:
    forbidding = PortalTenant("Dorsten", SERVICES, robots="User-agent: *\nDisallow: /services\n")
    serve(servers[DORSTEN], citko.render(forbidding))
    check = connect(location=servers[DORSTEN].url("/"), areas=[DORSTEN]).check()
    assert (check.ok, check.code) == (False, "portal_blocked")
    assert set(servers[DORSTEN].hits) == {"/robots.txt"}


def test_pages_without_any_service_are_no_portal(
    servers: dict[str, FaultServer], connect: Callable[..., PortalConnector], tmp_path: Path
) -> None:
    servers[DORSTEN].add("/services", b"<html><body>Wartung</body></html>", "text/html")
    with pytest.raises(RejectDelivery):
        Read(connect(location=servers[DORSTEN].url("/"), areas=[DORSTEN]), tmp_path / "1")


def test_a_copy_in_another_process_reads_the_same(
    servers: dict[str, FaultServer], connect: Callable[..., PortalConnector], tmp_path: Path
) -> None:
    serve(servers[DORSTEN], portal(DORSTEN))
    connector = connect(location=servers[DORSTEN].url("/"), areas=[DORSTEN])
    read = Read(connector, tmp_path / "1")
    elsewhere = pickle.loads(pickle.dumps(connector))
    assert [record for part in read.delivery.parts for record in elsewhere.read(part)] == read.records
