"""The life of services, units, online services and specialisations; all four go the same way."""

from __future__ import annotations

import pytest
from sqlalchemy import Table, select

from catalogue import tables
from catalogue.objects import OBJECTS, Counts
from catalogue.records import Deletion, ObjectClass, OnlineService, Record, Service, Specialisation, Unit
from catalogue.store import Store
from tests.catalogue.applying import Written, add_source, apply, apply_unchanged, row_versions

LIFE = ("first_run", "changed_run", "vanished_run", "withdrawn_run")
CLASSES = (ObjectClass.SERVICE, ObjectClass.UNIT, ObjectClass.ONLINE_SERVICE, ObjectClass.SPECIALISATION)


def one_of_each(ref: str = "L:x", name: str = "Alt") -> list[Record]:
    return [
        Service(ref, name),
        Unit(ref, name),
        OnlineService(ref, name),
        Specialisation(ref, "L:service", (name,)),
    ]


def deletions(ref: str) -> list[Record]:
    return [Deletion(object_class, ref) for object_class in CLASSES]


def lives(store: Store, source_id: int, ref: str = "L:x") -> tuple[int | None, ...]:
    """Return first, changed, vanished and withdrawn run, which must be the same for each class."""
    with store.read() as connection:
        found = {life_in(connection.execute, table, source_id, ref) for table in OBJECTS.values()}
    assert len(found) == 1
    return found.pop()


def life_in(execute, table: Table, source_id: int, ref: str) -> tuple[int | None, ...]:  # type: ignore[no-untyped-def]
    query = select(*(table.c[name] for name in LIFE))
    return tuple(execute(query.where(table.c.source_id == source_id, table.c.ref == ref)).one())


@pytest.fixture
def store(area_store: Store) -> Store:
    return area_store


@pytest.fixture
def source(store: Store) -> int:
    return add_source(store)


def test_an_object_arrives_as_it_was_delivered(store: Store, source: int) -> None:
    service = Service(
        ref="L:dogs",
        title="Hundesteuer",
        official_title="Hundesteuer Anmeldung",
        keys=("99102013104000", "99102013104001"),
        types=("4", "5"),
        form_url="https://form",
        has_text=True,
        valid_from="2026-01-01",
        valid_to="2026-12-31",
        modified_at="2026-02-01T10:00:00+01:00, von Hand " * 3,
    )
    assert apply(store, source, 1, [service, Service("L:bare", "")]).objects == Counts(new=2)
    columns = tables.service_record.c
    with store.read() as connection:
        row, bare = connection.execute(select(tables.service_record).order_by(columns.ref.desc())).all()
    assert (row.source_id, row.ref, row.title, row.official_title) == (source, *service[:3])[:4]
    assert row.reported_keys == "99102013104000 99102013104001"
    assert (row.reported_types, row.form_url, row.has_text) == ("4|5", "https://form", True)
    assert (row.valid_from, row.valid_to, row.modified_at) == service[-3:]
    assert (bare.title, bare.has_text) == ("", False)


def test_new_changed_and_unchanged_are_told_apart(store: Store, source: int) -> None:
    assert apply(store, source, 1, one_of_each()).objects == Counts(new=4)
    assert lives(store, source) == (1, 1, None, None)
    assert apply(store, source, 2, one_of_each()).objects == Counts(unchanged=4)
    assert lives(store, source) == (1, 1, None, None)
    changed = [*one_of_each(name="Neu"), *one_of_each("L:y")]
    assert apply(store, source, 3, changed).objects == Counts(new=4, changed=4)
    assert lives(store, source) == (1, 3, None, None)
    assert lives(store, source, "L:y") == (3, 3, None, None)


def test_on_an_unchanged_night_no_row_is_written(store: Store, source: int) -> None:
    delivery = [*one_of_each(), *one_of_each("L:y")]
    apply(store, source, 1, delivery)
    before = row_versions(store)
    with Written(store) as written:
        apply(store, source, 2, delivery[::-1])
        apply(store, source, 3, delivery, "increment")
        apply_unchanged(store, source, 4)
    assert row_versions(store) == before
    assert not written.anything


def test_what_two_complete_deliveries_lack_is_withdrawn_and_kept(store: Store, source: int) -> None:
    other = one_of_each("L:y")
    apply(store, source, 1, [*one_of_each(), *other])
    assert apply(store, source, 2, other).objects == Counts(unchanged=4, vanished=4)
    assert lives(store, source) == (1, 1, 2, None)
    assert apply(store, source, 3, other).objects == Counts(unchanged=4, withdrawn=4)
    assert lives(store, source) == (1, 1, 2, 3)
    assert apply(store, source, 4, other).objects == Counts(unchanged=4)
    assert lives(store, source) == (1, 1, 2, 3)


