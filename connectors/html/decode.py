"""The bytes of a page as text: the charset that fits, not the one that is claimed."""

from __future__ import annotations

import html
import re
import unicodedata
from typing import NamedTuple

from w3lib.encoding import html_body_declared_encoding, read_bom, resolve_encoding, to_unicode

__all__ = ["MOST_BYTES", "Decoded", "decode_page"]

#: What is longer is cut off, with a warning: no description of a service is.
MOST_BYTES = 4 << 20
#: Encodings in which every byte is a character; they never fail, so they prove nothing.
_FALLBACK = "cp1252"
_ESCAPED_TAG = re.compile(
    r"&lt;(/?(?:p|br|ul|ol|li|a|strong|b|em|i|h[1-6]|div|span|table|tr|td|th)(?:\s(?:[^&<>]|&quot;|&amp;){0,500})?/?)&gt;",
    re.IGNORECASE,
)


class Decoded(NamedTuple):
    """The text of a page, the encoding it was in, and what was irregular about it."""

    text: str
    charset: str
    warnings: tuple[str, ...]


def decode_page(body: bytes, declared: str | None) -> Decoded:
    """Return the text of a page; never fails.

    ``declared`` is the charset of the HTTP header. A byte order mark decides first, then valid UTF-8 (no
    text in another encoding looks like it by chance), then whatever is declared and decodes without
    an error, then Windows-1252. Accents are composed; markup that was escaped once too often is put right.
    """
    warnings: list[str] = []
    if len(body) > MOST_BYTES:
        body = body[:MOST_BYTES]
        warnings.append("page_cut")
    text, charset = _decoded(body, declared)
    # Accents as characters of their own (U+0300 to U+036F) show in the bytes; hardly a page has them.
    if charset.startswith("utf-16") or b"\xcc" in body or b"\xcd" in body:
        text = unicodedata.normalize("NFC", text)
    header = resolve_encoding(declared) if declared else None
    if header and charset not in (header, "ascii") and not body.isascii():
        warnings.append("charset_contradicted")
    if "\ufffd" in text:
        warnings.append("charset_errors")
    if "&lt" in text and _ESCAPED_TAG.search(text):
        text = _ESCAPED_TAG.sub(_unescaped, text)
        warnings.append("escaped_twice")
    return Decoded(text.replace("\0", "") if "\0" in text else text, charset, tuple(warnings))


def _unescaped(tag: re.Match[str]) -> str:
    return f"<{html.unescape(tag[1])}>"


def _decoded(body: bytes, declared: str | None) -> tuple[str, str]:
    encoding, mark = read_bom(body)
    if encoding and mark:
        return to_unicode(body[len(mark) :], encoding), encoding
    if body.isascii() and b"\0" not in body:
        return body.decode("ascii"), "ascii"
    sample = body[:2_000]
    if sample.count(b"\0") * 3 > len(sample):  # two bytes a character, whatever is declared
        encoding = "utf-16-be" if sample[:1] == b"\0" else "utf-16-le"
        return to_unicode(body, encoding), encoding
    text = _utf8(body)
    if text is not None:
        return text, "utf-8"
    for name in (declared, html_body_declared_encoding(body)):
        encoding = resolve_encoding(name) if name else None
        if encoding is None or encoding.startswith("utf-"):
            continue
        try:
            return body.decode(encoding), encoding
        except (UnicodeError, LookupError, ValueError):
            continue
    return body.decode(_FALLBACK, "replace"), _FALLBACK


def _utf8(body: bytes) -> str | None:
    """Return the text if the bytes are UTF-8, but for a cut end or a few spoiled characters."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        text = body.decode("utf-8", "replace")
    spoiled = text.count("\ufffd")
    # In other encodings nearly every character that is not ASCII would be spoiled.
    sound = len(text) - len(text.encode("ascii", "ignore")) - spoiled
    return text if sound > 3 * spoiled else None
