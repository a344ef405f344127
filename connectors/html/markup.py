"""What tags mean for the outline of a page, and what stands about a link beside its label."""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

from connectors.html.lines import LABEL, LONGEST_NAME, OPENER
from connectors.html.nodes import elements, text_of
from connectors.html.ruleset import PageRules
from connectors.html.wording import one_line

__all__ = [
    "BLOCK",
    "BOLD",
    "BUTTON",
    "CODES",
    "HEADING",
    "INPUT",
    "LINK",
    "NEW_LINE",
    "PLAIN",
    "SKIP",
    "SPAN",
    "TYPED",
    "icon_of",
    "level_of",
    "opens",
    "picture_of",
    "tab_labels",
    "target_of",
]

SKIP: Final = 1
BLOCK: Final = 2
HEADING: Final = 3
LINK: Final = 4
NEW_LINE: Final = 5
BUTTON: Final = 6
INPUT: Final = 7
BOLD: Final = 8
SPAN: Final = 9
PLAIN: Final = 10  # a block that is nothing else


def _words(text: str) -> list[str]:
    return text.split()


CODES: dict[str, int] = {
    **dict.fromkeys(_words("script style noscript template svg iframe object video audio canvas"), SKIP),
    **dict.fromkeys(_words("select textarea math nav footer dialog"), SKIP),
    **dict.fromkeys(
        _words("div section p ul ol dl dd table tbody thead tr td aside details fieldset"), PLAIN
    ),
    **dict.fromkeys(_words("address blockquote pre figure figcaption hr center legend caption body"), PLAIN),
    **dict.fromkeys(_words("li article main header form"), BLOCK),
    **dict.fromkeys(_words("h1 h2 h3 h4 h5 h6 summary dt th"), HEADING),
    "a": LINK,
    "br": NEW_LINE,
    "button": BUTTON,
    "input": INPUT,
    "strong": BOLD,
    "b": BOLD,
    "span": SPAN,
}
_LEVELS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": OPENER, "h6": OPENER, "summary": OPENER}
TYPED = frozenset({"", "text", "email", "tel", "date", "number", "radio", "checkbox", "file"})
_LOCATION = re.compile(r"(?:location(?:\.href)?\s*=|window\.open\()\s*['\"]([^'\"]{1,2000})['\"]")
_TAB = etree.XPath("//a[@role='tab' or @data-toggle='tab' or @data-bs-toggle='tab'] | //button[@role='tab']")

_PLAIN_TAB = etree.XPath(
    "//*[self::ul or self::ol or self::div][contains(@class, 'tabs') or starts-with(@id, 'tabs')]"
    "//a[starts-with(@href, '#')]"
)


def tab_labels(body: etree._Element, rules: PageRules) -> dict[str, str]:
    """Return the labels of tabs by the id of what they show.

    Templates without roles have lists called tabs; there only the names of sections are labels.
    """
    found: dict[str, str] = {}
    for tab in elements(_TAB, body)[:60]:
        target = tab.get("aria-controls") or tab.get("data-bs-target") or tab.get("href") or ""
        label = one_line(text_of(tab)[:LONGEST_NAME])
        if target.lstrip("#") and label:
            found[target.lstrip("#")] = label
    for tab in elements(_PLAIN_TAB, body)[:60]:
        label = one_line(text_of(tab)[:LONGEST_NAME])
        if rules.section_of(label):
            found.setdefault((tab.get("href") or "")[1:], label)
    found.pop("", None)
    return found


def level_of(tag: str) -> int:
    """Return the level of a heading by its tag."""
    return _LEVELS.get(tag, LABEL)


def opens(element: etree._Element) -> bool:
    """Tell whether a button or a link opens a part of the page, by its state or by its template's names."""
    names = ("aria-expanded", "aria-controls", "data-toggle", "data-bs-toggle")
    return any(element.get(name) for name in names) or "accordion" in (element.get("class") or "").lower()


def target_of(button: etree._Element) -> str:
    """Return where a button's script leads; empty if it leads nowhere."""
    found = _LOCATION.search((button.get("onclick") or "")[:4_000])
    return found[1] if found else ""


def picture_of(element: etree._Element) -> str:
    """Return the alternative text of the first picture in an element."""
    for picture in element.iter("img"):
        return picture.get("alt") or ""
    return ""


def icon_of(element: etree._Element) -> str:
    """Return what the template says about a link by an icon in it or just before it."""
    found = []
    for near in (element.getprevious(), *list(element.iterchildren())[:2]):
        if near is not None and near.tag in ("span", "i", "img", "svg"):
            found += [near.get(name) or "" for name in ("data-identifier", "title", "class", "alt")]
    return " ".join(found)
