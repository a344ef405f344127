"""The life of offerings: what sources say is available where."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from catalogue import offerings, tables
from catalogue.objects import Counts
from catalogue.records import Deletion, ObjectClass, Offering, Record, Service, Status
from catalogue.store import Store
from tests.catalogue.applying import (
    AREAS,
    BOTTROP,
    DATTELN,
    GLADBECK,
    MARL,
    Written,
    active,
    add_source,
    apply,
    apply_unchanged,
    row_versions,
    unit_offers,
)

DOGS = Service("L:dogs", "Hundesteuer")
GONE = Deletion(ObjectClass.RESPONSIBILITY, "L:z")


@pytest.fixture
def store(area_store: Store) -> Store:
    return area_store


@pytest.fixture
def source(store: Store) -> int:
    return add_source(store)


def offers(*areas: str, ref: str = "L:z") -> Record:
    return unit_offers(ref, ["L:dogs"], areas)


def stated(ref: str = "1", status: Status = Status.ONLINE, area: str = BOTTROP, **more: str) -> Offering:
    return Offering(ref, area, DOGS, status, **more)


def lives(store: Store, source_id: int, ref: str = "L:z") -> list[tuple[int | None, ...]]:
    """Return (n, area, first, changed, vanished, withdrawn run) of an object's rows."""
    columns = [tables.offering.c[name] for name in ("n", "area_id", "first_run", "changed_run")]
    columns += [tables.offering.c.vanished_run, tables.offering.c.withdrawn_run]
    query = select(*columns).where(tables.offering.c.source_id == source_id, tables.offering.c.ref == ref)
    with store.read() as connection:
        return [tuple(row) for row in connection.execute(query.order_by(tables.offering.c.n))]


def statements(store: Store, source_id: int) -> list[tuple[str, ...]]:
    columns = tables.statement.c
    query = select(columns.ref, columns.status, columns.url).where(columns.source_id == source_id)
    with store.read() as connection:
        return [tuple(row) for row in connection.execute(query.order_by(columns.ref))]


# --- new, changed, unchanged --------------------------------------------------------------------


def test_an_offering_arrives_as_it_was_delivered(store: Store, source: int) -> None:
    record = unit_offers("L:z", ["L:dogs"], [BOTTROP])._replace(role="Rolle, die es in keiner Liste gibt")
    assert apply(store, source, 1, [DOGS, record]).offerings == Counts(new=1)
    with store.read() as connection:
        row = connection.execute(select(tables.offering)).one()
    assert (row.source_id, row.ref, row.n, row.kind) == (source, "L:z", 0, "unit")
    assert (row.service_ref, row.provider_ref, row.area_raw) == ("L:dogs", "L:amt", BOTTROP)
    assert row.role == "Rolle, die es in keiner Liste gibt"
    assert (row.area_id, row.first_run, row.changed_run) == (AREAS[BOTTROP], 1, 1)
    assert (row.vanished_run, row.withdrawn_run) == (None, None)


def test_new_changed_and_unchanged_are_told_apart(store: Store, source: int) -> None:
    three = [offers(BOTTROP, ref=f"L:{number}") for number in range(3)]
    assert apply(store, source, 1, three).offerings == Counts(new=3)
    changed = [three[0], offers(MARL, ref="L:1"), three[2], offers(MARL, ref="L:3")]
    assert apply(store, source, 2, changed).offerings == Counts(new=1, changed=1, unchanged=2)
    assert lives(store, source, "L:0") == [(0, AREAS[BOTTROP], 1, 1, None, None)]
    assert lives(store, source, "L:1") == [(0, AREAS[MARL], 1, 2, None, None)]
    assert lives(store, source, "L:3") == [(0, AREAS[MARL], 2, 2, None, None)]


