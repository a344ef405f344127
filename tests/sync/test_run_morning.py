"""The morning's report: what it says of good nights and bad ones, and what it never calls a success."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from catalogue import tables
from catalogue.errors import NotFound
from catalogue.records import Completeness, Issue, Severity
from catalogue.reports.coverage import coverage
from catalogue.reports.morning import Morning, morning
from catalogue.reports.morning_sources import Deviation
from catalogue.reports.morning_words import headline, plain_text
from catalogue.texts import Texts
from connectors.errors import RetryLater
from sync.record import start_run
from sync.run import Options, Silent, sync
from tests.sync.fakes import offer, offers
from tests.sync.miniature import BOTTROP, GLADBECK
from tests.sync.scenario import SQLITE, Scenario

GERMAN = Texts("de")
WASTE = "99001009004000"


def report(scenario: Scenario, run: int | None = None) -> Morning:
    with scenario.store.read() as connection:
        return morning(connection, run)


def first_word(found: Morning) -> str:
    return headline(found, GERMAN).partition(":")[0]


def fails(*_: object) -> None:
    raise RetryLater("unreachable", host="portal.example", why="x")


def test_before_any_run_it_says_so(scenario: Scenario) -> None:
    found = report(scenario)
    assert (found.standing, found.good, first_word(found)) == ("none", False, "NOCH NIE")


def test_the_first_run_has_nothing_to_be_compared_with(scenario: Scenario) -> None:
    scenario.add_fake("portal").records += offers(20)
    scenario.sync()
    found = report(scenario)
    assert (found.standing, found.before) == ("ok", None)
    (line,) = found.sources
    assert (line.state, line.read, line.new, line.compared, line.deviations) == ("ok", 20, 20, 0, ())
    assert {row.before for row in found.unknown} == {None}
    assert "nichts, womit er zu vergleichen" in plain_text(found, GERMAN)


def test_what_moved_is_told_by_cause_and_adds_up(scenario: Scenario) -> None:
    script = scenario.add_fake("portal")
    script.records += offers(20)
    scenario.sync()
    script.records += [offer(BOTTROP, WASTE)]
    scenario.sync()
    found = report(scenario)
    assert found.before is not None
    assert found.moved is not None
    figure = next(one for one in found.moved.figures if one.figure == "any_count")
    assert (figure.after or 0) - (figure.before or 0) == 1
    assert [(one.cause, one.change) for one in figure.contributions] == [("new_offer", 1)]
    with scenario.store.read() as connection:
        assert figure.after == coverage(connection)[-1].any_count
    (area,) = found.moved.areas
    assert (area.ars, area.online_before, area.online_after) == (BOTTROP, 0, 1)
    reasons = {row.reason: (row.before, row.after) for row in found.unknown}
    assert sum(before or 0 for before, _ in reasons.values()) - 1 == sum(
        after for _, after in reasons.values()
    )


def test_an_earlier_run_is_told_as_it_was(scenario: Scenario) -> None:
    script = scenario.add_fake("portal")
    script.records += offers(20)
    first = scenario.sync().run_id
    script.records += [offer(BOTTROP, WASTE)]
    second = scenario.sync().run_id
    script.records += [offer(GLADBECK, WASTE)]
    scenario.sync()
    found = report(scenario, second)
    assert found.before is not None
    assert found.before.run == first
    assert found.moved is not None
    assert [area.ars for area in found.moved.areas] == [BOTTROP]


def test_a_night_on_which_nothing_happened_is_quiet(scenario: Scenario) -> None:
    scenario.add_fake("portal").records += offers(20)
    scenario.sync()
    scenario.sync()
    found = report(scenario)
    assert (found.standing, found.good, first_word(found)) == ("quiet", True, "In Ordnung")
    assert found.sources[0].state == "unchanged"


@SQLITE
def test_one_source_that_fails_asks_for_attention(scenario: Scenario) -> None:
    scenario.add_fake("portal").records += offers(20)
    scenario.add_fake("other").acquiring = fails
    scenario.sync()
    found = report(scenario)
    assert (found.standing, found.good, first_word(found)) == ("partial", False, "ACHTUNG")
    (line,) = found.of("failed")
    assert (line.source, line.message) == ("other", "unreachable")
    assert line.next_command == "lueckenlos sync --source other"
    assert "1 von 2 Quellen" in headline(found, GERMAN)
    assert "lueckenlos sync --source other" in plain_text(found, GERMAN)


@SQLITE
def test_a_night_on_which_everything_failed_is_called_so(scenario: Scenario) -> None:
    scenario.add_fake("portal").acquiring = fails
    scenario.sync()
    assert first_word(report(scenario)) == "FEHLGESCHLAGEN"


@SQLITE
@pytest.mark.parametrize("sources", [0, 1, 2])
def test_a_run_that_found_nothing_is_no_success(scenario: Scenario, sources: int) -> None:
    for number in range(sources):
        scenario.add_fake(f"empty{number}", settings="minimum = 0")
    assert scenario.sync().state == "ok"
    found = report(scenario)
    assert (found.standing, found.good, first_word(found)) == ("empty", False, "LEER")


@SQLITE
def test_a_run_that_found_nothing_it_can_use_is_no_success(scenario: Scenario) -> None:
    useless = Issue(Severity.SKIPPED, "row_status", "1", "vorhanden")
    scenario.add_fake("portal", useless, settings="minimum = 0")
    scenario.sync()
    assert report(scenario).standing == "empty"


@SQLITE
def test_an_unchanged_delivery_is_not_empty(scenario: Scenario) -> None:
    scenario.add_fake("portal").records += offers(3)
    scenario.sync()
    scenario.sync()
    assert report(scenario).sources[0].read == 0
    assert report(scenario).standing == "quiet"


@SQLITE
def test_an_increment_without_news_is_not_empty_where_its_source_shows_something(scenario: Scenario) -> None:
    script = scenario.add_fake("feed", *offers(3))
    scenario.sync()
    script.records, script.end = [], Completeness("increment")
    for _ in range(2):
        scenario.sync()
        assert report(scenario).standing == "quiet"


@SQLITE
def test_a_held_delivery_is_told_with_the_command_that_releases_it(scenario: Scenario) -> None:
    script = scenario.add_fake("portal", settings="minimum = 10")
    script.records += offers(20)
    scenario.sync()
    del script.records[3:]
    scenario.sync()
    since = scenario.moment
    scenario.sync()
    found = report(scenario)
    (held,) = found.held
    assert (held.source, held.next_command) == ("portal", "lueckenlos sync --source portal --accept portal")
    assert held.since == since.isoformat(timespec="seconds")
    assert "--accept portal" in plain_text(found, GERMAN)
    scenario.sync(accept=("portal",))
    assert report(scenario).held == ()
    # What an older report proposes was done long ago.
    assert report(scenario, found.run.run if found.run else 0).sources[0].next_command == ""


@SQLITE
def test_a_delivery_that_was_cut_off_cannot_be_released(scenario: Scenario) -> None:
    script = scenario.add_fake("portal")
    script.records += offers(20)
    script.end = None
    scenario.sync()
    (held,) = report(scenario).held
    assert held.next_command == "lueckenlos sync --source portal"
    assert "abgebrochene" in plain_text(report(scenario), GERMAN)


@SQLITE
def test_sources_that_the_run_did_not_read_are_named(scenario: Scenario) -> None:
    scenario.add_fake("portal").records += offers(20)
    scenario.add_fake("other").records += offers(5)
    scenario.sync()
    scenario.sync(only=("portal",))
    found = report(scenario)
    assert [line.source for line in found.of("unread")] == ["other"]
    assert "Nicht gelesen in diesem Lauf: other." in plain_text(found, GERMAN)


@SQLITE
def test_what_differs_from_the_usual_is_marked(scenario: Scenario) -> None:
    script = scenario.add_fake("portal", settings="allowed_growth = 100.0")
    for count in (100, 101, 102, 103):
        script.records[:] = offers(count)
        scenario.sync()
        assert report(scenario).sources[0].deviations == ()
    script.records[:] = offers(300)
    scenario.sync()
    (line,) = report(scenario).sources
    assert line.compared == 4
    assert line.deviations == (Deviation("read", 300, 101.5), Deviation("new", 197, 1.0))
    assert "AUFFÄLLIG: 300 gelesen statt üblicherweise 101,5" in plain_text(report(scenario), GERMAN)


@SQLITE
def test_small_differences_are_not_marked(scenario: Scenario) -> None:
    script = scenario.add_fake("portal", settings="allowed_growth = 100.0")
    for count in (2, 3, 2, 3, 9):
        script.records[:] = offers(count)
        scenario.sync()
    assert report(scenario).sources[0].deviations == ()


def a_night(run: int | None, state: str, begun: str, *steps: tuple[str, str, str]) -> dict[str, object]:
    return {
        "job": "nacht",
        "due_at": "2025-03-02T02:30:00",
        "started_at": begun,
        "finished_at": begun,
        "state": state,
        "tries": 1,
        "run_id": run,
        "steps": json.dumps(
            [
                {"step": step, "state": stood, "code": code, "params": {}, "seconds": 1.5}
                for step, stood, code in steps
            ]
        ),
    }


@SQLITE
def test_a_step_of_the_night_that_failed_is_not_hidden_by_a_good_sync(scenario: Scenario) -> None:
    scenario.add_fake("portal").records += offers(20)
    number = scenario.sync().run_id
    row = a_night(
        number,
        "partial",
        scenario.moment.isoformat(),
        ("sync", "ok", ""),
        ("links", "skipped", ""),
        ("publish", "failed", "disk_full"),
    )
    with scenario.store.write() as connection:
        connection.execute(insert(tables.night).values(row))
    found = report(scenario)
    assert (found.standing, found.good) == ("partial", False)
    said = headline(found, GERMAN)
    assert said.startswith("ACHTUNG")
    assert "offene Daten fehlgeschlagen" in said
    assert found.night is not None
    assert [step.step for step in found.night.steps] == ["sync", "links", "publish"]


@SQLITE
def test_a_later_night_without_a_sync_is_not_hidden_by_the_good_one_before(scenario: Scenario) -> None:
    scenario.add_fake("portal").records += offers(20)
    scenario.sync()
    begun = (scenario.moment + timedelta(days=1)).isoformat()
    with scenario.store.write() as connection:
        row = a_night(None, "failed", begun, ("sync", "failed", "disk_full"))
        connection.execute(insert(tables.night).values(row))
    assert report(scenario).good is False


@SQLITE
def test_a_later_job_that_went_well_does_not_hide_the_night_that_did_not(scenario: Scenario) -> None:
    scenario.add_fake("portal").records += offers(20)
    number = scenario.sync().run_id
    later = (scenario.moment + timedelta(hours=3)).isoformat()
    bad = a_night(number, "partial", scenario.moment.isoformat(), ("links", "failed", "disk_full"))
    good = a_night(None, "ok", later, ("report", "ok", "")) | {"job": "seite"}
    with scenario.store.write() as connection:
        connection.execute(insert(tables.night), [bad, good])
    found = report(scenario)
    assert found.standing == "partial"
    assert found.night is not None
    assert found.night.job == "nacht"


@SQLITE
def test_what_a_later_night_of_the_same_job_mended_is_not_told(scenario: Scenario) -> None:
    scenario.add_fake("portal").records += offers(20)
    number = scenario.sync().run_id
    rows = [a_night(number, "ok", scenario.moment.isoformat(), ("sync", "ok", ""))]
    for hours, state in ((3, "failed"), (5, "ok")):
        begun = (scenario.moment + timedelta(hours=hours)).isoformat()
        row = a_night(None, state, begun, ("report", state, ""))
        rows.append(row | {"job": "seite", "due_at": f"2025-03-02T0{hours}:00:00"})
    with scenario.store.write() as connection:
        connection.execute(insert(tables.night), rows)
    assert report(scenario).good


@SQLITE
def test_a_check_of_links_is_told_by_itself_and_with_its_night(scenario: Scenario) -> None:
    scenario.add_fake("portal").records += [offer(BOTTROP, WASTE)]
    scenario.sync()
    begun, ended = (scenario.moment + timedelta(minutes=one) for one in (5, 9))
    with scenario.store.write() as connection:
        number = start_run(connection, "", begun)
        connection.execute(
            update(tables.run)
            .where(tables.run.c.id == number)
            .values(state="ok", finished_at=ended.isoformat(timespec="seconds"))
        )
        counts = dict.fromkeys(("due", "checked", "dead", "newly_broken"), 1)
        nothing = dict.fromkeys(("ok", "moved", "unclear", "recovered"), 0)
        connection.execute(
            insert(tables.link_run).values(
                run_id=number, fresh_days=30, rules="1", own_network=False, **counts, **nothing
            )
        )
        url = f"https://{BOTTROP}.example/{WASTE}"
        at = (begun + timedelta(minutes=1)).isoformat(timespec="seconds")
        enter_broken(connection, url, at)
    found = report(scenario)
    assert found.links is not None
    assert [(one.url, one.kind, one.cells) for one in found.links.broken] == [(url, "not_found", 1)]
    assert url in plain_text(found, GERMAN)
    alone = report(scenario, number)
    assert (alone.standing, alone.sources, alone.links) == ("ok", (), found.links)


def enter_broken(connection: object, url: str, at: str) -> None:
    """Write a link that had two strikes and got its third."""
    from catalogue.links import digest_of

    columns = {one.name: "" for one in tables.link_target.c if one.name != "id"}
    told = {"state": "broken", "kind": "not_found", "result": "dead", "result_kind": "not_found"}
    numbers = {"strikes": 3, "status": 404}
    row = {
        **columns,
        **told,
        **numbers,
        "digest": digest_of(url),
        "url": url,
        "checked_at": at,
        "span_at": at,
    }
    execute = connection.execute  # type: ignore[attr-defined]
    (target,) = execute(insert(tables.link_target).values(row)).inserted_primary_key
    for first_at, state, strikes in (("2025-03-01T00:00:00+00:00", "suspect", 2), (at, "broken", 3)):
        span = {"target_id": target, "first_at": first_at, "last_at": first_at, "checks": 1, "result": "dead"}
        rest = {"kind": "not_found", "state": state, "strikes": strikes, "status": 404, "final_url": ""}
        execute(insert(tables.link_check).values({**span, **rest}))


@SQLITE
def test_a_run_that_is_not_there_is_refused(scenario: Scenario) -> None:
    with pytest.raises(NotFound, match="run_not_found"):
        report(scenario, 99)


@SQLITE
@pytest.mark.parametrize("language", ["de", "en"])
def test_it_can_be_said_in_both_languages(scenario: Scenario, language: str) -> None:
    scenario.add_fake("portal").records += offers(20)
    scenario.add_fake("other", end=Completeness("part")).acquiring = fails
    scenario.sync()
    said = plain_text(report(scenario), Texts(language))
    # A message that is missing or lacks a parameter shows its code.
    assert "=" not in said
    assert "morning." not in said


@SQLITE
def test_each_source_is_timed_by_itself(scenario: Scenario) -> None:
    scenario.add_fake("quick").records += offers(3)
    clock = iter(range(1_000_000))
    options = Options(executor="inline", now=lambda: scenario.moment + timedelta(minutes=next(clock)))
    sync(scenario.store, scenario.region(), options, Silent())
    (run,) = scenario.rows("run")
    (part,) = scenario.rows("source_run")
    # Minutes of the clock go by whenever somebody looks at it; the time of a source is what it took itself.
    assert part.started_at > run.started_at
    seconds = report(scenario).sources[0].seconds
    assert seconds is not None
    assert 0 <= seconds < 60
