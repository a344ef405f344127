from __future__ import annotations

import pytest
from sqlalchemy import Connection, update

from catalogue.errors import NotFound
from catalogue.reports.cells import cells
from catalogue.reports.entries import EntryRow, entries
from catalogue.reports.filters import Filters
from catalogue.store import Store
from catalogue.tables import source
from tests.sample_region import night

SPERRMUELL = "99001009004000"


def entry(connection: Connection, area: str, service: str) -> EntryRow:
    (found,) = entries(connection, area, service, night(1))
    return found


def test_one_entry_merges_what_the_sources_say_and_names_them(reconciled: Connection) -> None:
    found = entry(reconciled, "Bottrop", SPERRMUELL)
    assert (found.status, found.url) == ("online", "https://service.bottrop.example/sperrmuell")
    assert (found.unit, found.operator, found.satisfied_level) == ("Entsorgungsbetrieb", "own", "gemeinde")
    assert found.sources == ("portal", "webseite", "verzeichnis")
    rules = {choice.attribute: (choice.source, choice.rule) for choice in found.chosen}
    assert rules == {
        "status": ("portal", "strength"),
        "link": ("portal", "trust"),
        "operator": ("portal", "derived"),
        "unit": ("portal", "trust"),
        "title": ("portal", "agreed"),
    }


def test_the_day_is_the_source_s_own_or_that_of_reading(reconciled: Connection) -> None:
    days = {said.source: said.as_of for said in entry(reconciled, "Bottrop", SPERRMUELL).said}
    assert days == {"portal": "2026-11-02", "webseite": "2026-10-01", "verzeichnis": "2026-11-01"}


def test_what_a_page_shows_belongs_to_the_entry(reconciled: Connection) -> None:
    found = entry(reconciled, "Bottrop", "99107046000000")
    assert (found.page, found.maturity) == ("https://www.bottrop.example/leistung/7", 3)
    assert found.said[0].flags == ("generic_text",)


def test_the_city_sees_what_its_kreis_offers(reconciled: Connection) -> None:
    found = entry(reconciled, "Gladbeck", "99041006017000")
    assert (found.status, found.satisfied_level, found.operator) == ("online", "kreis", "kreis")
    assert [(said.source, said.level) for said in found.said] == [
        ("umfrage", "kreis"),
        ("verzeichnis", "gemeinde"),
    ]


def test_a_bundle_gives_all_its_entries_and_a_key_those_that_concern_it(reconciled: Connection) -> None:
    bundle = entries(reconciled, "Bottrop", "10110", night(1))
    assert [row.leika_key for row in bundle] == ["99001001002000", SPERRMUELL]
    of_object = entries(reconciled, "Bottrop", "99001009000000", night(1))
    assert [row.leika_key for row in of_object] == [SPERRMUELL]


def test_entries_are_as_online_as_the_cell_of_their_bundle(reconciled: Connection) -> None:
    rank = {"online": 3, "form": 2, "described": 1, "absent": 0}
    shown = [cell for cell in cells(reconciled, Filters(areas=("Bottrop", "Gladbeck"))) if cell.sources]
    for cell in [cell for cell in shown if cell.operator]:
        rows = entries(reconciled, cell.ars, cell.ozg_id, night(1))
        best = max((row.status for row in rows), key=rank.__getitem__)
        assert best == cell.status or (cell.status == "unknown" and best != "online")


def test_what_no_source_shows_has_no_entry(reconciled: Connection) -> None:
    assert entries(reconciled, "Gladbeck", "10003", night(1)) == []


def test_unknown_areas_and_services_are_refused(reconciled: Connection) -> None:
    for area, service in (("Atlantis", "10110"), ("Bottrop", "10999")):
        with pytest.raises(NotFound):
            entries(reconciled, area, service, night(1))


@pytest.mark.parametrize("change", [{"active": False}, {"advisory": True}])
def test_sources_that_do_not_count_have_no_say(reconciled_store: Store, change: dict[str, bool]) -> None:
    with reconciled_store.write(keep=False) as connection:
        connection.execute(update(source).where(source.c.key == "portal").values(change))
        found = entry(connection, "Bottrop", SPERRMUELL)
    assert found.sources == ("webseite", "verzeichnis")
    assert (found.unit, found.url) == ("Umweltamt", "https://bottrop.example/abfall")


def test_it_says_what_the_reading_of_each_source_is_worth(reconciled: Connection) -> None:
    (found,) = entries(reconciled, "Bottrop", SPERRMUELL, night(30))
    assert {said.standing for said in found.said} == {"stale"}
