from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice

import pytest
from sqlalchemy import Connection, select

from catalogue.messages import LANGUAGES, keys
from catalogue.reports.cells import cells
from catalogue.reports.coverage import coverage
from catalogue.reports.explain import explain
from catalogue.reports.filters import EVERYTHING
from catalogue.reports.gaps import gaps
from catalogue.reports.opendata import verdict_tables
from catalogue.reports.opendata.columns import Question, Row, Table, Value
from catalogue.reports.opendata.files import column_text
from catalogue.reports.opendata.tables import TABLES
from catalogue.store import Store
from catalogue.tables import region_area
from tests.sample_region import night

BY_NAME = {table.name: table for table in TABLES}
KINDS: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": bool,
    "date": date,
    "moment": datetime,
    "list": tuple,
}


@pytest.fixture
def connection(region_store: Store) -> Iterator[Connection]:
    with region_store.read() as opened:
        yield opened


def rows_of(connection: Connection, name: str) -> list[dict[str, Value]]:
    table = BY_NAME[name]
    return [dict(zip(table.fields, row, strict=True)) for row in table.rows(Question(connection, EVERYTHING))]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_value_is_of_its_columns_type_and_required_ones_are_there(
    connection: Connection, table: Table
) -> None:
    wrong = [
        (column.name, value)
        for row in islice(table.rows(Question(connection, EVERYTHING)), 5_000)
        for column, value in zip(table.columns, row, strict=True)
        if (value is None and column.required)
        or value == ""
        or (value is not None and type(value) is not KINDS[column.type])
    ]
    assert wrong == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_no_two_rows_share_a_key(connection: Connection, table: Table) -> None:
    places = [table.fields.index(name) for name in table.key]
    rows: Iterator[Row] = table.rows(Question(connection, EVERYTHING))
    counts = Counter(tuple(row[place] for place in places) for row in rows)
    assert counts
    assert [key for key, count in counts.items() if count > 1] == []


def test_the_cells_are_those_of_the_report(connection: Connection) -> None:
    published = {(row["ars"], row["level"], row["ozg_id"]): row for row in rows_of(connection, "cells")}
    reported = cells(connection)
    assert len(published) == len(reported)
    for cell in reported:
        row = published[cell.ars, cell.level, cell.ozg_id]
        assert (row["status"], row["reason"] or "") == (cell.status, cell.reason)
        assert (row["own"], row["share"], row["sources"]) == (cell.own, cell.share, cell.sources)


def test_cells_are_read_in_groups_of_areas_and_none_is_left_out(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = rows_of(connection, "cells")
    monkeypatch.setattr(verdict_tables, "AREAS_AT_ONCE", 3)
    assert rows_of(connection, "cells") == whole


def test_the_gaps_are_those_of_the_gap_list_and_marked_among_the_cells(connection: Connection) -> None:
    listed = {(row.ars, row.level, row.ozg_id) for row in gaps(connection).rows}
    published = {(row["ars"], row["level"], row["ozg_id"]) for row in rows_of(connection, "gaps")}
    marked = {(row["ars"], row["level"], row["ozg_id"]) for row in rows_of(connection, "cells") if row["gap"]}
    assert listed
    assert published == marked == listed


def test_each_definition_has_its_own_denominator(connection: Connection) -> None:
    region = coverage(connection, EVERYTHING, "competent")[-1]
    found = {
        row["definition"]: (row["whole"], row["counted"])
        for row in rows_of(connection, "coverage")
        if row["level"] == "region" and row["scope"] == "competent"
    }
    assert found == {
        "any": (region.cells, region.any_count),
        "own": (region.cells, region.own_count),
        "share": (region.leaves, region.leaves_online),
        "checked": (region.cells, region.checked_count),
    }


def test_the_statuses_of_an_area_add_up_to_its_cells(connection: Connection) -> None:
    counted: Counter[tuple[Value, Value, Value]] = Counter()
    for row in rows_of(connection, "statuses"):
        assert isinstance(row["cells"], int)
        counted[row["ars"], row["level"], row["scope"]] += row["cells"]
    for scope in ("competent", "all"):
        for area in coverage(connection, EVERYTHING, scope):
            assert counted[area.ars or None, area.level, scope] == area.cells


def test_an_offering_shows_what_explain_shows_of_it(connection: Connection) -> None:
    published = {(row["source"], row["ref"]): row for row in rows_of(connection, "offerings")}
    shown = [
        offering
        for row in rows_of(connection, "cells")
        if row["ars"] == "055120000000" and row["status"] in {"online", "form", "described"}
        for offering in explain(
            connection, str(row["ars"]), str(row["ozg_id"]), night(1), level=str(row["level"])
        ).offerings
    ]
    assert {offering.status for offering in shown} >= {"online", "described"}
    for offering in shown:
        row = published[offering.source, offering.ref]
        assert (row["status"], row["url"] or "", row["life"]) == (
            offering.status,
            offering.url,
            offering.life,
        )


def test_areas_of_the_region_are_marked(connection: Connection) -> None:
    marked = [row["ars"] for row in rows_of(connection, "areas") if row["in_region"]]
    assert len(marked) == len(connection.execute(select(region_area)).all())


def test_nobody_who_decided_is_published() -> None:
    names = {column.name for table in TABLES for column in table.columns}
    assert not names & {"actor", "note", "comment", "decided_at", "evidence", "snippet"}
    assert "reason" not in BY_NAME["matches"].fields


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_table_and_column_is_explained_in_both_languages(table: Table) -> None:
    for column in table.fields:
        german, english = (column_text(table, column)[language] for language in LANGUAGES)
        assert german.endswith(".")
        assert german != english
    for section in ("open_table", "open_about"):
        assert f"{section}.{table.name}" in keys("de")


def test_no_column_is_explained_that_does_not_exist() -> None:
    used = {f"open_column.{column}" for table in TABLES for column in table.fields}
    used |= {f"open_column.{table.name}_{column}" for table in TABLES for column in table.fields}
    assert [key for key in keys("de") if key.startswith("open_column.") and key not in used] == []
