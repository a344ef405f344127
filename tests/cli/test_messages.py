from __future__ import annotations

import re
import string

import pytest

from catalogue.causes import CAUSES, LINK_CAUSES
from catalogue.levels import CONFIDENCES, LEVELS, TIERS
from catalogue.links import STATES as LINK_STATES
from catalogue.messages import COMMANDS, LANGUAGES, keys
from catalogue.reports.coverage import DEFINITIONS, REASONS, SCOPES
from catalogue.reports.gaps import Unresolved
from catalogue.verdict import STATUSES
from catalogue.voices import VoiceState
from cli.texts import Texts
from cli.view import unresolved_line
from connectors.linkcheck.judging import KINDS, RESULTS
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
        if use.params is not None
        and not placeholders(GERMAN.get(use.key, "")) <= use.params | COMMANDS.keys()
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
        ("cause", (*CAUSES, *LINK_CAUSES)),
        ("link_state", LINK_STATES),
        ("link_result", RESULTS),
        ("link_kind", KINDS),
        ("link_problem", KINDS),
        ("link_fix", KINDS),
        ("competent", ("yes", "no", "unresolved")),
        ("definition", DEFINITIONS),
        ("run_kind", ("sync", "setup", "recompute", "links")),
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


@pytest.mark.parametrize(
    ("language", "count", "shown"),
    [
        ("de", 0, "0 Lücken,"),
        ("de", 1, "1 Lücke,"),
        ("de", 2, "2 Lücken,"),
        ("de", 1001, "1.001 Lücken,"),
        ("en", 0, "0 gaps,"),
        ("en", 1, "1 gap,"),
        ("en", 21, "21 gaps,"),
    ],
)
def test_a_word_has_the_form_of_its_figure(language: str, count: int, shown: str) -> None:
    text = Texts(language)
    assert text("view.gaps", count=text.number(count), voluntary=text.number(0)).startswith(shown)


def test_a_difference_has_its_sign_and_its_separators() -> None:
    text = Texts("de")
    assert [text.signed(value) for value in (1849, 0, -1200)] == ["+1.849", "+0", "-1.200"]


def test_each_figure_of_a_message_has_its_own_form() -> None:
    text = Texts("de")
    said = text("sync.finished", run=3, good=1, all=1, new=text.number(1), changed=text.number(2))
    assert said == "Lauf 3: 1 von 1 Quelle auf neuem Stand; 1 Zelle neu, 2 geändert."


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_choice_of_forms_has_two(language: str) -> None:
    forms = [
        (key, spec)
        for key, message in messages(language).items()
        for _, _, spec, _ in string.Formatter().parse(message)
        if spec
    ]
    assert len(forms) > 20
    assert [key for key, spec in forms if len([one for one in spec.split("|") if one]) != 2] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("place", ["gaps", *SCOPES])
def test_the_unresolved_are_told_in_figures_that_add_up(language: str, place: str) -> None:
    said = unresolved_line(place, Unresolved(770, 210, 485), Texts(language))
    assert [int(number) for number in re.findall("[0-9]+", said)] == [770, 210, 75, 485]


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
