from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field

import pytest

from connectors.assignment import Assignment
from connectors.crawl.politeness import JITTER, Gates, Pace
from connectors.errors import RetryLater


@dataclass(frozen=True)
class Waiting(Assignment):
    """An assignment whose pauses move a clock instead of taking time."""

    now: list[float] = field(default_factory=lambda: [0.0])
    pauses: list[float] = field(default_factory=list)

    def pause(self, seconds: float) -> None:
        """Take note and move the clock."""
        self.check()
        self.pauses.append(seconds)
        self.now[0] += seconds


@pytest.fixture
def waiting() -> Waiting:
    return Waiting()


def pace(waiting: Waiting, gates: Gates, delay: float = 2.0, provider: str = "") -> Pace:
    return Pace(waiting, delay, provider, gates, lambda: waiting.now[0], random.Random(1))


def test_the_first_request_waits_for_nobody(waiting: Waiting) -> None:
    with pace(waiting, Gates()).turn("a"):
        pass
    assert waiting.pauses == []


def test_between_two_requests_to_a_host_lies_at_least_the_gap_and_never_the_same(waiting: Waiting) -> None:
    own = pace(waiting, Gates())
    for _ in range(20):
        with own.turn("a"):
            waiting.now[0] += 0.5
    assert len(waiting.pauses) == 19
    assert all(2.0 <= pause <= 2.0 * (1 + JITTER) for pause in waiting.pauses)
    assert len(set(waiting.pauses)) > 10


def test_time_that_passed_anyhow_is_not_waited_for_again(waiting: Waiting) -> None:
    own = pace(waiting, Gates())
    for _ in range(2):
        with own.turn("a"):
            pass
        waiting.now[0] += 10.0
    assert waiting.pauses == []


def test_hosts_do_not_wait_for_each_other(waiting: Waiting) -> None:
    own = pace(waiting, Gates())
    for host in ("a", "b", "c"):
        with own.turn(host):
            pass
    assert waiting.pauses == []


def test_a_host_that_asks_for_more_time_gets_it(waiting: Waiting) -> None:
    own = pace(waiting, Gates())
    for _ in range(2):
        with own.turn("a", 20.0):
            pass
    assert waiting.pauses[0] >= 20.0


def test_hosts_of_one_computing_centre_share_its_gap(waiting: Waiting) -> None:
    gates = Gates()
    first, second = pace(waiting, gates, provider="zentrum"), pace(waiting, gates, provider="zentrum")
    with first.turn("a"):
        pass
    with second.turn("b"):
        pass
    assert len(waiting.pauses) == 1


def test_two_sources_that_read_the_same_host_share_its_gap(waiting: Waiting) -> None:
    gates = Gates()
    first, second = pace(waiting, gates), pace(waiting, gates)
    with first.turn("a"):
        pass
    with second.turn("a"):
        pass
    assert len(waiting.pauses) == 1


def test_a_host_is_asked_by_one_at_a_time(waiting: Waiting) -> None:
    gates = Gates()
    inside = threading.Event()
    order: list[str] = []
    first = pace(waiting, gates, delay=0.0)

    def second() -> None:
        inside.wait(5)
        with pace(waiting, gates, delay=0.0).turn("a"):
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with first.turn("a"):
        inside.set()
        thread.join(0.1)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_whoever_waits_goes_home_when_nobody_waits_for_him(waiting: Waiting) -> None:
    own = pace(waiting, Gates())
    with own.turn("a"):
        pass
    waiting.stop.set()
    with pytest.raises(RetryLater) as caught, own.turn("a"):
        pytest.fail("must not get its turn")
    assert caught.value.code == "cancelled"


def test_whoever_queues_behind_another_goes_home_as_well() -> None:
    waiting = Waiting()
    gates = Gates()
    waiting.stop.set()
    with pace(Waiting(), gates).turn("a"), pytest.raises(RetryLater), pace(waiting, gates).turn("a"):
        pytest.fail("must not get its turn")


def test_an_error_gives_the_host_free_again(waiting: Waiting) -> None:
    own = pace(waiting, Gates(), delay=0.0)
    with pytest.raises(KeyError), own.turn("a"):
        raise KeyError
    with own.turn("a"):
        pass
