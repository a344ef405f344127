from __future__ import annotations

import pytest
from sqlalchemy import Connection, select

from catalogue.errors import NotFound
from catalogue.reports.filters import Filters, find_area, find_service, select_cells
from catalogue.store import Store
from catalogue.tables import leika_service

BOTTROP = "055120000000"
CITY, KREIS = "055620032032", "055620000000"


def refused(connection: Connection, filters: Filters) -> NotFound:
    with pytest.raises(NotFound) as caught:
        select_cells(connection, filters)
    return caught.value


@pytest.mark.parametrize(
    "given",
    ["055120000000", "05512000", "05 512 000", "Bottrop", "bottrop ", "Kreisfreie Stadt Bottrop", "05512"],
)
def test_an_area_is_found_by_key_and_by_name(region: Connection, given: str) -> None:
    assert find_area(region, given).ars == BOTTROP


def test_a_name_that_city_and_kreis_share_has_to_be_made_clear(region: Connection) -> None:
    error = refused(region, Filters(areas=("Recklinghausen",)))
    assert error.code == "area_choice"
    assert f"Stadt Recklinghausen (gemeinde, {CITY})" in str(error.params["choices"])
    assert f"Kreis Recklinghausen (kreis, {KREIS})" in str(error.params["choices"])


@pytest.mark.parametrize(
    ("given", "level", "ars"),
    [
        ("Recklinghausen", "kreis", KREIS),
        ("Recklinghausen", "gemeinde", CITY),
        ("Kreis Recklinghausen", "", KREIS),
        ("Stadt Recklinghausen", "", CITY),
        ("Gemeinde Recklinghausen", "", CITY),
    ],
)
def test_level_or_kind_make_a_shared_name_clear(region: Connection, given: str, level: str, ars: str) -> None:
    assert find_area(region, given, level).ars == ars


def test_an_area_with_a_typing_error_names_the_nearest(region: Connection) -> None:
    error = refused(region, Filters(areas=("Botrop",)))
    assert (error.code, error.params["near"]) == ("area_not_found", "Bottrop")


@pytest.mark.parametrize("given", ["Herne", "059160000000", "05916000"])
def test_an_area_that_is_not_of_the_region_is_told_apart_from_one_that_does_not_exist(
    region: Connection, given: str
) -> None:
    assert refused(region, Filters(areas=(given,))).code == "area_outside_region"


def test_a_key_of_no_area_is_not_found(region: Connection) -> None:
    assert refused(region, Filters(areas=("055129999999",))).code == "area_unlike"


def test_a_level_alone_limits_the_areas(region: Connection) -> None:
    chosen = select_cells(region, Filters(level="kreis"))
    assert [area.ars for area in chosen.areas] == [KREIS]
    assert chosen.limited


def test_an_unknown_level_names_the_known_ones(region: Connection) -> None:
    error = refused(region, Filters(level="stadt"))
    assert error.code == "level_unknown"
    assert "gemeinde" in str(error.params["known"])


def test_areas_come_in_the_order_of_the_region(region: Connection) -> None:
    chosen = select_cells(region, Filters(areas=("Gladbeck", "Bottrop")))
    assert [area.name for area in chosen.areas] == ["Bottrop", "Gladbeck"]


@pytest.mark.parametrize("given", ["Bauen & Wohnen", "bauen", "BAUEN   wohnen"])
def test_a_theme_is_found_by_the_words_it_begins_with(region: Connection, given: str) -> None:
    assert select_cells(region, Filters(themes=(given,))).themes == frozenset({"Bauen & Wohnen"})


@pytest.mark.parametrize("given", ["Zaubern", ""])
def test_a_theme_like_no_other_names_all(region: Connection, given: str) -> None:
    error = refused(region, Filters(themes=(given,)))
    assert error.code == "theme_not_found"
    assert "Bauen & Wohnen" in str(error.params["known"])


@pytest.mark.parametrize("given", ["Umwelld", "umwlt", "Umvelt"])
def test_a_misspelt_theme_names_the_one_that_is_meant(region: Connection, given: str) -> None:
    error = refused(region, Filters(themes=(given,)))
    assert error.code == "theme_near"
    assert str(error.params["near"]).startswith("Umwelt")
    assert "Bauen & Wohnen" in str(error.params["known"])


def test_a_theme_that_several_begin_with_names_these_only(region: Connection) -> None:
    error = refused(region, Filters(themes=("u",)))
    assert error.code == "theme_choice"
    choices = str(error.params["choices"]).split("; ")
    assert len(choices) > 1
    assert all(theme.startswith("U") for theme in choices)


def test_an_unknown_status_names_the_known_ones(region: Connection) -> None:
    error = refused(region, Filters(statuses=("offline",)))
    assert (error.code, error.params["given"]) == ("status_not_found", "offline")


@pytest.mark.parametrize(
    "given", ["10110", " 10110 ", "99001009004000", "Abfallentsorgung", "abfallentsorgung"]
)
def test_a_service_is_found_by_id_key_and_title(region: Connection, given: str) -> None:
    assert find_service(region, given) == "10110"


def test_a_part_of_one_title_is_enough(region: Connection) -> None:
    assert find_service(region, "hundehalt") == "10160"


@pytest.mark.parametrize(("given", "ozg_id"), [("Hundesteuer", "10160"), ("hundesteuer befrei", "10160")])
def test_the_name_of_a_leika_service_means_its_bundle(region: Connection, given: str, ozg_id: str) -> None:
    assert find_service(region, given) == ozg_id


def test_a_title_of_a_bundle_goes_before_names_of_other_bundles(region: Connection) -> None:
    assert find_service(region, "Personalausweis") == "10119"


def test_a_leika_key_outside_of_any_bundle_says_so(region: Connection) -> None:
    key = region.scalar(select(leika_service.c.leika_key).where(leika_service.c.ozg_id.is_(None)).limit(1))
    if key is None:
        pytest.skip("every key of the packaged catalogue belongs to a bundle")
    with pytest.raises(NotFound) as caught:
        find_service(region, key)
    assert caught.value.code == "leika_without_bundle"


def test_a_part_of_several_titles_lists_them(region: Connection) -> None:
    with pytest.raises(NotFound) as caught:
        find_service(region, "förder")
    assert caught.value.code == "service_choice"
    assert int(caught.value.params["count"]) > 5
    assert "(+" in str(caught.value.params["choices"])


def test_a_title_with_a_typing_error_names_the_nearest(region: Connection) -> None:
    with pytest.raises(NotFound) as caught:
        find_service(region, "Abfalentsorgunk")
    assert caught.value.code == "service_not_found"
    assert "Abfallentsorgung" in str(caught.value.params["near"])


def test_a_title_like_no_other_has_no_nearest(region: Connection) -> None:
    with pytest.raises(NotFound) as caught:
        find_service(region, "xyzzy")
    assert caught.value.code == "service_unlike"
    assert caught.value.params["area"] == " --area 055120000000 --level gemeinde"


def test_without_a_region_every_question_says_so(reference_store: Store) -> None:
    with reference_store.read() as connection:
        assert refused(connection, Filters()).code == "region_empty"
        with pytest.raises(NotFound):
            find_area(connection, "Bottrop")
