"""Asks the application as a server would, without a network: one event loop, targets exactly as written."""

from __future__ import annotations

import asyncio
import csv
import gzip
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from sqlalchemy.engine import make_url
from starlette.types import ASGIApp, Message

from cli.serve.app import build
from cli.serve.database import Library
from cli.serve.desk import Desk

__all__ = ["Browser", "Reply", "browsing"]


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def rows(self) -> list[dict[str, Any]]:
        return list(self.json["rows"])

    @property
    def meta(self) -> dict[str, Any]:
        return dict(self.json["meta"])

    @property
    def table(self) -> list[list[str]]:
        text = self.body.decode("utf-8-sig")
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))

    @property
    def unpacked(self) -> bytes:
        return gzip.decompress(self.body)


class Browser:
    """Sends requests to an application; ``troubles`` are the errors it reported."""

    def __init__(self, app: ASGIApp, troubles: list[BaseException] | None = None) -> None:
        self.app = app
        self.troubles = troubles or []
        self._runner = asyncio.Runner()

    def get(self, target: str, **headers: str) -> Reply:
        return self.send("GET", target, **headers)

    def send(self, method: str, target: str, **headers: str) -> Reply:
        return self._runner.run(self.request(method, target, headers))

    def together(self, *targets: str) -> list[Reply]:
        """Send several requests at once."""

        async def all_of_them() -> list[Reply]:
            return await asyncio.gather(*(self.request("GET", target, {}) for target in targets))

        return self._runner.run(all_of_them())

    async def request(self, method: str, target: str, headers: dict[str, str]) -> Reply:
        path, _, query = target.partition("?")
        named = {"host": "localhost", **{k.replace("_", "-"): v for k, v in headers.items()}}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in named.items()],
            "client": ("127.0.0.1", 50_000),
            "server": ("127.0.0.1", 80),
        }
        said: list[Message] = []

        requests: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> Message:
            if not requests:
                await asyncio.Event().wait()  # whoever asked stays until it is answered
            return requests.pop()

        async def send(message: Message) -> None:
            said.append(message)

        await self.app(scope, receive, send)
        assert [one["type"] for one in said[:1]] == ["http.response.start"]
        fields = {name.decode().lower(): value.decode("latin-1") for name, value in said[0]["headers"]}
        return Reply(said[0]["status"], fields, b"".join(one.get("body", b"") for one in said[1:]))

    def close(self) -> None:
        self._runner.close()


@contextmanager
def browsing(url: str, **options: Any) -> Iterator[Browser]:
    """Give a browser of the application over a database; unless told otherwise no answer is ever old."""
    library = Library(make_url(url))
    troubles: list[BaseException] = []
    strict = {"patience": 0.0, **options}
    browser = Browser(build(Desk(library), report=troubles.append, **strict), troubles)
    browser.troubles = troubles
    try:
        yield browser
    finally:
        browser.close()
        library.close()
