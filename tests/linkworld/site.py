"""One host of the labelled web: its behaviour towards whoever visits it, and what its name leads to."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.faultserver import Call

__all__ = ["HOME", "Answering", "Site", "Visit", "article", "home", "html", "missing", "shell"]

MENU = (
    "Rathaus & Service",
    "Aktuelles",
    "Dienstleistungen A-Z",
    "Formulare",
    "Ortsrecht",
    "Öffnungszeiten",
    "Stadtrat",
    "Kinder & Jugend",
    "Kultur",
    "Wirtschaft",
    "Bauen & Umwelt",
    "Abfallkalender",
)
FOOT = "Stadtverwaltung · Rathausplatz 1 · Kontakt · Impressum · Datenschutz · Barrierefreiheit · Sitemap"


@dataclass
class Visit:
    """One request to a host, with the night in which it comes and dice that fall the same every time."""

    call: Call
    night: int
    site: Site

    @property
    def path(self) -> str:
        return urlsplit(self.call.target).path

    @property
    def head(self) -> bool:
        return self.call.method == "HEAD"

    def dice(self, *about: object) -> random.Random:
        return random.Random(f"{self.site.host} {self.night} {about}")

    def send(
        self, body: bytes, status: str = "200 OK", kind: str = "text/html; charset=utf-8", **more: str
    ) -> None:
        more = {"Content_Type": kind, **more}
        if self.head:
            self.call.send(self.call.head(status, Content_Length=len(body), **more))
        else:
            self.call.answer(body, status, **more)

    def redirect(self, location: str, status: str = "302 Found", **more: str) -> None:
        self.send(b"", status, Location=location, **more)


Answering = Callable[[Visit], None]


def html(title: str, main: str, head: str = "") -> bytes:
    """A bare page."""
    return (
        f'<!DOCTYPE html><html lang="de"><head><meta charset="utf-8"><title>{title}</title>{head}</head>'
        f"<body>{main}</body></html>"
    ).encode()


def shell(title: str, main: str, head: str = "", town: str = "Stadt Musterhausen") -> bytes:
    """A page inside what municipal sites put around it: menu, search, breadcrumbs, foot, cookie banner."""
    links = "".join(f'<li><a href="/seite/{number}">{label}</a></li>' for number, label in enumerate(MENU))
    return html(
        f"{title} | {town}",
        f'<header><a href="/">{town}</a><nav><ul>{links}</ul></nav><form role="search"><input name="q">'
        f'</form></header><div class="cookie-banner">Diese Seite nutzt Cookies. <button>Ja</button></div>'
        f'<main id="content"><h1>{title}</h1>{main}</main><footer>{FOOT}</footer>',
        head,
    )


def article(title: str, *paragraphs: str) -> bytes:
    """A page of a service as municipal sites have it."""
    texts = paragraphs or (
        "Die Leistung können Sie online, schriftlich oder persönlich beantragen.",
        "Bitte halten Sie Ihren Personalausweis oder Reisepass bereit. Die Gebühr beträgt 12,00 Euro.",
        "Die Bearbeitung dauert in der Regel zwei bis drei Wochen. Zuständig ist das Bürgerbüro.",
    )
    return shell(title, "".join(f"<p>{text}</p>" for text in texts))


HOME = shell(
    "Herzlich willkommen",
    "<p>Willkommen auf den Seiten der Stadt Musterhausen. Hier finden Sie Aktuelles aus dem Rathaus.</p>"
    "<h2>Aktuelles</h2><p>Das Freibad öffnet am 15. Mai. Die Stadtbücherei hat neue Öffnungszeiten. Am "
    "Sonntag ist verkaufsoffen. Der Rat tagt am Donnerstag um 17 Uhr im großen Sitzungssaal.</p>",
)
NOT_FOUND = shell("Seite nicht gefunden", "<p>Die aufgerufene Seite existiert leider nicht.</p>")


def home(visit: Visit) -> None:
    visit.send(HOME)


def missing(visit: Visit) -> None:
    visit.send(NOT_FOUND, "404 Not Found")


def _resolves(_night: int) -> str:
    return ""


@dataclass
class Site:
    """A host, its link and what is true of it.

    ``network`` says for a night what is wrong before anybody answers: ``nxdomain``, ``again`` (the resolver
    cannot tell), ``refused``; empty if nothing is. Paths without an entry are answered by ``others``.
    """

    kind: str
    alive: bool
    host: str
    answer: Answering
    path: str = "/rathaus/dienstleistungen/wohnsitz-anmelden-4711"
    others: Answering = missing
    front: Answering = home
    robots: str = ""
    network: Callable[[int], str] = field(default=_resolves)
    tls: str = ""  # the name of a certificate, if it is served over TLS

    def serve(self, visit: Visit) -> None:
        """Answer one request."""
        if visit.path == "/robots.txt":
            if self.robots:
                visit.send(self.robots.encode(), kind="text/plain")
            else:
                visit.send(b"not here", "404 Not Found", "text/plain")
        elif visit.call.target == self.path:
            self.answer(visit)
        elif visit.path in {"/", "/index.html", "/de", "/startseite"}:
            self.front(visit)
        else:
            self.others(visit)
