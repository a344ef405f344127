from __future__ import annotations

import pytest
from sqlalchemy import Connection, update

from catalogue.errors import NotFound
from catalogue.reports.filters import Filters, find_area
from catalogue.reports.quickwins import quickwins
from catalogue.reports.solutions import SolutionFinder, solutions
from catalogue.store import Store
from catalogue.tables import cell
from tests.work_region import LATER

WASTE, RESIDENCE, DOGS, PARENTS = "10110", "10124", "10160", "10000"


def test_who_has_it_stands_with_link_product_and_nearness(work: Connection) -> None:
    found = solutions(work, "Abfallentsorgung", "Marl")
    assert (found.ozg_id, found.title, found.near and found.near.label) == (WASTE, "Abfallentsorgung", "Marl")
    assert [(row.area, row.product, row.product_kind, row.same_group) for row in found.rows] == [
        ("Gladbeck", "citkoPortal", "portal", True),
        ("Dorsten", "FORMCYCLE", "form_server", True),
        ("Datteln", "", "", False),
        ("Bottrop", "", "", False),
    ]
    assert [(row.kind, row.population) for row in found.rows[-2:]] == [
        ("mittlere_kreisangehoerige_stadt", 35_473),
        ("kreisfreie_stadt", 118_535),
    ]


def test_without_an_area_they_stand_in_the_order_of_the_region(work: Connection) -> None:
    found = solutions(work, WASTE)
    assert [row.area for row in found.rows] == ["Dorsten", "Gladbeck", "Datteln", "Bottrop"]
    assert {row.same_group for row in found.rows} == {None}


def test_who_lacks_it_is_named_the_nearest_first(work: Connection) -> None:
    found = solutions(work, WASTE, "Marl")
    assert [(row.area, row.status) for row in found.lacking] == [
        ("Marl", "missing"),
        ("Castrop-Rauxel", "form"),
        ("Herten", "described"),
        ("Recklinghausen", "missing"),
    ]
    assert (found.covered, found.unknown) == (0, 0)


def test_every_competent_area_is_in_exactly_one_figure(work_store: Store) -> None:
    with work_store.write(keep=False) as connection:
        gone = cell.c.ozg_id == WASTE
        lacking = solutions(connection, WASTE).lacking
        connection.execute(
            update(cell)
            .where(gone, cell.c.status == "missing")
            .values(status="unknown", gap=False, reason="never_asked")
        )
        above = {"status": "online", "gap": False, "satisfied_level": "land", "operator": "land"}
        connection.execute(update(cell).where(gone, cell.c.status == "described").values(**above))
        found = solutions(connection, WASTE)
    assert (len(lacking), len(found.lacking), found.covered, found.unknown) == (4, 1, 1, 2)


def test_cities_whose_kreis_is_competent_are_no_solutions(work: Connection) -> None:
    found = solutions(work, PARENTS)
    assert [(row.area, row.own) for row in found.rows] == [("Kreis Recklinghausen", True)]
    assert [row.area for row in found.lacking] == ["Bottrop"]


def test_ready_services_are_told_beside(work: Connection) -> None:
    found = solutions(work, RESIDENCE, "Bottrop")
    assert [(one.level, one.operator, one.url) for one in found.ready] == [
        ("efa", "efa", "https://www.wohnsitzanmeldung.gov.de/")
    ]


def test_links_of_a_shared_portal_are_marked(work: Connection) -> None:
    assert {row.area: row.shared for row in solutions(work, DOGS).rows} == {"Gladbeck": True, "Dorsten": True}
    assert not any(row.shared for row in solutions(work, RESIDENCE).rows)


def test_a_finder_answers_for_every_service_as_one_question_does(work: Connection) -> None:
    finder = SolutionFinder.load(work)
    near = find_area(work, "Marl")
    for ozg_id in (WASTE, RESIDENCE, DOGS, PARENTS):
        assert finder.of(ozg_id, near) == solutions(work, ozg_id, "Marl")


def test_a_service_nobody_has_is_told_with_who_lacks_it(work: Connection) -> None:
    found = solutions(work, "10350")
    assert (found.rows, len(found.lacking)) == ((), 8)


@pytest.mark.parametrize(("service", "area"), [("Nichtsdergleichen", ""), (WASTE, "Nirgendwo")])
def test_what_does_not_exist_is_refused(work: Connection, service: str, area: str) -> None:
    with pytest.raises(NotFound):
        solutions(work, service, area)


def test_quick_wins_say_who_has_it_and_who_lacks_it(work: Connection) -> None:
    (win,) = quickwins(work, today=LATER)
    assert (win.ozg_id, win.having, win.lacking) == (DOGS, 2, 6)
    assert [(one.area, one.operator) for one in win.have] == [("Dorsten", "own"), ("Gladbeck", "shared")]
    points = [one.points for one in win.lack]
    assert (win.lack[0].area, win.points) == ("Marl", points[0])
    assert points == sorted(points, reverse=True)


def test_quick_wins_of_an_area_name_those_who_have_it_elsewhere(work: Connection) -> None:
    (win,) = quickwins(work, Filters(areas=("Bottrop",)), today=LATER)
    assert [one.area for one in win.lack] == ["Bottrop"]
    assert [one.area for one in win.have] == ["Dorsten", "Gladbeck"]
    assert quickwins(work, Filters(areas=("Dorsten",)), today=LATER) == []


def test_one_area_alone_makes_no_host_a_shared_portal(work_store: Store) -> None:
    with work_store.write(keep=False) as connection:
        dogs = cell.c.ozg_id == DOGS
        connection.execute(update(cell).where(dogs, cell.c.operator == "shared").values(operator="own"))
        assert [one.ozg_id for one in quickwins(connection, today=LATER)] == [DOGS]  # two areas use the host
        own = cell.c.online_url == "https://portal.region.example/hund?stadt=2"
        connection.execute(update(cell).where(own).values(online_url="https://dorsten.example/hund"))
        assert quickwins(connection, today=LATER) == []


def test_a_ready_service_that_many_use_is_no_shared_portal(work_store: Store) -> None:
    with work_store.write(keep=False) as connection:
        waste = cell.c.ozg_id == WASTE
        link = {"online_url": "https://www.wohnsitzanmeldung.gov.de/", "operator": "own"}
        connection.execute(update(cell).where(waste, cell.c.status == "online").values(**link))
        assert [one.ozg_id for one in quickwins(connection, today=LATER)] == [DOGS]
