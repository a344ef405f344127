from __future__ import annotations

import pickle
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.keys import Ags, Ars, KeyFormatError, LeikaKey, OzgId, parse_area_key

DIGITS = "0123456789"
leika_keys = st.text(DIGITS, min_size=14, max_size=14)
blanks = st.sampled_from(["", " ", "\u00a0", "\u202f", "\t", "\ufeff", "."])


def error_of(function: Callable[[object], object], raw: object) -> KeyFormatError:
    with pytest.raises(KeyFormatError) as caught:
        function(raw)
    assert isinstance(caught.value, ValueError)
    return caught.value


def outcome_of(function: Callable[[object], object], raw: object) -> object:
    try:
        return function(raw)
    except KeyFormatError as error:
        return error


# --- LeiKa keys -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [
        "99107023037000",
        " 99107023037000\r\n",
        "99 107 023 037 000",
        "99.107.023.037.000",
        "99\u00a0107\u00a0023\u202f037\u200b000",
        "\ufeff99107023037000",
        "urn:de:fim:leika:leistung:99107023037000",
        "URN:DE:FIM:LeiKa:Leistung:99107023037000",
    ],
)
def test_a_leika_key_is_read_however_people_write_it(raw: str) -> None:
    assert str(LeikaKey.parse(raw)) == "99107023037000"


@given(leika_keys, st.lists(blanks, min_size=15, max_size=15))
def test_blanks_and_dots_never_change_a_key(key: str, gaps: list[str]) -> None:
    # A single dot near the end is how a number is written, not how a key is grouped.
    raw = "".join(gap + digit for gap, digit in zip(gaps, key, strict=False)).strip(".")
    if raw.count(".") != 1:
        assert LeikaKey.parse(raw).value == key


@pytest.mark.parametrize(
    "raw", [99107023037000.0, 9.91e13, 99107023037000, "9,91E+13", "9.91e13", "9910702303700.0", True]
)
def test_a_leika_key_that_became_a_number_is_refused_and_not_repaired(raw: object) -> None:
    assert error_of(LeikaKey.parse, raw).code == "leika_key_number"


@pytest.mark.parametrize(
    "raw",
    ["", "9910702303700", "991070230370000", "L100022_123456789", "B100019.LB.1", "９９107023037000"],
)
def test_what_is_not_14_digits_is_no_leika_key(raw: str) -> None:
    error = error_of(LeikaKey.parse, raw)
    assert (error.code, error.value) == ("leika_key_format", raw)


@pytest.mark.parametrize(
    "raw", [None, "", "  ", "nicht im LeiKa", "Nicht im  LEIKA", "kein", "keiner", "keine Angabe"]
)
def test_a_source_may_say_that_there_is_no_key(raw: str | None) -> None:
    assert LeikaKey.parse_optional(raw) is None


def test_an_optional_key_that_is_there_is_read_strictly() -> None:
    assert LeikaKey.parse_optional(" 99107023037000 ") == LeikaKey("99107023037000")
    assert error_of(LeikaKey.parse_optional, "25323525").code == "leika_key_format"
    assert error_of(LeikaKey.parse_optional, 0.0).code == "leika_key_number"


def test_keys_of_other_catalogues_are_well_formed_but_not_federal() -> None:
    assert not LeikaKey.parse("77000000000317").is_federal
    assert LeikaKey.parse("99001001000000").is_federal


@pytest.mark.parametrize(
    ("key", "level", "act", "whole"),
    [
        ("99001002000000", "lo", "99001002000000", "99001002000000"),
        ("99001002004000", "lov", "99001002004000", "99001002000000"),
        ("99001002004007", "lovd", "99001002004000", "99001002000000"),
    ],
)
def test_a_key_knows_its_level_and_its_parents(key: str, level: str, act: str, whole: str) -> None:
    parsed = LeikaKey(key)
    assert (parsed.level, str(parsed.act_key), str(parsed.object_key)) == (level, act, whole)
    assert parsed.group == "001"


@given(leika_keys)
def test_parents_are_a_projection(key: str) -> None:
    parsed = LeikaKey.parse(key)
    assert parsed.object_key.level == "lo"
    assert parsed.act_key.object_key == parsed.object_key == parsed.object_key.act_key
    assert parsed.level == "lo" or parsed != parsed.object_key


# --- OZG ids ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("raw", ["10110", " 10110 ", 10110])
def test_an_ozg_id_is_read_from_text_and_from_whole_numbers(raw: object) -> None:
    assert OzgId.parse(raw).value == "10110"


@pytest.mark.parametrize("raw", [10110.0, "10110.0", "1,011E+4", True, None])
def test_an_ozg_id_that_became_a_decimal_number_is_refused(raw: object) -> None:
    assert error_of(OzgId.parse, raw).code == "ozg_id_number"


