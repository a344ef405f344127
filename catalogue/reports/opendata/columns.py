"""What a published table is: its columns with their types, its key, and where its rows come from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypeAlias

from sqlalchemy import Connection

from catalogue.reports.filters import Filters

__all__ = ["Column", "Question", "Row", "Rows", "Table", "Type", "Value", "day_of", "moment_of"]

#: ``moment`` is a second in UTC, ``list`` an ordered list of short texts without ``|``.
Type: TypeAlias = Literal["string", "integer", "number", "boolean", "date", "moment", "list"]
Value: TypeAlias = str | int | float | bool | date | datetime | tuple[str, ...] | None
Row: TypeAlias = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One column; what is not ``required`` may be null. An empty text is always null."""

    name: str
    type: Type = "string"
    required: bool = True


@dataclass(frozen=True, slots=True)
class Question:
    """What to publish: one snapshot of the database, as it is (``filters.as_of`` is None) or was."""

    connection: Connection
    filters: Filters


Rows: TypeAlias = Callable[[Question], Iterator[Row]]


@dataclass(frozen=True, slots=True)
class Table:
    """One published table; ``key`` names the columns that no two rows share.

    ``remembered`` says that its state at any moment of the past is known. What it is about stands in the
    message catalogue (``open_table``, ``open_about``, ``open_column``).
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    rows: Rows
    remembered: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the names of the columns in their order."""
        return tuple(column.name for column in self.columns)


def moment_of(stored: str | None) -> datetime | None:
    """Return a moment as the tables of the database hold it; None for none."""
    return datetime.fromisoformat(stored) if stored else None


def day_of(stored: str | None) -> date | None:
    """Return a day as the tables of the database hold it; None for none."""
    return date.fromisoformat(stored) if stored else None
