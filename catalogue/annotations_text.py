"""What may be kept of what people write about a cell: clean, bounded, and complete for its kind."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from catalogue.annotations import KINDS, Fields
from catalogue.errors import RemarkUnfit

__all__ = ["LONGEST_COMMENT", "LONGEST_UNIT", "clean", "fitting"]

#: The longest texts that are taken, in characters.
LONGEST_UNIT = 200
LONGEST_COMMENT = 2_000
FIRST_YEAR, LAST_YEAR = 2000, 2199

_BREAKS = re.compile(r"\r\n|[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")
#: Characters that steer a terminal, turn the direction of writing, hide others or are none.
_HARMFUL = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
#: An address of a person or an office; units are named in words.
_MAIL = re.compile(r"[^\s@<>(),;:]+@[^\s@<>(),;:]+\.[^\s@<>(),;:]{2,}")
#: Spreadsheets are kept from calculating by an apostrophe before these; it is no part of the text.
_FORMULA = re.compile(r"'(?=[=+\-@])")


def clean(written: str) -> str:
    """Return text without control characters, superfluous blanks and empty lines; lines stay.

    Cleaning twice gives the same as cleaning once.
    """
    lines = (" ".join(_visible(line).split()) for line in _BREAKS.split(written))
    # Composed last: what was hidden between a letter and its mark is gone by now.
    text = unicodedata.normalize("NFC", "\n".join(filter(None, lines)))
    return _FORMULA.sub("", text, count=1) if text.startswith("'") else text


def _visible(line: str) -> str:
    if line.isprintable():
        return line
    return "".join(
        one if unicodedata.category(one) not in _HARMFUL else " " if one == "\t" else "" for one in line
    )


def fitting(said: Fields) -> Fields:
    """Return what is said as it is kept. Raise RemarkUnfit, which names the field, if it cannot be.

    A day alone means that the service is planned for it.
    """
    unit = _bounded("unit", clean(said.unit).replace("\n", " "), LONGEST_UNIT)
    comment = _bounded("comment", clean(said.comment), LONGEST_COMMENT)
    kind = "" if said.kind == "comment" else said.kind
    if kind not in {"", *KINDS}:
        raise RemarkUnfit("annotation_kind", field="kind", given=kind)
    if said.planned_for:
        _require_day(said.planned_for)
        kind = kind or "planned"
    elif kind == "planned":
        raise RemarkUnfit("annotation_needs_day", field="planned_for")
    if kind == "not_offered" and not comment:
        raise RemarkUnfit("annotation_needs_reason", field="comment")
    if kind == "covered_by" and not comment:
        raise RemarkUnfit("annotation_needs_cover", field="comment")
    return Fields(kind, said.planned_for, unit, comment)


def _bounded(field: str, text: str, most: int) -> str:
    if len(text) > most:
        raise RemarkUnfit("annotation_too_long", field=field, most=most)
    if _MAIL.search(text):
        raise RemarkUnfit("annotation_mail", field=field)
    return text


def _require_day(written: str) -> None:
    try:
        day = date.fromisoformat(written)
    except ValueError:
        raise RemarkUnfit("annotation_day", field="planned_for", given=written) from None
    if day.isoformat() != written or not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise RemarkUnfit("annotation_day", field="planned_for", given=written)
