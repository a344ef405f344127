"""Traps that portals set: addresses, encodings and pages that are not what they seem."""

from __future__ import annotations

from dataclasses import replace

import pytest

from catalogue.records import Offering, Status
from cli.demo.portals import citko, liferay
from cli.demo.portals.content import Page, Pages, PortalService, PortalTenant
from tests.connectors.portals.walking import AREA, Walk, settings_of, walk

DOG = PortalService("Hundesteuer Anmeldung", "online", category="Steuern")
STREET = PortalService("Sondernutzung", category="Verkehr")


def citko_with(*services: PortalService) -> Walk:
    """Return what a citkoPortal with these services says."""
    return walk(settings_of("citkoportal"), citko.render(PortalTenant("Dorsten", services)))


def changed(pages: Pages, path: str, before: bytes, after: bytes) -> Pages:
    """Return pages of which one is written differently."""
    assert before in pages[path].body
    return {**pages, path: replace(pages[path], body=pages[path].body.replace(before, after))}


def elsewhere(link: str) -> Offering:
    """Return the offering that a link to somebody else's service on a list becomes."""
    service = PortalService("Fischereischein", "online", link=link, page=False)
    return citko_with(DOG, service).titled("Fischereischein")


def test_a_shared_link_that_names_another_area_stays_an_offering_of_the_tenant() -> None:
    link = (
        "https://serviceportal.gemeinsamonline.de/Onlinedienste/Service/Entry?id=FISCH&location=010020000000"
    )
    fishing = elsewhere(link)
    assert (fishing.area, fishing.operator, fishing.url) == (AREA, "efa", link)


def test_entities_in_addresses_are_decoded_once_and_percent_signs_never() -> None:
    link = "https://www.bauportal.nrw/antrageinfach?anlage=1%252F&return_absolute=1"
    assert elsewhere(link).url == link


@pytest.mark.parametrize(
    ("link", "operator"),
    [
        ("https://service.wirtschaft.nrw/antrag/gewerbemeldung", "land"),
        ("https://www.kreis-recklinghausen.de/onlinedienste/7", "kreis"),
        ("https://www.fuehrungszeugnis.bund.de/", "bund"),
    ],
)
def test_a_service_of_kreis_land_or_bund_is_never_an_own_one(link: str, operator: str) -> None:
    assert elsewhere(link).operator == operator


def test_a_link_to_a_host_that_nobody_knows_is_no_service() -> None:
    shop = PortalService("Stadtgutschein", "online", link="https://laden.example/", page=False)
    assert "Stadtgutschein" not in {each.service.title for each in citko_with(DOG, shop).offerings.values()}


def test_a_link_to_the_land_in_the_middle_of_a_text_is_no_service() -> None:
    pages = citko.render(PortalTenant("Dorsten", (DOG,)))
    hint = b'<p>Siehe auch <a href="https://service.wirtschaft.nrw/antrag">Gewerbe</a>.</p></main>'
    pages = changed(pages, "/services?kategorie=Steuern", b"</main>", hint)
    assert len(walk(settings_of("citkoportal"), pages).offerings) == 1


def test_one_call_link_under_two_titles_is_the_identity_of_neither() -> None:
    pages = citko.render(PortalTenant("Dorsten", (replace(DOG, page=False),)))
    path = "/services?kategorie=Steuern"
    call = citko.call_of(PortalTenant("Dorsten", ()), DOG).encode()
    second = (
        b'<li class="service"><h2>Hundesteuer Abmeldung</h2><a href="' + call + b'">Online starten</a></li>'
    )
    pages = changed(pages, path, b'<ul class="services">', b'<ul class="services">' + second)
    found = walk(settings_of("citkoportal"), pages)
    assert sorted(each.service.title for each in found.offerings.values()) == [
        "Hundesteuer Abmeldung",
        "Hundesteuer Anmeldung",
    ]


def test_a_page_that_says_that_it_is_not_there_is_no_service() -> None:
    pages = citko.render(PortalTenant("Dorsten", (DOG, STREET)))
    path = citko.page_of(PortalTenant("Dorsten", ()), STREET)
    sorry = b"<html><body><h1>Fehler 404</h1><p>Die Seite konnte nicht gefunden werden.</p></body></html>"
    found = walk(settings_of("citkoportal"), {**pages, path: Page(sorry)})
    assert [each.service.title for each in found.offerings.values()] == [DOG.title]


