"""Cells of a sheet that somebody filled in, as text; what several commands read back the same way."""

from __future__ import annotations

from cli.output import FORMULA_STARTS
from connectors.tabular import Value

__all__ = ["text_of"]


def text_of(value: Value) -> str | None:
    """Return what a cell says, without the apostrophe that keeps spreadsheets from calculating.

    A whole number that somebody typed is text too, like an OZG id; None for dates, truths and formulas
    without a result.
    """
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    written = str(value).strip()
    return written[1:] if written.startswith("'") and written[1:].startswith(FORMULA_STARTS) else written
