from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.html.decode import MOST_BYTES, decode_page

UMLAUTS = "Gebühren für Hunde – 5 €"
GERMAN = st.text(alphabet="aäöüß €–.", min_size=1)


@given(
    GERMAN, st.sampled_from([None, "utf-8", "iso-8859-1", "windows-1252", "us-ascii", "nonsense", "utf-16"])
)
def test_utf8_is_read_as_utf8_whatever_the_header_says(text: str, declared: str | None) -> None:
    assert decode_page(text.encode(), declared).text == text


def test_windows_1252_is_read_although_the_header_says_utf8() -> None:
    decoded = decode_page(UMLAUTS.encode("cp1252"), "utf-8")

    assert decoded.text == UMLAUTS
    assert "charset_contradicted" in decoded.warnings


def test_iso_8859_1_means_windows_1252_as_in_browsers() -> None:
    assert decode_page(UMLAUTS.encode("cp1252"), "iso-8859-1").text == UMLAUTS


def test_the_meta_element_counts_where_the_header_says_nothing() -> None:
    body = '<meta charset="iso-8859-2"><p>Słubice</p>'.encode("iso-8859-2")

    assert "Słubice" in decode_page(body, None).text


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_byte_order_mark_decides(encoding: str) -> None:
    assert decode_page(UMLAUTS.encode(encoding), "iso-8859-1").text == UMLAUTS


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_two_bytes_a_character_are_recognised_without_a_mark(encoding: str) -> None:
    assert decode_page(UMLAUTS.encode(encoding), None).text == UMLAUTS


def test_a_few_spoiled_bytes_do_not_spoil_the_other_umlauts() -> None:
    decoded = decode_page(("ä" * 20).encode() + b"\xfc", "utf-8")

    assert decoded.text == "ä" * 20 + "\ufffd"
    assert "charset_errors" in decoded.warnings


def test_accents_of_their_own_are_composed() -> None:
    assert decode_page("Gebu\u0308hren".encode(), None).text == "Gebühren"


def test_markup_that_was_escaped_once_too_often_is_put_right() -> None:
    decoded = decode_page(b"&lt;p&gt;Text &lt;a href=&quot;/x&quot;&gt;Link&lt;/a&gt;&lt;/p&gt;", None)

    assert decoded.text == '<p>Text <a href="/x">Link</a></p>'
    assert "escaped_twice" in decoded.warnings


def test_what_is_no_markup_stays_escaped() -> None:
    assert (
        decode_page(b"Kinder &lt; 12 Jahre &lt;script&gt;", None).text
        == "Kinder &lt; 12 Jahre &lt;script&gt;"
    )


def test_a_page_that_is_too_long_is_cut_and_says_so() -> None:
    decoded = decode_page(b"a" * (MOST_BYTES + 1), None)

    assert len(decoded.text) == MOST_BYTES
    assert decoded.warnings == ("page_cut",)
