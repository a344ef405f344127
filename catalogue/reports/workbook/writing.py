"""Writes workbooks: one about whatever was asked for, or one for each area and one for all of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import BinaryIO

from sqlalchemy import Connection

from catalogue.levels import LEVELS
from catalogue.reports.filters import RegionArea
from catalogue.reports.workbook.book import Book
from catalogue.reports.workbook.material import Question, read_common, read_parts
from catalogue.texts import Texts

__all__ = ["Written", "file_name", "is_area_file", "region_file_name", "write_workbook", "write_workbooks"]

#: Gives the stream that a file of this name is written to.
Opener = Callable[[str], AbstractContextManager[BinaryIO]]

LONGEST_NAME = 60
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_AREA_FILE = re.compile(rf"[a-z0-9-]+-(?:{'|'.join(LEVELS)})-[0-9]{{2,12}}\.xlsx")


@dataclass(frozen=True, slots=True)
class Written:
    """A finished workbook: its file, how many of the areas are done, and the rows of its sheets.

    ``unknown`` of the unclear rows are unknown cells of competent areas, as coverage counts them; who has
    to offer the others is not resolved.
    """

    file: str
    done: int
    total: int
    rows: dict[str, int]
    unknown: int


def write_workbook(connection: Connection, question: Question, text: Texts, stream: BinaryIO) -> None:
    """Write one workbook about all areas that the question chooses.

    Raise NotFound for what it names in vain, OSError if writing fails.
    """
    common = read_common(connection, question)
    areas = common.chosen.areas
    place = areas[0] if len(areas) == 1 else None
    with Book(stream, text, question, common, place) as book:
        for part in read_parts(connection, question, common.chosen):
            book.add(part)


def write_workbooks(
    connection: Connection, question: Question, text: Texts, opened: Opener, *, whole: bool
) -> Iterator[Written]:
    """Write a workbook for each chosen area, and with ``whole`` one about all of them; yield each when done.

    Everything is read once and in one go, so that the workbooks agree with each other. Raise as
    ``write_workbook`` does.
    """
    common = read_common(connection, question)
    total = len(common.chosen.areas) + whole
    with ExitStack() as stack:
        name = region_file_name(common.region.name)
        every: Book | None = None
        if whole:
            stream = stack.enter_context(opened(name))
            every = stack.enter_context(Book(stream, text, question, common, None))
        parts = read_parts(connection, question, common.chosen)
        for done, part in enumerate(parts, start=1):
            file = file_name(part.place)
            with opened(file) as own, Book(own, text, question, common, part.place) as book:
                book.add(part)
            if every is not None:
                every.add(part)
            yield Written(file, done, total, book.rows, book.unknown)
    if every is not None:
        yield Written(name, total, total, every.rows, every.unknown)


def file_name(place: RegionArea) -> str:
    """Return the name of an area's workbook: its name for people, level and key to be unique."""
    return f"{_slug(place.name) or 'gebiet'}-{place.level}-{place.ars}.xlsx"


def region_file_name(region: str) -> str:
    """Return the name of the workbook about the whole region."""
    return f"region-{_slug(region) or 'gesamt'}.xlsx"


def is_area_file(name: str) -> bool:
    """Tell whether a file has the name of an area's workbook."""
    return _AREA_FILE.fullmatch(name) is not None


def _slug(name: str) -> str:
    """Return a name in lower-case letters, digits and hyphens, as every system takes it in a file's name."""
    folded = unicodedata.normalize("NFKC", name).casefold().translate(_GERMAN)
    plain = unicodedata.normalize("NFKD", folded).encode("ascii", "ignore").decode()
    return re.sub("[^a-z0-9]+", "-", plain)[:LONGEST_NAME].strip("-")
