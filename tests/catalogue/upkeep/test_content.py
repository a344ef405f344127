from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, insert, update

from catalogue.store import Store
from catalogue.tables import cell, run
from catalogue.upkeep.content import Tally, content_of, first_filled, whole_content

ROWS = st.lists(st.tuples(st.integers(), st.none() | st.text(), st.booleans()), max_size=20)


def counted(rows: list[tuple[int, str | None, bool]]) -> tuple[int, str]:
    tally = Tally("t")
    assert list(tally.passing(rows)) == rows
    return tally.result().rows, tally.result().content_hash


@given(ROWS, st.randoms())
def test_the_order_of_rows_does_not_matter(
    rows: list[tuple[int, str | None, bool]], chance: random.Random
) -> None:
    mixed = list(rows)
    chance.shuffle(mixed)
    assert counted(rows) == counted(mixed)


@given(ROWS, st.tuples(st.integers(), st.none() | st.text(), st.booleans()))
def test_a_row_more_or_a_row_twice_is_noticed(
    rows: list[tuple[int, str | None, bool]], more: tuple[int, str | None, bool]
) -> None:
    assert counted([*rows, more])[1] != counted(rows)[1]
    assert counted([*rows, more, more])[1] not in {counted([*rows, more])[1], counted(rows)[1]}


def test_nothing_an_empty_text_and_no_value_are_three_things() -> None:
    hashes = {counted([])[1], counted([(1, "", True)])[1], counted([(1, None, True)])[1]}
    assert len(hashes) == 3


def test_a_changed_value_of_any_kind_is_noticed(small: Store) -> None:
    with small.write(keep=False) as connection:
        seen = {content_of(connection, cell).content_hash}
        for change in ({"voluntary": True}, {"leaves": 99}, {"online_url": "x"}, {"evidence_source": 7}):
            connection.execute(update(cell).values(**change))
            seen.add(content_of(connection, cell).content_hash)
        connection.execute(delete(cell))
        assert content_of(connection, cell).rows == 0
    assert len(seen) == 5


def test_all_of_it_is_read_from_one_moment(small: Store) -> None:
    with small.read() as reader:
        before = whole_content(reader)
        with small.write() as writer:
            values = {"started_at": "2026", "state": "ok", "region": "", "version": "", "host": "", "pid": 1}
            writer.execute(insert(run).values(values))
        assert whole_content(reader) == before
    with small.read() as reader:
        assert whole_content(reader) != before
        assert first_filled(reader)
