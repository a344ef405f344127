"""Packs files so that the bytes are the same everywhere.

Compressed bytes differ between versions of the compressing library, so everything is stored as it is;
to readers these are ordinary archives.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

__all__ = ["gzip_stored", "zip_stored"]

_BLOCK = 0xFFFF
#: Magic number, method deflate, no flags, no date, unknown system.
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_UNIX = 3


def gzip_stored(data: bytes) -> bytes:
    """Return data as a gzip file without compression."""
    packed = bytearray(_GZIP_HEADER)
    for start in range(0, max(len(data), 1), _BLOCK):
        block = data[start : start + _BLOCK]
        last = start + _BLOCK >= len(data)
        packed += struct.pack("<BHH", last, len(block), len(block) ^ 0xFFFF) + block
    packed += struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)
    return bytes(packed)


def zip_stored(files: dict[str, bytes]) -> bytes:
    """Return files as a zip archive without compression."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, (2026, 11, 16, 2, 0, 0))
            info.create_system = _UNIX
            info.external_attr = 0o644 << 16
            archive.writestr(info, data)
    return target.getvalue()
