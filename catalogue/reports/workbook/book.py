"""A workbook while it is written: areas are added one after the other and need not stay in memory.

XlsxWriter's mode of constant memory keeps one row of each sheet; rows, links apart, lie in temporary files
until the workbook is closed. So rows cannot be changed later, and columns have the widths they are given.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC
from errno import ESPIPE
from io import UnsupportedOperation
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, TypeVar

import xlsxwriter  # type: ignore[import-untyped]  # has no types
from xlsxwriter.exceptions import FileCreateError  # type: ignore[import-untyped]

from catalogue.drafts import locked_folder
from catalogue.reports.cells import CellRow
from catalogue.reports.coverage import CoverageRow
from catalogue.reports.filters import RegionArea
from catalogue.reports.workbook.cellsheets import (
    area_columns,
    kind_of,
    online_columns,
    others_columns,
    status_colours,
    unclear_columns,
)
from catalogue.reports.workbook.explanation import Explained, write_explanation
from catalogue.reports.workbook.gapsheet import gap_columns
from catalogue.reports.workbook.material import AreaPart, Common, Question, RemarkLine
from catalogue.reports.workbook.othersheets import overview_columns, remark_columns, source_columns
from catalogue.reports.workbook.sheet import Column, Look, Sheet
from catalogue.reports.workbook.sourcelines import SourceLine
from catalogue.reports.workbook.styles import Styles
from catalogue.reports.worklist import WorkRow
from catalogue.texts import Texts

__all__ = ["SHEETS", "Book"]

#: The sheets in their order; the overview only where there are several areas.
SHEETS = ("overview", "gaps", "online", "unclear", "others", "remarks", "sources", "explanation")
#: Columns that stay in sight: id and title of a service, before them the area where there are several.
FROZEN = 2

R = TypeVar("R")


@dataclass
class _Sheets:
    gaps: Sheet[WorkRow]
    online: Sheet[CellRow]
    unclear: Sheet[CellRow]
    others: Sheet[CellRow]
    remarks: Sheet[RemarkLine]
    sources: Sheet[SourceLine]


class _Target:
    """The stream of a workbook; after a failure, kept as ``error``, everything else is dropped.

    The archive is closed when nobody refers to it any more, wherever that happens to be, and then still
    writes its end: a second error that nobody could catch. A full disk may show only when a buffer is
    emptied, which moving about in the stream does as well; a stream in which nobody can move is none.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.error: OSError | None = None
        self._furthest = 0

    def write(self, content: bytes) -> int:
        return self._unless_failed(lambda: self._stream.write(content), len(content))

    def flush(self) -> None:
        self._unless_failed(self._stream.flush, None)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._unless_failed(lambda: self._stream.seek(offset, whence), 0)

    def tell(self) -> int:
        # After a failure not further back than before: the archive reckons its sizes from it.
        place = self._unless_failed(self._stream.tell, self._furthest)
        self._furthest = max(self._furthest, place)
        return place

    def _unless_failed(self, work: Callable[[], R], otherwise: R) -> R:
        if self.error is not None:
            return otherwise
        try:
            return work()
        except OSError as error:
            if not isinstance(error, UnsupportedOperation) and error.errno != ESPIPE:
                self.error = error
            raise


