from __future__ import annotations

import pytest

from connectors.portals.addresses import ROOF, PortalMap
from connectors.portals.loading import load_profile
from connectors.portals.tenants import Tenants, parse_tenant

AREA = "055620012012"
UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"


def portal(profile: str, address: str = "https://stadt.example/") -> PortalMap:
    """Return the map of a portal with a second tenant beside the one at an address."""
    other = parse_tenant("https://nachbar.example/", "055620014014")
    return PortalMap(load_profile(profile).profile, Tenants((parse_tenant(address, AREA), other)))


@pytest.mark.parametrize(
    ("profile", "path", "identity"),
    [
        ("citkoportal", "services/18", f"{AREA}/services/18"),
        ("citkoportal", "services/18;jsessionid=8A?from=start#x", f"{AREA}/services/18"),
        ("liferay-bis", "detail/-/vr-bis-detail/dienstleistung/4711/show", f"{AREA}/dienstleistung/4711"),
        (
            "liferay-bis",
            "suche/-/egov-bis-detail/dienstleistung/4711/show?p=0",
            f"{AREA}/dienstleistung/4711",
        ),
        ("liferay-bis", "-/vr-bis-detail/dienstleistung/4711/show", f"{AREA}/dienstleistung/4711"),
        ("gelsenkirchen-buergerservice", "de/_meta/buergerservice/691", f"{AREA}/buergerservice/691"),
        ("gelsenkirchen-buergerservice", "de/_meta/Buergerservice/691/", f"{AREA}/buergerservice/691"),
        ("beteiligung-nrw", "beteiligung/themen/1001101?prefLang=cs", f"{AREA}/themen/1001101"),
    ],
)
def test_one_page_has_one_identity_whatever_leads_to_it(profile: str, path: str, identity: str) -> None:
    sight = portal(profile).see(f"https://stadt.example/{path}", AREA)
    assert (sight.kind, sight.identity) == ("detail", identity)


@pytest.mark.parametrize(
    ("profile", "path", "meaning"),
    [
        ("citkoportal", f"extension/service/call/{UUID}", "online"),
        ("citkoportal", f"extension/service/auth-call/{UUID}", "online"),
        ("citkoportal", "externe-services/call/133", "online"),
        ("citkoportal", "extension/service/anything/else", "login"),
        ("citkoportal", "login", "login"),
        ("liferay-bis", "c/portal/login/servicekonto", "login"),
        ("liferay-bis", "anmeldung?redirect=%2Fx", "login"),
        ("liferay-bis", "detail/-/vr-bis-detail/dokument/77/download", "none"),
        (
            "gelsenkirchen-buergerservice",
            "de/_meta/buergerservice/onlinedienste/bewohnerparken.aspx",
            "online",
        ),
        (
            "gelsenkirchen-buergerservice",
            "de/_meta/buergerservice/onlinedienste/terminvergabe_x.aspx",
            "none",
        ),
        ("beteiligung-nrw", "beteiligung/themen/7/stellungnahme", "none"),
    ],
)
def test_what_starts_something_is_never_opened(profile: str, path: str, meaning: str) -> None:
    url = f"https://stadt.example/{path}"
    assert (portal(profile).see(url, AREA).kind, portal(profile).see(url, AREA).meaning) == (
        "closed",
        meaning,
    )
    for found_on in ("", "list", "detail"):
        assert portal(profile).judge(url, found_on, AREA) is None


def test_a_call_with_and_one_without_login_are_the_same_service() -> None:
    stadt = portal("citkoportal")
    plain = stadt.see(f"https://stadt.example/extension/service/call/{UUID}", AREA)
    login = stadt.see(f"https://stadt.example/extension/service/auth-call/{UUID}", AREA)
    assert plain.identity == login.identity == f"{AREA}/call/{UUID}"
    assert (plain.flags, login.flags) == ((), ("account_required",))


@pytest.mark.parametrize(
    ("profile", "path"),
    [
        ("citkoportal", "services"),
        ("citkoportal", "services/"),
        ("citkoportal", "services?kategorie=bauen"),
        ("citkoportal", "services?kategorie=bauen&seite=2"),
        ("liferay-bis", "dienstleistungen?search=&kategorie="),
        ("liferay-bis", "dienstleistungen?buchstabe=%C3%84"),
        ("beteiligung-nrw", "beteiligung/themen?status=BEENDETE&status=AKTUELLE"),
    ],
)
def test_lists_are_recognised(profile: str, path: str) -> None:
    assert portal(profile).see(f"https://stadt.example/{path}", AREA).kind == "list"


def test_every_page_of_every_category_is_a_list_of_its_own_and_sorting_makes_no_other() -> None:
    stadt = portal("citkoportal")

    def identity(query: str) -> str:
        return stadt.see(f"https://stadt.example/services?{query}", AREA).identity

    pages = {identity(f"kategorie={name}&seite={number}") for name in "ab" for number in (1, 2)}
    assert len(pages) == 4
    assert identity("seite=2&sort=name&kategorie=a") == identity("kategorie=a&seite=2")


def test_pages_about_units_and_people_are_not_opened() -> None:
    stadt = portal("liferay-bis")
    for kind in ("einrichtung", "mitarbeiter", "person"):
        assert (
            stadt.judge(f"https://stadt.example/detail/-/vr-bis-detail/{kind}/8/show", "list", AREA) is None
        )


def test_a_page_of_another_tenant_is_foreign_and_another_host_outside() -> None:
    stadt = portal("citkoportal", "https://region.example/stadt/")
    assert stadt.see("https://nachbar.example/services/1", AREA).kind == "foreign"
    assert stadt.see("https://region.example/dorf/services/1", AREA).kind == "foreign"
    assert stadt.see("https://www.bund.example/services/1", AREA).kind == "outside"
    assert stadt.judge("https://nachbar.example/services/1", "list", AREA) is None


def test_descriptions_are_found_on_lists_and_nothing_below_them() -> None:
    stadt = portal("citkoportal")
    opened = stadt.judge("https://stadt.example/services/1", "list", AREA)
    assert opened is not None
    assert opened.kind == "detail"
    assert stadt.judge("https://stadt.example/impressum", "list", AREA) is None


def test_the_roof_is_opened_and_nothing_it_leads_to() -> None:
    stadt = portal("citkoportal")
    assert stadt.judge("https://dach.example/", "", ROOF) is not None
    assert stadt.judge("https://stadt.example/services", "list", ROOF) is None


def test_addresses_are_asked_for_without_session_and_ignored_parameters() -> None:
    beteiligung = portal("beteiligung-nrw")
    found = beteiligung.to_open(
        [
            "http://www.stadt.example/beteiligung/themen/7;jsessionid=1A?prefLang=cs&x=%2F",
            "https://x.example/",
        ],
        AREA,
    )
    assert found == ("https://stadt.example/beteiligung/themen/7?x=%2F",)
