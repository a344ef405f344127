"""One row becomes one offering, or a counted reason why not."""

from __future__ import annotations

from typing import get_args

import pytest

from catalogue.records import Issue, Offering, Severity, Status
from connectors.listing_rows import MAX_KEYS, MAX_REF, Meanings, RowReader, fold, shorten
from connectors.listing_settings import ListField
from connectors.tabular import Row, Shape, Unreadable, Value

KEY = "99102013104000"
MEANINGS = Meanings(
    status={"online": Status.ONLINE, "antrag als pdf": Status.FORM, "fehlt": Status.ABSENT},
    found=frozenset({"ja"}),
    not_found=frozenset({"nein"}),
)
LEAVING_OUT = Meanings(MEANINGS.status, MEANINGS.found, MEANINGS.not_found, asked_means_absent=False)


def read(
    shape: Shape = "fits", meanings: Meanings = MEANINGS, /, **cells: Value
) -> tuple[Offering | None, list[Issue]]:
    given: dict[str, Value] = {"area": "05512000", "key": KEY, **cells}
    return RowReader(meanings, {}).read(Row(7, given, shape))


def offering(**cells: Value) -> Offering:
    found, issues = read(**cells)
    assert found is not None
    assert not issues
    return found


def notices(**cells: Value) -> list[tuple[str, str]]:
    found, issues = read(**cells)
    assert found is not None
    assert {issue.severity for issue in issues} <= {Severity.NOTICE}
    assert {issue.record for issue in issues} <= {"7"}
    return [(issue.kind, issue.detail) for issue in issues]


def skipped(shape: Shape = "fits", /, **cells: Value) -> tuple[str, str]:
    found, issues = read(shape, MEANINGS, **cells)
    assert found is None
    (issue,) = issues
    assert (issue.severity, issue.record) == (Severity.SKIPPED, "7")
    return issue.kind, issue.detail


def test_a_full_row() -> None:
    assert offering(
        title=" Hund  anmelden ",
        url="https://example.de/hund",
        unit="Steueramt",
        operator="Kreis",
        observed_at="2026-03-01",
        note="geprüft",
        found="ja",
    ) == Offering(
        ref=f"05512000|{KEY}",
        area="05512000",
        service=offering(title="Hund anmelden").service,
        status=Status.ONLINE,
        url="https://example.de/hund",
        unit="Steueramt",
        operator="kreis",
        observed_at="2026-03-01",
        note="geprüft",
    )


def test_the_readers_fields_are_those_of_the_settings() -> None:
    cells: dict[str, Value] = dict.fromkeys(get_args(ListField))
    assert RowReader(MEANINGS, {}).read(Row(7, cells, "fits"))[0] is None


def test_constants_stand_in_every_row() -> None:
    found, _ = RowReader(MEANINGS, {"area": "Herne"}).read(Row(7, {"title": "Hund"}, "fits"))
    assert found is not None
    assert found.area == "Herne"


class TestStatus:
    @pytest.mark.parametrize(
        ("cells", "status"),
        [
            ({"url": "https://example.de/"}, Status.ONLINE),
            ({}, Status.DESCRIBED),
            ({"url": ""}, Status.DESCRIBED),
            ({"found": "Ja"}, Status.DESCRIBED),
            ({"found": " NEIN "}, Status.ABSENT),
            ({"found": "nein", "url": "https://example.de/"}, Status.ABSENT),
            ({"found": "", "url": "https://example.de/"}, Status.ONLINE),
            ({"status": "Antrag  als PDF", "url": "https://example.de/"}, Status.FORM),
            ({"status": "online", "found": "nein"}, Status.ONLINE),
            ({"status": "fehlt", "url": "https://example.de/"}, Status.ABSENT),
            ({"status": "", "url": "https://example.de/"}, Status.ONLINE),
            ({"status": "", "found": "ja"}, Status.DESCRIBED),
        ],
    )
    def test_follows_from_status_found_and_address(self, cells: dict[str, Value], status: Status) -> None:
        found, _ = read(**cells)
        assert found is not None
        assert found.status == status

    @pytest.mark.parametrize("cells", [{"found": ""}, {"status": None}, {"status": "", "url": "-"}])
    def test_is_not_invented_for_a_row_that_says_nothing(self, cells: dict[str, Value]) -> None:
        assert skipped(**cells)[0] == "row_without_status"

    def test_of_unknown_words_is_none(self) -> None:
        assert skipped(status="vielleicht") == ("row_status_unknown", "vielleicht")
        assert skipped(found="teilweise") == ("row_found_unknown", "teilweise")

    def test_of_asked_rows_may_be_left_out(self) -> None:
        assert read("fits", LEAVING_OUT, found="nein") == (None, [])
        assert read("fits", LEAVING_OUT, status="fehlt")[0] is not None

    def test_that_contradicts_an_address_is_noted(self) -> None:
        assert notices(found="nein", url="https://example.de/") == [("found_contradicts_url", "")]

    def test_cannot_rest_on_an_address_that_is_none(self) -> None:
        assert skipped(url="im Rathaus") == ("url_unusable", "")
        assert skipped(url=f"https://example.de/{'x' * 5000}") == ("url_unusable", "")
        assert notices(url="im Rathaus", status="online") == [("url_unusable", "")]


