"""The morning's report of nights that are not over or broken off, of old runs and of parts of a night."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from catalogue import tables
from catalogue.reports.morning import Morning, morning
from catalogue.reports.morning_words import compared_words, headline, plain_text
from catalogue.texts import Texts
from tests.sync.fakes import offer, offers
from tests.sync.miniature import BOTTROP
from tests.sync.scenario import SQLITE, Scenario
from tests.sync.test_night_morning import WASTE, fails, hold, keep_night, pause, report

GERMAN, ENGLISH = Texts("de"), Texts("en")

pytestmark = SQLITE


def go_on(scenario: Scenario, *failed: str) -> None:
    """Let the only night be running, some of its steps failed so far."""
    steps = [{"step": "sync", "state": "ok", "seconds": 3.0}]
    steps += [{"step": step, "state": "failed", "code": "", "seconds": 1.0} for step in failed]
    values = {"state": "running", "finished_at": None, "steps": json.dumps(steps)}
    with scenario.store.write() as connection:
        connection.execute(update(tables.night).values(values))


def a_good_night(scenario: Scenario) -> int:
    scenario.add_fake("portal").records += offers(20)
    number = scenario.sync().run_id
    keep_night(scenario, number, scenario.moment)
    return number


def test_the_headline_counts_the_steps_that_failed_so_far(scenario: Scenario) -> None:
    a_good_night(scenario)
    go_on(scenario, "links")
    hold(scenario, "night")
    found = report(scenario)
    assert (found.standing, found.good) == ("partial", False)
    said = headline(found, GERMAN)
    assert said.startswith("ACHTUNG: ")
    assert "Linkprüfung fehlgeschlagen" in said


def test_of_a_night_that_goes_on_it_is_said_that_this_is_how_it_stands_meanwhile(scenario: Scenario) -> None:
    a_good_night(scenario)
    go_on(scenario)
    hold(scenario, "night")
    found = report(scenario)
    assert found.good
    assert "Stand während der Nacht" in plain_text(found, GERMAN)
    assert "läuft" not in plain_text(found, GERMAN)
    assert "as it stands during the night" in plain_text(found, ENGLISH)


def test_a_night_that_nobody_carries_on_is_broken_off(scenario: Scenario) -> None:
    first = a_good_night(scenario)
    go_on(scenario)
    found = report(scenario)
    assert found.night is not None
    assert (found.standing, found.night.state) == ("partial", "abandoned")
    assert "niemand führt" in plain_text(found, GERMAN)
    scenario.sync()  # by hand; of a night that broke off nobody knows when
    assert report(scenario, first).runs == (first,)


def test_a_night_in_a_pause_that_nobody_carries_on_waits_for_nothing(scenario: Scenario) -> None:
    a_good_night(scenario)
    pause(scenario, scenario.moment + timedelta(minutes=15))
    assert report(scenario).standing == "partial"
    hold(scenario, "night")
    assert report(scenario).standing == "running"


def test_a_run_that_nobody_carries_on_is_broken_off(scenario: Scenario) -> None:
    scenario.add_fake("portal").records += offers(20)
    scenario.sync()
    dead = scenario.leave_dead_run()
    hold(scenario, "schedule")  # it lives, and is not syncing
    found = report(scenario)
    assert found.standing == "aborted"
    said = headline(found, GERMAN)
    assert said.startswith(f"ABGEBROCHEN: Lauf {dead} ")
    assert "niemand führt ihn weiter" in said
    assert "nobody carries it on" in headline(found, ENGLISH)


def test_a_run_whose_process_lives_is_running(scenario: Scenario) -> None:
    scenario.add_fake("portal")
    dead = scenario.leave_dead_run()
    hold(scenario, "sync", dead)
    assert report(scenario).standing == "running"


def test_a_run_of_a_process_of_this_machine_that_is_gone_is_broken_off_at_once(scenario: Scenario) -> None:
    scenario.add_fake("portal")
    dead = scenario.leave_dead_run()
    hold(scenario, "sync", dead, pid=2**22 + 1)
    assert report(scenario).standing == "aborted"


def test_a_run_of_another_machine_is_broken_off_after_a_lease(scenario: Scenario) -> None:
    scenario.add_fake("portal")
    dead = scenario.leave_dead_run()
    hold(scenario, "sync", dead, host="elsewhere", pid=2**22 + 1)
    assert report(scenario).standing == "running"
    with scenario.store.read() as connection:
        later = morning(connection, now=datetime.now(UTC) + timedelta(minutes=4))
    assert later.standing == "aborted"


def hold_delivery(scenario: Scenario) -> int:
    """Let the second run of a source be held; return its number."""
    script = scenario.add_fake("portal")
    script.records += offers(20)
    scenario.sync()
    whole = list(script.records)
    del script.records[2:]
    number = scenario.sync().run_id
    script.records[:] = whole
    return number


def test_of_an_older_run_only_what_it_held_is_listed(scenario: Scenario) -> None:
    first = hold_delivery(scenario) - 1
    assert [one.source for one in report(scenario).held] == ["portal"]
    assert report(scenario, first).held == ()


def test_of_an_older_run_it_is_said_that_what_it_held_is_over(scenario: Scenario) -> None:
    held = hold_delivery(scenario)
    after = scenario.sync().run_id
    assert report(scenario).held == ()
    found = report(scenario, held)
    (one,) = found.held
    assert (one.source, one.next_command, one.over_run) == ("portal", "", after)
    assert f"seit Lauf {after} nicht mehr" in plain_text(found, GERMAN)
    assert f"no longer since run {after}" in plain_text(found, ENGLISH)


def partly(scenario: Scenario) -> tuple[int, Morning]:
    """Sync one source by hand after another one failed; return the number and what is told."""
    portal, other = scenario.add_fake("portal"), scenario.add_fake("other")
    portal.records += offers(20)
    other.records += offers(5)
    scenario.sync()
    other.acquiring = fails
    scenario.sync()
    portal.records += [offer(BOTTROP, WASTE)]
    number = scenario.sync(only=("portal",)).run_id
    return number, report(scenario)


def test_a_run_that_left_out_a_broken_source_is_not_called_fine(scenario: Scenario) -> None:
    number, found = partly(scenario)
    assert (found.standing, found.good, found.failed_elsewhere) == ("partial", False, ("other",))
    said = headline(found, GERMAN)
    assert said.startswith(f"ACHTUNG: Lauf {number} ")
    assert "jede gelesene Quelle" in said
    first = compared_words(found, GERMAN)[0]
    assert first == "Nicht Teil dieses Laufs, zuletzt gescheitert oder angehalten: other."
    assert compared_words(found, ENGLISH)[0].startswith("Not part of this run, last failed or held: other")


def test_sources_that_were_mended_later_do_not_change_what_is_told_of_a_run(scenario: Scenario) -> None:
    number, found = partly(scenario)
    scenario.sync()
    assert report(scenario, number).failed_elsewhere == found.failed_elsewhere == ("other",)
    assert report(scenario, number - 1).failed_elsewhere == ()


def test_a_source_that_was_left_out_and_is_well_is_no_trouble(scenario: Scenario) -> None:
    portal, other = scenario.add_fake("portal"), scenario.add_fake("other")
    portal.records += offers(20)
    other.records += offers(5)
    scenario.sync()
    scenario.sync(only=("portal",))
    found = report(scenario)
    assert (found.good, found.failed_elsewhere) == (True, ())
