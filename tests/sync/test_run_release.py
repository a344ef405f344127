"""A release by hand holds for the delivery somebody was told about, not for whatever came since."""

from __future__ import annotations

import re

import pytest

from catalogue import messages
from catalogue.records import Completeness, Deletion, ObjectClass
from connectors.errors import RetryLater
from sync.report import SourceOutcome
from tests.sync.fakes import EVERYTHING, Script, offers
from tests.sync.miniature import BOTTROP, GLADBECK
from tests.sync.scenario import DELIVERED, SQLITE, Scenario


def held_at(scenario: Scenario, count: int) -> Script:
    """Return a source that showed a hundred offers and is held since it shows so many."""
    script = scenario.add_fake("stadt", *offers(100))
    assert scenario.sync_one("stadt").state == "ok"
    script.records = offers(count)
    assert scenario.sync_one("stadt").state == "held"
    return script


def release(scenario: Scenario) -> SourceOutcome:
    return scenario.sync_one("stadt", accept=("stadt",))


def test_a_release_does_not_hold_for_a_delivery_that_shrank_further_since(scenario: Scenario) -> None:
    script = held_at(scenario, 60)
    known = scenario.dump(*DELIVERED)
    script.records = offers(6)

    outcome = release(scenario)

    assert (outcome.state, outcome.message, outcome.accepted_by_hand) == ("held", "unlike_smaller", False)
    assert (outcome.params["count"], outcome.params["held_count"]) == (6, 60)
    assert scenario.dump(*DELIVERED) == known
    assert scenario.source("stadt").state == "held"


def test_the_other_delivery_is_now_the_held_one_and_can_be_released(scenario: Scenario) -> None:
    script = held_at(scenario, 60)
    script.records = offers(6)
    assert release(scenario).state == "held"

    outcome = release(scenario)

    assert (outcome.state, outcome.message, outcome.accepted_by_hand) == ("ok", "released_shrunk", True)
    assert scenario.source("stadt").objects == 6


@SQLITE
@pytest.mark.parametrize(("now", "state"), [(60, "ok"), (65, "ok"), (42, "ok"), (41, "held")])
def test_a_feed_that_lives_on_is_released_within_what_it_may_lose(
    scenario: Scenario, now: int, state: str
) -> None:
    script = held_at(scenario, 60)
    script.records = offers(now)

    assert release(scenario).state == state


def test_a_release_does_not_hold_for_a_delivery_of_other_areas(scenario: Scenario) -> None:
    script = held_at(scenario, 60)
    script.records = offers(60, GLADBECK)

    outcome = release(scenario)

    assert (outcome.state, outcome.message) == ("held", "unlike_fewer")
    assert (outcome.params["offers"], outcome.params["kept"], outcome.params["held_kept"]) == (100, 0, 60)
    assert release(scenario).state == "ok"


def test_a_release_does_not_hold_for_another_kind_of_objection(scenario: Scenario) -> None:
    script = scenario.add_fake("stadt", *offers(100), end=Completeness("everything", created_at="2025-02-02"))
    scenario.sync()
    script.end = Completeness("everything", created_at="2025-02-01")
    assert scenario.sync_one("stadt").message == "delivery_older"
    script.records, script.end = offers(60), Completeness("everything", created_at="2025-02-03")

    outcome = release(scenario)

    assert (outcome.state, outcome.message) == ("held", "unlike_kind")
    assert (outcome.params["read"], outcome.params["held_read"]) == (60, 100)
    assert release(scenario).message == "released_shrunk"


@SQLITE
def test_a_release_does_not_hold_for_a_delivery_older_than_the_held_one(scenario: Scenario) -> None:
    script = scenario.add_fake("stadt", *offers(9), end=Completeness("everything", created_at="2025-02-03"))
    scenario.sync()
    script.end = Completeness("everything", created_at="2025-02-02")
    assert scenario.sync_one("stadt").message == "delivery_older"
    script.end = Completeness("everything", created_at="2025-02-01")

    outcome = release(scenario)

    assert (outcome.state, outcome.message) == ("held", "unlike_older")
    assert (outcome.params["delivered"], outcome.params["held_delivered"]) == ("2025-02-01", "2025-02-02")


