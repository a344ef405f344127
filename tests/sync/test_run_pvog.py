"""What a survey of PVOG does to cells, and what they say when PVOG changes or cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.connectors.pvog_server import DETAIL, ONLINE, PATHS, SERVICES, PvogServer, Text, link, online, unit
from tests.faultserver import FaultServer
from tests.sync.miniature import BOTTROP, GLADBECK, KREIS, LAND
from tests.sync.scenario import Scenario

DOGS, HUNTING, PARKING = "99102013104000", "99057001001000", "99108001001000"
WASTE = "10110"
OWN = "https://service.bottrop.example/extension/service/call/6b41"


@dataclass
class Night:
    """A region that reads nothing but a small PVOG."""

    scenario: Scenario
    server: FaultServer
    pvog: PvogServer

    def sync(self, **changed: str) -> str:
        """Run once, with other paths if any are given; return what became of the source."""
        location = self.pvog.serve(self.server)
        given = {**PATHS, "location": location, **changed}
        paths = "\n".join(f'{name} = "{value}"' for name, value in given.items())
        self.scenario.sources["pvog"] = f'type = "pvog"\nallow_private = true\nper_second = 1000\n{paths}'
        return self.scenario.sync_one("pvog").state


@pytest.fixture
def night(scenario: Scenario) -> Iterator[Night]:
    """Give a PVOG that knows the dogs of Bottrop, the hunters of the Kreis, and a text of the Land."""
    texts = [
        Text("L.LB.1", [DOGS], [LAND], links={BOTTROP: [link(OWN)]}, units={"": [unit("Steueramt")]}),
        Text("L.LB.2", [HUNTING], [KREIS]),
        Text("L.LB.3", [PARKING], [LAND]),
    ]
    services = [
        online("L.OD.9", "https://jagd.example/", "L.LB.2", ars=[KREIS]),
        online("B.OD.7", "https://www.fuehrungszeugnis.bund.de/", "B.LB.577649", ars=["000000000000"]),
    ]
    with FaultServer() as server:
        yield Night(scenario, server, PvogServer(texts=texts, online=services))


def test_cells_say_what_pvog_shows_at_the_level_it_shows_it_for(night: Night) -> None:
    assert night.sync() == "ok"
    cells = night.scenario.cells()
    shown = {place: (cell.status, cell.level, cell.url) for place, cell in cells.items()}
    assert shown[BOTTROP, "10120"] == ("online", "gemeinde", OWN)
    assert shown[GLADBECK, "10120"] == ("described", "land", "")
    assert shown[KREIS, "10130"] == ("online", "kreis", "https://jagd.example/")
    assert shown[GLADBECK, "10130"] == ("online", "kreis", "https://jagd.example/")
    assert shown[BOTTROP, "10140"] == ("described", "land", "")


def test_what_every_key_of_was_asked_for_in_vain_is_missing(night: Night) -> None:
    night.sync()
    assert night.scenario.cell(BOTTROP, WASTE).status == "missing"
    assert (BOTTROP, WASTE) in night.scenario.gaps()


def test_an_own_link_is_the_areas_own_and_one_for_the_kreis_is_not(night: Night) -> None:
    night.sync()
    cells = [row._mapping for row in night.scenario.rows("cell")]
    assert {cell["online_url"] for cell in cells if cell["own"]} == {OWN, "https://jagd.example/"}
    hunting = [cell for cell in cells if cell["online_url"] == "https://jagd.example/"]
    assert sorted((cell["operator"], bool(cell["own"])) for cell in hunting) == [
        ("kreis", False),
        ("own", True),
    ]


def test_a_night_without_news_reads_nothing_and_fetches_no_details(night: Night) -> None:
    night.sync()
    before = night.server.hits[DETAIL]
    assert night.sync() == "unchanged"
    assert night.server.hits[DETAIL] == before > 0


def test_another_version_of_a_list_makes_no_detail_old(night: Night) -> None:
    night.sync()
    before = night.server.hits[DETAIL]
    night.server.add("/api/v4/leikaid", night.pvog.handlers()[SERVICES])
    newer = "/v4/leikaid?leikaIds={keys}&ars={ars}&page={page}&size={size}"
    assert night.sync(services_path=newer) == "unchanged"
    assert night.server.hits["/api/v4/leikaid"] > 0
    assert night.server.hits[DETAIL] == before


def test_an_endpoint_that_was_switched_off_makes_no_gap(night: Night) -> None:
    night.sync()
    gaps, online_cells = night.scenario.gaps(), night.scenario.cell(BOTTROP, "10120")
    night.server.misbehave(SERVICES, "status=404")
    assert night.sync() == "failed"
    assert night.scenario.gaps() <= gaps
    assert night.scenario.cell(BOTTROP, "10120") == online_cells


def test_a_source_that_never_answered_leaves_everything_unknown(night: Night) -> None:
    for path in (SERVICES, ONLINE):
        night.server.misbehave(path, "status=404")
    assert night.sync() == "failed"
    assert night.scenario.gaps() == set()
    assert {cell.status for cell in night.scenario.cells().values()} <= {"unknown", "not_competent"}


def test_a_part_keeps_what_the_rest_was_known_to_be(night: Night) -> None:
    night.sync()
    known = night.scenario.cells()
    night.pvog.texts.pop()
    night.server.misbehave(ONLINE, "status=400")
    assert night.sync() == "ok"
    assert not night.scenario.source("pvog").complete
    assert night.scenario.cell(BOTTROP, "10140") == known[BOTTROP, "10140"]
    assert not {place for place, cell in night.scenario.cells().items() if cell.status == "missing"} - {
        place for place, cell in known.items() if cell.status == "missing"
    }


def test_no_person_of_a_unit_reaches_the_database(night: Night) -> None:
    night.sync()
    everything = repr(night.scenario.dump())
    assert "Steueramt" in everything
    assert not any(secret in everything for secret in ("Mustermann", "erika.", "02361"))


def test_an_index_that_is_suddenly_empty_is_held_and_makes_no_gap(night: Night) -> None:
    night.sync()
    cells = night.scenario.cells()
    night.pvog.texts = []
    assert night.sync() == "held"
    night.sync()
    moved = {place for place, cell in night.scenario.cells().items() if cell.status != cells[place].status}
    assert {night.scenario.cells()[place].status for place in moved} <= {"unknown"}