def test_a_responsibility_counts_once_whatever_its_areas(store: Store, source: int) -> None:
    assert apply(store, source, 1, [offers(BOTTROP, MARL)]).offerings == Counts(new=1)
    assert apply(store, source, 2, [offers(BOTTROP, MARL)]).offerings == Counts(unchanged=1)
    assert apply(store, source, 3, [offers(BOTTROP, MARL, GLADBECK)]).offerings == Counts(changed=1)
    assert len(active(store, source)) == 3
    assert apply(store, source, 4, []).offerings == Counts(vanished=1)
    assert apply(store, source, 5, []).offerings == Counts(withdrawn=1)


def test_on_an_unchanged_night_no_row_is_written(store: Store, source: int) -> None:
    delivery = [DOGS, offers(BOTTROP, MARL), offers(GLADBECK, ref="L:y"), stated()]
    apply(store, source, 1, delivery)
    apply(store, source, 2, delivery)  # takes the areas due since the first one off the list
    before = row_versions(store)
    with Written(store) as written:
        result = apply(store, source, 3, delivery[::-1])
        apply(store, source, 4, [DOGS, offers(MARL, BOTTROP)], "increment")
        apply_unchanged(store, source, 5)
    assert result.offerings == Counts(unchanged=3)
    assert result.due == frozenset()
    assert row_versions(store) == before
    assert not written.anything


# --- vanished, withdrawn, back again ------------------------------------------------------------


def test_what_two_complete_deliveries_lack_is_withdrawn_and_kept(store: Store, source: int) -> None:
    other = offers(GLADBECK, ref="L:y")
    apply(store, source, 1, [offers(BOTTROP, MARL), other])
    missing = apply(store, source, 2, [other])
    assert missing.offerings == Counts(unchanged=1, vanished=1)
    assert missing.due == frozenset()  # nothing is claimed before the second one
    assert len(active(store, source)) == 3
    assert apply(store, source, 3, [other]).offerings == Counts(unchanged=1, withdrawn=1)
    assert lives(store, source) == [(0, AREAS[BOTTROP], 1, 1, 2, 3), (1, AREAS[MARL], 1, 1, 2, 3)]
    assert apply(store, source, 4, [other]).offerings == Counts(unchanged=1)


def test_a_delivery_that_is_byte_for_byte_the_last_counts_as_the_second(store: Store, source: int) -> None:
    apply(store, source, 1, [DOGS, offers(BOTTROP, MARL)])
    apply(store, source, 2, [DOGS])
    assert apply_unchanged(store, source, 2) == 0
    assert apply_unchanged(store, source, 3) == 1
    assert active(store, source) == set()
    assert apply_unchanged(store, source, 4) == 0


def test_in_a_list_only_its_rows_are_counted(store: Store, source: int) -> None:
    apply(store, source, 1, [stated("1"), stated("2")._replace(service=Service("L:cats", "Katzen"))])
    apply(store, source, 2, [stated("1")])
    assert apply_unchanged(store, source, 3) == 1  # the row; its service is gone with it


def test_what_comes_back_counts_as_changed(store: Store, source: int) -> None:
    apply(store, source, 1, [offers(BOTTROP, MARL)])
    apply(store, source, 2, [])
    back = apply(store, source, 3, [offers(BOTTROP, MARL)])
    assert back.offerings == Counts(changed=1)
    assert lives(store, source) == [(0, AREAS[BOTTROP], 1, 3, None, None), (1, AREAS[MARL], 1, 3, None, None)]
    apply(store, source, 4, [])
    apply(store, source, 5, [])
    back = apply(store, source, 6, [offers(BOTTROP)])
    assert back.offerings == Counts(changed=1)
    assert active(store, source) == {("L:z", "L:dogs", BOTTROP)}
    assert back.due == {AREAS[BOTTROP]}


