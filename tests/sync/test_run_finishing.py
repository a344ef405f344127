"""A night that took more than one run, because one was killed: it counts once, whatever came in between."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pytest

import sync.run
from catalogue import cells as computing
from catalogue import history
from connectors.linkcheck.settings import LinkSettings
from sync.links import LinkOptions, check_links
from sync.night import StepOutcome
from sync.nightrun import Order, Tools, perform
from sync.run import Silent, refresh
from sync.schedule.jobs import Job
from tests.sync.miniature import BOTTROP, DORSTEN, GLADBECK, import_miniature
from tests.sync.scenario import Scenario
from tests.sync.test_run_crash import Killed, killing

WASTE, DOGS = "99001009004000", "99102013104000"
OF_BOTTROP = f"{BOTTROP};{WASTE};online;https://a.example/"
OF_GLADBECK = f"{GLADBECK};{DOGS};online;https://b.example/"


def killed_before_its_cells(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sync.run, "recompute", killing)
        with pytest.raises(Killed):
            scenario.sync()


def check_no_links(scenario: Scenario) -> None:
    check_links(scenario.store, LinkSettings(), LinkOptions(area_ids=[], now=lambda: scenario.moment))


def compute_cells(scenario: Scenario) -> None:
    refresh(scenario.store, scenario.moment)


def read_another_source(scenario: Scenario) -> None:
    scenario.sync(only=("kreis",))


class Unheard:
    """Listens to a night and takes note of nothing."""

    def step_began(self, step: str) -> None:
        pass

    def step_ended(self, outcome: StepOutcome) -> None:
        pass

    def again(self, sources: list[str], seconds: float) -> None:
        pass


def do_night(scenario: Scenario, number: int, check_links: Callable[[], object]) -> None:
    """Sync and check links, half an hour after the last time or in the night of a number."""

    def command(step: str, _seconds: float) -> StepOutcome:
        check_links()
        return StepOutcome(step, "ok")

    due = datetime(2025, 3, number, 2, 30, tzinfo=UTC)
    scenario.moment = max(due, scenario.moment + timedelta(minutes=30))
    tools = Tools(
        progress=lambda _: nullcontext(Silent()),
        listener=Unheard(),
        command=command,
        notify=lambda _: StepOutcome("notify", "ok"),
        now=lambda: scenario.moment,
        ticks=lambda: 0.0,
        wait=lambda _: None,
    )
    order = Order(Job("nightly", "", ("sync", "links")), f"{due:%Y-%m-%dT%H:%M}")
    perform(scenario.store, scenario.region(), order, tools)


def withdrawn(scenario: Scenario) -> int:
    return sum(row.withdrawn_run is not None for row in scenario.rows("offering"))


@pytest.mark.parametrize("between", [check_no_links, compute_cells, read_another_source])
def test_what_is_gone_is_given_up_by_the_second_night_that_read_its_source_to_the_end(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch, between: Callable[[Scenario], None]
) -> None:
    scenario.add_list("stadt", OF_BOTTROP, OF_GLADBECK, settings="complete = true\nallowed_shrink = 1")
    scenario.add_list("kreis")
    scenario.sync()
    scenario.write_list("stadt", OF_BOTTROP)
    killed_before_its_cells(scenario, monkeypatch)
    between(scenario)

    scenario.sync()
    assert withdrawn(scenario) == 0
    scenario.sync()
    assert withdrawn(scenario) == 1


def test_a_night_killed_after_its_sync_and_done_again_counts_once(scenario: Scenario) -> None:
    scenario.add_list("stadt", OF_BOTTROP, OF_GLADBECK, settings="complete = true\nallowed_shrink = 1")
    do_night(scenario, 1, lambda: None)
    scenario.write_list("stadt", OF_BOTTROP)
    with pytest.raises(Killed):
        do_night(scenario, 2, killing)

    do_night(scenario, 2, lambda: None)
    assert [run.state for run in scenario.rows("run")] == ["ok", "ok", "ok"]
    assert withdrawn(scenario) == 0
    do_night(scenario, 3, lambda: None)
    assert withdrawn(scenario) == 1


def test_what_a_killed_run_brought_is_still_new_after_links_were_checked(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario.add_list("stadt", OF_GLADBECK)
    scenario.sync()
    scenario.write_list("stadt", OF_GLADBECK, OF_BOTTROP)
    killed_before_its_cells(scenario, monkeypatch)
    check_no_links(scenario)

    scenario.sync()
    assert scenario.last_changes()[BOTTROP, "10110"][2] == "new_offer"


def test_a_reform_that_a_killed_run_began_is_one_to_the_run_that_finishes_it(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gladbeck was abolished and left the region in the night in which its neighbour joined."""
    scenario.areas = [BOTTROP, GLADBECK]
    scenario.add_list("stadt", OF_BOTTROP)
    scenario.sync()
    without = (
        "level,ars,name,parent_ars,kreisfrei,municipal_status\n"
        "bund,000000000000,Deutschland,,0,\n"
        "land,050000000000,Nordrhein-Westfalen,000000000000,0,\n"
        "kreis,055120000000,Bottrop,050000000000,1,\n"
        "gemeinde,055120000000,Bottrop,055120000000,1,kreisfreie_stadt\n"
        "kreis,055620000000,Recklinghausen,050000000000,0,\n"
        "gemeinde,055620012012,Dorsten,055620000000,0,mittlere_kreisangehoerige_stadt\n"
    )
    import_miniature(scenario.store, area=without)
    scenario.areas = [BOTTROP, DORSTEN]
    killed_before_its_cells(scenario, monkeypatch)

    scenario.sync()
    causes = {change[2] for (ars, _), change in scenario.last_changes().items() if ars == DORSTEN}
    assert causes == {"reform"}


@pytest.mark.parametrize("is_killed", [False, True])
def test_other_rules_decide_all_cells_though_an_area_left_in_the_same_night(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch, is_killed: bool
) -> None:
    scenario.add_list("stadt", OF_BOTTROP, settings=f"areas = ['{BOTTROP}']")
    scenario.sync()
    usual = computing.decide

    def other(situation: object) -> object:
        return usual(situation)._replace(status="described")  # type: ignore[arg-type]

    monkeypatch.setattr(history, "RULES", "other")
    monkeypatch.setattr(computing, "decide", other)
    scenario.areas = [BOTTROP, GLADBECK]
    if is_killed:
        killed_before_its_cells(scenario, monkeypatch)

    scenario.sync()
    assert {cell.status for cell in scenario.cells().values()} == {"described"}
