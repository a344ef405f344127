"""A second opinion beside the cells: what disagrees, what was not asked, and that nothing else changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from catalogue.errors import NotFound
from catalogue.reports.crosscheck import KINDS, Crosscheck, CrosscheckRow, crosscheck
from catalogue.reports.filters import Filters
from tests.connectors.dashboard_server import ALL, DashboardServer, row
from tests.faultserver import FaultServer
from tests.sync.miniature import BOTTROP, DORSTEN, GLADBECK, KREIS, LAND
from tests.sync.scenario import SQLITE, Scenario

WASTE, DOGS, HUNTING = "99001009004000", "99102013104000", "99057001001000"
OWN, THEIRS = "https://service.bottrop.example/abfall", "https://dashboard.example/abfall"


@dataclass
class Night:
    """A region with one list and a small dashboard."""

    scenario: Scenario
    server: FaultServer
    dashboard: DashboardServer

    def sync(self, *rows: str, settings: str = 'complete = true\nsilence = "absence"') -> str:
        """Run once with a list of these rows; return what became of the dashboard."""
        self.scenario.add_list("liste", *rows, settings=settings)
        location = self.dashboard.serve(self.server)
        self.scenario.sources.setdefault(
            "dashboard",
            f'type = "dashboard"\nlocation = "{location}"\nallow_private = true\nper_second = 1000',
        )
        return self.scenario.sync_one("dashboard").state

    def check(self, filters: Filters | None = None, **given: tuple[str, ...]) -> Crosscheck:
        """Return what disagrees."""
        with self.scenario.store.read() as connection:
            return crosscheck(connection, self.scenario.moment, filters or Filters(), **given)

    def kinds(self) -> dict[tuple[str, str], str]:
        """Return the kind of every disagreement by area and service."""
        return {(one.ars, one.ozg_id): one.kind for one in self.check().rows}

    def only(self) -> CrosscheckRow:
        """Return the only disagreement there is."""
        (found,) = self.check().rows
        return found


@pytest.fixture
def night(scenario: Scenario) -> Iterator[Night]:
    """Give Bottrop, Gladbeck and the Kreis, and a dashboard that knows nothing that is online."""
    rows = [row(HUNTING, KREIS, online_status="nicht ok")]
    with FaultServer() as server:
        yield Night(scenario, server, DashboardServer(rows, (BOTTROP, GLADBECK, KREIS, DORSTEN)))


ABSENT = tuple(f"{area};{key};absent;" for area in (BOTTROP, GLADBECK, KREIS) for key in (WASTE, DOGS))


def test_what_both_sides_say_is_no_disagreement(night: Night) -> None:
    night.dashboard.rows = [row(WASTE, BOTTROP, OWN)]
    assert night.sync(f"{BOTTROP};{WASTE};online;{OWN}", f"{GLADBECK};{DOGS};beschrieben;") == "ok"
    assert night.check().rows == []


def test_what_is_online_there_and_not_here(night: Night) -> None:
    night.dashboard.rows = [row(WASTE, BOTTROP, THEIRS)]
    night.sync(f"{BOTTROP};{WASTE};beschrieben;")
    found = night.only()
    assert (found.ars, found.ozg_id, found.kind) == (BOTTROP, "10110", "they_online")
    assert (found.status, found.evidence_source, found.competent) == ("described", "liste", "yes")
    assert (found.second_source, found.second_status, found.second_level) == (
        "dashboard",
        "online",
        "gemeinde",
    )
    assert (found.second_url, found.second_note) == (THEIRS, "in mind. einer Kommune verfügbar")
    assert found.second_said == ("dashboard_status: ok", "dashboard_active: ja", "dashboard_ozg: 10110")
    assert found.second_as_of


def test_what_is_online_here_and_not_listed_there(night: Night) -> None:
    night.sync(f"{BOTTROP};{WASTE};online;{OWN}")
    found = night.only()
    assert (found.kind, found.online_url, found.second_status, found.second_url) == ("we_online", OWN, "", "")


def test_what_is_listed_there_but_does_not_work(night: Night) -> None:
    night.dashboard.rows = [row(WASTE, BOTTROP, THEIRS, online_status="nicht ok")]
    night.sync(f"{BOTTROP};{WASTE};online;{OWN}")
    found = night.only()
    assert (found.kind, found.second_status, found.second_url) == ("they_not_working", "described", THEIRS)


def test_what_there_is_only_on_a_higher_level(night: Night) -> None:
    night.dashboard.rows = [row(WASTE, LAND, THEIRS)]
    night.sync(f"{BOTTROP};{WASTE};online;{OWN}", f"{GLADBECK};{WASTE};beschrieben;")
    found = night.check()
    assert {(one.ars, one.kind, one.second_level) for one in found.rows if one.ars != KREIS} == {
        (BOTTROP, "above_only", "land"),
        (GLADBECK, "above_only", "land"),
    }


def test_another_link_is_told_and_the_same_one_written_otherwise_is_not(night: Night) -> None:
    night.dashboard.rows = [
        row(WASTE, BOTTROP, THEIRS),
        row(WASTE, GLADBECK, "http://www.gladbeck.example/abfall/#oben"),
    ]
    night.sync(
        f"{BOTTROP};{WASTE};online;{OWN}", f"{GLADBECK};{WASTE};online;https://gladbeck.example/abfall"
    )
    found = night.only()
    assert (found.ars, found.kind, found.online_url, found.second_url) == (
        BOTTROP,
        "different_link",
        OWN,
        THEIRS,
    )


def test_one_of_several_links_is_enough_to_agree(night: Night) -> None:
    night.dashboard.rows = [row(WASTE, BOTTROP, THEIRS), row("99001001002000", BOTTROP, OWN)]
    night.sync(f"{BOTTROP};{WASTE};online;{OWN}")
    assert night.check().rows == []


def test_what_is_online_there_and_unknown_here(night: Night) -> None:
    night.dashboard.rows = [row(DOGS, BOTTROP, THEIRS)]
    night.sync(f"{BOTTROP};{WASTE};online;{OWN}", settings="")
    found = {one.ozg_id: (one.kind, one.reason) for one in night.check().rows if one.kind == "we_unknown"}
    assert found == {"10120": ("we_unknown", "never_asked")}


def test_a_kreisfreie_stadt_is_found_by_its_one_key(night: Night) -> None:
    night.scenario.areas = [BOTTROP]
    night.dashboard.rows = [row(HUNTING, BOTTROP, THEIRS)]
    night.sync(f"{BOTTROP};{HUNTING};beschrieben;")
    assert night.kinds() == {(BOTTROP, "10130"): "they_online"}


@SQLITE
def test_an_area_that_was_not_asked_for_is_told_and_never_disagrees(night: Night) -> None:
    night.server.misbehave(f"{ALL}/{GLADBECK}", "status=400")
    # What the Land offers is known from asking for Bottrop; that makes Gladbeck no better known.
    night.dashboard.rows.append(row(DOGS, LAND, THEIRS))
    asked = night.sync(
        f"{GLADBECK};{WASTE};online;{OWN}",
        f"{GLADBECK};{DOGS};beschrieben;",
        f"{BOTTROP};{WASTE};online;{OWN}",
    )
    assert asked == "ok"
    found = night.check()
    assert {one.ars for one in found.rows} <= {BOTTROP, KREIS}
    heard = {one.ars: (one.heard, one.disagreements) for one in found.summary}
    assert heard[GLADBECK] == ("not_asked", None)
    assert heard[BOTTROP] == ("asked", 2)


@SQLITE
def test_an_area_that_joined_the_region_is_not_asked_yet(night: Night) -> None:
    night.sync(f"{BOTTROP};{WASTE};online;{OWN}")
    night.server.misbehave(f"{ALL}/{DORSTEN}", "status=400")
    night.scenario.areas.append(DORSTEN)
    night.sync(f"{BOTTROP};{WASTE};online;{OWN}", f"{DORSTEN};{WASTE};online;{OWN}")
    assert {one.ars: one.heard for one in night.check().summary}[DORSTEN] == "not_asked"
    assert DORSTEN not in {one.ars for one in night.check().rows}


@SQLITE
def test_a_second_opinion_that_was_never_read_says_nothing(night: Night) -> None:
    for area in (BOTTROP, GLADBECK, KREIS):
        night.server.misbehave(f"{ALL}/{area}", "status=500")
    assert night.sync(f"{BOTTROP};{WASTE};online;{OWN}") == "failed"
    found = night.check()
    assert found.rows == []
    assert {(one.heard, one.standing, one.theirs_online) for one in found.summary} == {
        ("not_asked", "unread", None)
    }


@SQLITE
def test_an_area_read_in_part_can_say_yes_but_not_no(night: Night) -> None:
    night.dashboard.rows = [row(DOGS, BOTTROP, THEIRS), row("kaputt", BOTTROP)]
    night.sync(f"{BOTTROP};{WASTE};online;{OWN}", f"{BOTTROP};{DOGS};beschrieben;")
    assert night.kinds() == {(BOTTROP, "10120"): "they_online"}
    bottrop = night.check().summary[0]
    assert (bottrop.ars, bottrop.heard, bottrop.unclear) == (BOTTROP, "partly", 1)


@SQLITE
def test_silence_about_levels_that_were_not_asked_for_proves_nothing(night: Night) -> None:
    """What the Kreis offers is no disagreement in its city if only the city was asked for."""
    hunting = f"{KREIS};{HUNTING};online;{OWN}"
    night.dashboard.rows = [row(DOGS, GLADBECK, online_status="nicht ok")]
    night.sync(hunting)
    assert night.kinds() == {(GLADBECK, "10130"): "we_online", (KREIS, "10130"): "we_online"}
    night.scenario.sources["dashboard"] += '\ninclude_above = false\nareas = ["055620014014"]'
    night.server.misbehave(f"{ALL}/{KREIS}", "status=500")
    night.scenario.sync()
    assert night.kinds() == {}
    unclear = {one.ars: one.unclear for one in night.check().summary}
    assert unclear[GLADBECK] == 1


@SQLITE
def test_what_waits_under_review_is_no_silence(night: Night) -> None:
    # A key of the same LeiKa group that the catalogue lacks may be meant for the bundle.
    night.dashboard.rows = [row("99001999004000", BOTTROP, THEIRS)]
    night.sync(f"{BOTTROP};{WASTE};online;{OWN}")
    assert night.kinds() == {}
    assert night.check().summary[0].unclear == 1


def test_a_disagreement_changes_no_cell(night: Night) -> None:
    night.sync(f"{BOTTROP};{WASTE};beschrieben;")
    cells, gaps = night.scenario.cells(), night.scenario.gaps()
    night.dashboard.rows = [row(WASTE, BOTTROP, THEIRS), row(DOGS, GLADBECK, THEIRS)]
    night.sync(f"{BOTTROP};{WASTE};beschrieben;")
    assert "they_online" in night.kinds().values()
    assert (night.scenario.cells(), night.scenario.gaps()) == (cells, gaps)


def test_the_summary_counts_all_cells_and_those_of_competent_areas(night: Night) -> None:
    night.dashboard.rows = [row(WASTE, BOTTROP, OWN), row("99091001001000", BOTTROP, THEIRS)]
    night.sync(f"{BOTTROP};{WASTE};online;{OWN}")
    bottrop = night.check().summary[0]
    assert (bottrop.cells, bottrop.competent_cells) == (6, 4)
    assert (bottrop.ours_online, bottrop.theirs_online, bottrop.both_online) == (1, 2, 1)
    assert (bottrop.competent_theirs_online, bottrop.competent_both_online) == (1, 1)
    assert (bottrop.disagreements, bottrop.competent_disagreements) == (1, 0)
    assert sum(bottrop.kinds.values()) == bottrop.disagreements


@SQLITE
def test_any_source_can_be_a_second_opinion(night: Night) -> None:
    night.sync(f"{BOTTROP};{WASTE};online;{OWN}")
    night.scenario.add_list(
        "umfrage",
        f"{BOTTROP};{DOGS};online;{THEIRS}",
        settings='complete = true\nadvisory = true\nareas = ["055120000000"]',
    )
    night.scenario.sync()
    found = night.check(sources=("umfrage",))
    assert {(one.ozg_id, one.kind) for one in found.rows} == {
        ("10110", "we_online"),
        ("10120", "they_online"),
    }
    heard = {one.ars: one.heard for one in found.summary}
    assert heard == {BOTTROP: "asked", GLADBECK: "not_asked", KREIS: "not_asked"}


@SQLITE
def test_the_silence_of_an_incomplete_list_proves_nothing(night: Night) -> None:
    night.sync(f"{BOTTROP};{WASTE};online;{OWN}")
    night.scenario.add_list(
        "umfrage", f"{BOTTROP};{DOGS};online;{THEIRS}", settings='advisory = true\nareas = ["055120000000"]'
    )
    night.scenario.sync()
    found = night.check(sources=("umfrage",))
    assert {one.kind for one in found.rows} == {"they_online"}
    assert (found.summary[0].heard, found.summary[0].unclear) == ("partly", 1)


@SQLITE
def test_what_the_other_side_gave_up_is_compared_no_more(night: Night) -> None:
    # So many that one of them less is no reason to doubt the delivery.
    other = [row(HUNTING, KREIS, f"{THEIRS}/{number}", aktiv="nein") for number in range(5)]
    other.append(row(WASTE, GLADBECK, aktiv="nein"))
    night.dashboard.rows = [*other, row(WASTE, BOTTROP, THEIRS)]
    listed = f"{BOTTROP};{WASTE};beschrieben;"
    night.sync(listed)
    assert night.kinds() == {(BOTTROP, "10110"): "they_online"}
    night.dashboard.rows.pop()
    night.sync(listed)
    night.sync(listed)
    assert night.kinds() == {}


@SQLITE
def test_the_comparison_can_be_limited(night: Night) -> None:
    night.dashboard.rows = [row(DOGS, BOTTROP, THEIRS), row(DOGS, GLADBECK, THEIRS)]
    night.sync(f"{BOTTROP};{WASTE};online;{OWN}", f"{GLADBECK};{WASTE};online;{OWN}", *ABSENT[3:4])
    whole = night.check()
    assert {one.ars for one in night.check(Filters(areas=("Gladbeck",))).rows} == {GLADBECK}
    only = night.check(kinds=("we_online",))
    assert {one.kind for one in only.rows} == {"we_online"}
    assert only.summary == whole.summary
    assert [KINDS.index(one.kind) for one in whole.rows if one.ars == BOTTROP] == sorted(
        KINDS.index(one.kind) for one in whole.rows if one.ars == BOTTROP
    )


@SQLITE
@pytest.mark.parametrize(
    ("given", "code"),
    [({"sources": ("liste",)}, "crosscheck_source"), ({"kinds": ("quarrel",)}, "crosscheck_kind")],
)
def test_what_does_not_exist_is_refused(night: Night, given: dict[str, tuple[str, ...]], code: str) -> None:
    night.sync(f"{BOTTROP};{WASTE};online;{OWN}")
    with pytest.raises(NotFound) as caught:
        night.check(**given)  # type: ignore[arg-type]
    assert caught.value.code == code


@SQLITE
def test_without_any_second_opinion_there_is_nothing_to_compare(scenario: Scenario) -> None:
    scenario.add_list("liste", f"{BOTTROP};{WASTE};online;{OWN}")
    scenario.sync()
    with scenario.store.read() as connection, pytest.raises(NotFound) as caught:
        crosscheck(connection, scenario.moment)
    assert caught.value.code == "crosscheck_no_source"
