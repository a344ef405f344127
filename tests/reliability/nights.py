"""Two nights of a region, large enough for a sync to take a while: what sources deliver in each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select

from catalogue.store import Store
from catalogue.tables import leika_service
from tests.sync import xzufi

__all__ = ["Nights"]

#: Bottrop, Gelsenkirchen, the Kreis Recklinghausen with its ten cities, and Herne.
AREAS = (
    *("055120000000", "055130000000", "055620004004", "055620008008", "055620012012", "055620014014"),
    *("055620016016", "055620020020", "055620024024", "055620028028", "055620032032", "055620036036"),
    "059160000000",
)
REGION = """\
[region]
name = "Nächte"
areas = [{areas}, {{ name = "Recklinghausen", level = "kreis" }}]

[[source]]
id = "redaktion"
type = "xzufi"
location = "redaktion.xml"

[[source]]
id = "portal"
type = "list"
location = "portal.csv"
columns = {{ area = "gebiet", key = "leika", status = "status", url = "link" }}
complete = true

[[source]]
id = "umfrage"
type = "list"
location = "umfrage.csv"
columns = {{ area = "gebiet", title = "titel", status = "status", url = "link" }}
complete = true
"""


class Nights:
    """A folder with a region file; ``write`` puts a night's deliveries beside it."""

    def __init__(self, folder: Path, store: Store, services: int) -> None:
        self.folder = folder
        self.region = folder / "region.toml"
        folder.mkdir(parents=True, exist_ok=True)
        areas = ", ".join(f'"{ars}"' for ars in AREAS)
        self.region.write_text(REGION.format(areas=areas), encoding="utf-8")
        known = select(leika_service.c.leika_key, leika_service.c.name).where(
            leika_service.c.leaf, leika_service.c.ozg_id.is_not(None)
        )
        with store.read() as connection:
            rows = connection.execute(known.order_by(leika_service.c.leika_key)).all()
        step = max(1, len(rows) // services)
        self._services = [(row[0], row[1]) for row in rows[::step]][:services]

    def write(self, night: int) -> None:
        """Write what the sources deliver: each night some of it is new, changed or gone."""
        present = [
            (number, key, name) for number, (key, name) in enumerate(self._services) if (number + night) % 7
        ]
        self._write_feed(night, present)
        self._write_list("portal.csv", "leika", night, [(number, key) for number, key, _ in present])
        self._write_list("umfrage.csv", "titel", night, [(number, name) for number, _, name in present[::5]])

    def _write_feed(self, night: int, present: Sequence[tuple[int, str, str]]) -> None:
        operations = []
        for number, key, name in present:
            areas = [ars for place, ars in enumerate(AREAS) if (number + place) % 3]
            url = f"https://redaktion.example/{number}" + (f"/{night}" if number % 5 == 0 else "")
            operations += [
                xzufi.service(f"L{number}", key, name.replace("&", "und").replace("<", "")),
                xzufi.online(f"O{number}", url),
                xzufi.responsibility(f"Z{number}", f"L{number}", *areas, provider=f"O{number}"),
            ]
        created = f"2026-11-{night:02}T02:00:00Z"
        xzufi.write_message(self.folder / "redaktion.xml", xzufi.message(*operations, created_at=created))

    def _write_list(self, name: str, column: str, night: int, said: Sequence[tuple[int, str]]) -> None:
        lines = [f"gebiet;{column};status;link"]
        for number, what in said:
            for place, ars in enumerate(AREAS):
                if (number + place + night) % 4 == 0:
                    status = ("online", "Formular", "beschrieben")[(number + place) % 3]
                    lines.append(f'{ars};"{what}";{status};https://portal.example/{ars}/{number}')
        (self.folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
