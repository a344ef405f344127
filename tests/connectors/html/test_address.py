from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from connectors.html.address import Joiner, identify
from connectors.html.hosts import Operators
from tests.connectors.html.reading import rules

HOST = "https://www.stadt.example"


def identity(url: str) -> str:
    address = identify(url, rules())
    assert address is not None
    return address.identity


@pytest.mark.parametrize(
    "addresses",
    [
        (
            f"{HOST}/detail/-/vr-bis-detail/dienstleistung/4711/show",
            f"{HOST}/suche/-/vr-bis-detail/dienstleistung/4711/show?p_p_lifecycle=0",
            "http://stadt.example:80/home/-/egov-bis-detail/dienstleistung/4711/show;jsessionid=0F3A",
        ),
        (f"{HOST}/bso?id=17&seite=angebot", f"{HOST}/Inhalte/index.asp?seite=angebot&id=17"),
        (f"{HOST}/vv/produkte/50/Wohngeld.php", f"{HOST}/vv/produkte/50/Wohngeld.php?p=%2Findex.php%2C%2Fvv"),
        (
            f"{HOST}/Rathaus/Hund.php?object=tx,2998.2.1&ModID=10&FID=1744.78.1&NavID=1744.30.1",
            f"{HOST}/Stadt/index.php?NavID=9&ModID=10&object=tx%7C2998.2.1&FID=1744.78.1",
        ),
        (
            f"{HOST}/x?tx_citkoegovservicelight_dienstleistungen[dienstleistungen]=5&cHash=1",
            f"{HOST}/x?no_cache=1&tx_citkoegovservicelight_dienstleistungen%5Bdienstleistungen%5D=5",
        ),
        (f"{HOST}/x?view=publish&item=service&id=308", f"{HOST}/y/z?id=308&item=service&view=publish"),
        (
            f"{HOST}/leistungen/NRW:entry:12-VLR/hund-anmelden",
            f"{HOST}/a/leistungen/NRW:entry:12/hunde-steuer?from=az",
        ),
        (f"{HOST}/kita.htm/Dienstleistungen/Hund.html", f"{HOST}/rathaus.htm/Dienstleistungen/Hund.html"),
        (
            f"{HOST}/dienstleistung/hund",
            f"{HOST}/dienstleistung/hund/#kosten",
            f"{HOST}/dienstleistung/hund?print=1",
        ),
        (f"{HOST}/leistung?b=2&a=1", f"{HOST}/leistung?a=1&b=2&utm_source=x&PHPSESSID=77"),
    ],
)
def test_one_page_under_several_addresses_has_one_identity(addresses: tuple[str, ...]) -> None:
    assert len({identity(url) for url in addresses}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/bso?id=17&seite=angebot", "/bso?id=17&seite=oe"),
        ("/-/vr-bis-detail/dienstleistung/1/show", "/-/vr-bis-detail/einrichtung/1/show"),
        ("/x?ModID=10&FID=1.2.3", "/x?ModID=7&FID=1.2.3"),
        ("/dienstleistung/hund", "/dienstleistung/hunde"),
        (
            "/emscherau/buergerservice/dienstleistungen/muell-900000098-0.html",
            "/lippdorf/buergerservice/dienstleistungen/muell-900000098-0.html",
        ),
        (
            "/dienstleistungen/muell-900000098-0.html?selected_kommune=21750",
            "/dienstleistungen/muell-900000098-0.html?selected_kommune=21751",
        ),
        ("/leistung?leistung_id=L1&regschl=064330003003", "/leistung?leistung_id=L1&regschl=064330003004"),
    ],
)
def test_different_pages_and_different_municipalities_have_different_identities(one: str, other: str) -> None:
    assert identity(HOST + one) != identity(HOST + other)


def test_what_a_server_needs_stays_in_the_address_to_fetch() -> None:
    address = identify(f"{HOST}/x?tx_a[id]=1&cHash=77&sid=9#top", rules())

    assert address is not None
    assert address.url == f"{HOST}/x?tx_a[id]=1&cHash=77"
    assert "cHash" not in address.canonical


@pytest.mark.parametrize(
    "url", ["", "mailto:a@b.example", "javascript:x", "ftp://a.example/", "https://[", "/x"]
)
def test_what_is_no_address_of_a_page_has_no_identity(url: str) -> None:
    assert identify(url, rules()) is None


@given(st.text(max_size=40))
@example("\x85;jsessionid=1")
@example("\x85#")
@example("\x85/")
def test_any_text_is_an_address_or_none(text: str) -> None:
    address = identify(f"https://a.example/{text}", rules())

    assert address is None or identity(address.url) == address.identity


HREFS = st.text(alphabet="abc/.?#=:-%&", max_size=14)


def has_a_port_or_none(url: str) -> bool:
    try:
        _ = urlsplit(url).port
    except ValueError:  # it is no number: nothing can be fetched there
        return False
    return True


@given(HREFS)
@example("//other.example/x")
@example("?a")
@example("//:")
@example("//=::")
def test_the_joiner_resolves_like_the_standard_library(href: str) -> None:
    assume("//" not in href[1:])  # which browsers keep
    base = "https://www.stadt.example/rathaus/amt/seite.php?x=1"
    wanted = urljoin(base, href).partition("#")[0]
    usable = wanted.startswith("http") and urlsplit(wanted).hostname and has_a_port_or_none(wanted)
    wanted = wanted if usable and not href.startswith("#") and href else ""

    assert Joiner(base).join(href).rstrip("?") == wanted.rstrip("?")


def test_blanks_and_line_breaks_in_a_link_are_put_right() -> None:
    assert Joiner(HOST).join("/a b\n.pdf") == f"{HOST}/a%20b.pdf"


@pytest.mark.parametrize(
    ("url", "operator"),
    [
        ("https://formulare.lindental.example/x", "own"),
        ("https://lindental.form.example/formcycle/form/1", "own"),
        ("https://www.kreis-nordhoehe.example/x", "kreis"),
        ("https://www.fuehrungszeugnis.bund.de/", "bund"),
        ("https://service.wirtschaft.nrw/antrag/x", "land"),
        ("https://www.wohnsitzanmeldung.gov.de/", "efa"),
        ("https://bauportal.region.example/antrag", "shared"),
        ("https://notbund.de/", ""),
        ("https://unbekannt.example/lindental", ""),
    ],
)
def test_the_operator_of_a_link_is_told_by_its_host(url: str, operator: str) -> None:
    assert Operators("https://www.lindental.example/", rules()).of(url) == operator


def test_on_the_site_of_a_kreis_its_own_services_are_its_own() -> None:
    assert (
        Operators("https://www.kreis-nordhoehe.example/", rules()).of("https://kreis-nordhoehe.example/x")
        == "own"
    )
