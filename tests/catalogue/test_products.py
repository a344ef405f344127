from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.errors import NotFound
from catalogue.products import packaged_products, read_products

RULES = 'rules = "own/1"\n[[product]]\nname = "Form"\nkind = "form_server"\norigin = "ours"\n'


def name_of(url: str) -> str:
    found = packaged_products().recognise(url)
    return found.name if found else ""


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://musterstadt.form.cloud/formcycle/form/alias/1/hund/", "FORMCYCLE"),
        ("https://formulare.stadt.example/formcycle/form/provide/12", "FORMCYCLE"),
        ("https://portal-civ-brd.daten.example/civ-brd.public/start.html?oe=00.00", "civento"),
        ("https://service.stadt.example/extension/service/call/5a64d9a4-14f6", "citkoPortal"),
        ("https://SERVICEPORTAL.stadt.example/services/18", "citkoPortal"),
        ("https://service.stadt.example/suche/-/egov-bis-detail/dienstleistung/9/show", "Liferay BIS"),
        ("https://stadt.kommunalportal.nrw/a", "Kommunalportal.NRW"),
        ("https://www.wohnsitzanmeldung.gov.de/", "Elektronische Wohnsitzanmeldung"),
        ("https://url.nrw/elterngeld-online_kreis-muster", "Elterngeld Online NRW"),
        ("https://www.fuehrungszeugnis.bund.de/ffwr/", "Führungszeugnis online"),
        ("https://www.stadt.example/antrag", ""),
        ("https://stadt.example/?ziel=form.cloud", ""),
        ("https://notform.cloud.example/a", ""),
        ("https://meinform.cloud/a", ""),
        ("ftp://a.form.cloud/x", ""),
        ("javascript:alert('form.cloud')", ""),
        ("", ""),
    ],
)
def test_products_are_recognised_by_host_and_path(url: str, name: str) -> None:
    assert name_of(url) == name


@given(st.text(max_size=300), st.sampled_from(["", "https://", "https://a.example/"]))
def test_no_address_breaks_the_recognition(text: str, begin: str) -> None:
    name_of(begin + text)


def test_very_long_addresses_are_read_in_no_time() -> None:
    assert name_of("https://a.example/" + "intelliform/formcycle/" * 20_000) == ""


def test_the_first_rule_that_fits_decides(tmp_path: Path) -> None:
    file = tmp_path / "products.toml"
    second = '[[product]]\nname = "Zwei"\nkind = "efa"\nhosts = ["form.example"]\norigin = "ours"\n'
    file.write_text(RULES + 'hosts = ["www.form.example"]\n' + second, encoding="utf-8")
    products = read_products(file)
    found = products.recognise("https://stadt.form.example:8443/x")
    assert (products.name, found and found.name) == ("own/1", "Form")


@pytest.mark.parametrize(
    "rest",
    ["", "hosts = []\n", 'paths = ["*a*b*c*"]\n', 'hosts = ["a"]\nfurther = 1\n'],
)
def test_rules_that_recognise_nothing_or_too_slowly_are_refused(tmp_path: Path, rest: str) -> None:
    file = tmp_path / "products.toml"
    file.write_text(RULES + rest, encoding="utf-8")
    with pytest.raises(NotFound) as caught:
        read_products(file)
    assert caught.value.code == "rules_value"


def test_every_packaged_product_says_how_it_is_known() -> None:
    text = Path("catalogue/products.toml").read_text(encoding="utf-8")
    assert text.count("[[product]]") == text.count("\norigin = ") > 20
