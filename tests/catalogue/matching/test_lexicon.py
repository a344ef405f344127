"""Compounds, misspelt words, and what coordinations leave out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.matching.coordination import complete
from catalogue.matching.lexicon import Lexicon

WORDS = """
hundesteuer hund steuer anmeldung abmeldung ummeldung geburtsurkunde geburt urkunde urkunden sterbeurkunde
sterben sondernutzung erlaubnis parkausweis ausweis parken bewohner gebuehr schmutzwassergebuehr schmutz
niederschlag wasser fischereischein fischerei schein vaterschaftsanerkennung gewerbe halle sport turnen
""".split()  # noqa: SIM905 - so many words are read more easily in lines


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon(WORDS)


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("hundesteueranmeldung", ("hund", "steuer", "anmeldung")),
        ("bewohnerparkausweis", ("bewohner", "park", "ausweis")),
        ("sterbeurkunden", ("sterbe", "urkunden")),
        ("hund", ("hund",)),
        ("xylophon", ("xylophon",)),
        ("unterhalt", ("unterhalt",)),  # no compound of "unter" and "halt"
    ],
)
def test_compounds_come_apart_into_known_words(lexicon: Lexicon, word: str, parts: tuple[str, ...]) -> None:
    assert lexicon.split(word) == parts


def test_of_an_unknown_compound_the_known_part_is_seen(lexicon: Lexicon) -> None:
    assert "steuer" in lexicon.split_partly("steuerfreilauf")


@pytest.mark.parametrize(
    ("typo", "meant"),
    [
        ("vaterschaftsanerkennnung", "vaterschaftsanerkennung"),
        ("fischereishcein", "fischereischein"),
        ("geburtsurkumde", "geburtsurkunde"),
        ("hund", "hund"),
        ("hubd", "hubd"),  # too short to be sure
        ("steuermann", "steuermann"),  # no letter away from anything
    ],
)
def test_one_wrong_letter_is_forgiven_in_long_words(lexicon: Lexicon, typo: str, meant: str) -> None:
    assert lexicon.correct(typo) == meant


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("an- ab- und ummeldung", "anmeldung abmeldung und ummeldung"),
        ("geburts- und sterbeurkunden", "geburtsurkunden und sterbeurkunden"),
        ("hundean- und -abmeldung", "hundeanmeldung und hundeabmeldung"),
        ("schmutz- und niederschlagswassergebuehr", "schmutzwassergebuehr und niederschlagswassergebuehr"),
        ("gewerbe an- oder abmelden", "gewerbe anmelden oder abmelden"),
        ("rest-", "rest"),
        ("- und -", "- und -"),
    ],
)
def test_what_a_hyphen_stands_for_is_put_in(lexicon: Lexicon, words: str, completed: str) -> None:
    assert complete(words.split(), lexicon) == completed.split()


@given(st.lists(st.text(alphabet="abdehnu-", min_size=1, max_size=12), max_size=8))
def test_no_coordination_is_too_strange(words: list[str]) -> None:
    assert len(complete(words, Lexicon(WORDS))) == len(words)


def test_a_word_longer_than_any_german_one_is_not_taken_apart(lexicon: Lexicon) -> None:
    word = "steuer" * 60
    assert lexicon.split(word) == (word,)
    assert lexicon.split_partly(word) == (word,)
