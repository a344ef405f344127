"""Areas and themes of a region file that the catalogue does not know: all are named, nothing is touched."""

from __future__ import annotations

import pytest

from catalogue.reference import import_reference
from sync.region import RegionError, RegionFileError, read_region
from sync.register import plan, unknown_names
from sync.run import Options, Silent, sync
from tests.sync.miniature import BOTTROP, DORSTEN, GLADBECK
from tests.sync.scenario import SQLITE, Scenario

pytestmark = SQLITE

SOURCE = """
[[source]]
id = "portal"
type = "fake"
"""


def plan_of(scenario: Scenario, areas: str, source: str = "") -> list[tuple[str, str]]:
    """Return level and key of the areas that ``areas`` stands for."""
    path = scenario.folder / "region.toml"
    path.write_text(f'[region]\nname = "Probe"\nareas = [{areas}]\n{source}', encoding="utf-8")
    levels = {row.id: (row.level, row.ars) for row in scenario.rows("area")}
    with scenario.store.read() as connection:
        return [levels[area_id] for area_id in plan(connection, read_region(path)).areas]


def errors_of(scenario: Scenario, areas: str, source: str = "") -> list[RegionError]:
    with pytest.raises(RegionFileError) as caught:
        plan_of(scenario, areas, source)
    return caught.value.errors


@pytest.mark.parametrize("written", [f'"{GLADBECK}"', '"05562014"', '{ key = "05562014" }'])
def test_areas_are_named_by_either_key(scenario: Scenario, written: str) -> None:
    assert plan_of(scenario, written) == [("gemeinde", GLADBECK)]


def test_the_level_tells_which_of_two_areas_of_one_name_is_meant(scenario: Scenario) -> None:
    areas = '{ name = "Bottrop", level = "kreis" }, { name = "Bottrop", level = "gemeinde" }'

    assert plan_of(scenario, areas) == [("kreis", BOTTROP), ("gemeinde", BOTTROP)]


def test_children_of_an_area_are_its_municipalities_however_deep(scenario: Scenario) -> None:
    areas = '{ children_of = "05" }'

    assert plan_of(scenario, areas) == [("gemeinde", ars) for ars in (BOTTROP, DORSTEN, GLADBECK)]


def test_an_area_named_twice_counts_once_and_keeps_its_first_place(scenario: Scenario) -> None:
    areas = f'"{GLADBECK}", {{ children_of = "05562" }}, "05562014"'

    assert plan_of(scenario, areas) == [("gemeinde", GLADBECK), ("gemeinde", DORSTEN)]


@pytest.mark.parametrize(
    ("areas", "code", "params"),
    [
        ('"Gladbeck"', "area_key_format", {"given": "Gladbeck"}),
        ('"5562014000000"', "area_key_format", {"given": "5562014000000"}),
        ('{ children_of = "Kreis" }', "area_key_format", {"given": "Kreis"}),
        ('"05999999"', "area_unknown", {"given": "05999999"}),
        ('{ children_of = "05998" }', "area_unknown", {"given": "05998"}),
        (f'{{ children_of = "{BOTTROP}" }}', "area_without_children", {"given": BOTTROP}),
        ('{ name = "Gladbeck" }', "area_name_without_level", {"name": "Gladbeck"}),
        (
            '{ name = "Gladbek", level = "gemeinde" }',
            "area_name_near",
            {"name": "Gladbek", "level": "gemeinde", "near": "Gladbeck"},
        ),
        (
            '{ name = "Gladbeck", level = "gemeinde", land = "09" }',
            "area_name_unknown",
            {"name": "Gladbeck", "level": "gemeinde"},
        ),
    ],
)
def test_an_unknown_area_is_named_with_its_line(
    scenario: Scenario, areas: str, code: str, params: dict[str, str | int]
) -> None:
    assert errors_of(scenario, areas) == [RegionError(3, "areas", code, params)]


def test_a_name_that_two_areas_of_one_level_and_land_have_is_ambiguous(scenario: Scenario) -> None:
    twins = (
        "level,ars,name,parent_ars\n"
        "gemeinde,055620090090,Neustadt,055620000000\n"
        "gemeinde,055620091091,Neustadt,055620000000\n"
    )
    import_reference(
        scenario.store,
        "area",
        twins.encode(),
        origin="invented",
        licence="none",
        as_of="2025-01-02",
        replace=False,
    )

    assert errors_of(scenario, '{ name = "Neustadt", level = "gemeinde" }') == [
        RegionError(3, "areas", "area_name_ambiguous", {"name": "Neustadt"})
    ]


def test_areas_and_themes_of_sources_are_looked_up_too(scenario: Scenario) -> None:
    source = (
        SOURCE + 'areas = ["05512", "05562999"]\nsilence_themes = ["Bauen & Wohnn", "Mobilität & Reisen"]\n'
    )

    assert errors_of(scenario, f'"{BOTTROP}"', source) == [
        RegionError(8, "areas", "area_unknown", {"given": "05562999"}),
        RegionError(
            9, "silence_themes", "theme_unknown_near", {"given": "Bauen & Wohnn", "near": "Bauen & Wohnen"}
        ),
    ]


def test_a_theme_like_no_other_names_all_there_are(scenario: Scenario) -> None:
    (error,) = errors_of(scenario, f'"{BOTTROP}"', SOURCE + 'silence_themes = ["?"]\n')

    assert (error.code, error.params["given"]) == ("theme_unknown", "?")
    assert "Bauen & Wohnen" in str(error.params["known"])


def test_all_unknown_areas_are_reported_at_once_in_the_order_of_the_file(scenario: Scenario) -> None:
    source = SOURCE + 'areas = ["05562998"]\n'

    found = errors_of(scenario, '"05562997",\n"nowhere"', source)

    assert [(error.line, error.code) for error in found] == [
        (3, "area_unknown"),
        (4, "area_key_format"),
        (9, "area_unknown"),
    ]


def test_a_file_with_other_errors_still_says_which_names_are_unknown(scenario: Scenario) -> None:
    path = scenario.folder / "region.toml"
    path.write_text(
        '[region]\nareas = ["05999999", { name = "Gladbek", level = "gemeinde" }, 7]\n'
        '[[source]]\nid = "?"\ntype = "fake"\nareas = ["05999998", "05999999"]\n'
        'silence_themes = ["Bauen & Wohnn", 3]\n'
        '[[source]]\ntype = "none"\nareas = ["05999997"]\n',
        encoding="utf-8",
    )

    with pytest.raises(RegionFileError) as caught:
        read_region(path)
    assert caught.value.named is not None
    with scenario.store.read() as connection:
        found = unknown_names(connection, caught.value.named)

    assert [(error.line, error.code) for error in found] == [
        (2, "area_unknown"),
        (2, "area_name_near"),
        (6, "area_unknown"),
        (10, "area_unknown"),
        (7, "theme_unknown_near"),
    ]


def test_a_region_file_with_an_unknown_area_touches_nothing(scenario: Scenario) -> None:
    scenario.areas = [BOTTROP, "05999999"]
    scenario.add_fake("portal")
    before = scenario.dump()

    with pytest.raises(RegionFileError):
        sync(scenario.store, scenario.region(), Options(), Silent())

    assert scenario.dump() == before
