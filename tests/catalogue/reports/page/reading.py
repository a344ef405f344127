"""Reads what a site says, as a browser would."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urldefrag

import lxml.html

from catalogue.reports.page.site import SiteReport
from catalogue.store import Store
from tests.sample_region import night

__all__ = ["NOW", "THEMES", "Site", "nobody", "text_of"]

NOW = night(1)
#: Two themes are enough to read; all of them would take long to write.
THEMES = ("Bauen & Wohnen", "Familie & Kind")
Element = lxml.html.HtmlElement


def nobody(done: int, total: int) -> None:
    """Listen to nothing."""


@dataclass(frozen=True)
class Site:
    """A written site, the store it was made from, and what its making reported."""

    folder: Path
    store: Store
    report: SiteReport

    def pages(self) -> list[str]:
        """Return the names of all pages."""
        return sorted(path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*.html"))

    def page(self, name: str) -> Element:
        """Return the root of a page."""
        return _parsed(self.folder / name)

    def links(self, name: str) -> Iterator[tuple[str, str]]:
        """Yield the pages that a page links to within the site, each with the place on it."""
        for link in self.page(name).iter("a"):
            target, place = urldefrag(link.get("href"))
            if "://" not in target:
                path = (self.folder / name).parent / unquote(target) if target else self.folder / name
                yield path.resolve().relative_to(self.folder.resolve()).as_posix(), place


@cache
def _parsed(path: Path) -> Element:
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=True)
    return lxml.html.parse(str(path), parser).getroot()


def text_of(element: Element) -> str:
    """Return the text of an element on one line."""
    return " ".join(element.text_content().split())