@SQLITE
def test_what_is_held_for_two_reasons_is_released_at_once_though_it_lives_on(scenario: Scenario) -> None:
    script = scenario.add_fake("stadt", *offers(100), end=Completeness("everything", created_at="2025-02-03"))
    scenario.sync()
    script.records, script.end = offers(60), Completeness("everything", created_at="2025-02-01")
    assert scenario.sync_one("stadt").message == "delivery_older"
    script.records, script.end = offers(61), Completeness("everything", created_at="2025-02-02")

    outcome = release(scenario)

    assert (outcome.state, outcome.accepted_by_hand, outcome.message) == ("ok", True, "released_older")


def test_a_release_does_not_hold_for_more_deletions_than_were_held(scenario: Scenario) -> None:
    script = scenario.add_fake("stadt", *offers(100))
    scenario.sync()
    everything = [record.ref for record in offers(100)]  # type: ignore[union-attr]

    def delete(count: int) -> None:
        script.records = [Deletion(ObjectClass.OFFERING, ref) for ref in everything[:count]]
        script.end = Completeness("increment")

    delete(40)
    assert scenario.sync_one("stadt").message == "delivery_deletes"
    delete(80)
    outcome = release(scenario)
    assert (outcome.state, outcome.message) == ("held", "unlike_fewer")
    assert (outcome.params["kept"], outcome.params["held_kept"]) == (20, 60)
    delete(90)
    assert release(scenario).state == "ok"


@SQLITE
def test_the_delivery_held_last_counts_of_several(scenario: Scenario) -> None:
    script = held_at(scenario, 60)
    script.records = offers(6)
    assert scenario.sync_one("stadt").state == "held"

    assert release(scenario).state == "ok"


@SQLITE
def test_a_failure_in_between_does_not_make_a_release_hold_for_anything(scenario: Scenario) -> None:
    script = held_at(scenario, 60)

    def unreachable() -> object:
        raise RetryLater("http_status", status=500, url="https://a.example/")

    script.acquiring = unreachable
    assert scenario.sync_one("stadt").state == "failed"
    script.records, script.acquiring = offers(6), None

    assert release(scenario).state == "held"


@SQLITE
def test_what_was_held_before_a_good_delivery_is_forgotten(scenario: Scenario) -> None:
    script = held_at(scenario, 60)
    script.records = offers(100)
    assert scenario.sync_one("stadt").state == "unchanged"
    script.records = offers(6)

    outcome = release(scenario)

    assert (outcome.state, outcome.accepted_by_hand) == ("ok", True)


@SQLITE
def test_a_delivery_that_is_whole_again_needs_no_release(scenario: Scenario) -> None:
    script = held_at(scenario, 60)
    script.records = offers(99)

    outcome = release(scenario)

    assert (outcome.state, outcome.accepted_by_hand, outcome.message) == ("ok", False, "")


@SQLITE
def test_a_rehearsed_release_says_what_a_real_one_would(scenario: Scenario) -> None:
    script = held_at(scenario, 60)
    script.records = offers(6)

    rehearsed = scenario.sync(accept=("stadt",), dry_run=True).sources[0]

    assert (rehearsed.state, rehearsed.message) == ("held", "unlike_smaller")
    assert release(scenario).state == "held", "a rehearsal holds nothing"


@SQLITE
@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_whoever_releases_another_delivery_is_told_both_sizes_and_how_to_go_on(
    scenario: Scenario, language: str
) -> None:
    script = held_at(scenario, 60)
    script.records = offers(6)
    outcome = release(scenario)

    said = messages.text(language, f"error.{outcome.message}", **outcome.params)

    assert re.search(r"\b6\b.*\b60\b", said)
    assert "lueckenlos sources preview stadt" in said
    assert "lueckenlos sync --source stadt --accept stadt" in said


@SQLITE
def test_a_held_source_without_offers_is_measured_by_its_records_alone(scenario: Scenario) -> None:
    script = scenario.add_fake("stadt", *offers(5, BOTTROP), settings="minimum = 10")
    assert scenario.sync_one("stadt").message == "delivery_below_minimum"
    script.records = offers(2, BOTTROP)

    outcome = release(scenario)

    assert (outcome.state, outcome.message) == ("held", "unlike_smaller")
    script.end = EVERYTHING
    assert release(scenario).state == "ok"
