"""What stands in front of the root element of an XML file, looked at before anything is read.

A document type declaration is refused here, in any encoding and however late it comes: it is the door to
entity bombs and to foreign files. So is everything that is not XML at all. The look is taken with expat,
which never opens a file or a socket by itself and stops at the first element.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple
from xml.parsers import expat

from connectors.errors import RejectDelivery

__all__ = ["MAX_PROLOG", "Prolog", "read_prolog", "shorten"]

#: Bytes within which the root element must have begun.
MAX_PROLOG = 1024 * 1024

BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "ascii"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
WITHOUT_MARK = ((b"<\x00", "utf-16-le"), (b"\x00<", "utf-16-be"))
BLANK = b"\xef\xbb\xbf\xfe\xff\x00 \t\r\n"
INCOMPLETE = (
    expat.errors.XML_ERROR_NO_ELEMENTS,
    expat.errors.XML_ERROR_UNCLOSED_TOKEN,
    expat.errors.XML_ERROR_PARTIAL_CHAR,
)
SEPARATOR = "\n"  # cannot occur in a name, and in a namespace only as white space


class Prolog(NamedTuple):
    """The root element and how the bytes before it are encoded.

    ``start`` is the position behind byte order mark and XML declaration, and ``line`` its line; ``codec``
    writes markup that fits there, ``encoding`` is the declared encoding in lower case, empty if none.
    """

    root: str  # as "{namespace}name"
    start: int
    line: int
    codec: str
    encoding: str


class _RootReached(Exception):
    """Carries the name of the root element out of the parser."""


class _TypeDeclared(Exception):
    """Carries the name of the document type out of the parser."""


def shorten(text: str, length: int = 80) -> str:
    """Return hostile text fit for a message: one line, printable, not longer than ``length``."""
    visible = (char if char.isprintable() else " " for char in text[: 4 * length])
    clean = " ".join("".join(visible).split())
    return clean if len(clean) <= length else clean[: length - 1] + "…"


def read_prolog(read: Callable[[], bytes], file: str) -> tuple[Prolog, bytes]:
    """Look at the beginning of a file, piece by piece, until the root element begins.

    Return what was found and the bytes that were read for it. Raise RejectDelivery if this is no XML,
    or XML that must not be read.
    """
    head = read()
    start, codec = _measure(head)
    if head[start:].lstrip()[:14].lower().startswith((b"<!doctype html", b"<html")):
        raise RejectDelivery("html_instead_of_xml", file=file, start=_beginning(head, codec))
    look = _Look()
    piece = head
    while len(head) <= MAX_PROLOG:
        root = _feed(look, piece, file, head, codec)
        if root:
            start = _behind_declaration(head, start, codec)
            line = head.count(b"\n", 0, start) + 1
            return Prolog(root, start, line, codec, look.encoding), head
        piece = read()
        head += piece
    raise RejectDelivery("xml_no_root", file=file, limit=MAX_PROLOG)


class _Look:
    """An expat parser that goes no further than the root element's name."""

    def __init__(self) -> None:
        self.encoding = ""
        self.parser = expat.ParserCreate(namespace_separator=SEPARATOR)
        self.parser.XmlDeclHandler = self._declaration
        self.parser.StartDoctypeDeclHandler = self._document_type
        self.parser.StartElementHandler = self._element

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        self.encoding = (encoding or "").lower()

    def _document_type(self, name: str, *_ids: object) -> None:
        raise _TypeDeclared(name)

    def _element(self, name: str, _attributes: dict[str, str]) -> None:
        raise _RootReached(name)


def _feed(look: _Look, piece: bytes, file: str, head: bytes, codec: str) -> str:
    """Feed one piece; return the root's name if it begins there, else nothing."""
    try:
        look.parser.Parse(piece, not piece)
    except _RootReached as found:
        namespace, _, name = str(found).rpartition(SEPARATOR)
        if name.lower() == "html":
            raise RejectDelivery("html_instead_of_xml", file=file, start=_beginning(head, codec)) from None
        return f"{{{namespace}}}{name}" if namespace else name
    except _TypeDeclared as found:
        code = "html_instead_of_xml" if str(found).lower() == "html" else "xml_doctype"
        raise RejectDelivery(code, file=file, start=_beginning(head, codec)) from None
    except (LookupError, ValueError) as error:  # encodings that Python does not have or cannot map
        raise RejectDelivery("xml_encoding", file=file, encoding=shorten(str(error))) from None
    except expat.ExpatError as error:
        raise _refusal(error, look, file, head, codec) from None
    return ""


def _refusal(error: expat.ExpatError, look: _Look, file: str, head: bytes, codec: str) -> RejectDelivery:
    message = expat.errors.messages[error.code]
    if not head.strip(BLANK):
        return RejectDelivery("xml_empty", file=file)
    if message in INCOMPLETE:
        return RejectDelivery("xml_truncated", file=file, position=len(head))
    if "encoding" in message:
        return RejectDelivery("xml_encoding", file=file, encoding=shorten(look.encoding or message))
    return RejectDelivery(
        "not_xml",
        file=file,
        position=max(look.parser.ErrorByteIndex, 0),
        start=_beginning(head, codec),
    )


def _measure(head: bytes) -> tuple[int, str]:
    """Return the length of the byte order mark and a codec for markup in this file."""
    for mark, codec in BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return len(mark), codec
    for beginning, codec in WITHOUT_MARK:
        if head.startswith(beginning):
            return 0, codec
    return 0, "ascii"


def _behind_declaration(head: bytes, start: int, codec: str) -> int:
    if not head.startswith("<?xml".encode(codec), start):
        return start
    end = "?>".encode(codec)
    return head.index(end, start) + len(end)


def _beginning(head: bytes, codec: str) -> str:
    return shorten(head[:400].decode("utf-8" if codec == "ascii" else codec, "replace"))
