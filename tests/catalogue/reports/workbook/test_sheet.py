"""One sheet: whatever is put into it, the file stays sound and its texts stay texts."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]  # has no types
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogue.messages import LANGUAGES, text
from catalogue.reports.workbook import sheet as module
from catalogue.reports.workbook.book import SHEETS
from catalogue.reports.workbook.safety import clean
from catalogue.reports.workbook.sheet import Column, Look, Sheet, Value, WebLink
from catalogue.reports.workbook.styles import Styles
from catalogue.texts import Texts
from tests.catalogue.reports.workbook.reading import formulas, parts, read

TEXT = Texts("de")
DANGEROUS = ["=1+1", "+49 2041", "-1", "@SUM(A1)", "\t=1+1", "\r=1+1", " =1+1", "＝1+1", "＋1", "－1", "＠x"]


def write(values: Sequence[Value], **more: Any) -> tuple[bytes, Sheet[Value]]:
    """Write values one below the other."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"constant_memory": True})
    look = Look(Styles(book), TEXT, "Lücken & mehr", "unten")
    columns = [Column[Value]("title", 20, lambda _, value: value, printed=True, **more)]
    sheet = Sheet(book.add_worksheet("Blatt"), columns, look, 1)
    try:
        for value in values:
            sheet.add(value)
        sheet.finish("leer")
    finally:
        book.close()
    return stream.getvalue(), sheet


def cells(content: bytes) -> list[Any]:
    return [row[0] for row in read(content)["Blatt"].iter_rows(min_row=2)]


@pytest.mark.parametrize("written", DANGEROUS)
@pytest.mark.parametrize("kind", ["text", "wrapped", "id"])
def test_what_looks_like_a_formula_is_text(written: str, kind: str) -> None:
    content, _ = write([written], kind=kind)
    (cell,) = cells(content)
    shown = clean(written) if kind == "wrapped" else clean(written).replace("\n", " ")
    assert (cell.data_type, cell.value) == ("s", shown)
    # A program that edits the cell keeps it as text.
    assert cell.quotePrefix
    assert formulas(content) == []


@pytest.mark.parametrize("written", ["00123", "1e5", "12.11.2026", "TRUE", "https://example.org/", "#REF!"])
def test_what_looks_like_something_else_stays_text(written: str) -> None:
    content, _ = write([written])
    (cell,) = cells(content)
    assert (cell.data_type, cell.value, cell.hyperlink) == ("s", written, None)


@settings(max_examples=30)
@given(st.lists(st.text(st.characters(), min_size=1, max_size=80), min_size=1, max_size=20))
def test_any_texts_come_back_as_they_were_cleaned(texts: list[str]) -> None:
    content, _ = write(texts, kind="wrapped")
    assert [cell.value or "" for cell in cells(content)] == [clean(one) for one in texts]
    assert parts(content)
    assert formulas(content) == []


@settings(max_examples=30)
@given(st.text(st.characters(), max_size=80), st.text(st.characters(), max_size=80))
def test_any_link_leaves_a_sound_file(label: str, address: str) -> None:
    content, _ = write([WebLink(label, address), WebLink(label, f"https://example.org/{address}")])
    for cell in cells(content):
        assert cell.hyperlink is None or cell.hyperlink.target.startswith(("http://", "https://"))
    assert parts(content)


def test_a_link_shows_its_text_and_leads_to_its_address() -> None:
    content, _ = write([WebLink("Bottrop, Formularserver", "https://example.org/a?b=1&c=2#d")])
    (cell,) = cells(content)
    assert cell.value == "Bottrop, Formularserver"
    link = cell.hyperlink
    assert f"{link.target}#{link.location}" == "https://example.org/a?b=1&c=2#d"


def test_an_address_that_is_no_link_is_shown_beside_its_text() -> None:
    content, sheet = write([WebLink("Bottrop", "javascript:alert(1)")])
    (cell,) = cells(content)
    assert (cell.value, cell.hyperlink) == ("Bottrop (javascript:alert(1))", None)
    assert sheet.links_left_out == 0


