"""Everything can be reached and done with the keyboard alone, and it is always seen where one is."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.browser.visit import Visitor

#: So many steps are enough for somebody who knows what he looks for.
MOST_STEPS = 80
FOCUSED = """
() => {
  const one = document.activeElement, box = one.getBoundingClientRect(), style = getComputedStyle(one);
  return {
    tag: one.tagName, text: one.textContent.trim(), target: one.getAttribute('href') ?? '',
    outlined: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    seen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
}
"""


def step(page: Page) -> dict[str, object]:
    """Go one step on; wherever one is, it has to be seen."""
    page.keyboard.press("Tab")
    focused: dict[str, object] = page.evaluate(FOCUSED)
    assert focused["tag"] != "BODY", "the keyboard went out of the page"
    assert focused["outlined"], focused
    assert focused["seen"], focused
    return focused


def step_to(page: Page, selector: str) -> None:
    """Go on until an element has the focus."""
    for _ in range(MOST_STEPS):
        step(page)
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"not reached: {selector}")


def test_the_first_step_leads_past_the_navigation(visitor: Visitor) -> None:
    page = visitor.open("index.html")
    assert step(page)["target"] == "#inhalt"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_one_gets_around_in_the_order_of_the_page(visitor: Visitor) -> None:
    page = visitor.open("gebiete.html")
    wanted = page.evaluate(
        "[...document.querySelectorAll('a, input, .scroll')].map(one => one.className + one.id)"
    )
    found = []
    for _ in wanted:
        page.keyboard.press("Tab")
        found.append(page.evaluate("document.activeElement.className + document.activeElement.id"))
    assert found == wanted


def test_from_the_region_to_the_evidence_of_a_cell(visitor: Visitor) -> None:
    page = visitor.open("index.html")
    step_to(page, "nav.tabs a[href^='eigene-angebote.html']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/eigene-angebote.html*")
    assert page.locator("nav.tabs a[aria-current=page]").inner_text() == "Selbst online"
    step_to(page, ".filter input")
    page.keyboard.type("marl")
    rows = page.locator(".heat tbody tr:visible")
    assert "Marl" in rows.all_inner_texts()[0]
    step_to(page, ".heat tbody a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/gebiete/gemeinde-055620024024.html")
    step_to(page, ".gaps a[href*='belege/']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/belege/gemeinde-055620024024/*.html#l*")
    assert page.locator(".cell:target h2").is_visible()


def test_what_is_wider_than_the_window_scrolls_with_the_keys(visitor: Visitor) -> None:
    visitor.resize(320, 800)
    page = visitor.open("aenderungen.html")
    step_to(page, ".scroll:has(table[data-filter])")
    assert page.evaluate("document.activeElement.scrollWidth") > 320
    page.evaluate("""() => {
        const box = document.activeElement;
        window.moved = new Promise(done => {
            box.addEventListener('scroll', () => done(box.scrollLeft));
            setTimeout(done, 20_000, 0);
        });
    }""")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("window.moved") > 0


def test_closed_parts_open_with_the_keyboard(visitor: Visitor) -> None:
    page = visitor.open("leistungen/10110.html")
    step_to(page, "summary")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.parentElement.open")


def test_a_filter_says_what_it_found_and_outlives_the_switch_of_definitions(visitor: Visitor) -> None:
    page = visitor.open("index.html")
    page.locator(".filter input").first.fill("bottrop")
    heat = page.locator(".heat").first
    assert heat.locator("tbody tr:visible").count() == 1
    said = page.locator(".filter output").first
    assert said.get_attribute("aria-live") == "polite"
    assert said.inner_text().startswith("1 von ")
    page.locator("nav.tabs a", has_text="LeiKa-Anteil").click()
    page.wait_for_url("**/leika-anteil.html#f0=bottrop")
    assert page.locator(".filter input").first.input_value() == "bottrop"
    assert page.locator(".heat").first.locator("tbody tr:visible").count() == 1


def test_two_filters_of_a_list_hold_together(visitor: Visitor) -> None:
    page = visitor.open("gebiete/gemeinde-055620004004.html")
    shown = page.locator(".gaps > li:visible")
    every = shown.count()
    page.locator(".filter select").first.select_option("fehlt")
    missing = shown.count()
    page.locator(".filter input").first.fill("ehe schliessung")
    assert [one.splitlines()[0] for one in shown.all_inner_texts()] == ["Eheschließung und -beurkundung"]
    assert 1 < missing < every
    page.locator(".filter select").first.select_option("Formular")
    assert shown.count() == 0
    page.locator(".filter input").first.fill("")
    assert shown.count() == 1
