"""Titles as words, and stems that the forms of a word have in common."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.matching.spelling import LONGEST_TITLE, pieces, spell, stem


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Straßenschäden", "STRASSENSCHAEDEN"),
        ("Wohn·geld", "Wohngeld"),  # easy language
        ("Abgeschlossenheits\u00adbescheinigung", "Abgeschlossenheitsbescheinigung"),
        ("Wahlhelfer*in", "Wahlhelfer"),
        ("Schöff:innen", "Schöff"),
        ("Deutsche/r", "Deutsche"),
        ("Antragsteller_innen", "Antragsteller"),
        ("Hausmeister (m/w/d)", "Hausmeister"),
        ("Bu\u0308cherei", "Bücherei"),  # an umlaut of two characters
    ],
)
def test_spellings_of_the_same_title_become_equal(one: str, other: str) -> None:
    assert spell(one).split() == spell(other).split()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("baeume", "baum"),
        ("anmelden", "anmeldung"),
        ("paesse", "pass"),
        ("gebuehr", "gebuehren"),
        ("foerderung", "foerdern"),
        ("einbuergerungen", "einbuergern"),
        ("wahlhelferinnen", "wahlhelfer"),
    ],
)
def test_forms_of_a_word_have_one_stem(one: str, other: str) -> None:
    assert stem(one) == stem(other)


def test_a_passage_of_law_is_one_word() -> None:
    assert [piece.text for piece in pieces("Makler (§ 34 c GewO)")] == ["makler", "§34c", "gewo"]


def test_what_follows_a_colon_or_stands_in_brackets_is_another_part() -> None:
    found = [(piece.text, piece.part, piece.aside) for piece in pieces("Hund: Steuer (neu)")]
    assert found == [("hund", 0, False), ("steuer", 1, False), ("neu", 2, True)]


@given(st.text(max_size=3 * LONGEST_TITLE))
def test_no_text_is_too_strange(title: str) -> None:
    assert all(piece.text for piece in pieces(title))


def test_a_text_is_no_title_and_only_its_beginning_is_read() -> None:
    assert len(pieces("wort " * 10_000)) <= LONGEST_TITLE
