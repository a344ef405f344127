from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.crawl.directives import Directives, read_directives

NOTHING = Directives()


def head(tag: str) -> bytes:
    return f"<html><head>{tag}</head><body></body></html>".encode()


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ('<meta name="robots" content="noindex, nofollow">', Directives(True, True)),
        ("<meta content=NOINDEX name=Robots>", Directives(noindex=True)),
        ("<META NAME='robots' CONTENT='index,nofollow'/>", Directives(nofollow=True)),
        ('<meta name="robots" content="none">', Directives(True, True)),
        ('<meta name="Lueckenlos" content="noindex">', Directives(noindex=True)),
        ('<meta name="otherbot" content="noindex">', NOTHING),
        ('<meta name="description" content="noindex robots">', NOTHING),
        ('<!-- <meta name="robots" content="noindex"> -->', NOTHING),
        ('<meta name="robots" content="index, follow">', NOTHING),
    ],
)
def test_a_page_says_in_its_head_what_robots_must_not_do(tag: str, expected: Directives) -> None:
    assert read_directives("", head(tag)) == expected


def test_what_the_body_shows_is_no_rule() -> None:
    body = b'<html><head></head><body><meta name="robots" content="noindex"></body></html>'
    assert read_directives("", body) == NOTHING


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("noindex", Directives(noindex=True)),
        ("otherbot: noindex, nofollow", NOTHING),
        ("otherbot: noindex, lueckenlos: nofollow", Directives(nofollow=True)),
        ("unavailable_after: 25 Jun 2027 15:00:00 PST, noindex", Directives(noindex=True)),
        ("", NOTHING),
    ],
)
def test_the_header_counts_for_all_robots_or_the_one_it_names(header: str, expected: Directives) -> None:
    assert read_directives(header, b"") == expected


@given(st.text(max_size=100), st.binary(max_size=500))
def test_no_page_and_no_header_makes_it_fail(header: str, body: bytes) -> None:
    assert isinstance(read_directives(header, body), Directives)
