"""Undoing compression in bounded memory, with a limit on how much may come out of how little."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

__all__ = ["CompressionBroken", "Inflater", "RatioExceeded"]

_STEP = 65_536
#: Below this size (bytes) no ratio is suspicious.
_HARMLESS = 1_048_576
#: Lets zlib recognise gzip and zlib headers by itself.
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
_RAW = -zlib.MAX_WBITS


class CompressionBroken(Exception):
    """The compressed data is damaged or ends early."""


class RatioExceeded(Exception):
    """More came out than any honest compression explains."""


class Inflater:
    """Decompresses gzip (any number of members) or deflate, piece by piece."""

    def __init__(self, max_ratio: int) -> None:
        self._max_ratio = max_ratio
        self._engine = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._started = False
        self._taken = 0
        self._given = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield pieces of at most 64 KiB. Raise CompressionBroken or RatioExceeded."""
        if not self._started and data:
            self._started = True
            if _is_raw_deflate(data):
                self._engine = zlib.decompressobj(_RAW)
        pending = False
        while data or pending:
            if self._engine.eof:
                # Some writers pad with zeros; anything else is another member.
                data = data.lstrip(b"\0")
                if not data:
                    return
                self._engine = zlib.decompressobj(_GZIP_OR_ZLIB)
            piece, rest = self._inflate(data)
            self._taken += len(data) - len(rest)
            self._given += len(piece)
            if self._given > max(_HARMLESS, self._taken * self._max_ratio):
                raise RatioExceeded
            if piece:
                yield piece
            pending = len(piece) == _STEP and not self._engine.eof
            data = rest

    def finish(self) -> None:
        """Check that the data came to its end. Raise CompressionBroken."""
        if self._started and not self._engine.eof:
            raise CompressionBroken

    def _inflate(self, data: bytes) -> tuple[bytes, bytes]:
        try:
            piece = self._engine.decompress(data, _STEP)
        except zlib.error as error:
            raise CompressionBroken from error
        return piece, self._engine.unused_data if self._engine.eof else self._engine.unconsumed_tail


def _is_raw_deflate(data: bytes) -> bool:
    """Tell whether data lacks the zlib header that some servers leave out of ``deflate``."""
    gzip_or_zlib = data[:1] == b"\x1f" or data[0] & 0x0F == zlib.DEFLATED
    return not gzip_or_zlib