class TestKey:
    def test_spoiled_is_lost_but_the_title_stands(self) -> None:
        found, issues = read(key="9,91E+13", title="Hund")
        assert found is not None
        assert (found.ref, found.service.keys) == ("05512000|hund", ())
        assert [(issue.severity, issue.kind) for issue in issues] == [(Severity.NOTICE, "key_spoiled")]

    def test_spoiled_beside_a_sound_one_is_noted(self) -> None:
        assert notices(key=f"9,91E+13;{KEY}") == [("key_spoiled", "9,91E+13")]

    def test_spoiled_without_title_skips_the_row(self) -> None:
        assert skipped(key="9,91E+13") == ("key_spoiled", "9,91E+13")

    def test_repaired_is_noted(self) -> None:
        assert notices(key=99102013104000.0) == [("key_repaired", KEY)]

    def test_in_words_is_noted(self) -> None:
        assert notices(key="siehe Anlage", title="Hund") == [("key_unusable", "siehe Anlage")]

    def test_that_the_catalogue_lacks_is_nothing_to_note(self) -> None:
        assert offering(key="nicht im LeiKa", title="Hund").service.keys == ()

    def test_missing_needs_a_title(self) -> None:
        assert skipped(key="", title=" ") == ("row_without_service", "")

    def test_numbers_are_limited(self) -> None:
        many = ";".join(str(10**13 + number) for number in range(MAX_KEYS + 1))
        assert notices(key=many) == [("text_shortened", "")]


class TestArea:
    def test_missing_skips_the_row(self) -> None:
        assert skipped(area=None) == ("row_without_area", "")

    def test_spoiled_skips_the_row(self) -> None:
        assert skipped(area="5,5512E+10") == ("area_spoiled", "5,5512E+10")

    def test_repaired_is_noted_and_passed_on_as_it_is(self) -> None:
        found, issues = read(area="5512000.0")
        assert found is not None
        assert found.area == "5512000"
        assert issues == [Issue(Severity.NOTICE, "area_repaired", "7", "5512000")]


class TestRef:
    def test_does_not_change_with_status_address_and_note(self) -> None:
        one = offering(title="Hund", url="https://example.de/a", note="a", status="online")
        other = offering(title="Hundesteuer", url="", note="b", status="fehlt")
        assert one.ref == other.ref

    @pytest.mark.parametrize("area", [" 05512000", "5512000", 5512000])
    def test_does_not_change_with_a_lost_zero(self, area: Value) -> None:
        assert offering(area=area).ref == f"05512000|{KEY}"

    @pytest.mark.parametrize("key", ["1; 2", "2 | 1", "urn:de:fim:leika:leistung:2,1", "2.;1"])
    def test_does_not_change_with_the_order_and_writing_of_keys(self, key: str) -> None:
        assert offering(key=key).ref == "05512000|1+2"

    def test_without_key_is_the_title(self) -> None:
        assert offering(key=None, title=" HUND\u00a0 ＡＮ").ref == "05512000|hund an"

    def test_is_the_id_where_there_is_one(self) -> None:
        assert offering(id=17).ref == "17"
        assert offering(id="").ref == f"05512000|{KEY}"

    def test_of_a_long_title_is_short_and_still_its_own(self) -> None:
        one, other = offering(key="", title="x" * 900), offering(key="", title="x" * 901)
        assert one.ref != other.ref
        assert len(one.ref) == len(other.ref) == MAX_REF

    def test_of_the_service_tells_titles_of_one_key_apart(self) -> None:
        assert offering(title="Hund").service.ref == f"{KEY}|hund"
        assert offering().service.ref == KEY
        assert offering(key="", title="Hund").service.ref == "hund"


class TestText:
    def test_loses_contact_data(self) -> None:
        found, issues = read(title="Hund (hund@example.de)", unit="Amt, Tel. 0209 12345", note="a@example.de")
        assert found is not None
        assert (found.service.title, found.unit, found.note) == ("Hund", "Amt,", "")
        assert [issue.kind for issue in issues] == ["personal_data_removed"] * 3

    def test_of_endless_length_is_shortened(self) -> None:
        found, issues = read(title="x" * 5000, note="y " * 10_000)
        assert found is not None
        assert (len(found.service.title), len(found.note)) == (1000, 2000)
        assert [issue.kind for issue in issues] == ["text_shortened"] * 2

    def test_in_issues_has_no_contact_data_and_is_short(self) -> None:
        assert skipped(status="a@example.de fragen") == ("row_status_unknown", "fragen")
        assert notices(operator="x" * 100) == [("operator_unknown", "x" * 79 + "…")]

    def test_is_compared_without_case_and_blanks(self) -> None:
        assert fold(" Straße\n ＢÜRO ") == "strasse büro"

    def test_that_is_short_stays_as_it_is(self) -> None:
        assert shorten("x" * 80) == "x" * 80


class TestShape:
    def test_with_too_many_cells_skips_the_row(self) -> None:
        assert skipped("long") == ("row_long", "")

    def test_with_too_few_cells_is_noted(self) -> None:
        _, issues = read("short")
        assert [issue.kind for issue in issues] == ["row_short"]


class TestUnreadableCell:
    @pytest.mark.parametrize("name", ["area", "status", "found", "url"])
    def test_that_decides_skips_the_row(self, name: str) -> None:
        assert skipped(**{name: Unreadable.FORMULA}) == ("cell_unreadable", f"{name}: formula")

    def test_of_other_fields_is_noted(self) -> None:
        assert notices(title="Hund", key=Unreadable.ERROR) == [("cell_unreadable", "key: error")]
