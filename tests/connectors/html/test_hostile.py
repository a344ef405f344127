from __future__ import annotations

import time
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.html.page import PageReading, read_page
from tests.connectors.html.reading import PAGE, read, rules

TAGS = (
    *(
        "html",
        "head",
        "body",
        "main",
        "nav",
        "div",
        "p",
        "a",
        "h1",
        "h2",
        "ul",
        "li",
        "table",
        "tr",
        "td",
        "th",
    ),
    *("dl", "dt", "dd", "details", "summary", "form", "button", "b", "br"),
)
WORDS = (
    "Gebühren:",
    "online beantragen",
    "Termin",
    "&lt;p&gt;",
    "\x1f",
    "99050012104000",
    "Erika Mustermann",
    "·",
)
ATTRIBUTES = (
    'href="/x"',
    "href='javascript:x'",
    'class="nav"',
    'id="content"',
    'role="tab"',
    'href="//["',
    "href",
)
PIECE = st.one_of(
    st.sampled_from([f"<{tag}>" for tag in TAGS] + [f"</{tag}>" for tag in TAGS]),
    st.builds("<{} {}>".format, st.sampled_from(TAGS), st.sampled_from(ATTRIBUTES)),
    st.sampled_from(WORDS),
    st.text(max_size=8),
)
LONGEST_TIME = 20  # seconds; slow machines included, what is not linear takes hours
MEGABYTE = 1 << 20


@given(
    st.binary(max_size=400), st.text(max_size=30), st.sampled_from([None, "utf-8", "utf-16", "latin-1", "\0"])
)
def test_any_bytes_at_any_address_are_read(body: bytes, url: str, charset: str | None) -> None:
    assert isinstance(read_page(body, url, charset, rules()), PageReading)


@settings(max_examples=200)
@given(st.lists(PIECE, max_size=60))
def test_any_pieces_of_markup_are_read_twice_alike(pieces: list[str]) -> None:
    body = "".join(pieces).encode("utf-8", "replace")
    reading = read(body)

    assert reading == read(body)
    assert reading.kind in {"service", "multi"} or reading.services == ()
    assert all(link.url.startswith(("http://", "https://")) for link in reading.links)
    assert "Mustermann" not in repr((reading.services, reading.links))


@pytest.mark.parametrize(
    "body",
    [
        b"<div>" * (MEGABYTE // 5),
        b"<h1>Hund</h1>" + b"<span>" * (MEGABYTE // 6),
        b"<h1>Hund</h1><details><summary>x</summary>" * (MEGABYTE // 50),
        b"<nav>" + b"<a " * MEGABYTE + b"</nav>",
        b"<h1>Hund</h1><p>" + b"nicht online kein leider " * (MEGABYTE // 6),
        b"<h1>Hund</h1><p>" + b"drucken unterschreiben per post " * (MEGABYTE // 8),
        b"<h1>Hund</h1>" + b"<p>Antrag online stellen. Termin vereinbaren.</p>" * (5 * MEGABYTE // 48),
        b"<h1>Hund</h1>" + b"".join(b'<a href="/x%d?y">online %d</a>' % (n, n) for n in range(60_000)),
        b"<h2>Hund</h2><h3>Kosten</h3><p>x</p>" * (MEGABYTE // 8),
        b"&lt;p " * (MEGABYTE // 2),
        b'<a role="tab" href="#x">y</a>' * (MEGABYTE // 16),
        b"<" * MEGABYTE,
        b'<script type="application/ld+json">' + b"[" * MEGABYTE + b"</script><h1>x</h1>",
        b'<script type="application/ld+json">' + b'{"a":' * 80_000 + b"</script><h1>x</h1>",
        b"<h1>" + "Leistungen Amt für anmelden - ".encode() * (MEGABYTE // 8) + b"</h1>",
        b'<p><a href="/a.pdf">' + b"0 (" * (MEGABYTE // 4) + b"</a></p>",
    ],
    ids=range(16),
)
def test_large_and_crooked_pages_are_read_in_bounded_time(body: bytes) -> None:
    begin = time.process_time()
    reading = read(body)

    assert time.process_time() - begin < LONGEST_TIME
    assert len(reading.links) <= 5_000
    assert sum(len(one.links) + len(one.evidence) for one in reading.services) < 10_000


@pytest.mark.parametrize(
    "body",
    [
        b"<div>" * 1_000 + b"Antrag",
        b"<h1>x</h1>" + b"<p>x</p>" * 10_000,
        b"<h1>x</h1>" + b" " * (5 * MEGABYTE),
    ],
    ids=["deep", "many", "long"],
)
def test_a_page_that_was_not_read_to_its_end_says_so(body: bytes) -> None:
    assert "page_cut" in read(body).warnings


def test_entities_of_a_document_type_are_not_resolved() -> None:
    kinds = b'<!ENTITY x SYSTEM "file:///etc/hostname"><!ENTITY y "geheim">'
    body = b"<!DOCTYPE html [" + kinds + b"]><h1>Hund &x; &y;</h1>"

    assert "geheim" not in read(body).title


@pytest.mark.parametrize(
    "url", ["", "nonsense", "http://[", "https://a.example:99999/", "file:///etc/passwd", "//x"]
)
def test_an_address_that_is_none_does_not_keep_a_page_from_being_read(url: str) -> None:
    reading = read_page(
        b'<h1>Hund</h1><a href="x">y</a><a href="https://b.example/">z</a>', url, None, rules()
    )

    assert reading.url == url
    assert [link.url for link in reading.links] in ([], ["https://b.example/"])


def test_a_reading_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        read_page(b"", PAGE, None, rules()).kind = "service"