@pytest.mark.parametrize("count", [1, 3])
def test_as_many_may_go_as_come_back(store: Store, source: int, count: int) -> None:
    """The number of rows is the same as before, so it must not be what tells."""
    ones = [offers(BOTTROP, ref=f"L:one{number}") for number in range(count)]
    twos = [offers(MARL, ref=f"L:two{number}") for number in range(count)]
    apply(store, source, 1, [*ones, *twos])
    apply(store, source, 2, ones)
    assert apply(store, source, 3, twos).offerings == Counts(changed=count, vanished=count)
    assert apply(store, source, 4, twos).offerings == Counts(unchanged=count, withdrawn=count)
    assert {ref for ref, _, _ in active(store, source)} == {f"L:two{number}" for number in range(count)}


def test_as_many_may_go_as_are_new(store: Store, source: int) -> None:
    apply(store, source, 1, [offers(BOTTROP, ref="L:one")])
    assert apply(store, source, 2, [offers(BOTTROP, ref="L:two")]).offerings == Counts(new=1, vanished=1)
    assert apply(store, source, 3, [offers(BOTTROP, ref="L:two")]).offerings == Counts(
        unchanged=1, withdrawn=1
    )


def test_one_may_vanish_while_another_is_withdrawn(store: Store, source: int) -> None:
    one, two, three = (offers(BOTTROP, ref=f"L:{name}") for name in ("one", "two", "three"))
    apply(store, source, 1, [one, two, three])
    apply(store, source, 2, [two, three])
    assert apply(store, source, 3, [three]).offerings == Counts(unchanged=1, vanished=1, withdrawn=1)
    assert apply(store, source, 4, [three]).offerings == Counts(unchanged=1, withdrawn=1)


# --- fewer areas --------------------------------------------------------------------------------


@pytest.mark.parametrize("scope", ["everything", "part", "increment"])
@pytest.mark.parametrize("left", [[GLADBECK, MARL], [BOTTROP], [DATTELN]])
def test_an_object_written_anew_gives_up_the_areas_it_no_longer_has(
    store: Store, source: int, scope: str, left: list[str]
) -> None:
    apply(store, source, 1, [offers(BOTTROP, GLADBECK, MARL), offers(MARL, ref="L:y")])
    result = apply(store, source, 2, [offers(*left), offers(MARL, ref="L:y")], scope)
    assert result.offerings == Counts(changed=1, unchanged=1)
    assert active(store, source) == {("L:z", "L:dogs", area) for area in left} | {("L:y", "L:dogs", MARL)}
    dropped = {AREAS[area] for area in (BOTTROP, GLADBECK, MARL) if area not in left}
    assert dropped <= result.due
    if scope == "everything":
        assert apply(store, source, 3, [offers(*left), offers(MARL, ref="L:y")]).offerings == Counts(
            unchanged=2
        )


def test_areas_given_up_can_come_back(store: Store, source: int) -> None:
    apply(store, source, 1, [offers(BOTTROP, MARL)])
    apply(store, source, 2, [offers(BOTTROP)])
    assert apply(store, source, 3, [offers(BOTTROP, MARL)]).offerings == Counts(changed=1)
    assert lives(store, source)[1] == (1, AREAS[MARL], 1, 3, None, None)


# --- increments and parts -----------------------------------------------------------------------


@pytest.mark.parametrize("scope", ["part", "increment"])
def test_the_silence_of_an_incomplete_delivery_says_nothing(store: Store, source: int, scope: str) -> None:
    apply(store, source, 1, [offers(BOTTROP), offers(MARL, ref="L:y")])
    result = apply(store, source, 2, [offers(GLADBECK, ref="L:y"), offers(MARL, ref="L:new")], scope)
    assert result.offerings == Counts(new=1, changed=1)
    assert len(active(store, source)) == 3


def test_a_first_delivery_may_be_an_increment(store: Store, source: int) -> None:
    result = apply(store, source, 1, [GONE, offers(BOTTROP, ref="L:y")], "increment")
    assert result.offerings == Counts(new=1, orphans=1)


