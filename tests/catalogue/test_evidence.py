"""What sources show for an area and a service, and which offering speaks for the cell."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from sqlalchemy import insert, update

from catalogue import tables
from catalogue.evidence import ABSENT, DESCRIBED, FORM, ONLINE, Evidence, EvidenceReader
from catalogue.records import (
    Offering,
    OfferKind,
    OnlineService,
    Record,
    Responsibility,
    Service,
    Status,
)
from catalogue.store import Store
from tests.catalogue.applying import AREAS, BOTTROP, GLADBECK, add_areas, add_source, apply

WASTE = "10110"
LEAF = "99001001002000"


def shown(
    rank: int, source: int = 1, *, trust: int = 50, ref: str = "a", url: str = ""
) -> tuple[object, ...]:
    return (rank, trust, source, ref, url, "", 1)


def add_all(*offerings: tuple[object, ...]) -> Evidence:
    evidence = Evidence(1)
    for offering in offerings:
        evidence.add("", offering)  # type: ignore[arg-type]
    return evidence


def test_the_higher_status_speaks_whatever_the_trust() -> None:
    assert add_all(shown(DESCRIBED, trust=100), shown(ONLINE, 2, trust=1)).rank == ONLINE


def test_of_equal_statuses_the_more_trusted_source_speaks() -> None:
    assert add_all(shown(ONLINE, 1, trust=50), shown(ONLINE, 2, trust=80)).source_id == 2


def test_of_equal_trust_the_older_source_speaks_in_any_order() -> None:
    first, second = shown(ONLINE, 1), shown(ONLINE, 2)
    assert add_all(first, second).source_id == add_all(second, first).source_id == 1


def test_a_negative_answer_is_kept_and_outweighed_by_any_offer() -> None:
    evidence = add_all(shown(ABSENT), shown(DESCRIBED, 2))
    assert evidence.rank == DESCRIBED
    assert evidence.absent == {""}
    assert evidence.sources == (1, 2)


@pytest.fixture
def catalogue(store: Store) -> Store:
    add_areas(store)
    add_source(store, "feed")
    return store


def read(store: Store, *, leaves: Iterable[str] = (LEAF,)) -> Evidence | None:
    """Return the evidence for waste disposal in Bottrop."""
    with store.read() as connection:
        found, _ = EvidenceReader(connection, frozenset(leaves)).read([AREAS[BOTTROP]])
    return found[AREAS[BOTTROP]].get(WASTE)


def match(
    store: Store,
    pattern: str,
    *,
    state: str = "accepted",
    person: bool = False,
    key: str = LEAF,
    ozg_id: str = WASTE,
    source: int = 1,
) -> None:
    row = dict(
        source_id=source, pattern=pattern, ozg_id=ozg_id, leika_key=key, method="key", score=1.0, state=state
    )
    with store.write() as connection:
        rest = dict(actor="", by_person=person, decided_at="", reason="")
        connection.execute(insert(tables.match).values(**row, **rest))


def delivery(kind: OfferKind, *, url: str = "https://bottrop.example/abfall", form: str = "") -> list[Record]:
    return [
        Service("L:1", "Abfall", form_url=form),
        OnlineService("L:o", "Abfall online", url),
        Responsibility("L:z", kind, "L:o", ("L:1",), (BOTTROP,)),
    ]


@pytest.mark.parametrize(
    ("records", "rank", "url"),
    [
        (delivery(OfferKind.ONLINE), ONLINE, "https://bottrop.example/abfall"),
        (delivery(OfferKind.ONLINE, url=""), DESCRIBED, ""),
        (delivery(OfferKind.UNIT), DESCRIBED, ""),
        (
            delivery(OfferKind.UNIT, form="https://bottrop.example/a.pdf"),
            FORM,
            "https://bottrop.example/a.pdf",
        ),
        (delivery(OfferKind.FORM), FORM, ""),
    ],
    ids=["online service", "online service without link", "unit", "unit and form link", "form"],
)
def test_what_stands_behind_a_responsibility_tells_the_status(
    catalogue: Store, records: list[Record], rank: int, url: str
) -> None:
    apply(catalogue, 1, 1, records)
    match(catalogue, "L:1")
    evidence = read(catalogue)
    assert evidence is not None
    assert (evidence.rank, evidence.url) == (rank, url)


def direct(status: Status) -> Offering:
    return Offering("row", BOTTROP, Service("L:1", "Abfall"), status, url="https://a.example", operator="efa")


@pytest.mark.parametrize(
    ("status", "rank"),
    [(Status.ONLINE, ONLINE), (Status.FORM, FORM), (Status.DESCRIBED, DESCRIBED), (Status.ABSENT, ABSENT)],
)
def test_a_direct_offering_states_its_status(catalogue: Store, status: Status, rank: int) -> None:
    apply(catalogue, 1, 1, [direct(status)], scope="part")
    match(catalogue, "L:1")
    evidence = read(catalogue)
    assert evidence is not None
    assert evidence.rank == rank


def test_the_operator_a_list_names_is_kept(catalogue: Store) -> None:
    apply(catalogue, 1, 1, [direct(Status.ONLINE)], scope="part")
    match(catalogue, "L:1")
    evidence = read(catalogue)
    assert evidence is not None
    assert evidence.operator == "efa"


@pytest.mark.parametrize(
    ("operator", "level", "speaks"),
    [
        ("land", "gemeinde", "website"),
        ("kreis", "gemeinde", "website"),
        ("kreis", "kreis", "feed"),  # its own offer, by the name of its level
        ("shared", "gemeinde", "feed"),
        ("", "gemeinde", "feed"),
    ],
)
def test_of_equal_statuses_the_area_s_own_offer_speaks_before_what_a_level_above_operates(
    catalogue: Store, operator: str, level: str, speaks: str
) -> None:
    website = add_source(catalogue, "website", trust=40)
    with catalogue.write() as connection:
        connection.execute(update(tables.area).values(level=level).where(tables.area.c.ars == BOTTROP))
    apply(catalogue, 1, 1, [direct(Status.ONLINE)._replace(operator=operator)], scope="part")
    apply(catalogue, website, 2, [direct(Status.ONLINE)._replace(operator="own")], scope="part")
    match(catalogue, "L:1")
    match(catalogue, "L:1", source=website)
    evidence = read(catalogue)
    assert evidence is not None
    assert evidence.source_id == {"feed": 1, "website": website}[speaks]


def test_only_a_leaf_of_the_catalogue_counts_for_the_share(catalogue: Store) -> None:
    apply(catalogue, 1, 1, delivery(OfferKind.ONLINE))
    match(catalogue, "L:1")
    assert read(catalogue).leaves == {LEAF}  # type: ignore[union-attr]
    assert read(catalogue, leaves=()).leaves is None  # type: ignore[union-attr]


def test_a_source_that_is_about_other_areas_shows_nothing_here(catalogue: Store) -> None:
    apply(catalogue, 1, 1, delivery(OfferKind.ONLINE))
    match(catalogue, "L:1")
    for limit, shown_here in (({AREAS[BOTTROP]}, True), ({AREAS[GLADBECK]}, False)):
        with catalogue.read() as connection:
            reader = EvidenceReader(connection, frozenset(), {1: frozenset(limit)})
            found, _ = reader.read([AREAS[BOTTROP]])
        assert (WASTE in found[AREAS[BOTTROP]]) == shown_here


def test_an_offering_without_decision_shows_nothing(catalogue: Store) -> None:
    apply(catalogue, 1, 1, delivery(OfferKind.ONLINE))
    assert read(catalogue) is None


def test_a_rejected_match_shows_nothing(catalogue: Store) -> None:
    apply(catalogue, 1, 1, delivery(OfferKind.ONLINE))
    match(catalogue, "L:1", state="rejected")
    assert read(catalogue) is None


def test_what_a_person_rejects_takes_nothing_else_away(catalogue: Store) -> None:
    apply(catalogue, 1, 1, delivery(OfferKind.ONLINE))
    match(catalogue, "L:1")
    match(catalogue, "L:1", state="rejected", person=True, ozg_id="10120", key="")
    assert read(catalogue) is not None


def test_what_waits_under_review_is_given_with_its_source_and_status(catalogue: Store) -> None:
    apply(catalogue, 1, 1, delivery(OfferKind.ONLINE))
    match(catalogue, "L:1", state="review")
    with catalogue.read() as connection:
        _, waiting = EvidenceReader(connection, frozenset()).read([AREAS[BOTTROP]])
    assert waiting[AREAS[BOTTROP]] == {WASTE: {1: ONLINE}}


def test_withdrawn_offerings_and_inactive_sources_show_nothing(catalogue: Store) -> None:
    apply(catalogue, 1, 1, delivery(OfferKind.ONLINE))
    match(catalogue, "L:1")
    for table, column, value in ((tables.offering, "withdrawn_run", 2), (tables.source, "active", False)):
        assert read(catalogue) is not None
        with catalogue.write() as connection:
            connection.execute(update(table).values({column: value}))
        assert read(catalogue) is None
        with catalogue.write() as connection:
            connection.execute(update(table).values({column: None if column == "withdrawn_run" else True}))


def test_many_areas_are_read_by_one_scan_with_the_same_result(
    catalogue: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(catalogue, 1, 1, [*delivery(OfferKind.ONLINE), direct(Status.ONLINE)])
    match(catalogue, "L:1")
    by_index = read(catalogue)
    monkeypatch.setattr("catalogue.evidence.MOST_AREAS_BY_INDEX", 0)
    by_scan = read(catalogue)
    assert by_index is not None
    assert by_scan is not None
    assert (by_index.rank, by_index.ref, by_index.sources) == (by_scan.rank, by_scan.ref, by_scan.sources)
