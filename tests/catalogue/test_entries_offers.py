from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import insert, select, update

from catalogue.entries_offers import Offer, OfferReader, accepted, day_of, levels_of
from catalogue.lookup import AreaIndex
from catalogue.records import (
    Evidence,
    Link,
    Offering,
    OfferKind,
    OnlineService,
    Record,
    Responsibility,
    Service,
    Status,
    Unit,
)
from catalogue.store import Store
from catalogue.tables import match, online_service, service_record, source
from tests.catalogue.applying import AREAS, BOTTROP, GLADBECK, add_source, apply, online_offers, unit_offers

READ = "2026-11-02T01:30:00+00:00"
KEY, OZG = "99001009004000", "10110"


def brought(store: Store, records: Sequence[Record], **columns: object) -> int:
    """Apply a source's records, each taken for one service, and return the source's number."""
    source_id = add_source(store, str(columns.pop("key", "feed")), applied_at=READ, **columns)
    apply(store, source_id, 1, records)
    with store.write() as connection:
        for ref in connection.scalars(
            select(service_record.c.ref).where(service_record.c.source_id == source_id)
        ).all():
            connection.execute(insert(match).values(**decision(source_id, ref)))
    return source_id


def decision(source_id: int, ref: str, **columns: object) -> dict[str, object]:
    row: dict[str, object] = {"source_id": source_id, "pattern": ref, "ozg_id": OZG, "leika_key": KEY}
    row |= {"method": "key", "score": 1.0, "state": "accepted", "actor": "test", "by_person": False}
    return row | {"decided_at": READ, "reason": ""} | columns


def offers(store: Store, area: str = BOTTROP, limits: dict[int, frozenset[int]] | None = None) -> list[Offer]:
    with store.read() as connection:
        reader = OfferReader(connection, AreaIndex.load(connection), limits or {})
        reader.load([AREAS[area]])
        return reader.of_area(AREAS[area])


def direct(ref: str = "1", **fields: object) -> Offering:
    said: dict[str, object] = {"status": Status.ONLINE, "url": "https://a.example/x"}
    return Offering(ref=ref, area=BOTTROP, service=Service(ref, "Sperrmüll"), **(said | fields))  # type: ignore[arg-type]


def test_a_feed_shows_units_and_online_services_as_cells_read_them(area_store: Store) -> None:
    described, online = Service("L:1", "Sperrmüll"), Service("L:2", "Sperrmüll online")
    brought(
        area_store,
        [
            described,
            online,
            Unit("L:amt", "Betriebshof"),
            OnlineService("L:online", "Dienst", "https://a.example/x"),
            unit_offers("L:z1", ["L:1"], [BOTTROP]),
            online_offers("L:z2", ["L:2"], [BOTTROP]),
        ],
    )
    found = {offer.title: (offer.status, offer.url, offer.unit) for offer in offers(area_store)}
    assert found == {
        "Sperrmüll": ("described", "", "Betriebshof"),
        "Sperrmüll online": ("online", "https://a.example/x", ""),
    }


def test_an_online_service_that_is_gone_is_no_longer_online(area_store: Store) -> None:
    records: list[Record] = [
        Service("L:1", "Sperrmüll"),
        OnlineService("L:online", "Dienst", "https://a.example/x"),
        online_offers("L:z", ["L:1"], [BOTTROP]),
    ]
    brought(area_store, records)
    with area_store.write() as connection:
        connection.execute(update(online_service).values(withdrawn_run=2))
    assert [(offer.status, offer.url) for offer in offers(area_store)] == [("described", "")]


def test_a_form_of_a_feed_is_a_form(area_store: Store) -> None:
    brought(
        area_store,
        [
            Service("L:1", "Sperrmüll", form_url="https://a.example/x.pdf"),
            unit_offers("L:z", ["L:1"], [BOTTROP]),
            Service("L:2", "Sperrgut"),
            Responsibility("L:y", OfferKind.FORM, "L:formular", ("L:2",), (BOTTROP,)),
        ],
    )
    assert {(offer.title, offer.status, offer.url) for offer in offers(area_store)} == {
        ("Sperrmüll", "form", "https://a.example/x.pdf"),
        ("Sperrgut", "form", ""),
    }


