"""A small PVOG for tests: texts with areas, links and units, asked for key by key and area by area.

It answers in the shapes that docs/pvog.md describes, with pages and tokens, through ``tests.faultserver``;
the details have one path for all descriptions, so that this path can be told to misbehave.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from tests.connectors.specimens import PERSONAL
from tests.faultserver import Call, FaultServer

__all__ = [
    "DETAIL",
    "LOCATIONS",
    "ONLINE",
    "PATHS",
    "SERVICES",
    "UNITS",
    "PvogServer",
    "Text",
    "link",
    "online",
    "parameters",
    "unit",
]

SERVICES, ONLINE, DETAIL, UNITS, LOCATIONS = (
    "/api/leikaid",
    "/api/onlineservices",
    "/api/detail",
    "/api/titles",
    "/api/locations",
)
#: Settings that lead to this server's paths.
PATHS = {
    "services_path": "/leikaid?leikaIds={keys}&ars={ars}&page={page}&size={size}",
    "online_path": "/onlineservices?ars={ars}&nextPageToken={token}",
    "detail_path": "/detail?id={id}&ars={ars}",
    "units_path": "/titles?ars={ars}&lbId={id}",
    "locations_path": "/locations",
}
NAME, MAIL, PHONE = PERSONAL
Answering = Callable[[Call], None]


def link(url: str, identifier: str = "L100002.OD.1", title: str = "Online-Antrag") -> dict[str, object]:
    """Return one online service as descriptions show it."""
    return {"id": identifier, "title": title, "uri": url, "executionLanguages": ["de"]}


def unit(name: str, identifier: str = "L100002.OE.4f9426", role: str = "01") -> dict[str, object]:
    """Return one unit as descriptions show it, with people who must not be kept."""
    return {
        "id": identifier,
        "title": name,
        "role": {"code": role, "name": "Zuständige Stelle"},
        "employees": [{"name": NAME, "communications": [{"value": MAIL}, {"value": PHONE}]}],
    }


def online(
    identifier: str, url: str, *descriptions: str, ars: Iterable[str] = (), name: str = "Online-Antrag"
) -> dict[str, object]:
    """Return one online service as its own list shows it."""
    attached = [{"id": each, "ars": list(ars)} for each in descriptions]
    return {"id": identifier, "name": name, "links": [{"uri": url}], "serviceDescriptions": attached}


@dataclass
class Text:
    """One description. ``links`` and ``units`` are by asked area, "" for all others."""

    id: str
    keys: list[str]
    ars: list[str]
    name: str = "Gewerbe anmelden"
    links: dict[str, list[dict[str, object]]] = field(default_factory=dict)
    units: dict[str, list[dict[str, object]]] = field(default_factory=dict)
    updated: str | None = "2026-07-27T08:30:42.308Z"
    text: str = "<p>Wenn Sie ein Gewerbe beginnen &hellip;</p>"
    more: dict[str, object] = field(default_factory=dict)  # of the list's entry
    detail: dict[str, object] = field(default_factory=dict)  # of the details

    def holds(self, area: str) -> bool:
        """Tell whether the text is valid in an area: for itself or something above it."""
        return any(not ars.strip("0") or area.startswith(ars.rstrip("0")) for ars in self.ars)

    def entry(self, area: str) -> dict[str, object]:
        """Return what a list shows for an area."""
        found: dict[str, object] = {
            "id": self.id,
            "name": self.name,
            "leikakeys": self.keys,
            "ars": self.ars,
            "onlineServiceLinks": self.links.get(area, self.links.get("", [])),
            "organisationIds": [each["id"] for each in self.of(area)],
            "lastUpdate": self.updated,
        }
        return found | self.more

    def of(self, area: str) -> list[dict[str, object]]:
        """Return the units for an area."""
        return self.units.get(area, self.units.get("", []))

    def details(self, area: str) -> dict[str, object]:
        """Return the details for an area."""
        modules = [
            {"code": "06", "title": "Volltext", "text": self.text},
            {"code": "93", "title": "Fachliche Freigabe", "text": "Ministerium", "date": "2016-02-17"},
            {"code": "94", "title": "Portal", "links": [{"title": "P", "uri": "https://land.example/l/1"}]},
        ]
        found = {
            **self.entry(area),
            "validityPeriods": [{"validFrom": "2022-08-03", "validTo": None}],
            "details": modules,
            "organisations": self.of(area),
        }
        return found | self.detail


@dataclass
class PvogServer:
    """What this PVOG knows. ``neighbours`` are texts that it shows for keys that are not theirs."""

    texts: list[Text] = field(default_factory=list)
    online: list[dict[str, object]] = field(default_factory=list)
    neighbours: dict[str, list[Text]] = field(default_factory=dict)
    online_per_page: int = 2

    def handlers(self) -> Mapping[str, bytes | Answering]:
        """Return what answers each path."""
        return {
            SERVICES: self._services,
            ONLINE: self._online,
            DETAIL: self._detail,
            UNITS: self._units,
            LOCATIONS: b'[{"ars": "110000000000", "name": "Berlin", "zipCodeCount": 190}]',
        }

    def serve(self, server: FaultServer) -> str:
        """Register with a server; return the base address."""
        for path, answer in self.handlers().items():
            server.add(path, answer, "application/json")
        return server.url("/api")

    def _services(self, call: Call) -> None:
        asked = parameters(call)
        keys, area = set(asked["leikaIds"].split(",")), asked["ars"]
        found = [text for text in self.texts if keys & set(text.keys) and text.holds(area)]
        found += [text for key in sorted(keys) for text in self.neighbours.get(key, [])]
        page, size = int(asked["page"]), int(asked["size"])
        content = [text.entry(area) for text in found[page * size : (page + 1) * size]]
        pages = -(-len(found) // size)
        answer: dict[str, object] = {
            "content": content,
            "totalElements": len(found),
            "totalPages": pages,
            "number": page,
            "size": size,
            "last": page + 1 >= pages,
            "empty": not content,
        }
        _answer(call, answer)

    def _online(self, call: Call) -> None:
        asked = parameters(call)
        start = int(asked.get("nextPageToken", "0"))
        end = start + self.online_per_page
        shown = [item for item in self.online if _is_for(item, asked["ars"])]
        token = str(end) if end < len(shown) else None
        answer = {"totalHits": len(shown), "hits": [], "onlineservices": shown[start:end]}
        _answer(call, answer | {"nextPageToken": token})

    def _detail(self, call: Call) -> None:
        asked = parameters(call)
        found = [text for text in self.texts if text.id == asked["id"]]
        if found:
            _answer(call, found[0].details(asked["ars"]))
        else:
            call.answer(b"", "404 Not Found")

    def _units(self, call: Call) -> None:
        asked = parameters(call)
        _answer(
            call, [each for text in self.texts if text.id == asked["lbId"] for each in text.of(asked["ars"])]
        )


def parameters(call: Call) -> dict[str, str]:
    """Return the parameters of a request."""
    return {name: values[0] for name, values in parse_qs(urlsplit(call.target).query).items()}


def _is_for(item: Mapping[str, object], area: str) -> bool:
    attached = item.get("serviceDescriptions")
    found = [str(ars) for each in attached for ars in each["ars"]] if isinstance(attached, list) else []
    return not found or any(not ars.strip("0") or area.startswith(ars.rstrip("0")) for ars in found)


def _answer(call: Call, answer: object) -> None:
    call.answer(json.dumps(answer, ensure_ascii=False).encode())
