"""A small region whose feeds are full of markup, script and odd characters, read as in every night.

The cities of ``tests.work_region`` make every kind of page; Bottrop gets a feed and a list that attack
whoever shows them. Some services of other cities carry remarks, and one source is gone in the last night.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

from catalogue.annotations import Fields
from catalogue.annotations_writing import Signature, put_on_record
from catalogue.reports.filters import Filters
from catalogue.reports.page.frame import Options
from catalogue.reports.page.site import SiteReport, build_site
from catalogue.store import Store
from sync.region import read_region
from sync.run import Options as SyncOptions
from sync.run import Silent, sync
from tests.sample_region import night
from tests.sync.xzufi import message, online, responsibility, service, write_message
from tests.work_region import write_work

__all__ = ["ATTACKS", "BOTTROP", "SCRIPT", "SITE_TITLE", "Attack", "read_nights", "write_site"]

BOTTROP = "055120000000"
MARL = ("055620024024", "gemeinde")
THEMES = ("Bauen & Wohnen", "Familie & Kind")
#: The last night, and the moment the site is made.
LAST = 5
SCRIPT = "<script>document.title = 'Getroffen'; alert(1)</script>"
SITE_TITLE = f"Region <b>Süd</b> {SCRIPT}"
#: What a word of a feed may be at its worst: longer than any screen is wide.
LONG = "Donaudampfschifffahrtsgesellschaft" * 12


class Attack(NamedTuple):
    """A title of a feed, the service it claims to be, and what of it must be read on the page."""

    ozg_id: str
    leika_key: str
    title: str
    shown: str


#: What a feed can carry.
ATTACKS = (
    Attack("10110", "99001009004000", f"Sperrmüll {SCRIPT}", f"Sperrmüll {SCRIPT}"),
    Attack("10112", "99093003001001", "Baum <img src=x onerror='1'>", "Baum <img src=x onerror='1'>"),
    Attack("10117", "99102012002001", 'Grund" onfocus="alert(3)" x=\'', 'Grund" onfocus="alert(3)"'),
    Attack("10124", "99064002062000", "Wohnsitz\u202eedrehrev\u202c \u2066links\u2069", "Wohnsitz�edrehrev�"),
    Attack("10126", "99102017002000", f"Steuer {LONG}", "Steuer Donaudampfschifffahrts"),
    Attack("10009", "99013005026000", "رعاية الطفل שלום", "رعاية الطفل שלום"),
    Attack("10016", "99107046000000", "Familie 👨‍👩‍👧 🎉", "Familie 👨👩👧 🎉"),
    Attack("10023", "99088031000000", "</h2></section></main><h1>Musik</h1>", "</h2></section></main>"),
    Attack("10003", "99027006000000", "{{ 7 * 7 }} {% raw %} &lt;b&gt;", "{{ 7 * 7 }} {% raw %}"),
)
#: What a list can carry: controls that are no line ends, and addresses that are none.
ROWS = (
    (BOTTROP, "99012001001000", "Abbruch \x7f\x90[31m rot", "online", "javascript:alert(4)", "Bauamt <i>"),
    (BOTTROP, "99012002012000", "Abgeschlossen", "online", "JaVaScRiPt&colon;alert(5)", "Bauamt"),
    (BOTTROP, "99012003012000", "Anschluss", "online", "data:text/html,<script>alert(6)</script>", "Amt"),
    (BOTTROP, "99012004023000", "Baulasten", "beschrieben", "", "Z" * 300),
    (BOTTROP, "99041004034000", "Kita", "online", "https://b.example/\"onclick='x'", "Jugendamt"),
)
HEADER = ("ars", "leika", "titel", "status", "link", "stelle")
SOURCES = """
[[source]]
id = "angriff"
type = "xzufi"
name = "Redaktion <script>alert(8)</script> \\u202eneknilf"
location = "angriff.xml"

[[source]]
id = "liste"
type = "list"
name = "Liste <svg onload=alert(9)>"
location = "liste.csv"
trust = 40
columns = { area = "ars", key = "leika", title = "titel", status = "status", url = "link", unit = "stelle" }
"""
REMARKS = {
    (*MARL, "10026"): Fields("planned", "2026-10-01", "Bauhof", "Ausschreibung <b>läuft</b>"),
    (*MARL, "10126"): Fields("not_offered", "", "", "wird nicht erhoben"),
    (BOTTROP, "gemeinde", "10000"): Fields("planned", "2027-06-30", "Amt <script>alert(10)</script>", ""),
}


def read_nights(store: Store, folder: Path) -> None:
    """Read the region in three nights: one more offer in the second, a source that fails in the last."""
    region = write_work(folder)
    region.write_text(region.read_text(encoding="utf-8") + SOURCES, encoding="utf-8")
    _write_feed(folder / "angriff.xml")
    with (folder / "liste.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=";").writerows([HEADER, *ROWS])
    _night(store, region, 1)
    with (folder / "verzeichnis.csv").open("a", encoding="utf-8") as stream:
        stream.write("055620024024;99001009004000;Sperrmüll;online;https://marl.example/muell;\n")
    _night(store, region, 3)
    with store.write() as connection:
        put_on_record(connection, REMARKS, Signature("Amt 10", night(LAST).isoformat(), "test"))
    (folder / "liste.csv").unlink()
    _night(store, region, LAST)


def _night(store: Store, region: Path, number: int) -> None:
    sync(store, read_region(region), SyncOptions(now=lambda: night(number), executor="inline"), Silent())


def _write_feed(path: Path) -> None:
    parts = []
    for number, attack in enumerate(ATTACKS):
        # Texts of the standard are HTML: escaped once they would be markup, which is taken out.
        parts += [
            service(f"S{number}", attack.leika_key, escape(escape(attack.title))),
            online(f"O{number}", f"https://bottrop.example/dienst/{number}?a=1&amp;b=%22%3E"),
            responsibility(f"Z{number}", f"S{number}", BOTTROP, provider=f"O{number}"),
        ]
    write_message(path, message(*parts))


def write_site(store: Store, folder: Path) -> SiteReport:
    """Write the site of the region as of its last night."""
    options = Options(title=SITE_TITLE, version="1.2.3", filters=Filters(themes=THEMES))
    return build_site(store, folder, options, night(LAST), _nobody)


def _nobody(done: int, total: int) -> None:
    """Listen to nothing."""
