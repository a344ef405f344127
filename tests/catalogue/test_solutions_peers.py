from __future__ import annotations

import pytest

from catalogue.lookup import Area, AreaIndex
from catalogue.priority_rules import PriorityRules, packaged_priority_rules
from catalogue.solutions_peers import Peers, kind_of, place_area

RULES: PriorityRules = packaged_priority_rules()
LAND, BEZIRK, KREIS, OTHER = 1, 2, 3, 4
GROSSE, MITTLERE = "grosse_kreisangehoerige_stadt", "mittlere_kreisangehoerige_stadt"


def make(number: int, level: str, ars: str, parent: int | None, **fields: object) -> Area:
    said = {"ags": "", "name": f"A{number}", "type": "", "kreisfrei": False, "municipal_status": ""}
    return Area(number, level, ars, parent_id=parent, abolished_on=None, **(said | fields))  # type: ignore[arg-type]


def city(number: int, kreis: int, status: str = GROSSE) -> Area:
    return make(number, "gemeinde", f"05{kreis}620{number:06}", kreis, municipal_status=status)


UPPER = [
    make(LAND, "land", "050000000000", None),
    make(BEZIRK, "regierungsbezirk", "055000000000", LAND),
    make(KREIS, "kreis", "053620000000", BEZIRK),
    make(OTHER, "kreis", "054620000000", BEZIRK),
]


def peers(cities: dict[Area, int | None]) -> Peers:
    index = AreaIndex([*UPPER, *cities])
    return Peers([place_area(index, one.id, people, RULES) for one, people in cities.items()])


def test_the_own_group_comes_first_and_within_it_the_own_kreis() -> None:
    found = peers(
        {
            city(10, KREIS): 60_000,
            city(11, KREIS): 90_000,
            city(12, OTHER): 60_001,
            city(13, KREIS, MITTLERE): 60_000,
            city(14, KREIS): 120_000,
        }
    )
    assert found.nearest(10) == [11, 12, 14, 13]
    assert [found.together(10, other) for other in (11, 12, 14, 13)] == [True, True, False, False]


def test_of_equally_near_areas_the_more_similar_size_comes_first_in_both_directions() -> None:
    found = peers({city(10, KREIS): 70_000, city(11, KREIS): 52_000, city(12, KREIS): 80_000})
    assert found.nearest(10) == [12, 11]


def test_a_tie_goes_to_the_lower_number() -> None:
    found = peers({city(10, KREIS): 70_000, city(12, KREIS): 60_000, city(11, KREIS): 60_000})
    assert found.nearest(10) == [11, 12]


def test_areas_of_other_levels_are_never_near() -> None:
    found = peers({city(10, KREIS): 70_000, UPPER[KREIS - 1]: 621_305})
    assert found.nearest(10) == []


def test_an_area_of_unknown_size_is_comparable_with_none() -> None:
    found = peers({city(10, KREIS): None, city(11, KREIS): None, city(12, KREIS): 60_000})
    assert not found.together(10, 11)
    assert found.members(found.group(10)) == ()
    assert found.nearest(10) == [11, 12]


def test_a_group_holds_the_areas_of_one_kind_and_size_class() -> None:
    found = peers({city(10, KREIS): 50_000, city(11, OTHER): 99_999, city(12, KREIS): 100_000})
    assert found.members(found.group(10)) == [10, 11]
    assert found.group(10).size == (50_000, 100_000)


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"kreisfrei": True, "municipal_status": "kreisfreie_stadt"}, "kreisfreie_stadt"),
        ({"kreisfrei": True, "type": "Stadtkreis"}, "kreisfreie_stadt"),
        ({"municipal_status": MITTLERE, "type": "Stadt"}, MITTLERE),
        ({"type": "Große Kreisstadt"}, "grosse_kreisstadt"),
        ({"type": "Stadt"}, "stadt"),
        ({"type": "Markt"}, "gemeinde"),
        ({"type": "Gemeindefreies Gebiet (bewohnt)"}, "gemeindefrei"),
    ],
)
def test_the_kind_is_the_status_or_what_the_type_says(fields: dict[str, object], kind: str) -> None:
    assert kind_of(make(10, "gemeinde", "055620010010", KREIS, **fields)) == kind


def test_a_kreisfreie_stadt_is_no_kreis() -> None:
    assert kind_of(make(10, "kreis", "055120000000", BEZIRK, kreisfrei=True)) == "kreisfreie_stadt"
    assert kind_of(UPPER[KREIS - 1]) == "kreis"
