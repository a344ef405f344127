"""A proxy on the loopback interface that spoils a share of what passes through it, seeded.

It stands before other servers of this machine: :meth:`FaultProxy.front` gives the address under which one of
them is asked from then on. What happens to a request depends on the seed, the night, the server's name, the
path and how often it was asked for, and not on the order in which threads come along::

    with FaultProxy(seed=1) as proxy:
        address = proxy.front("stadt", "http://127.0.0.1:8001")
        proxy.begin(night=2, rate=0.3)
        ...
        proxy.injected          # Counter({"reset": 12, "burst": 40, ...})

What is altered on its way shows in formats that check themselves (XML, JSON, archives). In web pages and
lists nothing shows, but there encryption sees to it: an altered answer breaks the connection. That is how the
proxy treats them unless it is told that nothing is ``encrypted``.

A failing name server is no matter of HTTP: :meth:`FaultProxy.look_up` stands in for the system's resolver.
"""

from __future__ import annotations

import random
import select
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable
from functools import partial
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import urlsplit

__all__ = ["ALTERED", "FAULTS", "FLIP", "UNKNOWN_NAME", "FaultProxy"]

#: Faults that somebody who knows HTTP can see.
VISIBLE = ("reset", "stall", "short", "burst")
#: Faults that only the content can tell, if anything can: other bytes, and another answer or less of it.
ALTERED = ("corrupt", "duplicate", "reorder")
REPLACED = ("truncate", "error-page")
UNKNOWN_NAME = "unknown-name"
FAULTS = (*VISIBLE, *ALTERED, *REPLACED, UNKNOWN_NAME)
#: One letter or digit becomes another one; no format can tell. Not among the others.
FLIP = "flip"

ERROR_PAGE = b"<!DOCTYPE html><html><head><title>Wartung</title></head><body><p>Wartung</p></body></html>"
LONGEST_BURST = 6
LONGEST_GARBAGE = 64  # bytes
_HOP_BY_HOP = frozenset({"connection", "content-length", "transfer-encoding", "keep-alive", "server", "date"})
_UPSTREAM_SECONDS = 60
_SELF_CHECKING = frozenset({"application/xml", "application/json", "application/gzip", "application/zip"})
_ASCII = bytes([*range(0x30, 0x3A), *range(0x41, 0x5B), *range(0x61, 0x7B)])


class _Answer(NamedTuple):
    """What the server behind the proxy said."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class FaultProxy:
    """The proxy; a context manager. ``kinds`` are the faults that it may inject."""

    def __init__(self, seed: int, kinds: tuple[str, ...] = FAULTS, *, encrypted: bool = True) -> None:
        self.seed = seed
        self.kinds = kinds
        self.encrypted = encrypted
        self.closing = threading.Event()
        self.injected: Counter[str] = Counter()
        self.requests = 0
        self._night = 0
        self._rate = 0.0
        self._lock = threading.Lock()
        self._asked: Counter[str] = Counter()
        self._bursts: Counter[str] = Counter()
        self._fronts: dict[str, ThreadingHTTPServer] = {}
        self._names: dict[int, str] = {}  # by port

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.closing.set()
        for server in self._fronts.values():
            server.shutdown()
            server.server_close()

    def front(self, name: str, behind: str) -> str:
        """Return the address under which the proxy hands on what is asked of the server ``behind``."""
        if name not in self._fronts:
            handler = partial(_Handler, self, name, urlsplit(behind).port)
            server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
            server.daemon_threads = True
            self._fronts[name] = server
            self._names[server.server_address[1]] = name
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return f"http://127.0.0.1:{self._fronts[name].server_address[1]}"

    def begin(self, night: int, rate: float) -> None:
        """Begin a night in which this share of the requests is spoilt."""
        with self._lock:
            self._night, self._rate = night, rate
            self._asked.clear()
            self._bursts.clear()
            self.injected.clear()
            self.requests = 0

    def draw(self, place: str, *, names: bool = False) -> tuple[str, random.Random]:
        """Return the fault that a request for a place meets, if any, and the source of its details.

        With ``names`` it is about finding the server, which is the only thing that can go wrong then.
        """
        with self._lock:
            self._asked[place] += 1
            chance = random.Random(f"{self.seed}|{self._night}|{place}|{self._asked[place]}")
            self.requests += not names
            if self._bursts[place] > 0:
                self._bursts[place] -= 1
                fault = "burst"
            else:
                fault = chance.choice(self.kinds) if chance.random() < self._rate else ""
                if (fault == UNKNOWN_NAME) is not names:
                    fault = ""
                if fault == "burst":
                    self._bursts[place] = chance.randint(0, LONGEST_BURST - 1)
            if fault:
                self.injected[fault] += 1
        return fault, chance

    def count_instead(self, fault: str, other: str) -> str:
        """Count another fault in the place of one that was drawn, and return it."""
        with self._lock:
            self.injected[fault] -= 1
            self.injected[other] += 1
        return other

    def look_up(self, real: Callable[..., object]) -> Callable[..., object]:
        """Return a resolver that fails for a share of the servers' names, and asks the ``real`` one else."""

        def getaddrinfo(host: object, port: object, *more: object, **named: object) -> object:
            name = self._names.get(port, "") if isinstance(port, int) else ""
            if name:
                fault, chance = self.draw(f"name of {name}", names=True)
                if fault:
                    code = chance.choice((socket.EAI_AGAIN, socket.EAI_NONAME))
                    raise socket.gaierror(code, "no such name, for a test")
            return real(host, port, *more, **named)

        return getaddrinfo