def test_what_the_source_deletes_is_withdrawn_at_once_with_all_its_areas(store: Store, source: int) -> None:
    apply(store, source, 1, [offers(BOTTROP, MARL), offers(GLADBECK, ref="L:y")])
    result = apply(store, source, 2, [GONE], "increment")
    assert result.offerings == Counts(withdrawn=1)
    assert result.due == {AREAS[BOTTROP], AREAS[MARL]}
    assert active(store, source) == {("L:y", "L:dogs", GLADBECK)}
    assert apply(store, source, 3, [GONE], "increment").offerings == Counts()
    assert apply(store, source, 4, [offers(MARL)], "increment").offerings == Counts(changed=1)


def test_deletions_of_unknown_objects_are_orphans(store: Store, source: int) -> None:
    stranger = add_source(store, "stranger")
    apply(store, stranger, 1, [offers(BOTTROP)])
    unknown = [GONE, Deletion(ObjectClass.RESPONSIBILITY, "L:never")]
    result = apply(store, source, 2, [*unknown, offers(MARL, ref="L:y")], "increment")
    assert result.offerings == Counts(new=1, orphans=2)
    assert len(active(store, stranger)) == 1


# --- what a source states itself ----------------------------------------------------------------


def test_a_statement_goes_with_its_offering(store: Store, source: int) -> None:
    apply(store, source, 1, [stated("1"), stated("2", Status.ABSENT), stated("3", Status.FORM)])
    assert statements(store, source) == [("1", "online", ""), ("2", "absent", ""), ("3", "form", "")]
    changed = [stated("1", url="https://neu"), stated("2", Status.DESCRIBED), stated("3", Status.FORM)]
    result = apply(store, source, 2, [*changed, stated("4")])
    assert result.offerings == Counts(new=1, changed=2, unchanged=1)
    assert statements(store, source) == [
        ("1", "online", "https://neu"),
        ("2", "described", ""),
        ("3", "form", ""),
        ("4", "online", ""),
    ]


def test_a_statement_may_say_more_than_fits_a_short_column(store: Store, source: int) -> None:
    when = "am Dienstag nach dem Gespräch mit der Leitung des Amtes"
    apply(store, source, 1, [stated("1", observed_at=when, note="x" * 2000)])
    with store.read() as connection:
        assert connection.scalar(select(tables.statement.c.observed_at)) == when


def test_what_was_written_and_deleted_at_once_leaves_nothing(store: Store, source: int) -> None:
    deleted = [stated("1"), Deletion(ObjectClass.OFFERING, "1")]
    apply(store, source, 1, deleted, "increment")
    assert statements(store, source) == []
    apply(store, source, 2, deleted, "increment")
    assert apply(store, source, 3, [stated("1")], "increment").offerings == Counts(new=1)
    assert statements(store, source) == [("1", "online", "")]


def test_statements_of_other_sources_stay(store: Store, source: int) -> None:
    stranger = add_source(store, "stranger")
    apply(store, stranger, 1, [stated("1")])
    apply(store, source, 2, [stated("1", Status.FORM)])
    apply(store, source, 3, [stated("1", Status.ABSENT)])
    assert statements(store, stranger) == [("1", "online", "")]


def test_references_beyond_what_an_index_takes_are_no_trouble(store: Store, source: int) -> None:
    """Digits that do not repeat, so that no database can compress them."""
    digits = "".join(str(number) for number in range(3000))
    record = unit_offers(f"L:{digits}", [f"L:{digits[::-1]}"], [digits], unit=f"L:{digits}")
    assert apply(store, source, 1, [record]).offerings == Counts(new=1)
    assert apply(store, source, 2, [record]).offerings == Counts(unchanged=1)
    assert apply(store, source, 3, [record._replace(role="01")]).offerings == Counts(changed=1)


def test_what_an_earlier_run_left_behind_does_not_matter(store: Store, source: int) -> None:
    """The tables for differences belong to the connection, which may have served another run."""
    apply(store, source, 1, [offers(BOTTROP)])
    with store.write() as connection:
        offerings.difference.create(connection)
        connection.execute(insert(offerings.difference).values(ref="L:z", n=0, known=0))
    assert apply(store, source, 2, [offers(MARL)]).offerings == Counts(changed=1)
