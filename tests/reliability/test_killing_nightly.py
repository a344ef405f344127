"""Promise 18 for the whole night: ``nightly`` is killed, alone or with all its processes, and done again."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest

from tests.reliability.killing import Nursery, Undisturbed
from tests.reliability.nightly import Blow, Nightly

#: How often the long form kills on each database.
TIMES = {"sqlite": 100, "postgresql": 40}
KILLS = os.environ.get("LUECKENLOS_TEST_KILLS", "")
SEED = os.environ.get("LUECKENLOS_TEST_SEED", "")


@pytest.fixture
def nightly(undisturbed: Undisturbed) -> Iterator[Nightly]:
    with Nursery("program") as program:
        yield Nightly(undisturbed, program)


@pytest.mark.parametrize("undisturbed", ["sqlite"], indirect=True)
def test_a_whole_night_killed_while_it_checks_links_is_done_again(nightly: Nightly) -> None:
    found = nightly.strike([Blow(2, "alone", "links", 100)], whole_next_night=0)

    assert found.wrong == []
    assert set(found.at_work) == {"links"}


@pytest.mark.faults
@pytest.mark.timeout(14_400)
def test_a_whole_night_killed_at_random_moments_ends_as_if_nothing_had_been(
    nightly: Nightly, request: pytest.FixtureRequest, figures: dict[str, str]
) -> None:
    engine = request.node.callspec.id
    times = int(KILLS or TIMES[engine])
    seed = int(SEED) if SEED else random.randrange(1 << 32)

    found = nightly.strike(nightly.random_blows(times, random.Random(seed)), whole_next_night=4)

    figures[f"promise 18, the whole night, {engine}"] = (
        f"{times} kills, seed {seed}, {len(found.wrong)} differences, {dict(found.at_work)}"
    )
    assert found.wrong == [], f"seed {seed}"
    assert sum(found.at_work.values()) == times
