from __future__ import annotations

import pytest

from connectors.html.page import read_page
from connectors.html.rules import load_rules
from tests.connectors.html.reading import page, read, rules

LINKS = "".join(f'<li><a href="/leistung/dienst-{n}">Dienstleistung {n}</a></li>' for n in range(8))


@pytest.mark.parametrize(
    ("content", "title", "kind", "rule"),
    [
        ("<p>Der Eintrag wurde nicht gefunden.</p>", "Dienstleistung", "error", "soft_404"),
        ("<p>x</p>", "Seite nicht gefunden", "error", "soft_404"),
        ("<p>Lorem ipsum dolor sit amet</p>", "Hund anmelden", "error", "placeholder"),
        ("<p>Fatal error: Uncaught TypeError in x.php</p>", "Hund anmelden", "error", "debug"),
        ("<p>Wegen Wartungsarbeiten ist das Portal geschlossen.</p>", "Portal", "error", "maintenance"),
        ('<form><input type="password"></form>', "Anmelden", "error", "login"),
        ("<p>Bitte Cookies akzeptieren, um fortzufahren.</p>", "Stadt", "error", "cookie_wall"),
        ("<p>Sie haben einen Hund.</p>", "Hund in Leichter Sprache", "easy_language", "title"),
        (
            "<p>Hunde·steuer für die Stadt·kasse und das Bürger·büro</p>",
            "Hund",
            "easy_language",
            "dotted_words",
        ),
        (f"<ul>{LINKS}</ul>", "Dienstleistungen A-Z", "list", "title"),
        (f"<ul>{LINKS}</ul>", "Unsere Angebote", "list", "links"),
        ("<p>Bitte wählen.</p>", "Online-Terminvereinbarung", "booking", "booking"),
        ("<p>Wir antworten hier.</p>", "Häufige Fragen", "news", "title"),
        ("<p>Stadt Lindental, Markt 1</p>", "Impressum", "other", "housekeeping"),
        ("<p>Im Jahr 1200 wurde die Burg gebaut, die bis heute steht.</p>", "Burgruine", "other", "no_sign"),
        ("<p>Es gibt zwei Dinge zu beachten, wenn man hier wohnt.</p>", "", "fragment", "no_title"),
        ("<h2>Gebühren</h2><p>2 Euro</p>", "Fischereischein", "service", "sections"),
        (
            "<p>Kosten: 5 Euro. Kommen Sie persönlich vorbei und bringen Sie alles mit.</p>",
            "Hundemarke",
            "service",
            "",
        ),
    ],
)
def test_the_kind_of_a_page_is_told_with_its_rule(content: str, title: str, kind: str, rule: str) -> None:
    reading = read(page(content, title=title), "https://www.lindental.example/seite")

    assert (reading.kind, reading.reason.startswith(rule)) == (kind, True), reading.reason


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://www.lindental.example/-/vr-bis-detail/einrichtung/8/show", "unit"),
        ("https://www.lindental.example/bso?seite=oe&id=3", "unit"),
        ("https://www.lindental.example/rathaus/mitarbeiter/erika", "unit"),
        ("https://www.lindental.example/aktuelles/meldung-1", "news"),
        ("https://www.lindental.example/leichte-sprache/hund", "easy_language"),
        ("https://formulare.lindental.example/formcycle/form/provide/1", "form_tool"),
        ("https://service.lindental.example/extension/service/call/0f5e-aa", "form_tool"),
        ("https://termine.lindental.example/buchen", "booking"),
    ],
)
def test_an_address_may_tell_the_kind_of_a_page(url: str, kind: str) -> None:
    assert (
        read(page("<p>Die Anmeldung kostet nichts und geht schnell, auch am Telefon.</p>"), url).kind == kind
    )


def test_a_page_in_another_language_is_foreign() -> None:
    assert read(page("<h2>Fees</h2><p>none</p>", language="en")).kind == "foreign"


def test_a_long_description_is_no_error_because_something_is_not_found_in_it() -> None:
    text = "<p>Wurde Ihr Fundstück nicht gefunden, fragen Sie nach.</p><h2>Gebühren</h2><p>keine</p>"

    assert read(text).kind == "service"


def test_a_page_of_another_tenant_is_foreign_if_the_region_names_its_own(tmp_path) -> None:
    extra = tmp_path / "regeln.toml"
    extra.write_text('[[own_tenant]]\nnames = ["21750"]\norigin = "Test"\n', encoding="utf-8")
    own = load_rules(extra)
    address = "https://portal.example/dienstleistungen/muell-900000098-0.html?selected_kommune="
    body = page("<h2>Gebühren</h2><p>keine</p>")

    assert read_page(body, address + "21751", None, own).kind == "foreign"
    assert read_page(body, address + "21750", None, own).kind == "service"


def test_only_pages_about_services_have_services() -> None:
    assert read(page("<p>Lorem ipsum</p>")).services == ()


def test_several_services_under_headings_are_told_apart() -> None:
    content = (
        '<div id="a"><h2>Hund anmelden</h2><h3>Kosten</h3><p>keine</p></div>'
        '<div id="b"><h2>Hund abmelden</h2><h3>Kosten</h3><p>keine</p></div>'
    )
    reading = read(page(content, title="Hunde"), "https://www.lindental.example/hunde")

    assert reading.kind == "multi"
    assert [(one.title, one.name) for one in reading.services] == [
        ("Hund anmelden", "a"),
        ("Hund abmelden", "b"),
    ]


def test_questions_below_the_heading_of_a_service_are_no_services() -> None:
    content = (
        "<h2>Wer zahlt die Kosten?</h2><p>Der Halter</p><h2>Gut zu wissen</h2><p>Anmelden lohnt</p>"
        "<h2>Neue Marke</h2><p>Kosten 5 Euro</p><h2>Alte Marke</h2><p>Kosten 5 Euro</p>"
    )

    assert read(content).kind == "service"


def test_a_page_that_a_script_fills_gives_the_addresses_in_its_data() -> None:
    body = (
        b'<html><head><title>Portal</title></head><body><div id="app"></div><script type="application/json">'
        b'{"leistungen": [{"titel": "Hund", "url": "/leistung/hund"}]}</script></body></html>'
    )
    reading = read(body)

    assert (reading.kind, reading.reason) == ("list", "script_only")
    assert [(link.url, link.label) for link in reading.links] == [
        ("https://www.lindental.example/leistung/hund", "Hund")
    ]


def test_the_rules_of_a_page_s_kind_are_tried_in_their_order() -> None:
    assert next(rule.kind for rule, _, _ in rules().pages) == "error"
