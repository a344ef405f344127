"""Values of options as people write them: in words or codes, in German or English."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given, strategies

from catalogue.levels import LEVELS
from catalogue.messages import LANGUAGES
from catalogue.verdict import STATUSES
from cli.options import code_of, filters_of, read_day, read_moment
from cli.problems import UsageProblem
from cli.texts import Texts
from tests.cli.conftest import Cli


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("section", "codes"), [("status", STATUSES), ("level", LEVELS)])
def test_every_code_is_understood_as_itself_and_as_its_word(
    language: str, section: str, codes: tuple[str, ...]
) -> None:
    for code in codes:
        word = Texts(language).word(section, code)
        assert code_of(section, code, codes) == code
        assert code_of(section, f"  {word.upper()} ", codes) == code


def test_what_is_no_status_stays_as_it_is_written() -> None:
    assert filters_of(status=[" Offline "]).statuses == ("Offline",)


@pytest.mark.parametrize("word", ["fehlt", "Fehlt", "missing"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_status_may_be_written_in_either_language(cli: Cli, region: str, word: str, language: str) -> None:
    found = cli("cells", "--status", word, "--lang", language, "--format", "json").json
    assert found["meta"]["filters"]["statuses"] == ["missing"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wrong_status_is_told_the_words_and_the_codes(cli: Cli, region: str, language: str) -> None:
    answer = cli("gaps", "--status", "weg", "--lang", language)
    assert answer.code == 2
    for part in ("fehlt", "missing", "Formular", "form", "beschrieben", "described"):
        assert part in answer.err
    assert "not_competent" not in answer.err


def test_a_wrong_level_is_told_the_words_and_the_codes(cli: Cli, region: str) -> None:
    answer = cli("gaps", "--level", "county", "--lang", "en")
    assert (answer.code, "kreis" in answer.err) == (2, True)


@given(strategies.dates(date(1000, 1, 1), date(9000, 1, 1)))
def test_a_german_day_is_the_same_as_its_iso_form(day: date) -> None:
    iso = day.isoformat()
    assert read_day("--as-of", f"{day:%d.%m.}{day.year}") == iso
    assert read_day("--as-of", f"{day.day}.{day.month}.{day.year}") == iso
    assert read_day("--as-of", iso) == iso


@pytest.mark.parametrize("end", [False, True])
def test_a_german_day_begins_and_ends_as_the_iso_one(end: bool) -> None:
    german = read_moment("--since", "2.11.2026", end_of_day=end)
    assert german == read_moment("--since", "2026-11-02", end_of_day=end)


@pytest.mark.parametrize("written", ["2.11.2026 14:30", "02.11.2026T14:30", " 2026-11-02 14:30 "])
def test_a_moment_may_have_its_time_behind_the_day(written: str) -> None:
    assert read_moment("--since", written) == datetime(2026, 11, 2, 14, 30).astimezone()


@pytest.mark.parametrize("written", ["31.02.2026", "20.11.26", "2.11.", "", "11/20/2026", "1.1.20266"])
def test_what_is_no_day_is_refused(written: str) -> None:
    with pytest.raises(UsageProblem):
        read_moment("--since", written)
    with pytest.raises(UsageProblem):
        read_day("--as-of", written)


def test_a_wrong_day_is_told_both_forms(cli: Cli, region: str) -> None:
    answer = cli("changes", "--since", "31.02.2026")
    assert (answer.code, "20.11.2026" in answer.err, "2026-11-20" in answer.err) == (2, True, True)


def test_changes_since_a_german_day(cli: Cli, region: str) -> None:
    german, iso = (
        cli("changes", "--since", since, "--until", until, "--format", "json").json["rows"]
        for since, until in (("1.11.2026", "02.11.2026"), ("2026-11-01", "2026-11-02"))
    )
    assert german == iso != []
