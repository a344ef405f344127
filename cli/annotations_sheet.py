"""A sheet that officers filled in, as rows of what they say, and all that is wrong with it.

Every sheet of a workbook is read that has the column ``id`` and one to fill in. Rows, columns and sheets may
stand in any order and among others; what has no id and says nothing is passed over. Spreadsheets sort only
what people see if they ask for it, so an id has to fit the service and the area that its row shows.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from catalogue.annotations import KINDS, NO_STAMP, CellKey
from catalogue.annotations_text import clean
from catalogue.errors import ImportRejected, LineError
from catalogue.keys import Ars, KeyFormatError
from catalogue.reports.annotation_sheet import OFFICER_COLUMNS, known_headers, parse_row_id
from cli.options import code_of, read_day
from cli.problems import UsageProblem
from cli.sheetcells import text_of
from connectors.tabular import RowSource, TableOptions, Value, is_blank, printable

__all__ = ["FIELD_OF", "STAND_IN", "Errors", "GivenRow", "Place", "read_sheets"]

MOST_BYTES = 64 << 20
#: The workbook of a whole Land has some 100,000 gaps.
MOST_UNPACKED = 1 << 30
MOST_ROWS = 300_000  # that are not blank
ROWS_BETWEEN_NEWS = 500
#: So many errors are told; more are counted.
MOST_ERRORS = 100
#: A header may have lines above it, written by hand.
HEADER_WITHIN = 20
HEADER_LENGTH = 200
TITLE_LENGTH = 40

#: Fields of a remark by the column they stand in.
FIELD_OF = {"remark": "kind", "planned_for": "planned_for", "unit": "unit", "comment": "comment"}
#: What stands for a field that cannot be taken, so that nothing else about the row is called wrong for it.
STAND_IN = {"kind": "", "planned_for": "2000-01-01", "unit": "", "comment": "–"}


class Place(NamedTuple):
    """Where something stands: the sheet (empty for a text), the line, and the cell, e.g. ``F17``."""

    sheet: str
    line: int
    cell: str

    @property
    def shown(self) -> str:
        """Return the place as people look it up, e.g. ``Lücken!F17``."""
        return f"{self.sheet}!{self.cell}" if self.sheet else self.cell


class GivenRow(NamedTuple):
    """One row: which cell it is about, what stood at the export, what each field says now, and where.

    ``area`` is the name that people see in the row, and where; None if none is to be compared. A row that is
    not ``whole`` has errors already, and stand-ins for what cannot be taken.
    """

    key: CellKey
    stamp: str
    said: dict[str, str]
    places: dict[str, Place]
    area: tuple[str, Place] | None
    whole: bool

    @property
    def place(self) -> Place:
        """Return where the first field of the row stands."""
        return next(iter(self.places.values()))


class _Sheet(NamedTuple):
    """A sheet whose columns are known: their places by name, and the line of the header."""

    title: str
    source: RowSource
    columns: dict[str, int]
    header: int
    width: int


class _Wrong(Exception):
    """A cell that cannot be taken."""

    def __init__(self, code: str, column: str, **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.column = column
        self.params: dict[str, str | int | float] = dict(params)


class Errors:
    """Errors by sheet and line, the first ones found kept, all of them counted."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._kept: list[tuple[int, LineError]] = []
        self._sheets: dict[str, int] = {}
        self.count = 0

    def add(self, place: Place, code: str, params: Mapping[str, str | int | float]) -> None:
        """Take note of an error."""
        self.count += 1
        if len(self._kept) < MOST_ERRORS:
            sheet = self._sheets.setdefault(place.sheet, len(self._sheets))
            self._kept.append((sheet, LineError(place.line, code, {**params, "place": place.shown})))

    def reject(self) -> None:
        """Raise ImportRejected if there are any."""
        if not self.count:
            return
        kept = [one for _, one in sorted(self._kept, key=lambda pair: (pair[0], pair[1].line))]
        if self.count > len(kept):
            kept = [*kept, LineError(0, "annotation_more", {"count": self.count - len(kept)})]
        raise ImportRejected("annotation_rows", kept, file=self._file, count=self.count)


