"""How the demo's websites write a page: each family of products has headings and sections of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

__all__ = ["STAFF", "STYLES", "Section", "document", "link"]

#: A label and the HTML below it.
Section = tuple[str, str]
#: Invented people (name, mail, phone) that pages show and no reader may keep.
STAFF = (
    ("Sabine Beispielfrau", "sabine.beispielfrau@rathaus.example", "02361 99-4711"),
    ("Jörg Probemann", "joerg.probemann@rathaus.example", "02361 99-4712"),
)


def link(url: str, label: str) -> str:
    """Return a link."""
    return f'<a href="{escape(url)}">{escape(label)}</a>'


def document(name: str, title: str, main: str, head: str = "") -> str:
    """Return a whole page of a body's website, with what all pages carry."""
    return f"""<!DOCTYPE html>
<html lang="de"><head><meta charset="utf-8">{head}<title>{escape(title)} | {escape(name)}</title></head>
<body>
<div class="cookie-banner"><p>Diese Website verwendet Cookies. Stimmen Sie online zu.</p></div>
<header><nav><ul><li><a href="/">Startseite</a></li>
<li><a href="/kontakt">Kontakt</a></li></ul></nav></header>
<main>{main}</main>
<footer><ul><li><a href="/impressum">Impressum</a></li><li><a href="/datenschutz">Datenschutz</a></li></ul>
<p>Alle Angaben sind erfunden.</p></footer>
</body></html>
"""


def _bold(title: str, sections: Sequence[Section]) -> str:
    parts = "".join(f"<p><strong>{escape(label)}:</strong></p><div>{html}</div>" for label, html in sections)
    return f"<h1>Leistungen von A bis Z</h1><h2>Leistungen {escape(title)}</h2>{parts}"


def _headings(title: str, sections: Sequence[Section]) -> str:
    parts = "".join(f"<h2>{escape(label)}</h2>{html}" for label, html in sections)
    return f"<h1>{escape(title)}</h1>{parts}"


def _definitions(title: str, sections: Sequence[Section]) -> str:
    parts = "".join(f"<dt>{escape(label)}</dt><dd>{html}</dd>" for label, html in sections)
    return f"<h1>{escape(title)}</h1><dl>{parts}</dl>"


def _accordion(title: str, sections: Sequence[Section]) -> str:
    parts = "".join(
        f"<details><summary>{escape(label)}</summary>{html}</details>" for label, html in sections
    )
    return f"<h1>{escape(title)}</h1>{parts}"


#: How the main part of a page about a service is written, by family.
STYLES: dict[str, Callable[[str, Sequence[Section]], str]] = {
    "angebot": _bold,
    "vv": _headings,
    "ikiss": _definitions,
    "optigov": _accordion,
    "slug": _headings,
}
