"""Wordings and structures of municipal pages by class: each class once misled the reader."""

from __future__ import annotations

import pytest

from catalogue.records import Status
from tests.connectors.html.reading import PAGE, page, read, service

TEXT = "<p>Wer einen Hund hält, meldet ihn innerhalb von vierzehn Tagen bei der Stadt an.</p>"
FEES = "<h2>Gebühren</h2><p>20 Euro</p>"
ONLINE = (
    '<p><a href="https://formulare.lindental.example/formcycle/form/provide/12/">Hund online anmelden</a></p>'
)
POPULAR = (
    '<h2>Häufig aufgerufen</h2><ul><li><a href="/d/pass">Reisepass beantragen</a></li>'
    '<li><a href="https://service.lindental.example/">Online-Dienste</a></li></ul>'
)


@pytest.mark.parametrize(
    "heading", ["Dienstleistungen der Stadt Lindental", "Services A - Z", "Was erledige ich wo?"]
)
def test_a_heading_of_the_template_does_not_make_a_list_of_a_service(heading: str) -> None:
    found = service(page(f"<h2>Hund anmelden</h2>{TEXT}{FEES}", title=heading))

    assert found.title == "Hund anmelden"


@pytest.mark.parametrize(
    "words",
    [
        "Die von Ihnen aufgerufene Dienstleistung ist leider nicht (mehr) vorhanden.",
        "Der gewünschte Inhalt steht nicht mehr zur Verfügung.",
        "Unter dieser Adresse ist keine Leistung hinterlegt.",
        "Diese Dienstleistung ist derzeit nicht verfügbar.",
        "Zu dieser Leistung liegen derzeit keine Informationen vor.",
        "Hoppla, hier ist etwas schiefgelaufen.",
        "Sie haben keine Berechtigung, diese Seite zu sehen.",
        "Die Inhalte dieser Seite folgen in Kürze.",
    ],
)
@pytest.mark.parametrize("title", ["Hund anmelden", "Dienstleistungen"])
def test_a_page_that_says_there_is_nothing_yields_nothing(words: str, title: str) -> None:
    reading = read(page(f"<p>{words}</p><p>Nutzen Sie die Suche.</p>{POPULAR}", title=title))

    assert (reading.kind, reading.services) == ("error", ())


def test_a_condition_about_what_is_not_there_is_no_error() -> None:
    assert service(f"{TEXT}<p>Sind keine Unterlagen vorhanden, genügt eine Erklärung.</p>{FEES}").level == 1


@pytest.mark.parametrize("href", ["https://service.lindental.example/", "/online-dienste", "/"])
@pytest.mark.parametrize("label", ["Online-Dienste", "Zum Serviceportal", "Online-Dienste der Gemeinde"])
@pytest.mark.parametrize("heading", ["", "Weitere Links", "Online-Dienste", "Häufig aufgerufen"])
def test_a_front_page_or_a_list_of_services_is_no_application(href: str, label: str, heading: str) -> None:
    above = f"<h2>{heading}</h2>" if heading else ""
    found = service(f'{TEXT}{FEES}{above}<p><a href="{href}">{label}</a></p>')

    assert (found.level, found.status, found.url) == (1, Status.DESCRIBED, "")


@pytest.mark.parametrize(
    "heading",
    [
        "Online mitteilen",
        "So geht es online",
        "Elektronisch anmelden",
        "Zum Online-Antrag",
        "Der digitale Weg",
    ],
)
def test_what_an_online_section_offers_begins_the_service(heading: str) -> None:
    link = '<p><a href="https://service.lindental.example/zaehler/eingabe">Stand eingeben</a></p>'

    assert service(f"{TEXT}<h2>{heading}</h2>{link}{FEES}").level == 3


def test_a_path_of_forms_counts_with_a_label_that_begins_something_only() -> None:
    assert service(f'{TEXT}<p><a href="/formular/hund">Hund anmelden</a></p>{FEES}').level == 3
    assert service(f'{TEXT}<p><a href="/formulare/steuern">Vordrucke zur Steuer</a></p>{FEES}').level == 1


@pytest.mark.parametrize(
    "head",
    [
        '<h1 class="page-header"><span>Hund abmelden</span></h1>',
        '<div class="page-header"><h1>Hund abmelden</h1></div>',
        '<header class="content-header"><h1>Hund abmelden</h1></header>',
    ],
)
def test_the_head_that_holds_the_title_is_no_furniture(head: str) -> None:
    found = service(page(f'<div id="content">{head}{TEXT}{FEES}</div>', title="").replace(b"main>", b"div>"))

    assert found.title == "Hund abmelden"


@pytest.mark.parametrize(
    "words",
    [
        "Die Erlaubnis bekommen Sie als Datei zum Herunterladen zurück.",
        "Den Bescheid können Sie am Ende herunterladen.",
        "Sie erhalten den Bescheid in Ihr BundID-Postfach.",
        "Die Urkunde erhalten Sie digital.",
    ],
)
def test_results_that_come_back_digitally_are_seen(words: str) -> None:
    assert "digital_result" in service(f"{TEXT}{ONLINE}<p>{words}</p>").flags


@pytest.mark.parametrize(
    "words",
    ["Den Vordruck können Sie hier herunterladen.", "Die Bescheinigung des Arztes laden Sie als PDF hoch."],
)
def test_documents_that_go_in_are_no_result(words: str) -> None:
    assert "digital_result" not in service(f"{TEXT}{ONLINE}<p>{words}</p>").flags


