from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from catalogue import staging
from catalogue.fingerprints import fingerprint
from catalogue.records import (
    Completeness,
    Offering,
    OnlineService,
    Record,
    Service,
    Specialisation,
    Status,
    Unit,
)
from tests.catalogue.applying import stage, unit_offers

ALL = Completeness("everything")
DOGS = Service("L:dogs", "Hundesteuer")
HERE = Unit("L:a", "Amt")
BEFORE = unit_offers("L:z", ["L:a"], ["1", "2", "3"])
STATED = Offering("1", "05512000", DOGS, Status.ONLINE)


def test_fingerprints_outlive_versions_of_the_program() -> None:
    """Were they others, every row of every catalogue would count as changed."""
    assert fingerprint("Hundesteuer", "", "ä") == 5408302022839550795
    assert fingerprint("a", "b") != fingerprint("ab", "") != fingerprint("", "ab")


def rows(path: Path) -> set[tuple[object, ...]]:
    """Return every row of a stage, without the number of the operation that wrote it."""
    with closing(sqlite3.connect(path)) as connection:
        return {
            (table, *row)
            for table, (key, columns) in staging.STAGE_TABLES.items()
            for row in connection.execute(f"SELECT {', '.join((*key, *columns))} FROM {table}")
        }


def test_order_is_no_part_of_the_fingerprint(tmp_path: Path) -> None:
    records = [
        DOGS,
        HERE,
        OnlineService("L:online", "Online"),
        unit_offers("L:z", ["L:a", "L:b"], ["1", "2"]),
        STATED,
    ]
    turned = [
        unit_offers("L:z", ["L:b", "L:a"], ["2", "1", "2"]),
        *(r for r in records[::-1] if r[0] != "L:z"),
    ]
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, _ = stage(tmp_path / "a", [*records, ALL])
    second, _ = stage(tmp_path / "b", turned[:2], [*turned[2:], ALL])
    assert rows(first) == rows(second)


CHANGES: list[tuple[Record, str, object]] = [
    *((DOGS, name, "anders") for name in ("title", "official_title", "form_url", "valid_from", "valid_to")),
    (DOGS, "keys", ("99102013104000", "99102013104001")),
    (DOGS, "types", ("2", "5")),
    (DOGS, "has_text", True),
    (DOGS, "modified_at", "2026-02-02"),
    *((HERE, name, "anders") for name in ("name", "area", "modified_at")),
    *((OnlineService("L:o", "O"), name, "x") for name in ("name", "url", "link_type", "trust_level")),
    (Specialisation("L:s", "L:dogs"), "service_ref", "L:cats"),
    (Specialisation("L:s", "L:dogs"), "areas", ("05512",)),
    *((BEFORE, name, "x") for name in ("kind", "provider_ref", "role")),
    (BEFORE, "areas", ("1", "2")),
    (BEFORE, "service_refs", ("L:b",)),
    *((STATED, name, "x") for name in ("area", "url", "unit", "operator", "observed_at", "note")),
    (STATED, "status", Status.FORM),
    (STATED, "service", DOGS._replace(ref="L:cats")),
]


@pytest.mark.parametrize(("record", "name", "new"), CHANGES, ids=lambda value: str(value)[:20])
def test_every_field_is_part_of_the_fingerprint(
    tmp_path: Path, record: Service, name: str, new: object
) -> None:
    changed = record._replace(**{name: new})  # type: ignore[arg-type]
    _, summary = stage(tmp_path, [record, changed, ALL])
    assert (summary.repeated, summary.differed) == (1, 1)


def test_the_areas_of_a_text_are_no_offering_and_no_change(tmp_path: Path) -> None:
    _, summary = stage(tmp_path, [DOGS, DOGS._replace(valid_areas=("05512",)), ALL])
    assert (summary.repeated, summary.differed) == (1, 0)
