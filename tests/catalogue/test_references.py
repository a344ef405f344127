"""What offerings refer to: within their source first, then across sources; dangling ones wait."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from catalogue import tables
from catalogue.objects import Counts
from catalogue.records import (
    Deletion,
    ObjectClass,
    Offering,
    OfferKind,
    OnlineService,
    Record,
    Service,
    Status,
    Unit,
)
from catalogue.store import Store
from tests.catalogue.applying import (
    AREAS,
    BOTTROP,
    GLADBECK,
    MARL,
    Written,
    add_source,
    apply,
    apply_unchanged,
    online_offers,
    unit_offers,
)

SERVICE, UNIT, ONLINE = Service("L:dogs", "Hundesteuer"), Unit("L:amt", "Amt"), OnlineService("L:online", "O")
OFFERS = unit_offers("L:z", ["L:dogs"], [BOTTROP])
CLICKS = online_offers("L:z", ["L:dogs"], [BOTTROP])
NAMES = {"record_id": tables.service_record, "unit_id": tables.unit, "online_id": tables.online_service}


@pytest.fixture
def store(area_store: Store) -> Store:
    return area_store


@pytest.fixture
def own(store: Store) -> int:
    return add_source(store, "own")


@pytest.fixture
def other(store: Store) -> int:
    return add_source(store, "other")


def meant(store: Store, source_id: int, column: str = "record_id", ref: str = "L:z") -> int | None:
    """Return the source whose object an offering refers to; None if it dangles."""
    table, key = NAMES[column], tables.offering.c[column]
    query = (
        select(table.c.source_id)
        .select_from(tables.offering.outerjoin(table, table.c.id == key))
        .where(tables.offering.c.source_id == source_id, tables.offering.c.ref == ref)
    )
    with store.read() as connection:
        found = set(connection.scalars(query))
    assert len(found) == 1
    return found.pop()


def test_services_units_and_online_services_are_found(store: Store, own: int) -> None:
    online = CLICKS._replace(ref="L:online-z")
    apply(store, own, 1, [SERVICE, UNIT, ONLINE, OFFERS, online])
    assert meant(store, own) == own
    assert meant(store, own, "unit_id") == own
    assert meant(store, own, "online_id") is None
    assert meant(store, own, "online_id", "L:online-z") == own
    assert meant(store, own, "unit_id", "L:online-z") is None


def test_the_same_reference_means_what_its_kind_is(store: Store, own: int, other: int) -> None:
    apply(store, other, 1, [Service("L:x", "Fremd")])
    stated = Offering("L:x", BOTTROP, Service("L:x", "Eigen"), Status.ONLINE)
    unit, online = Unit("L:x", "Amt"), OnlineService("L:x", "O")
    of_unit = unit_offers("L:u", ["L:x"], [BOTTROP], unit="L:x")
    of_online = online_offers("L:o", ["L:x"], [BOTTROP], online="L:x")
    apply(store, own, 2, [stated, unit, online, of_unit, of_online])
    for ref, expected in (("L:x", (own, None, None)), ("L:u", (own, own, None)), ("L:o", (own, None, own))):
        assert tuple(meant(store, own, column, ref) for column in NAMES) == expected


def test_the_order_within_a_delivery_does_not_matter(store: Store, own: int) -> None:
    apply(store, own, 1, [OFFERS, UNIT, SERVICE])
    assert (meant(store, own), meant(store, own, "unit_id")) == (own, own)


def test_a_form_is_offered_by_nobody_in_particular(store: Store, own: int) -> None:
    apply(store, own, 1, [SERVICE, UNIT, ONLINE, OFFERS._replace(kind=OfferKind.FORM)])
    assert meant(store, own) == own
    assert meant(store, own, "unit_id") is None


def test_the_own_object_comes_first(store: Store, own: int, other: int) -> None:
    apply(store, other, 1, [SERVICE, UNIT])
    apply(store, own, 2, [SERVICE, UNIT, OFFERS])
    assert (meant(store, own), meant(store, own, "unit_id")) == (own, own)


def test_objects_of_another_source_are_found(store: Store, own: int, other: int) -> None:
    apply(store, other, 1, [SERVICE, UNIT, ONLINE])
    apply(store, own, 2, [OFFERS, CLICKS._replace(ref="L:click")])
    assert (meant(store, own), meant(store, own, "unit_id")) == (other, other)
    assert meant(store, own, "online_id", "L:click") == other


@pytest.mark.parametrize("later", ["own", "other"])
def test_what_dangles_is_kept_and_resolved_when_its_object_arrives(
    store: Store, own: int, other: int, later: str
) -> None:
    click = CLICKS._replace(ref="L:click")
    first = apply(store, own, 1, [OFFERS, click])
    assert first.offerings == Counts(new=2)
    assert (meant(store, own), meant(store, own, "unit_id")) == (None, None)
    bringer = {"own": own, "other": other}[later]
    brought: list[Record] = [SERVICE, UNIT, ONLINE]
    result = apply(store, bringer, 2, [*brought, *([OFFERS, click] if later == "own" else [])])
    assert (meant(store, own), meant(store, own, "unit_id")) == (bringer, bringer)
    assert meant(store, own, "online_id", "L:click") == bringer
    assert result.due == {AREAS[BOTTROP]}
    assert result.offerings.changed == 0  # what the source says is as before


def test_the_own_object_takes_over_when_it_arrives(store: Store, own: int, other: int) -> None:
    apply(store, other, 1, [SERVICE, UNIT])
    apply(store, own, 2, [OFFERS])
    result = apply(store, own, 3, [OFFERS, SERVICE, UNIT])
    assert (meant(store, own), meant(store, own, "unit_id")) == (own, own)
    assert result.offerings == Counts(unchanged=1)
    assert result.due == {AREAS[BOTTROP]}


def test_an_object_of_a_third_source_changes_nothing(store: Store, own: int, other: int) -> None:
    apply(store, other, 1, [SERVICE, UNIT])
    apply(store, own, 2, [OFFERS])
    third = add_source(store, "third")
    assert apply(store, third, 3, [SERVICE, UNIT]).due == frozenset()
    assert (meant(store, own), meant(store, own, "unit_id")) == (other, other)


def test_references_without_agency_never_leave_their_source(store: Store, own: int, other: int) -> None:
    bare: list[Record] = [Service(":dogs", "Hunde"), Unit(":amt", "Amt"), OnlineService(":online", "O")]
    offers = unit_offers("L:z", [":dogs"], [BOTTROP], ":amt")
    clicks = online_offers("L:click", [":dogs"], [BOTTROP], ":online")
    apply(store, other, 1, bare)
    apply(store, own, 2, [offers, clicks])
    apply(store, add_source(store, "third"), 3, bare)
    assert (meant(store, own), meant(store, own, "unit_id")) == (None, None)
    assert meant(store, own, "online_id", "L:click") is None
    apply(store, own, 4, [offers, clicks, *bare])
    assert (meant(store, own), meant(store, own, "unit_id")) == (own, own)
    assert meant(store, own, "online_id", "L:click") == own


def test_an_agency_of_wild_cards_is_no_pattern(store: Store, own: int, other: int) -> None:
    apply(store, other, 1, [Service("%:dogs", "Hunde"), Service("_:dogs", "Hunde")])
    apply(store, own, 2, [unit_offers("L:z", ["L:dogs"], [BOTTROP])])
    assert meant(store, own) is None


def test_a_list_means_its_own_services_only(store: Store, own: int, other: int) -> None:
    row = Offering("1", BOTTROP, Service("dogs", "Hund"), Status.ONLINE)
    apply(store, other, 1, [row])
    apply(store, own, 2, [row])
    apply(store, add_source(store, "third"), 3, [Service("dogs", "Hund")])
    assert (meant(store, own, ref="1"), meant(store, other, ref="1")) == (own, other)


def test_a_row_whose_service_was_deleted_does_not_mean_another_lists(
    store: Store, own: int, other: int
) -> None:
    row = Offering("1", BOTTROP, Service("dogs", "Hund"), Status.ONLINE)
    apply(store, other, 1, [row])
    apply(store, own, 2, [row, Deletion(ObjectClass.SERVICE, "dogs")], "increment")
    apply(store, add_source(store, "third"), 3, [Service("dogs", "Hund")])
    assert meant(store, own, ref="1") is None


def test_a_changed_reference_is_resolved_anew(store: Store, own: int, other: int) -> None:
    apply(store, other, 1, [Service("L:cats", "Katzen")])
    apply(store, own, 2, [SERVICE, OFFERS])
    apply(store, own, 3, [SERVICE, OFFERS._replace(service_refs=("L:cats",))])
    assert meant(store, own) == other
    apply(store, own, 4, [SERVICE, OFFERS._replace(service_refs=("L:fish",))])
    assert meant(store, own) is None


# --- withdrawn objects --------------------------------------------------------------------------

NO_SERVICE = Deletion(ObjectClass.SERVICE, "L:dogs")
NO_UNIT = Deletion(ObjectClass.UNIT, "L:amt")
NO_ONLINE = Deletion(ObjectClass.ONLINE_SERVICE, "L:online")


def test_a_withdrawn_object_gives_way_to_a_living_one_elsewhere(store: Store, own: int, other: int) -> None:
    click = CLICKS._replace(ref="L:click", areas=(MARL,))
    apply(store, own, 1, [SERVICE, UNIT, ONLINE, OFFERS, click])
    apply(store, other, 2, [SERVICE, UNIT, ONLINE])
    result = apply(store, own, 3, [NO_SERVICE, NO_UNIT, NO_ONLINE], "increment")
    assert (meant(store, own), meant(store, own, "unit_id")) == (other, other)
    assert meant(store, own, "online_id", "L:click") == other
    assert result.due == {AREAS[BOTTROP], AREAS[MARL]}


def test_a_new_object_is_meant_instead_of_a_withdrawn_one(store: Store, own: int, other: int) -> None:
    apply(store, other, 1, [SERVICE])
    apply(store, own, 2, [OFFERS])
    apply(store, other, 3, [NO_SERVICE], "increment")
    assert meant(store, own) == other  # there is none that could be meant instead
    third = add_source(store, "third")
    assert apply(store, third, 4, [SERVICE]).due == {AREAS[BOTTROP]}
    assert meant(store, own) == third


def test_an_object_that_comes_back_is_meant_instead_of_a_withdrawn_one(
    store: Store, own: int, other: int
) -> None:
    apply(store, other, 1, [SERVICE])
    apply(store, own, 2, [SERVICE, OFFERS])
    apply(store, other, 3, [NO_SERVICE], "increment")
    apply(store, own, 4, [NO_SERVICE], "increment")
    assert meant(store, own) == own
    assert apply(store, other, 5, [SERVICE], "increment").due == {AREAS[BOTTROP]}
    assert meant(store, own) == other


def test_the_own_object_is_meant_again_when_it_comes_back(store: Store, own: int, other: int) -> None:
    apply(store, other, 1, [SERVICE])
    apply(store, own, 2, [SERVICE, OFFERS])
    apply(store, own, 3, [NO_SERVICE], "increment")
    assert meant(store, own) == other
    assert apply(store, own, 4, [SERVICE], "increment").due == {AREAS[BOTTROP]}
    assert meant(store, own) == own


def test_new_offerings_do_not_mean_withdrawn_objects(store: Store, own: int, other: int) -> None:
    apply(store, other, 1, [SERVICE])
    apply(store, other, 2, [NO_SERVICE], "increment")
    third = add_source(store, "third")
    apply(store, third, 3, [SERVICE])
    apply(store, own, 4, [OFFERS])
    assert meant(store, own) == third


def test_an_unchanged_delivery_can_withdraw_what_others_mean(store: Store, own: int, other: int) -> None:
    apply(store, other, 1, [SERVICE])
    apply(store, own, 2, [OFFERS])
    apply(store, add_source(store, "third"), 3, [SERVICE])
    apply(store, other, 4, [])
    assert apply_unchanged(store, other, 5) == 1
    assert meant(store, own) not in {other, None}


def test_bare_references_do_not_leave_for_another_source(store: Store, own: int, other: int) -> None:
    bare = Service(":dogs", "Hunde")
    apply(store, own, 1, [bare, unit_offers("L:z", [":dogs"], [BOTTROP])])
    apply(store, other, 2, [bare])
    apply(store, own, 3, [Deletion(ObjectClass.SERVICE, ":dogs")], "increment")
    assert meant(store, own) == own


def test_on_an_unchanged_night_references_are_left_alone(store: Store, own: int, other: int) -> None:
    apply(store, own, 1, [SERVICE, OFFERS])
    apply(store, other, 2, [SERVICE])
    apply(store, own, 3, [NO_SERVICE], "increment")
    apply(store, own, 4, [OFFERS])
    with Written(store) as written:
        apply(store, own, 5, [OFFERS])
        apply(store, other, 6, [SERVICE])
    assert not written.anything
    assert meant(store, own) == other


# --- areas and what is due ----------------------------------------------------------------------


def test_areas_are_found_by_whatever_the_source_writes(store: Store, own: int) -> None:
    result = apply(store, own, 1, [unit_offers("L:z", ["L:dogs"], ["05512000", MARL, "nirgends", ""])])
    with store.read() as connection:
        found = select(tables.offering.c.area_raw, tables.offering.c.area_id)
        areas = set(connection.execute(found))
    assert areas == {("05512000", AREAS[BOTTROP]), (MARL, AREAS[MARL]), ("nirgends", None), ("", None)}
    assert result.due == {AREAS[BOTTROP], AREAS[MARL]}


def test_each_spelling_is_looked_up_once(store: Store, own: int) -> None:
    asked: list[str] = []

    def resolve(raw: str) -> int | None:
        asked.append(raw)
        return AREAS.get(raw)

    offers = [unit_offers(f"L:{number}", ["L:dogs"], [BOTTROP, MARL]) for number in range(3)]
    apply(store, own, 1, offers, resolve=resolve)
    assert sorted(asked) == [BOTTROP, MARL]
    asked.clear()
    apply(store, own, 2, [*offers, unit_offers("L:new", ["L:dogs"], [GLADBECK])], resolve=resolve)
    assert asked == [GLADBECK]


@pytest.mark.parametrize(
    ("before", "after", "due"),
    [
        ([BOTTROP], [MARL], [BOTTROP, MARL]),
        ([BOTTROP], [BOTTROP, MARL], [BOTTROP, MARL]),
        ([BOTTROP], ["nirgends"], [BOTTROP]),
        (["nirgends"], [MARL], [MARL]),
        (["nirgends"], ["nirgendwo"], []),
    ],
)
def test_an_offering_that_moves_makes_both_areas_due(
    store: Store, own: int, before: list[str], after: list[str], due: list[str]
) -> None:
    apply(store, own, 1, [SERVICE, OFFERS._replace(areas=tuple(before))])
    result = apply(store, own, 2, [SERVICE, OFFERS._replace(areas=tuple(after))])
    assert result.due == {AREAS[area] for area in due}


def test_a_changed_service_makes_the_areas_of_all_its_offerings_due(
    store: Store, own: int, other: int
) -> None:
    apply(store, own, 1, [SERVICE, OFFERS])
    apply(
        store, other, 2, [unit_offers("L:z", ["L:dogs"], [MARL]), unit_offers("L:y", ["L:cats"], [GLADBECK])]
    )
    assert apply(store, own, 3, [SERVICE._replace(title="Neu"), OFFERS]).due == {AREAS[BOTTROP], AREAS[MARL]}
    assert apply(store, own, 4, [NO_SERVICE], "increment").due == {AREAS[BOTTROP], AREAS[MARL]}


def test_a_changed_online_service_makes_the_areas_of_all_its_offerings_due(
    store: Store, own: int, other: int
) -> None:
    apply(store, own, 1, [SERVICE, ONLINE, CLICKS, UNIT])
    apply(store, other, 2, [online_offers("L:z", ["L:dogs"], [MARL])])
    changed = ONLINE._replace(url="https://neu")
    assert apply(store, own, 3, [SERVICE, changed, CLICKS, UNIT]).due == {AREAS[BOTTROP], AREAS[MARL]}
    assert apply(store, own, 4, [NO_ONLINE], "increment").due == {AREAS[BOTTROP], AREAS[MARL]}


def test_a_changed_unit_moves_no_cell(store: Store, own: int) -> None:
    apply(store, own, 1, [SERVICE, UNIT, OFFERS])
    assert apply(store, own, 2, [SERVICE, UNIT._replace(name="Neu"), OFFERS]).due == frozenset()
