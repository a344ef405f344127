from __future__ import annotations

import pytest

from connectors.portals.tenants import Tenants, parse_tenant

HOST = parse_tenant("serviceportal.dorsten.example", "055620012012")
PATH = parse_tenant("https://portal.region.example/emscherau/", "055620014014")
OTHER_PATH = parse_tenant("https://portal.region.example/emscherau-land", "055620016016")
PARAMETER = parse_tenant("https://zweck.example/portal/?selected_kommune=21750", "055620020020")
OTHER_PARAMETER = parse_tenant("https://zweck.example/portal/?selected_kommune=21751", "055620024024")
TENANTS = Tenants((HOST, PATH, OTHER_PATH, PARAMETER, OTHER_PARAMETER))


@pytest.mark.parametrize(
    ("url", "area"),
    [
        ("https://serviceportal.dorsten.example/services/18", HOST.area),
        ("http://www.serviceportal.dorsten.example:80/services/18", HOST.area),
        ("https://serviceportal.dorsten.example", HOST.area),
        ("https://portal.region.example/emscherau/services", PATH.area),
        ("https://portal.region.example/emscherau-land/services", OTHER_PATH.area),
        ("https://zweck.example/portal/liste?x=1&selected_kommune=21750", PARAMETER.area),
        ("https://zweck.example/portal/liste?selected_kommune=21751", OTHER_PARAMETER.area),
    ],
)
def test_an_address_tells_whose_page_it_is(url: str, area: str) -> None:
    owned = TENANTS.owner(url)
    assert owned is not None
    assert owned[0].area == area


@pytest.mark.parametrize(
    "url",
    [
        "https://serviceportal.dorsten.example:8443/services",
        "https://serviceportal.gladbeck.example/services",
        "https://portal.region.example/lippdorf/services",
        "https://portal.region.example/emscherau",
        "https://zweck.example/portal/liste",
        "https://zweck.example/portal/liste?selected_kommune=217500",
        "https://zweck.example:port/portal/?selected_kommune=21750",
    ],
)
def test_what_does_not_begin_like_a_tenants_address_is_nobodys(url: str) -> None:
    assert TENANTS.owner(url) is None


def test_pages_of_nobody_on_a_known_host_are_told_from_other_hosts() -> None:
    assert TENANTS.shares_host("https://portal.region.example/lippdorf/")
    assert not TENANTS.shares_host("https://www.bund.example/")


def test_a_relative_address_has_neither_session_nor_beginning() -> None:
    inside = PATH.relative("https://portal.region.example/emscherau/a%C3%A4;jsessionid=1F?x=1%262&x=3#y")
    assert inside is not None
    assert (inside.path, inside.values("x")) == ("aä", ("1&2", "3"))


def test_relative_addresses_become_absolute_with_the_tenants_parameter() -> None:
    assert HOST.absolute("services?kategorie=Bäume") == (
        "https://serviceportal.dorsten.example/services?kategorie=B%C3%A4ume"
    )
    assert PARAMETER.absolute("liste") == "https://zweck.example/portal/liste?selected_kommune=21750"
    assert PARAMETER.absolute("liste?a=b").endswith("?a=b&selected_kommune=21750")


def test_links_without_tls_or_with_www_lead_to_the_tenants_own_host() -> None:
    assert HOST.settle("http://www.serviceportal.dorsten.example/services/1?x=%2F#y") == (
        "https://serviceportal.dorsten.example/services/1?x=%2F"
    )


@pytest.mark.parametrize(
    "address",
    ["", "ftp://stadt.example", "https://", "https://a:b@stadt.example/", "https://stadt.example/#x", "a b"],
)
def test_an_address_that_cannot_be_a_portals_is_refused(address: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 -- the address itself is the message
        parse_tenant(address, "055620012012")
    assert caught.value.args == (address,)
