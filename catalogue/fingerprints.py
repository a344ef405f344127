"""Hashes of what a source says, and references of a length that every index takes."""

from __future__ import annotations

from hashlib import blake2b
from struct import Struct
from typing import Final

__all__ = ["REF_LENGTH", "UnusableText", "bounded", "fingerprint"]

#: Longer references end in a hash: PostgreSQL indexes no more than 2,704 bytes.
REF_LENGTH: Final = 400
SEPARATOR: Final = "\x1f"
#: There are millions of fingerprints. Copying the hash of nothing is faster than making a new one, and this
#: is faster than int.from_bytes.
_nothing: Final = blake2b(digest_size=8)
_unpack: Final = Struct(">q").unpack


class UnusableText(ValueError):
    """A text holds what no database stores: half a character (a lone surrogate) or NUL."""


def fingerprint(*values: str) -> int:
    """Return a signed 64-bit BLAKE2b hash of the values, as both databases can store it.

    Raise UnusableText for texts that they cannot store.
    """
    try:
        data = SEPARATOR.join(values).encode()
    except UnicodeEncodeError:
        raise UnusableText from None
    if 0 in data:  # found faster than b"\0"
        raise UnusableText
    hashed = _nothing.copy()
    hashed.update(data)
    number: int = _unpack(hashed.digest())[0]
    return number


def bounded(ref: str) -> str:
    """Return a reference short enough for every index; long ones stay distinct and still resolve.

    Raise UnusableText for one that a database cannot store.
    """
    mark = fingerprint(ref)
    return ref if len(ref) <= REF_LENGTH else f"{ref[:REF_LENGTH]}~{mark & 0xFFFF_FFFF_FFFF_FFFF:016x}"
