"""What lxml finds, with the types that are known to come out."""

from __future__ import annotations

from typing import cast

from lxml import etree

__all__ = ["elements", "strings", "text_of"]


def elements(path: etree.XPath, node: etree._Element) -> list[etree._Element]:
    """Return the elements that a path of elements finds."""
    return cast("list[etree._Element]", path(node))


def strings(path: etree.XPath, node: etree._Element) -> list[str]:
    """Return the strings that a path of attributes finds."""
    return cast("list[str]", path(node))


def text_of(element: etree._Element) -> str:
    """Return the text of an element and all that is in it, as written."""
    return "".join(cast("list[str]", list(element.itertext())))
