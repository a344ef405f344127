"""Plain text out of HTML fields, and whether it says anything."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.plaintext import is_placeholder, meaningful_text, plain_text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("Hund anmelden", "Hund anmelden"),
        ("  Hund\r\n anmelden ", "Hund anmelden"),
        ("Hund&nbsp;anmelden\u00a0online", "Hund anmelden online"),
        ("Hunde&shy;steuer\u200b", "Hundesteuer"),
        ("§&#xa0;14 &amp; §&#160;15", "§ 14 & § 15"),
        ("<p>Erster.</p><p>Zweiter.</p>", "Erster. Zweiter."),
        ("Zeile<br>Zeile<br/>Zeile", "Zeile Zeile Zeile"),
        ("Hunde<b>steuer</b> <em class='x'>zahlen</em>", "Hundesteuer zahlen"),
        ("<ul><li>Ausweis</li><li>Foto</li></ul>", "Ausweis Foto"),
        ("Alter < 18 und > 16", "Alter < 18 und > 16"),
        ('<a href="https://a.example/?b=c&amp;d">hier</a>', "hier"),
    ],
)
def test_tags_go_and_entities_are_decoded(markup: str, text: str) -> None:
    assert plain_text(markup) == text


@pytest.mark.parametrize(
    "markup",
    [
        '<p class="MsoNormal"><o:p></o:p>Hund anmelden</p>',
        "<!--[if gte mso 9]><xml><w:WordDocument>1</w:WordDocument></xml><![endif]-->Hund anmelden",
        "<![if !supportLists]>Hund<![endif]> anmelden",
        "<style>p { color: red }</style>Hund anmelden<SCRIPT>alert(1)</SCRIPT>",
        '<?xml:namespace prefix = "o" ns = "urn:a" />Hund anmelden',
        "Hund anmelden<!-- nicht zu Ende",
        "<STYLE>p { color: red }</STYLE>Hund anmelden",
    ],
)
def test_office_markup_and_what_is_never_text_is_left_out(markup: str) -> None:
    assert plain_text(markup) == "Hund anmelden"


@pytest.mark.parametrize("text", ["", "-", "–", "...", "k.A.", "k. A.", "Keine Angabe", "nicht angegeben."])
def test_placeholders_are_recognised(text: str) -> None:
    assert is_placeholder(text)
    assert meaningful_text(f"<p>{text}&nbsp;</p><br>") == ""


@pytest.mark.parametrize("text", ["keine", "entfällt", "5", "keine Angaben erforderlich"])
def test_short_texts_that_say_something_are_no_placeholders(text: str) -> None:
    assert meaningful_text(f"<p>{text}</p>") == text


def test_a_leading_dash_is_dropped() -> None:
    assert meaningful_text("- Hund anmelden") == "Hund anmelden"


@pytest.mark.parametrize(
    "markup",
    [
        "<" * 5_000_000,
        "<" + "a" * 5_000_000,
        "<!--" * 1_000_000,
        "<p " * 1_000_000,
        "&#" + "1" * 60_000 + ";",
        "&" * 5_000_000,
    ],
    ids=["brackets", "name", "comments", "tags", "number", "ampersands"],
)
def test_hostile_markup_takes_no_longer_than_other_markup(markup: str) -> None:
    assert isinstance(plain_text(markup), str)


@given(st.text(max_size=200))
def test_any_text_becomes_one_line(markup: str) -> None:
    text = plain_text(markup)
    assert text == " ".join(text.split())


@given(st.text(alphabet="<>!-/ab&#;1 ", max_size=80))
def test_any_markup_becomes_text(markup: str) -> None:
    assert len(plain_text(markup)) <= len(markup) + 1
