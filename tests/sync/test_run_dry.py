"""Dry runs: everything is fetched, judged and counted, and nothing is kept."""

from __future__ import annotations

from catalogue.reference import import_reference
from connectors.errors import RetryLater
from tests.sync.fakes import offer
from tests.sync.miniature import BOTTROP, DORSTEN, GLADBECK, KREIS
from tests.sync.scenario import SQLITE, Scenario

WASTE, DOGS, PARKING = "99001009004000", "99102013104000", "99108001001000"
SPEAKS = "silence = 'absence'"


def unreachable() -> object:
    raise RetryLater("http_status", status=500, url="https://a.example/")


def test_a_dry_run_reports_counts_and_changes_no_row(scenario: Scenario) -> None:
    scenario.add_list("portal", f"{BOTTROP};{WASTE};online;https://a.example/", f"{BOTTROP};{DOGS};nein;")
    scenario.add_fake("stadt", offer(GLADBECK, DOGS), settings=SPEAKS)
    scenario.add_fake("sick").acquiring = unreachable
    before = scenario.dump()

    report = scenario.sync(dry_run=True)

    assert scenario.dump() == before
    assert (report.dry_run, report.run_id, report.exit_code) == (True, 0, 3)
    told = {outcome.source: (outcome.state, outcome.counts.new) for outcome in report.sources}
    assert told == {"portal": ("ok", 1), "stadt": ("ok", 1), "sick": ("failed", 0)}
    assert report.sources[0].summary.rejected == 1


def test_a_dry_run_of_a_known_region_says_what_the_real_one_will_do(scenario: Scenario) -> None:
    script = scenario.add_fake("stadt", offer(BOTTROP, WASTE), offer(BOTTROP, DOGS), settings=SPEAKS)
    other = scenario.add_fake("other", offer(GLADBECK, WASTE), settings=SPEAKS)
    scenario.sync()
    before = scenario.dump()
    script.records = [offer(BOTTROP, WASTE, "described"), offer(BOTTROP, DOGS), offer(BOTTROP, PARKING)]
    other.records.append(offer(GLADBECK, DOGS))

    rehearsed = scenario.sync(dry_run=True)

    assert scenario.dump() == before
    real = scenario.sync()
    assert [outcome.counts for outcome in rehearsed.sources] == [outcome.counts for outcome in real.sources]
    assert [outcome.state for outcome in rehearsed.sources] == ["ok", "ok"]
    assert (rehearsed.cells_new, rehearsed.cells_changed) == (real.cells_new, real.cells_changed) == (0, 3)


def test_each_cell_counts_once_however_many_sources_there_are(scenario: Scenario) -> None:
    for name in ("a", "b", "c"):
        scenario.add_fake(name, offer(BOTTROP, WASTE))

    rehearsed = scenario.sync(dry_run=True)

    assert (rehearsed.cells_new, rehearsed.cells_changed) == (18, 0)


@SQLITE
def test_areas_that_come_and_go_are_rehearsed_too(scenario: Scenario) -> None:
    scenario.add_fake("stadt", offer(BOTTROP, WASTE))
    scenario.sync()
    before = scenario.dump()
    scenario.areas = [BOTTROP, DORSTEN]

    rehearsed = scenario.sync(dry_run=True)

    assert scenario.dump() == before
    assert (rehearsed.cells_new, rehearsed.cells_changed) == (6, 0)


@SQLITE
def test_a_region_without_sources_can_be_rehearsed(scenario: Scenario) -> None:
    before = scenario.dump()

    rehearsed = scenario.sync(dry_run=True)

    assert scenario.dump() == before
    assert (rehearsed.state, rehearsed.run_id, rehearsed.cells_new) == ("ok", 0, 18)


@SQLITE
def test_a_dry_run_shows_what_would_be_held_and_what_a_release_would_do(scenario: Scenario) -> None:
    script = scenario.add_fake("stadt", offer(BOTTROP, WASTE), offer(KREIS, WASTE), settings="minimum = 0")
    scenario.sync()
    before = scenario.dump()
    script.records = []

    held = scenario.sync(dry_run=True)
    released = scenario.sync(dry_run=True, accept=("stadt",))

    assert [outcome.state for outcome in (*held.sources, *released.sources)] == ["held", "ok"]
    assert released.sources[0].counts.vanished == 2
    assert scenario.dump() == before


@SQLITE
def test_a_dry_run_leaves_a_dead_run_for_the_next_real_one(scenario: Scenario) -> None:
    scenario.add_fake("stadt", offer(BOTTROP, WASTE))
    scenario.leave_dead_run()
    before = scenario.dump()

    scenario.sync(dry_run=True)

    assert scenario.dump() == before


def test_a_dry_run_matches_again_where_the_reference_is_newer(own_scenario: Scenario) -> None:
    own_scenario.add_fake("stadt", offer(BOTTROP, "99123456001000"), settings="minimum = 0")
    own_scenario.sync()
    import_reference(
        own_scenario.store,
        "leika_service",
        b"leika_key,name,ozg_id\n99123456001000,Brennholz Verkauf,10140\n",
        origin="invented",
        licence="none",
        as_of="2025-01-02",
        replace=False,
    )
    before = own_scenario.dump()

    rehearsed = own_scenario.sync(dry_run=True)

    assert own_scenario.dump() == before
    assert rehearsed.sources[0].state == "unchanged"
    assert rehearsed.cells_changed == own_scenario.sync().cells_changed > 0
