"""Texts of officers are cleaned and bounded, and a remark is complete for its kind."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.annotations import Fields
from catalogue.annotations_text import LONGEST_COMMENT, LONGEST_UNIT, clean, fitting
from catalogue.errors import RemarkUnfit

ANYTHING = st.text(st.characters(exclude_categories=()), max_size=60)


@given(ANYTHING)
def test_cleaning_twice_is_cleaning_once(written: str) -> None:
    assert clean(clean(written)) == clean(written)


@given(ANYTHING)
def test_no_control_character_is_left_but_the_end_of_a_line(written: str) -> None:
    kept = clean(written)
    assert {unicodedata.category(one) for one in kept if one != "\n"} & {
        "Cc",
        "Cf",
        "Cs",
        "Co",
        "Cn",
    } == set()
    assert all(line == " ".join(line.split()) and line for line in kept.split("\n")) or kept == ""


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  ein \t Text\u00a0hier ", "ein Text hier"),
        ("eins\r\n\r\nzwei\rdrei\u2028vier", "eins\nzwei\ndrei\nvier"),
        ("a\x00b\x1b[31mc", "ab[31mc"),
        ("links\u202erechts\u200b", "linksrechts"),
        ("u\u0308ber", "über"),
        ("'=SUMME(A1)", "=SUMME(A1)"),
        ("'wörtlich'", "'wörtlich'"),
        ("\ud800kaputt", "kaputt"),
        ("", ""),
    ],
)
def test_texts_are_cleaned(written: str, kept: str) -> None:
    assert clean(written) == kept


def test_a_day_alone_means_planned() -> None:
    assert fitting(Fields(planned_for="2027-01-31")) == Fields("planned", "2027-01-31")
    assert fitting(Fields("comment", "2027-01-31")).kind == "planned"
    covered = Fields("covered_by", "2027-01-31", "FB 1", "Kreis")
    assert fitting(covered) == covered


def test_a_comment_needs_no_kind() -> None:
    assert fitting(Fields("comment", "", " FB\n1 ", "x ")) == Fields("", "", "FB 1", "x")


@pytest.mark.parametrize(
    ("said", "code", "field"),
    [
        (Fields("planned"), "annotation_needs_day", "planned_for"),
        (Fields("not_offered", "2027-01-01"), "annotation_needs_reason", "comment"),
        (Fields("covered_by", comment=" \u200b\n"), "annotation_needs_cover", "comment"),
        (Fields("someday"), "annotation_kind", "kind"),
        (Fields(planned_for="2027-02-30"), "annotation_day", "planned_for"),
        (Fields(planned_for="20270228"), "annotation_day", "planned_for"),
        (Fields(planned_for="1999-12-31"), "annotation_day", "planned_for"),
        (Fields(planned_for="2200-01-01"), "annotation_day", "planned_for"),
        (Fields(unit="x" * (LONGEST_UNIT + 1)), "annotation_too_long", "unit"),
        (Fields(comment="x" * (LONGEST_COMMENT + 1)), "annotation_too_long", "comment"),
        (Fields(comment="fragen Sie anna@stadt.example bitte"), "annotation_mail", "comment"),
        (Fields(unit="anna@stadt.example"), "annotation_mail", "unit"),
    ],
)
def test_what_cannot_be_kept_names_its_field(said: Fields, code: str, field: str) -> None:
    with pytest.raises(RemarkUnfit) as caught:
        fitting(said)
    assert (caught.value.code, caught.value.field) == (code, field)


def test_texts_as_long_as_allowed_are_kept() -> None:
    said = Fields("", "", "x" * LONGEST_UNIT, "y" * LONGEST_COMMENT)
    assert fitting(said) == said


@given(
    st.builds(
        Fields,
        st.sampled_from(["", "planned", "not_offered", "covered_by"]),
        st.sampled_from(["", "2027-01-01"]),
        ANYTHING,
        ANYTHING,
    )
)
def test_what_is_kept_fits_again(said: Fields) -> None:
    try:
        kept = fitting(said)
    except RemarkUnfit:
        return
    assert fitting(kept) == kept
