"""Sections of one large XML file that are read side by side, each as if it were a file of its own.

A file may be cut behind the end of any child of its root element. The first section then gets an end tag of
the root, the last one a copy of what stands in front of the root's content, and those between get both.

Where a child ends is only guessed from the bytes, since nobody parsed what comes before. But the guess
cannot go wrong unnoticed: a section is well-formed only if the place at which it ends is directly inside the
root. Behind a cut inside of another element, a comment or a CDATA section, the added end tag fits nowhere.
Whoever reads sections must read the whole file if one of them is refused, and gets the same as without them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import BinaryIO, NamedTuple
from xml.parsers import expat

__all__ = ["XmlSection", "find_borders", "read_opening"]

#: Bytes within which the root element's start tag must have ended; and those in which a border is looked for.
MAX_OPENING = 64 * 1024
MAX_SEARCH = 1024 * 1024
#: In these a byte that looks like markup is markup.
PLAIN_ENCODINGS = frozenset({"", "utf-8", "us-ascii"})


class Opening(NamedTuple):
    """All that stands in front of a root element's content, and the element's name as it is written there."""

    content: bytes
    root: str


class _OpeningRead(Exception):
    """Carries the position behind the root's start tag out of the parser."""


class _NotPlain(Exception):
    """The file is in an encoding, or declares a document type, with which it is not to be cut."""


def read_opening(path: Path) -> Opening | None:
    """Return the beginning of a file up to its root's content; None where it cannot be cut behind that.

    Raise OSError.
    """
    with path.open("rb") as file:
        return _opening(file)


def find_borders(path: Path, count: int, names: tuple[str, ...]) -> list[int]:
    """Return the bytes at which a file can be cut into up to ``count`` sections of about the same size.

    Each is behind an end tag with one of these local names, and none in front of the root's content.
    Raise OSError.
    """
    closing = _end_tag(names)
    borders: list[int] = []
    size = path.stat().st_size
    with path.open("rb") as file:
        opening = _opening(file)
        if opening is None:
            return []
        for number in range(1, count):
            wanted = max(number * size // count, len(opening.content))
            file.seek(wanted)
            found = closing.search(file.read(MAX_SEARCH))
            if found and wanted + found.end() not in borders:
                borders.append(wanted + found.end())
    return borders


class XmlSection:
    """The bytes from ``start`` to ``end`` of an XML file, completed to a document; read like a file.

    An ``end`` of None means the file's own end. Such a section gets no end tag; if it starts with the file
    too, it is the file. ``position`` tells up to which byte of the file it was read.
    """

    def __init__(self, file: BinaryIO, start: int = 0, end: int | None = None) -> None:
        self._file = file
        self._start = start
        self._end = end
        # Without an opening nothing is put around the bytes: the parser will not take them then.
        self._opening = _opening(file) if start or end is not None else None
        self.seek(0)

    def seek(self, offset: int, /) -> int:
        """Go back to the beginning, the only place to go to."""
        self.position = self._file.seek(self._start + offset)
        opening = self._opening
        self._before = opening.content if opening and self._start else b""
        self._after = f"</{opening.root}>".encode() if opening and self._end is not None else b""
        return offset

    def read(self, size: int, /) -> bytes:
        """Return some bytes, of the file no more than ``size``; none at the end. Raise OSError."""
        if self._before:
            content, self._before = self._before, b""
            return content
        content = self._file.read(size if self._end is None else min(size, self._end - self.position))
        self.position += len(content)
        if not content:
            content, self._after = self._after, b""
        return content


def _end_tag(names: tuple[str, ...]) -> re.Pattern[bytes]:
    spelled = "|".join(map(re.escape, names)).encode()
    return re.compile(rb"</(?:[^\s<>/:]{1,80}:)?(?:" + spelled + rb")\s*>")


def _opening(file: BinaryIO) -> Opening | None:
    """Let expat, which opens nothing by itself, tell where the root's start tag ends and how it is named."""
    file.seek(0)
    head = file.read(MAX_OPENING)
    look = _Look()
    try:
        look.parser.Parse(head, False)
    except _OpeningRead as found:
        content = head[: found.args[0]]
        # UTF-16 is known by its zeros, whatever it declares.
        return None if b"\0" in content else Opening(content, look.root)
    except (_NotPlain, expat.ExpatError, LookupError, ValueError):
        return None
    return None


class _Look:
    """An expat parser that goes no further than to whatever comes behind the root's start tag."""

    def __init__(self) -> None:
        self.root = ""
        self.parser = expat.ParserCreate()
        self.parser.XmlDeclHandler = self._declaration
        self.parser.StartDoctypeDeclHandler = self._document_type
        self.parser.StartElementHandler = self._element

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if (encoding or "").lower() not in PLAIN_ENCODINGS:
            raise _NotPlain

    def _document_type(self, *_declared: object) -> None:
        raise _NotPlain

    def _element(self, name: str, _attributes: dict[str, str]) -> None:
        self.root = name
        self.parser.StartElementHandler = self._next
        self.parser.DefaultHandler = self._next

    def _next(self, *_event: object) -> None:
        raise _OpeningRead(self.parser.CurrentByteIndex)
