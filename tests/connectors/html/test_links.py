from __future__ import annotations

import pytest

from tests.connectors.html.reading import PAGE, page, read, service

FEES = "<h2>Gebühren</h2><p>20 Euro</p>"
MENU = (
    '<nav class="menu"><ul>'
    + "".join(f'<li><a href="/m/{n}">Seite {n}</a></li>' for n in range(60))
    + "</ul></nav>"
)


def urls(content: str, head: str = "") -> list[str]:
    return [link.url for link in read(page(content, head=head)).links]


def test_links_are_absolute_without_fragment_session_and_tracking() -> None:
    content = (
        '<a href="a">1</a><a href="/b;jsessionid=1?x=2&amp;PHPSESSID=3">2</a><a href="../c#d">3</a>'
        '<a href="//other.example/?utm_source=x">4</a><a href="?cHash=5">5</a><a href="a#z">6</a>'
    )

    assert urls(content) == [
        "https://www.lindental.example/dienstleistung/a",
        "https://www.lindental.example/b?x=2",
        "https://www.lindental.example/c",
        "https://other.example/",
        f"{PAGE}?cHash=5",
    ]


@pytest.mark.parametrize(
    "href",
    [
        "javascript:linkTo_UnCryptMailto('x')",
        "mailto:a@b.example",
        "tel:0209",
        "#top",
        "",
        "data:x",
        "http://",
    ],
)
def test_what_is_no_page_is_dropped(href: str) -> None:
    assert urls(f'<a href="{href}">x</a>') == []


def test_a_base_element_counts() -> None:
    assert urls('<a href="x.php">x</a>', head='<base href="https://b.example/y/z.php">') == [
        "https://b.example/y/x.php"
    ]


def test_pages_about_staff_are_dropped() -> None:
    assert (
        urls('<a href="/rathaus/mitarbeiter/erika">Erika</a><a href="/-/vr-bis-detail/person/3/show">x</a>')
        == []
    )


def test_menus_are_not_parsed_but_their_links_are_there() -> None:
    found = read(page(MENU + '<p><a href="/z">Z</a></p>' + FEES)).links

    assert {f"https://www.lindental.example/m/{n}" for n in range(60)} <= {link.url for link in found}
    assert [link.label for link in found if link.url.endswith("/z")] == ["Z"]


@pytest.mark.parametrize(
    "inside", ["<!-- ", "<main><h1>Hund</h1></main>", "<nav>x</nav>", "<article>x</article>"]
)
def test_content_is_never_taken_for_a_menu(inside: str) -> None:
    broken = MENU.replace("</ul>", f"{inside}</ul>").replace("<!-- ", "<!-- --> ")
    reading = read(page(broken + "<p>Antrag beim Bürgerbüro</p>" + FEES))

    assert reading.kind == "service"
    assert len(reading.links) == 60


def test_a_menu_that_is_never_closed_hides_no_service() -> None:
    body = page(FEES).replace(b"<main>", b'<nav class="menu"><a href="/x">x</a></div><main>')

    assert read(body.replace(b"</nav>", b"")).title == "Hund anmelden"


def test_the_next_page_of_a_list_is_marked() -> None:
    items = "".join(f'<li><a href="/leistung/x{n}">Dienst {n}</a></li>' for n in range(6))
    found = read(
        page(f'<ul>{items}</ul><a rel="next" href="?seite=2">weiter</a>', title="Dienstleistungen A-Z")
    ).links

    assert [link.url for link in found if link.relation == "next"] == [f"{PAGE}?seite=2"]


@pytest.mark.parametrize(
    ("anchor", "kind"),
    [
        ('<a href="https://formulare.lindental.example/x">Hund online anmelden</a>', "online"),
        ('<a href="/antrag.pdf">Antrag</a>', "form"),
        ('<a href="/download.php?fid=1.2.PDF">Anmeldung</a> 111 kB', "form"),
        ('<a href="/d/7">Antragsformular</a> (PDF, 20 KB)', "form"),
        ('<a href="/merkblatt.pdf">Merkblatt zur Hundehaltung</a>', "information"),
        ('<a href="https://termine.lindental.example/1">Termin buchen</a>', "booking"),
        ('<a href="/x">Termin online vereinbaren</a>', "booking"),
        ('<a href="/status">Bearbeitungsstand abfragen</a>', "status"),
        ('<a href="/mehr">Mehr Informationen</a>', "information"),
        ('<a href="https://lindental.form.cloud/formcycle/form/provide/1/">Hundehaltung</a>', "online"),
    ],
)
def test_a_link_is_typed_by_label_address_and_what_stands_behind_it(anchor: str, kind: str) -> None:
    assert [link.kind for link in service(f"<p>{anchor}</p>" + FEES).links] == [kind]


