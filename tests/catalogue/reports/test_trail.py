from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Connection

from catalogue.reports.filters import Filters, select_cells
from catalogue.reports.trail import TrailReader, offerings_behind
from catalogue.situations import Situations
from tests.sample_region import night

EVERYTHING = 10_000


@pytest.fixture
def situations(reconciled: Connection) -> Situations:
    return Situations(reconciled, night(1))


def test_trails_read_by_area_are_those_of_each_cell(reconciled: Connection, situations: Situations) -> None:
    reader = TrailReader(reconciled, situations, EVERYTHING)
    shown = 0
    for place in select_cells(reconciled, Filters()).areas:
        trails = reader.of_area(place.id)
        for ozg_id, trail in trails.items():
            assert trail.rows == offerings_behind(reconciled, situations, place.id, ozg_id)
            assert trail.total == len(trail.rows)
            shown += trail.total
    assert shown > 20


def test_a_cut_trail_keeps_what_counts_and_says_how_much_there_is(
    reconciled: Connection, situations: Situations
) -> None:
    whole, cut = TrailReader(reconciled, situations, EVERYTHING), TrailReader(reconciled, situations, 2)
    were_cut = 0
    for place in select_cells(reconciled, Filters()).areas:
        for ozg_id, trail in whole.of_area(place.id).items():
            rows, total = cut.of_area(place.id)[ozg_id]
            assert total == trail.total
            assert len(rows) == min(2, total)
            counting = sum(row.counts for row in trail.rows)
            assert sum(row.counts for row in rows) == min(2, counting)
            assert all(replace(row) in trail.rows for row in rows)
            were_cut += total > 2
    assert were_cut > 0
