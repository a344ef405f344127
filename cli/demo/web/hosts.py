"""The hosts of websites, portals and services: each is a server of its own on this machine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import NamedTuple

from cli.demo.portals.content import Page
from cli.demo.web.answers import Answer, Asked, answering

__all__ = ["Hosts", "Request"]

_NOT_FOUND = Page(b"", status=404)
_DOWN = Page(b"", status=503, headers={"Retry-After": "3600"})


class Request(NamedTuple):
    """One answered request: the host's invented name, what was asked, and what came of it (bytes)."""

    night: int
    host: str
    method: str
    target: str
    status: int
    size: int


class Hosts:
    """Serves hosts by their invented names; ``find`` gives the file with what a host shows on a night.

    ``requests`` are all requests so far.
    """

    def __init__(
        self, names: Iterable[str], find: Callable[[int, str], Path], night: Callable[[], int]
    ) -> None:
        self._find = find
        self._night = night
        self._lock = Lock()
        self._answers: dict[tuple[int, str], Answer | None] = {}
        self.requests: list[Request] = []
        self._servers: dict[str, ThreadingHTTPServer] = {}
        for name in names:
            server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, self, name))
            server.daemon_threads = True
            self._servers[name] = server

    def start(self) -> None:
        """Begin to serve."""
        for server in self._servers.values():
            Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        with ThreadPoolExecutor(len(self._servers) or 1) as threads:
            # Each waits for its server to look up; one after the other that would take its time.
            list(threads.map(lambda server: server.shutdown(), self._servers.values()))
        self.release()

    def release(self) -> None:
        """Give back the ports of servers that were never started, or are closed."""
        for server in self._servers.values():
            server.server_close()

    def address(self, name: str) -> str:
        """Return the address of a host on this machine, without a slash at its end."""
        return f"http://127.0.0.1:{self._servers[name].server_address[1]}"

    @property
    def names(self) -> Mapping[str, str]:
        """Return the invented address of each host by its address on this machine."""
        return {self.address(name): f"https://{name}" for name in self._servers}

    def answer(self, name: str, asked: Asked) -> Page:
        """Return what a host answers tonight, and note it."""
        night = self._night()
        with self._lock:
            key = (night, name)
            if key not in self._answers:
                self._answers[key] = self._load(night, name)
            respond = self._answers[key]
        page = respond(asked) if respond is not None else _NOT_FOUND
        tag = f'"{blake2b(page.body, digest_size=8).hexdigest()}"'
        if page.status == 200 and asked.headers.get("if-none-match") == tag:
            page = Page(b"", status=304)
        with self._lock:
            self.requests.append(
                Request(night, name, asked.method, asked.target, page.status, len(page.body))
            )
        return Page(page.body, page.content_type, page.status, {"ETag": tag, **page.headers})

    def _load(self, night: int, name: str) -> Answer | None:
        try:
            document = json.loads(self._find(night, name).read_bytes())
        except FileNotFoundError:
            return None
        if document["state"] == "down":
            return lambda _asked: _DOWN
        addresses = {f"https://{each}": self.address(each) for each in self._servers}
        return answering(document, addresses)


class _Handler(BaseHTTPRequestHandler):
    """Answers GET and POST for one host."""

    protocol_version = "HTTP/1.1"
    server_version = "LueckenlosDemo"
    sys_version = ""
    # Without it every answer waits for an acknowledgement of its head.
    wbufsize = -1
    disable_nagle_algorithm = True

    def __init__(self, hosts: Hosts, name: str, *arguments: object) -> None:
        self.hosts = hosts
        self.name = name
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Answer a question."""
        self._answer(b"")

    def do_POST(self) -> None:
        """Answer a form."""
        self._answer(self.rfile.read(min(int(self.headers.get("Content-Length") or 0), 65_536)))

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 -- http.server's name
        """Write nothing: the demo speaks for itself."""

    def _answer(self, form: bytes) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        page = self.hosts.answer(self.name, Asked(self.command, self.path, headers, form))
        self.send_response(page.status)
        for name, value in page.headers.items():
            self.send_header(name, value)
        if page.status != 304:
            self.send_header("Content-Type", page.content_type)
            self.send_header("Content-Length", str(len(page.body)))
        self.end_headers()
        if page.status != 304:
            self.wfile.write(page.body)
