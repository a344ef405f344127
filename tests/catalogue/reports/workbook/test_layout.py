"""How the sheets of a workbook are to be used and printed, and that the file is sound and always the same."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from catalogue.reports.annotation_sheet import kind_words, parse_row_id
from tests.catalogue.reports.workbook.reading import (
    BOTTROP,
    CITY_SHEETS,
    NOW,
    THEMES,
    column,
    formulas,
    hidden,
    parts,
    question,
    written,
)

pytestmark = pytest.mark.parametrize("region_store", ["sqlite"], indirect=True)


def test_ids_are_texts_and_days_are_days(city: Any) -> None:
    ids, days = column(city["Lücken"], "OZG-ID"), column(city["Lücken"], "seit")
    assert {(cell.data_type, cell.number_format) for cell in ids} == {("s", "@")}
    assert {(type(cell.value), cell.number_format) for cell in days} == {(datetime, "dd.mm.yyyy")}
    assert {cell.value.time() for cell in days} == {datetime.min.time()}


def test_shares_are_shown_as_per_cent(whole: Any) -> None:
    shares = column(whole["Übersicht"], "online mindestens")
    assert {cell.number_format for cell in shares} == {"0.0\\ %"}


def test_header_and_service_stay_in_sight(city: Any, whole: Any) -> None:
    assert {city[name].freeze_panes for name in CITY_SHEETS[:5]} == {"C2"}
    assert {whole[name].freeze_panes for name in CITY_SHEETS[:5]} == {"D2"}


def test_every_row_and_column_is_filtered(city: Any) -> None:
    for name in CITY_SHEETS[:-1]:
        sheet = city[name]
        assert sheet.auto_filter.ref == sheet.dimensions, name


def test_every_column_has_a_width(city: Any) -> None:
    for name in CITY_SHEETS:
        sheet = city[name]
        widths = [sheet.column_dimensions[cell.column_letter].width for cell in sheet[1] if cell.value]
        assert all(7 < width < 100 for width in widths), name


def test_pages_are_a4_landscape_as_wide_as_the_page(city: Any) -> None:
    for sheet in city:
        setup = sheet.page_setup
        assert (setup.paperSize, setup.orientation) == (9, "landscape")
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (setup.fitToWidth or 1, setup.fitToHeight) == (1, 0)
        assert sheet.oddFooter.right.text == "Seite &P von &N"
        assert "Bottrop" in sheet.oddHeader.left.text


def test_the_header_is_repeated_on_every_page(city: Any) -> None:
    assert {city[name].print_title_rows for name in CITY_SHEETS[:-1]} == {"$1:$1"}


def test_what_is_printed_ends_with_the_comment(city: Any) -> None:
    sheet = city["Lücken"]
    last = re.fullmatch(r".*:\$([A-Z]+)\$(\d+)", sheet.print_area)
    assert last
    assert sheet[f"{last[1]}1"].value == "Kommentar"
    assert int(last[2]) == sheet.max_row


@pytest.mark.parametrize(
    ("header", "kind"), [("Vermerk", "list"), ("geplant bis", "date"), ("zuständige Stelle", "textLength")]
)
def test_what_may_be_entered_is_checked_in_every_row(city: Any, header: str, kind: str) -> None:
    sheet = city["Lücken"]
    cells = column(sheet, header)
    (rule,) = [one for one in sheet.data_validations.dataValidation if cells[0].coordinate in one.sqref]
    assert rule.type == kind
    assert cells[-1].coordinate in rule.sqref
    assert rule.error
    assert rule.prompt


def test_remarks_are_chosen_from_the_words_that_are_taken_back(city: Any) -> None:
    (rule,) = [one for one in city["Lücken"].data_validations.dataValidation if one.type == "list"]
    assert rule.formula1 == f'"{",".join(kind_words("de"))}"'
    assert not any("," in word for word in kind_words("de"))


def test_columns_to_fill_in_look_different_and_are_not_locked(city: Any) -> None:
    sheet = city["Lücken"]
    mine, other = column(sheet, "Kommentar"), column(sheet, "Themenfeld")
    assert {cell.protection.locked for cell in mine} == {False}
    assert {cell.fill.fgColor.rgb for cell in mine} != {cell.fill.fgColor.rgb for cell in other}
    assert not sheet.protection.sheet


def test_colours_stand_for_words_of_the_cell(city: Any) -> None:
    shown = {
        rule.formula[0].strip('"')
        for rules in city["Lücken"].conditional_formatting
        for rule in rules.rules
        if rule.type == "cellIs"
    }
    assert {cell.value for cell in column(city["Lücken"], "Stand heute")} <= shown


def test_each_row_has_a_hidden_id_and_stamp(city: Any) -> None:
    sheet = city["Lücken"]
    for header in ("Kennung (nicht ändern)", "Stand (nicht ändern)"):
        found = column(sheet, header)
        assert found[0].column_letter in hidden(sheet)
        assert all(cell.value for cell in found)
    ids = [parse_row_id(cell.value) for cell in column(sheet, "Kennung (nicht ändern)")]
    services = [cell.value for cell in column(sheet, "OZG-ID")]
    assert ids == [(BOTTROP, "gemeinde", service) for service in services]


def test_the_sum_is_not_sorted_with_the_areas(whole: Any) -> None:
    sheet = whole["Übersicht"]
    assert sheet.auto_filter.ref.endswith(str(sheet.max_row - 1))


def test_the_same_question_at_the_same_moment_gives_the_same_bytes(
    region: Connection, city_bytes: bytes
) -> None:
    assert written(region, question(areas=(BOTTROP,), level="gemeinde", themes=THEMES)) == city_bytes


def test_later_only_what_tells_the_time_differs(region: Connection, city_bytes: bytes) -> None:
    later = question(NOW + timedelta(hours=5), areas=(BOTTROP,), level="gemeinde", themes=THEMES)
    before, after = parts(city_bytes), parts(written(region, later))
    assert before.keys() == after.keys()
    moved = {name for name in before if _text(before[name]) != _text(after[name])}
    assert moved == {"docProps/core.xml", "xl/worksheets/sheet6.xml", "xl/worksheets/sheet7.xml"}


def _text(tree: Any) -> list[str]:
    return list(tree.itertext())


def test_every_part_of_the_file_is_sound_and_nothing_is_a_formula(city_bytes: bytes) -> None:
    assert len(parts(city_bytes)) > 10
    assert formulas(city_bytes) == []
