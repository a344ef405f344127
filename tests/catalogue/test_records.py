from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.records import make_ref


@pytest.mark.parametrize(
    ("agency", "identifier", "ref"),
    [
        ("L100042", "1234", "L100042:1234"),
        ("L100042", "12:34", "L100042:12:34"),
        ("L:1", "2", "L%3A1:2"),
        ("L%3A1", "2", "L%253A1:2"),
        (None, "1234", ":1234"),
        ("", "1234", ":1234"),
    ],
)
def test_a_reference_names_agency_and_identifier(agency: str | None, identifier: str, ref: str) -> None:
    assert make_ref(agency, identifier) == ref


@given(st.tuples(st.text(), st.text()), st.tuples(st.text(), st.text()))
def test_different_objects_never_share_a_reference(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert (make_ref(*one) == make_ref(*other)) == (one == other)
