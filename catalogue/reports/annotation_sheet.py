"""The columns of a sheet in which officers say something about cells, written and read the same way.

A sheet that ``annotations import`` takes back has a header row with ``id`` and ``stamp`` (to be hidden) and
any of the four columns that officers fill in, in any order and among any others. The headers are those of
:func:`header` in any language, or the names of the fields themselves. The stamp says what stood when the
sheet was written: only so can an emptied cell take something back. The columns in which people see what a
row is about need not be there; where they are, they tell an id that has come to stand in another row.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from catalogue.annotations import KINDS, NO_STAMP, CellKey, Remark
from catalogue.annotations_text import LONGEST_COMMENT, LONGEST_UNIT
from catalogue.keys import Ars, KeyFormatError, OzgId
from catalogue.levels import LEVELS
from catalogue.messages import LANGUAGES, text

__all__ = [
    "HIDDEN_COLUMNS",
    "LONGEST_COMMENT",
    "LONGEST_UNIT",
    "OFFICER_COLUMNS",
    "VISIBLE_COLUMNS",
    "OfficerCells",
    "header",
    "kind_words",
    "known_headers",
    "officer_cells",
    "parse_row_id",
    "row_id",
]

#: Columns that officers fill in, in their order.
OFFICER_COLUMNS = ("remark", "planned_for", "unit", "comment")
#: Columns that nobody should change.
HIDDEN_COLUMNS = ("id", "stamp")
#: Columns that say to people what a row is about, and the words that our sheets write above them.
VISIBLE_COLUMNS = {
    "ozg_id": ("column.ozg_id", "workbook_column.ozg_id"),
    "area": ("column.area", "workbook_column.area"),
    "ars": ("workbook_column.ars",),
}


class OfficerCells(NamedTuple):
    """What a sheet holds of one cell's remark; ``planned_for`` is to be written as a date."""

    id: str
    remark: str
    planned_for: date | None
    unit: str
    comment: str
    stamp: str


def row_id(ars: str, level: str, ozg_id: str) -> str:
    """Return what a row is recognised by: text that no spreadsheet takes for a number."""
    return f"{ars}:{level}:{ozg_id}"


def parse_row_id(written: str) -> CellKey:
    """Return the cell that a row is about. Raise KeyFormatError if that is no such id."""
    ars, _, rest = written.strip().partition(":")
    level, _, ozg_id = rest.partition(":")
    try:
        key = str(Ars(ars)), level, str(OzgId(ozg_id))
    except KeyFormatError:
        raise KeyFormatError("annotation_row_id", written) from None
    if level not in LEVELS:
        raise KeyFormatError("annotation_row_id", written)
    return key


def header(language: str, column: str) -> str:
    """Return the header of a column of ``OFFICER_COLUMNS`` or ``HIDDEN_COLUMNS`` in words."""
    return text(language, f"annotation_header.{column}")


def known_headers() -> dict[str, str]:
    """Return the columns by their headers in every language and by their own names, without case."""
    columns = (*OFFICER_COLUMNS, *HIDDEN_COLUMNS)
    named = {header(language, column).casefold(): column for language in LANGUAGES for column in columns}
    seen = {
        text(language, word).casefold(): column
        for language in LANGUAGES
        for column, words in VISIBLE_COLUMNS.items()
        for word in words
    }
    return seen | named | {column: column for column in (*columns, *VISIBLE_COLUMNS)}


def kind_words(language: str) -> tuple[str, ...]:
    """Return the words among which officers choose in the column ``remark``; empty is a comment."""
    return tuple(text(language, f"remark.{kind}") for kind in KINDS if kind != "comment")


def officer_cells(key: CellKey, remark: Remark | None, language: str) -> OfficerCells:
    """Return what a sheet holds of a cell's remark, be there one or not."""
    if remark is None:
        return OfficerCells(row_id(*key), "", None, "", "", NO_STAMP)
    return OfficerCells(
        id=row_id(*key),
        remark="" if remark.kind == "comment" else text(language, f"remark.{remark.kind}"),
        planned_for=date.fromisoformat(remark.planned_for) if remark.planned_for else None,
        unit=remark.unit,
        comment=remark.comment,
        stamp=remark.stamp,
    )