def read_sheets(path: Path, errors: Errors, listen: Callable[[int], None]) -> list[GivenRow]:
    """Return the rows that may say something, and add to ``errors`` what cannot be taken of them.

    ``listen`` is told from time to time how many rows were read. Raise ImportRejected for a file that is no
    such sheet or is not there, and OSError.
    """
    try:
        size = path.stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        raise ImportRejected("annotation_file_absent", [], file=str(path)) from None
    if size > MOST_BYTES:
        raise ImportRejected("annotation_too_large", [], file=path.name, megabytes=MOST_BYTES >> 20)
    found: list[GivenRow] = []
    count = 0
    for sheet in _sheets(path):
        for line, cells in enumerate(islice(sheet.source.rows(), sheet.header, None), sheet.header + 1):
            count += not all(is_blank(cell) for cell in cells)
            if line % ROWS_BETWEEN_NEWS == 0:
                listen(count)
            if count > MOST_ROWS:
                raise ImportRejected("annotation_too_many", [], file=path.name, rows=MOST_ROWS)
            given, faults = _given(sheet, line, cells)
            found += [given] if given is not None else []
            for wrong in faults:
                errors.add(_place(sheet, line, wrong.column), wrong.code, wrong.params)
    return found


def _sheets(path: Path) -> list[_Sheet]:
    from connectors.fileformat import open_sheets  # reading workbooks takes time to load

    headers = known_headers()
    options = TableOptions(max_unpacked=MOST_UNPACKED)
    sources = open_sheets(path, path.name, options, {header: header for header in headers})
    found = [sheet for title, source in sources.items() for sheet in _recognised(path, title, source)]
    if not found:
        raise ImportRejected("annotation_no_columns", [], file=path.name)
    return found


def _recognised(path: Path, title: str, source: RowSource) -> Iterator[_Sheet]:
    """Yield the sheet if one of its first rows has the headers of such a sheet."""
    known = known_headers()
    for line, cells in enumerate(islice(source.rows(), HEADER_WITHIN), start=1):
        names = [known.get(printable(str(cell or ""), HEADER_LENGTH).casefold(), "") for cell in cells]
        if "id" not in names or not set(names) & set(OFFICER_COLUMNS):
            continue
        twice = next((name for name in names if name and names.count(name) > 1), "")
        if twice:
            column = printable(str(cells[names.index(twice)]), HEADER_LENGTH)
            shown = printable(title, TITLE_LENGTH) or path.name
            raise ImportRejected("annotation_column_twice", [], file=path.name, sheet=shown, column=column)
        columns = {name: place for place, name in enumerate(names) if name}
        width = max(place for place, cell in enumerate(cells) if not is_blank(cell)) + 1
        yield _Sheet(title, source, columns, line, width)
        return


def _given(sheet: _Sheet, line: int, cells: Sequence[Value]) -> tuple[GivenRow | None, list[_Wrong]]:
    """Return what a row says, None if nothing can be told of it, and all that is wrong with it."""
    values = {name: cells[place] if place < len(cells) else None for name, place in sheet.columns.items()}
    if all(is_blank(values.get(name)) for name in OFFICER_COLUMNS) and _is_new(values):
        return None, []
    if sheet.source.ragged_rows_matter and not all(is_blank(cell) for cell in cells[sheet.width :]):
        return None, [_Wrong("annotation_row_long", "id")]
    said, faults = _said(values)
    try:
        key, stamp = _key(values), _text(values, "stamp")
    except _Wrong as wrong:
        return None, [wrong, *faults]
    area = None
    try:
        area = _compared(key, values)
    except _Wrong as wrong:
        faults.insert(0, wrong)
    places = {FIELD_OF[name]: _place(sheet, line, name) for name in OFFICER_COLUMNS if name in values}
    named = (area, _place(sheet, line, "area")) if area else None
    return GivenRow(key, stamp, said, places, named, whole=not faults), faults


