from __future__ import annotations

from sqlalchemy import Connection

from catalogue.reports.coverage import coverage
from catalogue.reports.filters import Filters
from catalogue.reports.gaps import gaps


def test_the_unresolved_are_the_same_figures_in_gaps_and_coverage(region: Connection) -> None:
    for filters in (Filters(), Filters(areas=("Gladbeck",)), Filters(themes=("Umwelt",))):
        found, total = gaps(region, filters), coverage(region, filters)[-1]
        assert found.unresolved == (total.unresolved, total.unresolved_online, total.unresolved_nothing)
        assert found.unresolved.nothing == found.unknown.get("competence_unresolved", 0)


def test_the_unresolved_do_not_depend_on_the_status_asked_for(region: Connection) -> None:
    assert gaps(region, Filters(statuses=("form",))).unresolved == gaps(region).unresolved


def test_a_kreis_and_its_city_are_told_apart_by_name(region: Connection) -> None:
    named = {(row.level, row.area) for row in gaps(region).rows if "Recklinghausen" in row.area}
    assert named <= {("gemeinde", "Recklinghausen"), ("kreis", "Kreis Recklinghausen")}
    assert named
