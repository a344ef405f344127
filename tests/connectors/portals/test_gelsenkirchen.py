from __future__ import annotations

import pytest

from catalogue.records import Status
from cli.demo.portals.content import Page
from tests.connectors.portals.walking import Walk, settings_of, walk

START = "/de/_meta/buergerservice/"
LIST = """<main><ul><li><a href="691">Bewohnerparkausweis</a></li>
<li><a href="/de/_meta/Buergerservice/879">Gewerbe anmelden, ummelden oder abmelden</a></li>
<li><a href="onlinedienste/terminvergabe_fuehrerscheinstelle.aspx">Termin buchen</a></li>
<li><a href="themen/familie">Familie</a></li></ul></main>"""
FAMILY = """<main><ul><li><a href="../691">Bewohnerparkausweis</a></li>
<li><a href="../787">Geburtsurkunde</a></li></ul></main>"""


def described(title: str, extra: str = "") -> Page:
    """Return the page of a service."""
    body = f"""<main><h1>{title}</h1><p>Für dieses Anliegen ist die Stadt Gelsenkirchen zuständig.</p>{extra}
        <h2>Gebühren</h2><p>15,00 Euro</p><h2>Zuständige Stelle</h2><p>Bürgercenter</p></main>"""
    return Page(f"<html><body>{body}</body></html>".encode())


PAGES = {
    START: Page(f"<html><body>{LIST}</body></html>".encode()),
    f"{START}themen/familie": Page(f"<html><body>{FAMILY}</body></html>".encode()),
    f"{START}691": described(
        "Bewohnerparkausweis",
        '<h2>Online-Dienst</h2><p><a href="onlinedienste/bewohnerparken.aspx">Online beantragen</a></p>',
    ),
    "/de/_meta/Buergerservice/879": described("Gewerbe anmelden, ummelden oder abmelden"),
    f"{START}787": described("Geburtsurkunde"),
}


@pytest.fixture(scope="module")
def found() -> Walk:
    """Give what reading the pages brought."""
    return walk(settings_of("gelsenkirchen-buergerservice", "https://www.gelsenkirchen.example/"), PAGES)


def test_services_are_found_in_the_list_and_in_its_themes_each_once(found: Walk) -> None:
    assert {each.ref.rpartition("/")[2] for each in found.offerings.values()} == {"691", "879", "787"}


def test_a_page_below_the_online_services_is_the_way_in_and_never_opened(found: Walk) -> None:
    parking = found.titled("Bewohnerparkausweis")
    assert parking.status is Status.ONLINE
    assert parking.url.endswith("onlinedienste/bewohnerparken.aspx")
    assert not [path for path in found.opened if "onlinedienste" in path]


def test_a_booking_is_no_service(found: Walk) -> None:
    assert "Termin buchen" not in {each.service.title for each in found.offerings.values()}
