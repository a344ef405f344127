from __future__ import annotations

from dataclasses import replace

import pytest

from catalogue.records import Status
from cli.demo.portals import citko
from cli.demo.portals.content import Page, PortalService, PortalTenant
from tests.connectors.portals.services import SERVICES, of
from tests.connectors.portals.walking import AREA, Walk, settings_of, walk

TENANT = PortalTenant("Dorsten", SERVICES)


@pytest.fixture(scope="module")
def found() -> Walk:
    """Give what reading a citkoPortal brought."""
    return walk(settings_of("citkoportal"), citko.render(TENANT))


def test_every_service_of_the_portal_is_found_once(found: Walk) -> None:
    assert sorted(each.service.title for each in found.offerings.values()) == sorted(
        service.title for service in SERVICES
    )
    assert {each.area for each in found.offerings.values()} == {AREA}


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.title)
def test_the_status_of_every_service_is_the_portals(found: Walk, service: PortalService) -> None:
    assert found.titled(service.title).status == Status(service.status)


def test_no_call_link_and_no_login_is_ever_opened(found: Walk) -> None:
    closed = ("call/", "/login", "wohnsitzanmeldung", ".pdf")
    assert [path for path in found.opened if any(word in path for word in closed)] == []


def test_a_call_link_is_the_way_into_the_service(found: Walk) -> None:
    dog = found.titled("Hundesteuer Anmeldung")
    assert dog.url == f"https://portal.stadt.example{citko.call_of(TENANT, SERVICES[0])}"
    assert (dog.service.keys, dog.unit, dog.operator, dog.level) == (
        ("99102013104000",),
        "Steueramt",
        "own",
        3,
    )


def test_one_page_for_several_services_is_the_identity_of_none(found: Walk) -> None:
    services = [found.titled(service.title) for service in of("Gewerbe anmelden", "Gewerbe ummelden")]
    services.append(found.titled("Gewerbe abmelden"))
    assert len({each.ref for each in services}) == 3
    assert len({each.url for each in services}) == 3
    assert len({each.page for each in services}) == 1


def test_one_address_for_two_services_is_the_identity_of_neither(found: Walk) -> None:
    birth, death = found.titled("Geburtsurkunde"), found.titled("Sterbeurkunde")
    assert birth.url == death.url
    assert birth.ref != death.ref
    assert birth.operator == ""  # whoever runs what the link forwards to


def test_a_service_of_somebody_else_among_the_own_ones_keeps_its_operator(found: Walk) -> None:
    move = found.titled("Wohnsitz anmelden")
    assert (move.operator, move.url) == ("efa", "https://wohnsitzanmeldung.gov.de/")


def test_links_of_others_beside_the_lists_are_no_services(found: Walk) -> None:
    assert not [each for each in found.offerings.values() if "bund.de" in each.url]


def test_a_call_that_needs_a_login_says_so(found: Walk) -> None:
    assert "account_required" in {entry.flag for entry in found.titled("Gewerbe ummelden").evidence}
    assert "account_required" not in {entry.flag for entry in found.titled("Gewerbe anmelden").evidence}


def test_a_description_without_any_link_is_not_digital(found: Walk) -> None:
    assert (found.titled("Sondernutzung").status, found.titled("Sondernutzung").url) == (Status.DESCRIBED, "")


def test_what_a_list_shows_online_stays_so_though_its_page_cannot_be_read() -> None:
    pages = citko.render(TENANT)
    pages[citko.page_of(TENANT, SERVICES[0])] = Page(b"", status=503)
    assert walk(settings_of("citkoportal"), pages).titled("Hundesteuer Anmeldung").status is Status.ONLINE


def test_what_a_list_only_names_is_not_lowered_when_its_page_cannot_be_read() -> None:
    pages = citko.render(TENANT)
    (service,) = of("Wohnberechtigungsschein")
    pages[citko.page_of(TENANT, service)] = Page(b"", status=503)
    found = walk(settings_of("citkoportal"), pages)
    assert "Wohnberechtigungsschein" not in {each.service.title for each in found.offerings.values()}


def test_long_lists_are_read_to_their_last_page() -> None:
    many = tuple(PortalService(f"Dienst Nummer {number}", category="Alles") for number in range(40))
    found = walk(settings_of("citkoportal"), citko.render(replace(TENANT, services=many)))
    assert len(found.offerings) == 40


def test_the_same_service_keeps_its_ref_when_others_come_and_go(found: Walk) -> None:
    fewer = citko.render(replace(TENANT, services=of("Hundesteuer Anmeldung", "Geburtsurkunde")))
    refs = walk(settings_of("citkoportal"), fewer).offerings.keys()
    assert refs == {found.titled("Hundesteuer Anmeldung").ref, found.titled("Geburtsurkunde").ref}


def test_a_tenant_below_a_path_sees_nothing_of_its_neighbour() -> None:
    own = citko.render(
        replace(TENANT, base="/dorsten", services=of("Sondernutzung", "Hundesteuer Anmeldung"))
    )
    neighbour = PortalTenant("Gladbeck", (PortalService("Fischereischein", "online"),), base="/gladbeck")
    link = b'<main><ul><li class="service"><a href="/gladbeck/services/1">Fischereischein</a></li></ul>'
    own = {path: replace(page, body=page.body.replace(b"<main>", link)) for path, page in own.items()}
    found = walk(
        settings_of("citkoportal", "https://portal.example/dorsten/"), {**own, **citko.render(neighbour)}
    )
    assert sorted(each.service.title for each in found.offerings.values()) == [
        "Hundesteuer Anmeldung",
        "Sondernutzung",
    ]
    assert not [path for path in found.opened if path.startswith("/gladbeck")]
    assert [issue.kind for issue in found.issues] == ["portal_foreign_tenant"]
