"""Pages about several services, in every structure that sites use, and pages that only look like that."""

from __future__ import annotations

import pytest

from catalogue.records import Status
from connectors.html.page import PageReading
from tests.connectors.html.reading import page, read

TOPIC = "https://www.lindental.example/leben/natur/antraege"
ONLINE = '<p>Im Frühjahr brauchen wir Ihre Angaben. <a href="/f/1">Baumpatenschaft online beantragen</a></p>'
FORM = '<p>Bitte reichen Sie das Formular ein: <a href="/f/2.pdf">Antrag Hecke (PDF)</a></p>'
TEXT = "<p>Rufen Sie uns an, wir sehen uns den Platz mit Ihnen gemeinsam an und besprechen alles.</p>"
NAMES = ("Baumpatenschaft übernehmen", "Hecke schneiden lassen", "Nistkasten aufhängen")


STRUCTURES = {
    "h2": "<h2>{}</h2>{}",
    "h3": "<h3>{}</h3>{}",
    "h3 in a category": "<h3>{}</h3>{}",
    "h2 with a deeper heading": "<h2>{}</h2>{}<h3>Tipps vom Gärtner</h3><p>Im Herbst pflanzen.</p>",
    "details": "<details><summary>{}</summary>{}</details>",
    "button with state": '<div><button aria-expanded="false">{}</button><div>{}</div></div>',
    "button of a template": '<div><button class="accordion-button">{}</button><div>{}</div></div>',
    "button in a heading": '<h2 class="accordion-header"><button>{}</button></h2><div>{}</div>',
    "link that opens": '<a href="#x" data-bs-toggle="collapse">{}</a><div>{}</div>',
    "card": '<div class="card"><div class="card-body"><h4 class="card-title">{}</h4>{}</div></div>',
    "card without heading": '<div class="card"><div class="card-title">{}</div>{}</div>',
    "bold": "<p><strong>{}</strong></p>{}",
    "dl": "<dt>{}</dt><dd>{}</dd>",
    "row": "<tr><th>{}</th><td>{}</td></tr>",
    "row of cells": "<tr><td>{}</td><td>{}</td></tr>",
    "article": "<article><header><h2>{}</h2></header>{}</article>",
}
AROUND = {"dl": "dl", "row": "table", "row of cells": "table"}


def several(
    structure: str, *, names: tuple[str, ...] = NAMES, title: str = "Natur und Garten"
) -> PageReading:
    pattern = STRUCTURES[structure]
    content = "".join(pattern.format(*pair) for pair in zip(names, (ONLINE, FORM, TEXT), strict=True))
    if structure == "h3 in a category":
        content = f"<h2>Bäume und Hecken</h2>{content}"
    around = AROUND.get(structure, "div")
    intro = "<p>Hier finden Sie, was Sie bei uns erledigen können.</p>"
    ending = "<h2>Kontakt</h2><p>Grünflächenamt, Telefon 0234 567890</p>"
    return read(page(f"{intro}<{around}>{content}</{around}>{ending}", title=title), TOPIC)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_each_service_of_a_page_has_its_own_links_and_level(structure: str) -> None:
    reading = several(structure)

    assert reading.kind == "multi", reading.reason
    assert [(one.title, one.status, one.level) for one in reading.services] == [
        (NAMES[0], Status.ONLINE, 3),
        (NAMES[1], Status.FORM, 1),
        (NAMES[2], Status.DESCRIBED, 1),
    ]
    assert [one.url.rpartition("example")[2] for one in reading.services] == ["/f/1", "/f/2.pdf", ""]


@pytest.mark.parametrize("structure", ["h2", "h3", "details", "button with state", "card", "article"])
def test_things_are_services_where_what_stands_below_leads_elsewhere(structure: str) -> None:
    names = ("Baumpatenschaft", "Heckenschnitt", "Nistkasten")
    reading = several(structure, names=names)

    assert reading.kind == "multi", reading.reason
    assert tuple(one.title for one in reading.services) == names
    assert [one.level for one in reading.services] == [3, 1, 1]


