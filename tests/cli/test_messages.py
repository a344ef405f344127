from __future__ import annotations

import string

import pytest

from catalogue.causes import CAUSES
from catalogue.levels import CONFIDENCES, LEVELS, TIERS
from catalogue.messages import LANGUAGES, keys
from catalogue.reports.coverage import DEFINITIONS, REASONS, SCOPES
from catalogue.verdict import STATUSES
from catalogue.voices import VoiceState
from cli.texts import Texts
from tests.message_codes import messages, uses_of_codes

GERMAN, ENGLISH = messages("de"), messages("en")
USES = [use for use in uses_of_codes() if use.key]
#: Codes that another code replaces before they are shown.
REPLACED = {"error.area_entry"}


def placeholders(message: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(message) if name}


def test_both_languages_have_the_same_messages() -> None:
    assert keys("de") == keys("en")


def test_messages_have_the_same_placeholders_in_both_languages() -> None:
    both = GERMAN.keys() & ENGLISH.keys()
    assert [key for key in both if placeholders(GERMAN[key]) != placeholders(ENGLISH[key])] == []


def test_every_code_in_the_source_has_a_message() -> None:
    missing = {f"{use.place}: {use.key}" for use in USES if use.key not in GERMAN.keys() | REPLACED}
    assert missing == set()


def test_every_message_is_filled_by_the_parameters_at_hand() -> None:
    unfilled = {
        f"{use.place}: {use.key}"
        for use in USES
        if use.params is not None and not placeholders(GERMAN.get(use.key, "")) <= use.params
    }
    assert unfilled == set()


def test_the_reading_of_the_source_finds_what_it_is_meant_to() -> None:
    found = {use.key for use in USES}
    assert {"error.area_choice", "usage.date", "issue.unknown_version", "error.delivery_empty"} <= found
    assert len(found) > 200


@pytest.mark.parametrize(
    ("section", "codes"),
    [
        ("status", (*STATUSES, "absent")),
        ("reason", REASONS),
        ("level", (*LEVELS, "region", "selection")),
        ("tier", TIERS),
        ("confidence", CONFIDENCES),
        ("cause", CAUSES),
        ("competent", ("yes", "no", "unresolved")),
        ("definition", DEFINITIONS),
        ("denominator", SCOPES),
        ("standing", (*(state.value for state in VoiceState), "inactive")),
        ("state", ("running", "ok", "unchanged", "partial", "failed", "held", "aborted", "never")),
        ("scope", ("everything", "part", "increment")),
        ("life", ("active", "vanished", "withdrawn")),
        ("method", ("key", "key_act", "key_object", "key_group", "title", "words")),
        ("operator", ("own", "kreis", "land", "bund", "efa", "shared")),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_a_word(language: str, section: str, codes: tuple[str, ...]) -> None:
    missing = [code for code in codes if f"{section}.{code}" not in keys(language)]
    assert not missing


@pytest.mark.parametrize("code", ["disk_full", "io_failed", "database_locked", "database_damaged"])
def test_codes_that_the_source_computes_have_messages(code: str) -> None:
    assert f"error.{code}" in GERMAN


def test_a_missing_message_shows_its_code_and_never_fails() -> None:
    text = Texts("de")
    assert text("error.never_heard_of", url="x") == "never_heard_of (url=x)"
    assert text("error.never_heard_of") == "never_heard_of"
    assert text.error("never_heard_of", {"why": "\x1b[31mred"}) == "never_heard_of (why=[31mred)"


def test_a_message_with_wrong_parameters_shows_its_code_and_never_fails() -> None:
    assert Texts("de")("error.database_empty", other="x") == "database_empty (other=x)"


def test_a_code_without_a_word_is_shown_as_it_is() -> None:
    assert Texts("en").word("status", "brand_new") == "brand_new"