def test_a_listed_service_whose_page_says_next_to_nothing_is_described_and_not_missing() -> None:
    pages = citko.render(PortalTenant("Dorsten", (DOG, STREET)))
    for service in (DOG, STREET):
        path = citko.page_of(PortalTenant("Dorsten", ()), service)
        pages[path] = Page(b"<html><body><p>Ansprechstelle</p></body></html>")
    found = walk(settings_of("citkoportal"), pages)
    assert found.titled("Sondernutzung").status is Status.DESCRIBED
    assert found.titled("Hundesteuer Anmeldung").status is Status.ONLINE  # the list has the call link
    assert [issue.kind for issue in found.issues] == ["portal_page_no_service"] * 2


def test_a_page_about_a_unit_below_an_address_of_services_is_no_service() -> None:
    pages = citko.render(PortalTenant("Dorsten", (DOG, STREET)))
    path = citko.page_of(PortalTenant("Dorsten", ()), STREET)
    unit = "<h1>Tiefbauamt</h1><h2>Anschrift</h2><p>Rathausplatz 1</p><h2>Öffnungszeiten</h2><p>Mo 8-12</p>"
    found = walk(settings_of("citkoportal"), {**pages, path: Page(f"<html><main>{unit}".encode())})
    assert [each.service.title for each in found.offerings.values()] == [DOG.title]
    assert [(issue.kind, issue.detail) for issue in found.issues] == [("portal_page_no_service", "unit")]


@pytest.mark.parametrize("charset", ["iso-8859-1", "cp1252", "utf-16"])
def test_pages_in_other_encodings_keep_their_umlauts(charset: str) -> None:
    service = PortalService(
        "Änderung für Bäume – Fällgenehmigung" if charset != "iso-8859-1" else "Bäume fällen"
    )
    pages = citko.render(PortalTenant("Dorsten", (service,)))
    pages = {
        path: replace(page, body=page.body.decode().replace('charset="utf-8"', "").encode(charset))
        for path, page in pages.items()
    }
    found = walk(settings_of("citkoportal"), pages)
    assert [each.service.title for each in found.offerings.values()] == [service.title]


def test_links_follow_the_base_of_a_page() -> None:
    pages = citko.render(PortalTenant("Dorsten", (STREET,)))
    path = "/services?kategorie=Verkehr"
    pages = changed(pages, path, b"<head>", b'<head><base href="https://portal.stadt.example/x/">')
    pages = changed(pages, path, b'href="/services/', b'href="../services/')
    assert len(walk(settings_of("citkoportal"), pages).offerings) == 1


def test_a_banner_that_speaks_of_online_makes_no_service_digital() -> None:
    found = citko_with(STREET)
    assert found.titled("Sondernutzung").status is Status.DESCRIBED


def test_a_title_in_capitals_is_kept_as_it_is_written() -> None:
    shouted = replace(STREET, title="SONDERNUTZUNG")
    assert citko_with(shouted).titled("SONDERNUTZUNG").service.title == "SONDERNUTZUNG"


def test_a_call_link_among_related_services_is_not_that_of_the_page() -> None:
    pages = citko.render(PortalTenant("Dorsten", (STREET,)))
    path = citko.page_of(PortalTenant("Dorsten", ()), STREET)
    call = citko.call_of(PortalTenant("Dorsten", ()), DOG).encode()
    related = (
        b'<section class="related"><h2>Siehe auch</h2><ul><li><a href="'
        + call
        + b'">Hund</a></li></ul></section>'
    )
    pages = changed(pages, path, b"</article>", b"</article>" + related)
    assert walk(settings_of("citkoportal"), pages).titled("Sondernutzung").status is Status.DESCRIBED


def test_staff_among_the_units_of_a_list_becomes_no_unit() -> None:
    pages = liferay.render(PortalTenant("Herne", (replace(STREET, unit="Tiefbauamt"),)))
    pages = {
        path: replace(page, body=page.body.replace(b"Tiefbauamt", b"Frau Erika Mustermann"))
        for path, page in pages.items()
    }
    assert "Mustermann" not in repr(walk(settings_of("liferay-bis"), pages))