@pytest.mark.parametrize("raw", ["", "20110", "1011", "101100", "1011o", -10110, 10**30, 1011])
def test_what_is_not_1_and_four_digits_is_no_ozg_id(raw: object) -> None:
    assert error_of(OzgId.parse, raw).code == "ozg_id_format"


# --- regional and municipality keys -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "ars"),
    [
        ("05", "050000000000"),
        ("055", "055000000000"),
        ("05562", "055620000000"),
        ("071325001", "071325001000"),
        ("055620014014", "055620014014"),
        ("05 5 62 0014 014", "055620014014"),
        ("55620014014", "055620014014"),
        ("000000000000", "000000000000"),
    ],
)
def test_a_regional_key_of_any_length_is_filled_to_twelve_digits(raw: str, ars: str) -> None:
    assert str(Ars.parse(raw)) == ars


@pytest.mark.parametrize(
    "raw",
    ["", "5", "0556", "055620", "0556200140", "0500000000000", "05562001401x", "Bottrop", "00", "000"],
)
def test_any_other_length_is_an_error_that_keeps_what_was_delivered(raw: str) -> None:
    error = error_of(Ars.parse, raw)
    assert (error.code, error.value) == ("ars_format", raw)


@pytest.mark.parametrize("raw", ["00000", "000000000", "01234567890"])
def test_zeros_alone_are_the_bund_only_in_full_length(raw: str) -> None:
    assert error_of(Ars.parse, raw).code == "ars_format"


def test_eight_digits_are_a_municipality_key_and_not_a_regional_key() -> None:
    assert error_of(Ars.parse, "02000000").code == "ars_is_ags"
    assert parse_area_key("02000000") == Ags("02000000")
    assert parse_area_key("05562") == Ars("055620000000")


def test_seven_digits_have_lost_their_zero_only_in_the_first_nine_laender() -> None:
    assert str(Ags.parse("5562014")) == "05562014"
    assert error_of(Ags.parse, "0562014").code == "ags_format"
    assert error_of(parse_area_key, "0562014").code == "ags_format"


def test_a_municipality_key_becomes_a_regional_key_only_by_table() -> None:
    assert str(Ags("05562014").to_ars({"05562014": "055620014014"})) == "055620014014"
    with pytest.raises(KeyFormatError, match="ags_unknown"):
        Ags("05562014").to_ars({})


@pytest.mark.parametrize("raw", [5562014, 55620014014.0, None, b"05562"])
def test_area_keys_are_never_numbers(raw: object) -> None:
    for parse in (Ars.parse, Ags.parse, parse_area_key):
        assert error_of(parse, raw).code == "area_key_number"


@given(st.text(DIGITS, min_size=12, max_size=12))
def test_a_full_regional_key_stays_as_it_is(raw: str) -> None:
    ars = Ars.parse(raw)
    assert ars.value == raw
    assert ars.land == ars.ags.land == raw[:2]
    assert ars.ags.value == raw[:5] + raw[9:]


@given(st.sampled_from(DIGITS[1:]), st.text(DIGITS, min_size=10, max_size=10))
def test_a_lost_zero_comes_back(first: str, rest: str) -> None:
    assert Ars.parse(first + rest).value == f"0{first}{rest}"
    assert Ags.parse(first + rest[:6]).value == f"0{first}{rest[:6]}"


# --- all of them ------------------------------------------------------------------------------------


@given(st.one_of(st.text(), st.integers(), st.floats(), st.none(), st.binary()))
def test_whatever_comes_is_read_or_refused_and_never_breaks(raw: object) -> None:
    for kind in (LeikaKey, OzgId, Ars, Ags):
        outcome = outcome_of(kind.parse, raw)
        if isinstance(outcome, KeyFormatError):
            assert outcome.value is raw
            assert len(outcome.shown) <= 60
            assert "\n" not in str(outcome)
        else:
            assert kind.parse(str(outcome)) == outcome
            assert pickle.loads(pickle.dumps(outcome)) == outcome
            assert hash(outcome) == hash(kind(str(outcome)))


@pytest.mark.parametrize(
    ("kind", "value"),
    [(LeikaKey, "1"), (OzgId, "20000"), (Ars, "05"), (Ags, "5562014"), (Ars, "05562001401４")],
)
def test_a_malformed_value_cannot_exist(kind: type, value: str) -> None:
    with pytest.raises(KeyFormatError):
        kind(value)


def test_a_long_value_is_shortened_for_messages_only() -> None:
    error = error_of(Ars.parse, "9" * 500)
    assert error.value == "9" * 500
    assert error.shown.endswith("…")
