"""What stands about a cell follows from its acts alone, and every act stays."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Thread

import pytest
from alembic import command
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.exc import IntegrityError

from catalogue.annotations import (
    FIELDS,
    NOTHING_SAID,
    Act,
    CellKey,
    Fields,
    base_of,
    histories,
    is_overdue,
    local_day,
    remark_of,
    remarks,
    said_by,
    stamp_of,
    standing,
)
from catalogue.annotations_writing import Signature, put_on_record, writing
from catalogue.errors import RemarkUnfit
from catalogue.store import Store, _alembic_config
from catalogue.tables import annotation
from tests.catalogue.applying import BOTTROP, GLADBECK, add_areas
from tests.catalogue.importing import AREAS, LEIKA, OZG, bring

KEY: CellKey = (BOTTROP, "gemeinde", "10110")
OTHER: CellKey = (GLADBECK, "gemeinde", "10110")
PLANNED = Fields("planned", "2027-12-31", "FB 3", "läuft")

VALUES = st.one_of(st.none(), st.just(""), st.sampled_from(["a", "b", "2027-01-01"]))
SAYINGS = st.tuples(VALUES, VALUES, VALUES, VALUES)


@st.composite
def acts(draw: st.DrawFn) -> tuple[Act, ...]:
    said = draw(st.lists(SAYINGS, max_size=8))
    return tuple(
        Act(number, *values, f"actor {number}", f"2026-11-{number:02}T08:00:00+00:00", "set")
        for number, values in enumerate(said, start=1)
    )


@given(acts())
def test_of_each_field_the_newest_word_counts(said: tuple[Act, ...]) -> None:
    for field in FIELDS:
        words = [getattr(act, field) for act in said if getattr(act, field) is not None]
        assert getattr(standing(said), field) == (words[-1] if words else "")


@given(acts(), acts())
def test_acts_that_say_nothing_of_a_field_leave_it(said: tuple[Act, ...], more: tuple[Act, ...]) -> None:
    silent = [act._replace(**dict.fromkeys(FIELDS)) for act in more]
    assert standing([*said, *silent]) == standing(said)


@given(acts())
def test_a_stamp_leads_back_to_what_stood_when_it_was_given_out(said: tuple[Act, ...]) -> None:
    for count in range(len(said) + 1):
        stamp = stamp_of(KEY, said[:count])
        assert base_of(KEY, said, stamp) == standing(said[:count])


@given(acts())
def test_every_act_changes_the_stamp(said: tuple[Act, ...]) -> None:
    stamps = [stamp_of(KEY, said[:count]) for count in range(len(said) + 1)]
    assert len(set(stamps)) == len(stamps)


@given(acts(), st.text(max_size=20))
def test_a_stamp_of_something_else_stands_for_nothing(said: tuple[Act, ...], stamp: str) -> None:
    mine = {stamp_of(KEY, said[:count]) for count in range(len(said) + 1)}
    foreign = [stamp_of(OTHER, said[:count]) for count in range(1, len(said) + 1)]
    for one in (stamp, *foreign):
        if one not in mine:
            assert base_of(KEY, said, one) == NOTHING_SAID


@given(acts())
def test_the_remark_names_the_kind_and_who_spoke_last(said: tuple[Act, ...]) -> None:
    remark, fields = remark_of(KEY, said), standing(said)
    if fields == NOTHING_SAID:
        assert remark is None
    else:
        assert remark is not None
        assert (remark.kind, remark.unit) == (fields.kind or "comment", fields.unit)
        assert (remark.actor, remark.at) == (said[-1].actor, said[-1].at)


def test_who_said_a_field_is_the_last_who_did() -> None:
    said = (
        Act(1, "", "", "FB 1", None, "A", "2026-01-01", "set"),
        Act(2, None, None, "FB 2", None, "B", "2026-01-02", "set"),
        Act(3, None, None, None, "x", "C", "2026-01-03", "set"),
    )
    assert said_by(said, "unit") == ("B", "2026-01-02")
    assert said_by(said[:2], "comment") == ("", "")


@pytest.mark.parametrize(
    ("day", "status", "overdue"),
    [
        ("2026-11-19", "missing", True),
        ("2026-11-19", "unknown", True),
        ("2026-11-19", "online", False),
        ("2026-11-20", "missing", False),
        ("", "missing", False),
    ],
)
def test_a_day_has_passed_when_it_is_over_and_nothing_is_known_to_be_online(
    day: str, status: str, overdue: bool
) -> None:
    assert is_overdue(day, status, local_day(datetime(2026, 11, 20, 12, tzinfo=UTC))) is overdue


def say(store: Store, said: dict[CellKey, Fields], at: str = "2026-11-20T10:00:00+00:00") -> int:
    with writing(store) as connection:
        return put_on_record(connection, said, Signature("A. Muster", at, "set"))


def standing_in(store: Store, as_of: datetime | None = None) -> dict[CellKey, Fields]:
    with store.read() as connection:
        found = remarks(connection, as_of=as_of)
    return {
        key: Fields("" if one.kind == "comment" else one.kind, one.planned_for, one.unit, one.comment)
        for key, one in found.items()
    }


def count(connection: Connection) -> int:
    return connection.scalar(select(func.count()).select_from(annotation)) or 0


def test_what_is_said_is_kept_and_said_again_writes_nothing(area_store: Store) -> None:
    assert say(area_store, {KEY: PLANNED, OTHER: Fields(comment="ja")}) == 2
    assert say(area_store, {KEY: PLANNED}) == 0
    assert standing_in(area_store) == {KEY: PLANNED, OTHER: Fields(comment="ja")}
    with area_store.read() as connection:
        assert list(remarks(connection, [2])) == [OTHER]
        assert remarks(connection, []) == {}


def test_taking_back_leaves_the_history(area_store: Store) -> None:
    say(area_store, {KEY: PLANNED})
    say(area_store, {KEY: NOTHING_SAID})
    assert standing_in(area_store) == {}
    with area_store.read() as connection:
        first, second = histories(connection)[KEY]
    assert standing([first]) == PLANNED
    assert (second.number, second.kind, second.comment) == (2, "", "")


def test_an_act_holds_only_what_it_says_anew(area_store: Store) -> None:
    say(area_store, {KEY: PLANNED})
    say(area_store, {KEY: PLANNED._replace(unit="FB 4")})
    with area_store.read() as connection:
        second = histories(connection)[KEY][1]
    assert second[1:5] == (None, None, "FB 4", None)


def test_remarks_are_shown_as_they_stood_at_a_moment(area_store: Store) -> None:
    say(area_store, {KEY: Fields(comment="eins")}, "2026-11-01T10:00:00+00:00")
    say(area_store, {KEY: Fields(comment="zwei")}, "2026-11-10T10:00:00+00:00")
    say(area_store, {KEY: NOTHING_SAID}, "2026-11-15T10:00:00+00:00")
    seen = {
        day: standing_in(area_store, datetime(2026, 11, day, 10, tzinfo=UTC)).get(KEY)
        for day in (1, 9, 10, 14, 15)
    }
    eins, zwei = Fields(comment="eins"), Fields(comment="zwei")
    assert seen == {1: eins, 9: eins, 10: zwei, 14: zwei, 15: None}
    assert standing_in(area_store, datetime(2026, 11, 1, 9, 59, tzinfo=UTC)) == {}


def test_a_clock_that_was_put_back_hides_no_act(area_store: Store) -> None:
    say(area_store, {KEY: Fields(comment="eins")}, "2026-11-10T10:00:00+00:00")
    say(area_store, {KEY: Fields(comment="zwei")}, "2026-11-09T10:00:00+00:00")
    assert standing_in(area_store, datetime(2026, 11, 10, 10, tzinfo=UTC)) == {KEY: Fields(comment="zwei")}


def test_what_cannot_be_kept_is_refused_and_nothing_is_written(area_store: Store) -> None:
    with pytest.raises(RemarkUnfit):
        say(area_store, {OTHER: Fields(comment="ja"), KEY: Fields(kind="not_offered")})
    with area_store.read() as connection:
        assert count(connection) == 0


def test_two_acts_cannot_rest_on_the_same_one(area_store: Store) -> None:
    say(area_store, {KEY: PLANNED})
    with area_store.read() as connection:
        row = connection.execute(select(annotation)).one()._asdict()
    with pytest.raises(IntegrityError), area_store.write() as connection:
        connection.execute(insert(annotation).values(**{**row, "id": row["id"] + 1}))


def test_who_writes_at_the_same_time_waits_and_sees_what_was_written(area_store: Store) -> None:
    seen: list[CellKey] = []

    def second() -> None:
        with writing(area_store) as connection:
            seen.extend(remarks(connection))
            put_on_record(connection, {KEY: Fields(comment="zwei")}, Signature("B", "2026-11-21", "set"))

    other = Thread(target=second)
    with writing(area_store) as connection:
        other.start()
        put_on_record(connection, {KEY: Fields(comment="eins")}, Signature("A", "2026-11-20", "set"))
    other.join(timeout=30)
    assert not other.is_alive()
    assert seen == [KEY]
    with area_store.read() as connection:
        assert [act.comment for act in histories(connection)[KEY]] == ["eins", "zwei"]


def test_rows_of_before_are_kept_by_the_migration_and_on_the_way_back(store: Store) -> None:
    add_areas(store)
    old = {"area": 1, "at": "2026-01-01T00:00:00+00:00", "actor": "A. Muster"}
    rows = [("comment", None, "erst"), ("not_offered", "2027-01-01", "kein Bedarf")]
    with store.write() as connection:
        migrate(connection, "downgrade", "0005")
        for kind, day, comment in rows:
            connection.execute(
                text(
                    "INSERT INTO annotation (area_id, ozg_id, kind, planned_for, text, actor, created_at) "
                    "VALUES (:area, '10110', :kind, :day, :comment, :actor, :at)"
                ),
                {**old, "kind": kind, "day": day, "comment": comment},
            )
        migrate(connection, "upgrade", "0006")
    assert standing_in(store) == {KEY: Fields("not_offered", "2027-01-01", "", "kein Bedarf")}
    with store.read() as connection:
        assert [act.number for act in histories(connection)[KEY]] == [1, 2]
    with store.write() as connection:
        migrate(connection, "downgrade", "0005")
        kept = connection.execute(text("SELECT kind, planned_for, text FROM annotation ORDER BY id")).all()
        migrate(connection, "upgrade", "head")
    assert [tuple(row) for row in kept] == rows


def test_remarks_outlive_new_reference_tables(small_store: Store) -> None:
    key = (GLADBECK, "gemeinde", "10110")
    say(small_store, {key: PLANNED})
    bring(small_store, LEIKA.replace("10110", "10124"), replace=True, as_of="2026-02-01")
    bring(small_store, OZG.replace("10110", "10111"), replace=True, as_of="2026-02-01")
    others = [line for line in AREAS.splitlines(keepends=True) if "Gladbeck" not in line]
    bring(small_store, "".join(others), replace=True, as_of="2026-02-01")
    assert standing_in(small_store) == {key: PLANNED}


def migrate(connection: Connection, way: str, revision: str) -> None:
    config = _alembic_config()
    config.attributes["connection"] = connection
    getattr(command, way)(config, revision)
