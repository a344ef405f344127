"""What feeds, lists and officers write stays text: nothing runs, nothing is added, nothing is torn apart."""

from __future__ import annotations

import pytest

from tests.browser.region import ATTACKS, SITE_TITLE, Attack
from tests.browser.visit import NARROW, Visitor

#: Where texts of feeds, of lists and of officers stand.
ATTACKED = (
    "gebiete/gemeinde-055120000000.html",
    "gebiete/gemeinde-055620024024.html",
    "leistungen/10126.html",
    "belege/gemeinde-055120000000/bauen-wohnen.html",
    "belege/gemeinde-055120000000/familie-kind.html",
    "quellen.html",
)
#: Elements that no template of ours has, and attributes that would run something.
STRANGE = """
() => [
  ...document.querySelectorAll('img, iframe, object, embed, form, base, style, video, audio, body script'),
  ...[...document.querySelectorAll('*')].filter(one => [...one.attributes].some(each =>
    each.name.startsWith('on') || each.name === 'style'
      || /^\\s*(javascript|data|vbscript):/i.test(each.value))),
].map(one => one.outerHTML.slice(0, 200))
"""
#: Characters that steer: controls, and those that turn the direction of writing.
CONTROLS = """
() => /[\\u0000-\\u0008\\u007f-\\u009f\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]/
  .test(document.documentElement.outerHTML)
"""


@pytest.mark.parametrize("name", ATTACKED)
def test_nothing_is_added_to_a_page(visitor: Visitor, name: str) -> None:
    page = visitor.open(name)
    assert page.evaluate(STRANGE) == []
    assert not page.evaluate(CONTROLS)
    assert page.title().endswith(f" – {SITE_TITLE}")
    assert page.locator("main, h1").count() == 2
    assert page.locator(".site").inner_text() == SITE_TITLE


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.ozg_id)
def test_a_title_of_a_feed_is_read_as_it_was_written(visitor: Visitor, attack: Attack) -> None:
    theme = "familie-kind" if attack.ozg_id in {"10003", "10009", "10016", "10023"} else "bauen-wohnen"
    visitor.resize(*NARROW)
    page = visitor.open(f"belege/gemeinde-055120000000/{theme}.html#l{attack.ozg_id}")
    title = page.locator(".cell:target .trail b", has_text=attack.shown)
    assert title.is_visible()
    # It stays in the window, and its status follows it: to the right, or in a line below.
    box, status = title.bounding_box(), title.locator("xpath=following-sibling::*[1]").bounding_box()
    assert box is not None
    assert status is not None
    assert 0 <= box["x"] <= box["x"] + box["width"] <= NARROW[0]
    assert status["x"] >= box["x"] + box["width"] or status["y"] > box["y"] + 10


def test_only_web_addresses_are_links(visitor: Visitor) -> None:
    for name in ATTACKED:
        page = visitor.open(name)
        schemes = page.evaluate("[...new Set([...document.links].map(one => one.protocol))].sort()")
        assert set(schemes) <= {"file:", "https:"}, name
        outside = page.locator("a[href*=':']").evaluate_all("all => all.map(one => one.rel)")
        assert set(outside) <= {"noopener noreferrer"}, name


def test_the_address_of_a_page_is_text_too(visitor: Visitor) -> None:
    wanted = "<img src=x onerror=alert(1)>"
    page = visitor.open("index.html#f0=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")
    assert page.locator(".filter input").first.input_value() == wanted
    page.locator(".filter input").first.press("End")
    page.keyboard.type("!")
    assert page.evaluate(STRANGE) == []
