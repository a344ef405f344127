from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from catalogue.due import NO_SOURCE, areas_touched_by, note_due
from catalogue.records import Deletion, ObjectClass
from catalogue.store import Store
from catalogue.tables import area_due, source_area
from tests.catalogue.applying import (
    AREAS,
    BOTTROP,
    DATTELN,
    GLADBECK,
    MARL,
    add_source,
    apply,
    unit_offers,
)


@pytest.fixture
def store(area_store: Store) -> Store:
    return area_store


def test_an_area_is_noted_once_for_each_cause_and_source(store: Store) -> None:
    one, two = add_source(store, "one"), add_source(store, "two")
    with store.write() as connection:
        for _ in range(2):
            note_due(connection, [2, 1, 1], "offers", one)
        note_due(connection, iter([1]), "offers", two)
        note_due(connection, [1], "region")
        note_due(connection, [], "region")
        columns = area_due.c
        rows = connection.execute(select(columns.area_id, columns.cause, columns.source_id)).all()
    assert sorted(rows) == sorted(
        [(1, "offers", one), (2, "offers", one), (1, "offers", two), (1, "region", NO_SOURCE)]
    )


def test_a_source_touches_the_areas_it_is_about_and_those_it_shows(store: Store) -> None:
    source_id, other = add_source(store, "one"), add_source(store, "two")
    with store.write() as connection:
        about = {"source_id": source_id, "area_id": AREAS[BOTTROP], "named": True}
        connection.execute(insert(source_area).values(about))
    shown = [unit_offers("L:y", ["L:a"], [GLADBECK, "nirgends"]), unit_offers("L:z", ["L:a"], [MARL])]
    apply(store, source_id, 1, shown)
    apply(store, source_id, 2, [Deletion(ObjectClass.RESPONSIBILITY, "L:z")], "increment")
    apply(store, other, 3, [unit_offers("L:z", ["L:a"], [DATTELN])])
    with store.read() as connection:
        assert areas_touched_by(connection, source_id) == {AREAS[BOTTROP], AREAS[GLADBECK]}
        assert areas_touched_by(connection, other) == {AREAS[DATTELN]}
