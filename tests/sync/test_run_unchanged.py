"""Nights on which nothing happened: recognised by hash, and nothing is written but the night itself."""

from __future__ import annotations

import pytest

from catalogue.records import Completeness, Record
from tests.sync.fakes import EVERYTHING, FakeConnector, offer
from tests.sync.miniature import BOTTROP, GLADBECK, KREIS
from tests.sync.scenario import SQLITE, Scenario
from tests.sync.xzufi import message, online, remove, responsibility, service, write_message

WASTE, DOGS, PARKING = "99001009004000", "99102013104000", "99108001001000"
SPEAKS = "silence = 'absence'"


def test_a_night_without_news_writes_only_itself(scenario: Scenario) -> None:
    scenario.add_list(
        "portal", f"{BOTTROP};{WASTE};online;https://a.example/", settings=f"complete = true\n{SPEAKS}"
    )
    scenario.add_fake("stadt", offer(GLADBECK, DOGS))
    scenario.sync()
    before = scenario.dump()

    report = scenario.sync()

    assert [outcome.state for outcome in report.sources] == ["unchanged", "unchanged"]
    assert (report.cells_new, report.cells_changed) == (0, 0)
    after = scenario.dump()
    moved = {name for name in before if before[name] != after[name]}
    assert moved == {"run", "source_run", "source"}
    assert len(after["run"]) == len(before["run"]) + 1
    assert len(after["source_run"]) == len(before["source_run"]) + 2
    columns = scenario.columns("source")
    differing = {
        name
        for old, new in zip(before["source"], after["source"], strict=True)
        for name, was, is_now in zip(columns, old, new, strict=True)
        if was != is_now
    }
    assert differing == {"attempted_at", "applied_at"}


def test_a_delivery_that_is_not_parsed_counts_what_it_held(scenario: Scenario) -> None:
    script = scenario.add_fake("stadt", offer(BOTTROP, WASTE), offer(BOTTROP, DOGS), end=Completeness("part"))
    scenario.sync()

    outcome = scenario.sync_one("stadt")

    assert script.read == 1
    assert (outcome.state, outcome.counts.unchanged, outcome.counts.new) == ("unchanged", 2, 0)


@SQLITE
def test_other_order_and_other_date_are_no_change(scenario: Scenario) -> None:
    objects = (service("S1", WASTE), online("OD1", "https://a.example/"), responsibility("Z1", "S1", BOTTROP))
    scenario.sources["stadt"] = 'type = "xzufi"\nlocation = "stadt.xml"'
    write_message(scenario.folder / "stadt.xml", message(*objects, created_at="2025-03-01T02:00:00Z"))
    scenario.sync()
    write_message(
        scenario.folder / "stadt.xml", message(*reversed(objects), created_at="2025-03-02T02:00:00Z")
    )

    report = scenario.sync()

    counts = report.sources[0].counts
    assert (counts.new, counts.changed, counts.unchanged) == (0, 0, 3)
    assert report.cells_changed == 0


SETTINGS_AND_EFFECT = [
    ("trust = 90", "unchanged"),
    ("name = 'Stadt Bottrop'", "unchanged"),
    ("stale_after_hours = 24", "unchanged"),
    ("time_limit_minutes = 24", "unchanged"),
    ("minimum = 0", "ok"),
    (f"areas = ['{BOTTROP}']", "ok"),
    (SPEAKS, "ok"),
]


@SQLITE
@pytest.mark.parametrize(("setting", "state"), SETTINGS_AND_EFFECT)
def test_the_same_bytes_are_read_again_if_they_would_be_read_differently(
    scenario: Scenario, setting: str, state: str
) -> None:
    script = scenario.add_fake("stadt", offer(BOTTROP, WASTE))
    scenario.sync()
    scenario.sources["stadt"] += setting

    outcome = scenario.sync_one("stadt")

    assert outcome.state == state
    assert script.read == (2 if state == "ok" else 1)
    assert outcome.counts.unchanged == 1
    assert scenario.sync_one("stadt").state == "unchanged"


