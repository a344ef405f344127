"""How a workbook looks: a restrained palette, one style for each kind of value, German formats."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

__all__ = ["STATUS_COLOURS", "WARNING", "Kind", "Styles"]

#: What a column holds. Texts that may be long are not wrapped, so that rows stay as high as their titles.
Kind = Literal["text", "wrapped", "id", "day", "moment", "integer", "decimal", "share", "link"]

_INK, _LINE, _PAPER = "#1B1F24", "#D3D9E0", "#FFFFFF"
_HEAD, _OFFICER_HEAD, _OFFICER_PAPER = "#1F3A5F", "#6B4E00", "#FFF9E3"
_LINK = "#0B4F9E"
#: Paper and ink of each status; its word stands in the cell, so that nothing depends on seeing colours.
STATUS_COLOURS: Final[Mapping[str, tuple[str, str]]] = {
    "missing": ("#FBE3E1", "#8A1C14"),
    "form": ("#FFF0D1", "#6B4300"),
    "described": ("#E6EEF8", "#1F3A5F"),
    "online": ("#E1F2E6", "#145A2C"),
    "not_competent": ("#ECEEF1", "#3B4550"),
    "unknown": ("#EFE6F5", "#4F2B6B"),
}
WARNING: Final = ("#FBE3E1", "#8A1C14")

#: Formats as the file stores them; a German program shows TT.MM.JJJJ and 1.234,5.
_FORMATS: Final[Mapping[Kind, str]] = {
    "id": "@",
    "day": "dd.mm.yyyy",
    "moment": "dd.mm.yyyy hh:mm",
    "integer": "#,##0",
    "decimal": "#,##0.0",
    "share": "0.0\\ %",
}
#: Arial, as free systems have a font of the same widths, unlike for those newer programs begin with.
_FONT: Final = {"font_name": "Arial", "font_size": 10, "font_color": _INK}
_FRAME: Final = {"border": 1, "border_color": _LINE, "valign": "top"}


class Styles:
    """Makes each style of one workbook once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[object, ...], Any] = {}

    def value(self, kind: Kind, *, officer: bool = False, bold: bool = False) -> Any:
        """Return the style of a cell; those for officers are lighter and not locked."""
        look: dict[str, object] = {**_FONT, **_FRAME}
        if kind in _FORMATS:
            look["num_format"] = _FORMATS[kind]
        if kind in {"text", "wrapped", "id", "link"}:
            # A program keeps what is marked so as text, even when somebody edits and confirms it.
            look["quote_prefix"] = True
            look |= {"align": "left", "indent": 1}
        if kind == "wrapped":
            look["text_wrap"] = True
        if kind == "link":
            look |= {"font_color": _LINK, "underline": 1}
        if officer:
            look |= {"bg_color": _OFFICER_PAPER, "locked": False, "text_wrap": True}
        if bold:
            look |= {"bold": True}
        return self._get(("value", kind, officer, bold), look)

    def head(self, *, officer: bool = False) -> Any:
        """Return the style of a column's header."""
        look = {
            **_FONT,
            "bold": True,
            "font_color": _PAPER,
            "bg_color": _OFFICER_HEAD if officer else _HEAD,
            "text_wrap": True,
            "align": "left",
            "indent": 1,
            "valign": "vcenter",
            "border": 1,
            "border_color": _LINE,
        }
        return self._get(("head", officer), look)

    def title(self) -> Any:
        """Return the style of the title of a sheet to be read."""
        return self._get(("title",), {**_FONT, "bold": True, "font_size": 16, "font_color": _HEAD})

    def section(self, *, right: bool = False) -> Any:
        """Return the style of a heading within a sheet to be read; those of figures stand on the right."""
        look = {
            **_FONT,
            "bold": True,
            "font_size": 12,
            "font_color": _HEAD,
            "bottom": 2,
            "bottom_color": _HEAD,
            "align": "right" if right else "left",
        }
        return self._get(("section", right), look)

    def note(self) -> Any:
        """Return the style of a remark that stands in place of rows."""
        return self._get(("note",), {**_FONT, "italic": True, "quote_prefix": True})

    def colours(self, pair: tuple[str, str], num_format: str = "") -> Any:
        """Return what a condition lays over a cell: paper, ink and, if given, a format."""
        look: dict[str, object] = {"bg_color": pair[0], "font_color": pair[1]}
        if num_format:
            look["num_format"] = num_format
        return self._get(("colours", pair, num_format), look)

    def _get(self, key: tuple[object, ...], look: Mapping[str, object]) -> Any:
        if key not in self._made:
            self._made[key] = self._book.add_format(dict(look))
        return self._made[key]
