"""What a cell of a workbook can hold: texts cleaned and cut, addresses that are links and nothing else.

Texts come from feeds, websites and people. As a file holds them they are never formulas, since they are
written as strings only; what is done here keeps them from breaking the file or misleading its reader.
"""

from __future__ import annotations

import unicodedata
from urllib.parse import urlsplit

from w3lib.url import safe_url_string

__all__ = [
    "LONGEST_LINK",
    "LONGEST_TEXT",
    "MOST_LINKS",
    "MOST_ROWS",
    "clean",
    "heading",
    "label_of",
    "link_of",
]

#: The limits of Excel: UTF-16 units of a text, of an address and of a link's text, links and rows of a sheet.
LONGEST_TEXT = 32_767
LONGEST_LINK = 2_079
LONGEST_LABEL = 255
MOST_LINKS = 65_530
MOST_ROWS = 1_048_576
#: Excel takes 253 line feeds in a cell.
MOST_LINES = 250
#: What a heading of a printed page can hold, its other parts and commands included, is 255.
LONGEST_HEADING = 100
CUT = " […]"
#: Controls, invisible characters, halves of characters and those without a common meaning.
_HARMFUL = frozenset({"Cc", "Cf", "Cs", "Co"})
_BREAKS = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")


def clean(written: str) -> str:
    """Return a text as a cell can hold it; one that is too long ends with a mark.

    Line breaks stay, up to 250 of them; tabs become blanks. Cleaning twice changes nothing.
    """
    if len(written) <= LONGEST_TEXT // 2 and written.isprintable():
        return written  # nearly always; what is printable has nothing harmful in it
    text = "".join(filter(None, map(_kept, written.replace("\r\n", "\n"))))
    first, *more = text.split("\n", MOST_LINES)
    if len(more) == MOST_LINES:
        more[-1] = more[-1].replace("\n", " ")
    return _cut("\n".join([first, *more]), LONGEST_TEXT)


def _kept(character: str) -> str:
    """Return what becomes of a character; nothing if a cell cannot hold or its reader cannot see it."""
    if character in _BREAKS:
        return "\n"
    if character == "\t":
        return " "
    point = ord(character)
    no_character = point & 0xFFFE == 0xFFFE or 0xFDD0 <= point <= 0xFDEF
    return "" if no_character or unicodedata.category(character) in _HARMFUL else character


def _cut(text: str, longest: int) -> str:
    if 2 * len(text) <= longest:
        return text
    encoded = text.encode("utf-16-le")
    if len(encoded) <= 2 * longest:
        return text
    # A character of two units that is cut in half is dropped.
    return encoded[: 2 * (longest - len(CUT))].decode("utf-16-le", "ignore") + CUT


def link_of(written: str) -> str:
    """Return an address as a link of a workbook; empty where it is no plain address of a website.

    Only http and https are links, none that names a user, as these mislead, and none longer than Excel takes.
    """
    address = written.strip()
    if "\\" in address or not address.isprintable():
        return ""
    try:
        parts = urlsplit(address)
        if parts.scheme.lower() not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
            return ""
        address = str(safe_url_string(address))
    except ValueError:  # a host or port that is none
        return ""
    return address if len(address) <= LONGEST_LINK and address.isascii() else ""


def label_of(written: str) -> str:
    """Return the text of a link: one line, cut if it is long."""
    text = " ".join(clean(written).split())
    return _cut(text, LONGEST_LABEL)


def heading(written: str) -> str:
    """Return a text for the heading of a printed page, where ``&`` begins a command; cut if it is long."""
    text = " ".join(clean(written).split())
    shown = text if len(text) <= LONGEST_HEADING else f"{text[: LONGEST_HEADING - 1]}…"
    return shown.replace("&", "&&")
