"""Which web addresses may be fetched, and how they are shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.urls import is_fetchable, origin, redact


@pytest.mark.parametrize(
    "url",
    [
        "http://stadt.example/",
        "https://stadt.example:8443/feed.xml?stand=heute",
        "https://benutzer:geheim@stadt.example/feed.xml",
        "http://[2001:db8::1]/",
        "http://stadt.example/ein ordner/feed.xml",
    ],
)
def test_http_addresses_with_a_host_are_fetchable(url: str) -> None:
    assert is_fetchable(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "stadt.example/feed.xml",
        "ftp://stadt.example/feed.xml",
        "file:///etc/passwd",
        "data:text/xml,<feed/>",
        "http://",
        "http:///feed.xml",
        "http://[::1/feed.xml",
        "http://stadt.example:99999/",
        "http://stadt.example:0/",
        "http://stadt.example/\r\nHost: andere.example",
        " http://stadt.example/",
        "http://stadt.example/" + "x" * 8_000,
    ],
)
def test_everything_else_is_not(url: str) -> None:
    assert not is_fetchable(url)


def test_an_origin_is_scheme_host_and_port() -> None:
    assert origin("https://Stadt.Example/a") == ("https", "stadt.example", 443)
    assert origin("http://stadt.example:8080/a") == ("http", "stadt.example", 8080)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://anna:geheim@stadt.example/a", "https://stadt.example/a"),
        ("https://a@b:geheim@stadt.example/a", "https://stadt.example/a"),
        ("anna:geheim@stadt.example/a", "stadt.example/a"),
        (
            "https://stadt.example/a?page=2&api_key=geheim&Token=geheim",
            "https://stadt.example/a?page=2&api_key=…&Token=…",
        ),
        ("https://stadt.example/a#geheim", "https://stadt.example/a"),
        ("https://stadt.example/\x1b[31m\r\nfeed", "https://stadt.example/[31mfeed"),
    ],
)
def test_shown_addresses_hold_no_secrets_and_no_control_characters(url: str, shown: str) -> None:
    assert redact(url) == shown


def test_shown_addresses_are_short() -> None:
    assert len(redact("https://stadt.example/" + "x" * 5_000)) == 300


@given(st.text(max_size=400))
def test_anything_can_be_shown(text: str) -> None:
    shown = redact(text)
    assert len(shown) <= 300
    assert shown.isprintable()


@given(st.text(alphabet="abc:/?#[]@%. \\", max_size=40))
def test_anything_can_be_judged(text: str) -> None:
    assert is_fetchable("http://" + text) in {True, False}
