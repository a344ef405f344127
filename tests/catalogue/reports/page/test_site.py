from __future__ import annotations

import re
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import update

from catalogue.errors import NotFound
from catalogue.reports.cells import cells
from catalogue.reports.coverage import coverage
from catalogue.reports.filters import Filters
from catalogue.reports.gaps import gaps
from catalogue.reports.page import site as site_module
from catalogue.reports.page.frame import Options
from catalogue.reports.page.pieces import MOST_BYTES
from catalogue.reports.page.places import REGION_PAGES, anchor, area_page, service_page
from catalogue.reports.page.setting import POLICY
from catalogue.reports.page.site import build_site
from catalogue.store import Store, open_store
from catalogue.tables import source
from tests.catalogue.reports.page.reading import NOW, THEMES, Site, nobody, text_of

GLADBECK = "gebiete/gemeinde-055620014014.html"
ALL = Filters(themes=THEMES)
ONE = Filters(areas=("Gladbeck",), themes=THEMES)
SMALL = Filters(areas=("Gladbeck", "Bottrop"), themes=("Recht & Ordnung",))


def test_every_link_within_the_site_leads_to_a_place_that_is_there(site: Site) -> None:
    pages = set(site.pages())
    places = {name: {one.get("id") for one in site.page(name).iter() if one.get("id")} for name in pages}
    broken = {
        (name, target, place)
        for name in pages
        for target, place in site.links(name)
        if target not in pages or (place and place not in places[target])
    }
    assert broken == set()


def test_every_page_can_be_reached_from_the_first(site: Site) -> None:
    found, waiting = {"index.html"}, ["index.html"]
    while waiting:
        for target, _ in site.links(waiting.pop()):
            if target not in found:
                found.add(target)
                waiting.append(target)
    assert found == set(site.pages())


def test_places_on_a_page_have_names_of_their_own(site: Site) -> None:
    for name in site.pages():
        taken = Counter(one.get("id") for one in site.page(name).iter() if one.get("id"))
        assert [place for place, count in taken.items() if count > 1] == [], name


def test_nothing_is_loaded_from_elsewhere_and_nothing_runs_in_the_page(site: Site) -> None:
    for name in site.pages():
        root = site.page(name)
        policies = root.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
        assert policies == [POLICY], name
        loaded = [one.get("src") or one.get("href") for one in root.iter("script", "link", "img", "iframe")]
        assert all(re.fullmatch(r"(\.\./)*assets/[a-z]+\.(css|js|svg)", str(one)) for one in loaded), name
        assert [one.text for one in root.iter("script") if one.text] == []
        assert list(root.iter("style", "form", "object", "embed", "base")) == []
        inline = [key for one in root.iter() for key in one.attrib if key == "style" or key.startswith("on")]
        assert inline == [], name


def test_links_out_of_the_site_are_web_addresses_that_learn_nothing(site: Site) -> None:
    outside = [
        link
        for name in site.pages()
        for link in site.page(name).iter("a")
        if ":" in link.get("href") and not link.get("href").startswith("#")
    ]
    assert outside
    assert {link.get("href").partition(":")[0] for link in outside} <= {"http", "https"}
    assert {link.get("rel") for link in outside} == {"noopener noreferrer"}


def test_every_page_has_a_language_a_title_of_its_own_and_one_heading(site: Site) -> None:
    titles: Counter[str] = Counter()
    for name in site.pages():
        root = site.page(name)
        assert root.get("lang") == "de"
        assert [one.get("id") for one in root.iter("main")] == ["inhalt"]
        assert len(list(root.iter("h1"))) == 1, name
        titles[root.findtext("head/title")] += 1
    assert [title for title, count in titles.items() if count > 1] == []


def test_every_table_has_a_caption_and_headers_with_their_scope(site: Site) -> None:
    for name in site.pages():
        for table in site.page(name).iter("table"):
            assert table.findtext("caption"), name
            assert {head.get("scope") for head in table.iter("th")} <= {"col", "row"}, name


def test_no_page_is_too_large_and_the_report_says_how_large(site: Site) -> None:
    sizes = {name: (site.folder / name).stat().st_size for name in site.pages()}
    assert max(sizes.values()) <= MOST_BYTES
    assert site.report.pages == len(sizes)
    assert site.report.bytes == sum(sizes.values())
    assert site.report.largest == max(sizes.values()) == sizes[site.report.largest_page]
    assert (site.report.areas, site.report.services) == (4, 95)


