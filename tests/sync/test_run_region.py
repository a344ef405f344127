"""What a changed region file changes: areas and sources come and go, and every cell says why."""

from __future__ import annotations

from tests.sync.fakes import offer
from tests.sync.miniature import BOTTROP, DORSTEN, GLADBECK, KREIS
from tests.sync.scenario import SQLITE, Scenario

WASTE, DOGS, PARKING = "99001009004000", "99102013104000", "99108001001000"
SPEAKS = "silence = 'absence'"
SERVICES = ["10110", "10120", "10130", "10140", "10150", "10160"]


def test_the_cells_of_a_first_run_are_new_because_of_the_region(scenario: Scenario) -> None:
    scenario.add_fake("stadt", offer(BOTTROP, WASTE))

    report = scenario.sync()

    assert (report.cells_new, report.cells_changed) == (18, 0)
    changes = scenario.last_changes()
    assert len(changes) == 18
    assert changes[BOTTROP, "10110"] == ("", "online", "first_verdict")
    assert {cause for _, _, cause in changes.values()} == {"first_verdict"}


def test_an_added_area_gets_its_cells_and_no_other_moves(scenario: Scenario) -> None:
    scenario.add_fake("stadt", offer(BOTTROP, WASTE), offer(DORSTEN, DOGS))
    scenario.sync()
    scenario.areas.append(DORSTEN)

    report = scenario.sync()

    assert report.sources[0].state == "unchanged"
    assert (report.cells_new, report.cells_changed) == (6, 0)
    assert {ars for ars, _ in scenario.last_changes()} == {DORSTEN}
    assert scenario.cell(DORSTEN, "10120").status == "online"


def test_a_removed_area_loses_its_cells_with_their_last_change_on_record(scenario: Scenario) -> None:
    scenario.add_fake("stadt", offer(BOTTROP, WASTE))
    scenario.sync()
    scenario.areas.remove(BOTTROP)

    report = scenario.sync()

    assert {ars for ars, _ in scenario.cells()} == {GLADBECK, KREIS}
    assert (report.cells_new, report.cells_changed) == (0, 0)
    changes = scenario.last_changes()
    assert list(changes) == [(BOTTROP, ozg_id) for ozg_id in SERVICES]
    assert changes[BOTTROP, "10110"] == ("online", "", "region")
    assert {(new, cause) for _, new, cause in changes.values()} == {("", "region")}
    # What sources said about it is still known, should it come back.
    scenario.areas.append(BOTTROP)
    scenario.sync()
    assert scenario.cell(BOTTROP, "10110").status == "online"


@SQLITE
def test_another_order_of_areas_is_kept_and_computes_nothing(scenario: Scenario) -> None:
    scenario.add_fake("stadt", offer(BOTTROP, WASTE))
    scenario.sync()
    scenario.areas.reverse()

    report = scenario.sync()

    ars_of = {row.id: row.ars for row in scenario.rows("area")}
    kept = sorted(scenario.rows("region_area"), key=lambda row: row.position)
    assert [ars_of[row.area_id] for row in kept] == [KREIS, GLADBECK, BOTTROP]
    assert (report.cells_new, report.cells_changed) == (0, 0)


def test_the_offerings_of_a_removed_source_no_longer_count(scenario: Scenario) -> None:
    scenario.add_fake("stadt", offer(BOTTROP, WASTE))
    scenario.add_fake("portal", offer(BOTTROP, DOGS), offer(GLADBECK, DOGS), settings=SPEAKS)
    scenario.sync()
    assert scenario.cell(BOTTROP, "10140").status == "missing"
    del scenario.sources["portal"]

    scenario.sync()

    assert not scenario.source("portal").active
    assert scenario.cell(BOTTROP, "10110").status == "online"
    assert scenario.cell(BOTTROP, "10120")[:2] == ("unknown", "never_asked")
    assert scenario.cell(BOTTROP, "10140")[:2] == ("unknown", "never_asked")
    assert len(scenario.rows("offering")) == 3


def test_what_a_source_shows_outside_the_areas_it_is_about_is_noticed_and_does_not_count(
    scenario: Scenario,
) -> None:
    scenario.add_fake("stadt", offer(GLADBECK, DOGS), settings=SPEAKS + f"\nareas = ['{GLADBECK}']")
    scenario.add_fake("bottrop", offer(GLADBECK, WASTE), settings=f"areas = ['{BOTTROP}']")

    report = scenario.sync()

    assert scenario.cell(GLADBECK, "10110").status == "missing"
    assert report.sources[1].summary.issues["notice", "area_outside"] == (1, [("", "Gladbeck")])


@SQLITE
def test_a_source_that_comes_back_counts_again_without_being_parsed(scenario: Scenario) -> None:
    script = scenario.add_fake("portal", offer(BOTTROP, DOGS))
    scenario.sync()
    before = scenario.cells()
    settings = scenario.sources.pop("portal")
    scenario.sync()
    scenario.sources["portal"] = settings

    report = scenario.sync()

    assert (report.sources[0].state, script.read) == ("unchanged", 1)
    assert scenario.source("portal").active
    assert scenario.cells() == before
    assert scenario.last_changes()[BOTTROP, "10120"][1:] == ("online", "region")


