"""The site works from disk and from any web server, without the network and without JavaScript."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urldefrag

import lxml.html
import pytest
from playwright.sync_api import Browser

from tests.browser.visit import KINDS, Visitor

MOST_BYTES = 400_000
WORDS = "() => document.querySelector('main').innerText.replace(/\\s+/g, ' ').trim()"
#: What only the script adds.
WITHOUT_FILTERS = "() => document.querySelectorAll('.filter').forEach(one => one.remove())"


@pytest.mark.parametrize("place", ["disk", "server"])
def test_no_page_asks_for_anything_from_elsewhere(
    browser: Browser, site_address: str, served: str, place: str
) -> None:
    address = site_address if place == "disk" else served
    with Visitor.of(browser, address) as visitor:
        for name in KINDS.values():
            page = visitor.open(name)
            # The style has arrived: the link to the contents waits outside of the window.
            assert page.locator(".skip").bounding_box()["x"] < -100, name  # type: ignore[index]
        assert visitor.troubles == []
        assert len(visitor.requested) >= 2 * len(KINDS)


def test_what_is_not_to_be_on_a_page_is_noticed(browser: Browser, site_address: str) -> None:
    with Visitor.of(browser, site_address) as visitor:
        page = visitor.open("index.html")
        page.evaluate("""() => {
            const script = document.createElement('script');
            script.textContent = "window.ran = true";
            const picture = document.createElement('img');
            picture.src = 'https://elsewhere.example/pixel.png';
            document.body.append(script, picture);
        }""")
        page.evaluate("alert('Hallo')")
        # The policy keeps both from happening, and all of it is noticed.
        assert page.evaluate("[window.ran, document.images[0].naturalWidth]") == [None, 0]
        told = " ".join(one for one in visitor.troubles if one.startswith("console: "))
        assert "script-src 'self'" in told
        assert "img-src 'self' data:" in told
        assert "dialog: Hallo" in visitor.troubles
        assert "left the site: https://elsewhere.example/pixel.png" in visitor.troubles


def test_without_javascript_nothing_is_missing(browser: Browser, site_address: str) -> None:
    plain_words: dict[str, str] = {}
    with Visitor.of(browser, site_address, java_script_enabled=False) as visitor:
        for kind, name in KINDS.items():
            plain_words[kind] = visitor.open(name).evaluate(WORDS)
            assert visitor.page.locator(".filter").count() == 0
        assert visitor.troubles == []
    with Visitor.of(browser, site_address) as visitor:
        filters = 0
        for kind, name in KINDS.items():
            page = visitor.open(name)
            filters += page.locator(".filter").count()
            page.evaluate(WITHOUT_FILTERS)
            assert page.evaluate(WORDS) == plain_words[kind], kind
    assert filters >= 5


def test_without_javascript_links_lead_to_their_place(browser: Browser, site_address: str) -> None:
    with Visitor.of(browser, site_address, java_script_enabled=False) as visitor:
        page = visitor.open("leistungen.html")
        page.locator("nav.inside a", has_text="Familie & Kind").click()
        page.wait_for_url("**/leistungen.html#familie-kind")
        assert page.locator("h2#familie-kind").bounding_box()["y"] < 100  # type: ignore[index]
        page.locator("section[aria-labelledby=familie-kind] a", has_text="Eheschließung").first.click()
        page.locator(".holders a", has_text="Belege").first.click()
        assert page.locator(".cell:target").count() == 1


def test_every_link_of_the_site_leads_to_a_place_that_is_there(site: Path) -> None:
    pages = {path: lxml.html.parse(str(path)).getroot() for path in site.rglob("*.html")}
    places = {path: root.xpath("//@id") for path, root in pages.items()}
    twice = [path.name for path, ids in places.items() if len(ids) > len(set(ids))]
    broken = []
    for path, root in pages.items():
        for link in root.xpath("//a/@href | //link/@href | //script/@src"):
            target, place = urldefrag(link)
            if "://" in target:
                continue
            aim = (path.parent / target).resolve() if target else path
            if not aim.is_file() or (place and place not in places[aim]):
                broken.append((path.name, link))
    assert (twice, broken) == ([], [])
    assert {site / name for name in KINDS.values()} <= set(pages)


def test_no_page_is_slow_to_load(site: Path) -> None:
    sizes = {path.name: path.stat().st_size for path in site.rglob("*.html")}
    assert {name: size for name, size in sizes.items() if size > MOST_BYTES} == {}
