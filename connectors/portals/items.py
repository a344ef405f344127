"""The services a page lists: one element for each, wherever a profile says that they stand.

Without such a word of the profile, every point of a list, row of a table and article with a link is looked
at; menus, heads and feet are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from cssselect import HTMLTranslator
from lxml import etree

from connectors.html.address import Joiner
from connectors.html.decode import decode_page
from connectors.html.rules import PageRules
from connectors.html.wording import fold, one_line
from connectors.portals.profile import Items, split_selector

__all__ = [
    "LONGEST_TEXT",
    "Item",
    "ItemLink",
    "Markup",
    "find_all",
    "first_text",
    "is_button",
    "items_of",
    "parse_markup",
    "text_of",
]

MOST_ITEMS = 20_000  # of one page
MOST_LINKS = 50  # of one item
LONGEST_TEXT = 300  # characters of a title, label or status
LONGEST_LABEL = 60  # characters of what may say "online"
#: What holds one service where the profile does not say.
CONTAINERS = frozenset({"li", "tr", "article", "dd"})
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
LEFT_OUT = frozenset(
    {"nav", "header", "footer", "aside", "script", "style", "template", "noscript", "svg", "form"}
)
NOT_LEFT_OUT = frozenset({"html", "body", "main", "article"})
#: Labels made of such words only name no service.
BUTTON_WORDS = frozenset(
    word
    for words in (
        "zum zur zu den das die der und mit jetzt direkt hier mehr weiter weitere weiterlesen alle start",
        "details detail info infos informationen online dienst service antrag formular externer link",
        "online-dienst online-service online-antrag online-formular onlinedienst onlineservice onlineantrag",
        "starten beantragen anzeigen öffnen ausfüllen lesen erfahren anmeldung anmelden login",
    )
    for word in words.split()
)
WORD = re.compile(r"[\w-]+")


class ItemLink(NamedTuple):
    """A link of an item: where to, and what it is called."""

    url: str
    label: str


class Item(NamedTuple):
    """One service as a list shows it; texts may be empty.

    ``in_list`` tells a point of a list, a row or the like from a link in the middle of a text.
    """

    title: str
    links: tuple[ItemLink, ...]
    synonyms: tuple[str, ...] = ()
    category: str = ""
    unit: str = ""
    status: str = ""
    labelled_online: bool = False
    in_list: bool = True


class Markup(NamedTuple):
    """A parsed page: its root element, and what makes its links absolute."""

    root: etree._Element
    joiner: Joiner


def parse_markup(body: bytes, url: str, charset: str | None) -> Markup:
    """Return a page's tree, an empty one if there is nothing to parse; never fails."""
    # With menus: what a profile selects may stand in one.
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(decode_page(body, charset).text.encode("utf-8", "replace"), parser)
    except (etree.LxmlError, ValueError):
        root = None
    root = etree.Element("html") if root is None else root
    base = next((element.get("href", "") for element in root.iter("base") if element.get("href")), "")
    return Markup(root, Joiner(Joiner(url).join(base) or url))


@cache
def _path(css: str) -> etree.XPath:
    return etree.XPath(HTMLTranslator().css_to_xpath(css))


def find_all(root: etree._Element, css: str) -> list[etree._Element]:
    """Return the elements below another that a CSS selector fits."""
    found = _path(css)(root)
    return (
        [element for element in found if isinstance(element, etree._Element)]
        if isinstance(found, list)
        else []
    )


def first_text(element: etree._Element, selector: str) -> str:
    """Return what a selector of a profile finds first inside an element, on one line; empty if nothing."""
    css, attribute = split_selector(selector)
    if not css:
        return _short(element.get(attribute, "")) if attribute else ""
    for found in find_all(element, css):
        text = _short(found.get(attribute, "")) if attribute else text_of(found)
        if text:
            return text
    return ""


def text_of(element: etree._Element) -> str:
    """Return the text of an element on one line, shortened."""
    parts: list[str] = []
    length = 0
    for piece in map(str, element.itertext()):
        parts.append(piece)
        length += len(piece)
        if length > 4 * LONGEST_TEXT:
            break
    return _short("".join(parts))


def _short(text: str) -> str:
    return one_line(text[: 8 * LONGEST_TEXT])[:LONGEST_TEXT]


