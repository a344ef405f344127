"""The JSON envelope of a block: a few small fields, and a text that may be larger than the memory.

The text, an XZuFi message, is decoded piece by piece into a file. All the rest, which is small, is put
together as if the text were empty, and read with the standard library. So nothing is held that grows.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, NamedTuple

from connectors.errors import RejectDelivery
from connectors.replacement import Replacement
from connectors.xmlprolog import shorten

__all__ = ["NAMES", "Envelope", "unpack_envelope"]

#: The fields of an envelope, by what they mean. Confirmed for version 2 of the interface only.
NAMES: Mapping[str, str] = {
    "xml": "xzufiObjekte",
    "complete": "vollstaendig",
    "next_index": "naechsterIndex",
    "next_url": "naechsteAnfrageUrl",
    "count": "anzahlObjekte",
}
PIECE = 64 * 1024  # bytes
#: Characters that an envelope may have besides its XML.
LARGEST_REST = 64 * 1024
LONGEST_ESCAPE = 12  # a pair of surrogates
BLANK = "\ufeff \t\r\n"
#: As much of a JSON text as is whole: no escape cut in two, no half of a pair, no bare control character.
WHOLE = re.compile(
    r'(?:[^"\\\x00-\x1f]++'
    r'|\\(?:["\\/bfnrt]|u(?![dD][89a-fA-F])[0-9a-fA-F]{4}'
    r"|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}))*+"
)
DECLARATION = re.compile(r"<\?xml\s[^<>]{0,400}\?>")
ENCODING = re.compile(r"""encoding\s*=\s*(["'])[^"']*\1""")
INDEX = re.compile(r"[0-9]{1,18}")


class Envelope(NamedTuple):
    """What a block's envelope says; ``size`` (bytes) and ``digest`` are those of its XML, 0 if it has none.

    ``next_index`` is None where it is missing, ``claimed``, the number of objects, too.
    """

    complete: bool
    next_index: int | None
    next_url: str
    claimed: int | None
    size: int
    digest: str


def unpack_envelope(source: Path, target: Path, names: Mapping[str, str], shown: str) -> Envelope:
    """Put the XML of an envelope into ``target``, unless it is blank, and return what else it says.

    ``names`` are the fields as in ``NAMES``, ``shown`` is the block's name in messages. Raise RejectDelivery
    if this is no envelope or not all of one, RetryLater if the disk does not take it.
    """
    with source.open("rb") as file, Replacement(target) as replacement:
        reader = _Reader(file, shown)
        xml = _XmlWriter(replacement)
        rest = _split(reader, xml, names["xml"], shown)
        xml.finish()
        fields = _parse(rest, reader, shown)
        _require_text_or_nothing(fields.get(names["xml"]), names["xml"], shown)
        envelope = Envelope(
            complete=_truth(fields.get(names["complete"]), names["complete"], shown),
            next_index=_number(fields.get(names["next_index"]), names["next_index"], shown),
            next_url=_text(fields.get(names["next_url"])),
            claimed=_number(fields.get(names["count"]), names["count"], shown),
            size=replacement.size,
            digest=replacement.digest if replacement.size else "",
        )
        if envelope.size:
            replacement.commit()
    return envelope


def _split(reader: _Reader, xml: _XmlWriter, name: str, shown: str) -> str:
    """Write the field called ``name`` away and return the rest of the JSON, with an empty text instead."""
    rest: list[str] = []
    size = depth = 0
    key = ""
    found = False
    while True:
        between, is_text = reader.skip_to_text(LARGEST_REST)
        rest.append(between)
        if not size and not between.lstrip(BLANK).startswith("{"):
            raise RejectDelivery("envelope_foreign", block=shown, start=shorten(reader.beginning))
        depth += sum(map(between.count, "{[")) - sum(map(between.count, "}]"))
        if not is_text:
            break
        if depth == 1 and key == name and between.strip(BLANK) == ":":
            if found:
                raise RejectDelivery("envelope_field", block=shown, field=name)
            found = True
            for piece in reader.text():
                xml.write(piece)
            rest.append('""')
        else:
            key = reader.short_text(LARGEST_REST)
            rest.append(json.dumps(key))
        size += len(between) + len(rest[-1])
        if size > LARGEST_REST:
            raise RejectDelivery("envelope_too_large", block=shown, limit=LARGEST_REST)
    if depth > 0:
        raise RejectDelivery("envelope_truncated", block=shown, position=reader.position)
    return "".join(rest).lstrip(BLANK)


class _Reader:
    """A JSON document as a stream of texts and of what stands between them."""

    def __init__(self, file: BinaryIO, shown: str) -> None:
        self._file = file
        self._shown = shown
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self._ready = ""
        self._ended = False
        self.position = 0
        self.beginning = ""

    def skip_to_text(self, limit: int) -> tuple[str, bool]:
        """Return what stands before the next text, and whether there is one."""
        passed = ""
        while True:
            before, quote, after = self._ready.partition('"')
            passed += before
            self._ready = after
            if len(passed) > limit:
                if self.beginning.lstrip(BLANK).startswith("{"):
                    raise RejectDelivery("envelope_too_large", block=self._shown, limit=limit)
                raise RejectDelivery("envelope_foreign", block=self._shown, start=shorten(self.beginning))
            if quote or not self._more():
                return passed, bool(quote)

    def text(self) -> Iterator[str]:
        """Yield the text that has just begun, piece by piece."""
        while True:
            whole = WHOLE.match(self._ready)
            raw = whole[0] if whole else ""
            if raw:
                yield str(json.loads(f'"{raw}"'))
            self._ready = self._ready[len(raw) :]
            if self._ready.startswith('"'):
                self._ready = self._ready[1:]
                return
            if len(self._ready) >= LONGEST_ESCAPE or not self._more():
                raise self._objection()

    def _objection(self) -> RejectDelivery:
        """Return the error for a text with something wrong in it, or without its end."""
        is_blocked = len(self._ready) >= LONGEST_ESCAPE or '"' in self._ready
        return RejectDelivery(
            "envelope_malformed" if is_blocked else "envelope_truncated",
            block=self._shown,
            position=self.position,
        )

    def short_text(self, limit: int) -> str:
        """Return the text that has just begun."""
        collected = ""
        for piece in self.text():
            collected += piece
            if len(collected) > limit:
                raise RejectDelivery("envelope_too_large", block=self._shown, limit=limit)
        return collected

    def _more(self) -> bool:
        """Read on; tell whether there was anything."""
        if self._ended:
            return False
        data = self._file.read(PIECE)
        self._ended = not data
        self.position += len(data)
        try:
            decoded = self._decoder.decode(data, final=self._ended)
        except UnicodeDecodeError:
            raise RejectDelivery(
                "envelope_truncated" if self._ended else "envelope_encoding",
                block=self._shown,
                position=self.position,
            ) from None
        self.beginning = self.beginning or decoded[:400]
        self._ready += decoded
        return not self._ended


class _XmlWriter:
    """Writes a text as an XML file in UTF-8, whatever encoding the text says it once had."""

    def __init__(self, file: Replacement) -> None:
        self._file = file
        self._head = ""
        self._begun = False

    def write(self, piece: str) -> None:
        """Append a piece; blanks before the first character are dropped."""
        if self._begun:
            self._file.write(piece.encode())
            return
        self._head = (self._head + piece).lstrip(BLANK)
        # A declaration is rewritten, so it has to be there as a whole.
        if len(self._head) > PIECE:
            self._begin()

    def finish(self) -> None:
        """Write what is left."""
        if not self._begun:
            self._begin()

    def _begin(self) -> None:
        self._begun = True
        declared = DECLARATION.match(self._head)
        if declared:
            declaration = ENCODING.sub('encoding="UTF-8"', declared[0])
            self._head = declaration + self._head[declared.end() :]
        self._file.write(self._head.encode())
        self._head = ""


def _parse(rest: str, reader: _Reader, shown: str) -> dict[str, object]:
    def refuse_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
        fields = dict(pairs)
        if len(fields) != len(pairs):
            raise ValueError("a field occurs twice")
        return fields

    try:
        content = json.loads(rest, object_pairs_hook=refuse_twice)
    except (ValueError, RecursionError):
        raise RejectDelivery("envelope_malformed", block=shown, position=reader.position) from None
    if not isinstance(content, dict):
        raise RejectDelivery("envelope_foreign", block=shown, start=shorten(rest))
    return content


def _require_text_or_nothing(value: object, name: str, shown: str) -> None:
    if value is not None and not isinstance(value, str):
        raise RejectDelivery("envelope_field", block=shown, field=name)


def _truth(value: object, name: str, shown: str) -> bool:
    if not isinstance(value, bool):
        raise RejectDelivery("envelope_field", block=shown, field=name)
    return value


def _number(value: object, name: str, shown: str) -> int | None:
    """Return a count or index, or None if it is missing. Raise RejectDelivery if it is something else."""
    if value is None:
        return None
    written = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not INDEX.fullmatch(written):
        raise RejectDelivery("envelope_field", block=shown, field=name)
    return int(written)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
