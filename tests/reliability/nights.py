"""The nights of a small region: who has to offer what, and what sources deliver in each night."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from catalogue.reference import import_reference
from catalogue.store import Store
from tests.reliability.web import Web
from tests.sync import xzufi

__all__ = ["Nights", "moment_of", "present_in"]

FIRST_NIGHT = datetime(2026, 11, 1, 2, 30, tzinfo=UTC)

#: Bottrop, the Kreis Recklinghausen with five of its cities, Herne.
CITIES = {
    "055120000000": ("Bottrop", "050000000000", "kreisfreie_stadt"),
    "055620004004": ("Castrop-Rauxel", "055620000000", "grosse_kreisangehoerige_stadt"),
    "055620008008": ("Datteln", "055620000000", "mittlere_kreisangehoerige_stadt"),
    "055620012012": ("Dorsten", "055620000000", "grosse_kreisangehoerige_stadt"),
    "055620014014": ("Gladbeck", "055620000000", "grosse_kreisangehoerige_stadt"),
    "055620036036": ("Waltrop", "055620000000", "mittlere_kreisangehoerige_stadt"),
    "059160000000": ("Herne", "050000000000", "kreisfreie_stadt"),
}
AREAS = tuple(CITIES)
TIERS = ("gemeinde", "gemeinde", "mittlere", "kreis")
BUNDLES = 12
#: Two LeiKa services for each OZG service.
SERVICES = 2 * BUNDLES
#: The parts of titles, so that no two are alike.
WORDS = ("Hund", "Abfall", "Parken", "Jagd", "Wohnung", "Gewerbe", "Bauen", "Schule", "Ehe", "Fischerei")
ACTS = ("Anmeldung", "Erteilung", "Änderung", "Abmeldung")

REGION = """\
[region]
name = "Nächte"
areas = [{areas}, {{ name = "Recklinghausen", level = "kreis" }}]

[[source]]
id = "redaktion"
type = "xzufi"
location = "http://127.0.0.1:{port}/deliveries/redaktion.xml"
allow_private = true

[[source]]
id = "portal"
type = "list"
location = "http://127.0.0.1:{port}/deliveries/portal.csv"
allow_private = true
columns = {{ area = "gebiet", key = "leika", status = "status", url = "link" }}
complete = true

[[source]]
id = "umfrage"
type = "list"
location = "umfrage.csv"
columns = {{ area = "gebiet", title = "titel", status = "status", url = "link" }}
complete = true
"""


def moment_of(night: int) -> datetime:
    """Return when a night's sync begins."""
    return FIRST_NIGHT + timedelta(days=night - 1)


def present_in(night: int) -> list[int]:
    """Return the numbers of the services that sources show in a night; after seven it is the same again."""
    return [number for number in range(SERVICES) if (number + night) % 7]


class Nights:
    """A folder with a region file and a night's deliveries, which ``write`` makes and the web serves."""

    def __init__(self, folder: Path, web: Web) -> None:
        self.folder = folder
        self.port = web.port
        self.region = folder / "region.toml"
        folder.mkdir(parents=True, exist_ok=True)
        web.add_folder("/deliveries/", folder)
        areas = ", ".join(f'"{ars}"' for ars in AREAS)
        self.region.write_text(REGION.format(areas=areas, port=self.port), encoding="utf-8")

    def import_reference(self, store: Store) -> None:
        """Import the areas, services and competences that the nights are about."""
        for table, content in _reference().items():
            import_reference(
                store,
                table,
                content.encode(),
                origin="invented",
                licence="none",
                as_of="2026-01-01",
                replace=False,
            )

    def write(self, night: int) -> None:
        """Write what the sources deliver: each night some of it is new, changed, gone or back."""
        present = present_in(night)
        self._write_feed(night, present)
        self._write_list("portal.csv", "leika", _key, night, present)
        self._write_list("umfrage.csv", "titel", _title, night, present[::3])

    def _write_feed(self, night: int, present: list[int]) -> None:
        operations = []
        for number in present:
            areas = [ars for place, ars in enumerate(AREAS) if (number + place) % 3]
            url = self._url("redaktion", f"{night}/{number}" if number % 5 == 0 else f"{number}")
            operations += [
                xzufi.service(f"L{number}", _key(number), _title(number)),
                xzufi.online(f"O{number}", url),
                xzufi.responsibility(f"Z{number}", f"L{number}", *areas, provider=f"O{number}"),
            ]
        created = f"{moment_of(night) - timedelta(minutes=30):%Y-%m-%dT%H:%M:%SZ}"
        xzufi.write_message(self.folder / "redaktion.xml", xzufi.message(*operations, created_at=created))

    def _write_list(self, name: str, column: str, naming: object, night: int, present: list[int]) -> None:
        lines = [f"gebiet;{column};status;link"]
        for number in present:
            what = naming(number)  # type: ignore[operator]
            for place, ars in enumerate(AREAS):
                if (number + place + night) % 4 == 0:
                    status = ("online", "Formular", "beschrieben")[(number + place) % 3]
                    lines.append(f"{ars};{what};{status};{self._url(ars, f'{number}')}")
        (self.folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")

    def _url(self, host: str, page: str) -> str:
        return f"http://{host}.example:{self.port}/{page}"


def _key(number: int) -> str:
    return f"99{100 + number // 2:03}{1 + number % 2:03}001000"


def _title(number: int) -> str:
    return f"{WORDS[number % len(WORDS)]} {ACTS[number // len(WORDS)]}"


def _reference() -> dict[str, str]:
    services = [f"{_key(number)},{_title(number)},{10100 + number // 2}" for number in range(SERVICES)]
    bundles = [f"{10100 + number},Bündel {number},Bauen & Wohnen" for number in range(BUNDLES)]
    tiers = [f"05,{10100 + number},{TIERS[number % len(TIERS)]},hoch" for number in range(BUNDLES)]
    return {
        "area": "\n".join(["level,ars,name,parent_ars,kreisfrei,municipal_status", *_areas()]),
        "ozg_service": "\n".join(["ozg_id,title,theme", *bundles]),
        "leika_service": "\n".join(["leika_key,name,ozg_id", *services]),
        "competence": "\n".join(["land,ozg_id,primary_tier,confidence", *tiers]),
    }


def _areas() -> Iterator[str]:
    yield "bund,000000000000,Deutschland,,0,"
    yield "land,050000000000,Nordrhein-Westfalen,000000000000,0,"
    yield "kreis,055620000000,Recklinghausen,050000000000,0,"
    for ars, (name, parent, status) in CITIES.items():
        if status == "kreisfreie_stadt":
            yield f"kreis,{ars},{name},{parent},1,"
            yield f"gemeinde,{ars},{name},{ars},1,{status}"
        else:
            yield f"gemeinde,{ars},{name},{parent},0,{status}"
