"""What the tests of connectors share: the misbehaving server and clients with short patience."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest

from connectors.fetch import Fetcher, FetchPolicy
from tests.faultserver import FaultServer

pytest.register_assert_rewrite("tests.connectors.contract")


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """Give a loopback server with one address per misbehaviour."""
    with FaultServer() as running:
        yield running


@pytest.fixture
def pauses() -> list[float]:
    """Give the list of pauses that clients made between attempts; none is really waited for."""
    return []


@pytest.fixture
def make_fetcher(pauses: list[float]) -> Iterator[Callable[..., Fetcher]]:
    """Give a maker of clients that may use loopback addresses and are given up within a second."""
    made: list[Fetcher] = []

    def make(**settings: object) -> Fetcher:
        short = {"allow_private": True, "deadline": 1.0, "download_deadline": 2.0}
        policy = FetchPolicy(**{**short, **settings})  # type: ignore[arg-type]
        fetcher = Fetcher(policy, sleep=pauses.append, rng=random.Random(1))
        made.append(fetcher)
        return fetcher

    yield make
    for fetcher in made:
        fetcher.close()


@pytest.fixture
def fetcher(make_fetcher: Callable[..., Fetcher]) -> Fetcher:
    """Give a client that may use loopback addresses and is given up within a second."""
    return make_fetcher()
