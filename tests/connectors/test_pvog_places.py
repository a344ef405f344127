"""Regional keys as seen from one area."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.pvog_places import level_of, own_level, sort_places, steps_of
from tests.connectors.pvog_asking import BUND, CITY, KREIS, LAND, NEIGHBOUR, TOWN


def test_the_steps_lead_from_the_area_to_the_bund() -> None:
    assert steps_of(TOWN) == {
        TOWN: "",
        "055620012000": "shared",
        KREIS: "kreis",
        "055000000000": "land",
        LAND: "land",
        BUND: "bund",
    }


def test_a_city_that_is_its_own_kreis_has_no_kreis_above_it() -> None:
    assert list(steps_of(CITY)) == [CITY, "055000000000", LAND, BUND]
    assert list(steps_of(BUND)) == [BUND]


def test_keys_are_sorted_into_near_and_elsewhere_and_none() -> None:
    raws = [
        BUND,
        TOWN,
        NEIGHBOUR,
        "05562",
        "05",
        "05562012",
        "05562014",
        "0556201201201",
        "0556",
        "Dorsten",
        "",
    ]
    found = sort_places(raws, TOWN)
    assert found.near == (TOWN, KREIS, LAND, BUND)
    assert found.elsewhere == 2
    assert found.unusable == ("0556201201201", "0556", "Dorsten", "")


def test_a_municipality_key_of_a_kreis_means_the_kreis() -> None:
    assert sort_places(["05562000"], TOWN).near == (KREIS,)


@pytest.mark.parametrize("raw", ["00", "000000000000", "00000"])
def test_the_bund_is_recognised_however_many_zeros_there_are(raw: str) -> None:
    assert sort_places([raw], TOWN).near == (BUND,)


@pytest.mark.parametrize(
    ("places", "level"),
    [([], ""), ([TOWN, BUND], ""), ([BUND, KREIS], "kreis"), ([BUND, LAND], "land"), ([NEIGHBOUR], "")],
)
def test_the_nearest_place_tells_the_level(places: list[str], level: str) -> None:
    assert level_of(places, TOWN) == level


def test_areas_know_what_they_are_called_from_below() -> None:
    assert [own_level(area) for area in (TOWN, KREIS, CITY, LAND, BUND)] == [
        "",
        "kreis",
        "kreis",
        "land",
        "bund",
    ]


@given(st.lists(st.text(max_size=14), max_size=5), st.from_regex(r"[0-9]{12}", fullmatch=True))
def test_nothing_is_lost_and_nothing_invented(raws: list[str], area: str) -> None:
    found = sort_places(raws, area)
    assert set(found.near) <= set(steps_of(area))
    assert len(found.near) + found.elsewhere + len(found.unusable) <= len(raws)
    assert bool(found.near) or found.elsewhere + len(found.unusable) == len(raws)
