"""What connectors are told by a run, and what they remember from one to the next."""

from __future__ import annotations

from catalogue.records import Completeness, Evidence, Link, Memory
from connectors.errors import RetryLater
from tests.sync.fakes import offer
from tests.sync.miniature import BOTTROP, GLADBECK, KREIS
from tests.sync.scenario import Scenario

WASTE, DOGS, HUNTING = "99001009004000", "99102013104000", "99061001012000"
INCREMENT = Completeness("increment")


def test_a_source_is_told_the_areas_it_is_read_for(scenario: Scenario) -> None:
    everywhere = scenario.add_fake("portal", offer(BOTTROP, WASTE))
    one = scenario.add_fake("stadt", offer(GLADBECK, WASTE), settings=f'areas = ["{GLADBECK}"]')
    scenario.sync()
    assert [area.ars for area in everywhere.assignment.areas] == [BOTTROP, GLADBECK, KREIS]
    assert [(area.level, area.name) for area in one.assignment.areas] == [("gemeinde", "Gladbeck")]


def test_a_source_is_told_the_keys_that_municipalities_may_have_to_offer(scenario: Scenario) -> None:
    script = scenario.add_fake("portal", offer(BOTTROP, WASTE))
    scenario.sync()
    asked = script.assignment.keys
    assert WASTE in asked
    assert list(asked) == sorted(asked)
    with scenario.store.read() as connection:
        pensions = connection.exec_driver_sql("SELECT leika_key FROM leika_service WHERE ozg_id = '10150'")
        assert not {row[0] for row in pensions} & set(asked)


def test_what_a_source_remembers_is_told_to_it_on_the_next_night(scenario: Scenario) -> None:
    script = scenario.add_fake("feed", offer(BOTTROP, WASTE), Memory("cursor", "17"))
    scenario.sync()
    assert dict(script.assignment.memory) == {}
    scenario.sync()
    assert dict(script.assignment.memory) == {"cursor": "17"}


def test_a_complete_delivery_replaces_what_was_remembered(scenario: Scenario) -> None:
    script = scenario.add_fake("feed", offer(BOTTROP, WASTE), Memory("a", "1"), Memory("b", "1"))
    scenario.sync()
    script.records = [offer(BOTTROP, WASTE), Memory("b", "2"), Memory("c", "1")]
    scenario.sync()
    scenario.sync()
    assert dict(script.assignment.memory) == {"b": "2", "c": "1"}


def test_an_increment_adds_to_what_was_remembered(scenario: Scenario) -> None:
    script = scenario.add_fake("feed", offer(BOTTROP, WASTE), Memory("a", "1"), Memory("b", "1"))
    scenario.sync()
    script.records, script.end = [Memory("b", "2")], INCREMENT
    scenario.sync()
    scenario.sync()
    assert dict(script.assignment.memory) == {"a": "1", "b": "2"}


def test_a_delivery_that_is_not_applied_is_not_remembered(scenario: Scenario) -> None:
    script = scenario.add_fake("feed", offer(BOTTROP, WASTE), offer(BOTTROP, DOGS), Memory("cursor", "1"))
    scenario.sync()
    script.records = [Memory("cursor", "2")]  # shrunken to nothing: held
    assert scenario.sync_one("feed").state == "held"

    def fail() -> None:
        raise RetryLater("cancelled")

    script.records, script.reading = [offer(BOTTROP, WASTE), Memory("cursor", "3")], fail
    assert scenario.sync_one("feed").state == "failed"
    assert dict(script.assignment.memory) == {"cursor": "1"}


def test_a_dry_run_remembers_nothing(scenario: Scenario) -> None:
    script = scenario.add_fake("feed", offer(BOTTROP, WASTE), Memory("cursor", "1"))
    scenario.sync(dry_run=True)
    scenario.sync()
    assert dict(script.assignment.memory) == {}


def test_other_settings_make_a_source_forget(scenario: Scenario) -> None:
    script = scenario.add_fake("feed", offer(BOTTROP, WASTE), Memory("cursor", "1"))
    scenario.sync()
    scenario.sources["feed"] = 'type = "fake"\nminimum = 0'
    scenario.sync()
    assert dict(script.assignment.memory) == {}


def test_sources_do_not_share_what_they_remember(scenario: Scenario) -> None:
    one = scenario.add_fake("one", offer(BOTTROP, WASTE), Memory("cursor", "1"))
    other = scenario.add_fake("other", offer(BOTTROP, WASTE))
    scenario.sync()
    scenario.sync()
    assert (dict(one.assignment.memory), dict(other.assignment.memory)) == ({"cursor": "1"}, {})


def test_a_memory_is_no_record_of_the_delivery(scenario: Scenario) -> None:
    scenario.add_fake("feed", offer(BOTTROP, WASTE), Memory("cursor", "1"))
    outcome = scenario.sync_one("feed")
    assert (outcome.summary.read, outcome.summary.objects, outcome.counts.new) == (1, 1, 1)


def test_what_a_page_shows_is_kept_beside_the_statement(scenario: Scenario) -> None:
    page = offer(BOTTROP, WASTE)._replace(
        page="https://stadt.example/abfall",
        links=(Link("online", "https://stadt.example/antrag", "Online-Antrag", "own"),),
        evidence=(Evidence("online_submit", "Online-Antrag"),),
        level=3,
        level_rules="rgm11/1",
        acts=("Anmeldung",),
    )
    script = scenario.add_fake("stadt", page, offer(BOTTROP, DOGS))
    scenario.sync()
    columns = scenario.columns("statement")
    said = {
        row[columns.index("ref")]: dict(zip(columns, row, strict=True)) for row in scenario.rows("statement")
    }
    assert (said[page.ref]["level"], said[page.ref]["level_rules"]) == (3, "rgm11/1")
    assert "Online-Antrag" in str(said[page.ref]["details"])
    assert (said[f"{BOTTROP}|{DOGS}"]["level"], said[f"{BOTTROP}|{DOGS}"]["details"]) == (-1, "")
    script.records = [page._replace(level=2), offer(BOTTROP, DOGS)]
    assert scenario.sync_one("stadt").counts.changed == 1


def test_a_second_opinion_is_kept_but_changes_no_cell(scenario: Scenario) -> None:
    scenario.add_fake("stadt", offer(GLADBECK, WASTE), settings="silence = 'absence'")
    scenario.sync()
    before = scenario.cells()
    scenario.add_fake("amtlich", offer(BOTTROP, DOGS), settings="advisory = true\nsilence = 'absence'")
    assert scenario.sync_one("amtlich").counts.new == 1
    assert scenario.cells() == before


def test_a_second_opinion_that_fails_casts_no_doubt(scenario: Scenario) -> None:
    scenario.add_fake("stadt", offer(GLADBECK, WASTE), settings="silence = 'absence'")
    scenario.sync()
    before = scenario.cells()

    def fail() -> None:
        raise RetryLater("cancelled")

    scenario.add_fake("amtlich", settings="advisory = true").acquiring = fail
    assert scenario.sync_one("amtlich").state == "failed"
    assert scenario.cells() == before


def test_an_online_service_that_another_level_operates_is_not_the_citys_own(scenario: Scenario) -> None:
    scenario.add_fake(
        "stadt", offer(BOTTROP, WASTE, operator="land"), offer(BOTTROP, DOGS, operator="shared")
    )
    scenario.sync()
    assert scenario.cell(BOTTROP, "10110").level == "land"
    assert scenario.cell(BOTTROP, "10120").level == "gemeinde"
