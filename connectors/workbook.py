"""XLSX workbooks: the rows of one sheet, with openpyxl reading row by row.

What the sheet claims about its own size is ignored. A formula counts as the result that the workbook
stores for it; where there is none, the cell is unreadable rather than empty.
"""

from __future__ import annotations

import difflib
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import BinaryIO, ClassVar, Protocol, TypeVar, cast

import openpyxl
from openpyxl.workbook.workbook import Workbook

from connectors.errors import AbortRun, RejectDelivery
from connectors.tabular import TableOptions, Unreadable, Value, printable
from connectors.workbook_audit import audit_workbook

__all__ = ["WorkbookFile", "open_workbook"]

BATCH = 500
NAMES_SHOWN = 20
NAME_LENGTH = 80
ERROR = "e"
TEXT_RESULT = "str"

T = TypeVar("T")


class _Cell(Protocol):
    @property
    def value(self) -> Value: ...
    @property
    def data_type(self) -> str: ...


class _Sheet(Protocol):
    """What we use of openpyxl's read-only sheet, whose own annotations do not fit it."""

    title: str
    sheet_state: str

    def reset_dimensions(self) -> None: ...
    def iter_rows(self) -> Iterator[tuple[_Cell, ...]]: ...


def open_workbook(path: Path, name: str, options: TableOptions) -> WorkbookFile:
    """Return the rows of a workbook that was looked through. Raise RejectDelivery or AbortRun."""
    audit = audit_workbook(path, name, options.max_unpacked)
    return WorkbookFile(path, name, options.sheet, has_formulas=audit.has_formulas)


class WorkbookFile:
    """The rows of one sheet of a workbook."""

    ragged_rows_matter: ClassVar[bool] = False

    def __init__(self, path: Path, name: str, sheet: str, *, has_formulas: bool) -> None:
        self._path = path
        self._name = name
        self._sheet = sheet
        self._has_formulas = has_formulas

    def titles(self) -> list[str]:
        """Return the titles of all sheets, hidden ones too. Raise RejectDelivery."""
        with self._path.open("rb") as stream:
            workbook = self._guarded(lambda: _load(stream, results=True))
            with closing(workbook):
                return [str(sheet.title) for sheet in workbook.worksheets]

    def sheet(self, title: str) -> WorkbookFile:
        """Return the rows of another sheet of the same workbook."""
        return WorkbookFile(self._path, self._name, title, has_formulas=self._has_formulas)

    def rows(self) -> Iterator[Sequence[Value]]:
        """Yield every row of the sheet from the first one on."""
        results = self._cells(results=True)
        if not self._has_formulas:
            for row in results:
                yield tuple(_value(cell) for cell in row)
            return
        # Without its formula beside it, a result that is not stored looks like an empty cell.
        for row, formulas in zip(results, self._cells(results=False), strict=False):
            yield tuple(_result(cell, formula) for cell, formula in zip(row, formulas, strict=False))

    def _cells(self, *, results: bool) -> Iterator[tuple[_Cell, ...]]:
        with self._path.open("rb") as stream:
            workbook = self._guarded(lambda: _load(stream, results=results))
            with closing(workbook):
                sheet = _find_sheet(workbook, self._name, self._sheet)
                rows = sheet.iter_rows()
                while batch := self._guarded(lambda: list(islice(rows, BATCH))):
                    yield from batch

    def _guarded(self, action: Callable[[], T]) -> T:
        """Run a piece of openpyxl's work without its warnings, its errors made one of ours."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return action()
            # openpyxl checks little of what it reads: a wrong part shows as any kind of error.
            except Exception as error:
                if isinstance(error, OSError) and error.errno is not None:
                    raise
                raise RejectDelivery("list_workbook_damaged", file=self._name) from None


def _load(stream: BinaryIO, *, results: bool) -> Workbook:
    return openpyxl.load_workbook(stream, read_only=True, data_only=results, keep_links=False)


def _find_sheet(workbook: Workbook, name: str, wanted: str) -> _Sheet:
    sheets = cast("list[_Sheet]", workbook.worksheets)
    if not sheets:
        raise RejectDelivery("list_workbook_damaged", file=name)
    if wanted:
        found = [sheet for sheet in sheets if str(sheet.title).casefold() == wanted.casefold()]
    else:
        found = [sheet for sheet in sheets if sheet.sheet_state == "visible"] or sheets
    if not found:
        raise _sheet_missing(name, wanted, [str(sheet.title) for sheet in sheets])
    found[0].reset_dimensions()
    return found[0]


def _sheet_missing(name: str, wanted: str, titles: list[str]) -> AbortRun:
    nearest = difflib.get_close_matches(wanted, titles, n=1, cutoff=0.0)
    return AbortRun(
        "list_sheet_missing",
        file=name,
        sheet=wanted,
        present=", ".join(printable(title, NAME_LENGTH) for title in titles[:NAMES_SHOWN]),
        nearest=printable(nearest[0], NAME_LENGTH),
    )


def _value(cell: _Cell) -> Value:
    return Unreadable.ERROR if cell.data_type == ERROR else cell.value


def _result(cell: _Cell, formula: _Cell) -> Value:
    """Return the value of a cell that may hold a formula; a stored empty text is a result too."""
    has_formula = cell.value is None and formula.value is not None
    if has_formula and cell.data_type != TEXT_RESULT:
        return Unreadable.FORMULA
    return _value(cell)