def test_the_region_shows_the_figures_of_coverage(site: Site) -> None:
    with site.store.read() as connection:
        total = coverage(connection, ALL)[-1]
        of_theme = coverage(connection, Filters(themes=("Bauen & Wohnen",)))
    shown = text_of(site.page("index.html"))
    assert f"{total.any_count} von {total.cells}" in shown
    assert f"{total.own_count} von {total.cells}" in shown
    assert f"Es gibt {total.gaps} Lücken" in shown
    assert f"Bei {total.unknown} von {total.cells} Leistungen ist nicht bekannt" in shown
    table = site.page("index.html").xpath("//table[contains(caption, 'Städte')]")[0]
    column = [text_of(head) for head in table.xpath("thead/tr/th")].index("Bauen & Wohnen")
    rows = {text_of(row[0]): text_of(row[column]) for row in table.xpath("tbody/tr")}
    for row in of_theme[:-1]:
        if row.level == "gemeinde":
            low, high = rows[row.area].split("–") if "–" in rows[row.area] else [rows[row.area]] * 2
            # A bound is rounded outwards; a figure without bounds to the nearest.
            slack = 0 if low != high else 0.5
            assert int(low) - slack <= 100 * (row.any_share or 0) <= int(low) + 1 - slack
            assert int(high) - 1 + slack <= 100 * (row.any_upper or 0) <= int(high) + slack


@pytest.mark.parametrize("definition", REGION_PAGES)
def test_each_definition_has_a_page_that_says_which_it_is(site: Site, definition: str) -> None:
    root = site.page(REGION_PAGES[definition])
    current = root.xpath("//nav[@class='tabs']//a[@aria-current='page']")
    assert [link.get("href").partition("#")[0] for link in current] == [REGION_PAGES[definition]]


def test_what_was_not_measured_is_not_shown_as_nothing(site: Site) -> None:
    root = site.page(REGION_PAGES["checked"])
    assert "noch nichts gemessen" in text_of(root)
    assert root.xpath("//div[contains(@class, 'heat')]") == []


def test_an_area_lists_each_of_its_gaps_once(site: Site) -> None:
    with site.store.read() as connection:
        found = gaps(connection, ONE)
    listed = site.page(GLADBECK).xpath("//ol[@class='gaps']/li//h3/a/@href")
    assert sorted(listed) == sorted(f"../{service_page(row.ozg_id)}" for row in found.rows)


def test_an_area_lists_each_of_its_unknown_services_with_the_reason(site: Site) -> None:
    with site.store.read() as connection:
        rows = cells(connection, replace(ONE, statuses=("unknown",)))
    unknown = [row for row in rows if row.competent == "yes"]
    section = site.page(GLADBECK).xpath("//section[@aria-labelledby='unbekannt']")[0]
    assert len(section.xpath(".//li")) == len(unknown) > 0
    assert f"Bei {len(unknown)} von" in text_of(section)


def test_every_cell_has_its_evidence_with_its_status(site: Site) -> None:
    with site.store.read() as connection:
        stored = {(row.ars, row.level, row.ozg_id): row.status for row in cells(connection, ALL)}
    shown = {}
    for name in site.pages():
        if name.startswith("belege/"):
            level, _, ars = name.split("/")[1].partition("-")
            for section in site.page(name).xpath("//section[@class='cell']"):
                badge = section.xpath(".//span[contains(@class, 'status')]")[0]
                shown[ars, level, section.get("id")] = badge.get("class").split()[1]
    assert shown == {(ars, level, anchor(ozg_id)): status for (ars, level, ozg_id), status in stored.items()}


def test_evidence_leads_from_the_offer_to_source_record_and_delivery(site: Site) -> None:
    section = site.page("belege/gemeinde-055120000000/bauen-wohnen.html").get_element_by_id(anchor("10110"))
    shown = text_of(section)
    assert "Sperrmüll Entsorgung" in shown
    assert "gelesen 02.11.2026" in shown
    assert re.search("Lieferung [0-9a-f]{12}, Prüfsumme [0-9a-f]{16}", shown)
    assert section.xpath(".//a[@href='https://service.bottrop.example/sperrmuell']")
    assert section.xpath(".//a[contains(@href, 'quellen.html#q-portal')]")


def test_a_service_names_who_has_it_and_who_lacks_it(site: Site) -> None:
    root = site.page(service_page("10110"))
    has = root.xpath("//section[@aria-labelledby='haben']//li/a[1]")
    lacks = root.xpath("//section[@aria-labelledby='fehlt']//li/a[1]")
    assert [text_of(link) for link in has] == ["Bottrop"]
    assert sorted(text_of(link) for link in lacks) == ["Gladbeck", "Recklinghausen"]
    titles = root.xpath("//details[contains(summary, 'Angenommene Titel')]//li")
    assert "Sperrmüll anmelden" in " ".join(map(text_of, titles))