@pytest.mark.parametrize(
    "words",
    [
        "Sie kommen persönlich mit dem Original vorbei.",
        "Sie müssen selbst kommen.",
        "Bitte kommen Sie dafür persönlich in das Rathaus.",
        "Eine Vertretung ist nicht zulässig.",
    ],
)
def test_what_has_to_be_done_in_person_is_seen(words: str) -> None:
    assert "in_person" in service(f"{TEXT}<p>{words}</p>{FEES}").flags


@pytest.mark.parametrize(
    "words",
    [
        "Persönlich oder schriftlich.",
        "Ein persönliches Erscheinen ist nicht erforderlich.",
        "Wir beraten Sie persönlich.",
    ],
)
def test_what_may_be_done_in_person_is_not_taken_for_that(words: str) -> None:
    assert "in_person" not in service(f"{TEXT}<p>{words}</p>{FEES}").flags


def test_a_unit_that_is_named_is_preferred_to_a_sort_of_authority() -> None:
    unit = '<h2>Zuständige Stelle</h2><p>die Gemeindeverwaltung</p><p><a href="/o/7">Ordnungsamt</a></p>'

    assert service(TEXT + FEES + unit).unit == "Ordnungsamt"


def test_a_label_in_a_line_ends_the_one_before_it() -> None:
    found = service(f"{TEXT}<p>Zuständig: Ordnungsamt. Kosten: 15 Euro</p>{ONLINE}")

    assert (found.unit, found.level) == ("Ordnungsamt", 3)


def test_the_unit_of_one_service_is_not_that_of_the_next() -> None:
    one = "<h2>Feuer anzeigen</h2><p>Zuständig: Feuerwehramt</p><p>Kosten: keine</p>"
    two = "<h2>Fischereischein ausstellen</h2><p>Kosten: 15 Euro</p><p>Fristen: keine</p>"
    found = read(page(one + two, title="Ordnung und Sicherheit"), "https://www.lindental.example/ordnung/")

    assert [(each.title, each.unit) for each in found.services] == [
        ("Feuer anzeigen", "Feuerwehramt"),
        ("Fischereischein ausstellen", ""),
    ]


def test_a_parameter_that_repeats_the_tenant_makes_no_second_page() -> None:
    url = "https://www.lindental.example/dienstleistungen/hund-900000412-31880.html"

    assert read(TEXT, url).identity == read(TEXT, f"{url}?selected_kommune=31880").identity
    assert read(TEXT, url).identity != read(TEXT, f"{url}?selected_kommune=21750").identity


def test_names_that_run_into_the_word_before_are_covered() -> None:
    found = read('<p><a href="/x">Online beantragen<b>Erika Mustermann</b></a></p>' + FEES)

    assert "Mustermann" not in repr(found)


def test_tabs_without_roles_are_sections() -> None:
    tabs = (
        '<ul class="tabs"><li><a href="#a">Gebühren</a></li><li><a href="#b">Zuständige Stelle</a></li></ul>'
    )
    found = service(f'{TEXT}{tabs}<div id="a"><p>20 Euro</p></div><div id="b"><p>Steueramt</p></div>', PAGE)

    assert found.unit == "Steueramt"


@pytest.mark.parametrize(
    "words",
    [
        "Füllen Sie den Antrag aus, drucken ihn aus, unterschreiben ihn und geben ihn im Rathaus ab.",
        "Drucken Sie den Antrag aus, unterschreiben ihn, senden ihn per Post oder geben ihn am Empfang ab.",
        "Drucken Sie den Antrag aus und bringen Sie ihn unterschrieben mit.",
        "Das ausgefüllte Formular drucken Sie aus, unterschreiben es und werfen es in den Briefkasten.",
    ],
)
@pytest.mark.parametrize("label", ["Online-Antrag", "Online-Formular"])
def test_what_has_to_be_printed_and_signed_is_not_done_online(words: str, label: str) -> None:
    found = service(f'<p>Zum <a href="/f/hund">{label}</a>. {words}</p>')

    assert (found.status, found.level) == (Status.FORM, 2)


def test_paper_for_those_who_do_not_want_to_apply_online_takes_nothing_back() -> None:
    found = service(
        '<p><a href="/f/hund">Online-Antrag</a>. Wenn Sie nicht online stellen möchten, drucken Sie ihn aus, '
        "unterschreiben ihn und senden ihn per Post.</p>"
    )

    assert found.level == 3


@pytest.mark.parametrize("label", ["Ausfüllhilfe", "Antrag am Bildschirm ausfüllen"])
def test_help_with_filling_in_is_no_online_application(label: str) -> None:
    found = service(f'<p><a href="/formularcenter/ausfuellen?formular=hund">{label}</a> für Halter</p>')

    assert (found.status, found.level) == (Status.FORM, 2)


@pytest.mark.parametrize(
    ("title", "kept"),
    [
        ("Beschäftigung einer stillenden Frau Entgegennahme", True),
        ("Beratung durch Frau Hartung", False),
        ("Beratung durch Frau Entgelmeier", False),
    ],
)
def test_an_act_behind_a_word_for_people_is_no_name(title: str, kept: bool) -> None:
    assert (read(page("<h2>Kosten</h2><p>keine</p>", title=title)).title == title) is kept
