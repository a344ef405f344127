"""Web servers on this machine that serve the deliveries of one night, and the hosts beside them."""

from __future__ import annotations

from email.utils import formatdate
from functools import partial
from hashlib import blake2b
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit

from cli.demo.generator import DOWN_FILE, HOSTS_FOLDER, night_folder
from cli.demo.sources import all_hosts
from cli.demo.web.hosts import Hosts

__all__ = ["DemoServer"]

_TYPES = {".xml": "application/xml", ".gz": "application/gzip", ".zip": "application/zip", ".csv": "text/csv"}
#: How long a broken source says it will stay broken; longer than anybody waits.
_BROKEN_SECONDS = "3600"
_LOOK_SECONDS = 0.5


class DemoServer:
    """Serves the deliveries below a folder at a free port of the loopback interface.

    ``night`` says which night's deliveries are served; it may be changed at any time. ``hosts`` are the
    websites, portals and services, each at a free port of its own. Raise OSError if the wanted port is
    taken.
    """

    def __init__(self, folder: Path, night: int = 1, port: int = 0) -> None:
        self.folder = folder
        self.night = night
        self._server = ThreadingHTTPServer(("127.0.0.1", port), partial(_Handler, self))
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.hosts = Hosts(all_hosts(), self._file_of, lambda: self.night)

    @property
    def url(self) -> str:
        """Return the address, with a slash at its end."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    def __enter__(self) -> Self:
        self._thread.start()
        self.hosts.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.hosts.close()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def wait(self) -> None:
        """Serve until somebody interrupts the program."""
        # A join without end cannot be interrupted on every system.
        while self._thread.is_alive():
            self._thread.join(_LOOK_SECONDS)

    def _file_of(self, night: int, host: str) -> Path:
        return night_folder(self.folder, night) / HOSTS_FOLDER / f"{host}.json"

    def find(self, path: str) -> Path | None:
        """Return the file behind a path; None if there is none, or if its source is broken tonight."""
        root = night_folder(self.folder, self.night).resolve()
        target = (root / path.lstrip("/")).resolve()
        return target if target.is_relative_to(root) and target.is_file() else None

    def is_broken(self, path: str) -> bool:
        """Tell whether the source behind a path gives no answer tonight."""
        note = night_folder(self.folder, self.night) / DOWN_FILE
        down = note.read_text(encoding="utf-8").split() if note.exists() else []
        return path.lstrip("/").partition("/")[0] in down


class _Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD."""

    protocol_version = "HTTP/1.1"
    server_version = "LueckenlosDemo"
    sys_version = ""

    def __init__(self, demo: DemoServer, *arguments: object) -> None:
        self.demo = demo
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Answer with a file."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Answer with a file's headers."""
        self._answer(with_body=False)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 -- http.server's name
        """Write nothing: the demo speaks for itself."""

    def _answer(self, *, with_body: bool) -> None:
        path = unquote(urlsplit(self.path).path)
        if self.demo.is_broken(path):
            self._send(HTTPStatus.SERVICE_UNAVAILABLE, b"", {"Retry-After": _BROKEN_SECONDS})
            return
        file = self.demo.find(path)
        if file is None:
            self._send(HTTPStatus.NOT_FOUND, b"", {})
            return
        data = file.read_bytes()
        tag = f'"{blake2b(data, digest_size=8).hexdigest()}"'
        changed = formatdate(file.stat().st_mtime, usegmt=True)
        headers = {"ETag": tag, "Last-Modified": changed}
        if self.headers.get("If-None-Match") == tag:
            self._send(HTTPStatus.NOT_MODIFIED, None, headers)
            return
        headers["Content-Type"] = _TYPES.get(file.suffix, "text/plain; charset=utf-8")
        self._send(HTTPStatus.OK, data, headers, with_body=with_body)

    def _send(
        self, status: HTTPStatus, body: bytes | None, headers: dict[str, str], *, with_body: bool = True
    ) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if body is not None:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if body and with_body:
            self.wfile.write(body)
