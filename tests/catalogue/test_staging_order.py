"""However a delivery is cut into parts, the same operations in the same order give the same stage."""

from __future__ import annotations

import itertools
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogue.records import (
    Deletion,
    ObjectClass,
    Offering,
    OfferKind,
    OnlineService,
    Record,
    Responsibility,
    Service,
    Specialisation,
    Status,
    Unit,
)
from catalogue.stagetables import LIFE_COLUMNS, STAGE_TABLES
from tests.catalogue.applying import stage


def build(record: type[Record], *fields: st.SearchStrategy[object]) -> st.SearchStrategy[Record]:
    return st.tuples(*fields).map(lambda values: record(*values))  # type: ignore[arg-type]


REFS = st.sampled_from(["L:a", "L:b"])
WORDS = st.sampled_from(["", "alt", "neu"])
SOME = st.lists(st.sampled_from(["1", "2", "3"]), max_size=3).map(tuple)
SERVICES = build(Service, REFS, WORDS)
#: Refs of direct offerings are none of responsibilities, as no source yields both.
STATED = st.sampled_from(["1", "2"])
WRITES = (
    SERVICES
    | build(Offering, STATED, WORDS, SERVICES, st.sampled_from(Status), WORDS)
    | build(Responsibility, REFS, st.just(OfferKind.UNIT), REFS, SOME.map(lambda some: ("L:a", *some)), SOME)
    | build(Unit, REFS, WORDS)
    | build(OnlineService, REFS, WORDS)
    | build(Specialisation, REFS, REFS, SOME)
)
DELETIONS = build(Deletion, st.sampled_from([*ObjectClass][:-1]), REFS) | build(
    Deletion, st.just(ObjectClass.OFFERING), STATED
)
OPERATIONS = st.lists(WRITES | DELETIONS, max_size=14)

CLASSES = {
    Service: ObjectClass.SERVICE,
    Specialisation: ObjectClass.SPECIALISATION,
    Unit: ObjectClass.UNIT,
    OnlineService: ObjectClass.ONLINE_SERVICE,
    Responsibility: ObjectClass.RESPONSIBILITY,
    Offering: ObjectClass.OFFERING,
}


def staged(*parts: list[Record]) -> tuple[dict[str, list[tuple[object, ...]]], tuple[int, ...]]:
    """Return the stage's rows, with their repetitions, and what was counted."""
    with tempfile.TemporaryDirectory() as folder:
        path, summary = stage(Path(folder), *parts)
        with closing(sqlite3.connect(path)) as connection:
            rows = {
                table: connection.execute(
                    f"SELECT {', '.join((*key, *LIFE_COLUMNS, *columns))} FROM {table} ORDER BY 1, 2"
                ).fetchall()
                for table, (key, columns) in STAGE_TABLES.items()
            }
    counted = (summary.read, summary.direct, summary.objects, summary.deletions)
    return rows, (*counted, summary.repeated, summary.differed)


def cut(operations: list[Record], places: list[int]) -> list[list[Record]]:
    borders = sorted(min(place, len(operations)) for place in places)
    return [
        operations[start:end] for start, end in zip([0, *borders], [*borders, len(operations)], strict=True)
    ]


@settings(max_examples=120)
@given(OPERATIONS, st.lists(st.integers(0, 14), max_size=4))
def test_parts_make_no_difference(operations: list[Record], places: list[int]) -> None:
    assert staged(*cut(operations, places)) == staged(operations)


@pytest.mark.parametrize("places", [[1], [2], [3], [1, 2], [2, 3]], ids=str)
def test_repetitions_are_counted_across_parts_as_within_them(places: list[int]) -> None:
    written = Unit("L:a", "alt"), Unit("L:a", "neu"), Deletion(ObjectClass.UNIT, "L:a")
    for operations in itertools.product(written, repeat=4):
        assert staged(*cut([*operations], places)) == staged([*operations]), operations


@settings(max_examples=120)
@given(OPERATIONS, st.lists(st.integers(0, 14), max_size=2))
def test_the_last_operation_on_each_object_is_what_is_staged(
    operations: list[Record], places: list[int]
) -> None:
    last: dict[tuple[ObjectClass, str], Record] = {}
    for record in operations:
        if isinstance(record, Deletion):
            last[record.object_class, record.ref] = record
        else:
            last[CLASSES[type(record)], record[0]] = record
            if isinstance(record, Offering):
                last[ObjectClass.SERVICE, record.service.ref] = record.service
    expected: dict[ObjectClass, set[object]] = {object_class: set() for object_class in ObjectClass}
    for (object_class, ref), record in last.items():
        if isinstance(record, Responsibility):
            pairs = [(service, area) for service in record.service_refs for area in record.areas or ("",)]
            expected[object_class] |= {(ref, record.kind.value, *pair) for pair in pairs}
        elif isinstance(record, Offering):
            expected[object_class].add(
                (ref, record.status.value, record.url, record.service.ref, record.area)
            )
        elif not isinstance(record, Deletion):
            expected[object_class].add((ref, record[1]))

    rows, _ = staged(*cut(operations, places))
    found = {
        ObjectClass.SERVICE: living(rows, "stage_service", "title"),
        ObjectClass.SPECIALISATION: living(rows, "stage_specialisation", "service_ref"),
        ObjectClass.UNIT: living(rows, "stage_unit", "name"),
        ObjectClass.ONLINE_SERVICE: living(rows, "stage_online", "name"),
        ObjectClass.RESPONSIBILITY: {
            row
            for row in living(rows, "stage_offering", "kind", "service_ref", "area_raw")
            if row[1] != "direct"
        },
        ObjectClass.OFFERING: {
            (*said, service, area)
            for said in living(rows, "stage_statement", "status", "url")
            for ref, service, area in living(rows, "stage_offering", "service_ref", "area_raw")
            if ref == said[0]
        },
    }
    assert found == expected


def living(rows: dict[str, list[tuple[object, ...]]], table: str, *columns: str) -> set[tuple[object, ...]]:
    key, others = STAGE_TABLES[table]
    names = (*key, *LIFE_COLUMNS, *others)
    return {
        tuple(row[names.index(name)] for name in ("ref", *columns))
        for row in rows[table]
        if row[names.index("op")]
    }
