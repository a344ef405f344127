"""Cursors: where the next page begins, as text that only this program has to understand.

A cursor holds the key of the last row of a page. A page holds what comes after that key in the order of the
keys, so that no row is shown twice, whatever happens to the catalogue between two pages.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence

__all__ = ["LONGEST", "CursorInvalid", "read_cursor", "write_cursor"]

LONGEST = 400


class CursorInvalid(Exception):
    """The text is no cursor of this list."""


def write_cursor(kind: str, key: Sequence[str]) -> str:
    """Return the cursor that stands behind a row of a kind of list, given the row's key."""
    return base64.urlsafe_b64encode(json.dumps([kind, *key]).encode()).decode().rstrip("=")


def read_cursor(kind: str, written: str, parts: int) -> tuple[str, ...] | None:
    """Return the key in a cursor; None if it is empty. Raise CursorInvalid if it is none of this list."""
    if not written:
        return None
    try:
        padded = written + "=" * (-len(written) % 4)
        found = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        raise CursorInvalid from None
    if not isinstance(found, list) or len(found) != parts + 1 or found[0] != kind:
        raise CursorInvalid
    if not all(isinstance(part, str) for part in found):
        raise CursorInvalid
    return tuple(found[1:])
