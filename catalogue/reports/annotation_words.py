"""Remarks as sentences, the same wherever they are shown."""

from __future__ import annotations

from catalogue.annotations import Fields
from catalogue.texts import Texts

__all__ = ["fields_of", "remark_words", "value_words"]


def fields_of(kind: str, planned_for: str, unit: str, comment: str) -> Fields:
    """Return the fields of a remark from the values of a row."""
    return Fields("" if kind == "comment" else kind, planned_for, unit, comment)


def remark_words(said: Fields, text: Texts, *, overdue: bool = False, unit: bool = True) -> str:
    """Return a remark as one sentence; empty if nothing is said.

    ``overdue`` says that its day has passed, ``unit`` whether to name the unit that answers for it.
    """
    parts = []
    if said.kind in {"not_offered", "covered_by"}:
        parts.append(text(f"remark_said.{said.kind}", comment=said.comment))
    if said.planned_for:
        parts.append(
            text("remark_said.overdue" if overdue else "remark_said.planned", day=text.day(said.planned_for))
        )
    if said.comment and said.kind in {"", "planned"}:
        parts.append(said.comment)
    if said.unit and unit:
        parts.append(text("remark_said.unit", unit=said.unit))
    return "; ".join(parts)


def value_words(column: str, value: str, text: Texts) -> str:
    """Return what one column of a remark holds in words; a dash for nothing."""
    if not value:
        return "–"
    if column == "remark":
        return text.word("remark", value)
    return text.day(value) if column == "planned_for" else value
