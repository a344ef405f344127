"""A small FIM portal for tests: services in pages, ordered by key, as its list of profiles shows them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from tests.faultserver import Call, FaultServer

__all__ = ["PATH", "FimServer", "entry", "ozg"]

PATH = "/api/v0/leistung-steckbriefe"


def ozg(ozg_id: str, title: str, theme: str, label: str = "") -> dict[str, object]:
    """Return the OZG service of an entry."""
    return {
        "id": ozg_id,
        "leistung": title,
        "themenfeld": theme,
        "themenfeld_label": label or theme.title(),
        "vollzugsbehoerden": [],
    }


def entry(key: str, name: str, **more: object) -> dict[str, object]:
    """Return one entry of the list; ``more`` adds and replaces fields."""
    found: dict[str, object] = {
        "leistungsschluessel": key,
        "title": name,
        "leistungsbezeichnung": name,
        "leistungsbezeichnung_2": f"{name} beantragen",
        "freigabe_status": 6,
        "geaendert_datum_zeit": "2026-03-25T08:30:00Z",
        "ozg": None,
        "rechtsgrundlagen": "§ 1 Mustergesetz\n§ 2 Mustergesetz",
        "leistung_stammtexte": [["B100019", "110885418"]],
    }
    return found | more


@dataclass
class FimServer:
    """What this portal knows. ``most`` is the largest page it gives, whatever is asked for."""

    entries: list[object] = field(default_factory=list)
    most: int = 200
    asked: list[dict[str, str]] = field(default_factory=list)

    def serve(self, server: FaultServer) -> str:
        """Register with a server; return the address of the list."""
        return server.add(PATH, self._answer, "application/json")

    def _answer(self, call: Call) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(call.target).query).items()}
        self.asked.append(query)
        limit, offset = int(query["limit"]), int(query["offset"])
        if limit > 200:
            fault = {"loc": ["query", "limit"], "msg": "too large", "type": "less_than_equal"}
            call.answer(json.dumps({"detail": [fault]}).encode(), "422 Unprocessable Entity")
            return
        found = self._found(query.get("updated_since", ""))
        items = found[offset : offset + min(limit, self.most)]
        answer = {
            "items": items,
            "offset": offset,
            "limit": limit,
            "count": len(items),
            "total_count": len(found),
        }
        call.answer(json.dumps(answer, ensure_ascii=False).encode())

    def _found(self, since: str) -> list[object]:
        return [
            one
            for one in self.entries
            if not since or not isinstance(one, Mapping) or str(one["geaendert_datum_zeit"]) >= since
        ]