def test_the_counts_of_a_service_add_up_to_the_areas(site: Site) -> None:
    table = site.page(service_page("10110")).xpath("//section[@aria-labelledby='stand']//table")[0]
    parts = [[int(text_of(one)) for one in row.xpath("td")] for row in table.xpath("tbody/tr")]
    assert [sum(column) for column in zip(*parts, strict=True)] == [
        int(text_of(one)) for one in table.xpath("tfoot/tr/td")
    ]
    assert sum(map(sum, parts)) == site.report.areas


def test_the_same_data_give_the_same_bytes_however_many_processes_write(
    region_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site_module, "FEW_AREAS", 1)
    for processes in (1, 2):
        options = Options(processes=processes, filters=SMALL)
        build_site(region_store, tmp_path / str(processes), options, NOW, nobody)
    assert contents(tmp_path / "1") == contents(tmp_path / "2")


def contents(folder: Path) -> dict[str, bytes]:
    """Return everything in a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.mark.parametrize("region_store", ["sqlite"], indirect=True)
def test_a_commit_during_the_build_never_mixes_two_states(
    region_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect(str(region_store.engine.url.database))) as known:
        known.execute("VACUUM INTO ?", (str(tmp_path / "copy.sqlite"),))
    monkeypatch.setattr(site_module, "FEW_AREAS", 1)
    store = open_store(f"sqlite:///{tmp_path / 'copy.sqlite'}")
    told: list[int] = []

    def commit_once(done: int, total: int) -> None:
        if not told:
            with store.write() as connection:
                connection.execute(update(source).values(name="Umbenannt"))
        told.append(done)

    options = Options(processes=2, filters=SMALL)
    report = build_site(store, tmp_path / "seite", options, NOW, commit_once)
    store.close()
    total = report.areas + report.services
    # It began again, in one process, which tells of every page and not of shares.
    assert told[-total:] == list(range(1, total + 1))
    assert told.count(total) == 2
    root = Site(tmp_path / "seite", store, report).page("quellen.html")
    assert {text_of(one) for one in root.iter("h2")} == {"Umbenannt"}


def test_a_site_of_one_area_says_so(site: Site, tmp_path: Path) -> None:
    options = Options(language="en", title="<Town> & co", filters=ONE)
    report = build_site(site.store, tmp_path / "seite", options, NOW, nobody)
    assert report.areas == 1
    small = Site(tmp_path / "seite", site.store, report)
    root = small.page("index.html")
    assert root.get("lang") == "en"
    assert text_of(root.xpath("//p[@class='site']")[0]) == "<Town> & co"
    assert "1 area and 95 services" in text_of(root)
    assert [name for name in small.pages() if name.startswith("gebiete/")] == [
        area_page("055620014014", "gemeinde")
    ]


def test_a_moment_of_the_past_is_shown_without_evidence_of_today(site: Site, tmp_path: Path) -> None:
    filters = replace(ONE, as_of=NOW.replace(hour=23))
    later = NOW.replace(day=20)
    report = build_site(site.store, tmp_path / "seite", Options(filters=filters), later, nobody)
    past = Site(tmp_path / "seite", site.store, report)
    page = past.page("belege/gemeinde-055620014014/bauen-wohnen.html")
    assert "früherer Stand" in text_of(page)
    assert page.xpath("//ul[@class='trail']") == []
    assert "Keine Quelle zeigt ein Angebot" not in text_of(page)


def test_the_trend_ends_with_the_moment_of_the_page(site: Site, tmp_path: Path) -> None:
    report = build_site(site.store, tmp_path / "seite", Options(filters=ONE), NOW.replace(day=6), nobody)
    root = Site(tmp_path / "seite", site.store, report).page("index.html")
    assert text_of(root.xpath("//svg[@class='chart']/text")[-1]) == "06.11.2026"


def test_the_old_site_stays_if_the_question_is_wrong(site: Site, tmp_path: Path) -> None:
    filters = Filters(areas=("Atlantis",))
    with pytest.raises(NotFound):
        build_site(site.store, tmp_path / "seite", Options(filters=filters), NOW, nobody)
    assert list(tmp_path.iterdir()) == []


def test_workbooks_are_linked_where_they_were_written(site: Site, tmp_path: Path) -> None:
    def write(_connection: object, folder: Path) -> dict[tuple[str, str], str]:
        (folder / "arbeitsmappen").mkdir()
        (folder / "arbeitsmappen" / "gladbeck.xlsx").write_bytes(b"x")
        return {("055620014014", "gemeinde"): "arbeitsmappen/gladbeck.xlsx"}

    options = Options(filters=ONE)
    report = build_site(site.store, tmp_path / "seite", options, NOW, nobody, write)
    root = Site(tmp_path / "seite", site.store, report).page(GLADBECK)
    assert root.xpath("//a[@download]/@href") == ["../arbeitsmappen/gladbeck.xlsx"]
    assert (tmp_path / "seite" / "arbeitsmappen" / "gladbeck.xlsx").read_bytes() == b"x"
