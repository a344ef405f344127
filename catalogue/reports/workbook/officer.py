"""The columns that officers fill in, and the hidden ones by which their rows are recognised again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from catalogue.reports.annotation_sheet import (
    LONGEST_COMMENT,
    LONGEST_UNIT,
    OfficerCells,
    header,
    kind_words,
)
from catalogue.reports.workbook.sheet import Column, Value
from catalogue.texts import Texts

__all__ = ["hidden_columns", "officer_columns"]

R = TypeVar("R")
Cells = Callable[[Texts, R], OfficerCells]

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)
WIDTHS = {"remark": 18, "planned_for": 20, "unit": 22, "comment": 36}


def officer_columns(text: Texts, cells: Cells[R]) -> Sequence[Column[R]]:
    """Return the four columns with what stands about each row, each with what may be entered."""
    rules = _rules(text)
    passed = f'dd.mm.yyyy "{text("workbook.overdue")}"'
    return [
        Column(
            key=name,
            width=WIDTHS[name],
            show=_field(cells, name),
            kind="day" if name == "planned_for" else "wrapped",
            heading=header(text.language, name),
            officer=True,
            printed=True,
            rule=rule,
            passed=passed if name == "planned_for" else "",
        )
        for name, rule in rules.items()
    ]


def hidden_columns(text: Texts, cells: Cells[R]) -> Sequence[Column[R]]:
    """Return the columns that say which cell a row is about, and what stood when it was written."""
    return [
        Column(
            key=name,
            width=20,
            show=_field(cells, name),
            kind="id",
            heading=header(text.language, name),
            hidden=True,
        )
        for name in ("id", "stamp")
    ]


def _field(cells: Cells[R], name: str) -> Callable[[Texts, R], Value]:
    def show(text: Texts, row: R) -> Value:
        value: Value = getattr(cells(text, row), name)
        return value

    return show


def _rules(text: Texts) -> Mapping[str, Mapping[str, Any]]:
    """Return what may be entered in each column; longer texts would not be taken back."""
    longest = {"validate": "length", "criteria": "<="}
    return {
        "remark": {
            "validate": "list",
            "source": list(kind_words(text.language)),
            **_said(text, "remark"),
        },
        "planned_for": {
            "validate": "date",
            "criteria": "between",
            "minimum": FIRST_DAY,
            "maximum": LAST_DAY,
            **_said(text, "planned_for"),
        },
        "unit": {**longest, "value": LONGEST_UNIT, **_said(text, "unit", LONGEST_UNIT)},
        "comment": {**longest, "value": LONGEST_COMMENT, **_said(text, "comment", LONGEST_COMMENT)},
    }


def _said(text: Texts, name: str, most: int = 0) -> Mapping[str, str]:
    """Return what is shown while a cell is filled in, and when that was not possible."""
    count = text.number(most)
    return {
        "input_title": header(text.language, name)[:32],
        "input_message": text(f"workbook_input.{name}", count=count),
        "error_title": text("workbook_input.title")[:32],
        "error_message": text(f"workbook_input.{name}_wrong", count=count),
    }
