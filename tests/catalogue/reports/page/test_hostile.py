"""A list full of markup, script and controls of direction, as a page shows it."""

from __future__ import annotations

import csv
from collections.abc import Iterator

import pytest

from catalogue.reports.filters import Filters
from catalogue.reports.page.frame import Options
from catalogue.reports.page.pieces import MOST_BYTES
from catalogue.reports.page.site import build_site
from catalogue.store import open_store
from tests.catalogue.reports.page.reading import NOW, Site, nobody, text_of
from tests.databases import Databases
from tests.sample_region import copy_region, sync_region

KEY = "99001009004000"  # of service 10110, in the theme Bauen & Wohnen
SCRIPT = "<script>alert(1)</script>"
TITLES = (
    SCRIPT,
    "\"><img src=x onerror=alert(1)> & 'mehr'",
    "{{ 7 * 7 }}{% raw %}",
    "Sperrmüll\u202etxet\u2066 mit \u200fRichtung",
    "H" + "\u0316\u0317\u0318\u0319\u031c\u0301\u0302\u0303" * 20,
    "W" * 5_000,
    "</title></svg><!--",
)
LINKS = (
    "https://stadt.example/antrag?a=1&b=<x>",
    "https://stadt.example/\"onmouseover='alert(1)'",
    "https://bank.example@stadt.example/antrag",
    "https://stadt.example/" + "x" * 3_000,
    "https://stadt.example/\u202etxt.exe",
)


CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")


@pytest.fixture(scope="module")
def hostile(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site of a region with a hostile list, title, unit and name of a source."""
    folder = tmp_path_factory.mktemp("hostile")
    region = copy_region(folder / "files")
    region.write_text(
        region.read_text(encoding="utf-8").replace('"Musterportal"', f'"{SCRIPT} Portal"'), encoding="utf-8"
    )
    with (region.parent / "portal.csv").open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream, delimiter=";")
        rows.writerow(["ars", "leika", "titel", "status", "link", "stelle"])
        for title in TITLES:
            for link in LINKS:
                rows.writerow(["055120000000", KEY, title, "online", link, title])
    with databases.sqlite(folder, reference=True) as url:
        store = open_store(url)
        sync_region(store, region)
        filters = Filters(areas=("Bottrop",), themes=("Bauen & Wohnen",))
        report = build_site(store, folder / "seite", Options(title=SCRIPT, filters=filters), NOW, nobody)
        yield Site(folder / "seite", store, report)
        store.close()


def test_markup_from_a_feed_is_text(hostile: Site) -> None:
    for name in hostile.pages():
        root = hostile.page(name)
        assert [one.get("src", "").rpartition("/")[2] for one in root.iter("script")] == ["seite.js"], name
        assert list(root.iter("img", "iframe")) == []
        assert [key for one in root.iter() for key in one.attrib if key.startswith("on")] == []
    shown = "".join(text_of(hostile.page(name)) for name in hostile.pages())
    assert SCRIPT in shown
    assert "onerror=alert(1)" in shown
    assert "{{ 7 * 7 }}" in shown


def test_the_title_of_the_site_is_text(hostile: Site) -> None:
    assert text_of(hostile.page("index.html").xpath("//p[@class='site']")[0]) == SCRIPT


def test_no_page_has_controls_of_direction(hostile: Site) -> None:
    for name in hostile.pages():
        content = (hostile.folder / name).read_text(encoding="utf-8")
        assert not set(content) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f"), (
            name
        )
        assert max(map(len, content.replace("&", " ").split()), default=0) < 2_500, name


def test_only_plain_web_addresses_are_links(hostile: Site) -> None:
    links = {
        link.get("href")
        for name in hostile.pages()
        for link in hostile.page(name).iter("a")
        if ":" in link.get("href")
    }
    assert "https://stadt.example/antrag?a=1&b=<x>" in links
    assert all(link.startswith("https://stadt.example/") for link in links)
    assert max(map(len, links)) < 2_000


def test_no_page_grows_without_bounds(hostile: Site) -> None:
    assert hostile.report.largest <= MOST_BYTES
    cell = hostile.page("belege/gemeinde-055120000000/bauen-wohnen.html").get_element_by_id("l10110")
    assert len(cell.xpath(".//ul[@class='trail']/li")) == 8
    assert "weitere Angebote" in text_of(cell)
