"""A web server on the loopback interface that misbehaves on demand: one address per misbehaviour.

A path without a fault serves what a test registered::

    with FaultServer() as server:
        server.add("/feed.xml", b"<feed/>", content_type="application/xml")
        server.url("/feed.xml")                      # the file, properly
        server.url("/feed.xml", fault="reset=50")    # the same, connection reset in the middle

The fault is the first segment of the path (``/~reset=50/feed.xml``), so a whole folder can be served
with it: relative names inside an index keep it. Where a source makes up its own addresses, a path can be
told to misbehave from its n-th request on (``server.misbehave("/feed.xml", "reset=50", first=2)``).
``tests.misbehaviours`` has the list of faults. Every request is counted by its path in ``server.hits``.

A path may also be answered by a function of the request, for interfaces with queries and pages.
"""

from __future__ import annotations

import hashlib
import select
import socket
import socketserver
import ssl
import struct
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote, unquote

__all__ = ["Call", "FaultServer", "Payload"]

_LAST_MODIFIED = "Tue, 06 Jan 2026 02:30:00 GMT"
_BLOCK = 65_536
_STAND_IN = b"0123456789" * 2_000
Answering = Callable[["Call"], None]


@dataclass(frozen=True)
class Payload:
    """What a path serves: bytes, a file that is read when it is asked for, or what a function answers."""

    content: bytes | Path | Answering
    content_type: str = "application/octet-stream"

    @property
    def body(self) -> bytes:
        """Return all bytes; those of a function are known only to itself."""
        if isinstance(self.content, Path):
            return self.content.read_bytes()
        return self.content if isinstance(self.content, bytes) else _STAND_IN

    @property
    def etag(self) -> str:
        """Return a validator that changes with the content."""
        return f'"{hashlib.blake2b(self.body, digest_size=8).hexdigest()}"'


