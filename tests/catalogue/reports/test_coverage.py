from __future__ import annotations

from collections import Counter
from dataclasses import asdict

import pytest
from sqlalchemy import Connection

from catalogue.errors import NotFound
from catalogue.reports.cells import cells
from catalogue.reports.coverage import REASONS, CoverageRow, coverage
from catalogue.reports.filters import Filters
from catalogue.verdict import GAP_STATUSES, STATUSES


def one(connection: Connection, area: str, scope: str = "competent") -> CoverageRow:
    return coverage(connection, Filters(areas=(area,)), scope)[0]


@pytest.mark.parametrize("scope", ["competent", "all"])
def test_the_counts_are_those_of_the_cells(region: Connection, scope: str) -> None:
    for row in coverage(region, scope=scope)[:-1]:
        every = cells(region, Filters(areas=(row.ars,), level=row.level))
        counted = [cell for cell in every if scope == "all" or cell.competent == "yes"]
        statuses = Counter(cell.status for cell in counted)
        reasons = Counter(cell.reason for cell in counted if cell.status == "unknown")
        assert row.cells == len(counted)
        assert {status: getattr(row, status) for status in STATUSES} == {s: statuses[s] for s in STATUSES}
        assert {r: getattr(row, f"unknown_{r}") for r in REASONS} == {r: reasons[r] for r in REASONS}
        assert row.any_count == statuses["online"]
        assert row.own_count == sum(cell.own for cell in counted)
        assert (row.leaves, row.leaves_online) == (
            sum(cell.leaves for cell in counted),
            sum(cell.leaves_online for cell in counted),
        )
        unresolved = [cell for cell in every if cell.competent == "unresolved"]
        assert row.unresolved == len(unresolved)
        assert row.unresolved_online == sum(cell.status == "online" for cell in unresolved)
        assert row.unresolved_nothing == sum(cell.reason == "competence_unresolved" for cell in unresolved)
        assert row.gaps == sum(c.competent == "yes" and c.status in GAP_STATUSES for c in counted)
        assert row.voluntary == sum(cell.voluntary for cell in counted)


def test_the_last_row_sums_the_region(region: Connection) -> None:
    *areas, total = coverage(region)
    assert (total.level, total.ars) == ("region", "")
    for name in ("cells", "any_count", "own_count", "leaves", "leaves_online", "gaps", "unknown", *STATUSES):
        assert getattr(total, name) == sum(getattr(area, name) for area in areas)


def test_the_sum_of_some_areas_is_not_called_the_region(region: Connection) -> None:
    *_, total = coverage(region, Filters(areas=("Bottrop",)))
    assert total.level == "selection"


def test_shares_are_a_lower_bound_with_the_unknown_as_the_upper_one(region: Connection) -> None:
    kreis = one(region, "Kreis Recklinghausen")
    assert kreis.unknown > 0
    assert kreis.any_share == round(kreis.online / kreis.cells, 4)
    assert kreis.any_upper == round((kreis.online + kreis.unknown) / kreis.cells, 4)
    assert kreis.leaves_upper is not None
    assert kreis.leaves_share is not None
    assert kreis.leaves_share < kreis.leaves_upper <= 1


def test_all_cells_are_the_other_denominator(region: Connection) -> None:
    competent, every = one(region, "Gladbeck"), one(region, "Gladbeck", "all")
    assert competent.not_competent == 0 < every.not_competent
    assert competent.cells < every.cells
    assert competent.gaps == every.gaps
    assert competent.unresolved == every.unresolved


def test_links_are_not_measured_rather_than_dead(region: Connection) -> None:
    assert {(row.checked_count, row.checked_share) for row in coverage(region)} == {(None, None)}


def test_nothing_to_count_has_no_share(region: Connection) -> None:
    row, total = coverage(region, Filters(areas=("Gladbeck",), services=("Elterngeld",)))
    assert row.cells == total.cells == 0
    assert row.any_share is row.own_upper is row.leaves_share is None


def test_a_theme_limits_what_is_counted(region: Connection) -> None:
    themes = {cell.theme for cell in cells(region, Filters(areas=("Bottrop",)))}
    parts = [coverage(region, Filters(areas=("Bottrop",), themes=(theme,)))[0] for theme in themes]
    whole = one(region, "Bottrop")
    assert sum(part.cells for part in parts) == whole.cells
    assert sum(part.gaps for part in parts) == whole.gaps


def test_an_unknown_scope_names_the_known_ones(region: Connection) -> None:
    with pytest.raises(NotFound) as caught:
        coverage(region, scope="some")
    assert caught.value.params["known"] == "competent, all"


def test_a_status_cannot_limit_coverage(region: Connection) -> None:
    with pytest.raises(NotFound) as caught:
        coverage(region, Filters(statuses=("online",)))
    assert caught.value.code == "coverage_status"


def test_every_figure_is_a_number_or_nothing(region: Connection) -> None:
    for row in coverage(region):
        values = [
            value for name, value in asdict(row).items() if name not in {"ars", "area", "level", "scope"}
        ]
        assert all(value is None or value >= 0 for value in values)