def items_of(markup: Markup, items: Items, rules: PageRules) -> Iterator[Item]:
    """Yield the services that a page lists, in their order."""
    elements = _selected(markup.root, items) if items.select else _containers(markup.root, rules)
    for number, element in enumerate(elements):
        if number >= MOST_ITEMS:
            return
        item = _item(element, items, markup.joiner)
        if item.title and item.links:
            yield item._replace(in_list=bool(items.select) or element.tag in CONTAINERS)


def _selected(root: etree._Element, items: Items) -> list[etree._Element]:
    """Return what the profile's selector fits, of elements inside each other only the inner ones."""
    found = find_all(root, items.select)
    outer: set[etree._Element] = set()
    everything = set(found)
    for element in found:
        outer.update(above for above in element.iterancestors() if above in everything)
    return [element for element in found if element not in outer]


def _containers(root: etree._Element, rules: PageRules) -> Iterator[etree._Element]:
    """Yield the nearest list point, row or article around each link, each once."""
    seen: set[etree._Element] = set()
    for link in _links_outside_of_menus(root, rules):
        around = next((above for above in link.iterancestors() if above.tag in CONTAINERS), link)
        if around not in seen:
            seen.add(around)
            yield around


def _links_outside_of_menus(root: etree._Element, rules: PageRules) -> Iterator[etree._Element]:
    walk = etree.iterwalk(root, events=("start",))
    for _, element in walk:
        if _is_left_out(element, rules):
            walk.skip_subtree()
        elif element.tag == "a" and element.get("href"):
            yield element


def _is_left_out(element: etree._Element, rules: PageRules) -> bool:
    if element.tag in LEFT_OUT:
        return True
    if element.tag in NOT_LEFT_OUT:
        return False
    return rules.verdict(element.get("class"), element.get("id"), element.get("role")) in {
        "strip",
        "related",
        "person",
    }


def _item(element: etree._Element, items: Items, joiner: Joiner) -> Item:
    anchors = _anchors(element, items)
    links = [ItemLink(joiner.join((anchor.get("href") or "").strip()), text_of(anchor)) for anchor in anchors]
    known = tuple(link for link in links if link.url)[:MOST_LINKS]
    synonyms = first_text(element, items.synonyms) if items.synonyms else ""
    return Item(
        title=_title(element, items, known),
        links=known,
        synonyms=tuple(word.strip() for word in synonyms.split(",") if word.strip()),
        category=first_text(element, items.category),
        unit=first_text(element, items.unit),
        status=first_text(element, items.status),
        labelled_online=bool(items.online_label) and _says(element, re.compile(items.online_label)),
    )


def _anchors(element: etree._Element, items: Items) -> list[etree._Element]:
    if element.tag == "a":
        return [element]
    if not items.select:
        return [anchor for anchor in element.iter("a") if anchor.get("href") and _nearest(anchor) is element]
    return find_all(element, items.link) if items.link else []


def _nearest(anchor: etree._Element) -> etree._Element | None:
    return next((above for above in anchor.iterancestors() if above.tag in CONTAINERS), None)


def _title(element: etree._Element, items: Items, links: tuple[ItemLink, ...]) -> str:
    if items.title:
        return first_text(element, items.title)
    for inner in element.iter(*HEADINGS):
        text = text_of(inner)
        if text:
            return text
    for link in links:
        if not is_button(link.label):
            return link.label
    if element.tag == "tr":
        # The name of a service may stand in a cell of its own, beside a link that only says "start".
        return next((text for cell in element.iter("td", "th") if (text := _plain_cell(cell))), "")
    own = text_of(element)
    for link in links:
        own = own.replace(link.label, " ") if link.label else own
    return one_line(own).strip(" :–-|")


def is_button(label: str) -> bool:
    """Tell whether the label of a link says what to do but not for which service."""
    return all(word in BUTTON_WORDS for word in WORD.findall(fold(label)))


def _plain_cell(cell: etree._Element) -> str:
    return "" if cell.find(".//a") is not None else text_of(cell)


def _says(element: etree._Element, label: re.Pattern[str]) -> bool:
    """Tell whether an item bears a label, as text of an element of its own."""
    for inner in element.iter():
        if inner is element or not isinstance(inner.tag, str):
            continue
        text = text_of(inner)
        if 0 < len(text) <= LONGEST_LABEL and label.fullmatch(fold(text)):
            return True
    return False
