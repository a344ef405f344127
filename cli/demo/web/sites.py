"""Simulated websites of bodies: lists, pages of services under several addresses, and pages that are none.

The forms of the addresses are those of products that are in use; wording and content are our own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import quote, urlsplit

from cli.demo.facts import Place, plain
from cli.demo.objects import Id, Shown
from cli.demo.portals.content import Page, Pages, number_of
from cli.demo.web.markup import STAFF, STYLES, Section, document, link

__all__ = ["FAMILIES", "Family", "render"]

_LETTERS = (*"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "Ä", "Ö", "Ü")
_NO_SLUG = re.compile(r"[^a-z0-9]+")
#: Entries of lists behind which there is a page that says there is none, and no page at all.
_STRAY = Shown(Id("", "stray"), "Zwergenausweis", "described", ("", ""))
_DEAD = Shown(Id("", "dead"), "Brieftaubenmarke", "described", ("", ""))


@dataclass(frozen=True)
class Family:
    """A product's addresses: {n} is a number, {slug} a name.

    ``detail`` is that of a page about a service, ``double`` another one of it; ``extra`` is what links to
    the other one have besides, and what nobody sends. ``lists`` is what the region file names, ``include``
    the patterns of pages about services; without any, the rules that come with the program recognise them.
    """

    detail: str
    double: str
    extra: str
    lists: str
    include: tuple[str, ...] = ()
    charset: str = "utf-8"


FAMILIES = {
    "angebot": Family(
        "/bso?seite=angebot&id={n}",
        "/bso?id={n}&seite=angebot",
        "&share=email",
        "bso?seite=buchstabe&id={A..Z}",
        ("seite=angebot",),
        charset="cp1252",
    ),
    "vv": Family(
        "/vv/produkte/dezernat2/33/{slug}.php",
        "/vv/produkte/dezernat2/33/{slug}.php?p=%2Fbuergerservice%2Findex%2Frathaus",
        "",
        "vv/leistungen.php",
    ),
    "ikiss": Family(
        "/index.php?ModID=10&FID=2617.{n}.1&NavID=2617.8",
        "/index.php?NavID=2617.91&FID=2617.{n}.1&ModID=10",
        "",
        "index.php?NavID=2617.8",
    ),
    "optigov": Family(
        "/optigov/?ansicht=dienstleistung&eintrag={n}",
        "/optigov/?eintrag={n}&ansicht=dienstleistung",
        "&print=1",
        "optigov/?ansicht=alle",
    ),
    "slug": Family(
        "/rathaus/dienstleistungen/{slug}",
        "/rathaus/dienstleistungen/{slug}/",
        ";jsessionid=5A1B9C0D3E",
        "rathaus/dienstleistungen",
        ("/rathaus/dienstleistungen/",),
    ),
}


def render(place: Place, family_name: str, services: Sequence[Shown]) -> Pages:
    """Return all pages of a body's website; targets (path and query) are the keys."""
    site = _Site(place, family_name)
    pages: Pages = {}
    entries: list[tuple[str, str]] = []  # title and target of what the lists name
    for shown in services:
        target = site.target(shown)
        pages[target] = site.page(shown.title, site.service(shown))
        if site.is_doubled(shown):
            double = site.double(shown)
            pages[double] = pages[target]
            entries.append((shown.title, double + site.family.extra))
        entries.append((shown.title, target))
        if shown.status == "online" and shown.told != "dead_link" and shown.operator == "":
            # Nobody who only reads the website ever comes here.
            pages[site.own(shown.url)] = site.page("Antrag", "<h1>Antrag</h1><form><input></form>")
    pages |= site.others()
    entries += site.strays()
    pages |= site.lists(sorted(entries))
    pages["/"] = site.page(
        f"Willkommen bei: {place.title}", "<h1>Willkommen</h1><p>Schön, dass Sie da sind.</p>"
    )
    pages["/robots.txt"] = Page(
        b"User-agent: *\nDisallow: /intern/\nDisallow: /suche\n", "text/plain; charset=utf-8"
    )
    return pages


