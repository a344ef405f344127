from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.reports.page.foreign import LONGEST_LINK, MOST_MARKS, clean, foreign, web_link

BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Hundesteuer – An- und Abmeldung „neu“ 5 €", "Hundesteuer – An- und Abmeldung „neu“ 5 €"),
        ("Antrag\u202etxet\u202c hier", "Antrag�txet� hier"),
        ("zwei\nZeilen\tund  mehr", "zwei Zeilen und mehr"),
        ("Bau\u00adge\u00adneh\u00admi\u00adgung", "Baugenehmigung"),
        ("un\u200bsicht\ufeffbar", "unsichtbar"),
        ("\x00\x1b[31mrot", "�[31mrot"),
        ("e" + "\u0301" * 40, "é" + "\u0301" * MOST_MARKS),
        ("  Rand  ", "Rand"),
        ("", ""),
    ],
)
def test_a_text_is_shown_without_what_steers_or_hides(written: str, shown: str) -> None:
    assert clean(written) == shown


def test_a_long_text_ends_with_a_mark() -> None:
    assert clean("a" * 500) == "a" * 300 + " […]"
    assert clean("a" * 10, 4) == "aaaa […]"


@given(st.text(max_size=400))
def test_no_text_can_turn_the_direction_of_writing_or_hide(written: str) -> None:
    shown = clean(written)
    assert not any(one in BIDI or unicodedata.category(one) in {"Cc", "Cs", "Co", "Cn"} for one in shown)
    assert clean(shown) == shown


@given(st.text(max_size=200))
def test_no_text_becomes_markup(written: str) -> None:
    inner = str(foreign(written)).removeprefix("<bdi>").removesuffix("</bdi>")
    assert not set(inner) & set("<>\"'")


def test_writing_from_right_to_left_is_isolated() -> None:
    assert str(foreign("שלום")) == "<bdi>שלום</bdi>"
    assert str(foreign("Straße & Weg")) == "Straße &amp; Weg"


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,<script>",
        "vbscript:x",
        "file:///etc/passwd",
        "//stadt.example/x",
        "/relativ",
        "stadt.example",
        "http://",
        "https://bank.example@evil.example/",
        "https://stadt.example/ x",
        "https://stadt.example\\@evil.example",
        "https://stadt.example/\u202egpj.exe",
        "https://stadt.example/\nx",
        "https://[::1/",
        "https://stadt.example:99999999/",
        "https://stadt.example/" + "a" * LONGEST_LINK,
        "",
    ],
)
def test_what_is_no_plain_web_address_is_no_link(url: str) -> None:
    assert web_link(url) == ""


@pytest.mark.parametrize(
    "url",
    [
        "https://stadt.example/a?b=c&d=%C3%BC#e",
        "http://stadt.example",
        "HTTPS://STADT.EXAMPLE/X",
        "https://münster.example/straße",
        "https://stadt.example:8443/",
    ],
)
def test_a_web_address_is_a_link_as_it_is_written(url: str) -> None:
    assert web_link(url) == url


@given(st.text(max_size=100))
def test_only_web_addresses_are_links(url: str) -> None:
    assert not web_link(url) or web_link(url).lower().startswith(("http://", "https://"))
