"""What is seen of a page, whatever it is made of."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from connectors.linkcheck.sight import look_at
from tests.linkworld.site import article, html

URL = "http://stadt.example/a/b"


def test_menus_banners_and_feet_are_no_part_of_the_text() -> None:
    text = look_at(article("Hund anmelden", "Melden Sie Ihren Hund an."), URL).text
    assert text == "Hund anmelden Melden Sie Ihren Hund an."


def test_a_refresh_is_followed_only_if_it_comes_at_once_and_leads_elsewhere() -> None:
    def refresh(content: str) -> str:
        return look_at(html("x", "y", f'<meta http-equiv="Refresh" content="{content}">'), URL).refresh

    assert refresh("0; url=/start#oben") == "http://stadt.example/start"
    assert refresh("0;URL='http://neu.example/'") == "http://neu.example/"
    assert refresh("60; url=/start") == refresh("5") == refresh("0; url=/a/b") == ""
    assert refresh("0; url=javascript:alert(1)") == ""


def test_pages_that_differ_in_numbers_and_addresses_only_are_the_same() -> None:
    one = look_at(article("Fehler", "Vorgang 4711 unter /a/b nicht da"), URL)
    assert one.print == look_at(article("Fehler", "Vorgang 99-x unter /c/d nicht da"), URL).print
    assert one.print != look_at(article("Fehler", "Vorgang 4711 unter /a/b ist da"), URL).print


def test_a_search_field_in_the_head_makes_no_form() -> None:
    assert look_at(article("Suche"), URL).fields == 0


@given(st.binary(max_size=2_000))
def test_nothing_is_too_broken_to_be_looked_at(body: bytes) -> None:
    look_at(body, URL, "utf-8")


def test_a_page_that_is_nested_beyond_all_measure_is_looked_at() -> None:
    look_at(b"<div>" * 50_000 + b"Hallo", URL)
