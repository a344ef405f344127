"""The sample region with two more sources that contradict the others, and what their pages show."""

from __future__ import annotations

import json
from pathlib import Path

from sqlalchemy import update

from catalogue.store import Store
from catalogue.tables import statement
from tests.sample_region import copy_region, sync_region

__all__ = ["GENERIC", "sync_reconciled", "write_reconciled"]

#: A form that the website offers for five services of Bottrop.
GENERIC = "https://www.bottrop.example/universalprozess"
HEADER = "ars;leika;titel;status;link;stelle;betreiber;stand"
DIRECTORY = (
    "055120000000;99001009004000;Sperrmüll Entsorgung;Formular;https://bottrop.example/s.pdf;Umweltamt;;2026-11-01",
    "055120000000;99001001002000;Abfallgebühr Festsetzung;online;https://bottrop.example/gebuehr;Steueramt;;",
    "055120000000;99041006017000;Elterngeld Bewilligung;online;https://bottrop.example/elterngeld;;;",
    "055620014014;99041006017000;Elterngeld Bewilligung;beschrieben;;;;",
)
WEBSITE = (
    "055120000000;99001009004000;Sperrmüll Entsorgung;online;https://bottrop.example/abfall;;;2026-10-01",
    "055120000000;99107046000000;Familienpass;online;https://www.bottrop.example/;;;",
    f"055120000000;99027006000000;Anzeige einer Geburt;online;{GENERIC};;;",
    f"055120000000;99013005026000;Sorgeerklärung Beurkundung;online;{GENERIC}?utm_source=a;;;",
    f"055120000000;99041004034000;Kindertagesstätte Aufnahme;online;{GENERIC};;;",
    f"055120000000;99088031000000;Musikschule;online;{GENERIC};;;",
    f"055120000000;99098006005000;Nutzung von Sporthallen und Sportplätzen Erlaubnis;online;{GENERIC};;;",
)
SOURCES = """
[[source]]
id = "verzeichnis"
type = "list"
location = "verzeichnis.csv"
areas = ["05512000", "05562014"]
silence = "absence"
complete = true
trust = 60
[source.columns]
area = "ars"
key = "leika"
title = "titel"
status = "status"
url = "link"
unit = "stelle"
operator = "betreiber"
observed_at = "stand"

[[source]]
id = "webseite"
type = "list"
location = "webseite.csv"
areas = ["05512000"]
trust = 40
[source.columns]
area = "ars"
key = "leika"
title = "titel"
status = "status"
url = "link"
unit = "stelle"
operator = "betreiber"
observed_at = "stand"
"""
PAGE = "https://www.bottrop.example/leistung/7"


def write_reconciled(folder: Path) -> Path:
    """Write the region's files into a folder and return its region file."""
    region = copy_region(folder)
    for name, rows in (("verzeichnis", DIRECTORY), ("webseite", WEBSITE)):
        (folder / f"{name}.csv").write_text("\n".join((HEADER, *rows)) + "\n", encoding="utf-8")
    region.write_text(region.read_text(encoding="utf-8") + SOURCES, encoding="utf-8")
    return region


def sync_reconciled(store: Store, folder: Path) -> Path:
    """Sync the region's first night and return its region file.

    Lists know no pages: what one showed of the Familienpass is written beside its offering.
    """
    region = write_reconciled(folder)
    assert sync_region(store, region).state == "ok"
    seen = {"page": PAGE, "evidence": [["generic_text", "Text des Landes", ""]]}
    with store.write() as connection:
        of_page = statement.c.url == "https://www.bottrop.example/"
        connection.execute(
            update(statement).where(of_page).values(details=json.dumps(seen), level=3, level_rules="rgm11/1")
        )
    return region