@SQLITE
def test_a_new_version_of_the_reader_reads_the_same_bytes_again(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = scenario.add_fake("stadt", offer(BOTTROP, WASTE))
    scenario.sync()
    monkeypatch.setattr(FakeConnector, "reader_version", 2)

    assert scenario.sync_one("stadt").state == "ok"
    assert script.read == 2


def test_what_is_missing_from_two_complete_deliveries_is_withdrawn(scenario: Scenario) -> None:
    script = scenario.add_fake(
        "stadt",
        offer(BOTTROP, WASTE),
        offer(BOTTROP, DOGS),
        settings=f"minimum = 0\nallowed_shrink = 1\n{SPEAKS}",
    )
    scenario.sync()
    script.records.pop()

    first = scenario.sync_one("stadt").counts
    assert (first.vanished, first.withdrawn) == (1, 0)
    assert scenario.cell(BOTTROP, "10120").status == "online"
    script.records.append(offer(BOTTROP, PARKING))
    second = scenario.sync_one("stadt").counts

    assert (second.vanished, second.withdrawn) == (0, 1)
    assert scenario.cell(BOTTROP, "10120").status == "missing"
    assert scenario.last_changes()[BOTTROP, "10120"] == ("online", "missing", "withdrawn")
    assert len(scenario.rows("offering")) == 3


def test_what_is_missing_is_withdrawn_even_if_the_next_deliveries_are_byte_for_byte_the_same(
    scenario: Scenario,
) -> None:
    script = scenario.add_fake(
        "stadt", offer(BOTTROP, WASTE), offer(BOTTROP, DOGS), settings=f"allowed_shrink = 1\n{SPEAKS}"
    )
    scenario.sync()
    script.records.pop()
    scenario.sync()

    outcome = scenario.sync_one("stadt")

    assert (outcome.state, outcome.counts.withdrawn) == ("unchanged", 1)
    assert scenario.cell(BOTTROP, "10120").status == "missing"
    assert scenario.last_changes() == {(BOTTROP, "10120"): ("online", "missing", "withdrawn")}
    assert scenario.sync_one("stadt").counts.withdrawn == 0


def test_what_comes_back_was_never_away(scenario: Scenario) -> None:
    everything: list[Record] = [offer(BOTTROP, WASTE), offer(BOTTROP, DOGS)]
    script = scenario.add_fake("stadt", *everything, settings=f"allowed_shrink = 1\n{SPEAKS}")
    scenario.sync()
    cells = scenario.cells()
    script.records = everything[:1]
    scenario.sync()
    script.records = everything

    counts = scenario.sync_one("stadt").counts

    assert (counts.changed, counts.unchanged) == (1, 1)
    assert scenario.sync_one("stadt").counts.withdrawn == 0
    assert scenario.cells() == cells


@SQLITE
def test_a_night_of_failure_is_no_second_night_of_absence(scenario: Scenario) -> None:
    script = scenario.add_fake(
        "stadt", offer(BOTTROP, WASTE), offer(BOTTROP, DOGS), settings="allowed_shrink = 1"
    )
    scenario.sync()
    script.records.pop()
    scenario.sync()
    script.end = None

    assert scenario.sync_one("stadt").state == "held"
    assert scenario.cell(BOTTROP, "10120").status == "online"
    assert [row.withdrawn_run for row in scenario.rows("offering")] == [None, None]


@SQLITE
def test_an_increment_read_twice_is_no_complete_delivery(scenario: Scenario) -> None:
    script = scenario.add_fake(
        "stadt", offer(BOTTROP, WASTE), offer(BOTTROP, DOGS), settings="allowed_shrink = 1"
    )
    scenario.sync()
    script.records.pop()
    assert scenario.sync_one("stadt").counts.vanished == 1
    script.records, script.end = [offer(BOTTROP, PARKING)], Completeness("increment")
    scenario.sync()

    outcome = scenario.sync_one("stadt")

    assert (outcome.state, outcome.counts.withdrawn) == ("unchanged", 0)
    assert scenario.cell(BOTTROP, "10120").status == "online"


@SQLITE
def test_a_list_that_became_a_part_withdraws_nothing(scenario: Scenario) -> None:
    script = scenario.add_fake(
        "stadt", offer(BOTTROP, WASTE), offer(BOTTROP, DOGS), settings="allowed_shrink = 1"
    )
    scenario.sync()
    script.records.pop()
    scenario.sync()
    script.end = Completeness("part")

    assert scenario.sync_one("stadt").counts.withdrawn == 0
    assert scenario.sync_one("stadt").counts.withdrawn == 0
    script.end = EVERYTHING
    assert scenario.sync_one("stadt").counts.withdrawn == 1


@SQLITE
def test_deletions_of_an_increment_count_at_once(scenario: Scenario) -> None:
    scenario.sources["stadt"] = f'type = "xzufi"\nlocation = "stadt.xml"\nareas = ["{BOTTROP}"]'
    objects = (
        service("S1", WASTE),
        online("OD1", "https://a.example/"),
        responsibility("Z1", "S1", BOTTROP, KREIS),
    )
    write_message(scenario.folder / "stadt.xml", message(*objects))
    scenario.sync()
    write_message(
        scenario.folder / "stadt.xml", message(remove("Zustaendigkeit", "Z1"), remove("Leistung", "S9"))
    )

    outcome = scenario.sync_one("stadt")

    assert (outcome.state, outcome.counts.orphans) == ("ok", 1)
    assert scenario.cell(BOTTROP, "10110").status == "missing"