def _said(values: Mapping[str, Value]) -> tuple[dict[str, str], list[_Wrong]]:
    """Return what each field says, with stand-ins for those that cannot be taken, and why they cannot."""
    said, faults = {}, []
    for name in OFFICER_COLUMNS:
        if name not in values:
            continue
        try:
            said[FIELD_OF[name]] = _read(name, values)
        except _Wrong as wrong:
            said[FIELD_OF[name]] = STAND_IN[FIELD_OF[name]]
            faults.append(wrong)
    return said, faults


def _key(values: Mapping[str, Value]) -> CellKey:
    """Return the cell whose id stands in a row. Raise _Wrong."""
    if is_blank(values["id"]):
        raise _Wrong("annotation_row_id_missing", "id")
    try:
        return parse_row_id(_text(values, "id"))
    except KeyFormatError as error:
        raise _Wrong(error.code, "id", value=error.shown) from None


def _compared(key: CellKey, values: Mapping[str, Value]) -> str:
    """Return the name of the area that a row shows. Raise _Wrong if it shows another cell than its id's.

    A column that is not there or empty says nothing. Neither does an area key of which a spreadsheet has
    made a rounded number.
    """
    shown = _seen(values, "ozg_id")
    if shown and shown != key[2]:
        raise _Wrong("annotation_row_other_service", "ozg_id", shown=shown, meant=key[2])
    shown = _seen(values, "ars")
    try:
        other = bool(shown) and str(Ars.parse(shown)) != key[0]
    except KeyFormatError:
        other = False
    if other:
        raise _Wrong("annotation_row_other_area", "ars", shown=shown, meant=key[0])
    return _seen(values, "area")


def _seen(values: Mapping[str, Value], column: str) -> str:
    return printable(clean(_text(values, column)).lstrip("'"), HEADER_LENGTH)


def _is_new(values: Mapping[str, Value]) -> bool:
    """Tell whether nothing stood in a row at the export, so that its empty cells take nothing back."""
    stamp = values.get("stamp")
    return is_blank(stamp) or text_of(stamp) == NO_STAMP


def _read(column: str, values: Mapping[str, Value]) -> str:
    """Return what one of the four columns says, as it is kept."""
    if column == "planned_for":
        return _day(values[column])
    written = clean(_text(values, column))
    if column == "comment":
        return written
    written = written.replace("\n", " ")
    if column == "unit" or not written:
        return written
    kind = code_of("remark", written, KINDS)
    if kind not in KINDS:
        raise _Wrong("annotation_row_remark", column, given=printable(written, HEADER_LENGTH))
    return "" if kind == "comment" else kind


def _text(values: Mapping[str, Value], column: str) -> str:
    written = text_of(values.get(column))
    if written is None:
        raise _Wrong("annotation_row_value", column)
    return written


def _day(value: Value) -> str:
    """Return a day as ISO text, be it a date of the spreadsheet or written like one."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if is_blank(value):
        return ""
    if isinstance(value, str):
        try:
            return read_day("", clean(value).lstrip("'").removesuffix(" 00:00:00"))
        except UsageProblem:
            pass
    raise _Wrong("annotation_row_day", "planned_for", given=printable(str(value), HEADER_LENGTH))


def _place(sheet: _Sheet, line: int, column: str) -> Place:
    return Place(
        printable(sheet.title, TITLE_LENGTH), line, f"{_letters(sheet.columns.get(column, 0))}{line}"
    )


def _letters(place: int) -> str:
    """Return the letters of a column, counted from 0."""
    letters = ""
    while place >= 0:
        letters = string.ascii_uppercase[place % 26] + letters
        place = place // 26 - 1
    return letters
