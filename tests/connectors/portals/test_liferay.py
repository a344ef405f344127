from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from catalogue.records import Status
from cli.demo.portals import liferay
from cli.demo.portals.content import PortalService, PortalTenant
from tests.connectors.portals.services import SERVICES
from tests.connectors.portals.walking import Walk, settings_of, walk

HERNE = """
name = "herne"
extends = "liferay-bis"

[[list]]
address = "dienstleistungen?buchstabe={letter}"
letters = ["B", "W"]
origin = "eigene Prüfung"

[[more]]
path = 'nirgends'
origin = "eigene Prüfung"
"""
TENANT = PortalTenant("Herne", tuple(service for service in SERVICES if service.page and not service.group))


@pytest.fixture(scope="module")
def found() -> Walk:
    """Give what reading a Liferay portal brought."""
    return walk(settings_of("liferay-bis"), liferay.render(TENANT))


def test_every_service_is_found_once_though_it_has_three_addresses(found: Walk) -> None:
    assert sorted(each.service.title for each in found.offerings.values()) == sorted(
        service.title for service in TENANT.services
    )
    details = [path for path in found.opened if "bis-detail" in path]
    assert len(details) == len(TENANT.services)


@pytest.mark.parametrize("service", TENANT.services, ids=lambda service: service.title)
def test_the_status_of_every_service_is_the_portals(found: Walk, service: PortalService) -> None:
    assert found.titled(service.title).status == Status(service.status)


def test_all_letters_are_read_umlauts_too(found: Walk) -> None:
    letters = {path.partition("buchstabe=")[2] for path in found.opened if "buchstabe" in path}
    assert letters == {"B", "H", "S", "W", "%C3%84"}


def test_the_title_is_that_of_the_service_and_not_of_the_portlet(found: Walk) -> None:
    assert not [each for each in found.offerings.values() if "BIS" in each.service.title]


def test_the_unit_is_kept_and_no_person(found: Walk) -> None:
    assert found.titled("Wohnberechtigungsschein").unit == "Wohnungsamt"
    assert "Mustermann" not in str(found)
    assert "501234" not in str(found)


def test_a_key_in_the_markup_is_reported(found: Walk) -> None:
    assert found.titled("Hundesteuer Anmeldung").service.keys == ("99102013104000",)
    assert found.titled("Sondernutzung").service.keys == ()


def test_related_services_lend_neither_key_nor_link(found: Walk) -> None:
    services = (
        PortalService("Hund abmelden"),
        PortalService("Hundesteuer Anmeldung", "online", "99102013104000"),
    )
    alone = walk(settings_of("liferay-bis"), liferay.render(replace(TENANT, services=services)))
    assert (alone.titled("Hund abmelden").status, alone.titled("Hund abmelden").service.keys) == (
        Status.DESCRIBED,
        (),
    )


def test_synonyms_of_the_list_are_noted(found: Walk) -> None:
    assert found.titled("Bewohnerparkausweis").note == "Anwohnerparken, Parkausweis"


def test_units_login_and_documents_are_never_opened(found: Walk) -> None:
    closed = ("einrichtung", "anmeldung", "dokument", "formulare")
    assert [path for path in found.opened if any(word in path for word in closed)] == []


def test_a_label_of_the_list_without_any_link_on_the_page_is_a_contradiction() -> None:
    pages = liferay.render(replace(TENANT, services=(PortalService("Sondernutzung"),)))
    badge = b'</a><span class="badge">mit Online-Service</span>'
    pages = {
        path: replace(page, body=page.body.replace(b"Sondernutzung</a>", b"Sondernutzung" + badge))
        for path, page in pages.items()
    }
    found = walk(settings_of("liferay-bis"), pages)
    assert found.titled("Sondernutzung").status is Status.DESCRIBED
    assert "contradiction" in {entry.flag for entry in found.titled("Sondernutzung").evidence}
    assert [issue.kind for issue in found.issues] == ["portal_label_without_link"]


def test_a_profile_of_ones_own_can_replace_single_keys(tmp_path: Path) -> None:
    profile = tmp_path / "herne.toml"
    profile.write_text(
        HERNE,
        encoding="utf-8",
    )
    found = walk(settings_of(profile), liferay.render(TENANT))
    assert sorted(each.service.title for each in found.offerings.values()) == [
        "Bewohnerparkausweis",
        "Wohnberechtigungsschein",
    ]


def test_a_profile_of_ones_own_can_say_where_facts_stand_on_the_page(tmp_path: Path) -> None:
    profile = tmp_path / "herne.toml"
    profile.write_text(
        'name = "herne"\nextends = "liferay-bis"\n'
        '[page]\ntitle = "h3.titel"\nunit = ".amt"\nmodified = "time@datetime"\nonline = "a.los"\n',
        encoding="utf-8",
    )
    pages = liferay.render(replace(TENANT, services=(PortalService("Sondernutzung"),)))
    said = b"""<h3 class="titel">Sondernutzung beantragen</h3><p class="amt">Tiefbauamt</p>
        <time datetime="2026-03-01">1. M\xc3\xa4rz</time><a class="los" href="https://antraege.example/7">Los</a>"""
    pages = {
        path: replace(page, body=page.body.replace(b"</article>", said + b"</article>"))
        for path, page in pages.items()
    }
    service = walk(settings_of(profile), pages).titled("Sondernutzung beantragen")
    assert (service.unit, service.observed_at) == ("Tiefbauamt", "2026-03-01")
    assert (service.status, service.url) == (Status.ONLINE, "https://antraege.example/7")
