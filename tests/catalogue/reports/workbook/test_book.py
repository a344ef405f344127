"""The workbook as officers get it, written from the sample region and read back."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Connection

from catalogue.annotations import Fields
from catalogue.annotations_writing import Signature, put_on_record, writing
from catalogue.errors import NotFound
from catalogue.messages import LANGUAGES, text
from catalogue.reports.cells import cells
from catalogue.reports.coverage import coverage
from catalogue.reports.filters import Filters
from catalogue.reports.gaps import gaps
from catalogue.reports.workbook.writing import write_workbook
from catalogue.reports.worklist import worklists
from catalogue.store import Store
from catalogue.texts import Texts
from tests.catalogue.reports.workbook.reading import (
    BOTTROP,
    CITY_SHEETS,
    NOW,
    OF_THEMES,
    THEMES,
    day,
    explained,
    hidden,
    question,
    read,
    rows,
    written,
)

pytestmark = pytest.mark.parametrize("region_store", ["sqlite"], indirect=True)


def test_a_city_has_the_sheets_in_their_order(city: Any) -> None:
    assert city.sheetnames == CITY_SHEETS


def test_a_region_has_an_overview_before_them(whole: Any) -> None:
    assert whole.sheetnames == ["Übersicht", *CITY_SHEETS]


def test_every_cell_is_on_exactly_one_sheet(region: Connection, whole: Any) -> None:
    shown = [
        (row["Gebiet"], row["OZG-ID"])
        for name in ("Lücken", "Online", "Unklar", "Andere zuständig")
        for row in rows(whole[name])
    ]
    assert sorted(shown) == sorted((row.area, row.ozg_id) for row in cells(region, OF_THEMES))


def test_the_gap_list_is_the_one_of_the_other_forms(region: Connection, whole: Any) -> None:
    shown = {(row["Gebiet"], row["OZG-ID"]) for row in rows(whole["Lücken"])}
    assert shown == {(row.area, row.ozg_id) for row in gaps(region, OF_THEMES).rows}
    assert shown


def test_the_most_urgent_gap_of_a_city_comes_first(city: Any) -> None:
    points = [row["Priorität"] for row in rows(city["Lücken"])]
    assert points == sorted(points, reverse=True)


def test_a_row_says_what_the_work_list_says(region: Connection, of_city: Filters, city: Any) -> None:
    (work,) = worklists(region, of_city, today=NOW)
    row, shown = work.rows[0], rows(city["Lücken"])[0]
    assert shown["OZG-ID"] == row.cell.ozg_id
    assert shown["Stand heute"] == text("de", f"status.{row.cell.status}")
    assert shown["LeiKa-Leistungen, die fehlen"] == len(row.leaves_missing)
    listed = shown["Welche LeiKa-Leistungen fehlen"] or ""
    assert listed.split("; ") == [f"{one.leika_key} {one.name}" for one in row.leaves_missing]
    assert shown["Priorität"] == pytest.approx(row.priority.points)
    assert len(shown["Teile der Priorität"].split("; ")) == len(row.priority.parts)
    assert (shown["vergleichbare Gebiete"], shown["davon online"]) == (row.peers, row.peers_online)
    assert shown["Sicherheit der Zuständigkeit"] == text("de", f"confidence.{row.cell.confidence}")


def test_unclear_services_have_a_reason_and_what_would_clear_it_up(whole: Any) -> None:
    found = rows(whole["Unklar"])
    assert found
    assert all(row["Grund"] and len(row["Was es klären würde"]) > 30 for row in found)


def test_services_of_others_say_who_is_competent(city: Any) -> None:
    found = rows(city["Andere zuständig"])
    assert found
    assert all(row["Zuständig ist"] or row["Aufgabe von"] for row in found)


def test_the_overview_has_the_figures_of_the_coverage(region: Connection, whole: Any) -> None:
    expected = coverage(region, OF_THEMES)
    found = rows(whole["Übersicht"])
    assert [row["LeiKa-Leistungen"] for row in found] == [row.leaves for row in expected]
    assert [row["online mindestens"] for row in found] == [row.any_share for row in expected]
    assert [row["selbst online höchstens"] for row in found] == [row.own_upper for row in expected]
    assert {row["Link geprüft"] for row in found} == {"nicht gemessen"}
    assert found[-1]["Gebiet"] == "Region gesamt"


def test_sources_say_what_their_silence_is_worth(city: Any) -> None:
    (portal,) = [row for row in rows(city["Quellen"]) if row["Quelle"] == "portal"]
    meaning = portal["Was es heißt, wenn sie etwas nicht zeigt"]
    assert isinstance(portal["zuletzt gelesen"], datetime)
    assert portal["Alter (Tage)"] > 10
    assert meaning == text("de", "workbook_worth.doubt")  # it is out of date by now


def test_a_fresh_source_proves_absence(region: Connection) -> None:
    early = question(NOW.replace(day=2), areas=(BOTTROP,), level="gemeinde", themes=("Umwelt",))
    found = {row["Quelle"]: row for row in rows(read(written(region, early))["Quellen"])}
    worth = "Was es heißt, wenn sie etwas nicht zeigt"
    assert found["portal"][worth] == text("de", "workbook_worth.absence")
    assert found["umfrage"][worth] == text("de", "workbook_worth.nothing")


def test_the_explanation_has_each_definition_with_its_denominator(
    region: Connection, of_city: Filters, city: Any
) -> None:
    expected, said = coverage(region, of_city)[0], explained(city)
    definition = text("de", "definition.own")
    figures = (expected.own_count, expected.cells, expected.own_share, expected.own_upper)
    assert said["selbst online"] == (definition, *figures)
    assert said["LeiKa-Anteil"][1:3] == (expected.leaves_online, expected.leaves)
    assert said["Link geprüft"][1:4] == ("nicht gemessen", expected.cells, None)


def test_the_explanation_says_from_where_and_when(city: Any) -> None:
    said = explained(city)
    assert said["Region"][0] == "Probenregion"
    assert "1.2.3" in said["Geschrieben"][0]
    assert said["Auswahl"][0].startswith("Gebiete: Bottrop\nNur diese Themenfelder: Umwelt")
    assert any(term.startswith("Katalog: ") for term in said)
    assert "annotations import" in said["Zurückgeben"][0]


def test_the_explanation_explains_every_visible_column(city: Any) -> None:
    said = explained(city)
    sheet = city["Lücken"]
    for cell in sheet[1]:
        if cell.column_letter not in hidden(sheet):
            assert len(said[cell.value][0]) > 10, cell.value


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_of_a_workbook_is_missing(region: Connection, language: str) -> None:
    book = read(written(region, question(themes=THEMES), language))
    shown = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value]
    bare = re.compile(r"[a-z]+(_[a-z]+)+( \(\w+=.*\))?")  # a code where a text should be
    assert [one for one in shown if bare.fullmatch(one)] == []


def test_english_workbooks_have_english_sheets_and_headers(region: Connection) -> None:
    book = read(written(region, question(areas=(BOTTROP,), level="gemeinde", themes=("Umwelt",)), "en"))
    assert book.sheetnames[0] == "Gaps"
    assert [cell.value for cell in book["Gaps"][1]][:4] == ["OZG id", "Service", "Theme", "Status today"]
    assert book["Gaps"].oddFooter.right.text == "Page &P of &N"


def test_filters_choose_what_is_in_it(region: Connection) -> None:
    book = read(written(region, question(areas=(BOTTROP,), level="gemeinde", themes=("Umwelt",))))
    for name in CITY_SHEETS[:4]:
        assert {row["Themenfeld"] for row in rows(book[name])} <= {"Umwelt", None}
    assert "Umwelt" in explained(book)["Auswahl"][0]


def test_a_status_chooses_gaps_and_says_so(region: Connection) -> None:
    asked = question(areas=("Gladbeck",), statuses=("form",), themes=("Bauen & Wohnen",))
    book = read(written(region, asked))
    assert {row["Stand heute"] for row in rows(book["Lücken"])} == {"Formular"}
    assert "Formular" in explained(book)["Auswahl"][0]


def test_several_areas_are_a_selection_with_an_overview(region: Connection) -> None:
    book = read(written(region, question(areas=(BOTTROP, "Gladbeck"), level="gemeinde", themes=("Umwelt",))))
    assert book.sheetnames[0] == "Übersicht"
    assert rows(book["Übersicht"])[-1]["Gebiet"] == "Auswahl gesamt"
    assert book.properties.title == "Lückenliste Auswahl aus Probenregion"


def test_an_unknown_area_is_refused(region: Connection) -> None:
    with pytest.raises(NotFound):
        written(region, question(areas=("Nirgendwo",)))


@pytest.fixture
def remarked(
    region_store: Store, region: Connection, of_city: Filters
) -> Iterator[tuple[Connection, dict[str, str]]]:
    """The region with remarks about two gaps of Bottrop, one of them overdue; all taken back afterwards."""
    (work,) = worklists(region, of_city, today=NOW)
    named = {
        "later": work.rows[0].cell.ozg_id,
        "overdue": work.rows[1].cell.ozg_id,
        "covered": work.rows[2].cell.ozg_id,
    }
    said = {
        named["later"]: Fields("planned", "2031-03-01", "Amt 32", "=HYPERLINK(A1)"),
        named["overdue"]: Fields("planned", "2020-01-31", "Amt 50", ""),
        named["covered"]: Fields("covered_by", "", "", "Portal des Kreises"),
    }
    region.rollback()
    signature = Signature("amt", NOW.isoformat(timespec="seconds"), "set")
    with writing(region_store) as connection:
        put_on_record(connection, {(BOTTROP, "gemeinde", key): one for key, one in said.items()}, signature)
    with region_store.read() as connection:
        yield connection, named
    with writing(region_store) as connection:
        taken = dict.fromkeys(((BOTTROP, "gemeinde", key) for key in said), Fields())
        put_on_record(connection, taken, signature._replace(via="clear"))


def test_what_officers_said_stands_in_their_columns(remarked: tuple[Connection, dict[str, str]]) -> None:
    connection, named = remarked
    book = read(written(connection, question(areas=(BOTTROP,), level="gemeinde", themes=THEMES)))
    found = {row["OZG-ID"]: row for row in rows(book["Lücken"])}
    row = found[named["later"]]
    assert (row["Vermerk"], row["geplant bis"]) == ("geplant", day("2031-03-01"))
    assert (row["zuständige Stelle"], row["Kommentar"]) == ("Amt 32", "=HYPERLINK(A1)")
    assert found[named["covered"]]["Vermerk"] == "abgedeckt durch"
    assert found[named["later"]]["Stand (nicht ändern)"] != "0"


def test_overdue_remarks_come_first_and_say_so(remarked: tuple[Connection, dict[str, str]]) -> None:
    connection, named = remarked
    book = read(written(connection, question(areas=(BOTTROP, "Gladbeck"), level="gemeinde", themes=THEMES)))
    found = rows(book["Vermerke"])
    assert found[0]["OZG-ID"] == named["overdue"]
    assert [row["überfällig"] for row in found] == ["überfällig", None, None]
    assert {row["Gebiet"] for row in found} == {"Bottrop"}
    assert found[0]["geplant bis"] == day("2020-01-31")


def test_a_workbook_of_the_past_says_so(region: Connection) -> None:
    asked = replace(
        question(), filters=Filters(areas=(BOTTROP,), level="gemeinde", themes=("Umwelt",), as_of=NOW)
    )
    book = read(written(region, asked))
    assert (
        "Zum Ausfüllen eine Mappe von heute nehmen" in explained(book)["Stand zu einem früheren Zeitpunkt"][0]
    )


def test_a_published_workbook_lacks_the_columns_of_authors_and_messages(
    region: Connection, city: Any
) -> None:
    asked = question(areas=(BOTTROP,), level="gemeinde", themes=THEMES)
    public = read(written(region, replace(asked, published=True)))
    left_out = {"Vermerke": ["eingetragen von"], "Quellen": ["Meldung"]}
    for name in CITY_SHEETS[:-1]:
        internal = [cell.value for cell in city[name][1]]
        shown = [cell.value for cell in public[name][1]]
        assert [one for one in internal if one not in shown] == left_out.get(name, [])


def test_a_workbook_does_not_say_how_the_program_was_called(region: Connection) -> None:
    said = Texts("de")
    said.call_as("/srv/venv/bin/lueckenlos --db postgresql://db.intern/region", " --region /srv/region.toml")
    stream = io.BytesIO()
    write_workbook(region, question(areas=(BOTTROP,), level="gemeinde", themes=THEMES), said, stream)
    book = read(stream.getvalue())
    shown = "\n".join(str(value) for sheet in book for row in sheet.values for value in row if value)
    assert "„lueckenlos annotations import DATEI“" in shown
    assert "/srv/" not in shown
    assert "db.intern" not in shown
