from __future__ import annotations

import pytest

from connectors.html.personal import clean_label, is_person, scrub, snippet
from tests.connectors.html.reading import page, read, rules, service

ONLINE = (
    '<h2>Online-Dienste</h2><p><a href="https://formulare.lindental.example/h">Hund online anmelden</a></p>'
)
STAFF = ("Mustermann", "Erika", "501234", "stadt.example")


@pytest.mark.parametrize(
    "text",
    [
        "Frau Mustermann hilft online weiter",
        "Erika Mustermann (Telefon 02361 501234)",
        "Mustermann, Erika",
        "Ansprechpartnerin: Erika von Mustermann, erika.mustermann@stadt.example",
        "Herr Dr. Mustermann, erika(at)stadt.example",
    ],
)
def test_names_numbers_and_addresses_of_staff_are_taken_out(text: str) -> None:
    assert [word for word in STAFF if word in scrub(text, rules())] == []


@pytest.mark.parametrize(
    "text", ["Amt für Soziales", "Hund online anmelden", "Franz-Liszt-Schule", "Bürgerbüro Mitte"]
)
def test_words_that_are_no_names_stay(text: str) -> None:
    assert scrub(text, rules()) == text


def test_a_name_and_nothing_else_is_a_person() -> None:
    assert is_person("Erika Mustermann", rules())
    assert not is_person("Standesamt", rules())


@pytest.mark.parametrize(
    "staff",
    [
        "<h2>Ansprechpartner</h2><p>Erika Mustermann, 02361 501234, erika.mustermann@stadt.example</p>",
        '<div class="kontaktperson-name">Erika Mustermann 02361 501234</div>',
        "<h2>Zuständige Stelle</h2><p>Erika Mustermann, 02361 501234</p>",
        '<p>Termin vereinbaren bei Erika Mustermann, <a href="tel:02361501234">02361 501234</a></p>',
        '<p><a href="/rathaus/mitarbeiter/erika-mustermann">Erika Mustermann</a></p>',
        '<p>Zum Online-Antrag: <a href="mailto:erika.mustermann@stadt.example">Erika Mustermann</a></p>',
        "<table><tr><th>Name</th></tr><tr><td>Erika Mustermann</td><td>02361 501234</td></tr></table>",
    ],
)
def test_staff_never_enters_a_reading(staff: str) -> None:
    for content in (staff, ONLINE + staff, staff + ONLINE):
        reading = repr(read(content + "<h2>Gebühren</h2><p>2 Euro</p>"))
        assert [word for word in STAFF if word in reading] == []


@pytest.mark.parametrize(
    "content", ["<h2>Kontakt</h2><p>02361 501234</p>", "<h2>Gebühren</h2><p>2 Euro</p>", ""]
)
def test_a_page_named_after_a_person_gives_no_name(content: str) -> None:
    reading = repr(read(page(content, title="Erika Mustermann"), "https://www.lindental.example/seite"))

    assert [word for word in STAFF if word in reading] == []


def test_a_snippet_is_short() -> None:
    assert len(snippet("Wort " * 200, rules())) == 160


def test_a_label_loses_what_templates_add() -> None:
    assert clean_label("Zum Antrag (öffnet in neuem Fenster)", rules()) == "Zum Antrag"


@pytest.mark.parametrize(
    ("content", "unit"),
    [
        ("<h2>Zuständige Stelle</h2><p>Bauordnungsamt, 0209 000-6300</p>", "Bauordnungsamt"),
        ("<h2>Zuständige Stelle</h2><p>Frau Mustermann, Ordnungsamt</p>", "Ordnungsamt"),
        ("<h2>Zuständige Stelle</h2><p>Erika Mustermann</p>", ""),
        ("<h2>Zuständige Stelle</h2><p>Wenden Sie sich bitte an das Bürgerbüro.</p>", "Bürgerbüro"),
        ("<p><b>Zuständiges Amt:</b> Amt für Soziales<br>Markt 1<br>45999 Lindental</p>", "Amt für Soziales"),
        (
            '<h2>Zuständig</h2><p><a href="/oe/1" title="Zur Einrichtung">Ordnung und Gewerbe</a></p>',
            "Ordnung und Gewerbe",
        ),
        (
            "<h2>Zuständige Stelle</h2><p>Straßenverkehrsamt [Kreis Nordhöhe]</p>",
            "Straßenverkehrsamt [Kreis Nordhöhe]",
        ),
        ("<h2>Kontakt</h2><p>Bürgerbüro, Zimmer 4, Telefon 0209 000-2333</p>", "Bürgerbüro"),
        ("<h2>Kontakt</h2><p>Markt 1, 45999 Lindental</p>", ""),
        ("<dl><dt>Fachbereich</dt><dd>Tiefbau</dd></dl>", "Tiefbau"),
        ("<table><tr><td>Zuständige Abteilung:</td><td>Steuern</td></tr></table>", "Steuern"),
    ],
)
def test_the_unit_is_read_and_never_a_person(content: str, unit: str) -> None:
    assert service("<h2>Gebühren</h2><p>2 Euro</p>" + content).unit == unit


def test_a_service_of_the_kreis_is_told_by_its_unit() -> None:
    assert service("<h2>Zuständige Stelle</h2><p>Straßenverkehrsamt [Kreis Nordhöhe]</p>").operator == "kreis"
