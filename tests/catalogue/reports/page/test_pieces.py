from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from catalogue.reports.page.pieces import cut, size_of


@given(st.lists(st.text(max_size=30)), st.integers(min_value=1, max_value=100))
def test_pieces_keep_their_order_and_pages_their_bounds(texts: list[str], room: int) -> None:
    pages = cut([Markup(text) for text in texts], room)
    assert [str(piece) for page in pages for piece in page] == texts
    for page in pages:
        assert len(page) <= 1 or sum(map(size_of, page)) <= room


def test_a_list_without_pieces_is_one_empty_page() -> None:
    assert cut([]) == [[]]


def test_sizes_are_those_on_disk() -> None:
    assert (size_of("abc"), size_of("äöü"), size_of("\ud800")) == (3, 6, 1)
