"""What the demo's hosts answer: pages, the search service, and the log of changes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cli.demo.portals.content import Page, find_page

__all__ = ["Answer", "Asked", "answering"]

#: What the log's server accepts; the demo has no secrets.
CLIENT, SECRET = "lueckenlos-demo", "nur-in-der-demo-geheim"
_TOKEN_LIFE = 300  # seconds
_ONLINE_PER_PAGE = 5
_BUND = "000000000000"
_JSON = "application/json"


@dataclass(frozen=True)
class Asked:
    """A request: ``target`` is path and query, ``form`` the body of a POST."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    form: bytes = b""

    @property
    def path(self) -> str:
        """Return the path without query."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """Return the parameters."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.target).query).items()}


Answer = Callable[[Asked], Page]


def answering(document: Mapping[str, Any], addresses: Mapping[str, str]) -> Answer:
    """Return what answers for a host on a night; ``addresses`` are those of hosts on this machine."""
    kind = document["kind"]
    if kind == "pvog":
        return _Pvog(document["texts"], old=document["old"]).answer
    if kind == "dashboard":
        return _Dashboard(document["rows"], addresses).answer
    if kind == "log":
        return _Log(document["blocks"], expires=document["expires"]).answer
    return _Site(document, addresses).answer


class _Site:
    """A host with pages."""

    def __init__(self, document: Mapping[str, Any], addresses: Mapping[str, str]) -> None:
        self._blocked = document["state"] == "blocked"
        self._pages = {
            target: Page(_localised(text, addresses).encode(encoding), content_type, status)
            for target, (status, content_type, encoding, text) in document["pages"].items()
        }

    def answer(self, asked: Asked) -> Page:
        if self._blocked and asked.path == "/robots.txt":
            return Page(b"", status=503, headers={"Retry-After": "3600"})
        found = find_page(self._pages, asked.target)
        return found or Page(b"<h1>Nicht gefunden</h1>", status=404)


def _localised(text: str, addresses: Mapping[str, str]) -> str:
    """Let links to hosts of the demo lead to this machine."""
    for name, address in addresses.items():
        text = text.replace(f"{name}/", f"{address}/") if name in text else text
    return text