class Book:
    """One workbook, about ``place`` or about several areas. To be used with ``with``.

    Commands in it are named as ``lueckenlos``, however ``text`` calls them: it is read on other machines.
    Nothing is written to the stream before the end of a block that succeeds; OSError is raised if that or
    a temporary file fails.
    """

    def __init__(
        self, stream: BinaryIO, text: Texts, question: Question, common: Common, place: RegionArea | None
    ) -> None:
        text = Texts(text.language)
        self._text, self._question, self._common, self._place = text, question, common, place
        self._remarks: list[RemarkLine] = []
        self.unknown = (
            0  # of the unclear cells those of competent areas, which are those that coverage counts
        )
        self._overview: Sheet[CoverageRow] | None = None
        self.title = place.label if place else _title(text, common)
        self._rests = ExitStack()
        spool = self._rests.enter_context(locked_folder(Path(tempfile.gettempdir()), "lueckenlos-book-"))
        self._target = _Target(stream)
        self._book: Any = xlsxwriter.Workbook(
            self._target,
            {
                "constant_memory": True,
                "tmpdir": str(spool),
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        self._styles = Styles(self._book)
        try:
            self._begin()
        except BaseException:
            self._discard()
            raise

    def _begin(self) -> None:
        self._name_document()
        look, several = self._look(), self._place is None
        if several:
            self._overview = self._sheet("overview", overview_columns(), look, 1)
        self._sheets = self._open_sheets(look, several=several)
        self._explanation = self._book.add_worksheet(self._text("workbook_sheet.explanation"))

    def __enter__(self) -> Book:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._close()
        finally:
            self._discard()

    def _discard(self) -> None:
        """Give up the temporary files, be the workbook written or not."""
        self._book.fileclosed = True
        for sheet in self._book.worksheets():
            with suppress(OSError):
                sheet.row_data_fh.close()
        self._rests.close()

    def add(self, part: AreaPart) -> None:
        """Write what is said about one area."""
        for row in part.work.rows:
            self._sheets.gaps.add(row)
        of_kind: dict[str, Sheet[CellRow]] = {
            "online": self._sheets.online,
            "unclear": self._sheets.unclear,
            "others": self._sheets.others,
        }
        for cell in part.cells:
            kind = kind_of(cell)
            if kind != "gaps":
                of_kind[kind].add(cell)
                self.unknown += kind == "unclear" and cell.competent == "yes"
        self._remarks += part.remarks

    @property
    def rows(self) -> dict[str, int]:
        """Return how many rows each sheet has so far."""
        return {name: getattr(self._sheets, name).rows for name in SHEETS if hasattr(self._sheets, name)}

    def _close(self) -> None:
        text, sheets = self._text, self._sheets
        for remark in sorted(self._remarks, key=_urgency):
            sheets.remarks.add(remark)
        for line in self._common.lines_of(self._place):
            sheets.sources.add(line)
        self._finish_overview()
        every: dict[str, Sheet[Any]] = {
            name: getattr(sheets, name) for name in SHEETS if hasattr(sheets, name)
        }
        unclear = text.number(sheets.unclear.rows)
        for name, sheet in every.items():
            sheet.finish(text(f"workbook_empty.{name}", unclear=unclear))
        explained = Explained(
            title=self.title,
            question=self._question,
            common=self._common,
            total=self._total(),
            sheets={"overview": self._overview, **every} if self._overview else every,
            several=self._place is None,
        )
        write_explanation(self._explanation, self._look(), explained)
        try:
            self._book.close()
        except FileCreateError as error:
            raise error.args[0] from None
        if self._target.error is not None:
            raise self._target.error

    def _total(self) -> CoverageRow:
        place = self._place
        return self._common.total if place is None else self._common.coverage[place.ars, place.level]

    def _finish_overview(self) -> None:
        if self._overview is None:
            return
        for place in self._common.chosen.areas:
            self._overview.add(self._common.coverage[place.ars, place.level])
        self._overview.finish("", self._common.total)

    def _open_sheets(self, look: Look, *, several: bool) -> _Sheets:
        text = self._text
        colours = status_colours(text)
        area = area_columns(several=several)
        frozen = FROZEN + several
        published = self._question.published
        remarked = remark_columns(text, colours, several=several, published=published)
        return _Sheets(
            gaps=self._sheet("gaps", gap_columns(text, colours, several=several), look, frozen),
            online=self._sheet("online", [*area, *online_columns()], look, frozen),
            unclear=self._sheet("unclear", [*area, *unclear_columns(colours)], look, frozen),
            others=self._sheet("others", [*area, *others_columns()], look, frozen),
            remarks=self._sheet("remarks", remarked, look, frozen),
            sources=self._sheet("sources", source_columns(published=published), look, 1),
        )

    def _sheet(self, name: str, columns: Sequence[Column[R]], look: Look, frozen: int) -> Sheet[R]:
        sheet = self._book.add_worksheet(self._text(f"workbook_sheet.{name}"))
        return Sheet(sheet, columns, look, frozen)

    def _look(self) -> Look:
        text = self._text
        said = text("workbook.title", area=self.title)
        stand = text("workbook.as_of", moment=text.moment(self._common.region.as_of))
        return Look(self._styles, text, f"{said} · {stand}", text("workbook.footer"))

    def _name_document(self) -> None:
        text = self._text
        self._book.set_properties(
            {
                "title": text("workbook.title", area=self.title),
                "subject": text("workbook.subject"),
                "author": "Lückenlos",
                "comments": text("workbook.comments", version=self._question.version),
                # The only thing in the file that tells when it was written, beside what its sheets say.
                "created": self._question.now.astimezone(UTC).replace(tzinfo=None, microsecond=0),
            }
        )


def _title(text: Texts, common: Common) -> str:
    """Return what several areas are called together."""
    region = common.region.name or "–"
    return text("workbook.part_of", region=region) if common.chosen.limited else region


def _urgency(one: RemarkLine) -> tuple[bool, str]:
    """Order remarks: those whose day has passed first, the longest overdue at the top; others stay."""
    return (not one.overdue, one.remark.planned_for if one.overdue else "")
