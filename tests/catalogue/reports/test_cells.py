from __future__ import annotations

from dataclasses import fields

import pytest
from sqlalchemy import Connection, delete, func, select

from catalogue.errors import NotFound
from catalogue.reports.cells import CellRow, cells
from catalogue.reports.coverage import coverage
from catalogue.reports.filters import Filters, find_area
from catalogue.reports.gaps import gaps
from catalogue.store import Store
from catalogue.tables import cell, ozg_service, region_area
from catalogue.verdict import GAP_STATUSES


def test_every_area_has_a_cell_for_every_service(region: Connection) -> None:
    services = region.scalar(select(func.count()).select_from(ozg_service)) or 0
    assert len(cells(region)) == 4 * services == region.scalar(select(func.count()).select_from(cell))


def test_cells_come_by_area_in_the_order_of_the_region_and_by_id(region: Connection) -> None:
    rows = cells(region)
    assert list(dict.fromkeys((row.area, row.level) for row in rows)) == [
        ("Bottrop", "gemeinde"),
        ("Gladbeck", "gemeinde"),
        ("Recklinghausen", "gemeinde"),
        ("Kreis Recklinghausen", "kreis"),
    ]
    assert [row.ozg_id for row in rows[:3]] == sorted(row.ozg_id for row in rows)[:12:4]


def test_a_cell_says_everything_about_itself(region: Connection) -> None:
    (row,) = cells(region, Filters(areas=("Bottrop",), services=("10110",)))
    assert row == CellRow(
        ars="055120000000",
        area="Bottrop",
        level="gemeinde",
        ozg_id="10110",
        title="Abfallentsorgung",
        theme="Bauen & Wohnen",
        status="online",
        reason="",
        satisfied_level="gemeinde",
        operator="own",
        online_url="https://service.bottrop.example/sperrmuell",
        competent="yes",
        competent_tier="gemeinde",
        competent_area="Bottrop",
        competent_ars="055120000000",
        competence_rule="einschaetzung",
        confidence="hoch",
        voluntary=False,
        own=True,
        stale=False,
        share=row.share,
        leaves_online=row.leaves_online,
        leaves=11,
        since="2026-11-02T01:30:00+00:00",
        sources=("portal",),
        maturity=None,
        maturity_rules="",
    )


def test_the_share_is_what_the_leaves_say_and_nothing_without_leaves(region: Connection) -> None:
    for row in cells(region):
        expected = round(row.leaves_online / row.leaves, 4) if row.leaves else None
        assert row.share == expected


def test_a_cell_of_the_city_says_which_kreis_is_competent(region: Connection) -> None:
    (row,) = cells(region, Filters(areas=("Gladbeck",), services=("Elterngeld",)))
    assert (row.competent, row.competent_area, row.competent_ars) == (
        "no",
        "Kreis Recklinghausen",
        "055620000000",
    )


def test_filters_are_combined(region: Connection) -> None:
    rows = cells(region, Filters(areas=("Gladbeck",), themes=("Bauen",), statuses=("form", "online")))
    assert [(row.ozg_id, row.status) for row in rows] == [("10110", "form")]


def test_gaps_are_the_cells_of_competent_areas_that_are_not_online(region: Connection) -> None:
    expected = [row for row in cells(region) if row.competent == "yes" and row.status in GAP_STATUSES]
    found = gaps(region)
    assert {(row.ars, row.level, row.ozg_id) for row in found.rows} == {
        (row.ars, row.level, row.ozg_id) for row in expected
    }
    assert found.voluntary == sum(row.voluntary for row in expected)
    assert found.stale == 0


def test_gaps_come_by_area_theme_and_id(region: Connection) -> None:
    of_bottrop = gaps(region, Filters(areas=("Bottrop",))).rows
    order = [(row.theme, row.ozg_id) for row in of_bottrop]
    assert order == sorted(order)


def test_the_unknown_is_counted_beside_the_gaps_and_is_none_of_them(region: Connection) -> None:
    found = gaps(region)
    unknown = [row.reason for row in cells(region, Filters(statuses=("unknown",)))]
    assert {reason: unknown.count(reason) for reason in set(unknown)} == found.unknown
    assert found.unknown["never_asked"] > 0
    assert not any(row.status == "unknown" for row in found.rows)


def test_a_status_filter_chooses_gaps_and_leaves_the_unknown_alone(region: Connection) -> None:
    found = gaps(region, Filters(statuses=("form",)))
    assert [(row.area, row.ozg_id) for row in found.rows] == [("Gladbeck", "10110")]
    assert found.unknown == gaps(region).unknown


@pytest.mark.parametrize("status", ["online", "unknown", "not_competent"])
def test_what_is_no_gap_cannot_be_asked_for_as_one(region: Connection, status: str) -> None:
    with pytest.raises(NotFound) as caught:
        gaps(region, Filters(statuses=(status,)))
    assert caught.value.params["known"] == ", ".join(GAP_STATUSES)


def test_the_fields_keep_their_order() -> None:
    assert [field.name for field in fields(CellRow)][:6] == [
        "ars",
        "area",
        "level",
        "ozg_id",
        "title",
        "theme",
    ]


def test_what_is_left_of_areas_outside_of_the_region_is_not_shown(region_store: Store) -> None:
    with region_store.write(keep=False) as connection:
        every = coverage(connection)[-1].cells
        gladbeck = find_area(connection, "Gladbeck").id
        connection.execute(delete(region_area).where(region_area.c.area_id == gladbeck))
        assert "Gladbeck" not in {row.area for row in cells(connection)}
        assert "Gladbeck" not in {row.area for row in gaps(connection).rows}
        assert coverage(connection)[-1].cells < every
