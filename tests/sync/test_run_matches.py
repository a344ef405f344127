"""Deciding once is enough: what a person decided outlives deliveries, failures and newer catalogues."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from catalogue.matching.patterns import record_pattern
from catalogue.matching.review import Signature, Wish, put_on_record
from catalogue.reference import import_reference
from catalogue.tables import source
from connectors.errors import RetryLater
from sync.run import refresh
from tests.sync.fakes import EVERYTHING, Script, offer
from tests.sync.miniature import BOTTROP, GLADBECK
from tests.sync.scenario import Scenario

WASTE, DOGS, UNKNOWN_KEY = "99001009004000", "99102013104000", "99123456001000"
SPEAKS = "silence = 'absence'\nminimum = 0\nallowed_shrink = 1"


def decide(scenario: Scenario, pattern: str, ozg_id: str, state: str) -> None:
    """Let a person decide what a record is; cells are computed by whatever comes next."""
    with scenario.store.write() as connection:
        source_id = connection.scalar(select(source.c.id).where(source.c.key == "stadt"))
        about = record_pattern(int(source_id or 0), pattern)
        wish = Wish(about, state, ((ozg_id, ""),), title="", reason="asked the office")
        put_on_record(connection, [wish], Signature("A. Person", "2025-03-02T09:00:00+00:00"))


def by_people(scenario: Scenario) -> list[tuple[object, ...]]:
    """Return the rows of matches that are a person's, without their numbers."""
    return [row[1:] for row in scenario.dump("match")["match"] if "A. Person" in row]


ON_SQLITE = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


def import_services(scenario: Scenario, *rows: str) -> None:
    """Extend the catalogue of LeiKa services."""
    import_reference(
        scenario.store,
        "leika_service",
        "\n".join(["leika_key,name,ozg_id", *rows]).encode(),
        origin="invented",
        licence="none",
        as_of="2025-01-02",
        replace=False,
    )


@pytest.fixture
def script(own_scenario: Scenario) -> Script:
    script = own_scenario.add_fake("stadt", offer(BOTTROP, WASTE), offer(BOTTROP, DOGS), settings=SPEAKS)
    own_scenario.sync()
    return script


def test_a_rejected_match_takes_the_offering_away_and_says_why(
    own_scenario: Scenario, script: Script
) -> None:
    decide(own_scenario, DOGS, "10120", "rejected")

    refresh(own_scenario.store, own_scenario.moment)

    assert own_scenario.cell(BOTTROP, "10120").status == "missing"
    assert own_scenario.last_changes() == {(BOTTROP, "10120"): ("online", "missing", "match")}


@ON_SQLITE
def test_a_match_that_a_person_adds_replaces_what_the_machine_found(
    own_scenario: Scenario, script: Script
) -> None:
    decide(own_scenario, DOGS, "10140", "accepted")

    own_scenario.sync()

    assert own_scenario.cell(BOTTROP, "10140").status == "online"
    assert own_scenario.cell(BOTTROP, "10120").status == "missing"


def test_a_persons_decision_outlives_every_later_run(own_scenario: Scenario, script: Script) -> None:
    decide(own_scenario, DOGS, "10120", "rejected")
    decided = by_people(own_scenario)
    acts = own_scenario.dump("ruling")

    def check() -> None:
        assert by_people(own_scenario) == decided
        assert own_scenario.dump("ruling") == acts
        assert own_scenario.cell(BOTTROP, "10120").status == "missing"

    own_scenario.sync()
    check()
    # The record changes.
    dogs = offer(BOTTROP, DOGS)
    script.records[1] = dogs._replace(service=dogs.service._replace(title="Hundesteuer"))
    own_scenario.sync()
    check()
    # The source fails and recovers.
    script.end = None
    own_scenario.sync()
    script.end = EVERYTHING
    own_scenario.sync()
    check()
    # The record is withdrawn and comes back.
    gone = script.records.pop()
    own_scenario.sync()
    own_scenario.sync()
    script.records.append(gone)
    own_scenario.sync()
    check()
    # The catalogue of services is newer.
    import_services(own_scenario, f"{UNKNOWN_KEY},Brennholz Verkauf,10140")
    own_scenario.sync()
    check()
    refresh(own_scenario.store, own_scenario.moment)
    check()


@ON_SQLITE
def test_a_newer_catalogue_decides_what_the_machine_could_not(own_scenario: Scenario) -> None:
    own_scenario.add_fake("stadt", offer(BOTTROP, UNKNOWN_KEY), settings=SPEAKS)
    own_scenario.sync()
    assert own_scenario.cell(BOTTROP, "10140").status == "missing"
    import_services(own_scenario, f"{UNKNOWN_KEY},Brennholz Verkauf,10140")

    report = own_scenario.sync()

    assert report.sources[0].state == "unchanged"
    assert own_scenario.cell(BOTTROP, "10140").status == "online"
    assert own_scenario.last_changes()[BOTTROP, "10140"][2] in {"match", "reference"}


def test_refreshing_after_an_import_needs_no_source(own_scenario: Scenario, script: Script) -> None:
    script.records.append(offer(GLADBECK, UNKNOWN_KEY))
    own_scenario.sync()

    def unreachable() -> object:
        raise RetryLater("http_status", status=500)

    script.acquiring = unreachable
    import_services(own_scenario, f"{UNKNOWN_KEY},Brennholz Verkauf,10140")

    done = refresh(own_scenario.store, own_scenario.moment)

    assert own_scenario.cell(GLADBECK, "10140").status == "online"
    assert done.changed == len(own_scenario.last_changes()) > 0
    run = own_scenario.rows("run")[-1]
    assert (run.state, run.region, run.cells_changed) == ("ok", "", done.changed)


@ON_SQLITE
def test_refreshing_without_news_changes_no_cell(own_scenario: Scenario, script: Script) -> None:
    before = own_scenario.dump("cell", "cell_change", "match")

    done = refresh(own_scenario.store, own_scenario.moment)

    assert (done.areas, done.new, done.changed) == (0, 0, 0)
    assert own_scenario.dump("cell", "cell_change", "match") == before


@ON_SQLITE
def test_services_that_the_catalogue_gains_and_loses_gain_and_lose_their_cells(
    own_scenario: Scenario, script: Script
) -> None:
    titles = {row.ozg_id: (row.title, row.theme) for row in own_scenario.rows("ozg_service")}

    def replace_services() -> None:
        rows = [f"{ozg_id},{title},{theme}" for ozg_id, (title, theme) in titles.items()]
        import_reference(
            own_scenario.store,
            "ozg_service",
            "\n".join(["ozg_id,title,theme", *rows]).encode(),
            origin="invented",
            licence="none",
            as_of=f"2025-01-{len(titles):02}",
            replace=True,
        )

    titles["10170"] = ("Feuerwerk", "Bauen & Wohnen")
    replace_services()
    assert refresh(own_scenario.store, own_scenario.moment).new == 3
    assert own_scenario.last_changes()[BOTTROP, "10170"] == ("", "unknown", "reference")

    del titles["10170"]
    replace_services()
    refresh(own_scenario.store, own_scenario.moment)
    assert (BOTTROP, "10170") not in own_scenario.cells()
    assert own_scenario.last_changes()[BOTTROP, "10170"] == ("unknown", "", "reference")
