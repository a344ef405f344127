from __future__ import annotations

import json

import pytest

from tests.connectors.html.reading import page, read, service

FEES = "<h2>Gebühren</h2><p>20 Euro</p>"
KEY, OTHER = "99050012104000", "99050012070000"


def json_ld(**node: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "GovernmentService", **node})}</script>'


def keys(
    content: str, head: str = "", url: str = "https://www.lindental.example/dienstleistung/x"
) -> list[str]:
    return [f"{found.key} {found.origin}" for found in service(page(content + FEES, head=head), url).keys]


@pytest.mark.parametrize(
    ("content", "head", "url", "origin"),
    [
        (f'<meta property="schluessel" content="{KEY}">', "", "", "property schluessel"),
        ("", json_ld(identifier={"propertyID": "LeiKa", "value": KEY}), "", "JSON-LD identifier"),
        ("", f'<meta name="DC.identifier" content="leika:{KEY}">', "", "meta dc.identifier"),
        ("", "", f"?leistungsschluessel={KEY}", "address"),
        (f"<p>Leikanummer {KEY}</p>", "", "", "visible text"),
        (f"<h2>Leistungsschlüssel</h2><p>{KEY}</p>", "", "", "visible text"),
    ],
)
def test_a_key_is_found_with_its_origin(content: str, head: str, url: str, origin: str) -> None:
    assert keys(content, head, f"https://www.lindental.example/leistung/x{url}") == [f"{KEY} {origin}"]


def test_attributes_are_trusted_more_than_json_ld_and_json_ld_more_than_text() -> None:
    attribute = f'<p property="name schluessel" content="{KEY}"></p>'
    visible = f"<p>LeiKa: {OTHER}</p>"
    ld = json_ld(identifier=OTHER)

    assert keys(attribute + visible, ld) == [f"{KEY} property schluessel"]
    assert keys(visible, json_ld(identifier=KEY)) == [f"{KEY} JSON-LD identifier"]


@pytest.mark.parametrize(
    "related",
    [
        f'<div class="related"><p property="schluessel" content="{OTHER}">Gewerbe abmelden</p></div>',
        f'<h2>Verwandte Dienstleistungen</h2><p property="schluessel" content="{OTHER}">Abmelden</p>',
        f"<h2>Siehe auch</h2><p>Gewerbe abmelden, LeiKa {OTHER}</p>",
    ],
)
def test_a_key_in_a_list_of_related_services_is_not_the_page_s(related: str) -> None:
    assert keys(related) == []


@pytest.mark.parametrize("text", ["990500121040001", "199050012104000", "9905001210400"])
def test_a_number_of_another_length_is_no_key(text: str) -> None:
    assert keys(f"<p>LeiKa: {text}</p>") == []


def test_a_number_that_nobody_calls_a_key_is_none() -> None:
    assert keys(f"<p>Kassenzeichen {KEY}</p>") == []


def test_structured_data_name_service_unit_and_way_in() -> None:
    head = json_ld(
        name="Baugenehmigung beantragen",
        serviceOperator={"name": "Bauordnungsamt"},
        availableChannel=[{"serviceUrl": "https://bau.lindental.example/a", "name": "Antrag"}],
        termsOfService="Nutzerkonto BundID erforderlich",
    )
    found = service(page("<p>Bauen in der Stadt, mit Plan.</p>", head=head, title=""))

    assert (found.title, found.unit, found.url) == (
        "Baugenehmigung beantragen",
        "Bauordnungsamt",
        "https://bau.lindental.example/a",
    )
    assert "account_required" in found.flags


@pytest.mark.parametrize("text", ["{", "[[[[", "null", '{"@graph": 1}', '{"@type": {"a": 1}, "name": []}'])
def test_broken_structured_data_are_passed_over(text: str) -> None:
    head = f'<script type="application/ld+json">{text}</script>'

    assert service(page(FEES, head=head)).title == "Hund anmelden"


MODIFIED = '<meta property="article:modified_time" content="2026-06-02T10:15:00+0200">'


@pytest.mark.parametrize(
    ("content", "head", "date"),
    [
        ("<p>Stand: 01.01.2020</p>", MODIFIED, "2026-06-02T10:15:00+02:00"),
        ("<p>Stand: 01.01.2020</p>", '<meta name="DCTERMS.modified" content="2026-04-22">', "2026-04-22"),
        ("<p>zuletzt geändert: 03.02.2025</p>", '<meta name="date" content="2019-01-01">', "2025-02-03"),
        ("<p>Letzte Aktualisierung: 14. März 2026</p>", "", "2026-03-14"),
        ("", '<meta name="date" content="2023-05-11T09:20:00+02:00">', "2023-05-11T09:20:00+02:00"),
        ("<p>aktualisiert am 31.02.2025</p>", "", ""),
        ("<p>Vom 13.03. bis 15.03.2017 geschlossen</p>", "", ""),
        ("<h2>Freigabevermerk</h2><p>Stand: 12.01.2025</p>", "", ""),
        ("<p>Freigabevermerk: fachlich freigegeben, Stand 12.01.2025</p>", "", ""),
    ],
)
def test_the_date_of_change_comes_from_the_best_place_that_tells_it(
    content: str, head: str, date: str
) -> None:
    assert read(page(content + FEES, head=head)).modified_at == date


def test_the_date_of_change_may_stand_in_the_foot_of_the_page() -> None:
    body = page(FEES).replace(
        b"</main>", b"</main><footer><p>Letzte <b>&Auml;nderung</b>: 04.05.2026</p></footer>"
    )

    assert read(body.replace(b"&Auml;", "Ä".encode())).modified_at == "2026-05-04"
