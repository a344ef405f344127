"""What a municipality's website becomes: one record per service, of one area, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalogue.records import Status
from connectors.errors import RejectDelivery, RetryLater
from connectors.fetch import Fetcher
from connectors.site import SiteConnector
from tests.connectors.observing import texts
from tests.connectors.site_pages import ONLINE, list_page, page, service
from tests.connectors.site_reading import AREA, Town, settings
from tests.connectors.specimens import PERSONAL
from tests.faultserver import FaultServer

D = "/dienstleistung/"


@pytest.fixture
def town(server: FaultServer, fetcher: Fetcher, tmp_path: Path) -> Town:
    return Town(server, fetcher, tmp_path, {"include": [D]})


def test_every_service_of_a_list_becomes_one_record_of_the_area(town: Town) -> None:
    town.serve(
        {
            "/leistungen": list_page([D + "hund", D + "pass"]),
            D + "hund": service("Hund anmelden", ONLINE.format(1)),
            D + "pass": service("Personalausweis beantragen"),
        }
    )
    night = town.read()
    assert night.scope == "everything"
    assert night.titles == ["Hund anmelden", "Personalausweis beantragen"]
    dog, card = night.offerings
    assert {dog.area, card.area} == {AREA}
    assert (dog.status, card.status) == (Status.ONLINE, Status.DESCRIBED)
    assert dog.url == "https://portal.beispielstadt.example/antrag/1"
    assert dog.page == town.server.url(D + "hund")
    assert dog.unit == "Bürgerbüro"
    assert dog.level_rules
    assert dog.evidence


def test_the_same_service_under_three_addresses_is_one_record(town: Town) -> None:
    first, second = (
        "/detail/-/vr-bis-detail/dienstleistung/4711/show",
        "/suche/-/vr-bis-detail/dienstleistung/4711/show",
    )
    body = service("Hund anmelden")
    town.serve(
        {"/leistungen": list_page([first, second, first + ";jsessionid=A1B2"]), first: body, second: body}
    )
    night = town.read(include=[])
    assert night.titles == ["Hund anmelden"]
    assert night.scope == "everything"


def test_pages_that_name_the_same_canonical_address_are_merged_and_the_better_one_counts(town: Town) -> None:
    head = f'<link rel="canonical" href="{D}hund">'
    town.serve(
        {
            "/leistungen": list_page([D + "hund", D + "steuern/hund"]),
            D + "hund": service("Hund anmelden", head=head),
            D + "steuern/hund": service("Hund anmelden", ONLINE.format(1), head=head),
        }
    )
    night = town.read()
    assert night.titles == ["Hund anmelden"]
    assert night.offerings[0].status is Status.ONLINE


def test_names_phones_and_mail_addresses_of_staff_are_nowhere(town: Town) -> None:
    town.serve(
        {"/leistungen": list_page([D + "hund"]), D + "hund": service("Hund anmelden", ONLINE.format(1))}
    )
    night = town.read()
    told = [text for record in night.records for text in texts(record)]
    assert night.titles == ["Hund anmelden"]
    assert not any(secret in text for text in told for secret in (*PERSONAL, "Mustermann"))


@pytest.mark.parametrize(
    ("declared", "written"),
    [("utf-8", "iso-8859-1"), ("iso-8859-1", "utf-8"), ("utf-8", "cp1252")],
)
def test_a_header_that_lies_about_the_encoding_does_no_harm(town: Town, declared: str, written: str) -> None:
    body = service("Bürgergeld für Gärtner beantragen").decode().replace("utf-8", written).encode(written)
    town.serve({"/leistungen": list_page([D + "a"])})
    town.serve({D + "a": body}, f"text/html; charset={declared}")
    assert town.read().titles == ["Bürgergeld für Gärtner beantragen"]


def test_letters_and_pages_of_a_list_are_all_read(town: Town) -> None:
    empty = list_page([])
    town.serve(
        {"/leistungen": empty, D + "1": service("Hund anmelden"), D + "2": service("Wohngeld beantragen")}
    )
    letters: list[str] = []

    def letter(call: object) -> None:
        query = call.target.partition("?")[2]  # type: ignore[attr-defined]
        letters.append(query)
        bodies = {
            "buchstabe=H": list_page(["?buchstabe=H&seite=2", D + "1"]),
            "buchstabe=H&seite=2": list_page([D + "2"]),
        }
        call.answer(bodies.get(query, empty), Content_Type="text/html")  # type: ignore[attr-defined]

    town.server.add("/az", letter)
    night = town.read(lists=[town.server.url("/az?buchstabe={A..Z}")])
    assert len(letters) == 29 + 1
    assert night.titles == ["Hund anmelden", "Wohngeld beantragen"]
    assert night.scope == "everything"


def test_a_letter_that_cannot_be_read_leaves_everything_else_but_no_absence(town: Town) -> None:
    town.serve({"/a": list_page([D + "1"]), "/b": list_page([]), D + "1": service("Hund anmelden")})
    town.server.misbehave("/b", "status=403")
    night = town.read(lists=[town.server.url("/{a,b}")])
    assert night.titles == ["Hund anmelden"]
    assert night.scope == "part"
    assert "crawl_lists_unread" in night.issues


def test_a_list_that_turned_into_an_error_page_is_no_absence(town: Town) -> None:
    broken = page("Fehler", "<h1>Seite nicht gefunden</h1><p>Die Seite konnte nicht gefunden werden.</p>")
    town.serve({"/a": list_page([D + "1"]), "/b": broken, D + "1": service("Hund anmelden")})
    night = town.read(lists=[town.server.url("/{a,b}")])
    assert night.scope == "part"
    assert "site_list_broken" in night.issues


def test_an_error_page_under_a_good_status_is_no_service_and_is_counted(town: Town) -> None:
    names = [f"{D}{number}" for number in range(30)]
    town.serve({"/leistungen": list_page([*names, D + "weg"])})
    town.serve({name: service(f"Hund Nummer {number} anmelden") for number, name in enumerate(names)})
    town.serve(
        {
            D + "weg": page(
                "Dienstleistung", "<h1>Fehler 404</h1><p>Die Seite konnte nicht gefunden werden.</p>"
            )
        }
    )
    night = town.read()
    assert len(night.offerings) == 30
    assert "site_page_error" in night.issues
    assert night.scope == "everything"


def test_many_error_pages_under_a_good_status_are_a_doubt(town: Town) -> None:
    town.serve({"/leistungen": list_page([D + "1", D + "2"]), D + "1": service("Hund anmelden")})
    town.serve(
        {
            D + "2": page(
                "Wartung",
                "<h1>Wartungsarbeiten</h1><p>Unsere Website ist wegen Wartungsarbeiten nicht erreichbar.</p>",
            )
        }
    )
    night = town.read()
    assert "site_many_errors" in night.issues
    assert night.scope == "part"


def test_pages_of_other_municipalities_are_never_opened_and_counted(town: Town) -> None:
    own, foreign = D + "hund?selected_kommune=21750", D + "hund?selected_kommune=99999"
    town.serve({"/leistungen": list_page([own, foreign]), D + "hund": service("Hund anmelden")})
    night = town.read(own_tenants=["21750"])
    assert foreign not in town.asked
    assert night.titles == ["Hund anmelden"]
    assert "site_tenant_foreign" in night.issues


def test_links_that_start_a_transaction_sign_in_or_manage_the_site_are_never_opened(town: Town) -> None:
    closed = [
        "/extension/service/call/11-22", "/services/auth-call/5", "/externe-services/call/17", "/login?x=1",
        "/formcycle/form/provide/17", "/intelliform/forms/a", "/wp-admin/x", "/antrag.pdf",
    ]  # fmt: skip
    town.serve({"/leistungen": list_page([*closed, D + "1"]), D + "1": service("Hund anmelden")})
    town.read(include=["/"], exclude=["/kontakt"])
    assert set(town.asked) == {"/robots.txt", "/leistungen", "/", D + "1"}


def test_pages_about_staff_units_and_news_are_not_opened_where_their_address_tells(town: Town) -> None:
    others = [
        "/bso?seite=oe&id=3",
        "/-/egov-bis-detail/mitarbeiter/17/show",
        "/-/egov-bis-detail/einrichtung/4/show",
    ]
    town.serve(
        {"/leistungen": list_page([*others, "/bso?seite=angebot&id=17"]), "/bso": service("Hund anmelden")}
    )
    night = town.read(include=[])
    assert "/bso?seite=angebot&id=17" in town.asked
    assert not {"/bso?seite=oe&id=3", *others[1:]} & set(town.asked)
    assert night.titles == ["Hund anmelden"]


def test_a_page_in_easy_language_is_no_second_service(town: Town) -> None:
    easy = page(
        "Leichte Sprache",
        "<h1>Hund an·melden in Leichter Sprache</h1><p>Das ist Leichte Sprache. Sie haben einen Hund. "
        "Sie müssen Hunde·steuer zahlen.</p>",
    )
    town.serve(
        {
            "/leistungen": list_page([D + "hund", D + "leichte-sprache/hund"]),
            D + "hund": service("Hund anmelden"),
            D + "leichte-sprache/hund": easy,
        }
    )
    night = town.read()
    assert night.titles == ["Hund anmelden"]
    assert "site_page_easy_language" in night.issues


def test_a_page_that_does_not_want_to_be_evaluated_is_not(town: Town) -> None:
    head = '<meta name="robots" content="noindex,follow">'
    town.serve(
        {
            "/leistungen": list_page([D + "1", D + "2"], head),
            D + "1": service("Hund anmelden"),
            D + "2": service("Wohngeld beantragen", head=head),
        }
    )
    night = town.read()
    assert night.titles == ["Hund anmelden"]
    assert night.scope == "part"


def test_a_sitemap_alone_is_never_everything_unless_somebody_says_so(town: Town) -> None:
    body = f"<urlset><url><loc>{town.server.url(D + '1')}</loc></url></urlset>".encode()
    town.serve({"/start": page("Start", "<h1>Willkommen</h1>"), D + "1": service("Hund anmelden")})
    town.server.add("/sitemap.xml", body)
    given = {"lists": [], "start": town.server.url("/start"), "sitemap": "auto"}
    assert town.read(**given).titles == ["Hund anmelden"]
    assert town.read(**given).scope == "part"
    assert town.read(**given, sitemap_is_complete=True).scope == "everything"


def test_a_service_that_went_online_says_so_the_next_night(town: Town) -> None:
    town.serve(
        {
            "/leistungen": list_page([D + "1", D + "2"]),
            D + "1": service("Hund anmelden"),
            D + "2": service("Wohngeld beantragen"),
        }
    )
    first = town.read()
    town.serve({D + "1": service("Hund anmelden", ONLINE.format(7))})
    second = town.read(first.memory)
    assert [offering.status for offering in first.offerings] == [Status.DESCRIBED] * 2
    assert [offering.status for offering in second.offerings] == [Status.ONLINE, Status.DESCRIBED]
    assert [offering.ref for offering in first.offerings] == [offering.ref for offering in second.offerings]
    assert first.delivery.digest != second.delivery.digest


def test_two_nights_of_the_same_pages_are_one_delivery_and_nothing_is_parsed_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.serve({"/leistungen": list_page([D + "1"]), D + "1": service("Hund anmelden", ONLINE.format(1))})
    first = town.read()

    def fail(*arguments: object) -> None:
        pytest.fail("a page was parsed that is known")

    monkeypatch.setattr("connectors.site_outcome.read_page", fail)
    monkeypatch.setattr("connectors.site_strategy.find_links", fail)
    second = town.read(first.memory)
    assert second.delivery.digest == first.delivery.digest
    assert second.offerings == first.offerings
    assert town.read(second.memory).memory == second.memory


def test_more_rules_make_another_delivery_and_read_everything_again(town: Town, tmp_path: Path) -> None:
    town.serve({"/leistungen": list_page([D + "1"]), D + "1": service("Hund anmelden")})
    rules = tmp_path / "regeln.toml"
    rules.write_text('[[title]]\nuse = "prefix"\npatterns = ["hund "]\norigin = "test"\n', encoding="utf-8")
    first = town.read()
    second = town.read(first.memory, rules=str(rules))
    assert second.delivery.digest != first.delivery.digest
    assert "if-none-match" not in town.server.requests[-1].headers


def test_the_date_of_the_server_counts_where_the_page_shows_none(town: Town) -> None:
    town.serve({"/leistungen": list_page([D + "1"]), D + "1": service("Hund anmelden")})
    assert town.read().offerings[0].observed_at == "2026-01-06T02:30:00+00:00"


def test_where_robots_txt_fails_nothing_is_asked_and_the_source_is_tried_again(town: Town) -> None:
    town.serve({"/leistungen": list_page([D + "1"])})
    town.server.misbehave("/robots.txt", "status=503")
    with pytest.raises(RetryLater) as caught:
        town.read()
    assert caught.value.code == "crawl_robots_unreachable"
    assert set(town.asked) == {"/robots.txt"}


def test_a_maintenance_page_instead_of_the_list_is_no_list(town: Town) -> None:
    town.serve({"/leistungen": b"<!DOCTYPE html><html><body><h1>Wartung</h1></body></html>"})
    with pytest.raises(RejectDelivery) as caught:
        town.read()
    assert caught.value.code == "crawl_without_links"


def test_a_check_opens_one_page_and_says_how_the_site_is_read(town: Town) -> None:
    town.serve({"/leistungen": list_page([])})
    town.server.add("/robots.txt", b"User-agent: *\nCrawl-delay: 5\n")
    url = town.server.url("/leistungen")
    check = SiteConnector(settings(lists=url), town.fetcher).check()
    assert (check.ok, check.code, check.params) == (
        True,
        "site_reachable",
        {"url": url, "delay": 5, "lists": 1},
    )
    assert town.asked == ["/robots.txt", "/leistungen"]


def test_a_check_tells_that_robots_are_not_wanted(town: Town) -> None:
    town.server.add("/robots.txt", b"User-agent: *\nDisallow: /\n")
    check = SiteConnector(settings(lists=town.server.url("/leistungen")), town.fetcher).check()
    assert (check.ok, check.code) == (False, "site_blocked")
    assert town.asked == ["/robots.txt"]
