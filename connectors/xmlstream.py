"""Safe streaming of XML: whole elements out of files of any size, in bounded memory.

The file is fed to the parser in small pieces. After each piece, the elements that are complete by then
are handed out and dropped from the tree, so that never more than one piece and one unfinished element are
in memory. That unfinished element may not grow beyond a limit.

Nothing is ever repaired: whatever the parser objects to ends in RejectDelivery, with the position. As that
may happen after elements were handed out, their reader must not believe any of them before the end.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Protocol

from lxml import etree

from connectors.errors import RejectDelivery
from connectors.xmlprolog import read_prolog, shorten

__all__ = ["MAX_ELEMENT", "XmlStream"]

#: Bytes that one element handed out may have.
MAX_ELEMENT = 16 * 1024 * 1024
PIECE = 64 * 1024
#: How deep elements may be that are entered instead of being handed out whole.
MAX_ENTERED = 3
#: An element larger than this is looked at more closely: tiny elements and attributes take up to fifty
#: times their bytes in memory, so their number is limited too.
LARGE_ELEMENT = 1024 * 1024
MAX_PARTS = 350_000
SIGNS_OF_PARTS = ("</", "/>", "=")
#: libxml2 remembers each name for the life of the process. So one piece in so many, not always the same one,
#: is searched for names, and these may not be more than no standard has.
SAMPLE = 128
MAX_NAMES = 5_000
LONGEST_NAME = 80
ELEMENT_NAME = re.compile(rb"<([^\s<>/!?]+)")
AFTER_ATTRIBUTE_NAME = re.compile(rb"""=["']""")
#: Share of pairs such as "Ã¼" among all characters from which a file was decoded wrongly; and the number
#: from which they count if hardly any other special character occurs.
MOJIBAKE_SHARE = 0.001
MOJIBAKE_PAIRS = 20
ONE_BYTE_ENCODINGS = re.compile(r"(iso[-_]?8859|latin|l1$|windows-125|cp125)")
PAIRS = re.compile(rb"[\xc2\xc3][\x80-\xbf]")
NOT_ASCII = re.compile(rb"[\x80-\xff]")
INSTRUCTION = "<?lueckenlos?>"
PLACE_IN_MESSAGE = re.compile(r",? line \d+(, column \d+)?")
PARSER_LIMITS = ("XML_PARSE_HUGE", "too big", "too long")
#: Sizes are counted in pieces of a file as they are fed. These fall differently where only a section of it
#: is read, so that sections are refused at a fraction of each limit; the whole file has the last word then.
SHARE_OF_SECTION = 4


class Source(Protocol):
    """What bytes are read from."""

    def read(self, size: int, /) -> bytes:
        """Return some bytes, none at the end. Raise OSError."""
        ...

    def seek(self, offset: int, /) -> int:
        """Go back to the beginning."""
        ...


