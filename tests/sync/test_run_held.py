"""Deliveries that are not believed: held with a reason, released by a person, and never half applied."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from catalogue import messages
from catalogue.records import Completeness, Record
from connectors.errors import RetryLater
from sync.report import SourceOutcome
from tests.sync.fakes import EVERYTHING, Script, offer, offers
from tests.sync.miniature import BOTTROP
from tests.sync.scenario import DELIVERED, SQLITE, Scenario
from tests.sync.xzufi import message, online, responsibility, service, write_message

SPEAKS = "silence = 'absence'"
WASTE = "99001009004000"


def first_hundred(scenario: Scenario, settings: str = SPEAKS) -> Script:
    script = scenario.add_fake("stadt", *offers(99), offer(BOTTROP, WASTE), settings=settings)
    assert scenario.sync_one("stadt").state == "ok"
    return script


@pytest.mark.parametrize(("left", "state"), [(71, "ok"), (69, "held")])
def test_29_per_cent_less_is_believed_and_31_per_cent_less_is_held(
    scenario: Scenario, left: int, state: str
) -> None:
    script = first_hundred(scenario)
    known = scenario.dump(*DELIVERED)
    script.records = script.records[-left:]

    outcome = scenario.sync_one("stadt")

    assert outcome.state == state
    assert (scenario.dump(*DELIVERED) == known) is (state == "held")
    if state == "held":
        assert (outcome.message, outcome.params) == (
            "delivery_shrunk",
            {"count": 69, "before": 100, "percent": 31},
        )
        assert scenario.source("stadt").objects == 100


@SQLITE
def test_many_small_losses_are_measured_against_what_was_believed_last(scenario: Scenario) -> None:
    script = first_hundred(scenario)

    for left in (75, 60, 50):
        script.records = script.records[-left:]
        assert scenario.sync_one("stadt").state == "ok"
    script.records = script.records[-34:]

    assert scenario.sync_one("stadt").state == "held"


def test_a_held_source_is_heard_as_stale_until_it_is_believed_again(scenario: Scenario) -> None:
    script = first_hundred(scenario)
    assert scenario.cell(BOTTROP, "10120").status == "missing"
    everything, script.records = script.records, script.records[:5]

    scenario.sync()

    assert scenario.cell(BOTTROP, "10110").status == "online"
    assert scenario.cell(BOTTROP, "10120")[:2] == ("unknown", "source_stale")
    assert [row.stale for row in scenario.rows("cell") if row.status == "online"] == [True]
    script.records = everything
    assert scenario.sync_one("stadt").state == "unchanged"
    assert scenario.cell(BOTTROP, "10120").status == "missing"
    assert [row.stale for row in scenario.rows("cell") if row.status == "online"] == [False]


def test_a_person_releases_a_held_delivery_for_one_run_and_that_is_on_record(scenario: Scenario) -> None:
    script = first_hundred(scenario)
    script.records = script.records[-10:]
    assert scenario.sync_one("stadt").state == "held"

    outcome = scenario.sync_one("stadt", accept=("stadt",))

    assert (outcome.state, outcome.accepted_by_hand, outcome.message) == ("ok", True, "released_shrunk")
    said = messages.text("de", f"error.{outcome.message}", **outcome.params)
    assert said.startswith("Von Hand freigegeben und übernommen, obwohl")
    assert "nur 10 statt 100" in said
    assert outcome.counts.vanished == 90
    assert scenario.source("stadt").objects == 10
    assert [(row.state, row.accepted_by_hand) for row in scenario.rows("source_run")] == [
        ("ok", False),
        ("held", False),
        ("ok", True),
    ]
    assert json.loads(scenario.rows("source_run")[-1].params)["percent"] == 90
    assert scenario.sync_one("stadt").state == "unchanged"


@SQLITE
def test_accepting_a_delivery_that_needs_no_release_says_nothing_of_it(scenario: Scenario) -> None:
    scenario.add_fake("stadt", offer(BOTTROP, WASTE))

    outcome = scenario.sync_one("stadt", accept=("stadt",))

    assert (outcome.state, outcome.accepted_by_hand, outcome.message) == ("ok", False, "")


@SQLITE
def test_an_empty_delivery_can_be_released_and_withdraws_after_two_runs(scenario: Scenario) -> None:
    script = scenario.add_fake("stadt", offer(BOTTROP, WASTE), settings=f"{SPEAKS}\nareas = ['{BOTTROP}']")
    scenario.sync()
    script.records = []

    assert scenario.sync_one("stadt").message == "delivery_empty"
    assert scenario.sync_one("stadt", accept=("stadt",)).state == "ok"
    assert scenario.cell(BOTTROP, "10110").status == "online"
    assert scenario.sync_one("stadt").state == "unchanged"
    assert scenario.cell(BOTTROP, "10110").status == "missing"


@SQLITE
def test_a_first_delivery_below_the_minimum_is_held(scenario: Scenario) -> None:
    scenario.add_fake("stadt", offer(BOTTROP, WASTE), settings="minimum = 2")

    outcome = scenario.sync_one("stadt")

    assert (outcome.state, outcome.message) == ("held", "delivery_below_minimum")
    assert outcome.params == {"count": 1, "minimum": 2}
    assert scenario.cell(BOTTROP, "10110")[:2] == ("unknown", "source_failed")


def test_an_older_delivery_is_held_by_the_sources_own_date(scenario: Scenario) -> None:
    def deliver(created_at: str, *extra: str) -> str:
        content = (
            service("S1", WASTE),
            online("OD1", "https://a.example/"),
            responsibility("Z1", "S1", BOTTROP),
        )
        write_message(scenario.folder / "stadt.xml", message(*content, *extra, created_at=created_at))
        return scenario.sync_one("stadt").state

    scenario.sources["stadt"] = 'type = "xzufi"\nlocation = "stadt.xml"'
    assert deliver("2025-03-01T02:00:00Z") == "ok"
    assert scenario.source("stadt").delivered_at == "2025-03-01T02:00:00Z"
    known = scenario.dump(*DELIVERED)

    assert deliver("2025-02-28T02:00:00Z", service("S2", "99102013104000")) == "held"

    assert scenario.rows("source_run")[-1].message == "delivery_older"
    assert scenario.dump(*DELIVERED) == known
    assert scenario.source("stadt").delivered_at == "2025-03-01T02:00:00Z"
    assert scenario.sync_one("stadt", accept=("stadt",)).state == "ok"
    assert scenario.source("stadt").delivered_at == "2025-02-28T02:00:00Z"


@SQLITE
def test_a_stream_that_was_cut_cannot_be_released(scenario: Scenario) -> None:
    script = scenario.add_fake("stadt", offer(BOTTROP, WASTE), end=None)

    assert scenario.sync_one("stadt", accept=("stadt",)).message == "delivery_unfinished"
    assert scenario.rows("offering") == []
    script.end = EVERYTHING
    assert scenario.sync_one("stadt").state == "ok"


@SQLITE
def test_growth_is_believed_and_told(scenario: Scenario) -> None:
    script = scenario.add_fake("stadt", *offers(10), settings="minimum = 1")
    scenario.sync()
    script.records = offers(101)

    outcome = scenario.sync_one("stadt")

    assert (outcome.state, outcome.message, outcome.accepted_by_hand) == ("ok", "delivery_grown", False)
    assert scenario.source("stadt").objects == 101


@SQLITE
@pytest.mark.parametrize("scope", ["part", "increment"])
def test_what_is_not_everything_may_be_small(scenario: Scenario, scope: str) -> None:
    script = first_hundred(scenario)
    script.records, script.end = [offer(BOTTROP, "99102013104000")], Completeness(scope)

    outcome = scenario.sync_one("stadt")

    assert (outcome.state, outcome.counts.vanished) == ("ok", 0)
    assert scenario.source("stadt").complete is (scope == "increment")
    # The next complete one is measured against the last complete one all the same.
    script.records, script.end = script.records * 69, EVERYTHING
    assert scenario.sync_one("stadt").message == "delivery_shrunk"


def test_a_list_of_a_part_that_lost_most_of_its_rows_is_believed_and_told(scenario: Scenario) -> None:
    def deliver(count: int) -> SourceOutcome:
        rows = [f"{BOTTROP};{99_900_000_000_000 + number};beschrieben;" for number in range(count)]
        scenario.add_list("umfrage", *rows, settings="complete = false")
        return scenario.sync_one("umfrage")

    assert deliver(100).message == ""
    assert deliver(80).message == ""

    outcome = deliver(4)

    assert (outcome.state, outcome.message) == ("ok", "delivery_part_shrunk")
    assert outcome.params == {"count": 4, "before": 80, "percent": 95}
    assert (outcome.counts.vanished, outcome.counts.withdrawn) == (0, 0)
    assert scenario.rows("source_run")[-1].message == "delivery_part_shrunk"
    assert "4 statt 80" in messages.text("de", f"error.{outcome.message}", **outcome.params)


@SQLITE
def test_a_short_part_is_measured_against_the_last_part_not_the_last_whole(scenario: Scenario) -> None:
    script = first_hundred(scenario)
    script.records, script.end = offers(30), Completeness("part")
    assert scenario.sync_one("stadt").message == ""
    script.records = offers(20)
    assert scenario.sync_one("stadt").message == "delivery_part_shrunk"


def test_nights_of_trouble_leave_the_delivered_tables_byte_for_byte(scenario: Scenario) -> None:
    script = first_hundred(scenario)
    known = scenario.dump(*DELIVERED)
    good = list(script.records)

    def unreachable() -> object:
        raise RetryLater("http_status", status=500, url="https://a.example/")

    troubles: list[tuple[list[Record], Completeness | None, Callable[[], object] | None, str]] = [
        ([], EVERYTHING, None, "held"),
        (good[:30], EVERYTHING, None, "held"),
        (good, None, None, "held"),
        (good, EVERYTHING, unreachable, "failed"),
        ([offer(BOTTROP, WASTE, "absent")], EVERYTHING, None, "held"),
        (good, EVERYTHING, None, "unchanged"),
    ]
    for records, end, acquiring, expected in troubles:
        script.records, script.end, script.acquiring = records, end, acquiring
        assert scenario.sync_one("stadt").state == expected
        assert scenario.dump(*DELIVERED) == known