@dataclass
class Call:
    """One request, and the means to answer it well or badly."""

    server: FaultServer
    connection: socket.socket
    target: str
    headers: dict[str, str]
    argument: str = ""
    payload: Payload = field(default_factory=lambda: Payload(_STAND_IN))
    #: What came with a POST.
    form: bytes = b""
    method: str = "GET"
    #: The path behind the fault's segment.
    path: str = "/"
    faulty: bool = False

    @property
    def number(self) -> int:
        """Return how often this path was asked for, this time included."""
        return self.server.hits[self.target.partition("?")[0]]

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.connection.sendall(data)

    def head(self, status: str = "200 OK", **headers: str | int) -> bytes:
        """Return a status line and headers; underscores in names stand for hyphens."""
        fields = {"Content-Type": self.payload.content_type}
        if self.faulty:
            # Else the client may send its next request into the connection that is about to end.
            fields["Connection"] = "close"
        fields |= {name.replace("_", "-"): str(value) for name, value in headers.items()}
        lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in fields.items())]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def answer(self, body: bytes, status: str = "200 OK", **headers: str | int) -> None:
        """Send a proper response."""
        self.send(self.head(status, Content_Length=len(body), **headers) + body)

    def share(self) -> bytes:
        """Return the first ``argument`` per cent of the payload."""
        body = self.payload.body
        return body[: len(body) * int(self.argument or "50") // 100]

    def pause(self, seconds: float) -> None:
        """Wait. Raise ConnectionAbortedError when the server is being closed."""
        if self.server.closing.wait(seconds):
            raise ConnectionAbortedError

    def hang(self) -> None:
        """Wait until the client goes away or the server is closed."""
        while True:
            readable, _, _ = select.select([self.connection], [], [], 0)
            if readable and not self.connection.recv(_BLOCK):
                return
            self.pause(0.02)

    def reset(self) -> None:
        """Close the connection the hard way."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


class FaultServer:
    """The server; a context manager. ``tls`` names a file with certificate and key."""

    def __init__(self, *, host: str = "127.0.0.1", tls: Path | None = None) -> None:
        self.hits: Counter[str] = Counter()
        self.requests: list[Call] = []
        self.connections = 0
        self.closing = threading.Event()
        self.failures: list[BaseException] = []
        #: Paths that are served properly even if a fault is asked for.
        self.spared: set[str] = set()
        #: Paths that misbehave: the fault, and the first and last request that meets it.
        self.misbehaving: dict[str, tuple[str, int, int]] = {}
        self._payloads: dict[str, Payload] = {}
        self._folders: dict[str, Path] = {}
        self._scheme = "https" if tls else "http"
        self._context: ssl.SSLContext | None = None
        if tls:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(tls)
        self._host = host
        self._listener = _Listener((host, 0), _Handler)
        self._listener.owner = self
        self.port = int(self._listener.server_address[1])
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.005,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.closing.set()
        self._listener.shutdown()
        self._listener.server_close()
        self._thread.join()
        if self.failures and error is None:
            raise self.failures[0]

    def misbehave(self, path: str, fault: str, *, first: int = 1, times: int = 1_000_000) -> None:
        """Let a path misbehave from its ``first`` request on, so many ``times``."""
        self.misbehaving[path] = (fault, first, first + times - 1)

    def add(
        self,
        path: str,
        content: bytes | Path | Answering,
        content_type: str = "application/octet-stream",
    ) -> str:
        """Serve bytes, a file, or what a function answers under a path; return its address."""
        self._payloads[path] = Payload(content, content_type)
        return self.url(path)

    def add_folder(self, path: str, folder: Path) -> str:
        """Serve all files of a folder under a path that ends with a slash; return its address."""
        self._folders[path] = folder
        return self.url(path)

    def url(self, path: str = "/", *, fault: str = "", host: str = "") -> str:
        """Return the address of a path, served with a fault if one is named (``name=argument``)."""
        return f"{self._scheme}://{host or self._host}:{self.port}{self.path(path, fault=fault)}"

    def path(self, path: str = "/", *, fault: str = "") -> str:
        """Return the path as it is asked for and counted."""
        if not fault:
            return path
        name, equals, argument = fault.partition("=")
        return f"/~{name}{equals}{quote(argument, safe='')}{path}"

    def find(self, path: str) -> Payload | None:
        """Return what a path serves."""
        if path in self._payloads:
            return self._payloads[path]
        for prefix, folder in self._folders.items():
            file = folder / unquote(path.removeprefix(prefix))
            if path.startswith(prefix) and file.is_file():
                return Payload(file)
        return None

    def serve(self, connection: socket.socket) -> None:
        """Serve one connection until one side has enough."""
        self.connections += 1
        if self._context:
            connection = self._context.wrap_socket(connection, server_side=True)
        with connection:
            while call := self._next_call(connection):
                if not self._answer(call):
                    return

    def _next_call(self, connection: socket.socket) -> Call | None:
        head = b""
        while b"\r\n\r\n" not in head:
            readable, _, _ = select.select([connection], [], [], 0.02)
            if self.closing.is_set():
                return None
            if readable:
                data = connection.recv(_BLOCK)
                if not data:
                    return None
                head += data
        head, _, form = head.partition(b"\r\n\r\n")
        request, *lines = head.decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines if line)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        method, target, _ = request.split(" ", 2)
        while len(form) < int(headers.get("content-length", "0")):
            form += connection.recv(_BLOCK)
        return Call(self, connection, target, headers, form=form, method=method)

    def _answer(self, call: Call) -> bool:
        """Answer a request; say whether the connection can go on."""
        from tests.misbehaviours import FAULTS, not_found, serve_payload

        path = call.target.partition("?")[0]
        self.hits[path] += 1
        self.requests.append(call)
        if path.startswith("/~"):
            segment, _, rest = path[2:].partition("/")
            name, _, argument = segment.partition("=")
            call.argument, call.path, call.faulty = unquote(argument), f"/{rest}", True
            call.payload = self.find(call.path) or call.payload
            behave = serve_payload if call.path in self.spared else FAULTS[name]
            behave(call)
            return False
        payload = self.find(path)
        fault, first, last = self.misbehaving.get(path, ("", 0, 0))
        if fault and first <= self.hits[path] <= last:
            name, _, call.argument = fault.partition("=")
            call.payload, call.path, call.faulty = payload or call.payload, path, True
            FAULTS[name](call)
            return False
        if payload is None:
            not_found(call)
        else:
            call.payload, call.path = payload, path
            serve_payload(call)
        return True


class _Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64
    owner: FaultServer


class _Handler(socketserver.BaseRequestHandler):
    server: _Listener
    request: socket.socket

    def handle(self) -> None:
        owner = self.server.owner
        try:
            owner.serve(self.request)
        except OSError:
            # The client went away, which is what many of the faults are for.
            return
        except Exception as error:
            owner.failures.append(error)