class XmlStream:
    """One XML file, read once from its beginning to its end.

    ``root`` is the root element's name, ``size`` the number of bytes read so far. ``is_section`` says that
    ``source`` is not all of the file.
    """

    def __init__(
        self, source: Source, file: str, *, max_element: int = MAX_ELEMENT, is_section: bool = False
    ) -> None:
        share = SHARE_OF_SECTION if is_section else 1
        self._source = source
        self._file = file
        self._max_element = max_element // share
        self._max_parts = MAX_PARTS // share
        self._max_names = MAX_NAMES // share
        self._prolog, self._head = read_prolog(self._read, file)
        self.root = self._prolog.root
        self.size = 0
        self._pending = 0  # bytes since an element was complete
        self._parts = 0
        self._signs = [sign.encode(self._prolog.codec) for sign in SIGNS_OF_PARTS]
        self._sampled = random.randrange(SAMPLE)  # noqa: S311 -- nobody gains by guessing it once
        self._names: set[bytes] = set()
        self._pairs = 0
        self._not_ascii = 0
        self._checks_pairs = bool(ONE_BYTE_ENCODINGS.match(self._prolog.encoding))

    def batches(self, whole: Callable[[str], bool]) -> Iterator[tuple[etree._Element, int]]:
        """Yield elements and how many of their first children are complete and not yet handed out.

        The children are gone when the next pair is asked for. An element for whose tag ``whole`` is true
        is handed out as a whole, when it is complete. Others, the root first of all, are entered: their
        children are handed out as they come, and in the end the element itself with what is left in it.
        Raise RejectDelivery where the file cannot be read on.
        """
        # The parser reports nothing but processing instructions. Reporting elements would slow it down
        # by a tenth; one instruction of our own in front of the root leads to the tree as well.
        parser = etree.XMLPullParser(
            events=("pi",),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=False,
            remove_blank_text=True,
            collect_ids=False,
        )
        look = _Look(parser)
        for piece in self._pieces():
            self._feed(parser, piece)
            look.after_piece()
            if look.has_document_type:
                raise RejectDelivery("xml_doctype", file=self._file)
            for root in look.roots:
                for container, count in self._complete(root, whole):
                    ready = look.prepare(container, count)
                    yield container, ready
                    del container[:ready]
                    self._pending = self._parts = 0
            self._check_growth(piece)
            self._check_names(piece)
        self._close(parser)
        self._check_encoding()
        for root in look.roots:
            yield root, look.prepare(root, len(root))

    def _read(self) -> bytes:
        try:
            return self._source.read(PIECE)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise RejectDelivery("file_unreadable", file=self._file, reason=reason) from error

    def _pieces(self) -> Iterator[bytes]:
        """Yield the file, with a processing instruction put in front of its root element."""
        start, codec = self._prolog.start, self._prolog.codec
        self.size = self._pending = len(self._head)
        yield self._head[:start] + INSTRUCTION.encode(codec) + self._head[start:]
        self._head = b""
        while piece := self._read():
            self.size += len(piece)
            self._pending += len(piece)
            yield piece

    def _feed(self, parser: etree.XMLPullParser, piece: bytes) -> None:
        if self._checks_pairs:
            self._pairs += len(PAIRS.findall(piece))
            self._not_ascii += len(NOT_ASCII.findall(piece))
        try:
            parser.feed(piece)
        except etree.XMLSyntaxError as error:
            raise self._objection(error.msg or "", error.lineno or 0, error.offset or 0) from None

    def _close(self, parser: etree.XMLPullParser) -> None:
        """Tell the parser that this was all; what it objects to only now is that the end is missing."""
        earlier = list(parser.feed_error_log.filter_from_errors())
        try:
            parser.close()
        except etree.XMLSyntaxError:
            if earlier:
                first = earlier[0]
                raise self._objection(first.message, first.line, first.column) from None
            raise RejectDelivery("xml_truncated", file=self._file, position=self.size) from None

    def _complete(
        self, root: etree._Element, whole: Callable[[str], bool]
    ) -> Iterator[tuple[etree._Element, int]]:
        """Yield each element that is still open and has complete children, from the root inwards."""
        container = root
        for _ in range(MAX_ENTERED):
            if not is_element(container) or whole(container.tag):
                return
            children = len(container)
            if not children:
                return
            if children > 1:
                yield container, children - 1
            container = container[-1]

    def _check_growth(self, piece: bytes) -> None:
        """Refuse an element that does not end, before it fills the memory."""
        if self._pending > LARGE_ELEMENT:
            self._parts += sum(map(piece.count, self._signs))
        if self._pending > self._max_element or self._parts > self._max_parts:
            raise RejectDelivery(
                "xml_element_too_large", file=self._file, position=self.size, limit=self._max_element
            )

    def _check_names(self, piece: bytes) -> None:
        """Refuse a file that invents names without end."""
        if self.size // PIECE % SAMPLE == self._sampled:
            text = piece.replace(b"\0", b"")
            self._names.update(ELEMENT_NAME.findall(text))
            for before in AFTER_ATTRIBUTE_NAME.split(text)[:-1]:
                self._names.update(before[-LONGEST_NAME:].split()[-1:])
        if len(self._names) > self._max_names:
            reason = f"more than {self._max_names} names of elements and attributes"
            raise RejectDelivery("xml_limit", file=self._file, position=self.size, reason=reason)

    def _check_encoding(self) -> None:
        pairs = self._pairs
        dominant = pairs >= MOJIBAKE_PAIRS and 4 * pairs > self._not_ascii
        if dominant or pairs > MOJIBAKE_SHARE * self.size:
            raise RejectDelivery(
                "xml_mojibake",
                file=self._file,
                position=self.size,
                encoding=shorten(self._prolog.encoding),
                count=pairs,
            )

    def _objection(self, message: str, line: int, column: int) -> RejectDelivery:
        reason = shorten(PLACE_IN_MESSAGE.sub("", message), 160)
        position = self._position(line, column)
        if any(limit in message for limit in PARSER_LIMITS):
            return RejectDelivery("xml_limit", file=self._file, position=position, reason=reason)
        if "encoding" in message:
            return RejectDelivery(
                "xml_wrong_encoding", file=self._file, position=position, encoding=self._encoding()
            )
        return RejectDelivery("xml_malformed", file=self._file, position=position, reason=reason)

    def _encoding(self) -> str:
        return shorten(self._prolog.encoding or self._prolog.codec.replace("ascii", "utf-8"))

    def _position(self, line: int, column: int) -> int:
        """Return the byte at which a line and column are; if unknown, where reading had come to."""
        if line < 1 or self._prolog.codec != "ascii":
            return self.size
        if line == self._prolog.line:
            column -= len(INSTRUCTION)
        return min(self._start_of_line(line) + max(column - 1, 0), self.size)

    def _start_of_line(self, line: int) -> int:
        """Return the byte at which a line begins; the file is read again up to there."""
        self._source.seek(0)
        passed = 0
        missing = line - 1
        while missing and (piece := self._read()):
            breaks = piece.count(b"\n")
            if breaks >= missing:
                start = 0
                for _ in range(missing):
                    start = piece.index(b"\n", start) + 1
                return passed + start
            missing -= breaks
            passed += len(piece)
        return passed


def is_element(node: etree._Element) -> bool:
    """Tell elements from processing instructions, whose tag is a function."""
    return isinstance(node.tag, str)


class _Look:
    """The tree as far as it is built; found through a processing instruction in front of the root.

    ``roots`` holds the root element as soon as it is there.
    """

    def __init__(self, parser: etree.XMLPullParser) -> None:
        self._parser = parser
        self._instructions: list[etree._Element] = []
        self.roots: list[etree._Element] = []
        self.has_document_type = False

    def after_piece(self) -> None:
        """Take up what the parser reported."""
        for _, instruction in self._parser.read_events():
            # the first one leads to the tree; that there is a second one is all that counts
            if isinstance(instruction, etree._Element) and len(self._instructions) < 2:
                self._instructions.append(instruction)
        if not self.roots:
            tree = self._instructions[0].getroottree()
            self.roots = [root for root in (tree.getroot(),) if root is not None]
            self.has_document_type = tree.docinfo.internalDTD is not None

    def prepare(self, container: etree._Element, count: int) -> int:
        """Drop processing instructions, if there are any, among and inside complete elements.

        Return how many elements are left. Without this, an instruction would cut a text in two.
        """
        if len(self._instructions) < 2:
            return count
        for element in list(islice(container, count)):
            if is_element(element):
                etree.strip_tags(element, etree.ProcessingInstruction)
            else:
                container.remove(element)
                count -= 1
        return count
