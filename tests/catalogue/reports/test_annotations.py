"""Remarks appear in every report, and no figure counts one as online."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Connection, delete, insert

from catalogue.annotations import NOTHING_SAID, CellKey, Fields
from catalogue.annotations_writing import Signature, put_on_record, writing
from catalogue.errors import NotFound
from catalogue.reports.annotation_sheet import parse_row_id, row_id
from catalogue.reports.annotations import history, sheet_rows, standing_remarks
from catalogue.reports.cells import CellRow, cells
from catalogue.reports.coverage import coverage
from catalogue.reports.entries import entries
from catalogue.reports.explain import explain
from catalogue.reports.filters import Filters
from catalogue.reports.gaps import gaps
from catalogue.store import Store
from catalogue.tables import region_area

BEFORE, NIGHT, AFTER = (datetime(2026, 11, day, 12, tzinfo=UTC) for day in (1, 2, 10))
TODAY = date(2026, 11, 20)
PLACE = Filters(areas=("Gladbeck",))


@pytest.fixture
def connection(region_store: Store) -> Iterator[Connection]:
    """The synced sample region in a transaction that is rolled back."""
    with writing(region_store, keep=False) as opened:
        yield opened


def say(connection: Connection, key: CellKey, said: Fields, at: datetime = NIGHT) -> None:
    moment = at.isoformat(timespec="seconds")
    put_on_record(connection, {key: said}, Signature("A. Muster", moment, "set"))


def some_gaps(connection: Connection, count: int) -> list[CellKey]:
    return [(row.ars, row.level, row.ozg_id) for row in gaps(connection, PLACE).rows[:count]]


def online(connection: Connection) -> CellKey:
    row = next(row for row in cells(connection, PLACE) if row.status == "online")
    return row.ars, row.level, row.ozg_id


def bare(row: CellRow) -> tuple[object, ...]:
    return row.status, row.reason, row.since, row.share, row.own


def test_gaps_cells_explain_and_entry_say_what_officers_said(connection: Connection) -> None:
    (key,) = some_gaps(connection, 1)
    said = Fields("not_offered", "", "FB 3", "kein Bedarf")
    say(connection, key, said)
    expected = ("not_offered", "", "FB 3", "kein Bedarf")
    rows = [
        *(row for row in gaps(connection, PLACE).rows if row.ozg_id == key[2]),
        *(row for row in cells(connection, PLACE) if row.ozg_id == key[2]),
        explain(connection, "Gladbeck", key[2], AFTER).cell,
    ]
    assert len(rows) == 3
    for row in rows:
        assert (row.remark, row.planned_for, row.remark_unit, row.remark_comment) == expected
    shown = online(connection)
    say(connection, shown, said)
    (entry, *_) = entries(connection, "Gladbeck", shown[2], AFTER)
    assert (entry.remark, entry.remark_unit, entry.remark_comment) == ("not_offered", "FB 3", "kein Bedarf")


def test_no_status_and_no_figure_moves_by_a_remark(connection: Connection) -> None:
    before = [bare(row) for row in cells(connection, PLACE)]
    figures = coverage(connection, PLACE)
    for key in some_gaps(connection, 4):
        say(connection, key, Fields("planned", "2020-01-01"))
    after = coverage(connection, PLACE)
    assert [bare(row) for row in cells(connection, PLACE)] == before
    for old, new in zip(figures, after, strict=True):
        names = [
            name
            for name in type(old).__dataclass_fields__
            if not name.endswith(("planned_gaps", "overdue_gaps"))
        ]
        assert [getattr(old, name) for name in names] == [getattr(new, name) for name in names]
        assert (old.planned_gaps, new.planned_gaps, new.overdue_gaps) == (0, 4, 4)


def test_coverage_and_gaps_count_the_same_remarks(connection: Connection) -> None:
    first, second, third, fourth = some_gaps(connection, 4)
    say(connection, first, Fields("planned", "2020-01-01"))
    say(connection, second, Fields("planned", "2199-12-31"))
    say(connection, third, Fields("not_offered", "2020-01-01", "", "kein Bedarf"))
    say(connection, fourth, Fields("covered_by", "", "", "Kreis"))
    say(connection, online(connection), Fields("planned", "2020-01-01"))
    total = coverage(connection, PLACE)[-1]
    counted = (total.planned_gaps, total.overdue_gaps, total.not_offered_gaps, total.covered_by_gaps)
    assert counted == gaps(connection, PLACE).remarks == (3, 2, 1, 1)
    assert coverage(connection)[-1].planned_gaps == 3
    assert coverage(connection, Filters(areas=("Bottrop",)))[-1].planned_gaps == 0


def test_remarks_stand_beside_the_cells_of_the_same_moment(connection: Connection) -> None:
    (key,) = some_gaps(connection, 1)
    say(connection, key, Fields(comment="eins"), NIGHT)
    say(connection, key, Fields("planned", "2026-11-05", "", "zwei"), AFTER)

    def then(day: int) -> tuple[str, int]:
        filters = Filters(areas=("Gladbeck",), as_of=datetime(2026, 11, day, 12, tzinfo=UTC))
        found = gaps(connection, filters)
        assert coverage(connection, filters)[-1].overdue_gaps == found.remarks.overdue
        listed = standing_remarks(connection, filters, today=TODAY).rows
        assert [row.comment for row in listed] == [row.remark_comment for row in found.rows if row.remark]
        return next(row.remark_comment for row in found.rows if row.ozg_id == key[2]), found.remarks.overdue

    assert [then(day) for day in (2, 9, 10)] == [("eins", 0), ("eins", 0), ("zwei", 1)]


def test_the_list_tells_what_has_passed_and_is_not_online(connection: Connection) -> None:
    (key,) = some_gaps(connection, 1)
    done = online(connection)
    for one in (key, done):
        say(connection, one, Fields("planned", "2026-11-19"))
    rows = standing_remarks(connection, today=TODAY).rows
    assert {row.ozg_id: row.overdue for row in rows} == {key[2]: True, done[2]: False}
    (row,) = standing_remarks(connection, overdue=True, today=TODAY).rows
    assert (row.ozg_id, row.by, row.gap, parse_row_id(row.id)) == (key[2], "A. Muster", True, key)
    assert standing_remarks(connection, overdue=True, today=date(2026, 11, 19)).rows == []


def test_the_list_is_limited_as_asked(connection: Connection) -> None:
    first, second = some_gaps(connection, 2)
    say(connection, first, Fields("planned", "2027-01-01"))
    say(connection, second, Fields(comment="x"))

    def listed(filters: Filters = PLACE, **limits: object) -> set[str]:
        found = standing_remarks(connection, filters, today=TODAY, **limits)  # type: ignore[arg-type]
        return {row.ozg_id for row in found.rows}

    assert listed() == {first[2], second[2]}
    assert listed(kinds=("comment",)) == {second[2]}
    assert listed(Filters(areas=("Bottrop",))) == set()
    assert listed(Filters(services=(first[2],))) == {first[2]}
    assert listed(Filters(statuses=("online",))) == set()
    with pytest.raises(NotFound):
        listed(kinds=("someday",))


def test_a_remark_outlives_its_area_leaving_the_region(connection: Connection) -> None:
    (key,) = some_gaps(connection, 1)
    say(connection, key, Fields(comment="bleibt"))
    kept = connection.execute(region_area.select()).all()
    connection.execute(delete(region_area))
    connection.execute(insert(region_area), [row._asdict() for row in kept[:1]])
    found = standing_remarks(connection, today=TODAY)
    assert (found.rows, found.outside) == ([], 1)
    connection.execute(insert(region_area), [row._asdict() for row in kept[1:]])
    found = standing_remarks(connection, today=TODAY)
    assert ([row.comment for row in found.rows], found.outside) == (["bleibt"], 0)


def test_the_history_tells_who_changed_which_field(connection: Connection) -> None:
    (key,) = some_gaps(connection, 1)
    say(connection, key, Fields(comment="eins"))
    say(connection, key, Fields("planned", "2027-01-01", "", "eins"))
    say(connection, key, NOTHING_SAID)
    found = [
        (row.number, row.field, row.before, row.after) for row in history(connection, "Gladbeck", key[2])
    ]
    assert found == [
        (1, "comment", "", "eins"),
        (2, "remark", "", "planned"),
        (2, "planned_for", "", "2027-01-01"),
        (3, "remark", "planned", ""),
        (3, "planned_for", "2027-01-01", ""),
        (3, "comment", "eins", ""),
    ]


def test_rows_to_be_filled_in_are_the_gaps_and_what_has_a_remark(connection: Connection) -> None:
    (key,) = some_gaps(connection, 1)
    shown = online(connection)
    say(connection, key, Fields(comment="x"))
    say(connection, shown, Fields(comment="y"))
    every = sheet_rows(connection, PLACE)
    assert len(every) == len(gaps(connection, PLACE).rows) + 1
    said = {row.id: (row.comment, row.stamp != "0") for row in every if row.comment}
    assert said == {row_id(*key): ("x", True), row_id(*shown): ("y", True)}
    assert {row.id for row in sheet_rows(connection, PLACE, only_remarks=True)} == set(said)
    say(connection, shown, NOTHING_SAID)
    assert [row.id for row in sheet_rows(connection, PLACE, only_remarks=True)] == [row_id(*key)]
