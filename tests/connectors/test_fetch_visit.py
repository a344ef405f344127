"""Fetching a page for a crawl: its own limit of bytes, and redirects that somebody has to agree to."""

from __future__ import annotations

import pytest

from connectors.errors import RejectDelivery, RetryLater
from connectors.fetch import Fetcher
from tests.faultserver import FaultServer


def test_a_page_is_fetched_as_usual(server: FaultServer, fetcher: Fetcher) -> None:
    url = server.add("/a", b"<p>page</p>", "text/html; charset=iso-8859-1")
    answer = fetcher.visit(url, limit=100, may_follow=lambda target: True)
    assert (answer.url, answer.body, answer.charset) == (url, b"<p>page</p>", "iso-8859-1")


def test_a_page_may_not_be_larger_than_its_limit(server: FaultServer, fetcher: Fetcher) -> None:
    url = server.add("/a", bytes(101))
    with pytest.raises(RejectDelivery) as caught:
        fetcher.visit(url, limit=100, may_follow=lambda target: True)
    assert caught.value.code == "too_large"
    assert fetcher.get(url).body == bytes(101)


def test_every_redirect_is_asked_about_before_it_is_followed(server: FaultServer, fetcher: Fetcher) -> None:
    server.add("/a", lambda call: call.answer(b"", "302 Found", Location="/b"))
    server.add("/b", lambda call: call.answer(b"", "302 Found", Location="/c"))
    server.add("/c", b"end")
    targets: list[str] = []

    def agree(target: str) -> bool:
        targets.append(target)
        return True

    assert fetcher.visit(server.url("/a"), limit=100, may_follow=agree).body == b"end"
    assert targets == [server.url("/b"), server.url("/c")]


def test_a_redirect_that_is_not_wanted_is_not_followed(server: FaultServer, fetcher: Fetcher) -> None:
    server.add("/a", lambda call: call.answer(b"", "302 Found", Location="/b?token=secret"))
    with pytest.raises(RetryLater) as caught:
        fetcher.visit(server.url("/a"), limit=100, may_follow=lambda target: False)
    assert caught.value.code == "redirect_unwanted"
    assert "secret" not in str(caught.value)
    assert [call.target for call in server.requests] == ["/a"]


def test_what_did_not_change_comes_without_a_body(server: FaultServer, fetcher: Fetcher) -> None:
    url = server.add("/a", b"page")
    first = fetcher.visit(url, limit=100, may_follow=lambda target: True)
    again = fetcher.visit(url, limit=100, may_follow=lambda target: True, validators=first.validators)
    assert again.not_modified
    assert again.body == b""
    assert again.validators == first.validators
