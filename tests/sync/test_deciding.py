"""Decisions take effect at once, a rehearsal shows exactly that, and the list foretells it."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, select

from catalogue.matching import ledger
from catalogue.matching.patterns import record_pattern
from catalogue.matching.review import Change, Signature, Wish, put_on_record
from catalogue.matching.rulings import ACCEPTED, REJECTED, REVIEW
from catalogue.records import Offering, Record, Service, Status
from catalogue.reports.review import ReviewFilters, ReviewRow, review_list
from catalogue.reports.review_names import find_record
from catalogue.reports.review_record import view_record
from catalogue.reports.review_sheet import sheet_rows
from catalogue.tables import cell, cell_change, ruling, source
from sync.deciding import Effect, carry_out
from sync.lock import LockHeld, only_one
from tests.oracle import Oracle
from tests.sync.fakes import Script
from tests.sync.miniature import BOTTROP, GLADBECK, KREIS
from tests.sync.scenario import SQLITE, Scenario

WASTE, DOGS, HUNT, PARKING, PENSION, ARTS = "10110", "10120", "10130", "10140", "10150", "10160"
SERVICES = (WASTE, DOGS, HUNT, PARKING, PENSION, ARTS)
SPEAKS = "silence = 'absence'\nminimum = 0\nallowed_shrink = 1"


@pytest.fixture(autouse=True)
def oracle(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, dict[str, tuple[str, float]]]]:
    monkeypatch.setattr(ledger, "Decider", Oracle)
    yield Oracle.said
    Oracle.said.clear()


def shown(area: str, title: str, status: str, operator: str = "") -> Offering:
    """Return an offering of a record whose ref and title are one."""
    url = f"https://{area}.example/{title}" if status == "online" else ""
    return Offering(
        f"{area}|{title}", area, Service(title, title), Status(status), url=url, operator=operator
    )


def add(scenario: Scenario, name: str, *records: Record) -> Script:
    return scenario.add_fake(name, *records, settings=SPEAKS)


def decide(
    scenario: Scenario, ref: str, verdict: str, *ozg_ids: str, keep: bool = True, name: str = "stadt"
) -> Effect[list[Change]]:
    def work(connection: Connection, at: str) -> list[Change]:
        source_id = connection.scalars(select(source.c.id).where(source.c.key == name)).one()
        services = tuple((ozg_id, "") for ozg_id in ozg_ids)
        wish = Wish(record_pattern(source_id, ref), verdict, services, ref)
        return put_on_record(connection, [wish], Signature("A. Muster", at))

    return carry_out(scenario.store, work, keep=keep, now=scenario.moment)


def moves(effect: Effect[list[Change]]) -> set[tuple[str, str, str, str, str]]:
    return {(one.ars, one.ozg_id, one.old_status, one.new_status, one.cause) for one in effect.moves}


def listed(scenario: Scenario, **filters: tuple[str, ...]) -> list[ReviewRow]:
    with scenario.store.read() as connection:
        return review_list(connection, scenario.moment, ReviewFilters(**filters))  # type: ignore[arg-type]


def test_accepting_moves_the_cells_at_once_and_says_why(
    scenario: Scenario, oracle: dict[str, dict[str, tuple[str, float]]]
) -> None:
    oracle["hunde"] = {DOGS: (REVIEW, 0.6), WASTE: (REVIEW, 0.2)}
    add(scenario, "stadt", shown(BOTTROP, "hunde", "online"))
    scenario.sync()

    effect = decide(scenario, "hunde", ACCEPTED, DOGS)

    assert moves(effect) == {
        (BOTTROP, DOGS, "unknown", "online", "match"),
        (BOTTROP, WASTE, "unknown", "missing", "match"),
    }
    assert scenario.cell(BOTTROP, DOGS).status == "online"
    assert scenario.rows("run")[-1].id == effect.run


def test_a_rehearsal_shows_the_same_and_keeps_nothing(
    scenario: Scenario, oracle: dict[str, dict[str, tuple[str, float]]]
) -> None:
    oracle["hunde"] = {DOGS: (REVIEW, 0.6), WASTE: (REVIEW, 0.2)}
    add(scenario, "stadt", shown(BOTTROP, "hunde", "online"))
    scenario.sync()
    before = scenario.dump()

    rehearsed = decide(scenario, "hunde", ACCEPTED, DOGS, keep=False)

    assert scenario.dump() == before
    done = decide(scenario, "hunde", ACCEPTED, DOGS)
    assert moves(rehearsed) == moves(done)
    assert (rehearsed.run, rehearsed.result) == (0, done.result)


@SQLITE
def test_what_was_due_before_is_not_counted_as_the_decisions_doing(
    scenario: Scenario, oracle: dict[str, dict[str, tuple[str, float]]]
) -> None:
    oracle["hunde"] = {DOGS: (REVIEW, 0.6)}
    add(scenario, "stadt", shown(BOTTROP, "hunde", "online"), shown(GLADBECK, "wald", "described"))
    oracle["wald"] = {WASTE: (ACCEPTED, 1.0)}
    scenario.sync()
    scenario.moment = scenario.moment.replace(year=scenario.moment.year + 1)  # the source is stale by now

    effect = decide(scenario, "hunde", ACCEPTED, DOGS)

    assert {one.ozg_id for one in effect.moves} == {DOGS}
    with scenario.store.read() as connection:
        causes = select(cell_change.c.cause).where(cell_change.c.run_id == effect.run - 1)
        assert "source_stale" in set(connection.scalars(causes))


@SQLITE
def test_while_a_sync_runs_nobody_can_decide(
    scenario: Scenario, oracle: dict[str, dict[str, tuple[str, float]]]
) -> None:
    oracle["hunde"] = {DOGS: (REVIEW, 0.6)}
    add(scenario, "stadt", shown(BOTTROP, "hunde", "online"))
    scenario.sync()
    with only_one(scenario.store), pytest.raises(LockHeld):
        decide(scenario, "hunde", ACCEPTED, DOGS)
    with scenario.store.read() as connection:
        assert connection.execute(select(ruling)).all() == []


def random_region(scenario: Scenario, dice: random.Random, night: int) -> None:
    """Let two sources show records whose meaning is open, in areas above and beside each other."""
    for name in ("stadt", "portal"):
        records: list[Record] = []
        for number in range(5):
            title = f"{name} {night}.{number}"
            candidates = dice.sample(SERVICES, dice.randrange(1, 5))
            states = [dice.choice((REVIEW, REVIEW, REVIEW, ACCEPTED)) for _ in candidates]
            Oracle.said[title] = {
                ozg_id: (state, dice.choice((0.2, 0.4, 0.6)))
                for ozg_id, state in zip(candidates, states, strict=True)
            }
            for area in dice.sample((BOTTROP, GLADBECK, KREIS), dice.choice((1, 1, 2))):
                status = dice.choice(("online", "form", "described", "absent"))
                records.append(shown(area, title, status, dice.choice(("", "", "kreis"))))
        add(scenario, name, *records)


def test_the_list_foretells_what_each_decision_moves(own_scenario: Scenario) -> None:
    compared = 0
    for seed in range(6):
        dice = random.Random(seed)
        random_region(own_scenario, dice, seed)
        own_scenario.sync()
        with own_scenario.store.read() as connection:
            assert connection.scalars(select(cell.c.status)).first()
        for row in listed(own_scenario):
            foretold = (row.accept_cells, row.reject_cells, row.release_cells)
            say = {"keep": False, "name": row.source}
            said = Oracle.said[row.title].items()
            open_ones = [ozg_id for ozg_id, (state, _) in said if state == REVIEW]
            released = decide(own_scenario, row.ref, REJECTED, *open_ones, **say)  # type: ignore[arg-type]
            assert row.release_cells == len(released.moves), row
            if not row.ozg_id:
                assert foretold[:2] == (None, None)
                continue
            accepted = decide(own_scenario, row.ref, ACCEPTED, *row.accepted, row.ozg_id, **say)  # type: ignore[arg-type]
            rejected = decide(own_scenario, row.ref, REJECTED, row.ozg_id, **say)  # type: ignore[arg-type]
            assert foretold[:2] == (len(accepted.moves), len(rejected.moves)), row
            online = [one for one in accepted.moves if one.new_status == "online"]
            assert row.online_cells == len(online)
            compared += bool(accepted.moves or rejected.moves)
    assert compared > 10


@SQLITE
def test_the_list_begins_with_what_moves_most(
    scenario: Scenario, oracle: dict[str, dict[str, tuple[str, float]]]
) -> None:
    oracle["eins"] = {DOGS: (REVIEW, 0.6)}
    oracle["viele"] = {WASTE: (REVIEW, 0.6), PARKING: (REVIEW, 0.1), ARTS: (REVIEW, 0.1)}
    add(scenario, "stadt", shown(BOTTROP, "eins", "online"), shown(GLADBECK, "viele", "online"))
    scenario.sync()
    rows = listed(scenario)
    assert [(row.ref, row.accept_cells, row.release_cells) for row in rows] == [
        ("viele", 2, 2),
        ("eins", 1, 1),
    ]


def test_the_list_can_be_limited(scenario: Scenario, oracle: dict[str, dict[str, tuple[str, float]]]) -> None:
    oracle["hunde"] = {DOGS: (REVIEW, 0.6)}
    oracle["wald"] = {WASTE: (ACCEPTED, 1.0)}
    oracle["park"] = {PARKING: (REVIEW, 0.6)}
    add(scenario, "stadt", shown(BOTTROP, "hunde", "online"), shown(GLADBECK, "wald", "online"))
    add(scenario, "portal", shown(KREIS, "park", "online"), shown(KREIS, "nichts", "online"))
    scenario.sync()

    def refs(**filters: tuple[str, ...]) -> set[str]:
        return {row.ref for row in listed(scenario, **filters)}

    assert refs() == {"hunde", "park"}
    assert refs(states=("accepted",)) == {"wald"}
    assert refs(states=("unmatched",)) == {"nichts"}
    assert refs(sources=("portal",)) == {"park"}
    assert refs(areas=("Gladbeck",)) == {"park"}  # of its Kreis
    assert refs(areas=("Bottrop",)) == {"hunde"}
    assert refs(themes=("Mobilität",)) == {"park"}
    assert refs(states=("accepted", "review"), themes=("Bauen",)) == {"wald"}


def test_a_record_is_shown_with_all_that_a_decision_rests_on(
    scenario: Scenario, oracle: dict[str, dict[str, tuple[str, float]]]
) -> None:
    oracle["hunde"] = {DOGS: (REVIEW, 0.6), WASTE: (REVIEW, 0.2)}
    add(scenario, "stadt", shown(KREIS, "hunde", "online"))
    scenario.sync()
    decide(scenario, "hunde", REJECTED, WASTE)
    with scenario.store.read() as connection:
        view = view_record(connection, scenario.moment, find_record(connection, "stadt:hunde"))
        (row,) = sheet_rows(connection, scenario.moment, ReviewFilters())
    assert [(one.ozg_id, one.state, one.by_person) for one in view.candidates] == [
        (WASTE, "rejected", True),
        (DOGS, "review", False),
    ]
    assert [(one.ars, one.status) for one in view.offered] == [(KREIS, "online")]
    assert {(one.ars, one.ozg_id) for one in view.cells} == {
        (ars, ozg_id) for ars in (GLADBECK, KREIS) for ozg_id in (WASTE, DOGS)
    }
    assert [(one.verdict, one.services, one.actor) for one in view.history] == [
        ("rejected", (WASTE,), "A. Muster")
    ]
    assert (row.record, row.said_by, row.stamp[:2]) == ("stadt:hunde", "A. Muster", "1-")
    assert row.candidates == "10120 Hundesteuer (0.60)"
