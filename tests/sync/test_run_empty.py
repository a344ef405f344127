"""A run that found nothing at all is no success, even if every source could be read."""

from __future__ import annotations

import pytest

from catalogue.records import Completeness, Issue, Severity
from connectors.errors import RetryLater
from sync.report import EXIT_NONE, EXIT_OK, EXIT_SOME
from tests.sync.fakes import offers
from tests.sync.scenario import SQLITE, Scenario

INCREMENT = Completeness("increment")


@SQLITE
@pytest.mark.parametrize("sources", [0, 1, 2])
def test_a_run_whose_sources_are_all_empty_ends_like_one_that_failed(
    scenario: Scenario, sources: int
) -> None:
    for number in range(sources):
        scenario.add_fake(f"empty{number}", settings="minimum = 0")

    for _ in range(2):
        report = scenario.sync()
        assert (report.state, report.empty, report.exit_code) == ("ok", True, EXIT_NONE)


@SQLITE
def test_rows_that_nobody_can_use_are_nothing(scenario: Scenario) -> None:
    useless = Issue(Severity.SKIPPED, "row_status", "1", "vorhanden")
    scenario.add_fake("portal", useless, settings="minimum = 0")

    assert scenario.sync().exit_code == EXIT_NONE


@SQLITE
def test_one_source_that_shows_something_is_enough(scenario: Scenario) -> None:
    scenario.add_fake("empty", settings="minimum = 0")
    scenario.add_fake("portal", *offers(1))

    assert scenario.sync().exit_code == EXIT_OK
    unchanged = scenario.sync()
    assert [outcome.state for outcome in unchanged.sources] == ["unchanged", "unchanged"]
    assert (unchanged.empty, unchanged.exit_code) == (False, EXIT_OK)


@SQLITE
def test_where_a_source_failed_the_run_is_partly_good_as_ever(scenario: Scenario) -> None:
    def unreachable() -> object:
        raise RetryLater("http_status", status=500, url="https://a.example/")

    scenario.add_fake("empty", settings="minimum = 0")
    scenario.add_fake("portal").acquiring = unreachable

    report = scenario.sync()

    assert (report.empty, report.exit_code) == (False, EXIT_SOME)


def test_an_increment_without_news_is_not_empty_where_its_source_shows_something(scenario: Scenario) -> None:
    script = scenario.add_fake("feed", *offers(3))
    scenario.sync()
    script.records, script.end = [], INCREMENT

    for state in ("ok", "unchanged"):
        report = scenario.sync()
        assert (report.sources[0].state, report.empty, report.exit_code) == (state, False, EXIT_OK)


@SQLITE
def test_an_increment_without_news_is_empty_where_nothing_is_known(scenario: Scenario) -> None:
    scenario.add_fake("feed", end=INCREMENT)

    assert scenario.sync().exit_code == EXIT_NONE
