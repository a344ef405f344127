"""Cells as people fill them in become the strings of a record, or are refused."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.cellvalues import (
    Keys,
    read_area,
    read_keys,
    read_text,
    read_url,
    remove_contacts,
    without_mail,
)
from connectors.tabular import Unreadable, Value

KEY = "99102013104000"
OTHER = "99050012104000"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, ""),
        (Unreadable.FORMULA, ""),
        ("  Hund \n anmelden\t", "Hund anmelden"),
        ("Hund\x07steuer", "Hund steuer"),
        (True, "true"),
        (False, "false"),
        (12, "12"),
        (12.0, "12"),
        (12.5, "12.5"),
        (float("inf"), "inf"),
        (datetime(2026, 3, 1), "2026-03-01"),  # noqa: DTZ001 -- cells have no time zone
        (datetime(2026, 3, 1, 8, 30), "2026-03-01T08:30:00"),  # noqa: DTZ001
        (date(2026, 3, 1), "2026-03-01"),
        (time(8, 30), "08:30:00"),
    ],
)
def test_a_cell_becomes_text(cell: Value, text: str) -> None:
    assert read_text(cell) == text


@pytest.mark.parametrize(
    ("cell", "keys"),
    [
        (KEY, (KEY,)),
        (f"{KEY};{OTHER}", (KEY, OTHER)),
        (f"{KEY} | {OTHER}", (KEY, OTHER)),
        (f"{KEY}, {OTHER}", (KEY, OTHER)),
        (f"{KEY} {OTHER}", (KEY, OTHER)),
        (f"{KEY}\n{OTHER}", (KEY, OTHER)),
        (f"{KEY};{KEY}", (KEY,)),
        ("99 102 013 104 000", (KEY,)),
        ("99 102 013 104 000 99 050 012 104 000", (KEY, OTHER)),
        ("99.102.013.104.000", ("99.102.013.104.000",)),
        (f"urn:de:fim:leika:leistung:{KEY}", (f"urn:de:fim:leika:leistung:{KEY}",)),
        ("L100022_17 L100022_18", ("L100022_17", "L100022_18")),
        ("", ()),
        (None, ()),
        ("nicht im LeiKa", ()),
        ("–", ()),
    ],
)
def test_a_cell_holds_one_key_or_several(cell: Value, keys: tuple[str, ...]) -> None:
    assert read_keys(cell) == Keys(keys=keys)


@pytest.mark.parametrize(
    "cell",
    [99102013104000, 99102013104000.0, f"{KEY}.0", f"{KEY},00", "99,102,013,104,000", "99'102'013'104'000"],
)
def test_a_key_that_became_a_number_is_repaired_where_that_is_exact(cell: Value) -> None:
    assert read_keys(cell) == Keys(keys=(KEY,), repaired=(KEY,))


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("9,91E+13", "9,91E+13"),
        ("9.9102E+13", "9.9102E+13"),
        ("9.9102013104E+13", "9.9102013104E+13"),
        (9.91e13, "99100000000000"),
        (99102000000000, "99102000000000"),
        ("99102000000000.0", "99102000000000.0"),
        (99102013104000.5, "99102013104000.5"),
        (9910201310400, "9910201310400"),
        (1e300, "1e+300"),
        (True, "true"),
    ],
)
def test_a_key_that_lost_digits_is_refused(cell: Value, shown: str) -> None:
    assert read_keys(cell) == Keys(spoiled=(shown,))


def test_a_sound_key_survives_beside_a_spoiled_one() -> None:
    assert read_keys(f"9,91E+13; {KEY}") == Keys(keys=(KEY,), spoiled=("9,91E+13",))


def test_words_in_place_of_a_key_are_reported() -> None:
    assert read_keys("siehe Anlage") == Keys(unusable=("siehe Anlage",))


@given(st.integers(min_value=10**13, max_value=10**14 - 1))
def test_a_number_is_either_exactly_the_key_or_refused(number: int) -> None:
    for cell in (number, float(number), f"{number}.0"):
        found = read_keys(cell)
        assert found.keys in {(str(number),), ()}
        assert bool(found.keys) != bool(found.spoiled)


@pytest.mark.parametrize(
    ("cell", "area"),
    [
        ("055120000000", ("055120000000", False, False)),
        (" Bottrop ", ("Bottrop", False, False)),
        (55120000000, ("55120000000", False, False)),
        (55120000000.0, ("55120000000", False, False)),
        ("5512000.0", ("5512000", True, False)),
        ("5,5512E+10", ("5,5512E+10", False, True)),
        (5512000.5, ("5512000.5", False, True)),
        (None, ("", False, False)),
    ],
)
def test_an_area_is_passed_on_or_refused(cell: Value, area: tuple[str, bool, bool]) -> None:
    assert read_area(cell) == area


@pytest.mark.parametrize(
    ("cell", "url"),
    [
        ("https://example.de/a?b=c#d", ("https://example.de/a?b=c#d", False)),
        ("HTTP://example.de", ("HTTP://example.de", False)),
        ("www.example.de/hund", ("https://www.example.de/hund", False)),
        ("", ("", False)),
        ("–", ("", False)),
        ("nein", ("", False)),
        ("im Rathaus", ("", True)),
        ("https://example.de/a b", ("", True)),
        ("https://", ("", True)),
        ("https://[1", ("", True)),
        ("https://user:secret@example.de/", ("", True)),
        ("javascript:alert(1)", ("", True)),
        ("mailto:erika@example.de", ("", True)),
        ("file:///etc/hosts", ("", True)),
    ],
)
def test_only_a_web_address_is_an_address(cell: Value, url: tuple[str, bool]) -> None:
    assert read_url(cell) == url


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Steueramt, Tel. 02041 70-1234", "Steueramt,"),
        ("Steueramt, Telefon: +49 (0)2041/70 12 34, Zimmer 5", "Steueramt, , Zimmer 5"),
        ("Steueramt (Tel.: 02041 70-1234)", "Steueramt"),
        ("Durchwahl 123", ""),
        ("Rückfragen an erika.muster@stadt.example", "Rückfragen an"),
        ("erika.muster (at) stadt.example fragen", "fragen"),
        ("0209 169-0 oder 00492091690", "oder"),
    ],
)
def test_contact_data_is_removed(text: str, plain: str) -> None:
    assert remove_contacts(text) == plain


@pytest.mark.parametrize(
    "text",
    [
        "Stand 01.02.2026, gilt ab 2026-03-01",
        "federal text for key 99008001012011 came back",
        "§ 34a GewO, 12 Euro, Raum 3.14",
        "Telearbeit und Mobilität ()",
        "",
    ],
)
def test_what_is_no_contact_data_stays(text: str) -> None:
    assert remove_contacts(text) == text


def test_titles_lose_mail_addresses_only() -> None:
    assert without_mail("Anmeldung 0209 1690000 a@b.de") == "Anmeldung 0209 1690000"


@given(st.text(max_size=300))
def test_no_text_breaks_the_readers(text: str) -> None:
    assert "a.b@c.example" not in remove_contacts(f"{text} a.b@c.example")
    read_keys(text)
    read_area(text)
    read_url(text)
