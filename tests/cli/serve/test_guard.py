"""What every request passes first: only reading, only so much, and headers for browsers."""

from __future__ import annotations

import asyncio

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from sqlalchemy.exc import OperationalError
from starlette.types import Receive, Scope, Send

from catalogue.errors import StoreError
from cli.serve.guard import LONGEST_ADDRESS, Guard
from tests.cli.serve.asking import Browser, browsing

PATHS = ("/", "/api/v1/", "/api/v1/cells", "/v1/data", "/v1/ars", "/nothing")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND", "get"])
def test_nothing_can_be_written(browser: Browser, method: str, path: str) -> None:
    answer = browser.send(method, path)
    assert answer.status == 405
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
    assert answer.json["code"] == "method_not_allowed"


def test_options_says_what_is_allowed(browser: Browser) -> None:
    answer = browser.send("OPTIONS", "/api/v1/cells")
    assert (answer.status, answer.headers["allow"]) == (204, "GET, HEAD, OPTIONS")


def test_a_browser_that_asks_for_leave_gets_no_answer_meant_for_others(browser: Browser) -> None:
    asked = {"origin": "https://portal.example", "access_control_request_method": "GET"}
    whole = browser.get("/api/v1/areas")
    refused = browser.send("OPTIONS", "/api/v1/areas", **asked)
    assert (whole.status, refused.status) == (200, 405)
    assert "access-control-allow-origin" not in refused.headers


@pytest.mark.parametrize("path", [*PATHS, "/api/v1/cells?area=Herne", "/api/v1/cells?x=1"])
def test_every_answer_tells_browsers_to_take_care(browser: Browser, path: str) -> None:
    headers = browser.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "unsafe" not in headers["content-security-policy"]
    assert "server" not in headers


def test_an_address_that_is_too_long_is_refused(browser: Browser) -> None:
    answer = browser.get("/api/v1/cells?area=" + "x" * LONGEST_ADDRESS)
    assert (answer.status, answer.json["code"]) == (414, "address_too_long")


def test_there_is_no_leave_for_pages_of_others_unless_told_so(synced_database: str) -> None:
    origin = "https://portal.example"
    with browsing(synced_database) as browser:
        assert "access-control-allow-origin" not in browser.get("/api/v1/areas", origin=origin).headers
    with browsing(synced_database, origins=[origin]) as browser:
        allowed = browser.get("/api/v1/areas", origin=origin)
        assert allowed.headers["access-control-allow-origin"] == origin
        assert "ETag" in allowed.headers["access-control-expose-headers"]
        assert "access-control-allow-credentials" not in allowed.headers
        other = browser.get("/api/v1/areas", origin="https://other.example")
        assert "access-control-allow-origin" not in other.headers
        asked = browser.send("OPTIONS", "/api/v1/areas", origin=origin, access_control_request_method="GET")
        assert (asked.status, asked.headers["access-control-allow-origin"]) == (200, origin)
        refused = browser.send(
            "OPTIONS", "/api/v1/areas", origin=origin, access_control_request_method="DELETE"
        )
        assert refused.status == 400


def test_more_than_enough_requests_are_sent_away_at_once() -> None:
    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        arrived.release()
        await leave.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def ask() -> list[int]:
        waiting = [asyncio.create_task(browser.request("GET", "/api/v1/cells", {})) for _ in range(2)]
        for _ in waiting:
            await arrived.acquire()
        third = await browser.request("GET", "/api/v1/cells", {})
        assert "retry-after" in third.headers
        leave.set()
        return [third.status, *[(await one).status for one in waiting]]

    arrived, leave = asyncio.Semaphore(0), asyncio.Event()
    browser = Browser(Guard(slow, report=print, most_at_once=2))
    browser.close()
    assert asyncio.run(ask()) == [503, 200, 200]


@pytest.mark.parametrize("error", [ValueError("secret"), OperationalError("SELECT secret", {}, Exception())])
def test_a_defect_says_nothing_about_itself_and_is_reported(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object, **__: object) -> object:
        raise error

    monkeypatch.setattr("cli.serve.tables.runs", fail)
    answer = browser.get("/api/v1/runs")
    assert (answer.status, answer.json["code"]) == (500, "defect")
    assert b"secret" not in answer.body
    assert browser.troubles == [error]
    browser.troubles.clear()


def test_a_database_that_cannot_be_asked_is_no_defect(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> object:
        raise StoreError("database_damaged", database="sqlite:////var/lib/secret.sqlite")

    monkeypatch.setattr("cli.serve.tables.runs", fail)
    answer = browser.get("/api/v1/runs")
    assert (answer.status, answer.json["code"]) == (503, "database_damaged")
    assert b"secret" not in answer.body
    assert answer.headers["retry-after"] == "30"
    assert [str(one) for one in browser.troubles] != []
    browser.troubles.clear()


PARAMETERS = ("area", "level", "theme", "service", "status", "as_of", "since", "until", "scope", "limit")


@settings(max_examples=30)
@given(
    name=st.sampled_from(["areas", "services", "cells", "gaps", "coverage", "changes", "sources", "runs"]),
    query=st.lists(
        st.tuples(
            st.sampled_from([*PARAMETERS, "cursor", "format", "lang", "unknown"]),
            st.one_of(
                st.sampled_from(
                    ["%00", "%ff", "' OR 1=1 --", "%f0%9f%92%a9", "../../etc/passwd", "", "1e999"]
                ),
                st.sampled_from(["9" * 400, "-1", "0001-01-01", "9999-12-31T23:59:59+14:00", "Bottrop"]),
                st.text(st.characters(codec="ascii", exclude_characters="#"), max_size=30),
            ),
        ),
        max_size=4,
    ),
)
def test_whatever_is_asked_nothing_breaks(browser: Browser, name: str, query: list[tuple[str, str]]) -> None:
    answer = browser.get(f"/api/v1/{name}?" + "&".join(f"{key}={value}" for key, value in query))
    assert answer.status in {200, 400, 404}
    assert browser.troubles == []