class _Pvog:
    """The search service. After an interface was switched off, only its new version answers."""

    def __init__(self, texts: Sequence[Mapping[str, Any]], *, old: bool) -> None:
        self._texts = texts
        self._version = "/v3/" if old else "/v4/"

    def answer(self, asked: Asked) -> Page:
        path, query = asked.path, asked.query
        if path.endswith("/servicedescriptions/leikaid"):
            return self._services(query) if self._version in path else _json({}, 404)
        if path.endswith("/onlineservices"):
            return self._online(query)
        if path.endswith("/detail"):
            return self._detail(path.split("/")[-2], query)
        return _json([{"ars": _BUND, "name": "Berlin"}]) if path.endswith("/locations") else _json({}, 404)

    def _services(self, query: Mapping[str, str]) -> Page:
        keys, area = set(query["leikaIds"].split(",")), query["ars"]
        found = [
            _entry(text, area) for text in self._texts if keys & {*text["leikakeys"]} and _holds(text, area)
        ]
        page, size = int(query["page"]), int(query["size"])
        content = found[page * size : (page + 1) * size]
        pages = -(-len(found) // size)
        return _json(
            {
                "content": content,
                "totalElements": len(found),
                "totalPages": pages,
                "number": page,
                "size": size,
                "last": page + 1 >= pages,
                "empty": not content,
            }
        )

    def _online(self, query: Mapping[str, str]) -> Page:
        """Answer with a few services of the Bund that every area has; nobody asks for their keys."""
        shown = [
            {
                "id": f"B100019.OD.{number}",
                "name": f"Dienst des Bundes {number}",
                "links": [{"uri": f"https://service.bund.example/dienst/{number}"}],
                "serviceDescriptions": [{"id": f"B100019.LB.{number}", "ars": [_BUND]}],
            }
            for number in range(7)
        ]
        start = int(query.get("nextPageToken", "0"))
        end = start + _ONLINE_PER_PAGE
        token = str(end) if end < len(shown) else None
        answer = {"totalHits": len(shown), "hits": [], "onlineservices": shown[start:end]}
        return _json(answer | {"nextPageToken": token})

    def _detail(self, identifier: str, query: Mapping[str, str]) -> Page:
        found = next((text for text in self._texts if text["id"] == identifier), None)
        if found is None:
            return _json({}, 404)
        modules = [{"code": "06", "title": "Volltext", "text": "<p>Eine erfundene Beschreibung.</p>"}]
        unit = {
            "id": f"{identifier}.OE",
            "title": "Bürgerbüro",
            "role": {"code": "01", "name": "Zuständige Stelle"},
            "employees": [{"name": "Sabine Beispielfrau", "communications": [{"value": "02361 99-4711"}]}],
        }
        return _json({**_entry(found, query.get("ars", "")), "details": modules, "organisations": [unit]})


def _holds(text: Mapping[str, Any], area: str) -> bool:
    return any(area.startswith(ars.rstrip("0")) for ars in text["ars"])


def _entry(text: Mapping[str, Any], area: str) -> dict[str, object]:
    links = [text["links"][area]] if area in text["links"] else []
    shown = [{"id": number, "title": "Online-Antrag", "uri": url} for number, url in links]
    entry = {name: value for name, value in text.items() if name != "links"}
    return {**entry, "onlineServiceLinks": shown, "organisationIds": [f"{text['id']}.OE"]}


class _Dashboard:
    """The federal dashboard: rows of an area and of those above it, in pages."""

    def __init__(self, rows: Sequence[Mapping[str, Any]], addresses: Mapping[str, str]) -> None:
        # Feeds name hosts as the demo invented them, pages by their address on this machine.
        local = [{**row, "url": _localised(row["url"], addresses)} for row in rows]
        self._rows = [row for pair in zip(rows, local, strict=True) for row in pair]
        self._rows = [row for place, row in enumerate(self._rows) if row not in self._rows[place - 1 : place]]

    def answer(self, asked: Asked) -> Page:
        area = asked.path.rpartition("/")[2]
        query = asked.query
        number, size = int(query.get("page", "0")), int(query.get("size", "100"))
        rows = [row for row in self._rows if area == row["ars"] or _lies_below(area, row["ars"])]
        shown = rows[number * size : (number + 1) * size]
        pages = -(-len(rows) // size)
        return _json(
            {
                "content": shown,
                "totalPages": pages,
                "totalElements": len(rows),
                "numberOfElements": len(shown),
                "size": size,
                "number": number,
                "first": number == 0,
                "last": number + 1 >= pages,
                "empty": not shown,
            }
        )


def _lies_below(area: str, other: str) -> bool:
    return area.startswith(other.rstrip("0")) and not other[5:].strip("0")


class _Log:
    """The log: gives out tokens, and blocks to whoever has one that is still good."""

    def __init__(self, blocks: Sequence[Mapping[str, Any]], *, expires: bool) -> None:
        self._blocks = {block["index"]: block for block in blocks}
        self._end = max(block["next"] for block in blocks)
        self._expires = expires  # the first token, in the middle
        self._tokens = 0
        self._given = 0

    def answer(self, asked: Asked) -> Page:
        if asked.path == "/token":
            return self._token(asked)
        if asked.headers.get("authorization") != f"Bearer {self._name()}":
            return _json({}, 401)
        if self._expires and self._tokens == 1 and self._given:
            return _json({}, 401)
        self._given += 1
        index = int(asked.query["index"])
        block = self._blocks.get(index, {"count": 0, "next": self._end, "xml": ""})
        return _json(
            {
                "anzahlObjekte": block["count"],
                "xzufiObjekte": block["xml"],
                "vollstaendig": block["next"] >= self._end,
                "naechsterIndex": block["next"],
            }
        )

    def _token(self, asked: Asked) -> Page:
        form = parse_qs(asked.form.decode())
        if form.get("client_id") != [CLIENT] or form.get("client_secret") != [SECRET]:
            return _json({"error": "invalid_client"}, 401)
        self._tokens += 1
        return _json({"access_token": self._name(), "token_type": "Bearer", "expires_in": _TOKEN_LIFE})

    def _name(self) -> str:
        return f"zugang-{self._tokens}"


def _json(content: object, status: int = 200) -> Page:
    return Page(json.dumps(content, ensure_ascii=False).encode(), _JSON, status)