def test_tabs_of_several_services_are_told_apart() -> None:
    tabs = "".join(f'<li><a role="tab" href="#t{n}">{name}</a></li>' for n, name in enumerate(NAMES))
    panels = "".join(
        f'<div id="t{n}" role="tabpanel">{body}</div>' for n, body in enumerate((ONLINE, FORM, TEXT))
    )
    reading = read(page(f'<ul role="tablist">{tabs}</ul>{panels}', title="Natur und Garten"), TOPIC)

    assert [(one.title, one.level, one.status) for one in reading.services] == [
        (NAMES[0], 3, Status.ONLINE),
        (NAMES[1], 1, Status.FORM),
        (NAMES[2], 1, Status.DESCRIBED),
    ]


def test_even_an_address_of_one_service_may_hold_several() -> None:
    content = f"<h2>Gewerbe anmelden</h2>{ONLINE}<h2>Gewerbe abmelden</h2>{FORM}"
    reading = read(page(content, title="Gewerbe"), "https://www.lindental.example/dienstleistung/gewerbe")

    assert [(one.title, one.level) for one in reading.services] == [
        ("Gewerbe anmelden", 3),
        ("Gewerbe abmelden", 1),
    ]


@pytest.mark.parametrize(
    ("title", "content"),
    [
        (
            "Baumpatenschaft",
            f"<h2>Unterlagen</h2><p>keine</p><h2>Kosten</h2><p>5 Euro</p><h2>Ablauf</h2>{ONLINE}",
        ),
        ("Baumpatenschaft", f"<h2>Online beantragen</h2>{ONLINE}<h2>Schriftlich beantragen</h2>{FORM}"),
        ("Baumpatenschaft", f"<h2>Patenschaft online beantragen</h2>{ONLINE}<h2>Auf Papier</h2>{FORM}"),
        ("Wahlschein", f"<h2>1. Antrag ausfüllen</h2>{ONLINE}<h2>2. Unterlagen einreichen</h2>{FORM}"),
        (
            "Wohngeld",
            f"<h2>Mietzuschuss</h2>{FORM}<h2>Lastenzuschuss</h2>{ONLINE}<h2>Kosten</h2><p>keine</p>",
        ),
        ("Wahlschein", f"<h2>Antrag stellen</h2>{ONLINE}<h2>Unterlagen einreichen</h2>{FORM}"),
        (
            "Reisepass",
            f"<h2>Für Kinder</h2>{FORM}<h2>Für Erwachsene</h2>{ONLINE}<h2>Kosten</h2><p>60 Euro</p>",
        ),
        (
            "Hundesteuer",
            f"<h2>Steuersatz</h2><p>90 Euro</p><h2>Anmeldung</h2>{ONLINE}<h2>Abmeldung</h2>{TEXT}",
        ),
        (
            "Trauung",
            f"<h2>Trauorte</h2>{TEXT}<h2>Musik und Sekt</h2>{TEXT}<h2>Kosten</h2><p>40 Euro</p>{ONLINE}",
        ),
        ("Ferienfreizeit", f"<h2>Anmeldung</h2>{ONLINE}<h2>Ermäßigung</h2>{FORM}<h2>Programm</h2>{TEXT}"),
        ("Führerschein umtauschen", f"{ONLINE}<h2>Foto machen lassen</h2>{TEXT}<h2>Karte abholen</h2>{TEXT}"),
    ],
)
@pytest.mark.parametrize("address", [TOPIC, "https://www.lindental.example/dienstleistung/x"])
def test_sections_ways_and_steps_of_one_service_make_no_several(
    title: str, content: str, address: str
) -> None:
    reading = read(page(content, title=title), address)

    assert (reading.kind, [one.title for one in reading.services]) == ("service", [title])


def test_cards_that_lead_to_the_pages_of_services_hold_none() -> None:
    cards = "".join(
        f"<h3>{name}</h3><p>Kurz erklärt.</p><a href='/d/{name[:4]}'>Mehr erfahren</a>" for name in NAMES
    )

    assert read(page(cards, title="Natur und Garten"), TOPIC).kind != "multi"


def test_one_of_several_that_is_gone_makes_no_page_that_is_gone() -> None:
    content = f"<h2>Hecke schneiden lassen</h2>{FORM}<h2>Nistkasten kaufen</h2><p>Das gibt es nicht mehr.</p>"

    assert read(page(content, title="Natur und Garten"), TOPIC).kind == "multi"
