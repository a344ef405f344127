from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from connectors.crawl.links import MOST_LINKS, find_links

URL = "https://www.stadt.example/az/liste?l=A"


def found(body: str) -> list[str]:
    return list(find_links(f"<html>{body}</html>".encode(), URL, "utf-8"))


def test_links_are_absolute_and_each_is_there_once() -> None:
    body = '<a href="d/1">a</a><a href="/d/2#x">b</a><a href=" d/1 ">c</a><area href="?l=B">'
    assert found(body) == [
        "https://www.stadt.example/az/d/1",
        "https://www.stadt.example/d/2",
        "https://www.stadt.example/az/liste?l=B",
    ]


def test_relative_links_follow_the_base_of_the_page() -> None:
    assert found('<head><base href="/x/"></head><a href="1">a</a>') == ["https://www.stadt.example/x/1"]


def test_the_next_page_of_a_list_comes_first() -> None:
    head = '<head><link rel="next" href="?l=A&amp;seite=2"><link rel="stylesheet" href="a.css"></head>'
    assert found(head + '<a href="/d">d</a>') == [
        "https://www.stadt.example/az/liste?l=A&seite=2",
        "https://www.stadt.example/d",
    ]


def test_what_is_no_web_address_is_left_out() -> None:
    body = "".join(
        f'<a href="{href}">x</a>'
        for href in (
            "mailto:a@b.example",
            "javascript:linkTo_UnCryptMailto('x')",
            "tel:02361",
            "#oben",
            "",
            "ftp://x.example/",
            "http://[kaputt",
            "data:text/html,x",
            "/" + "x" * 3_000,
        )
    )
    assert found(body) == []


def test_links_in_comments_are_none() -> None:
    assert found('<!-- <a href="/alt">alt</a> -->') == []


def test_a_page_of_links_only_is_cut_in_bounded_time() -> None:
    body = "".join(f'<a href="/d/{number}">x</a>' for number in range(MOST_LINKS + 5_000)).encode()
    begun = time.monotonic()
    assert len(find_links(body, URL)) == MOST_LINKS
    assert time.monotonic() - begun < 5


def test_deep_nesting_does_no_harm() -> None:
    find_links(b"<div>" * 200_000 + b'<a href="/d">x</a>', URL)


@given(st.binary(max_size=2_000), st.sampled_from(["utf-8", "utf-16", "latin-1", "base64", "nonsense", None]))
def test_no_bytes_make_it_fail(body: bytes, charset: str | None) -> None:
    assert isinstance(find_links(body, URL, charset), tuple)
