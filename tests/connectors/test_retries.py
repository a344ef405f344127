"""Trying again: how often, and how long to wait."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import RejectDelivery, RetryLater
from connectors.retries import Patience, Transient, parse_retry_after

DATE = "Tue, 06 Jan 2026 02:30:00 GMT"


def patience(pauses: list[float], **settings: float) -> Patience:
    return Patience(
        attempts=int(settings.get("attempts", 4)),
        max_wait=settings.get("max_wait", 120.0),
        sleep=pauses.append,
        rng=random.Random(1),
    )


def failing(times: int, wait: float | None = None) -> Callable[[], str]:
    """Return an action that fails so many times and then succeeds."""
    left = [times]

    def once() -> str:
        if left[0]:
            left[0] -= 1
            raise Transient(RetryLater("http_status", status=503), wait)
        return "done"

    return once


def test_a_success_needs_no_pause() -> None:
    pauses: list[float] = []
    assert patience(pauses).try_again(failing(0)) == "done"
    assert pauses == []


def test_three_failures_are_overcome() -> None:
    pauses: list[float] = []
    assert patience(pauses).try_again(failing(3)) == "done"
    assert len(pauses) == 3


def test_the_fourth_failure_is_final() -> None:
    pauses: list[float] = []
    with pytest.raises(RetryLater, match="http_status"):
        patience(pauses).try_again(failing(4))
    assert len(pauses) == 3


def test_pauses_double_and_vary() -> None:
    pauses: list[float] = []
    patience(pauses, attempts=8).try_again(failing(7))
    longest = [1, 2, 4, 8, 16, 30, 30]
    assert all(top / 2 <= pause <= top for pause, top in zip(pauses, longest, strict=True))
    assert len(set(pauses)) == 7


def test_pauses_never_exceed_the_limit() -> None:
    pauses: list[float] = []
    patience(pauses, attempts=8, max_wait=3.0).try_again(failing(7))
    assert max(pauses) <= 3.0


def test_the_server_decides_how_long_to_wait() -> None:
    pauses: list[float] = []
    patience(pauses).try_again(failing(2, wait=17.0))
    assert pauses == [17.0, 17.0]


def test_a_server_that_wants_too_long_a_pause_gets_none() -> None:
    pauses: list[float] = []
    with pytest.raises(RetryLater, match="postponed"):
        patience(pauses).try_again(failing(1, wait=120.5))
    assert pauses == []


def test_other_errors_are_not_tried_again() -> None:
    calls: list[int] = []

    def once() -> None:
        calls.append(1)
        raise RejectDelivery("too_large")

    with pytest.raises(RejectDelivery):
        patience([]).try_again(once)
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("2", 2.0),
        (" 120 ", 120.0),
        ("86400", 86400.0),
        ("Tue, 06 Jan 2026 02:30:45 GMT", 45.0),
        ("Tue, 06 Jan 2026 02:30:45 +0000", 45.0),
        ("Tue, 06 Jan 2026 03:30:45 +0100", 45.0),
    ],
)
def test_a_pause_is_given_in_seconds_or_as_a_date(value: str, seconds: float) -> None:
    assert parse_retry_after(value, DATE) == seconds


@pytest.mark.parametrize(
    "value",
    [
        None, "", "0", "-5", "2.5", "1e3", "soon", "٣", "9" * 400,
        "Tue, 06 Jan 2026 02:29:59 GMT", "Tue, 99 Foo 2026 02:30:00 GMT",
        "Tue, 06 Jan 99999 02:30:00 GMT",
    ],
)  # fmt: skip
def test_nonsense_asks_for_nothing(value: str | None) -> None:
    assert parse_retry_after(value, DATE) is None


def test_without_the_server_s_clock_our_own_counts() -> None:
    assert (parse_retry_after("Tue, 06 Jan 2099 02:30:00 GMT", None) or 0) > 86_400
    assert (parse_retry_after("Tue, 06 Jan 2099 02:30:00 GMT", "nonsense") or 0) > 86_400


@given(st.text(max_size=60), st.text(max_size=60) | st.none())
def test_no_header_can_break_the_parser(value: str, date: str | None) -> None:
    wait = parse_retry_after(value, date)
    assert wait is None or wait > 0