def test_trust_decides_between_equals_and_its_change_is_seen_at_once(scenario: Scenario) -> None:
    first = scenario.add_fake(
        "first", offer(BOTTROP, WASTE, url="https://first.example/"), settings="trust = 60"
    )
    scenario.add_fake("second", offer(BOTTROP, WASTE, url="https://second.example/"), settings="trust = 40")
    scenario.sync()
    assert scenario.cell(BOTTROP, "10110").url == "https://first.example/"
    scenario.sources["first"] = scenario.sources["first"].replace("60", "30")

    since = {row.since for row in scenario.rows("cell")}
    report = scenario.sync()

    assert first.read == 1
    assert {row.since for row in scenario.rows("cell")} == since  # a link is no status
    assert scenario.cell(BOTTROP, "10110").url == "https://second.example/"
    assert report.cells_changed == 1
    assert scenario.last_changes()[BOTTROP, "10110"] == ("online", "online", "region")


def test_a_source_told_to_speak_makes_absence_and_told_to_be_silent_takes_it_back(scenario: Scenario) -> None:
    scenario.add_fake("stadt", offer(BOTTROP, WASTE), settings="silence = 'nothing'")
    scenario.sync()
    assert scenario.cell(BOTTROP, "10120")[:2] == ("unknown", "never_asked")

    scenario.sources["stadt"] = scenario.sources["stadt"].replace("nothing", "absence")
    scenario.sync()
    assert scenario.cell(BOTTROP, "10120").status == "missing"
    assert scenario.last_changes()[BOTTROP, "10120"][:2] == ("unknown", "missing")

    scenario.sources["stadt"] = scenario.sources["stadt"].replace("absence", "nothing")
    scenario.sync()
    assert scenario.cell(BOTTROP, "10120")[:2] == ("unknown", "never_asked")
    assert scenario.last_changes()[BOTTROP, "10120"] == ("missing", "unknown", "never_asked")


@SQLITE
def test_silence_can_be_limited_to_themes(scenario: Scenario) -> None:
    scenario.add_fake("stadt", offer(BOTTROP, WASTE), settings=SPEAKS)
    scenario.sync()
    assert scenario.cell(BOTTROP, "10120").status == scenario.cell(BOTTROP, "10140").status == "missing"
    scenario.sources["stadt"] += "\nsilence_themes = ['Hobby & Engagement']"

    scenario.sync()

    assert scenario.cell(BOTTROP, "10120").status == "missing"
    assert scenario.cell(BOTTROP, "10140")[:2] == ("unknown", "never_asked")
    scenario.sources["stadt"] = scenario.sources["stadt"].replace(
        "'Hobby & Engagement'", "'Mobilität & Reisen'"
    )
    scenario.sync()
    assert scenario.cell(BOTTROP, "10120")[:2] == ("unknown", "never_asked")
    assert scenario.cell(BOTTROP, "10140").status == "missing"


@SQLITE
def test_the_areas_of_a_source_can_change(scenario: Scenario) -> None:
    scenario.add_fake("stadt", offer(BOTTROP, WASTE), settings=f"{SPEAKS}\nareas = ['{BOTTROP}']")
    scenario.sync()
    assert scenario.cell(BOTTROP, "10120").status == "missing"
    assert scenario.cell(GLADBECK, "10120")[:2] == ("unknown", "never_asked")
    scenario.sources["stadt"] = scenario.sources["stadt"].replace(BOTTROP, GLADBECK)

    scenario.sync()

    assert scenario.cell(BOTTROP, "10110")[:2] == ("unknown", "never_asked")
    assert scenario.cell(BOTTROP, "10120")[:2] == ("unknown", "never_asked")
    assert scenario.cell(GLADBECK, "10120").status == "missing"


@SQLITE
def test_naming_all_areas_makes_silence_count_where_nothing_is_shown(scenario: Scenario) -> None:
    scenario.add_fake("stadt", offer(BOTTROP, WASTE), settings=SPEAKS)
    scenario.sync()
    assert scenario.cell(GLADBECK, "10120")[:2] == ("unknown", "never_asked")
    scenario.sources["stadt"] += f"\nareas = ['{BOTTROP}', '{GLADBECK}', '{KREIS}']"

    scenario.sync()

    assert scenario.cell(GLADBECK, "10120").status == "missing"


@SQLITE
def test_a_source_may_change_its_kind_and_keeps_its_history(scenario: Scenario) -> None:
    scenario.add_fake("stadt", offer(BOTTROP, WASTE))
    scenario.sync()
    scenario.add_list("stadt", f"{BOTTROP};{DOGS};online;https://a.example/")

    outcome = scenario.sync_one("stadt")

    assert (outcome.state, outcome.counts.new, outcome.counts.vanished) == ("ok", 1, 1)
    assert scenario.source("stadt").kind == "list"
    assert len(scenario.rows("source")) == 1
