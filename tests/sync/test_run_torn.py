"""A source that nobody ever read without failures: nobody knows yet what it would show."""

from __future__ import annotations

import pytest

from catalogue.records import Completeness
from sync.judging import TORN_READINGS
from tests.sync.fakes import Script, offer
from tests.sync.miniature import BOTTROP
from tests.sync.scenario import Scenario

WASTE = "99001009004000"
SPEAKS = 'complete = true\nsilence = "absence"'
TORN = Completeness("part", reach="torn")


@pytest.fixture
def website(scenario: Scenario) -> Script:
    """A site of which a part could not be read, beside a complete list that lacks the dog tax."""
    scenario.areas = [BOTTROP]
    scenario.add_list("liste", f"{BOTTROP};{WASTE};online;https://bottrop.example/abfall", settings=SPEAKS)
    return scenario.add_fake("website", offer(BOTTROP, WASTE), end=TORN)


def dog_tax(scenario: Scenario) -> tuple[str, str]:
    cell = scenario.cell(BOTTROP, "10120")
    return cell.status, cell.reason


def read_again(scenario: Scenario, website: Script, *, torn: bool) -> None:
    """Read the site once more, with another wording so that it is no unchanged delivery."""
    website.records = [offer(BOTTROP, WASTE, unit=f"Nacht {scenario.moment.day}")]
    website.end = TORN if torn else Completeness("part")
    scenario.sync()


def test_nothing_is_missing_as_long_as_all_readings_failed_in_part(
    scenario: Scenario, website: Script
) -> None:
    scenario.sync()
    assert dog_tax(scenario) == ("unknown", "list_incomplete")
    assert scenario.cell(BOTTROP, "10110").status == "online"


def test_a_reading_without_failures_ends_the_doubt(scenario: Scenario, website: Script) -> None:
    scenario.sync()
    read_again(scenario, website, torn=False)
    assert dog_tax(scenario) == ("missing", "")


def test_failures_that_stay_are_how_the_source_is(scenario: Scenario, website: Script) -> None:
    scenario.sync()
    for _ in range(TORN_READINGS - 2):
        read_again(scenario, website, torn=True)
        assert dog_tax(scenario) == ("unknown", "list_incomplete")
    read_again(scenario, website, torn=True)
    assert dog_tax(scenario) == ("missing", "")


def test_the_same_failures_again_count_as_a_reading(scenario: Scenario, website: Script) -> None:
    for _ in range(TORN_READINGS):
        scenario.sync()
    assert dog_tax(scenario) == ("missing", "")


def test_a_source_that_was_once_read_without_failures_may_fail_in_part(
    scenario: Scenario, website: Script
) -> None:
    website.end = Completeness("part")
    scenario.sync()
    read_again(scenario, website, torn=True)
    assert dog_tax(scenario) == ("missing", "")


def test_a_first_reading_that_was_never_meant_to_be_everything_is_no_doubt(
    scenario: Scenario, website: Script
) -> None:
    website.end = Completeness("part")
    scenario.sync()
    assert dog_tax(scenario) == ("missing", "")