def test_the_icon_of_a_template_tells_a_form_from_an_online_service() -> None:
    content = (
        '<h2>Onlineantrag und Formulare</h2><ul><li><span data-identifier="actions-window-open"></span>'
        '<a href="/p/1">Hund anmelden</a></li><li><span data-identifier="actions-file-pdf"></span>'
        '<a href="/p/2">Antragsvordruck</a></li></ul>'
    )

    assert [link.kind for link in service(content).links] == ["online", "form"]


def test_a_button_that_opens_an_address_is_a_link() -> None:
    found = service(
        "<button onclick=\"location.href='https://formulare.lindental.example/x'\">Antrag starten</button>"
        + FEES
    )

    assert found.url == "https://formulare.lindental.example/x"


def test_banners_menus_and_feet_show_nothing() -> None:
    content = (
        '<div class="cookie-banner"><a href="/c">Online beantragen</a> PayPal</div>'
        '<footer><a href="/f">Online-Antrag</a></footer>'
    )
    found = service(content + FEES)

    assert found.level == 1
    assert found.links == ()


def test_an_offering_holds_what_was_found() -> None:
    content = (
        '<meta property="schluessel" content="99102013104000"><h2>Online-Dienste</h2>'
        '<p><a href="https://formulare.lindental.example/h">Hund online anmelden</a></p>'
        '<h2>Formulare</h2><p><a href="/a.pdf">Anmeldung (PDF)</a></p>'
        "<h2>Zuständige Stelle</h2><p>Steueramt</p><p>Stand: 01.02.2026</p>"
    )
    offering = service(content).offering("055620004004", "lindental.example/hund")

    assert (offering.ref, offering.area, offering.status) == (
        "lindental.example/hund",
        "055620004004",
        "online",
    )
    assert (offering.url, offering.page) == ("https://formulare.lindental.example/h", PAGE)
    assert (offering.unit, offering.operator, offering.observed_at) == ("Steueramt", "own", "2026-02-01")
    assert (offering.level, offering.level_rules, offering.acts) == (3, "rgm11/1", ("Anmeldung",))
    assert offering.service.title == "Hund anmelden"
    assert offering.service.keys == ("99102013104000",)
    assert offering.service.form_url == "https://www.lindental.example/a.pdf"
    assert [link.kind for link in offering.links] == ["online", "form"]
    assert {"online_submit", "pdf_form", "operator", "leika_key"} <= {
        entry.flag for entry in offering.evidence
    }


@pytest.mark.parametrize(
    ("canonical", "identity"),
    [
        ("/dienstleistung/hund-anmelden-neu", "lindental.example/dienstleistung/hund-anmelden-neu"),
        ("/", "lindental.example/dienstleistung/hund-anmelden"),
        ("https://anders.example/hund", "lindental.example/dienstleistung/hund-anmelden"),
        ("https://[", "lindental.example/dienstleistung/hund-anmelden"),
    ],
)
def test_a_canonical_link_is_believed_on_the_same_host_only(canonical: str, identity: str) -> None:
    assert read(page(FEES, head=f'<link rel="canonical" href="{canonical}">')).identity == identity


def test_a_list_that_calls_itself_canonical_for_its_pages_is_not_believed() -> None:
    head = '<link rel="canonical" href="/buergerservice/dienstleistungen">'
    url = "https://www.lindental.example/bso?id=17&seite=angebot"

    assert read(page(FEES, head=head), url).identity == "lindental.example|angebot|17"


@pytest.mark.parametrize(
    ("text", "found"), [("Zahlen Sie mit wero.", True), ("Zahlen Sie im Powerohr.", False)]
)
def test_some_words_count_only_by_themselves(text: str, found: bool) -> None:
    online = '<h2>Online-Dienste</h2><p><a href="/antrag/hund">Hund anmelden</a></p>'

    assert ("payment_online" in service(f"{online}<p>{text}</p>").flags) is found
