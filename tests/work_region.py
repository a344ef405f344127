"""A region with cities of several kinds and sizes, whose services are online in different ways."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from catalogue.store import Store
from sync.region import read_region
from sync.run import Options, Silent, sync
from tests.sample_region import FIRST_NIGHT, night

__all__ = ["LATER", "sync_work", "write_work"]

#: A hundred days after the gaps of the first night began.
LATER = date(2027, 2, 10)
REGION = """
[region]
name = "Arbeitsregion"
areas = [
  "055620004004",  # Castrop-Rauxel, Große, 73,282
  "055620012012",  # Dorsten, Große, 75,277
  "055620014014",  # Gladbeck, Große, 75,499
  "055620020020",  # Herten, Große, 60,941
  "055620024024",  # Marl, Große, 86,766
  { name = "Recklinghausen", level = "gemeinde" },  # Große, 115,344
  "055620008008",  # Datteln, Mittlere, 35,473
  { name = "Bottrop", level = "gemeinde" },  # kreisfrei, 118,535
  { name = "Recklinghausen", level = "kreis" },
]

[[source]]
id = "verzeichnis"
type = "list"
location = "verzeichnis.csv"
areas = [
  "05562004", "05562012", "05562014", "05562020", "05562024", "05562032", "05562008", "05512000", "05562",
]
silence = "absence"
complete = true
[source.columns]
area = "ars"
key = "leika"
title = "titel"
status = "status"
url = "link"
operator = "betreiber"
"""
HEADER = "ars;leika;titel;status;link;betreiber"
#: Waste: online in four places, a form, a text. Registering a residence: EfA. Dog tax: by the shared portal.
ROWS = (
    "055620012012;99001009004000;Sperrmüll;online;https://dorsten.form.cloud/formcycle/form/alias/1/muell/;",
    "055620014014;99001009004000;Sperrmüll;online;https://serviceportal.gladbeck.example/services/18;",
    "055620008008;99001009004000;Sperrmüll;online;https://datteln.example/muell;",
    "055120000000;99001009004000;Sperrmüll;online;https://bottrop.example/muell;",
    "055620004004;99001009004000;Sperrmüll;Formular;https://castrop.example/muell.pdf;",
    "055620020020;99001009004000;Sperrmüll;beschrieben;;",
    "055620024024;99115005104001;Anmeldung;online;https://www.wohnsitzanmeldung.gov.de/;efa",
    "055620014014;99102013002000;Hundesteuer;online;https://portal.region.example/hund?stadt=1;gemeinsam",
    "055620012012;99102013002000;Hundesteuer;online;https://portal.region.example/hund?stadt=2;",
    "055620000000;99041006017000;Elterngeld;online;https://kreis.example/elterngeld;",
)


def write_work(folder: Path) -> Path:
    """Write the region's files into a folder and return its region file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "verzeichnis.csv").write_text("\n".join((HEADER, *ROWS)) + "\n", encoding="utf-8")
    region = folder / "region.toml"
    region.write_text(REGION, encoding="utf-8")
    return region


def sync_work(store: Store, folder: Path, number: int = 1) -> None:
    """Read the region as in one night."""
    region = write_work(folder) if number == 1 else folder / "region.toml"
    options = Options(now=lambda: night(number), executor="inline")
    report = sync(store, read_region(region), options, Silent())
    assert report.state == "ok", FIRST_NIGHT