def test_links_beyond_what_a_sheet_takes_are_text_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_LINKS", 2)
    content, sheet = write([WebLink(f"Nr. {number}", f"https://example.org/{number}") for number in range(5)])
    found = cells(content)
    assert [cell.hyperlink is not None for cell in found] == [True, True, False, False, False]
    assert found[4].value == "Nr. 4 (https://example.org/4)"
    assert sheet.links_left_out == 3


def test_rows_beyond_what_a_sheet_takes_are_counted_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ROWS", 6)
    content, sheet = write([f"Zeile {number}" for number in range(10)])
    found = [cell.value for cell in cells(content)]
    assert found[:4] == [f"Zeile {number}" for number in range(4)]
    assert sheet.left_out == 6
    assert found[4].startswith("6 weitere Zeilen passen nicht")


def test_days_are_days_and_moments_are_moments() -> None:
    moment = datetime.fromisoformat("2026-12-31T23:59")
    content, _ = write([date(2026, 12, 31), moment], kind="day")
    assert [cell.value for cell in cells(content)] == [moment.replace(hour=0, minute=0), moment]
    assert all(cell.is_date for cell in cells(content))


def test_a_day_that_spreadsheets_disagree_about_is_text() -> None:
    content, _ = write([date(1900, 2, 28), date(1, 1, 1)], kind="day")
    assert [cell.value for cell in cells(content)] == ["1900-02-28", "0001-01-01"]


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("integer", 1234, "#,##0"),
        ("decimal", 12.5, "#,##0.0"),
        ("share", 0.123, "0.0\\ %"),
        ("id", "010", "@"),
    ],
)
def test_numbers_are_numbers_in_the_format_of_their_column(kind: str, value: Value, shown: str) -> None:
    content, _ = write([value], kind=kind)
    (cell,) = cells(content)
    assert (cell.value, cell.number_format) == (value, shown)


def test_yes_and_no_have_to_be_words() -> None:
    with pytest.raises(TypeError):
        write([True])


def test_a_sheet_without_rows_says_so_and_has_a_filter() -> None:
    content, sheet = write([])
    assert [cell.value for cell in cells(content)] == ["leer"]
    assert (sheet.rows, read(content)["Blatt"].auto_filter.ref) == (0, "A1:A2")


def test_a_text_that_is_not_wrapped_has_one_line() -> None:
    content, _ = write(["eins\nzwei"])
    assert [cell.value for cell in cells(content)] == ["eins zwei"]


def test_rows_of_several_lines_are_as_high_as_their_texts() -> None:
    content, _ = write(["kurz", "drei\nkurze\nZeilen", "lang " * 30], kind="wrapped")
    heights = [read(content)["Blatt"].row_dimensions[number].height for number in (2, 3, 4)]
    assert heights[0] is None  # grows with what is written into it
    assert heights[1] > 30
    assert heights[2] > heights[1]


def test_no_row_is_higher_than_a_program_takes() -> None:
    content, _ = write(["lang " * 5000], kind="wrapped")
    assert 400 < read(content)["Blatt"].row_dimensions[2].height <= 409


def test_a_passed_day_has_colours_and_a_word() -> None:
    content, _ = write([date(2026, 1, 1)], kind="day", passed='dd.mm.yyyy "überfällig"')
    (rules,) = read(content)["Blatt"].conditional_formatting
    (rule,) = rules.rules
    assert rule.formula == ["AND(ISNUMBER(A2),A2<TODAY())"]
    assert rule.dxf.numFmt.formatCode == 'dd.mm.yyyy "überfällig"'


def test_a_word_with_quotes_can_have_a_colour() -> None:
    content, _ = write(['so "genannt"'], colours={'so "genannt"': ("#FFFFFF", "#000000")})
    (rules,) = read(content)["Blatt"].conditional_formatting
    assert rules.rules[0].formula == ['"so ""genannt"""']


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_of_sheets_are_ones_that_programs_take(language: str) -> None:
    names = [text(language, f"workbook_sheet.{name}") for name in SHEETS]
    assert all(0 < len(name) <= 31 and not re.search(r"[\[\]:*?/\\]|^'|'$", name) for name in names)
    assert len({name.casefold() for name in names}) == len(names)
