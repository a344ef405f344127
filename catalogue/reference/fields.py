"""How one cell of a reference table is read: each reader returns a value or says what is wrong."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from catalogue.keys import Ags, Ars, KeyFormatError, LeikaKey, OzgId

__all__ = [
    "Field",
    "FieldError",
    "Reader",
    "Value",
    "boolean",
    "choice",
    "is_date",
    "key",
    "leika_types",
    "pattern",
    "text",
    "whole_number",
]

Value: TypeAlias = str | int | bool | None
Reader: TypeAlias = Callable[[str], Value]

MAX_TEXT = 2_000
MAX_WHOLE_NUMBER = 2**31 - 1

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_YES = frozenset({"1", "ja", "yes", "true"})
_NO = frozenset({"0", "nein", "no", "false", ""})
_LEIKA_TYPE = re.compile(r"[0-9]{1,2}(/[0-9]{1,2})?[ab]?")
_KEY_PARSERS: dict[str, Callable[[object], Ags | Ars | LeikaKey | OzgId]] = {
    "ars": Ars.parse,
    "ags": Ags.parse,
    "leika_key": LeikaKey.parse,
    "ozg_id": OzgId.parse,
}


class FieldError(ValueError):
    """A cell has no acceptable value."""

    def __init__(self, code: str, **params: str | int | float) -> None:
        super().__init__(code, params)
        self.code = code
        self.params: dict[str, str | int | float] = params


@dataclass(frozen=True)
class Field:
    """One column of a file for import.

    A column that is not ``required`` may be absent from the file: rows that exist keep their
    value, new ones get ``default``.
    """

    name: str
    read: Reader
    required: bool = True
    default: Value = ""


def text(limit: int = MAX_TEXT, *, empty: bool = False) -> Reader:
    """Return a reader for free text."""

    def read(cell: str) -> Value:
        value = unicodedata.normalize("NFC", cell.strip())
        if _CONTROL.search(value):
            raise FieldError("import_control_character")
        if len(value) > limit:
            raise FieldError("import_too_long", limit=limit)
        if not value and not empty:
            raise FieldError("import_value_missing")
        return value

    return read


def choice(*words: str, empty: bool = False) -> Reader:
    """Return a reader for one of several words."""

    def read(cell: str) -> Value:
        value = cell.strip()
        if value in words or (empty and not value):
            return value
        raise FieldError("import_choice", value=_shown(value), allowed=", ".join(words))

    return read


def pattern(expression: str, example: str) -> Reader:
    """Return a reader for text of a given form; ``example`` shows it to people."""
    compiled = re.compile(expression)

    def read(cell: str) -> Value:
        value = cell.strip()
        if not compiled.fullmatch(value):
            raise FieldError("import_form", value=_shown(value), example=example)
        return value

    return read


def boolean(*, unknown: bool = False) -> Reader:
    """Return a reader for yes and no; with ``unknown`` an empty cell is neither."""

    def read(cell: str) -> Value:
        value = cell.strip().lower()
        if unknown and not value:
            return None
        if value in _YES:
            return True
        if value in _NO:
            return False
        raise FieldError("import_choice", value=_shown(value), allowed="1, 0")

    return read


def whole_number(cell: str) -> Value:
    """Read a whole number that is not negative, or nothing."""
    value = cell.strip()
    if not value:
        return None
    if not re.fullmatch(r"[0-9]{1,10}", value) or int(value) > MAX_WHOLE_NUMBER:
        raise FieldError("import_form", value=_shown(value), example="12345")
    return int(value)


def key(kind: str, *, empty: bool = False) -> Reader:
    """Return a reader for a key: ``ars``, ``ags``, ``leika_key`` or ``ozg_id``."""
    parse = _KEY_PARSERS[kind]

    def read(cell: str) -> Value:
        if empty and not cell.strip():
            return ""
        try:
            return str(parse(cell))
        except KeyFormatError as error:
            raise FieldError(error.code, value=error.shown) from None

    return read


def leika_types(cell: str) -> Value:
    """Read LeiKa types, several of them separated by a bar, comma or semicolon."""
    values = [value for value in re.split(r"[|,;\s]+", cell.strip()) if value]
    for value in values:
        if not _LEIKA_TYPE.fullmatch(value):
            raise FieldError("import_form", value=_shown(value), example="1|2/3b")
    joined = "|".join(dict.fromkeys(values))
    if len(joined) > 40:
        raise FieldError("import_too_long", limit=40)
    return joined


def is_date(value: str) -> bool:
    """Tell whether a text is a date of the form 2025-08-31."""
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _shown(value: str) -> str:
    return value if len(value) <= 60 else f"{value[:59]}…"