def test_what_a_page_shows_comes_with_the_offer(area_store: Store) -> None:
    page = direct(
        page="https://a.example/seite",
        links=(Link("booking", "https://a.example/x", "Termin"),),
        evidence=(Evidence("generic_text", "Text"), Evidence("generic_text", "noch einer")),
        level=2,
        level_rules="rgm11/1",
        unit="Betriebshof",
        operator="efa",
    )
    brought(area_store, [page])
    (found,) = offers(area_store)
    assert (found.page, found.link_kind, found.flags) == (
        "https://a.example/seite",
        "booking",
        ("generic_text",),
    )
    assert (found.maturity, found.unit, found.operator) == (2, "Betriebshof", "efa")


@pytest.mark.parametrize(
    ("observed", "delivered", "day"),
    [
        ("2026-10-01", "", "2026-10-01"),
        ("2026-10-01T23:30:00-05:00", "", "2026-10-02"),  # in UTC
        ("", "2026-10-20T00:00:00+00:00", "2026-10-20"),
        ("2027-01-01", "2026-10-20", "2026-10-20"),  # not yet when it was read
        ("gestern", "", "2026-11-02"),
        ("", "", "2026-11-02"),
    ],
)
def test_the_day_is_never_later_than_the_reading(
    area_store: Store, observed: str, delivered: str, day: str
) -> None:
    brought(area_store, [direct(observed_at=observed)], delivered_at=delivered or None)
    assert [offer.as_of for offer in offers(area_store)] == [day]


def test_withdrawn_rejected_and_foreign_offers_are_not_read(area_store: Store) -> None:
    source_id = brought(area_store, [direct("1"), direct("2"), direct("3"), direct("4")])
    with area_store.write() as connection:
        of = match.c.pattern
        connection.execute(update(match).where(of == "1").values(state="rejected"))
        connection.execute(update(match).where(of == "2").values(state="review"))
        connection.execute(update(match).where(of == "3").values(ozg_id=""))
    assert [(offer.ref, offer.accepted) for offer in offers(area_store)] == [("2", False), ("4", True)]
    assert list(accepted(offers(area_store))) == [(OZG, KEY)]
    assert offers(area_store, limits={source_id: frozenset({AREAS[GLADBECK]})}) == []
    assert offers(area_store, GLADBECK) == []


def test_an_offering_taken_for_two_services_is_two_offers(area_store: Store) -> None:
    source_id = brought(area_store, [direct()])
    with area_store.write() as connection:
        connection.execute(insert(match).values(**decision(source_id, "1", leika_key="99001001002000")))
    assert [offer.leika_key for offer in offers(area_store)] == ["99001001002000", KEY]


@pytest.mark.parametrize("column", ["active", "advisory"])
def test_sources_that_do_not_count_are_not_read(area_store: Store, column: str) -> None:
    brought(area_store, [direct()])
    with area_store.write() as connection:
        connection.execute(update(source).values({column: column == "advisory"}))
    assert offers(area_store) == []


def test_only_the_services_asked_for_are_read(area_store: Store) -> None:
    brought(area_store, [direct()])
    with area_store.read() as connection:
        index = AreaIndex.load(connection)
        for services, count in ((None, 1), ({OZG}, 1), ({"10111"}, 0), (set[str](), 0)):
            reader = OfferReader(connection, index, {}, services)
            reader.load([AREAS[BOTTROP]])
            assert len(reader.of_area(AREAS[BOTTROP])) == count


def test_areas_no_longer_needed_are_forgotten(area_store: Store) -> None:
    brought(area_store, [direct()])
    with area_store.read() as connection:
        reader = OfferReader(connection, AreaIndex.load(connection), {})
        reader.load([AREAS[BOTTROP]])
        reader.load([AREAS[GLADBECK]])
        with pytest.raises(KeyError):
            reader.of_area(AREAS[BOTTROP])


def test_the_levels_begin_with_the_area_itself(reference_store: Store) -> None:
    with reference_store.read() as connection:
        index = AreaIndex.load(connection)
    city, free = index.by_ars("055620014014"), index.by_ars("055120000000")
    assert city is not None
    assert free is not None
    assert [one.level for one in levels_of(index, city.id) if one.own] == ["gemeinde"]
    assert levels_of(index, city.id)[0].area_id == city.id
    assert levels_of(index, city.id)[-1].level == "bund"
    assert ("kreis", True) in [(one.level, one.own) for one in levels_of(index, free.id)]


@pytest.mark.parametrize(
    "written", ["", "gestern", "2026-13-01", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"]
)
def test_what_is_no_day_is_none(written: str) -> None:
    assert day_of(written) == ""
