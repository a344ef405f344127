"""Lists cut into pages of a bounded size, and how far each page reaches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from markupsafe import Markup

__all__ = ["MOST_BYTES", "ROOM", "cut", "size_of"]

#: No page is larger. What a list may fill of it leaves room for the head, the foot and what stands beside it.
MOST_BYTES: Final = 400_000
ROOM: Final = 330_000


def size_of(text: str) -> int:
    """Return how many bytes a text has on disk."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "replace"))


def cut(pieces: Iterable[Markup], room: int = ROOM) -> list[list[Markup]]:
    """Return pieces in their order, so many together as have room on one page; at least one page."""
    pages: list[list[Markup]] = [[]]
    filled = 0
    for piece in pieces:
        length = size_of(piece)
        if pages[-1] and filled + length > room:
            pages.append([])
            filled = 0
        pages[-1].append(piece)
        filled += length
    return pages
