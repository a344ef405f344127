"""Names of pages and where they lie; all links of the site are relative and made of these."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

__all__ = [
    "REGION_PAGES",
    "anchor",
    "area_page",
    "evidence_page",
    "numbered",
    "root_of",
    "service_page",
    "slugs",
]

#: The region's page by definition of online; the first one opens the site.
REGION_PAGES: Final = {
    "any": "index.html",
    "own": "eigene-angebote.html",
    "share": "leika-anteil.html",
    "checked": "links-geprueft.html",
}
LONGEST_SLUG = 60
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def area_page(ars: str, level: str) -> str:
    """Return the page of an area."""
    return f"gebiete/{level}-{ars}.html"


def service_page(ozg_id: str) -> str:
    """Return the page of a service."""
    return f"leistungen/{ozg_id}.html"


def evidence_page(ars: str, level: str, theme: str) -> str:
    """Return the page with the evidence of an area's cells of one theme, which is given by its slug."""
    return f"belege/{level}-{ars}/{theme}.html"


def anchor(ozg_id: str) -> str:
    """Return the name of the place on a page where a service is."""
    return f"l{ozg_id}"


def numbered(page: str, number: int) -> str:
    """Return the name of the further page of a list that is cut into several; the first has number 1."""
    return page if number == 1 else f"{page.removesuffix('.html')}-{number}.html"


def root_of(page: str) -> str:
    """Return the way from a page to the folder of the site."""
    return "../" * page.count("/")


def slugs(names: Iterable[str]) -> dict[str, str]:
    """Return a short name of small letters, figures and dashes for each name, no two alike."""
    taken: dict[str, str] = {}
    for name in names:
        plain = unicodedata.normalize("NFKD", name.lower().translate(_GERMAN))
        begin = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_SLUG].strip("-") or "ohne-namen"
        slug, number = begin, 2
        while slug in taken.values():
            slug, number = f"{begin}-{number}", number + 1
        taken[name] = slug
    return taken
