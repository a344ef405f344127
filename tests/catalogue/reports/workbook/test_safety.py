from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.reports.workbook.safety import LONGEST_LINK, LONGEST_TEXT, clean, heading, label_of, link_of

ANY_TEXT = st.text(st.characters(), max_size=300)  # halves of characters included


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def is_of_xml(character: str) -> bool:
    point = ord(character)
    return character == "\n" or 0x20 <= point <= 0xD7FF or 0xE000 <= point <= 0xFFFD or point >= 0x10000


@given(ANY_TEXT)
def test_what_is_left_of_a_text_can_stand_in_xml(written: str) -> None:
    assert all(map(is_of_xml, clean(written)))


@given(ANY_TEXT)
def test_cleaning_twice_changes_nothing(written: str) -> None:
    assert clean(clean(written)) == clean(written)


@given(st.text(st.characters(categories=["L", "N", "P", "S"]), max_size=300))
def test_what_people_see_stays(written: str) -> None:
    assert clean(written) == written


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("a\x00b\x1b[31m", "ab[31m"),
        ("a\tb", "a b"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("abc\u202etxt.exe", "abctxt.exe"),
        ("\ufeffStart\u200b", "Start"),
        ("\ud83d", ""),
        ("\ufffe\uffff\U0001ffff\ufdd0", ""),
        ("=1+1", "=1+1"),
        ("Straße 😀", "Straße 😀"),
    ],
)
def test_controls_and_hidden_characters_are_left_out(written: str, left: str) -> None:
    assert clean(written) == left


@pytest.mark.parametrize("character", ["a", "ä", "😀", "\n"])
@pytest.mark.parametrize("length", [LONGEST_TEXT - 1, LONGEST_TEXT, LONGEST_TEXT + 1, 3 * LONGEST_TEXT])
def test_no_text_is_longer_than_a_cell_can_hold(character: str, length: int) -> None:
    cleaned = clean(character * length)
    assert units(cleaned) <= LONGEST_TEXT
    assert cleaned.encode()
    if units(character * length) > LONGEST_TEXT and character != "\n":
        assert cleaned.endswith(" […]")


def test_a_text_that_just_fits_is_left_as_it_is() -> None:
    assert clean("x" * LONGEST_TEXT) == "x" * LONGEST_TEXT


def test_no_text_has_more_lines_than_a_cell_can_hold() -> None:
    assert clean("a\n" * 1000).count("\n") == 250


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt://example.org/%0aalert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "external:c:\\temp\\x.xlsx",
        "internal:Sheet2!A1",
        "mailto:somebody@example.org",
        "ftp://example.org/",
        "//example.org/x",
        "example.org",
        "http://",
        "https://user:secret@example.org/",
        "https://example.org\\@evil.example/",
        "https://exam\nple.org/",
        "https://example.org/\u202egnp.exe",
        "https://[::1/",
        "https://example.org:99999x/",
        "https://example.org/" + "x" * LONGEST_LINK,
        "",
    ],
)
def test_what_is_no_plain_address_of_a_website_is_no_link(address: str) -> None:
    assert link_of(address) == ""


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
        ("HTTP://example.org/", "http://example.org/"),
        (" https://example.org/a ", "https://example.org/a"),
        ("https://example.org/ä b", "https://example.org/%C3%A4%20b"),
        ('https://example.org/"<x>', "https://example.org/%22%3Cx%3E"),
        ("https://münchen.example/", "https://xn--mnchen-3ya.example/"),
        ("https://example.org/%41", "https://example.org/%41"),
    ],
)
def test_a_plain_address_is_written_as_browsers_send_it(address: str, link: str) -> None:
    assert link_of(address) == link


@given(ANY_TEXT)
def test_a_link_is_never_anything_but_an_address_of_the_web(written: str) -> None:
    for address in (written, f"https://{written}", f"https://example.org/{written}"):
        link = link_of(address)
        assert not link or (
            link.startswith(("http://", "https://")) and link.isascii() and link.isprintable()
        )
        assert len(link) <= LONGEST_LINK


def test_the_text_of_a_link_is_one_short_line() -> None:
    assert label_of("a\nb\tc") == "a b c"
    assert units(label_of("😀" * 400)) <= 255


def test_a_heading_has_no_commands_of_the_printed_page() -> None:
    assert heading("A & B &P &[Datei]") == "A && B &&P &&[Datei]"
    assert len(heading("&" * 500)) <= 255 - 30
