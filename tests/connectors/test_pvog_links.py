"""Links of PVOG: what they look like afterwards, and whose they are."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.pvog_links import LinkOwners, clean_url, foreign_location
from tests.connectors.pvog_asking import BUND, CITY, KREIS, LAND, TOWN, Asking, asking
from tests.connectors.pvog_server import Text, link, online

__all__ = ["asking"]

TRADE = "99050012104000"


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("https://a.example/x?id=1&amp;return_absolute=1", "https://a.example/x?id=1&return_absolute=1"),
        ("https://a.example/x?id=1&amp;amp;y=2", "https://a.example/x?id=1&amp;y=2"),
        ("https://a.example/x?anlage=1%252F", "https://a.example/x?anlage=1%252F"),
        ("https://a.example/x?q=%C3%A4", "https://a.example/x?q=%C3%A4"),
        ("https://a.example/x?id=1&section=2&copy=3", "https://a.example/x?id=1&section=2&copy=3"),
        ("&#xa0;https://a.example/x&#xA0;", "https://a.example/x"),
        ("https://a.example/x?n=&#38;m", "https://a.example/x?n=&m"),
        ("www.a.example/x", "https://www.a.example/x"),
        ("mailto:amt@a.example", ""),
        ("javascript:alert(1)", ""),
        ("https://name:wort@a.example/", ""),
        ("nicht angegeben", ""),
        ("", ""),
    ],
)
def test_entities_are_undone_once_and_percent_signs_never(raw: str, clean: str) -> None:
    assert clean_url(raw) == clean


@given(st.text(max_size=200))
def test_any_text_is_a_web_address_or_nothing(raw: str) -> None:
    url = clean_url(raw)
    assert url == "" or url.startswith(("http://", "https://"))


@given(st.from_regex(r"https://a\.example/[a-z0-9%/?=&]{0,40}", fullmatch=True))
def test_a_plain_link_stays_what_it_is_and_an_escaped_one_becomes_it(url: str) -> None:
    assert clean_url(url) == url
    assert clean_url(html.escape(url)) == url


@pytest.mark.parametrize(
    ("url", "foreign"),
    [
        ("https://a.example/Entry?id=FISCHAUSST&location=010020000000", "010020000000"),
        (f"https://a.example/Entry?location={TOWN}", ""),
        (f"https://a.example/Entry?location={KREIS}", ""),
        (f"https://a.example/Entry?location={LAND}", ""),
        (f"https://a.example/Entry?Location={BUND}", ""),
        ("https://a.example/Entry?location=Dorsten", ""),
        ("https://a.example/Entry", ""),
        ("https://[a.example/Entry?location=010020000000", ""),
    ],
)
def test_a_link_made_for_another_area_is_noticed(url: str, foreign: str) -> None:
    assert foreign_location(url, TOWN) == foreign


def test_a_link_made_for_another_area_is_kept(asking: Asking) -> None:
    url = (
        "https://serviceportal.gemeinsamonline.de/Onlinedienste/Service/Entry?id=F&amp;location=010020000000"
    )
    asking.pvog.texts = [Text("L.LB.1", [TRADE], [LAND], links={"": [link(url, "L.OD.1")]})]
    heard = asking.ask([CITY], [TRADE])
    ref = f"{CITY}|L.LB.1|L.OD.1"
    assert heard.shown()[ref] == ("online", url.replace("&amp;", "&"), "efa")
    assert heard.issues == [("pvog_foreign_location", ref, "010020000000")]
    assert heard.scope == "everything"


def test_a_link_that_is_none_is_counted_and_the_rest_is_kept(asking: Asking) -> None:
    links = [link("mailto:amt@stadt.example", "L.OD.1"), link("https://stadt.example/x", "L.OD.2")]
    asking.pvog.texts = [Text("L.LB.1", [TRADE], [CITY], links={"": links})]
    heard = asking.ask([CITY], [TRADE])
    assert list(heard.shown()) == [f"{CITY}|L.LB.1", f"{CITY}|L.LB.1|L.OD.2"]
    assert heard.issues == [("pvog_link_unusable", f"{CITY}|L.LB.1|L.OD.1", "")]


@pytest.mark.parametrize(
    ("url", "places", "area", "operator"),
    [
        ("https://www.fuehrungszeugnis.bund.de/", [], TOWN, "bund"),
        ("https://bund.de.stadt.example/", [], TOWN, ""),
        ("https://wohnsitzanmeldung.gov.de/", [CITY], CITY, "efa"),
        ("https://service.wirtschaft.nrw/antrag/x", [], TOWN, "land"),
        ("https://serviceportal.town.example/services/11", [], TOWN, ""),
        ("https://serviceportal.town.example/services/11", [TOWN], TOWN, ""),
        ("https://serviceportal.town.example/services/11", [KREIS, LAND], TOWN, "kreis"),
        ("https://serviceportal.town.example/services/11", [LAND], TOWN, "land"),
        ("https://serviceportal.town.example/services/11", [BUND], TOWN, "bund"),
        ("https://formulare.rechenzentrum.example/x", [LAND], TOWN, "land"),
        ("https://antrag.kreis-muster.example/", [], TOWN, "kreis"),
        ("https://antrag.kreis-muster.example/", [], KREIS, ""),
        ("https://dienst.verbund.example/", [LAND], TOWN, "shared"),
        ("https://eigener.dienst.verbund.example/", [LAND], TOWN, "own"),
    ],
)
def test_the_operator_is_told_by_the_regions_list_by_the_host_or_by_the_places(
    url: str, places: list[str], area: str, operator: str
) -> None:
    owners = LinkOwners({"Verbund.example": "shared", "eigener.dienst.verbund.example": "own"})
    assert owners.of(url, places, area) == operator


def test_what_the_area_operates_itself_is_not_the_own_of_those_above(asking: Asking) -> None:
    asking.pvog.texts = [Text("L.LB.1", [TRADE], [LAND])]
    asking.pvog.online = [online("L.OD.1", "https://a.example/", "L.LB.1", ars=[LAND])]
    shown = asking.ask([TOWN], [TRADE], operators={"a.example": "own"}).shown()
    assert shown[f"{TOWN}|L.LB.1|L.OD.1"][2] == "own"
    assert shown[f"{LAND}|L.LB.1|L.OD.1"][2] == ""