def test_a_delivery_that_is_byte_for_byte_the_last_counts_as_the_second(store: Store, source: int) -> None:
    other = one_of_each("L:y")
    apply(store, source, 1, [*one_of_each(), *other])
    apply(store, source, 2, other)
    assert apply_unchanged(store, source, 2) == 0
    assert apply_unchanged(store, source, 3) == 4
    assert lives(store, source) == (1, 1, 2, 3)
    assert apply_unchanged(store, source, 4) == 0


def test_what_comes_back_counts_as_changed(store: Store, source: int) -> None:
    apply(store, source, 1, one_of_each())
    apply(store, source, 2, [])
    assert apply(store, source, 3, one_of_each()).objects == Counts(changed=4)
    assert lives(store, source) == (1, 3, None, None)
    apply(store, source, 4, [])
    assert apply(store, source, 5, []).objects == Counts(withdrawn=4)
    assert apply(store, source, 6, one_of_each()).objects == Counts(changed=4)
    assert lives(store, source) == (1, 6, None, None)


def test_only_complete_deliveries_in_a_row_count_but_others_may_come_between(
    store: Store, source: int
) -> None:
    apply(store, source, 1, one_of_each())
    apply(store, source, 2, [])
    for run, scope in enumerate(("part", "increment"), start=3):
        assert apply(store, source, run, [], scope).objects == Counts()
    assert lives(store, source) == (1, 1, 2, None)
    assert apply(store, source, 5, []).objects == Counts(withdrawn=4)


@pytest.mark.parametrize("scope", ["part", "increment"])
def test_the_silence_of_an_incomplete_delivery_says_nothing(store: Store, source: int, scope: str) -> None:
    apply(store, source, 1, [*one_of_each(), *one_of_each("L:y")])
    new = [*one_of_each("L:y", "Neu"), *one_of_each("L:z")]
    assert apply(store, source, 2, new, scope).objects == Counts(new=4, changed=4)
    assert lives(store, source) == (1, 1, None, None)


def test_what_the_source_deletes_is_withdrawn_at_once(store: Store, source: int) -> None:
    apply(store, source, 1, [*one_of_each(), *one_of_each("L:y")])
    assert apply(store, source, 2, deletions("L:x"), "increment").objects == Counts(withdrawn=4)
    assert lives(store, source) == (1, 1, None, 2)
    assert lives(store, source, "L:y") == (1, 1, None, None)
    again = apply(store, source, 3, deletions("L:x"), "increment").objects
    assert again == Counts()  # known, so no orphans, but gone already
    assert apply(store, source, 4, one_of_each(), "increment").objects == Counts(changed=4)
    assert lives(store, source) == (1, 4, None, None)


def test_a_vanished_object_can_be_deleted_too(store: Store, source: int) -> None:
    apply(store, source, 1, one_of_each())
    apply(store, source, 2, [])
    assert apply(store, source, 3, deletions("L:x"), "increment").objects == Counts(withdrawn=4)
    assert lives(store, source) == (1, 1, 2, 3)


def test_deletions_of_unknown_objects_are_orphans(store: Store, source: int) -> None:
    stranger = add_source(store, "stranger")
    apply(store, stranger, 1, one_of_each())
    result = apply(store, source, 2, [*deletions("L:x"), *deletions("L:never")], "increment")
    assert result.objects == Counts(orphans=8)
    assert lives(store, stranger) == (1, 1, None, None)


def test_sources_do_not_touch_each_others_objects(store: Store, source: int) -> None:
    stranger = add_source(store, "stranger")
    apply(store, stranger, 1, one_of_each())
    assert apply(store, source, 2, one_of_each()).objects == Counts(new=4)
    apply(store, source, 3, [])
    apply(store, source, 4, [])
    assert lives(store, source) == (2, 2, 3, 4)
    assert lives(store, stranger) == (1, 1, None, None)


def test_one_may_go_while_another_comes_back(store: Store, source: int) -> None:
    one, two = one_of_each("L:one"), one_of_each("L:two")
    apply(store, source, 1, [*one, *two])
    apply(store, source, 2, one)
    assert apply(store, source, 3, two).objects == Counts(changed=4, vanished=4)
    assert lives(store, source, "L:one") == (1, 1, 3, None)
    assert lives(store, source, "L:two") == (1, 3, None, None)


def test_counts_add_up() -> None:
    total = Counts(1, 2, 3, 4, 5, 6, 7)
    total.add(Counts(10, 20, 30, 40, 50, 60, 70))
    assert total == Counts(11, 22, 33, 44, 55, 66, 77)
