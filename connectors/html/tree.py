"""The tree of a page, parsed within bounds, and the addresses in it."""

from __future__ import annotations

import html
import re
import threading
from typing import NamedTuple

from lxml import etree

from connectors.html.address import Joiner, tidy_url
from connectors.html.lines import Outline
from connectors.html.nodes import strings
from connectors.html.personal import clean_label
from connectors.html.ruleset import PageRules
from connectors.html.structured import read_embedded

__all__ = ["PageAddress", "Rare", "Tree", "page_links", "parse"]

MOST_LINKS = 5_000
MOST_MENUS = 20
#: Menus shorter than this are not worth cutting out.
SHORT_MENU = 800  # characters
#: The links of a menu, and empty matches for what no menu holds: there its end was that of another element.
_IN_MENU = re.compile(
    r"<(?:a\s+(?:[^\s\"=<>]+=\"[^\"<>]*\"\s+)*?href=\"([^\"<>]*)\"|a\s|nav|main|h1|article|section|!--)"
)
_HREFS = etree.XPath("//a/@href | //area/@href", smart_strings=False)
_NEXT = etree.XPath("//link[@rel='next']/@href | //a[@rel='next']/@href", smart_strings=False)


class _Parser(threading.local):
    """A parser for each thread: it resolves nothing but HTML's own entities and loads nothing."""

    def __init__(self) -> None:
        self.html = etree.HTMLParser(
            remove_comments=True, remove_pis=True, no_network=True, encoding="utf-8", collect_ids=False
        )

    def went_too_deep(self) -> bool:
        """Tell whether the last page was deeper than the parser goes; what is behind is not read."""
        last = self.html.error_log.last_error
        return last is not None and last.type_name == "ERR_RESOURCE_LIMIT"


_parser = _Parser()


class PageAddress(NamedTuple):
    """An address that a page leads to, fit to be fetched; ``label`` only for links of the main content."""

    url: str
    label: str = ""
    relation: str = ""  # next, or empty


class Tree(NamedTuple):
    """A parsed page; ``menu`` holds the links of menus, which are not in ``source`` and the tree."""

    source: str
    root: etree._Element
    menu: list[str]
    complaints: tuple[str, ...]


class Rare(NamedTuple):
    """What few pages have and is looked for only there: a next page, addresses in a script."""

    following: bool
    embedded: bool


def parse(text: str) -> Tree:
    """Return the tree of a page, an empty one if there is nothing to parse, and what was irregular.

    Menus are most of many pages and nothing but links; they are cut out before the rest is parsed.
    """
    text, menu = _without_menus(text)
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), _parser.html)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None or root.tag != "html":
        empty = etree.Element("html")
        etree.SubElement(empty, "body")
        return Tree(text, empty, menu, ("page_empty",))
    return Tree(text, root, menu, ("page_cut",) if _parser.went_too_deep() else ())


def _without_menus(text: str) -> tuple[str, list[str]]:
    # A search whose last letter is rare in markup is several times faster; it goes first here and elsewhere.
    if '="tab' in text and '="tab"' in text:  # the labels of tabs stand in menus and belong to the content
        return text, []
    kept: list[str] = []
    hrefs: list[str] = []
    done = position = 0
    for _ in range(MOST_MENUS):
        begin = text.find("<nav", position)
        if begin < 0:
            break
        end = text.find("</nav>", begin)
        if end < 0:
            break
        position = end + len("</nav>")
        if end - begin < SHORT_MENU:
            continue
        menu = text[begin + 4 : end]
        found = _IN_MENU.findall(menu)
        # Where a comment began before, the menu may stand in it.
        within = "<!--" in text[done:begin] and "-->" in menu
        if "" not in found and not within and 'rel="next"' not in menu:
            kept.append(text[done:begin])
            hrefs += found
            done = position
    kept.append(text[done:])
    return "".join(kept), hrefs


def page_links(
    tree: Tree, joiner: Joiner, outlined: Outline, rules: PageRules, rare: Rare
) -> tuple[PageAddress, ...]:
    """Return what the page leads to, each address once: the next page, menus, then the page's own order.

    Only http and https; what starts a mail, a script or a phone call is dropped, and so are pages about
    staff.
    """
    known = rules.addresses_of(joiner.origin)
    hrefs = dict.fromkeys([*tree.menu, *strings(_HREFS, tree.root)])
    here = {href: known.get(href) or _address(href, joiner, rules, known) for href in hrefs}
    found = {address.url: address for address in here.values()}
    for href in strings(_NEXT, tree.root) if rare.following else ():
        if url := tidy_url(joiner.join(href.strip()), rules):
            found = {url: PageAddress(url, "", "next")} | {u: a for u, a in found.items() if u != url}
    for line in outlined.lines:
        for link in line.links:
            address = here.get(link.href)
            plain = address is not None and found.get(address.url) == (address.url, "", "")
            if address is not None and plain and link.label:
                found[address.url] = address._replace(label=clean_label(link.label, rules))
    for href, title in read_embedded(tree.root) if rare.embedded else ():
        address = _address(href, joiner, rules, {})
        found.setdefault(address.url, address._replace(label=clean_label(title, rules)))
    found.pop("", None)
    return tuple(found.values())[:MOST_LINKS]


def _address(href: str, joiner: Joiner, rules: PageRules, known: dict[str, PageAddress]) -> PageAddress:
    """Return what a link leads to; remember it if it is the same on all pages of the site."""
    plain = html.unescape(href).strip()
    url = tidy_url(joiner.join(plain), rules)
    if rules.leads_to_a_person(url.lower()):
        url = ""
    address = PageAddress(url)
    if plain.startswith(("/", "http")) and len(href) < 300:
        known[href] = address
    return address
