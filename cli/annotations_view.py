"""What the commands of ``lueckenlos annotations`` share: names of cells, and how changes are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer
from sqlalchemy import Connection, select

from catalogue.annotations import CellKey, Fields
from catalogue.naming import full_name
from catalogue.reports.annotation_words import value_words
from catalogue.reports.annotations import HistoryRow
from catalogue.reports.filters import RegionArea, areas_now
from catalogue.tables import ozg_service
from cli.blocks import Block, Line
from cli.meta import describe_call
from cli.output import Output, Result, field_names
from cli.session import Session
from cli.texts import Texts, printable
from cli.view import Column, area_words, grid

__all__ = ["ACT_COLUMNS", "COLUMN_OF", "ByOption", "Cells", "Done", "FieldChange", "say", "write_done"]

ByOption = Annotated[str, typer.Option("--by", envvar="LUECKENLOS_BY")]

#: Columns of sheets and rows by the field of a remark.
COLUMN_OF = {"kind": "remark", "planned_for": "planned_for", "unit": "unit", "comment": "comment"}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of a remark before and after; docs/data-dictionary.md explains every field."""

    ars: str
    area: str
    level: str
    ozg_id: str
    title: str
    field: str
    before: str
    after: str


@dataclass(frozen=True)
class Done:
    """What a command changed or, after a rehearsal, would change."""

    command: str
    actor: str
    applied: bool
    cells: int
    rows: list[FieldChange]


class Cells:
    """The cells people may speak about: areas of the region and services of the catalogue."""

    def __init__(self, connection: Connection) -> None:
        self._areas = {(one.ars, one.level): one for one in areas_now(connection)}
        self._labels = {_folded(one.label) for one in self._areas.values()}
        query = select(ozg_service.c.ozg_id, ozg_service.c.title)
        self._titles: dict[str, str] = dict(connection.execute(query).all())

    def area(self, key: CellKey) -> RegionArea | None:
        """Return the area of a cell; None if it is not in the region."""
        return self._areas.get(key[:2])

    def is_named(self, key: CellKey, written: str) -> bool:
        """Tell whether a cell's area is called so; True if it is not in the region."""
        place, wanted = self.area(key), _folded(written)
        if place is None or wanted == _folded(place.label):
            return True
        names = (place.name, full_name(place.name, place.type, place.level))
        return wanted not in self._labels and wanted in map(_folded, names)

    def title(self, key: CellKey) -> str | None:
        """Return the title of a cell's service; None if the catalogue lacks it."""
        return self._titles.get(key[2])

    def changes(self, key: CellKey, before: Fields, after: Fields) -> list[FieldChange]:
        """Return the fields of a cell's remark that differ."""
        place = self.area(key)
        names = (place.label if place else "", key[1], key[2], self.title(key) or "")
        pairs = zip(COLUMN_OF.values(), before, after, strict=True)
        return [FieldChange(key[0], *names, column, old, new) for column, old, new in pairs if old != new]


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def write_done(session: Session, output: Output, done: Done, more: dict[str, object] | None = None) -> None:
    """Write what a command changed, field by field."""
    text = session.text
    meta: dict[str, object] = {
        **describe_call(session, done.command),
        "applied": done.applied,
        "by": done.actor,
        "cells": done.cells,
        **(more or {}),
    }

    def blocks(rows: Sequence[FieldChange]) -> list[Block]:
        return [*([grid(_COLUMNS, rows, text)] if rows else []), Line(_ending(done, text))]

    output.write(Result(field_names(FieldChange), done.rows, blocks, meta), text)
    if output.format == "csv" and not done.applied:
        session.say(_ending(done, text))


def _ending(done: Done, text: Texts) -> str:
    count = text.number(done.cells)
    if done.applied:
        return text("annotation.written", cells=count, by=done.actor)
    return text("annotation.rehearsed", cells=count)


def say(column: str, value: str, text: Texts) -> str:
    """Return what one column of a remark holds, for a line on the terminal."""
    return printable(value_words(column, value, text))


_COLUMNS: tuple[Column[FieldChange], ...] = (
    Column("area", lambda text, row: area_words(row.area, row.level, text)),
    Column("ozg_id"),
    Column("title", lambda _text, row: printable(row.title)[:60]),
    Column("annotation_field", lambda text, row: text.word("annotation_header", row.field)),
    Column("review_before", lambda text, row: say(row.field, row.before, text)),
    Column("review_after", lambda text, row: say(row.field, row.after, text)),
)

#: Columns of what was said about one cell, field by field.
ACT_COLUMNS: tuple[Column[HistoryRow], ...] = (
    Column("annotation_number", lambda text, row: text.number(row.number), right=True),
    Column("annotation_at", lambda text, row: text.moment(row.at)),
    Column("review_actor", lambda _text, row: printable(row.by)),
    Column("annotation_via", lambda text, row: text.word("annotation_via", row.via)),
    Column("annotation_field", lambda text, row: text.word("annotation_header", row.field)),
    Column("review_before", lambda text, row: say(row.field, row.before, text)),
    Column("review_after", lambda text, row: say(row.field, row.after, text)),
)
