"""The morning's report of a whole night: several syncs told as one, with the last word of each source."""

from __future__ import annotations

import json
import os
import platform
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, update

from catalogue import tables
from catalogue.reports.morning import Morning, morning
from catalogue.reports.morning_words import headline, plain_text
from catalogue.texts import Texts
from connectors.errors import RetryLater
from sync.notify.lastnight import last_night
from sync.record import start_run
from tests.sync.fakes import offer, offers
from tests.sync.miniature import BOTTROP
from tests.sync.scenario import SQLITE, Scenario

GERMAN = Texts("de")
WASTE = "99001009004000"


def fails(*_: object) -> None:
    raise RetryLater("unreachable", host="portal.example", why="x")


def report(scenario: Scenario, run: int | None = None) -> Morning:
    with scenario.store.read() as connection:
        return morning(connection, run)


def keep_night(scenario: Scenario, run: int, begun: datetime, state: str = "ok") -> None:
    """Write the end of a night that began with a run and ends now."""
    steps = [{"step": "sync", "state": state, "code": "", "params": {}, "seconds": 9.0}]
    with scenario.store.write() as connection:
        connection.execute(
            insert(tables.night).values(
                job="nightly",
                due_at=begun.isoformat(timespec="minutes")[:16],
                started_at=begun.isoformat(timespec="seconds"),
                finished_at=scenario.moment.isoformat(timespec="seconds"),
                state=state,
                tries=1,
                run_id=run,
                steps=json.dumps(steps),
            )
        )


