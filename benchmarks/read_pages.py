"""Measure reading municipal pages against bare parsing of the same pages. Prints JSON.

    python benchmarks/read_pages.py [--pages 60] [--rounds 7]

Baseline: ``lxml.html.document_fromstring`` of the decoded page. Pages are invented: six sites with menu, head
with scripts and foot, 20 to 60 kB a page, descriptions of services of different length. Times are CPU seconds
of one process; baseline and reader take turns.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from lxml import html

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from connectors.html.page import read_page  # noqa: E402
from connectors.html.rules import load_rules  # noqa: E402

SERVICES = (
    "Hund anmelden",
    "Gewerbe ummelden",
    "Wohnberechtigungsschein",
    "Bewohnerparkausweis beantragen",
    "Sperrmüll anmelden",
    "Reisepass",
    "Fischereischein verlängern",
    "Baugenehmigung",
    "Meldebescheinigung",
    "Sondernutzung beantragen",
)
SENTENCES = (
    "Wer neu in die Stadt zieht, meldet sich innerhalb von zwei Wochen bei der Verwaltung.",
    "Die Voraussetzungen richten sich nach der Satzung der Stadt in ihrer jeweils gültigen Fassung.",
    "Bitte beachten Sie, dass unvollständige Anträge nicht bearbeitet werden können.",
    "Bei Fragen hilft Ihnen das Bürgerbüro während der Öffnungszeiten gern weiter.",
    "Für Vereine und gemeinnützige Einrichtungen gelten besondere Regelungen, die Sie unten finden.",
    "Nach Eingang aller Unterlagen erhalten Sie in der Regel innerhalb von drei Wochen einen Bescheid.",
    "Die Erlaubnis gilt für ein Jahr und kann auf Antrag verlängert werden.",
)
SECTIONS = (
    "Beschreibung",
    "Voraussetzungen",
    "Erforderliche Unterlagen",
    "Gebühren",
    "Fristen",
    "Bearbeitungsdauer",
    "Rechtsgrundlagen",
    "Hinweise",
)


class Page(NamedTuple):
    """One invented page: its bytes, its text, its address."""

    body: bytes
    text: str
    url: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pages", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    pages = make_pages(given.pages)
    rules = load_rules()
    kinds = {read_page(page.body, page.url, "utf-8", rules).kind for page in pages}
    assert kinds == {"service"}, kinds
    bare: list[float] = []
    reader: list[float] = []
    for _ in range(given.rounds):
        bare.append(measure(lambda page: html.document_fromstring(page.text), pages))
        reader.append(measure(lambda page: read_page(page.body, page.url, "utf-8", rules), pages))
    sizes = [len(page.body) / 1000 for page in pages]
    report = {
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "pages": len(pages),
        "kilobytes": {
            "least": round(min(sizes)),
            "median": round(statistics.median(sizes)),
            "most": round(max(sizes)),
        },
        "bare_ms_per_page": round(statistics.median(bare) * 1000, 3),
        "reader_ms_per_page": round(statistics.median(reader) * 1000, 3),
        "ratio": round(statistics.median(b / a for a, b in zip(bare, reader, strict=True)), 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "rules": rules.digest,
    }
    print(json.dumps(report, indent=2))


def measure(work: Callable[[Page], object], pages: list[Page]) -> float:
    """Return the CPU seconds per page."""
    begin = time.process_time()
    for page in pages:
        work(page)
    return (time.process_time() - begin) / len(pages)


def make_pages(count: int) -> list[Page]:
    chance = random.Random(20)
    return [make_page(chance, number) for number in range(count)]


def make_page(chance: random.Random, number: int) -> Page:
    site = number % 6
    service = chance.choice(SERVICES)
    menu = "".join(entry(site, index) for index in range(chance.randint(60, 200)))
    sections = "".join(section(chance, name) for name in SECTIONS)
    head = "".join(f'<link rel="stylesheet" href="/css/part{index}.css?v={number}">' for index in range(12))
    script = json.dumps({f"key{index}": "x" * 40 for index in range(chance.randint(60, 250))})
    online = f"https://formulare.stadt{site}.example/f/{number}"
    day, month = chance.randint(1, 28), chance.randint(1, 9)
    text = (
        f'<!DOCTYPE html><html lang="de"><head><meta charset="utf-8"><title>{service} | Stadt</title>{head}'
        f'<meta name="viewport" content="width=device-width"><script>window.site = {script}</script></head>'
        '<body class="page"><div id="cookie-banner" class="cookie-banner"><h2>Cookies</h2>'
        "<p>Wir nutzen Cookies.</p><button>Ja</button></div>"
        f'<header class="site-header"><nav class="main-nav"><ul>{menu}</ul></nav></header>'
        '<div class="breadcrumb"><a href="/">Start</a> <a href="/leistungen">Leistungen</a></div>'
        f'<main id="content"><h1>{service}</h1><p class="lead">{chance.choice(SENTENCES)}</p>{sections}'
        f'<div class="panel"><h2>Online-Dienste</h2><p><a class="btn" href="{online}">{service}: jetzt '
        "online beantragen</a> Die Gebühr zahlen Sie mit Kreditkarte. Sie brauchen eine BundID.</p></div>"
        '<div class="panel"><h2>Zuständige Stelle</h2><p><a href="/amt/12">Fachbereich Bürgerdienste</a><br>'
        f"Markt 1</p></div><p>Letzte Änderung: {day}.0{month}.2026</p></main>"
        f"<footer><ul>{menu[:3000].rpartition('<li')[0]}</ul></footer>"
        '<script src="/js/app.js"></script></body></html>'
    )
    return Page(
        text.encode(), text, f"https://www.stadt{site}.example/leistungen/detail/dienst-{number}?id={number}"
    )


def entry(site: int, index: int) -> str:
    name = f"Bereich {index} der Verwaltung"
    return (
        f'<li class="nav-item level-{index % 3}"><a class="nav-link" '
        f'href="/bereich-{index % 9}/thema-{site}-{index}" '
        f'title="{name}"><span class="icon" aria-hidden="true"></span> {name}</a></li>'
    )


def section(chance: random.Random, name: str) -> str:
    texts = [chance.choices(SENTENCES, k=chance.randint(1, 4)) for _ in range(chance.randint(1, 3))]
    words = "".join(f"<p>{' '.join(text)}</p>" for text in texts)
    items = "".join(f"<li>{chance.choice(SENTENCES)}</li>" for _ in range(chance.randint(0, 5)))
    number = chance.randint(1, 99)
    link = f'<p><a href="/seite/{number}">Weitere Informationen zum Thema {number}</a></p>'
    return (
        f'<div class="panel panel-default"><h2 class="h3">{name}</h2>'
        f'<div class="panel-body">{words}<ul>{items}</ul>{link}</div></div>'
    )


if __name__ == "__main__":
    main()