class _Site:
    """Writes the pages of one website."""

    def __init__(self, place: Place, family_name: str) -> None:
        self.place = place
        self.name = family_name
        self.family = FAMILIES[family_name]

    def target(self, shown: Shown) -> str:
        return self._fill(self.family.detail, shown)

    def is_doubled(self, shown: Shown) -> bool:
        """Tell whether lists name a page under its other address as well; they do so for one in three."""
        return not number_of(*shown.id) % 3

    def double(self, shown: Shown) -> str:
        return self._fill(self.family.double, shown)

    def _fill(self, pattern: str, shown: Shown) -> str:
        slug = _NO_SLUG.sub("-", plain(shown.title)).strip("-")[:60]
        number = number_of(*shown.id)
        return pattern.replace("{n}", str(number)).replace("{slug}", f"{slug}-{number % 97}")

    def page(self, title: str, main: str, head: str = "") -> Page:
        text = document(self.place.title, title, main, head)
        if self.family.charset == "utf-8":
            return Page(text.encode())
        # The header promises UTF-8, as some old programs do; only the page itself tells the truth.
        text = text.replace('charset="utf-8"', 'charset="windows-1252"')
        return Page(text.encode("cp1252", "xmlcharrefreplace"))

    def service(self, shown: Shown) -> str:
        """Return the main part of a page about a service."""
        key = "".join(f'<span property="schluessel" content="{each}"></span>' for each in shown.keys)
        unit = shown.unit or "Bürgerbüro"
        name, mail, phone = STAFF[number_of(shown.title) % len(STAFF)]
        sections: list[Section] = [
            (
                "Beschreibung",
                f"<p>Was Sie für „{escape(shown.title)}“ wissen müssen, steht auf dieser Seite.</p>",
            ),
            self._way(shown),
            ("Erforderliche Unterlagen", "<ul><li>Ausweis</li><li>Nachweise zu Ihrem Anliegen</li></ul>"),
            ("Gebühren", "<p>Es gilt die Gebührensatzung.</p>"),
            ("Zuständige Stelle", f"<p>{escape(unit)}</p>"),
            (
                "Ansprechpartner",
                f'<p>{name}, Telefon {phone}, <a href="mailto:{mail}">{mail}</a></p>',
            ),
        ]
        return f"{key}{STYLES[self.name](shown.title, sections)}"

    def _way(self, shown: Shown) -> Section:
        if shown.status == "online":
            return "Online-Dienst", f"<p>{link(self.own(shown.url), 'Online beantragen')}</p>"
        if shown.status == "form":
            file = f"/formulare/{number_of(*shown.id)}.pdf"
            return "Formulare", f"<p>{link(file, 'Antrag zum Ausdrucken (PDF, 96 KB)')}</p>"
        return "Verfahrensablauf", "<p>Sprechen Sie im Rathaus persönlich vor.</p>"

    def own(self, url: str) -> str:
        """Return a link within the website without its host."""
        parts = urlsplit(url)
        own = parts.hostname == self.place.host
        return f"{parts.path}{'?' if parts.query else ''}{parts.query}" if own else url

    def strays(self) -> list[tuple[str, str]]:
        """Return what the lists name besides services."""
        return [
            ("Stadtfest: das Programm", "/aktuelles/meldung-4711.html"),
            ("Hund anmelden in Leichter Sprache", "/leichte-sprache/hund"),
            *((dead.title, self.target(dead)) for dead in (_STRAY, _DEAD)),
        ]

    def others(self) -> Pages:
        """Return pages that are no services."""
        gone = "<h1>Seite nicht gefunden</h1><p>Der Eintrag konnte leider nicht gefunden werden.</p>"
        news = "<h1>Stadtfest: das Programm</h1><p>Am Samstag gibt es Musik auf drei Bühnen.</p>"
        easy = (
            "<h1>Hund anmelden in Leichter Sprache</h1>"
            "<p>Sie haben einen Hund. Sie müssen Hunde·steuer zahlen. "
            "Die Hunde·steuer zahlen Sie im Rat·haus. Sie bekommen eine Hunde·marke.</p>"
        )
        return {
            self.target(_STRAY): self.page("Fehler", gone),
            "/aktuelles/meldung-4711.html": self.page("Stadtfest", news),
            "/leichte-sprache/hund": self.page("Leichte Sprache", easy),
            "/impressum": self.page("Impressum", "<h1>Impressum</h1><p>Alles ist erfunden.</p>"),
        }

    def lists(self, entries: list[tuple[str, str]]) -> Pages:
        """Return the pages that name every service between them."""
        if "{A..Z}" not in self.family.lists:
            return {f"/{self.family.lists}": self._list("Dienstleistungen A-Z", entries)}
        found = {}
        for letter in _LETTERS:
            of_letter = [entry for entry in entries if entry[0].upper().startswith(letter)]
            target = "/" + self.family.lists.replace("{A..Z}", quote(letter))
            found[target] = self._list(f"Leistungen von A bis Z: {letter}", of_letter)
        return found

    def _list(self, title: str, entries: list[tuple[str, str]]) -> Page:
        items = "".join(f"<li>{link(target, name)}</li>" for name, target in entries)
        rest = f"<ul>{items}</ul>" if items else "<p>Zu diesem Buchstaben steht hier nichts.</p>"
        return self.page(title, f"<h1>{title}</h1>{rest}")
