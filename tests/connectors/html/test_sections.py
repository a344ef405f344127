from __future__ import annotations

import pytest

from catalogue.records import Status
from connectors.html.lines import TEXT
from connectors.html.maturity import judge
from connectors.html.outline import outline
from connectors.html.parts import parts_of
from connectors.html.tree import parse
from tests.connectors.html.reading import page, read, rules


def sections(content: str) -> dict[str, str]:
    """Return the text of each canonical section of a page."""
    tree = parse(page(content).decode())
    body = tree.root.find("body")
    assert body is not None
    lines = outline(body, rules(), tree.source).lines
    found = {part.section: " ".join(line.text for line in part.lines) for part in parts_of(lines, rules())}
    return {name: text for name, text in found.items() if name and text}


@pytest.mark.parametrize(
    "content",
    [
        "<h2>Gebühren</h2><p>20 Euro</p>",
        "<h4>Gebühren:</h4>20 Euro",
        "<details><summary>Kosten</summary><p>20 Euro</p></details>",
        "<dl><dt>Welche Gebühren fallen an?</dt><dd>20 Euro</dd></dl>",
        "<table><tr><th>Kosten</th><td>20 Euro</td></tr></table>",
        "<table><tr><td>Gebühren:</td><td>20 Euro</td></tr></table>",
        "<p><strong>Gebühren</strong></p><p>20 Euro</p>",
        "<p><b>Kosten:</b> 20 Euro</p>",
        "<p><strong>Kosten</strong> 20 Euro</p>",
        "<p>GEBÜHREN<br>20 Euro</p>",
        "<p>Gebühren: 20 Euro</p>",
        "<p>Kosten (Gebühren, Auslagen, etc.)</p><p>20 Euro</p>",
        '<h3><button aria-expanded="false">Gebührenrahmen</button></h3><div hidden>20 Euro</div>',
        '<button aria-expanded="false" aria-controls="x">Kosten</button><div id="x">20 Euro</div>',
        '<a href="#x" data-toggle="collapse" aria-controls="x">Kosten</a><div id="x">20 Euro</div>',
        '<ul role="tablist"><li><a role="tab" href="#x">Kosten</a></li></ul><div id="x">20 Euro</div>',
        '<nav><button role="tab" aria-controls="x">Kosten</button></nav><div id="x">20 Euro</div>',
        "<h2>Ge\u00adbühren</h2><p>20 Euro</p>",
        "<h2><span>Gebühren</span> </h2><div><div>20 Euro</div></div>",
    ],
)
def test_a_section_is_found_however_its_label_is_written(content: str) -> None:
    assert sections(content) == {"fees": "20 Euro"}


@pytest.mark.parametrize(
    ("label", "section"),
    [
        ("Vorraussetzungen", "requirements"),
        ("Was muss ich mitbringen?", "documents"),
        ("Benötigte Unterlagen", "documents"),
        ("Anträge / Formulare", "forms"),
        ("Unterlagen zum Download", "forms"),
        ("Onlineantrag und Formulare", "online"),
        ("Formular & Online-Prozess", "online"),
        ("Zuständige Fachbereiche der Stadtverwaltung", "unit"),
        ("An wen muss ich mich wenden?", "unit"),
        ("Wer ist zuständig?", "unit"),
        ("Zuständige Mitarbeitende", "contact"),
        ("Ansprechpartner/innen", "contact"),
        ("Verwandte Dienstleistungen", "related"),
        ("Freigabevermerk", "release"),
        ("Rechtsgrundlage(n)", "legal"),
        ("Hund anmelden", ""),
        ("Gebühren für die Nutzung der städtischen Hundewiese und Ähnliches", ""),
    ],
)
def test_a_label_names_its_canonical_section_or_none(label: str, section: str) -> None:
    assert rules().section_of(label) == section


def test_items_of_lists_are_no_labels() -> None:
    assert sections("<h2>Unterlagen</h2><ul><li>Nachweise</li><li>Formulare</li></ul>") == {
        "documents": "Nachweise Formulare"
    }


def test_deeper_headings_belong_to_the_section_above_them() -> None:
    found = sections("<h2>Online-Dienste</h2><h3>Für Halter</h3><p>a</p><h2>Weiteres</h2><p>b</p>")

    assert found == {"online": "a"}


def test_each_accordion_begins_anew() -> None:
    found = sections(
        "<details><summary>A</summary><h4>Formulare</h4><p>a</p></details><details><summary>B</summary><p>b</p></details>"
    )

    assert found == {"forms": "a"}


@pytest.mark.parametrize(
    ("headings", "head", "title"),
    [
        ("<h1>Services A - Z</h1><h2>Leistungen Fischereischein</h2>", "", "Fischereischein"),
        ("<h1>Leistungen für Bildung und Teilhabe</h1>", "", "Leistungen für Bildung und Teilhabe"),
        ("<h2>BIS: Templatebasierte Anzeige</h2><h1>Gewerbe anmelden</h1>", "", "Gewerbe anmelden"),
        ("<h1>Stadt Lindental</h1><h2>Wohngeld</h2>", "", "Wohngeld"),
        ("<h1>Dienstleistung: Wohngeld</h1>", "", "Wohngeld"),
        ("<h2>Gebühren</h2>", "<title>Wohngeld | Stadt Lindental</title>", "Wohngeld"),
        ("<h2>Gebühren</h2>", "<title>Wohngeld: Stadt Lindental</title>", "Wohngeld"),
        ("<h1>Leistung</h1>", "<title>Detail - Serviceportal</title>", ""),
        ("", '<title>x</title><meta property="og:title" content="Wohngeld">', "Wohngeld"),
        ("<h1>Hunde\u00adsteuer</h1>", "", "Hundesteuer"),
    ],
)
def test_the_title_is_the_first_thing_that_names_the_service(headings: str, head: str, title: str) -> None:
    assert read(page(headings + "<p>Text zur Leistung der Stadt</p>", head=head, title="")).title == title


@pytest.mark.parametrize(
    ("flags", "level", "status"),
    [
        (set(), 1, Status.DESCRIBED),
        ({"appointment_only", "status_only", "online_mention"}, 1, Status.DESCRIBED),
        ({"pdf_form"}, 1, Status.FORM),
        ({"form_assistant", "pdf_form"}, 2, Status.FORM),
        ({"online_submit"}, 3, Status.ONLINE),
        ({"online_submit", "payment_online", "eid", "evidence_upload", "account_required"}, 3, Status.ONLINE),
        ({"online_submit", "once_only"}, 3, Status.ONLINE),
        ({"online_submit", "paper_without_eid"}, 2, Status.ONLINE),
    ],
)
def test_flags_make_a_level_of_which_four_is_never_one(flags: set[str], level: int, status: Status) -> None:
    maturity = judge(flags)

    assert (maturity.level, maturity.status) == (level, status)
    assert 1 <= maturity.level <= maturity.highest <= 3


def test_text_that_is_no_heading_is_text() -> None:
    body = parse("<p>a</p>").root.find("body")
    assert body is not None
    assert [line.level for line in outline(body, rules(), "").lines] == [TEXT]
