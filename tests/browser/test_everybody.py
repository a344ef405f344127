"""Every kind of page can be used by everybody: with a screen reader, enlarged, on paper, without motion."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page

from tests.browser.visit import KINDS, NARROW, WIDE, Visitor

#: Every rule that axe knows, those of WCAG 2.1 A and AA among them. It may not fetch the style again.
RULES = {"resultTypes": ["violations"], "preload": False}
#: The width of a sheet of A4 between the margins that the style sets, at 96 pixels to the inch.
SHEET = 688
#: What WCAG 2.1, 1.4.12 lets readers set, for everything.
SPACED = """
() => {
  const style = new CSSStyleSheet();
  style.replaceSync(`
    * { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
    p { margin-bottom: 2em !important }`);
  document.adoptedStyleSheets = [style];
}
"""
#: What reaches beyond the right edge of the window; what a reader can scroll to is no part of it.
OUTSIDE = """
() => [...document.querySelectorAll('body *')]
  .filter(one => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1
    && !one.closest('.hidden, .skip')
    && getComputedStyle(one.closest('.scroll') ?? one).overflowX !== 'auto')
  .map(one => `${one.tagName} ${one.textContent.trim().slice(0, 60)}`)
"""
#: What is cut off: boxes whose contents are larger, and that neither show the rest nor let it be scrolled to.
CUT_OFF = """
() => [...document.querySelectorAll('body *')]
  .filter(one => (one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== 'visible')
    || (one.scrollHeight > one.clientHeight + 1 && getComputedStyle(one).overflowY === 'hidden'))
  .filter(one => !one.closest('.hidden, svg, select') && getComputedStyle(one).display !== 'inline'
    && getComputedStyle(one).overflowX !== 'auto')
  .map(one => `${one.tagName}.${one.className} ${one.textContent.trim().slice(0, 60)}`)
"""
#: Boxes that scroll, with what is left of their contents beside them.
SCROLLING = """
() => [...document.querySelectorAll('.scroll')]
  .filter(one => one.scrollWidth > one.clientWidth + 1)
  .map(one => one.textContent.trim().slice(0, 60))
"""


def violations(page: Page) -> list[str]:
    """Return what axe holds against a page, each with the first element it is about."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {len(one['nodes'])}, {one['nodes'][0]['html'][:200]}" for one in found]


def open_all(page: Page) -> None:
    """Open what is closed: it has to be as good as what is open."""
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")


def all_open(visitor: Visitor) -> Iterator[tuple[str, Page]]:
    """Open a page of each kind, and what is closed on it."""
    for kind, name in KINDS.items():
        page = visitor.open(name)
        open_all(page)
        yield kind, page


def misfits(visitor: Visitor, page: Page, width: int) -> list[str]:
    """Return what is wider than the window or cut off in it, if the window has this width."""
    visitor.resize(width, 800)
    needed = page.evaluate("document.documentElement.scrollWidth")
    found: list[str] = page.evaluate(OUTSIDE) + page.evaluate(CUT_OFF)
    return [f"wider {needed}", *found] if needed > width else found


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_keeps_anybody_out(visitor: Visitor, kind: str) -> None:
    page = visitor.open(KINDS[kind])
    open_all(page)
    for size in (WIDE, NARROW):
        visitor.resize(*size)
        assert violations(page) == [], size


def test_what_would_keep_somebody_out_is_found(visitor: Visitor) -> None:
    page = visitor.open("index.html")
    page.evaluate("document.documentElement.removeAttribute('lang')")
    page.evaluate("document.querySelector('h1').style.color = '#eee'")
    assert {one.partition(":")[0] for one in violations(page)} == {"html-has-lang", "color-contrast"}


def test_no_page_is_wider_than_the_window(visitor: Visitor) -> None:
    # The narrowest is the widest one at four times its size, as WCAG 2.1, 1.4.10 asks for.
    widths = (1280, 390, 320)
    assert {
        (kind, width): wrong
        for kind, page in all_open(visitor)
        for width in widths
        if (wrong := misfits(visitor, page, width))
    } == {}


def test_wider_letters_and_lines_cut_nothing_off(visitor: Visitor) -> None:
    found = {}
    for kind, page in all_open(visitor):
        before = page.locator("h1").bounding_box()
        page.evaluate(SPACED)
        assert page.locator("h1").bounding_box() != before
        found[kind] = misfits(visitor, page, NARROW[0])
    assert {kind: wrong for kind, wrong in found.items() if wrong} == {}


def test_paper_has_room_for_everything(visitor: Visitor) -> None:
    visitor.page.emulate_media(media="print")
    found = {}
    for kind, page in all_open(visitor):
        found[kind] = misfits(visitor, page, SHEET) + page.evaluate(SCROLLING)
        assert not page.locator(".top nav").is_visible()
    assert {kind: wrong for kind, wrong in found.items() if wrong} == {}


def test_what_does_not_fit_is_found(visitor: Visitor) -> None:
    page = visitor.open("index.html")
    page.evaluate("document.querySelector('h1').style.whiteSpace = 'nowrap'")
    page.evaluate("""() => {
        const lead = document.querySelector('.lead');
        Object.assign(lead.style, { overflow: 'hidden', height: '1em' });
    }""")
    wrong = misfits(visitor, page, 320)
    assert [one.split()[0] for one in wrong] == ["wider", "P.lead"]


def test_a_page_becomes_sheets_of_a4(visitor: Visitor) -> None:
    paper = visitor.open("index.html").pdf(prefer_css_page_size=True)
    sizes = {tuple(map(float, found.split())) for found in re.findall(rb"/MediaBox \[([\d. ]+)\]", paper)}
    assert {(round(width), round(height)) for _, _, width, height in sizes} == {(595, 842)}
    assert 2 <= len(re.findall(rb"/Type /Page\b", paper)) <= 8


@pytest.mark.parametrize(("wish", "behaviour"), [("reduce", "auto"), ("no-preference", "smooth")])
def test_who_wants_no_motion_gets_none(
    browser: Browser, site_address: str, wish: str, behaviour: str
) -> None:
    with Visitor.of(browser, site_address, reduced_motion=wish) as visitor:
        page = visitor.open("index.html")
        assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == behaviour
        assert page.evaluate("document.getAnimations().length") == 0


def test_with_colours_of_the_system_states_are_still_told_apart(browser: Browser, site_address: str) -> None:
    with Visitor.of(browser, site_address, forced_colors="active") as visitor:
        page = visitor.open("methode.html")
        badges = page.locator("dt .status")
        signs = badges.evaluate_all("all => all.map(one => getComputedStyle(one, '::before').content)")
        assert len(set(signs)) == len(signs) == badges.count() == 6
