from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.entries_links import link_host, normal_link, split_link

PLAIN = "https://stadt.example/dienste/sperrmuell"


@pytest.mark.parametrize(
    "spelling",
    [
        "http://stadt.example/dienste/sperrmuell",
        "HTTPS://WWW.Stadt.Example:443/dienste/sperrmuell/",
        "https://stadt.example./dienste/./sperrmuell/index.html",
        "https://stadt.example/dienste/sperrmuell;jsessionid=AB12CD34?utm_source=x&fbclid=y",
        "https://stadt.example/dienste/sperrmuell?PHPSESSID=abc&pk_campaign=1",
        "https://stadt.example/dienste/sperrmuell?sid=0123456789abcdef0123",
        "https://stadt.example/dienste/sperrmuell#inhalt",
        "  https://stadt.example/dienste/sperrmuell  ",
    ],
)
def test_two_spellings_of_one_address_are_one_link(spelling: str) -> None:
    assert normal_link(spelling) == normal_link(PLAIN)


@pytest.mark.parametrize(
    "other",
    [
        "https://stadt.example/dienste/Sperrmuell",
        "https://dienste.stadt.example/dienste/sperrmuell",
        "https://stadt.example:8443/dienste/sperrmuell",
        "https://stadt.example/dienste/sperrmuell?id=7",
        "https://stadt.example/dienste/sperrmuell?sid=7",
        "https://stadt.example/dienste/sperrmuell#/antrag",
        "https://kurz.example/a1",
    ],
)
def test_another_address_is_another_link(other: str) -> None:
    assert normal_link(other) != normal_link(PLAIN)


def test_the_order_of_parameters_makes_no_difference_but_their_values_do() -> None:
    first = normal_link("https://efa.example/x?location=1&id=2")
    assert normal_link("https://efa.example/x?id=2&location=1") == first
    assert normal_link("https://efa.example/x?id=2&location=3") != first


def test_ampersands_escaped_once_are_read_and_per_cent_signs_stay() -> None:
    assert normal_link("https://a.example/?x=1&amp;y=2") == normal_link("https://a.example/?y=2&x=1")
    assert normal_link("https://a.example/?x=a%252Fb") != normal_link("https://a.example/?x=a%2Fb")


@pytest.mark.parametrize(
    "written",
    ["", "keine Adresse", "javascript:alert(1)", "http://[::1", "http://a.example:99999/", "x" * 5_000],
)
def test_what_is_no_web_address_is_compared_as_it_stands(written: str) -> None:
    assert split_link(written) is None
    assert (normal_link(written), link_host(written)) == (written.strip(), "")


@given(st.text(max_size=60).map(lambda rest: f"https://a.example/{rest}"))
def test_any_address_can_be_compared_and_stays_the_same_when_read_again(url: str) -> None:
    once = normal_link(url)
    assert once == normal_link(f"  {url}  ") or split_link(url) is None
