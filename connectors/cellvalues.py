"""Cells as people fill them in, turned into the strings of a record.

Spreadsheets turn keys into numbers. A number is turned back only where that is exact: a whole number of
14 digits below 2**53 whose last digits are not the zeros of a rounded one. Everything else is refused.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import NamedTuple
from urllib.parse import urlsplit

from connectors.tabular import Unreadable, Value, printable

__all__ = [
    "Keys",
    "is_rounded",
    "read_area",
    "read_keys",
    "read_text",
    "read_url",
    "remove_contacts",
    "without_mail",
]

MAX_TEXT = 1 << 20
KEY_DIGITS = 14
EXACT_BELOW = 2**53
#: Excel shows a long number with six digits (9.9102E+13); zeros behind them may be all that is left.
ROUNDED = re.compile(r"[0-9]+0{8}")

PLAIN_KEY = re.compile(r"[0-9]{14}")
SCIENTIFIC = re.compile(r"(?<![\w.,])[0-9]+(?:[.,][0-9]+)?[eE][+-]?[0-9]+(?![\w])")
DECIMAL_KEY = re.compile(r"(?<![0-9.,])([0-9]{14})[.,]0+(?![0-9])")
GROUPED_KEY = re.compile(
    r"(?<![0-9.,'])([0-9]{2})([,'])([0-9]{3})\2([0-9]{3})\2([0-9]{3})\2([0-9]{3})(?![0-9.,'])"
)
DECIMAL_AREA = re.compile(r"([0-9]{5,12})[.,]0+")
SEPARATORS = re.compile(r"[;|,\n\r]+")
NO_KEY = re.compile(r"nicht im leika|kein|ohne|k\.? ?a\.?$|n/?a$|unbekannt|[-–—/]+$", re.IGNORECASE)
NOTHING = frozenset({"-", "–", "—", "/", "kein", "keine", "keiner", "nein", "n/a", "k.a.", "k. a."})

#: Starts at the first letter of a word only, so that a long word is tried once.
MAIL = re.compile(
    r"""
    (?<![^\s@<>()\[\],;:"|])
    [^\s@<>()\[\],;:"|]+ \s?(?:@|[(\[]\s?(?:at|ät)\s?[)\]])\s? [^\s@<>()\[\],;:"|]+
    """,
    re.IGNORECASE | re.VERBOSE,
)
PHONE = re.compile(
    r"""
    (?:\b(?:tele)?(?:fon|fax)(?:nummer)?|\b(?:tel|mobil|handy|durchwahl|apparat|phone)\b)
        (?:[.:]|\s|-?nr)*[+(]?[0-9](?:[0-9\s()/.\-–]*[0-9])?   # announced by a word: any number
    | (?<![\w/.\-])(?![0-9]{1,2}\.[0-9]{1,2}\.[0-9]{2,4})
        (?:\+|00|\(?0)[0-9][0-9\s()/.\-–]{5,}[0-9]   # else one with a dialling code that is no date
    """,
    re.IGNORECASE | re.VERBOSE,
)
EMPTY_BRACKETS = re.compile(r"\(\s*\)|\[\s*\]|<\s*>")
URL_WITHOUT_SCHEME = re.compile(r"www\.[\w-]+(?:\.[\w-]+)+(?::[0-9]+)?(?:[/?#]\S*)?", re.IGNORECASE)


class Keys(NamedTuple):
    """What a cell of keys holds."""

    keys: tuple[str, ...] = ()  # as delivered
    repaired: tuple[str, ...] = ()  # those of them that a spreadsheet had turned into numbers
    spoiled: tuple[str, ...] = ()  # no longer the key they were
    unusable: tuple[str, ...] = ()  # words where keys should be


def read_text(value: Value) -> str:
    """Return a cell as text with single blanks; an unreadable cell is empty."""
    if isinstance(value, str):
        return printable(value, MAX_TEXT)
    if value is None or isinstance(value, Unreadable):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if _is_exact(value) else repr(value)
    if isinstance(value, datetime):
        midnight = value.time() == time()
        return value.date().isoformat() if midnight else value.isoformat()
    if isinstance(value, (date, time)):
        return value.isoformat()
    return str(value)


def read_keys(value: Value) -> Keys:
    """Return the keys of a cell: one or several, separated by ``;``, ``|``, ``,`` or blanks."""
    if isinstance(value, (int, float)):
        return _read_number(value)
    if isinstance(value, str) and PLAIN_KEY.fullmatch(value):
        return Keys(keys=(value,))
    # Line breaks separate keys too, so they must outlive the cleaning.
    text = (
        ";".join(read_text(line) for line in value.splitlines())
        if isinstance(value, str)
        else read_text(value)
    )
    spoiled = [found.group() for found in SCIENTIFIC.finditer(text)]
    text = SCIENTIFIC.sub(";", text)
    repaired: list[str] = []

    def repair(found: re.Match[str]) -> str:
        key = "".join(group for group in found.groups() if group.isdigit())
        if is_rounded(key):
            spoiled.append(found.group())
            return ";"
        repaired.append(key)
        return f";{key};"

    text = GROUPED_KEY.sub(repair, DECIMAL_KEY.sub(repair, text))
    keys: list[str] = []
    unusable: list[str] = []
    for piece in filter(None, (part.strip() for part in SEPARATORS.split(text))):
        if any(letter.isdigit() for letter in piece):
            keys.extend(_split_blanks(piece))
        elif not NO_KEY.match(piece):
            unusable.append(piece)
    return Keys(tuple(dict.fromkeys(keys)), tuple(repaired), tuple(spoiled), tuple(unusable))


def read_area(value: Value) -> tuple[str, bool, bool]:
    """Return an area key or name, whether it was repaired, and whether it is spoiled.

    A leading zero that a number lost is left to whoever knows all areas.
    """
    if isinstance(value, float):
        return (str(int(value)), False, False) if _is_exact(value) else (repr(value), False, True)
    text = read_text(value)
    if SCIENTIFIC.fullmatch(text):
        return text, False, True
    decimal = DECIMAL_AREA.fullmatch(text)
    return (decimal.group(1), True, False) if decimal else (text, False, False)


def read_url(value: Value) -> tuple[str, bool]:
    """Return a web address, and whether the cell held something else instead."""
    text = read_text(value)
    if not text or text.casefold() in NOTHING:
        return "", False
    if URL_WITHOUT_SCHEME.fullmatch(text):
        return f"https://{text}", False
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None
    except ValueError:
        usable = False
    return (text, False) if usable and " " not in text else ("", True)


def remove_contacts(text: str) -> str:
    """Return a text without mail addresses and phone numbers."""
    plain = without_mail(text)
    return _tidy(PHONE.sub(" ", plain), plain)


def without_mail(text: str) -> str:
    """Return a text without mail addresses."""
    # Most texts show at one look that there is nothing to search for.
    if "@" not in text and "(" not in text and "[" not in text:
        return text
    return _tidy(MAIL.sub(" ", text), text)


def _tidy(shorter: str, text: str) -> str:
    """Return what is left of a text, without the brackets that held what was removed."""
    return text if shorter == text else " ".join(EMPTY_BRACKETS.sub(" ", shorter).split())


def is_rounded(digits: str) -> bool:
    """Tell whether a number of 14 digits may be what is left of another one."""
    return ROUNDED.fullmatch(digits) is not None


def _read_number(value: float) -> Keys:
    text = read_text(value)
    if not isinstance(value, bool) and len(text) == KEY_DIGITS and text.isdigit() and not is_rounded(text):
        return Keys(keys=(text,), repaired=(text,))
    return Keys(spoiled=(text,))


def _split_blanks(piece: str) -> list[str]:
    """Split at blanks, but keep one key that is written in groups: ``99 102 013 104 000``."""
    joined = "".join(piece.split())
    if joined.isascii() and joined.isdigit() and len(joined) % KEY_DIGITS == 0:
        return [joined[start : start + KEY_DIGITS] for start in range(0, len(joined), KEY_DIGITS)]
    return piece.split()


def _is_exact(value: float) -> bool:
    return value.is_integer() and abs(value) < EXACT_BELOW
