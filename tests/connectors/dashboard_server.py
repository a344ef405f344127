"""A small federal dashboard for tests: rows of areas in pages, as JSON or as CSV, and the whole list."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from connectors.pvog_places import steps_of
from tests.faultserver import Call, FaultServer

__all__ = ["ALL", "ARS", "FIELDS", "DashboardServer", "as_csv", "row"]

ALL, ARS = "/api/v1/data", "/api/v1/ars"
FIELDS = (
    "leika_key",
    "leika_name",
    "ars",
    "ars_name",
    "ars_federal_state",
    "bundesland",
    "leika_bezeichnung",
    "ozgid",
    "ozg_bezeichnung",
    "url",
    "online_status",
    "aktiv",
    "art_flaechendeckung",
)
Answering = Callable[[Call], None]


def row(
    key: str, ars: str, url: str | None = "https://stadt.example/antrag", **more: object
) -> dict[str, object]:
    """Return one row; ``more`` adds and replaces fields."""
    found: dict[str, object] = {
        "leika_key": key,
        "leika_name": f"Leistung {key}",
        "ars": ars,
        "ars_name": "Musterstadt",
        "ars_federal_state": ars[:2],
        "bundesland": "Nordrhein-Westfalen",
        "leika_bezeichnung": f"Leistung {key} Bewilligung",
        "ozgid": 10110,
        "ozg_bezeichnung": "Abfallentsorgung",
        "url": url,
        "online_status": "ok",
        "aktiv": "ja",
        "art_flaechendeckung": "in mind. einer Kommune verfügbar",
    }
    return found | more


def as_csv(rows: Iterable[Mapping[str, object]], delimiter: str = "|") -> bytes:
    """Return rows as a CSV with this delimiter."""
    lines = [FIELDS, *([str(one.get(name) or "") for name in FIELDS] for one in rows)]
    return "".join(delimiter.join(line) + "\r\n" for line in lines).encode()


@dataclass
class DashboardServer:
    """What this dashboard knows. ``asked`` are the parameters of every request, the area's key included."""

    rows: list[dict[str, object]] = field(default_factory=list)
    areas: tuple[str, ...] = ()
    asked: list[dict[str, str]] = field(default_factory=list)
    delimiter: str = "|"

    def handlers(self) -> Mapping[str, bytes | Answering]:
        """Return what answers each path; areas have paths of their own, so that one can misbehave."""
        areas = {f"{ALL}/{area}": self._area for area in self.areas}
        known = {"content": [{"ars": area, "arsName": "Musterstadt"} for area in self.areas[:1]]}
        return {ALL: self._all, ARS: json.dumps(known).encode(), **areas}

    def serve(self, server: FaultServer) -> str:
        """Register with a server; return the base address."""
        for path, answer in self.handlers().items():
            server.add(path, answer, "application/json")
        return server.url("/api")

    def _all(self, call: Call) -> None:
        self._answer(call, self.rows, "")

    def _area(self, call: Call) -> None:
        ars = urlsplit(call.path).path.rpartition("/")[2]
        asked = _parameters(call)
        above, below = asked.get("includeAbove") == "true", asked.get("includeBelow") == "true"
        self._answer(call, [one for one in self.rows if _concerns(str(one["ars"]), ars, above, below)], ars)

    def _answer(self, call: Call, rows: list[dict[str, object]], ars: str) -> None:
        asked = _parameters(call)
        self.asked.append({**asked, "ars": ars})
        number, size = int(asked.get("page", "0")), int(asked.get("size", "100"))
        shown = rows[number * size : (number + 1) * size]
        if asked.get("filetype") == "csv":
            call.answer(as_csv(shown, self.delimiter))
            return
        call.answer(json.dumps(_page(shown, number, size, len(rows)), ensure_ascii=False).encode())


def _page(shown: list[dict[str, object]], number: int, size: int, total: int) -> dict[str, object]:
    sort = {"sorted": True, "unsorted": False, "empty": False}
    pages = -(-total // size)
    return {
        "content": shown,
        "pageable": {
            "paged": True,
            "unpaged": False,
            "pageNumber": number,
            "pageSize": size,
            "offset": number * size,
            "sort": sort,
        },
        "totalPages": pages,
        "totalElements": total,
        "numberOfElements": len(shown),
        "size": size,
        "number": number,
        "sort": sort,
        "first": number == 0,
        "last": number + 1 >= pages,
        "empty": not shown,
    }


def _concerns(ars: str, asked: str, above: bool, below: bool) -> bool:
    return ars == asked or (above and ars in steps_of(asked)) or (below and asked in steps_of(ars))


def _parameters(call: Call) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(call.target).query).items()}
