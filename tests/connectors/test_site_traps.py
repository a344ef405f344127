"""Peculiarities of real websites: hosts, lists made by scripts, several services on a page, old schemes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from catalogue.records import Completeness, Issue, Memory
from connectors.assignment import Assignment
from connectors.contract import Part
from connectors.fetch import Answer, Fetcher, Validators
from connectors.site import SiteConnector
from tests.connectors.site_pages import ONLINE, list_page, page, service
from tests.connectors.site_reading import Town, settings
from tests.faultserver import FaultServer

D = "/dienstleistung/"


@pytest.fixture
def town(server: FaultServer, fetcher: Fetcher, tmp_path: Path) -> Town:
    return Town(server, fetcher, tmp_path, {"include": [D]})


class Files(Fetcher):
    """Answers from a dictionary instead of the network."""

    def __init__(self, pages: dict[str, bytes]) -> None:
        super().__init__()
        self.pages = pages
        self.asked: list[str] = []

    def visit(
        self,
        url: str,
        *,
        limit: int,
        may_follow: Callable[[str], bool],
        validators: Validators | None = None,
    ) -> Answer:
        """Answer from the dictionary."""
        self.asked.append(url)
        headers = {"Content-Length": "1"}
        return Answer(url, 200, headers, self.pages[url], "text/html", "utf-8")

    def probe(self, url: str, *, size: int = 4_096) -> Answer:
        """Allow everything."""
        return Answer(url, 200, {}, b"", "text/plain", None)


def test_old_links_without_encryption_lead_to_the_encrypted_page(tmp_path: Path) -> None:
    host = "www.stadt.example"
    listed = list_page([f"http://{host}{D}1", f"https://{host}{D}1", f"http://{host}:80{D}1/"])
    files = Files({f"https://{host}/az": listed, f"https://{host}{D}1": service("Hund anmelden")})
    own = settings(lists=f"https://{host}/az", include=[D], sitemap="off")
    with files:
        SiteConnector(own, files).acquire(tmp_path)
    assert files.asked == [f"https://{host}/az", f"https://{host}{D}1"]


def test_previews_other_hosts_and_the_bare_host_are_not_opened_unless_named(tmp_path: Path) -> None:
    hosts = ("www.stadt.example", "stadt.example", "p-stadt.portal.example", "mobil.stadt.example")
    listed = list_page(f"https://{host}{D}{number}" for number, host in enumerate(hosts))
    pages = {f"https://{host}{D}{number}": service(f"Hund {number}") for number, host in enumerate(hosts)}
    files = Files({f"https://{hosts[0]}/az": listed, **pages})
    own = settings(lists=f"https://{hosts[0]}/az", include=[D], sitemap="off", hosts=["mobil.stadt.example"])
    with files:
        SiteConnector(own, files).acquire(tmp_path)
    opened = {url for url in files.asked if D in url}
    assert opened == {f"https://{hosts[0]}{D}0", f"https://{hosts[3]}{D}3"}


def test_several_services_on_one_page_are_several_records(town: Town) -> None:
    sections = "".join(
        f'<h2 id="s{number}">{title}</h2><h3>Gebühren</h3><p>{number},00 Euro</p>'
        "<h3>Erforderliche Unterlagen</h3><p>Personalausweis</p>"
        for number, title in enumerate(["Personalausweis beantragen", "Hund anmelden", "Wohnsitz ummelden"])
    )
    town.serve({"/leistungen": list_page([D + "buergerbuero"])})
    town.serve({D + "buergerbuero": page("Bürgerbüro", f"<h1>Bürgerbüro</h1>{sections}")})
    night = town.read()
    assert night.titles == ["Hund anmelden", "Personalausweis beantragen", "Wohnsitz ummelden"]
    assert len({offering.ref for offering in night.offerings}) == 3


def test_a_list_made_by_a_script_is_read_where_its_data_are_in_the_page(town: Town) -> None:
    data = json.dumps({"services": [{"title": "Hund anmelden", "url": D + "1"}]})
    script = f'<div id="app"></div><script type="application/json" id="state">{data}</script>'
    body = f"<!DOCTYPE html><html><head><title>Leistungen A-Z</title></head><body>{script}</body></html>"
    town.serve({"/leistungen": body.encode(), D + "1": service("Hund anmelden")})
    assert town.read().titles == ["Hund anmelden"]


def test_without_patterns_what_the_rules_recognise_is_read_and_what_lies_behind_it_is_not(town: Town) -> None:
    known = "/detail/-/vr-bis-detail/dienstleistung/4711/show"
    town.serve({
        "/leistungen": list_page([known, "/verkehr"]),
        known: service("Hund anmelden", '<a href="/hinter-der-leistung">mehr</a>'),
        "/verkehr": page("Verkehr", '<h1>Verkehr</h1><p>Baustellen <a href="/verkehr/plan">Plan</a></p>'),
        "/verkehr/plan": page("Plan", "<h1>Plan</h1>"),
    })  # fmt: skip
    night = town.read(include=[], exclude=["/kontakt"])
    assert night.titles == ["Hund anmelden"]
    assert {"/verkehr", "/verkehr/plan"} <= set(town.asked)
    assert "/hinter-der-leistung" not in town.asked


def test_pages_are_found_no_deeper_than_allowed(town: Town) -> None:
    for number in range(6):
        town.serve({f"/s{number}": page("Seite", f'<h1>Seite</h1><a href="/s{number + 1}">weiter</a>')})
    town.serve({"/leistungen": list_page(["/s0"])})
    night = town.read(include=[], exclude=["/kontakt"], depth=2)
    assert "/s1" in town.asked
    assert "/s2" not in town.asked
    assert "crawl_too_deep" in night.issues


def test_a_service_whose_link_leads_to_the_start_is_gone_and_no_record(town: Town) -> None:
    names = [f"{D}{number}" for number in range(25)]
    town.serve({"/leistungen": list_page([*names, D + "alt"]), "/": page("Start", "<h1>Willkommen</h1>")})
    town.serve({name: service(f"Hund Nummer {name[-2:]} anmelden") for name in names})
    town.server.add(D + "alt", lambda call: call.answer(b"", "302 Found", Location="/"))
    night = town.read()
    assert len(night.offerings) == 25
    assert "crawl_page_gone" in night.issues
    assert night.scope == "everything"


def test_a_stopped_crawl_leaves_no_delivery(town: Town, tmp_path: Path) -> None:
    town.serve({"/leistungen": list_page([])})
    assignment = Assignment()
    assignment.stop.set()
    connector = SiteConnector(settings(lists=town.server.url("/leistungen")), town.fetcher)
    with pytest.raises(Exception, match="cancelled"):
        connector.acquire(tmp_path, assignment)
    assert town.asked == []


def test_a_sample_opens_no_more_pages_than_it_needs_and_is_never_everything(
    town: Town, tmp_path: Path
) -> None:
    names = [f"{D}{number}" for number in range(20)]
    town.serve({"/a": list_page(names), "/b": list_page([]), "/c": list_page([])})
    town.serve({name: service(f"Hund Nummer {name[-2:]} anmelden") for name in names})
    own = settings(lists=[town.server.url("/{a,b,c}")], include=[D], sitemap="off", expected=[1, 100])
    connector = SiteConnector(own, town.fetcher)
    [part] = connector.acquire(tmp_path, Assignment(limit=3)).parts
    *records, last = connector.read(part)
    assert town.asked == ["/robots.txt", "/a", *names[:3]]
    assert last == Completeness("part")
    assert "crawl_sampled" in {record.kind for record in records if isinstance(record, Issue)}
    assert not any(record.key.startswith("count:") for record in records if isinstance(record, Memory))


def test_a_part_that_is_damaged_is_refused(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "x.crawl"
    path.write_bytes(b"5 5\n{}")
    connector = SiteConnector(settings(lists=town.server.url("/")), town.fetcher)
    with pytest.raises(Exception, match="crawl_part_damaged"):
        list(connector.read(Part("x", path, "", 6)))


def test_only_what_a_page_says_decides_whether_memory_is_of_use() -> None:
    own = settings(lists="https://stadt.example/")
    assert {"delay", "provider", "max_pages", "max_bytes", "depth"} <= own.access
    assert not {"include", "lists", "rules", "areas", "own_tenants", "allowed_gone"} & own.access


def test_an_online_service_is_still_one_when_its_page_is_merged(town: Town) -> None:
    head = f'<link rel="canonical" href="{D}hund">'
    town.serve({
        "/leistungen": list_page([D + "a/hund", D + "b/hund"]),
        D + "a/hund": service("Hund anmelden", ONLINE.format(1), head=head),
        D + "b/hund": service("Hund anmelden", ONLINE.format(2), head=head),
    })  # fmt: skip
    [merged] = town.read().offerings
    assert {link.url for link in merged.links if link.kind == "online"} == {
        "https://portal.beispielstadt.example/antrag/1",
        "https://portal.beispielstadt.example/antrag/2",
    }
