from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.crawl.patterns import Wildcards, clean, default_identity, expand_list, host_of, is_document

HOST = "https://www.stadt.example"


@pytest.mark.parametrize(
    ("pattern", "url", "fits"),
    [
        ("seite=angebot", "/bso?id=1&seite=angebot", True),
        ("/dienstleistung/*/show", "/-/dienstleistung/17/show", True),
        ("/dienstleistung/*/show", "/-/show/dienstleistung/17", False),
        ("/leistung$", "/a/leistung", True),
        ("/leistung$", "/a/leistung/1", False),
        ("/a*a$", "/a", False),
        ("*", "/anything", True),
    ],
)
def test_a_pattern_is_found_anywhere_in_an_address(pattern: str, url: str, fits: bool) -> None:
    assert Wildcards([pattern]).fits(HOST + url) is fits


def test_one_pattern_of_several_is_enough_and_none_fits_nothing() -> None:
    assert Wildcards(["/x", "/y"]).fits(HOST + "/y")
    assert not Wildcards().fits(HOST)
    assert not Wildcards()


def test_a_pattern_with_many_stars_takes_no_longer_than_one_with_few() -> None:
    begun = time.monotonic()
    assert not Wildcards(["a*" * 200 + "b"]).fits("a" * 2_000)
    assert time.monotonic() - begun < 0.5


def test_a_list_pattern_stands_for_all_letters_with_umlauts() -> None:
    urls = expand_list(HOST + "/az?l={A..Z}&x=1")
    assert len(urls) == 29
    assert urls[0] == HOST + "/az?l=A&x=1"
    assert urls[-1] == HOST + "/az?l=%C3%9C&x=1"


def test_a_list_pattern_stands_for_numbers_and_named_values_and_all_their_pairs() -> None:
    assert expand_list("/{1..3}") == ("/1", "/2", "/3")
    assert expand_list("/{a,alle}/{1..2}") == ("/a/1", "/a/2", "/alle/1", "/alle/2")
    assert expand_list("/liste") == ("/liste",)


@pytest.mark.parametrize("pattern", ["/{}", "/{x}", "/{3..1}", "/{1..5000}", "/{1..100}/{1..100}", "/{a,}"])
def test_a_list_pattern_that_stands_for_nothing_or_for_too_much_is_an_error(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"\{"):
        expand_list(pattern)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/d/hund;jsessionid=A1B2C3D4", "/d/hund"),
        ("/d/hund;jsessionid=A1B2?x=1#oben", "/d/hund?x=1"),
        ("/d/hund?PHPSESSID=77aa&kategorie=steuern", "/d/hund?kategorie=steuern"),
        ("/d?utm_source=x&utm_medium=y", "/d"),
        ("/d?tx_x[id]=3&cHash=abc", "/d?tx_x[id]=3&cHash=abc"),
        ("/d?sid=0123456789abcdef0123", "/d"),
        ("/d?sid=17", "/d?sid=17"),
        ("/d?sword_list[]=hund&id=3", "/d?id=3"),
    ],
)
def test_sessions_and_tracking_are_not_fetched_but_everything_else_is(url: str, expected: str) -> None:
    assert clean(HOST + url) == HOST + expected


def test_the_same_page_under_several_addresses_has_one_identity() -> None:
    urls = [
        "https://www.stadt.example/d/hund/",
        "http://www.stadt.example/d/hund",
        "https://stadt.example:443/d/hund;jsessionid=AA#gebuehren",
        "https://WWW.STADT.example/d/hund?utm_source=x",
    ]
    assert len({default_identity(url) for url in urls}) == 1
    assert default_identity(HOST + "/d?a=1&b=2") == default_identity(HOST + "/d?b=2&a=1")
    assert default_identity(HOST + "/d?a=1") != default_identity(HOST + "/d?a=2")


def test_a_host_has_its_port_only_if_that_is_unusual() -> None:
    assert host_of("https://user@Stadt.example:443/x") == "stadt.example"
    assert host_of("http://stadt.example:443/x") == "stadt.example:443"


@pytest.mark.parametrize(
    ("path", "document"),
    [("/a.pdf", True), ("/a.PDF?x=1", True), ("/a.php", False), ("/a.pdf/seite", False), ("/v1.2/a", False)],
)
def test_files_are_told_by_their_ending(path: str, document: bool) -> None:
    assert is_document(HOST + path) is document


@given(st.text(max_size=200))
def test_whatever_an_address_is_cleaning_it_twice_changes_nothing_more(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
