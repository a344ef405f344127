from __future__ import annotations

from catalogue.reports.opendata.geocoding import MOST_AREAS, geocoding_of

BASE = "http://dcat-ap.de/def/politicalGeocoding/"


def test_each_level_is_named_by_its_own_list_of_keys() -> None:
    areas = [
        ("000000000000", "bund"),
        ("050000000000", "land"),
        ("055000000000", "regierungsbezirk"),
        ("055620000000", "kreis"),
        ("010605024000", "gemeindeverband"),
        ("055620014014", "gemeinde"),
    ]
    found = geocoding_of(areas)
    assert found.areas == (
        f"{BASE}districtKey/05562",
        f"{BASE}governmentDistrictKey/055",
        f"{BASE}municipalAssociationKey/010605024",
        f"{BASE}regionalKey/055620014014",
        f"{BASE}stateKey/05",
    )
    assert found.levels == tuple(
        f"{BASE}Level/{name}" for name in ("municipality", "administrativeDistrict", "state", "federal")
    )


def test_many_areas_are_named_by_the_smallest_ones_above_that_are_few_enough() -> None:
    one_kreis = [(f"05562{number:04}{number:03}", "gemeinde") for number in range(MOST_AREAS + 1)]
    assert geocoding_of(one_kreis).areas == (f"{BASE}districtKey/05562",)
    many = [(f"05{kreis:03}{number:07}", "gemeinde") for kreis in range(400, 500) for number in range(4)]
    assert geocoding_of(many).areas == (f"{BASE}governmentDistrictKey/054",)


def test_areas_on_two_levels_are_named_on_both() -> None:
    city = [("055130000000", "kreis"), ("055130000000", "gemeinde")]
    assert geocoding_of(city).areas == (f"{BASE}districtKey/05513", f"{BASE}regionalKey/055130000000")
