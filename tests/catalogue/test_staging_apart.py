"""Parts of a delivery that have no object in common need not be merged."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from catalogue.records import Deletion, ObjectClass, Record, Service, Unit
from catalogue.staging import MOST_APART, join_stages
from tests.catalogue.applying import stage, stage_apart, unit_offers

DOGS = Service("L:dogs", "Hundesteuer")


def offered(path: Path) -> list[tuple[object, ...]]:
    """Return the staged offerings that were not deleted, as (ref, n, area)."""
    query = "SELECT ref, n, area_raw FROM stage_offering WHERE op = 1 ORDER BY ref, n"
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def test_stages_without_an_object_in_common_stay_apart(tmp_path: Path) -> None:
    wide = unit_offers("L:z", ["L:dogs"], ["05512000", "05513000"])
    paths, summary = stage_apart(tmp_path, [DOGS, Unit("L:amt", "A")], [Unit("L:dogs", "B"), wide])
    joined = join_stages(paths, summary)
    assert list(joined) == paths
    assert (summary.objects, [len(offered(path)) for path in joined]) == (4, [0, 2])


@pytest.mark.parametrize(
    "second",
    [
        pytest.param(unit_offers("L:z", ["L:dogs"], ["05513000"]), id="written again"),
        pytest.param(Deletion(ObjectClass.RESPONSIBILITY, "L:z"), id="deleted"),
    ],
)
def test_stages_with_an_object_in_common_become_one(tmp_path: Path, second: Record) -> None:
    parts = [[unit_offers("L:z", ["L:dogs"], ["05512000", "05513000"])], [DOGS], [second]]
    merged, expected = stage(tmp_path, *parts)
    (tmp_path / "apart").mkdir()
    paths, summary = stage_apart(tmp_path / "apart", *parts)
    (joined,) = join_stages(paths, summary)
    assert (offered(joined), summary) == (offered(merged), expected)


def test_many_stages_become_one_without_a_look(tmp_path: Path) -> None:
    units = [[Unit(f"L:{number}", "Amt")] for number in range(MOST_APART + 1)]
    paths, summary = stage_apart(tmp_path, *units)
    assert len(join_stages(paths, summary)) == 1
    assert summary.objects == MOST_APART + 1
