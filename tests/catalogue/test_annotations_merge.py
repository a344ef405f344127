"""A sheet and what others said meanwhile come together without anybody's words being lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.annotations import FIELDS, Fields
from catalogue.annotations_merge import MINE, THEIRS, Edit, edits, merge

VALUE = st.sampled_from(["", "a", "b", "c"])
FIELDS_OF = st.builds(Fields, VALUE, VALUE, VALUE, VALUE)


@given(FIELDS_OF, FIELDS_OF)
def test_a_row_as_it_was_exported_says_nothing(base: Fields, theirs: Fields) -> None:
    assert merge(theirs, edits(base, base._asdict())) == (theirs, ())


@given(FIELDS_OF, FIELDS_OF)
def test_where_nobody_else_spoke_the_sheet_holds(base: Fields, mine: Fields) -> None:
    assert merge(base, edits(base, mine._asdict())) == (mine, ())


@given(FIELDS_OF, FIELDS_OF, FIELDS_OF)
def test_each_field_is_somebodys_word(base: Fields, mine: Fields, theirs: Fields) -> None:
    said, conflicts = merge(theirs, edits(base, mine._asdict()))
    contested = {one.field for one in conflicts}
    for field in FIELDS:
        mine_says, theirs_say = getattr(mine, field), getattr(theirs, field)
        in_the_way = mine_says != getattr(base, field) != theirs_say != mine_says
        assert (field in contested) == in_the_way
        if conflicts:
            assert getattr(said, field) == theirs_say
        else:
            assert getattr(said, field) == (mine_says if mine_says != getattr(base, field) else theirs_say)


@given(FIELDS_OF, FIELDS_OF, FIELDS_OF, st.sampled_from([MINE, THEIRS]))
def test_taking_sides_leaves_no_conflict_the_next_time(
    base: Fields, mine: Fields, theirs: Fields, take: str
) -> None:
    changed = edits(base, mine._asdict())
    said, conflicts = merge(theirs, changed, take)
    for one in conflicts:
        assert getattr(said, one.field) == (one.value if take == MINE else getattr(theirs, one.field))
    again = merge(said, changed, take)
    assert again.said == said
    assert again.conflicts == (conflicts if take == THEIRS else ())


@given(FIELDS_OF, FIELDS_OF, FIELDS_OF)
def test_a_sheet_that_was_read_changes_nothing_the_second_time(
    base: Fields, mine: Fields, theirs: Fields
) -> None:
    changed = edits(base, mine._asdict())
    said, conflicts = merge(theirs, changed)
    assert merge(said, changed) == (said, conflicts)


@pytest.mark.parametrize("field", FIELDS)
def test_a_column_that_is_not_there_takes_nothing_back(field: str) -> None:
    base = Fields("planned", "2027-01-01", "FB", "x")
    given_ = {name: value for name, value in Fields()._asdict().items() if name != field}
    assert [one.field for one in edits(base, given_)] == [name for name in FIELDS if name != field]


def test_an_emptied_cell_takes_back_only_what_stood_at_the_export() -> None:
    assert edits(Fields(), {"comment": ""}) == []
    assert edits(Fields(comment="x"), {"comment": ""}) == [Edit("comment", "x", "")]
