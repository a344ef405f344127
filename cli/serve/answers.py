"""One answer for each question and state of the catalogue, and none where the asker has it already.

An answer is kept as long as nothing was committed to the database, and those who ask the same at the same
time share one. When something was committed, who asks next begins the new answer, and gets the old one if
that was still right a moment ago: else everybody would wait after every commit of a sync.

The ETag is made of the content, so that it is the same after a night that changed nothing in it, on every
server and after a restart; it is weak, as the same content may be sent compressed.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from time import monotonic
from typing import TypeAlias

from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from catalogue.errors import StoreError
from cli.serve.choosing import accepts_gzip, chosen_format, chosen_language
from cli.serve.desk import MOMENTARY, STATE
from cli.serve.watch import Watch

__all__ = ["Answers"]

#: How long an answer may have been wrong when it is given.
PATIENCE_SECONDS = 5.0
#: All answers that are kept together.
KEPT_BYTES = 64 << 20
#: Shorter answers do not get smaller by compression, at least not for the network.
LEAST_COMPRESSED = 1_000
COMPRESSION = 5
VARY = "Accept, Accept-Encoding, Accept-Language"


#: Makes an answer in a state of the catalogue, if that is known.
Maker: TypeAlias = "Callable[[Hashable | None], Awaitable[Answer]]"


@dataclass(frozen=True)
class Answer:
    """A complete answer."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    etag: str = ""
    momentary: bool = False


@dataclass
class _Kept:
    """An answer, the state it is right for, and when it was last known to be (by the monotonic clock)."""

    state: Hashable
    answer: Answer
    right_at: float


class Answers:
    """Stands before the routes of the interface; everything else passes through."""

    def __init__(
        self, app: ASGIApp, *, watch: Watch, prefixes: tuple[str, ...], patience: float = PATIENCE_SECONDS
    ) -> None:
        """``prefixes`` are the beginnings of the paths whose answers the catalogue decides.

        An answer that was right ``patience`` seconds ago is given while the new one is made.
        """
        self._app = app
        self._watch = watch
        self._prefixes = prefixes
        self._patience = patience
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._bytes = 0
        self._coming: dict[Hashable, asyncio.Task[Answer]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http" or not scope["path"].startswith(self._prefixes):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        compressed = accepts_gzip(headers)
        asked = (
            scope["method"],
            scope["path"],
            scope["query_string"],
            chosen_format(headers),
            chosen_language(headers),
            compressed,
        )
        answer = await self._find(asked, lambda state: self._make(scope, receive, compressed, state))
        await _send(answer, headers, send)

    async def _find(self, asked: Hashable, make: Maker) -> Answer:
        try:
            state = await self._watch.state()
        except StoreError:
            return await make(None)  # whoever asks the database next says what is wrong with it
        kept = self._kept.get(asked)
        now = monotonic()
        if kept is not None and kept.state == state:
            kept.right_at = now
            self._kept.move_to_end(asked)
            return kept.answer
        key = (state, asked)
        coming = self._coming.get(key)
        if coming is None:
            coming = asyncio.create_task(self._keep(state, asked, make, now))
            self._coming[key] = coming
            coming.add_done_callback(lambda done: self._arrived(key, done))
        if kept is not None and now - kept.right_at < self._patience:
            return kept.answer
        return await asyncio.shield(coming)

    def _arrived(self, key: Hashable, done: asyncio.Task[Answer]) -> None:
        self._coming.pop(key, None)
        if not done.cancelled():
            done.exception()  # whoever waits for the answer is told; perhaps nobody does

    async def _keep(self, state: Hashable, asked: Hashable, make: Maker, looked_at: float) -> Answer:
        answer = await make(state)
        self._forget(asked)
        if answer.status == 200 and not answer.momentary and len(answer.body) <= KEPT_BYTES:
            self._kept[asked] = _Kept(state, answer, looked_at)
            self._bytes += len(answer.body)
            while self._bytes > KEPT_BYTES:
                self._forget(next(iter(self._kept)))
        return answer

    def _forget(self, asked: Hashable) -> None:
        kept = self._kept.pop(asked, None)
        if kept is not None:
            self._bytes -= len(kept.answer.body)

    async def _make(self, scope: Scope, receive: Receive, compressed: bool, state: Hashable | None) -> Answer:
        """Let the routes answer, and return that answer as a whole."""
        status = 500
        headers: tuple[tuple[bytes, bytes], ...] = ()
        parts: list[bytes] = []
        notes: dict[str, object] = {STATE: state}

        async def collect(message: Message) -> None:
            nonlocal status, headers
            if message["type"] == "http.response.start":
                status, headers = message["status"], tuple(message["headers"])
            elif message["type"] == "http.response.body":
                parts.append(message.get("body", b""))

        try:
            await self._app({**scope, "state": notes}, receive, collect)
        except Exception:
            # Errors come as an answer first, which says what can be said, and are raised all the same.
            if not headers:
                raise
        answer = Answer(status, headers, b"".join(parts), momentary=bool(notes.get(MOMENTARY)))
        return await to_thread.run_sync(_finished, answer, compressed)


def _finished(answer: Answer, compressed: bool) -> Answer:
    """Return an answer with its ETag, compressed if that is wanted and worth it."""
    if answer.status != 200:
        return answer
    digest = hashlib.blake2b(answer.body, digest_size=16).hexdigest()
    body, headers = answer.body, MutableHeaders(raw=list(answer.headers))
    headers["ETag"] = etag = f'W/"{digest}"'
    # May be kept by whoever wants to, but never shown again without asking whether it still holds.
    headers["Cache-Control"] = "no-cache"
    headers["Vary"] = VARY
    if compressed and len(body) >= LEAST_COMPRESSED:
        body = gzip.compress(body, COMPRESSION, mtime=0)
        headers["Content-Encoding"] = "gzip"
    headers["Content-Length"] = str(len(body))
    return Answer(200, tuple(headers.raw), body, etag, answer.momentary)


async def _send(answer: Answer, asked: Headers, send: Send) -> None:
    status, headers, body = answer.status, answer.headers, answer.body
    if answer.etag and _has_it(asked.get("if-none-match", ""), answer.etag):
        left_out = {b"content-length", b"content-type", b"content-encoding", b"content-disposition"}
        headers = tuple(pair for pair in headers if pair[0].lower() not in left_out)
        status, body = 304, b""
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})


def _has_it(said: str, etag: str) -> bool:
    """Tell whether a header If-None-Match names an answer; weak and strong names count alike."""
    named = (one.strip().removeprefix("W/") for one in said.split(","))
    return said.strip() == "*" or etag.removeprefix("W/") in named
