from __future__ import annotations

import pytest
from sqlalchemy import func, insert, select

from catalogue import tables
from catalogue.store import Store
from catalogue.tables import area_due, offering, region_area
from catalogue.unplaced import place_again
from tests.catalogue.applying import GLADBECK, add_source, apply, unit_offers
from tests.catalogue.importing import AREAS, bring

LATER = "055620024024"
MARL = f"gemeinde,{LATER},05562024,Marl,Stadt,055620000000,0,84000,45768,\n"
OFFERS = unit_offers("L:z", ["L:dogs"], [GLADBECK, "05562024", "Marl", "nirgends"])


@pytest.fixture
def store(empty_store: Store) -> Store:
    bring(empty_store, AREAS)
    return empty_store


def places(store: Store) -> dict[str, str | None]:
    """Return the regional key each spelling means."""
    query = select(offering.c.area_raw, tables.area.c.ars)
    joined = query.select_from(offering.outerjoin(tables.area, tables.area.c.id == offering.c.area_id))
    with store.read() as connection:
        return {raw: ars for raw, ars in connection.execute(joined)}  # noqa: C416 - rows are no pairs


def test_a_newer_table_of_areas_gives_offerings_their_place(store: Store) -> None:
    source_id = add_source(store)
    apply(store, source_id, 1, [OFFERS])
    assert places(store) == {GLADBECK: GLADBECK, "05562024": None, "Marl": None, "nirgends": None}
    bring(store, AREAS + MARL)
    assert places(store) == {GLADBECK: GLADBECK, "05562024": LATER, "Marl": LATER, "nirgends": None}
    with store.read() as connection:
        assert connection.scalar(select(func.max(offering.c.changed_run))) == 1
    assert apply(store, source_id, 2, [OFFERS]).offerings.unchanged == 1


def test_the_areas_of_the_region_are_due_then(store: Store) -> None:
    apply(store, add_source(store), 1, [OFFERS])
    with store.write() as connection:
        region = select(tables.area.c.id, 1).where(tables.area.c.ars == GLADBECK)
        connection.execute(insert(region_area).from_select(["area_id", "position"], region))
    bring(store, AREAS + MARL)
    with store.read() as connection:
        assert connection.scalar(select(func.count()).where(area_due.c.cause == "reference")) == 1


def test_where_every_area_is_known_or_none_is_nothing_happens(store: Store) -> None:
    source_id = add_source(store)
    with store.write() as connection:
        assert place_again(connection) == 0
    apply(store, source_id, 1, [unit_offers("L:z", ["L:dogs"], [GLADBECK])])
    with store.write() as connection:
        assert place_again(connection) == 0
    apply(store, source_id, 2, [OFFERS])
    with store.write() as connection:
        assert place_again(connection) == 0


def test_it_tells_how_many_offerings_found_their_place(store: Store) -> None:
    source_id = add_source(store)
    apply(store, source_id, 1, [OFFERS, unit_offers("L:y", ["L:dogs"], [GLADBECK])], resolve=lambda _: None)
    with store.write() as connection:
        assert place_again(connection) == 2
