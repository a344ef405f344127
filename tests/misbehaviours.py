"""The misbehaviours of the fault server, by name. ``P`` is a percentage of the payload.

They are grouped by what a client can know: ``BROKEN`` ends visibly too early, ``SILENT`` ends too early
without a sign in HTTP, ``SLOW`` does not end in time, ``HUGE`` is too much, ``REFUSING`` says so, and
``FOREIGN`` is a proper answer that is not the payload.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from email.utils import formatdate
from functools import cache

from tests.faultserver import Call

__all__ = [
    "AT_ANY_STEP",
    "BROKEN",
    "FAULTS",
    "FOREIGN",
    "HUGE",
    "REFUSING",
    "SILENT",
    "SLOW",
    "not_found",
    "serve_payload",
]

MEBIBYTE = 1_048_576
DATE = "Tue, 06 Jan 2026 02:30:00 GMT"

BROKEN = (
    "reset=10", "reset=50", "reset=99",
    "short=10", "short=50", "short=99",
    "chunk-cut=10", "chunk-cut=50", "chunk-cut=99",
    "chunk-garbage", "chunk-negative", "chunk-below",
    "gzip-cut=50", "gzip-corrupt", "trailer-flood",
)  # fmt: skip
SILENT = ("no-length=10", "no-length=50", "no-length=90")
SLOW = ("slow-body=0.1", "slow-head=0.1", "stall=50", "hang", "continue-flood")
HUGE = ("endless", "gzip-bomb=64", "gzip-endless", "gzip-empty", "huge-length", "redirect-bomb")
REFUSING = (
    "status=401", "status=403", "status=404", "status=410", "status=418", "status=500",
    "status=503", "status=206", "status=304", "status=300", "busy=86400", "busy=1",
    "redirect-loop", "redirect=6", "redirect-file", "redirect-private", "redirect-nowhere",
    "redirect-garbage", "header-flood", "header-line", "not-http", "brotli", "chunked-gzip", "lengths",
)  # fmt: skip
FOREIGN = ("html", "xhtml", "empty", "binary")
#: What a source that is asked step by step meets at each of its steps.
AT_ANY_STEP = (
    "reset=50", "short=50", "chunk-cut=50", "gzip-cut=50", "gzip-endless", "endless",
    "status=400", "status=401", "status=403", "status=404", "status=410", "status=422", "status=500",
    "status=503", "busy=86400", "busy=1", "busy=soon", "redirect-loop", "redirect-private",
    "redirect-nowhere", "not-http", "html", "empty", "binary", "charset-lie",
)  # fmt: skip

HTML = b"<!DOCTYPE html><html><head><title>Wartung</title></head><body><p>Wartung<br></body></html>"
XHTML = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<html xmlns="http://www.w3.org/1999/xhtml">'
    b"<head><title>Wartung</title></head><body><p>Wartung</p></body></html>"
)


def serve_payload(call: Call) -> None:
    """Serve the payload properly, with validators and conditional answers."""
    payload = call.payload
    if callable(payload.content):
        payload.content(call)
        return
    # RFC 9110, 13.1.3: where a tag is given, the date does not count.
    tag = call.headers.get("if-none-match")
    unchanged = tag == payload.etag if tag else call.headers.get("if-modified-since") == DATE
    validators = {"ETag": payload.etag, "Last_Modified": DATE}
    if unchanged:
        call.send(call.head("304 Not Modified", **validators))
    else:
        call.answer(payload.body, **validators)


def not_found(call: Call) -> None:
    """Say that there is nothing."""
    call.answer(b"nothing here", "404 Not Found")


def _reset(call: Call) -> None:
    call.send(call.head(Content_Length=len(call.payload.body)) + call.share())
    # Gives the client the bytes before the reset wipes what is still under way.
    call.pause(0.02)
    call.reset()


def _short(call: Call) -> None:
    call.send(call.head(Content_Length=len(call.payload.body)) + call.share())


def _no_length(call: Call) -> None:
    call.send(call.head(Connection="close") + call.share())


def _chunked(call: Call, *parts: bytes) -> None:
    call.send(call.head(Transfer_Encoding="chunked") + b"".join(parts))


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _chunk_cut(call: Call) -> None:
    share = call.share()
    _chunked(call, b"%x\r\n" % (len(share) + 1_000), share)


def _chunk_garbage(call: Call) -> None:
    _chunked(call, _chunk(call.share()), b"no number\r\n", call.payload.body)


def _chunk_negative(call: Call) -> None:
    # A size of -1 makes a naive reader read to the end of the stream in one go.
    _chunked(call, _chunk(call.share()), b"-1\r\n")
    for _ in range(64):
        call.send(bytes(MEBIBYTE))


def _chunk_below(call: Call) -> None:
    _chunked(call, _chunk(call.share()), b"-5\r\n", call.payload.body)


def _chunks_tiny(call: Call) -> None:
    _chunked(call, *(b"1\r\n%c\r\n" % byte for byte in call.payload.body), b"0\r\n\r\n")


def _trailer_flood(call: Call) -> None:
    _chunked(call, _chunk(call.payload.body), b"0\r\n")
    while True:
        call.send(b"X-Trailer: 1\r\n" * 1_000)


def _slow_body(call: Call) -> None:
    call.send(call.head(Content_Length=len(call.payload.body)))
    _drip(call, call.payload.body)


def _slow_head(call: Call) -> None:
    _drip(call, b"HTTP/1.1 200 OK\r\n" + b"X-Filler: 1\r\n" * 1_000)


def _drip(call: Call, data: bytes) -> None:
    for byte in data:
        call.pause(float(call.argument or "0.1"))
        call.send(bytes([byte]))


def _stall(call: Call) -> None:
    call.send(call.head(Content_Length=len(call.payload.body)) + call.share())
    call.hang()


def _hang(call: Call) -> None:
    call.hang()


def _continue_flood(call: Call) -> None:
    while True:
        call.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)
        call.pause(0.01)


def _redirect_to(call: Call, target: str, **headers: str) -> None:
    call.send(call.head("302 Found", Location=target, Content_Length=0, **headers))


def _redirect(call: Call) -> None:
    left = int(call.argument)
    if left:
        _redirect_to(call, f"/~redirect={left - 1}{call.path}", Set_Cookie="visited=yes")
    else:
        serve_payload(call)


def _redirect_bomb(call: Call) -> None:
    call.send(call.head("302 Found", Location="/~redirect-bomb/", Content_Encoding="gzip"))
    _flood(call, _zeros())


def _gzip(call: Call) -> None:
    call.answer(gzip.compress(call.payload.body), Content_Encoding="gzip")


def _gzip_members(call: Call) -> None:
    body = call.payload.body
    half = len(body) // 2
    members = gzip.compress(body[:half]) + gzip.compress(body[half:]) + bytes(512)
    call.answer(members, Content_Encoding="gzip")


def _gzip_cut(call: Call) -> None:
    packed = gzip.compress(call.payload.body)
    share = packed[: len(packed) * int(call.argument) // 100]
    call.send(call.head(Content_Encoding="gzip", Connection="close") + share)


def _gzip_corrupt(call: Call) -> None:
    packed = bytearray(gzip.compress(call.payload.body))
    packed[len(packed) // 2] ^= 0xFF
    packed[-6] ^= 0xFF
    call.answer(bytes(packed), Content_Encoding="gzip")


@cache
def _bomb(megabytes: int) -> bytes:
    engine = zlib.compressobj(9, wbits=31)
    parts = [engine.compress(bytes(MEBIBYTE)) for _ in range(megabytes)]
    return b"".join([*parts, engine.flush()])


def _chunked_gzip(call: Call) -> None:
    packed = gzip.compress(call.payload.body)
    call.send(call.head(Transfer_Encoding="gzip, chunked") + _chunk(packed) + b"0\r\n\r\n")


def _gzip_bomb(call: Call) -> None:
    call.answer(_bomb(int(call.argument)), Content_Encoding="gzip")


def _zeros() -> Iterator[bytes]:
    engine = zlib.compressobj(9, wbits=31)
    while True:
        yield engine.compress(bytes(MEBIBYTE))


def _gzip_endless(call: Call) -> None:
    call.send(call.head(Content_Encoding="gzip", Connection="close"))
    _flood(call, _zeros())


def _gzip_empty(call: Call) -> None:
    # Members without content: much comes in, nothing comes out.
    members = gzip.compress(b"") * 2_000
    call.send(call.head(Content_Encoding="gzip", Connection="close"))
    while True:
        call.send(members)


def _flood(call: Call, blocks: Iterator[bytes]) -> None:
    for block in blocks:
        call.send(block)


def _deflate(call: Call) -> None:
    call.answer(zlib.compress(call.payload.body), Content_Encoding="deflate")


def _deflate_raw(call: Call) -> None:
    engine = zlib.compressobj(wbits=-15)
    call.answer(engine.compress(call.payload.body) + engine.flush(), Content_Encoding="deflate")


def _endless(call: Call) -> None:
    call.send(call.head(Connection="close"))
    while True:
        call.send(b"<x/>" * 16_384)


def _status(call: Call) -> None:
    call.answer(b"sorry", f"{call.argument} Status")


def _flaky(call: Call) -> None:
    """Fail so many times, then serve: ``3`` or ``3,500``."""
    times, _, status = call.argument.partition(",")
    if call.number <= int(times):
        call.answer(b"sorry", f"{status or 503} Status")
    else:
        serve_payload(call)


def _flaky_reset(call: Call) -> None:
    """Reset so many times, then serve."""
    if call.number <= int(call.argument):
        call.argument = "50"
        _reset(call)
    else:
        serve_payload(call)


def _busy(call: Call) -> None:
    call.answer(b"later", "429 Too Many", Retry_After=call.argument, Date=DATE)


def _busy_once(call: Call) -> None:
    if call.number == 1:
        _busy(call)
    else:
        serve_payload(call)


def _typed(call: Call) -> None:
    call.answer(call.payload.body, Content_Type=call.argument)


def _header_flood(call: Call) -> None:
    call.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        call.send(b"X-Header: 1\r\n" * 1_000)


def _echo(call: Call) -> None:
    call.answer(json.dumps(call.headers).encode(), Set_Cookie="session=1")


def _proper(body: bytes, content_type: str) -> Callable[[Call], None]:
    return lambda call: call.answer(body, Content_Type=content_type)


FAULTS: dict[str, Callable[[Call], None]] = {
    # ends too early
    "reset": _reset,  # P; connection reset
    "short": _short,  # P; Content-Length says more
    "chunk-cut": _chunk_cut,  # P; inside a chunk
    "chunk-garbage": _chunk_garbage,
    "chunk-negative": _chunk_negative,
    "chunk-below": _chunk_below,
    "chunks-tiny": _chunks_tiny,  # proper, one byte per chunk
    "trailer-flood": _trailer_flood,
    "no-length": _no_length,  # P; nothing says that more was meant
    # takes too long
    "slow-body": _slow_body,  # seconds per byte
    "slow-head": _slow_head,
    "stall": _stall,  # P
    "hang": _hang,
    "continue-flood": _continue_flood,
    # leads elsewhere
    "redirect": _redirect,  # number of hops, then the payload
    "redirect-to": lambda call: _redirect_to(call, call.argument),
    "redirect-loop": lambda call: _redirect_to(call, call.target),
    "redirect-file": lambda call: _redirect_to(call, "file:///etc/passwd"),
    "redirect-private": lambda call: _redirect_to(call, "http://169.254.169.254/latest/meta-data"),
    "redirect-garbage": lambda call: _redirect_to(call, "http://[::1/\xe4"),
    "redirect-nowhere": lambda call: call.answer(b"", "302 Found"),
    "redirect-bomb": _redirect_bomb,
    # is compressed
    "gzip": _gzip,
    "gzip-members": _gzip_members,
    "gzip-cut": _gzip_cut,  # P
    "gzip-corrupt": _gzip_corrupt,
    "gzip-bomb": _gzip_bomb,  # MiB
    "gzip-endless": _gzip_endless,
    "gzip-empty": _gzip_empty,
    "deflate": _deflate,
    "deflate-raw": _deflate_raw,
    "chunked-gzip": _chunked_gzip,  # in the framing, not in the content
    "brotli": lambda call: call.answer(b"\x8b\x02\x80hello\x03", Content_Encoding="br"),
    # is too much
    "endless": _endless,
    "huge-length": lambda call: call.send(call.head(Content_Length=10**15)),
    "header-flood": _header_flood,
    "header-line": lambda call: call.send(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000),
    # refuses
    "status": _status,
    "flaky": _flaky,  # times[,status]
    "flaky-reset": _flaky_reset,  # times
    "busy": _busy,  # Retry-After
    "busy-once": _busy_once,  # Retry-After
    "busy-soon": lambda call: call.answer(b"later", "503 Busy", Retry_After=formatdate(usegmt=True)),
    "not-http": lambda call: call.send(b"220 mail.example ESMTP\r\n"),
    "lengths": lambda call: call.send(call.head(Content_Length="5, 6") + b"hello"),
    # is something else
    "html": _proper(HTML, "text/html; charset=utf-8"),
    "xhtml": _proper(XHTML, "application/xhtml+xml"),
    "empty": _proper(b"", "application/xml"),
    "binary": _proper(bytes(range(256)) * 8, "application/octet-stream"),
    "typed": _typed,  # Content-Type
    "charset-lie": _proper("Gebühren für Grünflächen ".encode("latin-1") * 40, "text/html; charset=utf-8"),
    "echo": _echo,  # the request's headers as JSON
}
