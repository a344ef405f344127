"""What the region file may say about a list, and what it is told where it is wrong."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from catalogue.records import Status
from connectors.listing_settings import ListSettings
from connectors.tabular import TableOptions


def make(**given: object) -> ListSettings:
    plain: dict[str, object] = {
        "id": "survey",
        "type": "list",
        "location": "list.csv",
        "columns": {"area": "ars", "key": "leika"},
    }
    return ListSettings.model_validate({**plain, **given})


def complaint(**given: object) -> str:
    with pytest.raises(ValidationError) as caught:
        make(**given)
    return str(caught.value)


def test_little_needs_to_be_said() -> None:
    settings = make()
    assert settings.table_options() == TableOptions()
    assert settings.headers() == {"area": "ars", "key": "leika"}
    assert settings.fixed_values() == {}
    assert not settings.complete
    assert settings.asked_means_absent
    assert not settings.speaks


def test_the_area_may_be_a_constant() -> None:
    settings = make(columns={"title": "Name"}, constants={"area": "055120000000"})
    assert settings.fixed_values() == {"area": "055120000000"}


def test_own_status_words_are_added_to_the_usual_ones() -> None:
    meanings = make(status_values={"Antrag  als PDF": "form"}).meanings()
    assert meanings.status["antrag als pdf"] == Status.FORM
    assert meanings.status["beschrieben"] == Status.DESCRIBED


def test_own_words_for_found_replace_the_usual_ones() -> None:
    meanings = make(found_values=["Treffer"], not_found_values=["Leer"]).meanings()
    assert (set(meanings.found), set(meanings.not_found)) == ({"treffer"}, {"leer"})


@pytest.mark.parametrize(
    ("location", "is_remote"),
    [
        ("list.csv", False),
        ("/srv/list.xlsx", False),
        (r"C:\Listen\list.xlsx", False),
        (r"\\server\share\list.csv", False),
        ("https://example.de/list.csv?format=csv", True),
    ],
)
def test_a_location_is_a_path_or_an_address(location: str, is_remote: bool) -> None:
    assert make(location=location).is_remote == is_remote


@pytest.mark.parametrize(
    "location", ["ftp://example.de/list.csv", "file:///etc/hosts", "https://", "http://[1/x"]
)
def test_other_addresses_are_refused(location: str) -> None:
    assert "http:// or https://" in complaint(location=location)


def test_an_empty_location_is_refused() -> None:
    assert "location" in complaint(location=" ")


@pytest.mark.parametrize("encoding", ["auto", "utf-8", "UTF8", "windows-1252", "latin-1"])
def test_usual_encodings_are_known(encoding: str) -> None:
    assert make(encoding=encoding).encoding == encoding


@pytest.mark.parametrize("encoding", ["utf8x", "rot13", "idna", "cp037", "a\0b", ""])
def test_other_encodings_are_refused(encoding: str) -> None:
    assert "use auto or one of ascii, cp1252" in complaint(encoding=encoding)


@pytest.mark.parametrize(
    ("given", "delimiter"),
    [("auto", "auto"), (",", ","), (";", ";"), ("|", "|"), ("tab", "tab"), ("\t", "tab")],
)
def test_usual_delimiters_are_known(given: str, delimiter: str) -> None:
    assert make(delimiter=given).table_options().delimiter == delimiter


@pytest.mark.parametrize("delimiter", [":", "", "ab"])
def test_other_delimiters_are_refused(delimiter: str) -> None:
    assert "use auto, a comma, ;, | or tab" in complaint(delimiter=delimiter)


def test_a_delimiter_is_a_text() -> None:
    assert "string" in complaint(delimiter=5)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"columns": {"key": "leika"}}, "no area"),
        ({"columns": {"area": "ars", "url": "link"}}, "no service"),
        ({"columns": {"area": "ars", "titel": "Name"}}, "columns.titel"),
        ({"columns": {"area": "ars", "key": ""}}, "key is empty"),
        ({"constants": {"area": "055120000000"}}, "area is in columns and in constants"),
        ({"found_values": ["Ja"], "not_found_values": ["ja "]}, "'ja' is in found_values and"),
        ({"status_values": {"da": "present"}}, "status_values.da"),
        ({"constants": {"status": "vielleicht"}}, "'vielleicht' is not a value for status"),
        ({"constants": {"found": "vielleicht"}}, "not a value for found"),
        ({"constants": {"operator": "Firma"}}, "not a value for operator"),
        ({"constants": {"id": "1"}}, "not a value for id"),
        ({"columns": {"title": "x"}, "constants": {"area": "5,5E+10"}}, "not a value for area"),
        (
            {"columns": {"area": "x"}, "constants": {"key": "9,91E+13"}},
            "not a value for key",
        ),
        ({"header_row": 0}, "header_row"),
        ({"colums": {}}, "colums"),
    ],
)
def test_a_wrong_setting_is_named(given: dict[str, object], message: str) -> None:
    assert message in complaint(**given)


@pytest.mark.parametrize(
    "constants",
    [
        {"status": "Online"},
        {"found": "ja"},
        {"operator": "EfA"},
        {"unit": "Bürgerbüro"},
        {"title": "Hund anmelden"},
    ],
)
def test_constants_may_be_what_a_cell_may_be(constants: dict[str, str]) -> None:
    assert make(constants=constants).fixed_values() == constants


def test_a_key_may_be_a_constant() -> None:
    assert make(columns={"area": "ars"}, constants={"key": "99102013104000"})


def test_every_setting_is_described() -> None:
    assert all(field.description for field in ListSettings.model_fields.values())


def test_settings_survive_the_way_to_another_process() -> None:
    settings = make(delimiter="\t", constants={"unit": "Amt"}, status_values={"da": "online"})
    assert ListSettings.model_validate_json(settings.model_dump_json()) == settings