def hold(scenario: Scenario, what: str, run: int | None = None, **values: object) -> None:
    """Let this process hold a lock, and have said so just now."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    row = {"what": what, "token": "t", "host": platform.node(), "pid": os.getpid(), "run_id": run}
    with scenario.store.write() as connection:
        told = {**row, "started_at": now, "beat_at": now, **values}
        connection.execute(insert(tables.lock_holder).values(told))


def check_links(scenario: Scenario) -> int:
    """Check no link at all, in a run of its own."""
    begun = scenario.moment + timedelta(minutes=1)
    with scenario.store.write() as connection:
        number = start_run(connection, "", begun)
        ended = begun.isoformat(timespec="seconds")
        done = update(tables.run).where(tables.run.c.id == number).values(state="ok", finished_at=ended)
        connection.execute(done)
        names = ("due", "checked", "dead", "newly_broken", "ok", "moved", "unclear", "recovered")
        connection.execute(
            insert(tables.link_run).values(
                run_id=number, fresh_days=30, rules="1", own_network=False, **dict.fromkeys(names, 0)
            )
        )
    return number


def test_a_night_that_a_retry_healed_is_told_as_it_ended(scenario: Scenario) -> None:
    scenario.add_fake("portal").records += offers(20)
    other = scenario.add_fake("other")
    other.records += offers(5)
    before = scenario.sync().run_id
    check_links(scenario)
    other.acquiring = fails
    first = scenario.sync().run_id
    begun = scenario.moment
    other.acquiring = None
    other.records += [offer(BOTTROP, WASTE)]
    second = scenario.sync(only=("other",)).run_id
    keep_night(scenario, first, begun)
    found = report(scenario)
    assert (found.standing, found.good, found.runs) == ("ok", True, (first, second))
    assert [(line.source, line.state) for line in found.sources] == [("portal", "unchanged"), ("other", "ok")]
    assert found.before is not None
    assert found.before.run == before
    assert found.night is not None
    assert [step.step for step in found.night.steps] == ["sync"]
    assert found.links is None  # those that were checked belong to the night before
    said = headline(found, GERMAN)
    assert said.startswith(f"In Ordnung: Lauf {first} (wiederholt in {second}) vom ")
    assert found == report(scenario, first) == report(scenario, second)
    checked = check_links(scenario)
    links = report(scenario).links
    assert links is not None
    assert links.run.run == checked


def test_a_retry_that_was_in_vain_hides_nothing_of_the_night(scenario: Scenario) -> None:
    portal, other = scenario.add_fake("portal"), scenario.add_fake("other")
    portal.records += offers(20)
    other.records += offers(5)
    scenario.sync()
    portal.records += [offer(BOTTROP, WASTE)]
    other.acquiring = fails
    first = scenario.sync().run_id
    begun = scenario.moment
    scenario.sync(only=("other",))
    keep_night(scenario, first, begun, "partial")
    found = report(scenario)
    assert found.standing == "partial"
    assert "1 von 2 Quellen" in headline(found, GERMAN)
    assert found.of("unread") == []
    assert found.moved is not None
    assert found.moved.changes
    assert found.run is not None
    assert (found.run.sources_ok, found.run.sources_failed, found.run.state) == (1, 1, "partial")
    assert "Schritte der Nacht" in plain_text(found, GERMAN)


@SQLITE
def test_a_sync_by_hand_after_the_night_is_told_by_itself(scenario: Scenario) -> None:
    scenario.add_fake("portal").records += offers(20)
    first = scenario.sync().run_id
    keep_night(scenario, first, scenario.moment)
    later = scenario.sync().run_id
    found = report(scenario)
    assert (found.runs, found.night) == ((later,), None)
    assert report(scenario, first).runs == (first,)


@SQLITE
def test_a_night_that_goes_on_is_told_with_all_its_syncs_so_far(scenario: Scenario) -> None:
    other = scenario.add_fake("other")
    other.acquiring = fails
    first = scenario.sync().run_id
    keep_night(scenario, first, scenario.moment)
    with scenario.store.write() as connection:
        connection.execute(update(tables.night).values(state="running", finished_at=None))
    hold(scenario, "night")
    other.acquiring = None
    other.records += offers(5)
    second = scenario.sync(only=("other",)).run_id
    assert report(scenario).runs == (first, second)
    assert report(scenario).standing == "ok"


def pause(scenario: Scenario, due: datetime, state: str = "running") -> None:
    """Let the only night be in the pause before a retry."""
    params = {"count": 1, "sources": "other", "due": due.isoformat(timespec="seconds")}
    steps = [{"step": "sync", "state": "waiting", "code": "night_again", "params": params, "seconds": 3.0}]
    values = {"state": state, "finished_at": None, "steps": json.dumps(steps)}
    with scenario.store.write() as connection:
        connection.execute(update(tables.night).values(values))


@SQLITE
def test_in_the_pause_before_a_retry_it_is_told_that_the_night_goes_on_and_when(scenario: Scenario) -> None:
    scenario.add_fake("portal").records += offers(20)
    other = scenario.add_fake("other")
    other.acquiring = fails
    first = scenario.sync().run_id
    keep_night(scenario, first, scenario.moment)
    due = scenario.moment + timedelta(minutes=15)
    pause(scenario, due)
    hold(scenario, "night")
    found = report(scenario)
    assert (found.standing, found.good, found.runs) == ("running", False, (first,))
    at = GERMAN.moment(due.isoformat())
    said = headline(found, GERMAN)
    assert said.startswith(f"LÄUFT NOCH: Die Nacht mit Lauf {first} vom ")
    assert f"1 Quelle wird ab {at} noch einmal gelesen" in said
    assert f"Abgleich: wartet, 3 s: 1 Quelle wird ab {at} noch einmal gelesen: other" in plain_text(
        found, GERMAN
    )
    assert headline(found, Texts("en")).startswith(f"STILL RUNNING: The night with run {first} of ")


@SQLITE
def test_a_retry_that_has_begun_is_told_as_a_run_that_goes_on(scenario: Scenario) -> None:
    other = scenario.add_fake("other")
    other.acquiring = fails
    first = scenario.sync().run_id
    keep_night(scenario, first, scenario.moment)
    pause(scenario, scenario.moment + timedelta(minutes=15))
    second = scenario.leave_dead_run()
    hold(scenario, "night")
    hold(scenario, "sync", second)
    found = report(scenario)
    assert (found.standing, found.runs) == ("running", (first, second))
    assert "hat am" in headline(found, GERMAN)


@SQLITE
def test_a_night_that_broke_off_in_the_pause_waits_for_nothing(scenario: Scenario) -> None:
    scenario.add_fake("portal").records += offers(20)
    first = scenario.sync().run_id
    keep_night(scenario, first, scenario.moment)
    pause(scenario, scenario.moment, state="aborted")
    assert report(scenario).standing == "partial"
    assert "LÄUFT" not in headline(report(scenario), GERMAN)


@SQLITE
def test_what_a_first_attempt_at_a_night_did_belongs_to_it(scenario: Scenario) -> None:
    portal = scenario.add_fake("portal")
    portal.records += offers(20)
    before = scenario.sync().run_id
    portal.records += [offer(BOTTROP, WASTE)]
    killed = scenario.sync().run_id  # its process died in a later step
    begun = scenario.moment
    again = scenario.sync().run_id
    keep_night(scenario, again, begun)
    found = report(scenario)
    assert found.runs == (killed, again)
    assert found.before is not None
    assert found.before.run == before
    assert found.moved is not None
    assert [area.ars for area in found.moved.areas] == [BOTTROP]


@SQLITE
def test_the_last_night_is_told_later_with_the_last_word_of_its_sources(scenario: Scenario) -> None:
    other = scenario.add_fake("other")
    other.acquiring = fails
    first = scenario.sync().run_id
    begun = scenario.moment
    other.acquiring = None
    other.records += offers(5)
    scenario.sync(only=("other",))
    keep_night(scenario, first, begun)
    with scenario.store.read() as connection:
        night = last_night(connection)
    assert night is not None
    assert night.sync is not None
    assert (night.sync.run_id, night.sync.state) == (first, "ok")


@SQLITE
def test_a_run_that_broke_off_is_called_so_and_its_changes_belong_to_the_next(scenario: Scenario) -> None:
    script = scenario.add_fake("portal")
    script.records += offers(20)
    first = scenario.sync().run_id
    dead = scenario.leave_dead_run()
    with scenario.store.write() as connection:
        connection.execute(update(tables.run).values(state="aborted").where(tables.run.c.id == dead))
    found = report(scenario)
    assert found.standing == "aborted"
    assert headline(found, GERMAN).startswith("ABGEBROCHEN")
    scenario.sync()
    found = report(scenario)
    assert found.before is not None
    assert found.before.run == first


@SQLITE
def test_a_failed_run_that_changed_cells_does_not_claim_that_nothing_moved(scenario: Scenario) -> None:
    portal = scenario.add_fake("portal", settings='silence = "absence"\nstale_after_hours = 1')
    portal.records += [offer(BOTTROP, WASTE)]
    scenario.sync()
    portal.acquiring = fails
    scenario.sync()
    found = report(scenario)
    assert found.moved is not None
    assert found.moved.changes
    said = headline(found, GERMAN)
    assert said.startswith("FEHLGESCHLAGEN")
    assert "steht, wo er vorher stand" not in said
    assert "haben sich geändert" in said
    scenario.sync()
    assert "steht, wo er vorher stand" in headline(report(scenario), GERMAN)


@SQLITE
def test_a_run_before_the_first_sync_is_no_sync(scenario: Scenario) -> None:
    with scenario.store.write() as connection:
        number = start_run(connection, "", scenario.moment)
        connection.execute(update(tables.run).values(state="ok", finished_at=scenario.moment.isoformat()))
    assert report(scenario).standing == "none"
    assert headline(report(scenario), GERMAN).startswith("NOCH NIE")
    assert "Abgleich" not in plain_text(report(scenario, number), GERMAN)