class _Handler(BaseHTTPRequestHandler):
    """Hands one request on, and its answer back, whole or spoilt."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def __init__(self, proxy: FaultProxy, name: str, port: int, *arguments: object) -> None:
        self.proxy = proxy
        self.name = name
        self.port = port
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self._hand_on(None)

    def do_POST(self) -> None:
        self._hand_on(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 -- http.server's name
        """Write nothing."""

    def _hand_on(self, form: bytes | None) -> None:
        fault, chance = self.proxy.draw(f"{self.command} {self.name}{self.path}")
        if fault == "burst":
            self._send(_Answer(chance.choice((500, 502, 503, 504)), [], b"sorry"))
            return
        answer = self._ask(form)
        altered = fault in (*ALTERED, FLIP)
        if (altered and not self._can_be_altered(answer)) or (fault in REPLACED and not answer.body):
            fault = self.proxy.count_instead(fault, "reset")
        try:
            self._answer(answer, fault, chance)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _can_be_altered(self, answer: _Answer) -> bool:
        """Tell whether altered bytes get through to whoever reads the content."""
        kind = dict(answer.headers).get("Content-Type", "").partition(";")[0]
        return bool(answer.body) and (kind in _SELF_CHECKING or not self.proxy.encrypted)

    def _ask(self, form: bytes | None) -> _Answer:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=_UPSTREAM_SECONDS)
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            connection.request(self.command, self.path, form, headers)
            response = connection.getresponse()
            kept = [pair for pair in response.getheaders() if pair[0].lower() not in _HOP_BY_HOP]
            return _Answer(response.status, kept, response.read())
        finally:
            connection.close()

    def _answer(self, answer: _Answer, fault: str, chance: random.Random) -> None:
        body = answer.body
        cut = chance.randint(0, max(len(body) - 1, 0))
        if fault in {"reset", "short", "stall"}:
            self._send(answer, promised=len(body) + (not body), sent=cut)
            self._break_off(fault)
        elif fault == "truncate":
            self._send(answer, promised=None, sent=cut)
            self.close_connection = True
        elif fault == "error-page":
            self._send(_Answer(200, [("Content-Type", "text/html; charset=utf-8")], ERROR_PAGE))
        elif fault:
            self._send(answer._replace(body=_altered(body, fault, chance)))
        else:
            self._send(answer)

    def _send(self, answer: _Answer, *, promised: int | None = -1, sent: int | None = None) -> None:
        """Send an answer; ``promised`` is its length as told (None: not told), ``sent`` what really comes."""
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if promised is None:
            self.send_header("Connection", "close")
        elif answer.status != 304:
            self.send_header("Content-Length", str(len(answer.body) if promised < 0 else promised))
        self.end_headers()
        if answer.status != 304:
            self.wfile.write(answer.body[:sent])
        self.wfile.flush()

    def _break_off(self, fault: str) -> None:
        self.close_connection = True
        if fault == "stall":
            # The client goes away in the end, or the proxy is closed.
            while not self.proxy.closing.wait(0.02):
                if select.select([self.connection], [], [], 0)[0]:
                    return
        if fault == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


def _altered(body: bytes, fault: str, chance: random.Random) -> bytes:
    """Return a body that is not what the server said."""
    start, end = sorted((chance.randrange(len(body)), chance.randrange(len(body))))
    if fault == "corrupt":
        garbage = chance.randbytes(chance.randint(1, LONGEST_GARBAGE))
        return body[:start] + garbage + body[start + len(garbage) :]
    if fault == "duplicate":
        return body[:end] + body[start:end] + body[end:]
    if fault == "reorder":
        middle = (start + end) // 2
        return body[:start] + body[middle:end] + body[start:middle] + body[end:]
    places = [place for place, byte in enumerate(body) if byte in _ASCII]
    if fault == FLIP and places:
        place = chance.choice(places)
        return body[:place] + bytes([chance.choice(_ASCII)]) + body[place + 1 :]
    return body
