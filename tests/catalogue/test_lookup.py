from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.lookup import CACHE_SIZE, Area, AreaIndex
from catalogue.store import Store


def make(
    area_id: int, level: str, ars: str, name: str, parent: int | None, abolished_on: str | None = None
) -> Area:
    ags = "" if level == "gemeindeverband" else ars[:5] + ars[9:]
    return Area(area_id, level, ars, ags, name, "", parent, False, "", abolished_on)


#: A Kreis with a city of the same name, a kreisfreie Stadt, a Verband, and two villages of one name.
TREE = [
    make(1, "bund", "000000000000", "Deutschland", None),
    make(2, "land", "050000000000", "Nordrhein-Westfalen", 1),
    make(3, "regierungsbezirk", "055000000000", "Reg.-Bez. Münster", 2),
    make(4, "kreis", "055620000000", "Recklinghausen", 3),
    make(5, "gemeinde", "055620032032", "Recklinghausen", 4),
    make(6, "gemeinde", "055620014014", "Gladbeck", 4),
    make(7, "kreis", "055130000000", "Gelsenkirchen", 3),
    make(8, "gemeinde", "055130000000", "Gelsenkirchen", 7),
    make(9, "land", "010000000000", "Schleswig-Holstein", 1),
    make(10, "kreis", "010510000000", "Dithmarschen", 9),
    make(11, "gemeindeverband", "010515163000", "Burg", 10),
    make(12, "gemeinde", "010515163012", "Buchholz", 11),
    make(13, "gemeinde", "010515163013", "Buchholz", 11),
    make(14, "gemeinde", "010515163099", "Altdorf", 11, abolished_on="2020-01-01"),
]


@pytest.fixture
def index() -> AreaIndex:
    return AreaIndex(TREE)


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ("055620014014", 6),
        (" 055620014014 ", 6),
        ("55620014014", 6),
        ("05562014", 6),
        ("5562014", 6),
        ("05562", 4),
        ("055620000000", 4),
        ("055", 3),
        ("05", 2),
        ("010515163", 11),
        ("000000000000", 1),
        ("Gladbeck", 6),
        ("  gladbeck ", 6),
    ],
)
def test_an_area_is_found_by_every_key_a_source_may_use(index: AreaIndex, raw: str, found: int) -> None:
    assert index.resolve(raw) == found
    assert index.resolve(raw) == found


@pytest.mark.parametrize(
    "raw",
    ["0500000000000", "99999", "0556", "05562999", "00000", "", "Atlantis", "Bezirk 5", "٠٥", "5" * 500],
)
def test_what_names_no_area_is_not_guessed(index: AreaIndex, raw: str) -> None:
    assert index.resolve(raw) is None


def test_a_kreisfreie_stadt_is_meant_as_gemeinde(index: AreaIndex) -> None:
    assert index.resolve("05513") == index.resolve("05513000") == index.resolve("Gelsenkirchen") == 8
    assert index.by_ars("055130000000", "kreis") == TREE[6]
    assert index.by_ars("055130000000") == TREE[7]


def test_a_name_that_kreis_and_city_share_needs_a_level(index: AreaIndex) -> None:
    assert index.resolve("Recklinghausen") is None
    assert index.by_name("Recklinghausen", level="kreis") == [TREE[3]]
    assert index.by_name("recklinghausen", level="gemeinde", land="05") == [TREE[4]]
    assert index.by_name("Recklinghausen", land="01") == []


def test_a_name_that_two_villages_share_names_neither(index: AreaIndex) -> None:
    assert index.resolve("Buchholz") is None
    assert len(index.by_name("Buchholz", level="gemeinde", land="01")) == 2


def test_an_abolished_area_is_found_by_key_and_in_no_other_way(index: AreaIndex) -> None:
    assert index.resolve("010515163099") == 14
    assert index.resolve("Altdorf") is None
    assert 14 not in index.children(11)


def test_a_living_area_outranks_an_abolished_one_with_its_key() -> None:
    again = make(20, "kreis", "055620014014", "Alt-Gladbeck", 3, abolished_on="2020-01-01")
    assert AreaIndex([*TREE, again]).resolve("055620014014") == 6


def test_the_closure_leads_from_the_gemeinde_to_the_bund(index: AreaIndex) -> None:
    assert index.closure(12) == (12, 11, 10, 9, 1)
    assert index.ancestors(8) == (7, 3, 2, 1)
    assert index.ancestors(1) == ()


def test_an_ancestor_is_found_by_its_level(index: AreaIndex) -> None:
    kreis = index.ancestor(12, "kreis")
    assert kreis is not None
    assert kreis.name == "Dithmarschen"
    assert index.ancestor(12, "regierungsbezirk") is None


def test_the_tree_is_walked_downwards_in_the_order_of_keys(index: AreaIndex) -> None:
    assert index.children(4) == (6, 5)
    assert index.descendants(2, "gemeinde") == (8, 6, 5)
    assert index.descendants(10) == (11, 12, 13)
    assert index.children(6) == ()


def test_an_area_is_known_by_its_id(index: AreaIndex) -> None:
    assert len(index) == len(TREE)
    assert 6 in index
    assert 99 not in index
    assert (index[6].name, index.level(6), index.ars(6), index[6].land) == (
        "Gladbeck",
        "gemeinde",
        "055620014014",
        "05",
    )
    assert index.by_ags("05562014") == TREE[5]
    assert index.by_ags("99999999") is None


@given(st.text(max_size=80))
def test_no_text_breaks_the_lookup(raw: str) -> None:
    found = AreaIndex(TREE).resolve(raw)
    assert found is None or 1 <= found <= 14


def test_wrong_keys_do_not_fill_the_memory(index: AreaIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalogue.lookup.CACHE_SIZE", 10)
    for number in range(100):
        index.resolve(f"wrong {number}")
    assert len(index._resolved) <= 10
    assert CACHE_SIZE > 100_000
    index.resolve("x" * 100)
    assert "x" * 100 not in index._resolved


def test_the_packaged_areas_resolve_as_the_official_keys_say(reference_store: Store) -> None:
    with reference_store.read() as connection:
        index = AreaIndex.load(connection)
    found = index.resolve("05562004")
    assert found is not None
    assert [index[step].name for step in index.closure(found)] == [
        "Castrop-Rauxel",
        "Recklinghausen",
        "Reg.-Bez. Münster",
        "Nordrhein-Westfalen",
        "Deutschland",
    ]
    hamburg = index.resolve("02000000")
    assert hamburg is not None
    assert [index[step].level for step in index.closure(hamburg)] == ["gemeinde", "kreis", "land", "bund"]
    nrw = index.resolve("05")
    assert nrw is not None
    assert len(index.descendants(nrw, "gemeinde")) == 396
    assert len(index) == 12_601
