"""The rate at which PVOG is asked, whatever number of threads asks."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from connectors.assignment import Assignment
from connectors.errors import RetryLater
from connectors.fetch import Fetcher
from connectors.pvog_desk import Desk, Pace
from tests.connectors.pvog_asking import settings
from tests.faultserver import FaultServer


class Clock:
    """A clock that moves only while somebody pauses."""

    def __init__(self) -> None:
        self.now = 100.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


def test_requests_begin_evenly() -> None:
    clock = Clock()
    pace = Pace(5, clock.pause, clock)
    for _ in range(4):
        pace.wait()
    assert clock.pauses == pytest.approx([0.2, 0.2, 0.2])


def test_who_comes_late_waits_for_nobody_and_saves_nothing_up() -> None:
    clock = Clock()
    pace = Pace(5, clock.pause, clock)
    pace.wait()
    clock.now += 10
    pace.wait()
    pace.wait()
    assert clock.pauses == pytest.approx([0.2])


def test_threads_share_one_rate() -> None:
    waits: list[float] = []
    pace = Pace(10, waits.append, lambda: 0.0)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: pace.wait(), range(20)))
    assert sorted(waits) == pytest.approx([number / 10 for number in range(1, 20)])


def test_no_more_requests_are_under_way_than_wanted(server: FaultServer, fetcher: Fetcher) -> None:
    from connectors.pvog_survey import Survey

    under_way, most = 0, 0
    lock, together = threading.Lock(), threading.Barrier(2, timeout=5)

    def answer(call: object) -> None:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        together.wait()  # nobody is answered before two have asked
        with lock:
            under_way -= 1
        call.answer(b'{"content": []}')  # type: ignore[attr-defined]

    server.add("/api/leikaid", answer)
    given = settings(location=server.url("/api"), parallel=2, online_services=False)
    keys = [f"9905001210{number:04d}" for number in range(8)]
    Survey(given, Desk(given, fetcher, Assignment()), Assignment(), lambda line: None).run(
        ["055130000000"], keys
    )
    assert most == 2


def test_who_is_cancelled_waits_no_longer_and_asks_nothing(server: FaultServer, fetcher: Fetcher) -> None:
    stop = threading.Event()
    stop.set()
    desk = Desk(settings(location=server.url("/api")), fetcher, Assignment(stop=stop))
    with pytest.raises(RetryLater) as caught:
        desk.ask("/leikaid")
    assert caught.value.code == "cancelled"
    assert server.requests == []
