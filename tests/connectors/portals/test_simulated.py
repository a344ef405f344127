"""The simulated portals themselves: what tests of others rest on has to be as it says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cli.demo.portals import citko, liferay, participation
from cli.demo.portals.content import Page, Pages, PortalTenant, Project, find_page, number_of, uuid_of
from tests.connectors.portals.services import SERVICES

TENANT = PortalTenant("Dorsten", SERVICES)
PORTALS: dict[str, Pages] = {
    "citko": citko.render(TENANT),
    "liferay": liferay.render(TENANT),
    "participation": participation.render({"dorsten": (Project(7, "Mängelmelder"),)}),
}


@pytest.mark.parametrize("name", PORTALS)
def test_pages_show_staff_that_nobody_may_keep(name: str) -> None:
    assert any(
        b"Erika Mustermann" in page.body and b"02361 501234" in page.body for page in PORTALS[name].values()
    )


@pytest.mark.parametrize("name", PORTALS)
def test_every_portal_has_robots_and_a_login(name: str) -> None:
    assert b"Disallow" in PORTALS[name]["/robots.txt"].body
    assert any(b"Anmelden" in page.body for page in PORTALS[name].values())


def test_the_same_content_makes_the_same_pages() -> None:
    assert citko.render(TENANT) == PORTALS["citko"]
    assert liferay.render(replace(TENANT)) == PORTALS["liferay"]


def test_a_service_keeps_its_addresses_when_others_come_and_go() -> None:
    fewer = replace(TENANT, services=SERVICES[:1])
    assert set(citko.render(fewer)) <= set(PORTALS["citko"])


def test_some_links_carry_session_ids() -> None:
    for name in ("citko", "liferay"):
        assert any(b";jsessionid=" in page.body for page in PORTALS[name].values())


def test_a_page_is_found_with_sessions_and_strange_parameters() -> None:
    pages = {"/a/b": Page(b"plain"), "/a/b?x=1": Page(b"one"), "/a/b?x=1&y=2": Page(b"both")}
    asked = {
        "/a/b": b"plain",
        "/a;jsessionid=1/b;sid=2": b"plain",
        "/a/b?z=9": b"plain",
        "/a/b?x=1&z=9": b"one",
        "/a/b?x=1&y=2": b"both",
    }
    for target, body in asked.items():
        found = find_page(pages, target)
        assert found is not None
        assert found.body == body
    assert find_page(pages, "/a/c") is None


def test_numbers_and_identifiers_belong_to_what_they_are_about() -> None:
    assert number_of("a", "b") == number_of("a", "b") != number_of("ab")
    assert uuid_of("a") == uuid_of("a") != uuid_of("b")
    assert [len(part) for part in uuid_of("a").split("-")] == [8, 4, 4, 4, 12]
